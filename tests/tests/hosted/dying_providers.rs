//! Provider processes that die under a stack.

use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rosa_ecr_engine::{Action, Declare as _, Error, Outcome, Report, Stack};
use rosa_ecr_plugin::{Argument, Dynamic};
use rosa_ecr_state::{Keys, MemoryBackend};
use rosa_ecr_tests::{Emulator, provider_binary};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::aws;
use crate::host::{self, run};

/// Kills the providers of that emulator's test, and waits until they are gone. How many there were.
fn kill_providers(emulator: &Emulator) -> usize {
    let ours = format!("AWS_ENDPOINT_URL={}\0", emulator.endpoint());
    let is_provider = |process: &Path| {
        let contains = |file: &str, text: &str| {
            fs::read(process.join(file))
                .is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
        };
        contains("environ", &ours) && contains("cmdline", "terraform-provider-")
    };
    let processes = fs::read_dir("/proc").expect("Linux has it").flatten().map(|entry| entry.path());
    let providers: Vec<PathBuf> = processes.filter(|process| is_provider(process)).collect();
    for provider in &providers {
        let id = provider.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        let id = id.and_then(Pid::from_raw).expect("a process has a number");
        kill_process(id, Signal::KILL).expect("it is ours");
    }
    while providers.iter().any(|provider| provider.exists()) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    providers.len()
}

/// Runs, one operation at a time, and kills the provider where the emulator stops.
async fn up_and_kill(stack: &Stack, emulator: &Arc<Emulator>) -> Box<Report> {
    let at_hand = emulator.clone();
    let killing = tokio::task::spawn_blocking(move || {
        at_hand.wait_for_stop();
        assert_eq!(kill_providers(&at_hand), 1);
        at_hand.release();
    });
    let result = stack.up().parallel(NonZeroUsize::MIN).await;
    killing.await.expect("no panic");
    let Err(Error::Failed { outcome: Outcome::Unknown, report }) = result else { panic!("{result:?}") };
    let told = report.failures[0].diagnostics.to_string();
    assert!(told.contains("has ended: signal: 9") && told.contains("not known"), "{told}");
    report
}

async fn assert_settled(stack: &Stack) {
    let plan = stack.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(plan.is_empty(), "{:?}", plan.steps);
    let document = stack.store().load().await.expect("it can be read").expect("it was saved");
    assert!(document.pending.is_empty(), "{:?}", document.pending);
}

/// An AWS in which what was made a moment ago is found: the next run looks at once.
fn settled() -> Arc<Emulator> {
    let emulator = Emulator::start();
    emulator.settings(json!({ "stale_ms": 0 }));
    Arc::new(emulator)
}

#[test]
fn a_registry_that_was_interrupted_is_completed() {
    let emulator = settled();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let mut stack = Stack::new("deaths");
    host::binary(provider_binary(), &emulator).provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
    Dynamic::new("rosa_ecr")
        .arg("cluster_name", "dev")
        .arg("vpc_id", network.vpc)
        .arg("private_subnet_ids", network.subnets)
        .declare(&mut stack, "base")
        .expect("a good name");
    run(async {
        for writes in [1, 3] {
            emulator.stop_after_write(writes);
            up_and_kill(&stack, &emulator).await;
            stack.up().await.unwrap_or_else(|error| panic!("after {writes} writes: {error}"));
            assert_settled(&stack).await;
            let there = emulator.aws().ecr("DescribeRepositories", json!({}));
            assert_eq!(there["repositories"].as_array().map(Vec::len), Some(1), "after {writes} writes");
            stack.destroy().await.unwrap_or_else(|error| panic!("{error}"));
        }
    });
}

#[test]
fn what_another_provider_was_making_is_found_or_told() {
    let emulator = settled();
    let Some(official) = aws::official(&emulator) else { return };
    let mut stack = Stack::new("deaths");
    official.provide(&mut stack, "aws", aws::config(&emulator));
    let tools = Dynamic::new("aws_ecr_repository").arg("name", "tools").arg("tags", json!({ "Owner": "team" }));
    tools.declare(&mut stack, "tools").expect("a good name");
    run(async {
        emulator.stop_after("CreateRepository");
        up_and_kill(&stack, &emulator).await;
        emulator.clear_calls();
        let report = stack.up().await.unwrap_or_else(|error| panic!("{error}"));
        let told = report.diagnostics.to_string();
        assert!(told.contains("with name = \"tools\" is taken into the state"), "{told}");
        assert!(emulator.writes().is_empty(), "{:?}", emulator.writes());
        assert_settled(&stack).await;

        // Nothing tells one network from another but an id that nobody has seen.
        Dynamic::new("aws_vpc").arg("cidr_block", "10.9.0.0/16").declare(&mut stack, "network").expect("a good name");
        emulator.stop_after("CreateVpc");
        up_and_kill(&stack, &emulator).await;
        let report = stack.up().await.unwrap_or_else(|error| panic!("{error}"));
        let told = report.diagnostics.to_string();
        assert!(told.contains("\"network\" may exist already") && told.contains("`import network ID`"), "{told}");
        assert_eq!(report.done["network"], Action::Create);
        assert_settled(&stack).await;
        stack.destroy().await.unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn the_next_operation_and_the_next_run_have_a_new_process() {
    let emulator = settled();
    let mut stack = Stack::new("deaths").backend(MemoryBackend::new());
    host::binary(provider_binary(), &emulator).provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
    for name in ["one", "two"] {
        Dynamic::new("rosa_ecr_repository").arg("name", name).declare(&mut stack, name).expect("a good name");
    }
    run(async {
        stack.preview().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(kill_providers(&emulator), 1);
        // Between runs, and between the plan and what is done.
        let at_hand = emulator.clone();
        let up = stack.up().approve(move |_| kill_providers(&at_hand) == 1);
        let report = up.await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.counts().created, 2);
        stack.destroy().await.unwrap_or_else(|error| panic!("{error}"));

        // In the middle of one operation: the other one has a new process.
        emulator.stop_after("CreateRepository");
        let report = up_and_kill(&stack, &emulator).await;
        assert_eq!((report.failures.len(), report.counts().created), (1, 1), "{report:?}");
        stack.up().await.unwrap_or_else(|error| panic!("{error}"));
        assert_settled(&stack).await;
        stack.destroy().await.unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn what_somebody_else_made_meanwhile_is_not_taken() {
    let emulator = settled();
    let mut stack = Stack::new("deaths");
    host::binary(provider_binary(), &emulator).provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
    Dynamic::new("rosa_ecr_repository").arg("name", "tools").declare(&mut stack, "tools").expect("a good name");
    run(async {
        emulator.stop_before_write(1);
        up_and_kill(&stack, &emulator).await;
        emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "tools" }));
        let error = stack.up().await.expect_err("it is not ours").to_string();
        assert!(error.contains("tools") && error.contains("import"), "{error}");
        let document = stack.store().load().await.expect("it can be read").expect("it was saved");
        assert!(document.resources.is_empty(), "{document:?}");
    });
}

#[test]
fn last_words_tell_no_secrets() {
    const SECRET: &str = "dev-of-nobody-else";
    let emulator = settled();
    let directory = tempfile::tempdir().expect("a directory");
    let talker = directory.path().join("terraform-provider-rosa");
    let binary = provider_binary();
    let script = format!(
        "#!/bin/sh\necho 'panic: made {SECRET}, and {{\"name\": \"{SECRET}\"}}' >&2\nexec {}\n",
        binary.display()
    );
    fs::write(&talker, script).expect("a file of ours");
    fs::set_permissions(&talker, fs::Permissions::from_mode(0o755)).expect("a file of ours");
    let mut stack = Stack::new("deaths").keys(Keys::passphrase("of a test"));
    host::binary(talker, &emulator).provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
    let name = Argument::from(SECRET).secret();
    Dynamic::new("rosa_ecr_repository").arg("name", name).declare(&mut stack, "tools").expect("a good name");
    run(async {
        emulator.stop_after("CreateRepository");
        let report = up_and_kill(&stack, &emulator).await;
        let told = report.failures[0].diagnostics.to_string();
        assert!(told.contains("panic: made (secret)") && !told.contains(SECRET), "{told}");
        let said = Arc::<Mutex<String>>::default();
        let listen = said.clone();
        let up = stack.up().on_event(move |event| listen.lock().expect("no panic").push_str(&format!("{event:?}\n")));
        let report = up.await.unwrap_or_else(|error| panic!("{error}"));
        let said = format!("{}{report:?}", said.lock().expect("no panic"));
        assert!(said.contains("is taken into the state") && !said.contains(SECRET), "{said}");
    });
}
