//! A run that is cancelled while a provider's process does not answer.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rosa_ecr_engine::{Declare as _, Error, Event, Outcome, Stack, Stop};
use rosa_ecr_plugin::Dynamic;
use rosa_ecr_tests::{Emulator, provider_binary};
use serde_json::json;

use crate::host::{binary, run};

/// Whether a process of this program is there.
fn is_running(program: &Path) -> bool {
    let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
    processes.into_iter().any(|process| fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == program))
}

/// It would go on writing without the lock.
#[test]
fn its_process_does_not_outlive_the_lock() {
    if !Path::new("/proc/self/exe").exists() {
        eprintln!("skipped: the system does not tell which processes there are");
        return;
    }
    let emulator = Emulator::start();
    emulator.settings(json!({ "stale_ms": 0 }));
    let directory = tempfile::tempdir().expect("a directory can be made");
    let program = directory.path().canonicalize().expect("it is there").join("terraform-provider-rosa");
    fs::copy(provider_binary(), &program).expect("it can be copied");
    run(async {
        let mut stack = Stack::new("dev");
        binary(program.clone(), &emulator).provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
        let app = Dynamic::new("rosa_ecr_repository").arg("name", "app");
        app.declare(&mut stack, "app").expect("it can be declared");
        emulator.hold_after("CreateRepository");
        let stop = Stop::new();
        let (cancelled, seen) = (stop.clone(), program.clone());
        let up = stack.up().stop_with(&stop).on_event(move |event| {
            if matches!(event, Event::Started { .. }) {
                assert!(is_running(&seen));
                let cancelled = cancelled.clone();
                // Time for the call to be under way.
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    cancelled.cancel();
                });
            }
        });
        let begun = Instant::now();
        let error = up.await.expect_err("it does not end");
        assert!(begun.elapsed() < Duration::from_secs(12), "it took {:?}", begun.elapsed());
        let Error::Failed { outcome: Outcome::Unknown, .. } = &error else { panic!("{error:?}") };
        assert!(!is_running(&program), "the lock is given up");
        let document = stack.store().load().await.expect("it can be read").expect("it was saved");
        assert_eq!(document.pending.len(), 1);
    });
    emulator.release();
}
