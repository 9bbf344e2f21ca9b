//! Providers and engines that were killed, and strangers' objects.

use std::time::{Duration, Instant};

use rosa_ecr_tests::Fault;

use super::*;

/// On one engine only: the provider is what is tested, and there is a kill for each of its writes.
#[test]
fn a_kill_after_any_write_leaves_no_orphan_and_no_duplicate() {
    let engine = &Engine::all()[0];
    for n in 1.. {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let work = work(engine, &emulator, EVERYTHING);
        emulator.stop_after_write(n);
        work.kill_at_stop(&emulator, &["apply", "-auto-approve", "-parallelism=1"]);
        let before = emulator.writes();
        work.apply();
        assert_eq!(emulator.aws().inventory(), WHOLE, "killed after {before:?}");
        work.assert_empty_plan();
        if before.len() == 12 {
            work.destroy();
            assert_eq!(emulator.aws().inventory(), ["role worker"]);
            break;
        }
    }
}

#[test]
fn a_provider_is_gone_seconds_after_its_engine_was_killed() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, "resource \"rosa_ecr_repository\" \"app\" { name = \"team/app\" }\n");
        emulator.fault(Fault::hang("CreateRepository", Duration::from_secs(120)));
        let apply = work.spawn(&["apply", "-auto-approve"]);
        let since = Instant::now();
        while emulator.fault_hits() == 0 {
            assert!(since.elapsed() < Duration::from_secs(60), "the repository is never created");
            std::thread::sleep(Duration::from_millis(20));
        }
        apply.kill_engine();
        apply.wait_for_providers(Duration::from_secs(10));
        apply.wait().failure();
        emulator.clear_faults();
        work.apply();
        work.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}

/// Resources that do not depend on each other, so that each of them is planned.
const STRANGE: &str = r#"
resource "rosa_ecr_repository" "app" { name = "team/app" }
resource "rosa_ecr_repository_policy" "app" {
  repository = "team/app"
  policy     = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "rosa_ecr_vpc_endpoint" "api" {
  service    = "api"
  vpc_id     = var.vpc_id
  subnet_ids = var.subnet_ids
}
resource "rosa_ecr_push_role" "push" {
  name              = "pipeline-push"
  repository_arns   = ["arn:aws:ecr:us-east-1:123456789012:repository/team/app"]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder"]
}
"#;

#[test]
fn what_strangers_have_made_is_left_alone() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker");
        aws.worker_role("pipeline-push");
        aws.ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        let policy =
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"ecr:PutImage"}]}"#;
        aws.ecr("SetRepositoryPolicy", json!({ "repositoryName": "team/app", "policyText": policy }));
        let work = work(engine, &emulator, STRANGE);
        let network = aws.ec2("DescribeVpcs", &[("Filter.1.Name", "cidr"), ("Filter.1.Value.1", "10.0.0.0/16")]);
        let vpc = items(&network["vpcSet"])[0]["vpcId"].as_str().expect("an id").to_owned();
        let service = "com.amazonaws.us-east-1.ecr.api";
        let subnet = aws.subnet(&vpc, "10.0.0.0/16", 7, 0);
        let endpoint = aws.ec2(
            "CreateVpcEndpoint",
            &[
                ("VpcId", &vpc),
                ("ServiceName", service),
                ("VpcEndpointType", "Interface"),
                ("SubnetId.1", &subnet),
                ("PrivateDnsEnabled", "true"),
            ],
        );
        let endpoint = endpoint["vpcEndpoint"]["vpcEndpointId"].as_str().expect("an id").to_owned();
        let plan = work.run(&["plan"]).failure();
        plan.says("terraform import rosa_ecr_repository.<name> team/app")
            .says("terraform import rosa_ecr_repository_policy.<name> team/app")
            .says("The role pipeline-push exists already")
            .says(&format!("terraform import rosa_ecr_vpc_endpoint.<name> {endpoint}"));
        assert!(emulator.writes().is_empty(), "{:?}", emulator.writes());
    });
}
