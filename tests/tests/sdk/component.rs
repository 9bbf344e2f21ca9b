//! A registry as a component of its parts.

use rosa_ecr_tests::{Emulator, Network, Program};

use crate::interruption::kill;

fn program(emulator: &Emulator, network: &Network) -> Program {
    let mut program = Program::new("component", emulator);
    program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
    program.env("WORKER_ROLE", "worker");
    program
}

#[test]
fn a_preview_shows_every_part_and_a_target_is_one_of_them() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    emulator.aws().worker_role("worker");
    let program = program(&emulator, &network);
    let mut preview = program.run(&["preview"]).success();
    for part in ["repository", "lifecycle", "security-group", "api-endpoint", "dkr-endpoint", "role:worker"] {
        preview = preview.says(part);
    }
    program.run(&["up", "--yes", "--target", "registry/role:worker"]).success();
    assert_eq!(emulator.aws().inventory(), ["attachment worker", "role worker"]);
    program.run(&["up", "--yes"]).success();
    program.run(&["up", "--yes", "--expect-no-changes"]).success();
    program.run(&["destroy", "--yes", "--target", "registry"]).success();
    assert_eq!(emulator.aws().inventory(), ["role worker"]);
}

/// EC2 keeps a group that an endpoint uses, and cannot rename it.
#[test]
fn a_renamed_cluster_gets_its_new_group_before_the_old_one_goes() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    emulator.aws().worker_role("worker");
    let mut program = program(&emulator, &network);
    program.run(&["up", "--yes"]).success();
    let before = emulator.aws().inventory();
    emulator.clear_calls();
    program.env("CLUSTER_NAME", "prod");
    let up = program.run(&["up", "--yes"]).success();
    assert!(up.took().as_secs() < 60, "{up}");
    let writes = emulator.writes();
    let at = |action: &str| writes.iter().position(|write| write == action);
    assert!(at("CreateSecurityGroup") < at("ModifyVpcEndpoint"), "{writes:?}");
    assert!(at("ModifyVpcEndpoint") < at("DeleteSecurityGroup"), "{writes:?}");
    assert!(!writes.iter().any(|write| write == "DeleteVpcEndpoints"), "the endpoints stay: {writes:?}");
    let mut renamed: Vec<String> = before.iter().map(|there| there.replace("dev", "prod")).collect();
    renamed.sort();
    assert_eq!(emulator.aws().inventory(), renamed);
    program.assert_empty_preview();
    program.run(&["destroy", "--yes"]).success();
    assert_eq!(emulator.aws().inventory(), ["role worker"]);
}

#[test]
fn killed_after_every_single_write() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    emulator.aws().worker_role("worker");
    let first = program(&emulator, &network);
    emulator.clear_calls();
    first.run(&["up", "--yes"]).success();
    let (writes, complete) = (emulator.writes().len(), emulator.aws().inventory());
    assert!(writes > 6, "there are {writes} writes");
    first.run(&["destroy", "--yes"]).success();
    assert_eq!(emulator.aws().inventory(), ["role worker"]);
    for n in 1..=writes {
        let program = program(&emulator, &network);
        kill(&program, &emulator, "up", n);
        program.run(&["up", "--yes"]).success();
        program.assert_empty_preview();
        assert_eq!(emulator.aws().inventory(), complete, "after write {n}");
        program.run(&["destroy", "--yes"]).success();
        assert_eq!(emulator.aws().inventory(), ["role worker"], "after write {n}");
    }
}
