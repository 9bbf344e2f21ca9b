//! A program that is killed after any write: the next `up` converges.

use std::thread;
use std::time::Duration;

use rosa_ecr_tests::{Emulator, Fault, Network, Program};
use serde_json::json;

fn program(emulator: &Emulator, network: &Network) -> Program {
    let mut program = Program::new("quickstart", emulator);
    program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
    program
}

/// Kills the program after the n-th write of that command.
#[track_caller]
pub fn kill(program: &Program, emulator: &Emulator, command: &str, n: usize) {
    emulator.clear_calls();
    emulator.stop_after_write(u32::try_from(n).expect("few"));
    let run = program.spawn(&[command, "--yes"]);
    emulator.wait_for_stop();
    run.kill();
    run.wait().failure();
    emulator.release();
}

#[test]
fn killed_after_every_single_write() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let first = program(&emulator, &network);
    emulator.clear_calls();
    first.run(&["up", "--yes"]).success();
    let (writes, whole) = (emulator.writes().len(), emulator.aws().inventory());
    assert!(writes > 3, "the quickstart has {writes} writes");
    first.run(&["destroy", "--yes"]).success();
    for n in 1..=writes {
        let program = program(&emulator, &network);
        kill(&program, &emulator, "up", n);
        program.run(&["up", "--yes"]).success();
        program.assert_empty_preview();
        assert_eq!(emulator.aws().inventory(), whole, "after write {n}");
        program.run(&["destroy", "--yes"]).success();
        assert_eq!(emulator.aws().inventory(), [""; 0], "after write {n}");
    }
}

/// What an interrupted `up` has made, a `destroy` finds, whether it was one resource or many.
#[test]
fn killed_after_every_single_write_and_destroyed_at_once() {
    for example in ["quickstart", "classic", "parts"] {
        let emulator = Emulator::start();
        let network = emulator.aws().network("10.0.0.0/16", 2);
        emulator.aws().worker_role("worker");
        let before = emulator.aws().inventory();
        let program = || {
            let mut program = Program::new(example, &emulator);
            program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
            program.env("WORKER_ROLE", "worker");
            program
        };
        let first = program();
        emulator.clear_calls();
        first.run(&["up", "--yes"]).success();
        let writes = emulator.writes().len();
        assert!(writes > 3, "{example} has {writes} writes");
        first.run(&["destroy", "--yes"]).success();
        assert_eq!(emulator.aws().inventory(), before, "{example}");
        for n in 1..=writes {
            let program = program();
            kill(&program, &emulator, "up", n);
            program.run(&["destroy", "--yes"]).success();
            assert_eq!(emulator.aws().inventory(), before, "{example} after write {n}");
            program.run(&["state", "list"]).success().says("There is nothing in the state.");
        }
    }
}

/// Kills `command` after every write, from what `before` makes; the command run again has to come to its end. Both are given
/// a program to set the environment of.
fn survives(
    example: &str,
    before: impl Fn(&mut Program, &Network),
    command: &str,
    change: impl Fn(&mut Program, &Network),
) {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    emulator.aws().worker_role("worker");
    let up = || {
        let mut program = Program::new(example, &emulator);
        program.env("VPC_ID", &network.vpc).env("WORKER_ROLE", "worker").env("SUBNET_IDS", &network.subnets.join(","));
        before(&mut program, &network);
        program.run(&["up", "--yes"]).success();
        change(&mut program, &network);
        program
    };
    let first = up();
    emulator.clear_calls();
    first.run(&[command, "--yes"]).success();
    let (writes, after) = (emulator.writes().len(), emulator.aws().inventory());
    assert!(writes > 2, "there are {writes} writes");
    first.run(&["destroy", "--yes"]).success();
    assert_eq!(emulator.aws().inventory(), ["role worker"]);
    for n in 1..=writes {
        let program = up();
        kill(&program, &emulator, command, n);
        program.run(&[command, "--yes"]).success();
        assert_eq!(emulator.aws().inventory(), after, "after write {n}");
        if command == "up" {
            program.assert_empty_preview();
            program.run(&["destroy", "--yes"]).success();
        }
        assert_eq!(emulator.aws().inventory(), ["role worker"], "after write {n}");
        program.run(&["state", "list"]).success().says("There is nothing in the state.");
    }
}

#[track_caller]
fn wait_for_call(emulator: &Emulator, action: &str) {
    for _ in 0..600 {
        if emulator.calls().iter().any(|call| call.action == action) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{action} is not called");
}

/// The first Ctrl-C waits for what runs, the second one does not.
#[test]
fn interrupted_twice_it_ends_with_what_is_pending_in_the_state() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let program = program(&emulator, &network);
    emulator.clear_calls();
    emulator.fault(Fault::latency("CreateRepository", Duration::from_secs(100)).always());
    let mut run = program.spawn(&["up", "--yes"]);
    wait_for_call(&emulator, "CreateRepository");
    run.interrupt();
    thread::sleep(Duration::from_secs(3));
    assert!(!run.is_over(), "it waits");
    run.interrupt();
    run.wait_for(Duration::from_secs(60)).code(1).says("stopping: what runs").says("stopping now");
    program.run(&["state", "list"]).success().says("registry: an interrupted run did not see the end of its create");
    emulator.clear_faults();
    program.run(&["up", "--yes"]).success();
    program.assert_empty_preview();
    let repositories = emulator.aws().ecr("DescribeRepositories", json!({}));
    assert_eq!(repositories["repositories"].as_array().map(Vec::len), Some(1));
    program.run(&["destroy", "--yes"]).success();
}

#[test]
fn what_only_looks_is_broken_off_at_once() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let program = program(&emulator, &network);
    emulator.fault(Fault::hang("DescribeRepositories", Duration::from_secs(100)).always());
    for line in [&["preview"][..], &["up", "--yes"]] {
        emulator.clear_calls();
        let run = program.spawn(line);
        wait_for_call(&emulator, "DescribeRepositories");
        run.interrupt();
        run.wait_for(Duration::from_secs(20)).code(1).says("Nothing was changed.");
    }
    assert_eq!(std::fs::read_dir(program.path()).expect("it is there").count(), 0, "not even a lock is left");
}

#[test]
fn an_update_killed_after_every_single_write() {
    let one_subnet = |program: &mut Program, network: &Network| {
        program.env("SUBNET_IDS", &network.subnets[0]);
    };
    survives("parts", one_subnet, "up", |program, network| {
        program.env("SUBNET_IDS", &network.subnets.join(",")).env("MUTABILITY", "IMMUTABLE");
    });
}

#[test]
fn a_replacement_killed_after_every_single_write() {
    survives(
        "component",
        |_, _| {},
        "up",
        |program, _| {
            program.env("CLUSTER_NAME", "prod");
        },
    );
}

#[test]
fn a_destroy_killed_after_every_single_write() {
    survives("component", |_, _| {}, "destroy", |_, _| {});
}

#[test]
fn of_two_at_once_one_proceeds_and_the_other_says_who_has_the_lock() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let program = program(&emulator, &network);
    emulator.clear_calls();
    emulator.stop_after_write(1);
    let one = program.spawn(&["up", "--yes"]);
    emulator.wait_for_stop();
    program.run(&["up", "--yes"]).code(1).says("The state is locked").says("(process");
    emulator.release();
    one.wait().success();
}
