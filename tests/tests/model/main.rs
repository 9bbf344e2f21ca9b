//! A model of what must hold for every object, tried with random sequences of what people do.
//!
//! ```text
//! seed -> sequence (declare, rename, duplicate, taint, import, push, apply, fail, kill, both at once, ...)
//!      -> trial: Terraform's core or Pulumi's bridge -> gRPC -> the provider -> an AWS in memory
//!                or the SDK's engine ------------------------> the same kinds ----^
//!      -> what broke, after every apply and at the end
//! ```
//!
//! What must hold, whatever was done and wherever it was interrupted:
//!
//! * What a state holds after a successful apply is there, as the very object.
//! * Nothing is deleted but what a plan has announced, by the declaration that held it last; no image is lost but where
//!   `force_delete` was in the state.
//! * One object has one holder. After everything was destroyed, nothing is left but what was retained and what an
//!   interrupted create has left for the next declaration.
//! * A plan writes nothing. A second apply has nothing to do. No operation is longer than a bound.
//!
//! A failure prints the seed and the shortest sequence that still fails. `ROSA_ECR_MODEL_SEED` runs that seed alone, and
//! `ROSA_ECR_MODEL_SEQUENCES` says how many there are, `ROSA_ECR_MODEL_LATE_TAGS=1` shows tags late; found sequences stay as
//! cases in `regressions`.

mod applying;
mod bridge;
mod checks;
mod declaration;
mod engine;
mod generator;
mod process;
mod random;
mod regressions;
mod sequence;
mod shrink;
mod terraform;
mod trial;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use sequence::{Host, Sequence};

/// How many sequences there are for each test where nothing else is asked for: thousands for all tests, within a minute on two
/// processors.
const SEQUENCES: u64 = 1000;

fn number(variable: &str) -> Option<u64> {
    Some(std::env::var(variable).ok()?.parse().expect("a number"))
}

#[test]
fn terraform_and_pulumi_lose_nothing() {
    survive(&[Host::Terraform, Host::Terraform, Host::Bridge]);
}

#[test]
fn the_engine_loses_nothing() {
    survive(&[Host::Engine]);
}

#[test]
fn what_was_found_once_stays_away() {
    let cases = regressions::all();
    let (left, broken) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    in_threads(threads(), || {
        while let Some((title, sequence)) = next_of(&left) {
            let found = trial::run(sequence);
            let told = found.iter().map(|found| format!("== {title}: {}\n{}\n{sequence}", found.class, found.detail));
            broken.lock().expect("no panic").extend(told);
        }
    });
    let broken = broken.into_inner().expect("no panic");
    assert!(broken.is_empty(), "{} of {} cases\n\n{}", broken.len(), cases.len(), broken.join("\n"));
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Runs the sequences of all seeds on these hosts in turn, and reports each kind of failure once.
fn survive(hosts: &[Host]) {
    let (first, count) = match number("ROSA_ECR_MODEL_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("ROSA_ECR_MODEL_SEQUENCES").unwrap_or(SEQUENCES)),
    };
    let (next, started) = (AtomicU64::new(first), std::time::Instant::now());
    let found: Mutex<BTreeMap<String, Found>> = Mutex::default();
    in_threads(threads(), || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return;
            }
            let host = hosts[(seed % hosts.len() as u64) as usize];
            let tags_spread_late = number("ROSA_ECR_MODEL_LATE_TAGS") == Some(1);
            let sequence = Sequence { tags_spread_late, ..generator::sequence(seed, host) };
            for broken in trial::run(&sequence) {
                let mut found = found.lock().expect("no panic");
                let first = || Found { sequence: sequence.clone(), times: 0 };
                found.entry(broken.class).or_insert_with(first).times += 1;
            }
        }
    });
    println!("{count} sequences in {:?}", started.elapsed());
    let found = Mutex::new(found.into_inner().expect("no panic").into_iter());
    let reports = Mutex::new(Vec::new());
    in_threads(threads(), || {
        while let Some((class, found)) = next_of(&found) {
            let report = report(&class, &found);
            reports.lock().expect("no panic").push(report);
        }
    });
    let reports = reports.into_inner().expect("no panic");
    assert!(reports.is_empty(), "{} kinds of failure\n\n{}", reports.len(), reports.join("\n\n"));
}

/// A failure: the first sequence that has it, and how many have.
struct Found {
    sequence: Sequence,
    times: usize,
}

fn next_of<I: Iterator>(items: &Mutex<I>) -> Option<I::Item> {
    items.lock().expect("no panic").next()
}

/// The futures of an engine without optimisation need more than a thread has by itself.
fn in_threads(count: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 0..count {
            let thread = std::thread::Builder::new().stack_size(64 << 20);
            thread.spawn_scoped(scope, &work).expect("a thread");
        }
    });
}

fn report(class: &str, found: &Found) -> String {
    let (shortest, detail) = shrink::shortest(&found.sequence, class);
    let (times, seed) = (found.times, found.sequence.seed);
    format!("== {class} ({times} times, first with ROSA_ECR_MODEL_SEED={seed})\n{detail}\n{shortest}")
}
