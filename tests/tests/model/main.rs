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
//! `ROSA_ECR_MODEL_SEQUENCES` says how many there are; found sequences stay as cases in `regressions`.

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

/// How many sequences there are where nothing else is asked for.
const SEQUENCES: u64 = 1500;

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

/// Runs the sequences of all seeds on these hosts in turn, and reports each kind of failure once.
fn survive(hosts: &[Host]) {
    let (first, count) = match number("ROSA_ECR_MODEL_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("ROSA_ECR_MODEL_SEQUENCES").unwrap_or(SEQUENCES)),
    };
    let next = AtomicU64::new(first);
    let found: Mutex<BTreeMap<String, (u64, Sequence, usize)>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    let host = hosts[(seed % hosts.len() as u64) as usize];
                    let sequence = generator::sequence(seed, host);
                    for broken in trial::run(&sequence) {
                        let mut found = found.lock().expect("no panic");
                        let entry = found.entry(broken.class).or_insert_with(|| (seed, sequence.clone(), 0));
                        entry.2 += 1;
                    }
                }
            });
        }
    });
    let found = found.into_inner().expect("no panic");
    let reports: Vec<String> = found.iter().map(|(class, found)| report(class, found)).collect();
    assert!(reports.is_empty(), "{} kinds of failure\n\n{}", reports.len(), reports.join("\n\n"));
}

fn report(class: &str, (seed, sequence, times): &(u64, Sequence, usize)) -> String {
    let shortest = shrink::shortest(sequence, class);
    let broken = trial::run(&shortest).into_iter().find(|broken| broken.class == class);
    let detail = broken.map_or_else(|| "it did not happen again".to_owned(), |broken| broken.detail);
    format!("== {class} ({times} times, first with ROSA_ECR_MODEL_SEED={seed})\n{detail}\n{shortest}")
}
