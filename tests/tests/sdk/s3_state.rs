//! The state in S3.

use std::fs;

use rosa_ecr_tests::{Emulator, Program};
use serde_json::Value;

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
    program.run(&["state", "unlock", "--yes"]).success().says("Nobody has the lock any more");
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
    program.run(&["state", "unlock"]).success().says("Nobody has the lock.");
    assert_eq!(fs::read_dir(program.path()).expect("it is there").count(), 0, "nothing is on the disk");
}
