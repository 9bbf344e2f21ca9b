//! Two `up`s at once: exactly one proceeds, the other says who has the lock, since when, and how to release it.

use std::thread;
use std::time::Duration;

use rosa_ecr_tests::{Emulator, Output, Program, Running};
use serde_json::json;

/// Where a state is kept. The emulator goes on while it holds the answer to `CreateRepository`, so that the first `up`
/// has the lock, and renews it, for as long as the test likes.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    File,
    S3,
}

const OBJECT: &str = "s3://states/parts.json";

fn program(emulator: &Emulator, place: Place) -> Program {
    let mut program = Program::new("parts", emulator);
    program.env("USER", "tester");
    if place == Place::S3 {
        emulator.aws().bucket("states");
        program.env("ROSA_ECR_STATE", OBJECT);
    }
    program
}

/// The one that has ended, and the one that is at work.
#[track_caller]
fn first_to_end(mut one: Running, mut two: Running) -> (Output, Running) {
    for _ in 0..6000 {
        if one.is_over() {
            return (one.wait(), two);
        }
        if two.is_over() {
            return (two.wait(), one);
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("both are at work");
}

#[track_caller]
fn says_who(refused: Output, place: Place, holder: u32) {
    let (location, release) = match place {
        Place::File => ("parts.state.json", format!("If process {holder} hangs, end it")),
        Place::S3 => (OBJECT, "taken over 60 seconds after its last sign of life".to_owned()),
    };
    let by = format!("(process {holder}, up) since 20");
    refused
        .code(1)
        .says("The state is locked")
        .says("tester@")
        .says(&by)
        .says(location)
        .says(&release)
        .says("state unlock");
}

fn of_two_live_ups_one_proceeds(place: Place) {
    let emulator = Emulator::start();
    let program = program(&emulator, place);
    for _ in 0..3 {
        emulator.clear_calls();
        emulator.hold_after("CreateRepository");
        let (one, two) = (program.spawn(&["up", "--yes"]), program.spawn(&["up", "--yes"]));
        let (refused, at_work) = first_to_end(one, two);
        emulator.wait_for_stop();
        says_who(refused, place, at_work.id());
        // As long as the one is at work, whoever comes is refused, and nothing keeps a preview from looking.
        for command in ["up", "destroy", "refresh"] {
            says_who(program.run(&[command, "--yes"]), place, at_work.id());
        }
        program.run(&["preview"]).success();
        program.run(&["state", "unlock"]).code(1).says("has the lock").says("--yes");
        emulator.release();
        at_work.wait().success();
        let made = emulator.writes().into_iter().filter(|write| write == "CreateRepository").count();
        assert_eq!(made, 1, "one has made it");
        program.assert_empty_preview();
        program.run(&["destroy", "--yes"]).success();
        assert!(emulator.aws().inventory().is_empty());
    }
}

#[test]
fn of_two_live_ups_on_a_file_one_proceeds() {
    of_two_live_ups_one_proceeds(Place::File);
}

#[test]
fn of_two_live_ups_on_s3_one_proceeds() {
    of_two_live_ups_one_proceeds(Place::S3);
}

/// Who lost the lock to `state unlock` saves nothing over what its successor has saved, and starts nothing new.
fn a_lock_that_is_taken_away_stops_its_holder(place: Place) {
    let emulator = Emulator::start();
    let program = program(&emulator, place);
    // A probe that comes a moment after the create finds the repository.
    emulator.settings(json!({ "stale_ms": 0 }));
    emulator.hold_after("CreateRepository");
    let robbed = program.spawn(&["up", "--yes"]);
    emulator.wait_for_stop();
    program.run(&["state", "unlock", "--yes"]).success().says("The lock is free now");
    let successor = program.run(&["up", "--yes"]).success();
    successor.says("had been made by an interrupted run, and is taken");
    let listed = program.run(&["state", "list"]).success();
    emulator.clear_calls();
    emulator.release();
    robbed.wait().code(1).says("The lock on the state was lost");
    let begun: Vec<String> = emulator.writes().into_iter().filter(|write| write.contains("Create")).collect();
    assert!(begun.is_empty(), "nothing new is started without the lock: {begun:?}");
    assert_eq!(program.run(&["state", "list"]).success().stdout(), listed.stdout());
    program.assert_empty_preview();
}

#[test]
fn a_lock_on_a_file_that_is_taken_away_stops_its_holder() {
    a_lock_that_is_taken_away_stops_its_holder(Place::File);
}

#[test]
fn a_lock_on_s3_that_is_taken_away_stops_its_holder() {
    a_lock_that_is_taken_away_stops_its_holder(Place::S3);
}
