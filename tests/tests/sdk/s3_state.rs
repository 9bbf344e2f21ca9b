//! The state in S3.

use std::fs;

use rosa_ecr_tests::{Emulator, Fault, Program};
use serde_json::{Value, json};

/// An example that needs no network, with its state in a bucket.
fn program(emulator: &Emulator) -> Program {
    emulator.aws().bucket("states");
    let mut program = Program::new("many_clusters", emulator);
    program.env("ROSA_ECR_STATE", "s3://states/team/clusters.json").env("USER", "tester");
    program
}

#[test]
fn who_has_the_lock_is_told_until_it_is_taken_away() {
    let emulator = Emulator::start();
    let program = program(&emulator);
    emulator.stop_after("CreateRepository");
    let killed = program.spawn(&["up", "--yes"]);
    emulator.wait_for_stop();
    killed.kill();
    killed.wait().failure();
    emulator.release();
    let refused = program.run(&["up", "--yes"]).code(1);
    refused.says("The state is locked").says("tester@").says(", up) since 20").says("state unlock");
    program.run(&["state", "unlock"]).code(1).says("has the lock").says("--yes");
    program.run(&["state", "unlock", "--yes"]).success().says("The lock is free now");
    program.run(&["up", "--yes"]).success();
    program.assert_empty_preview();
}

#[test]
fn machines_read_events_line_by_line_and_nothing_is_on_the_disk() {
    let emulator = Emulator::start();
    let program = program(&emulator);
    emulator.clear_calls();
    program.run(&["up", "--yes", "--expect-no-changes"]).code(1).says("There are changes, and none were expected");
    let left: Vec<String> = emulator.writes().into_iter().filter(|write| !write.contains("Object")).collect();
    assert!(left.is_empty(), "only the lock came and went: {left:?}");
    let up = program.run(&["up", "--yes", "--json"]).success();
    let event = |line: &str| -> Value { serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")) };
    let events: Vec<Value> = up.stdout().lines().map(event).collect();
    let named = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    let counts = ["planned", "plan", "started", "done", "summary"].map(named);
    assert_eq!(counts, [3, 1, 3, 3, 1], "{up}");
    program.assert_empty_preview();
    program.run(&["state", "unlock"]).success().says("The lock is free.");
    assert_eq!(fs::read_dir(program.path()).expect("it is there").count(), 0, "nothing is on the disk");
}

/// Whatever happens to one of its requests, with the real client and its retries.
#[test]
fn trouble_of_the_store_is_survived() {
    let emulator = Emulator::start();
    emulator.aws().bucket("states");
    let mut program = Program::new("secretive", &emulator);
    program.env("TOKEN", "hunter2-hunter2").env("KEY", "x").env("ROSA_ECR_PASSPHRASE", "correct horse");
    program.env("ROSA_ECR_STATE", "s3://states/secretive.json");
    for (what, fault) in [
        ("lost", Fault::lost_answer("PutObject")),
        ("reset", Fault::reset("PutObject")),
        ("failed", Fault::server_error("PutObject")),
        ("in conflict", Fault::error("PutObject", "ConditionalRequestConflict", 409)),
        ("gone astray", Fault::lost_answer("DeleteObject")),
    ] {
        // The lock, the backup or the first state, and one of those behind it.
        for after in [0, 1, 3] {
            emulator.fault(fault.clone().of_service("s3").after(after));
            program.run(&["up", "--yes"]).success();
            emulator.clear_faults();
            program.run(&["up", "--yes", "--expect-no-changes"]).success();
            let keys: Vec<String> = emulator.aws().objects("states").into_keys().collect();
            assert!(!keys.contains(&"secretive.json.lock".to_owned()), "{what} after {after}: {keys:?}");
            program.run(&["destroy", "--yes"]).success();
            assert!(emulator.aws().inventory().is_empty(), "{what} after {after}");
        }
    }
}

#[test]
fn what_somebody_else_has_written_meanwhile_is_not_overwritten() {
    let emulator = Emulator::start();
    // A probe that comes a moment after the create finds the repository.
    emulator.settings(json!({ "stale_ms": 0 }));
    let program = program(&emulator);
    program.run(&["up", "--yes", "--target", "dev"]).success();
    let others = emulator.aws().objects("states")["team/clusters.json"].clone() + "\n";
    emulator.stop_after("CreateRepository");
    let up = program.spawn(&["up", "--yes"]);
    emulator.wait_for_stop();
    emulator.aws().put_object("states", "team/clusters.json", &others);
    emulator.release();
    up.wait().code(1).says("the object is not the one that was read");
    assert_eq!(emulator.aws().objects("states")["team/clusters.json"], others);
    // Nothing of it is lost or made twice.
    program.run(&["up", "--yes"]).success();
    program.assert_empty_preview();
    let repositories = emulator.aws().ecr("DescribeRepositories", json!({}));
    assert_eq!(repositories["repositories"].as_array().map(Vec::len), Some(3));
}
