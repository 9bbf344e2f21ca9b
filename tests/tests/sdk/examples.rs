//! Every example: up, nothing more to do, destroy.

use std::fs;

use rosa_ecr_tests::{Emulator, Fault, Program, aws_provider};
use serde_json::json;

/// What every example has to stand. Returns what it exports in between.
fn run(program: &Program, emulator: &Emulator) -> serde_json::Value {
    program.run(&["preview", "--detailed-exitcode"]).code(2);
    assert_eq!(emulator.writes(), Vec::<String>::new(), "a preview makes no write");
    assert_eq!(fs::read_dir(program.path()).expect("it is there").count(), 0, "not to disk either");
    program.run(&["up", "--yes"]).success();
    program.assert_empty_preview();
    let outputs = program.outputs();
    emulator.clear_calls();
    program.run(&["up", "--yes", "--expect-no-changes"]).success();
    assert_eq!(emulator.writes(), Vec::<String>::new(), "a second up makes no write");
    program.run(&["destroy", "--yes"]).success();
    outputs
}

fn repositories(emulator: &Emulator) -> usize {
    let answer = emulator.aws().ecr("DescribeRepositories", json!({}));
    answer["repositories"].as_array().expect("a list").len()
}

#[test]
fn quickstart() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let mut program = Program::new("quickstart", &emulator);
    program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
    run(&program, &emulator);
    assert_eq!(repositories(&emulator), 0);
}

#[test]
fn classic() {
    let emulator = Emulator::start();
    emulator.aws().worker_role("worker");
    let mut program = Program::new("classic", &emulator);
    program.env("WORKER_ROLE", "worker");
    let outputs = run(&program, &emulator);
    assert!(outputs.to_string().contains("classic-registry:latest"), "{outputs}");
    assert!(emulator.aws().attached_policies("worker").is_empty());
}

#[test]
fn hcp_outlives_its_cluster() {
    let emulator = Emulator::start();
    emulator.aws().worker_role("worker");
    emulator.aws().instance_profile("profile", Some("worker"));
    let mut program = Program::new("hcp", &emulator);
    program.env("INSTANCE_PROFILE", "profile");
    run(&program, &emulator);
    assert_eq!(repositories(&emulator), 1, "the repository is protected");
    program.run(&["up", "--yes"]).success();
    assert_eq!(repositories(&emulator), 1, "and taken back");
}

#[test]
fn zero_egress() {
    let emulator = Emulator::start();
    let elsewhere = tempfile::tempdir().expect("a directory can be made");
    let file = elsewhere.path().join("idms.yaml");
    let mut program = Program::new("zero_egress", &emulator);
    program.env("IDMS_FILE", file.to_str().expect("a plain path"));
    let outputs = run(&program, &emulator);
    assert!(outputs.to_string().contains("rosa create image-mirror -c airgap --source docker.io/library"), "{outputs}");
    assert!(!file.exists());
}

#[test]
fn component() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    emulator.aws().worker_role("worker");
    let mut program = Program::new("component", &emulator);
    program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
    program.env("WORKER_ROLE", "worker");
    emulator.clear_calls();
    run(&program, &emulator);
    assert_eq!(repositories(&emulator), 0);
}

#[test]
fn many_clusters() {
    let emulator = Emulator::start();
    let program = Program::new("many_clusters", &emulator);
    program.run(&["up", "--yes"]).success();
    program.assert_empty_preview();
    assert_eq!(repositories(&emulator), 3);
    program.run(&["destroy", "--yes"]).failure().says("\"prod\" is protected");
    assert_eq!(repositories(&emulator), 3, "nothing is done where something is protected");
    program.run(&["destroy", "--yes", "--target", "dev"]).success();
    assert_eq!(repositories(&emulator), 2);
}

#[test]
fn existing_environment() {
    let emulator = Emulator::start();
    emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "team/shared" }));
    let mut program = Program::new("existing_environment", &emulator);
    program.env("REPOSITORY", "team/shared");
    let told = program.run(&["preview"]).success().says("✓ app ← read").says("← ready rosa_ecr_pull_readiness");
    told.says("amazonaws.com/team/shared").says("mirror_is_missing = (known after apply)");
    let outputs = run(&program, &emulator);
    assert!(outputs["mirror_is_missing"].as_str().is_some_and(|text| text.contains("mirror")), "{outputs}");
    assert_eq!(repositories(&emulator), 1, "what is only looked up stays");

    program.run(&["up", "--yes"]).success();
    emulator.aws().ecr("DeleteRepository", json!({ "repositoryName": "team/shared", "force": true }));
    let told = program.run(&["preview"]).failure().says("✗ app failed reading").says("team/shared");
    told.says("existing_environment.rs:");
    program.run(&["destroy", "--yes"]).success();
    assert_eq!(repositories(&emulator), 0);
}

#[test]
fn automation() {
    let emulator = Emulator::start();
    let program = Program::new("automation", &emulator);
    program.run(&[]).success().says("1 to create").says("/short-lived-registry\n").says("1 deleted");
    assert_eq!(repositories(&emulator), 0);
    emulator.fault(Fault::denied("PutLifecyclePolicy"));
    program.run(&[]).failure().says("PutLifecyclePolicy");
    assert_eq!(repositories(&emulator), 0, "it goes, whatever came of it");
}

#[test]
fn any_provider() {
    let Some(official) = aws_provider() else {
        eprintln!("skipped: there is no hashicorp/aws 3.39.0 for this machine");
        return;
    };
    let emulator = Emulator::start();
    let plugins = tempfile::tempdir().expect("a directory can be made");
    let package = plugins.path().join("registry.terraform.io/hashicorp/aws/3.39.0/linux_amd64");
    fs::create_dir_all(&package).expect("a directory of ours");
    std::os::unix::fs::symlink(official, package.join("terraform-provider-aws_v3.39.0_x5")).expect("a new file");
    let mut program = Program::new("any_provider", &emulator);
    program.env("TF_PLUGIN_CACHE_DIR", plugins.path().to_str().expect("a plain path"));
    let outputs = run(&program, &emulator);
    assert!(outputs.to_string().contains(".dkr.ecr.us-east-1.amazonaws.com/tools"), "{outputs}");
    assert_eq!(repositories(&emulator), 0);
}
