//! A secret shows nowhere, wherever it comes from, wherever it is and whatever goes wrong: random programs and runs.
//!
//! A provider whose every place can have a secret quotes them in outputs, messages and panics. Behind each run, all that is left
//! of it is searched for them: files and versions of the state, events, results, errors and logs.

mod generator;
mod host;
mod program;
mod random;
mod search;
mod sequence;
mod talkative;
mod tokens;
mod vault;
mod world;

use futures::FutureExt as _;

use self::program::{Given, Program};
use self::search::Collected;
use self::sequence::Sequence;
use self::world::World;

/// How many sequences of runs there are, unless `ROSA_ECR_LEAKS_SEQUENCES` says so.
const SEQUENCES: u64 = 50;

#[tokio::test(start_paused = true)]
async fn no_secret_leaks_and_none_is_lost() {
    search::capture_logs();
    let number = |name| std::env::var(name).ok().map(|number| number.parse::<u64>().expect("a number"));
    let all = 0..number("ROSA_ECR_LEAKS_SEQUENCES").unwrap_or(SEQUENCES);
    for seed in number("ROSA_ECR_LEAKS_SEED").map_or(all, |seed| seed..seed + 1) {
        let found = std::panic::AssertUnwindSafe(Sequence::new(seed).run()).catch_unwind().await;
        let found = found.unwrap_or_else(|_| panic!("ROSA_ECR_LEAKS_SEED={seed}: it panicked, see above"));
        assert!(found.is_empty(), "ROSA_ECR_LEAKS_SEED={seed}:\n{}", found.into_iter().collect::<Vec<_>>().join("\n"));
    }
}

/// What is nowhere said to be secret is found where it is.
#[tokio::test]
async fn what_nothing_marks_is_found() {
    for sequence in [Sequence::in_memory(World::new(0)), Sequence::in_folder(World::new(0))] {
        let token = sequence.world.token();
        let name = ("name", Given::Plain("calm".into()));
        let arguments = vec![name, ("note", Given::Plain(token.as_str().into()))];
        let program = Program { resources: [("a".to_owned(), arguments)].into(), ..Program::default() };
        sequence.up(&program).await;
        let found = sequence.found().await;
        for what in ["event as JSON", "event", "plan", "state"] {
            assert!(found.iter().any(|found| found.starts_with(&format!("{what}: "))), "{what}: {found:#?}");
        }
    }
}

#[test]
fn secrets_are_found_in_every_form() {
    search::capture_logs();
    for seed in 0..100 {
        let world = World::new(seed);
        let (text, number) = (world.token(), world.number());
        for quote in [text.clone(), number.to_string()].iter().cycle().take(40) {
            let form = world.chance(|random| tokens::quoted(quote, random));
            assert!(tokens::is_leak(&format!("a {form} b")), "{seed}: {form}");
        }
        let collected = Collected::default();
        tracing::trace!(text, "a leak");
        tracing::info_span!("leaks", number).in_scope(|| ());
        assert_eq!(collected.search().into_iter().filter(|found| found.starts_with("log: ")).count(), 2);
    }
}
