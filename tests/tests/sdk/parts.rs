//! A registry as a component of its parts.

use rosa_ecr_tests::{Emulator, Network, Program};
use serde_json::json;

fn program(emulator: &Emulator, network: &Network) -> Program {
    let mut program = Program::new("parts", emulator);
    program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
    program.env("WORKER_ROLE", "worker");
    program
}

/// How many there are of what a registry has: repositories, endpoints, groups, attached policies.
fn counts(emulator: &Emulator, network: &Network) -> [usize; 4] {
    let aws = emulator.aws();
    let in_vpc = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", network.vpc.as_str())];
    let repositories = aws.ecr("DescribeRepositories", json!({}));
    let endpoints = aws.ec2("DescribeVpcEndpoints", &in_vpc).to_string();
    let groups = aws.ec2("DescribeSecurityGroups", &in_vpc).to_string();
    [
        repositories["repositories"].as_array().expect("a list").len(),
        endpoints.matches("vpce-").count(),
        groups.matches("rosa-ecr-endpoints-dev").count(),
        aws.attached_policies("worker").len(),
    ]
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
    assert_eq!(counts(&emulator, &network), [0, 0, 0, 1]);
    program.run(&["up", "--yes"]).success();
    program.run(&["up", "--yes", "--expect-no-changes"]).success();
    program.run(&["destroy", "--yes", "--target", "registry"]).success();
    assert_eq!(counts(&emulator, &network), [0, 0, 0, 0]);
}

#[test]
fn killed_after_every_single_write() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    emulator.aws().worker_role("worker");
    let first = program(&emulator, &network);
    emulator.clear_calls();
    first.run(&["up", "--yes"]).success();
    let (writes, complete) = (emulator.writes().len(), counts(&emulator, &network));
    assert!(writes > 6, "there are {writes} writes");
    first.run(&["destroy", "--yes"]).success();
    assert_eq!(counts(&emulator, &network), [0, 0, 0, 0]);
    for n in 1..=writes {
        let program = program(&emulator, &network);
        emulator.clear_calls();
        emulator.stop_after_write(u32::try_from(n).expect("few"));
        let up = program.spawn(&["up", "--yes"]);
        emulator.wait_for_stop();
        up.kill();
        up.wait().failure();
        emulator.release();

        program.run(&["up", "--yes"]).success();
        program.assert_empty_preview();
        assert_eq!(counts(&emulator, &network), complete, "after write {n}");
        program.run(&["destroy", "--yes"]).success();
        assert_eq!(counts(&emulator, &network), [0, 0, 0, 0], "after write {n}");
    }
}
