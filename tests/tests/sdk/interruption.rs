//! A program that is killed after any write: the next `up` converges.

use rosa_ecr_tests::{Emulator, Network, Program};
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
    let writes = emulator.writes().len();
    assert!(writes > 3, "the quickstart has {writes} writes");
    first.run(&["destroy", "--yes"]).success();
    for n in 1..=writes {
        let program = program(&emulator, &network);
        kill(&program, &emulator, "up", n);
        program.run(&["up", "--yes"]).success();
        program.assert_empty_preview();
        let repositories = emulator.aws().ecr("DescribeRepositories", json!({}));
        assert_eq!(repositories["repositories"].as_array().map(Vec::len), Some(1), "after write {n}");
        program.run(&["destroy", "--yes"]).success();
        let repositories = emulator.aws().ecr("DescribeRepositories", json!({}));
        assert_eq!(repositories["repositories"].as_array().map(Vec::len), Some(0), "after write {n}");
    }
}

#[test]
fn drift_shows_in_a_preview_and_is_repaired() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let program = program(&emulator, &network);
    program.run(&["up", "--yes"]).success();
    emulator.aws().ecr("DeleteLifecyclePolicy", json!({ "repositoryName": "dev-registry" }));
    program.run(&["preview", "--refresh", "--detailed-exitcode"]).code(2);
    program.run(&["up", "--yes"]).success();
    program.assert_empty_preview();
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
