//! The resource `rosa_ecr`, driven by every engine that is here.

use rosa_ecr_tests::{Emulator, Workdir, on_each_engine};
use serde_json::{Value, json};

/// An example with the variables that it needs, ready to apply.
fn example<'a>(engine: &'a rosa_ecr_tests::Engine, emulator: &'a Emulator, case: &str) -> Workdir {
    let aws = emulator.aws();
    let network = aws.network("10.0.0.0/16", 2);
    let mut vars = json!({});
    if case != "shared-vpc" {
        vars = json!({ "vpc_id": network.vpc, "private_subnet_ids": network.subnets });
    }
    match case {
        "classic" => {
            aws.worker_role("ManagedOpenShift-Worker-Role");
        }
        "hcp" => {
            aws.worker_role("pool-role");
            aws.instance_profile("pool-profile", Some("pool-role"));
            vars["instance_profile_names"] = json!(["pool-profile"]);
        }
        _ => {}
    }
    let work = Workdir::new(engine, emulator);
    work.example(case).vars(vars);
    work
}

fn applies_and_goes(case: &'static str) {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = example(engine, &emulator, case);
        work.init();
        work.apply();
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn classic() {
    applies_and_goes("classic");
}

#[test]
fn hcp() {
    applies_and_goes("hcp");
}

#[test]
fn zero_egress() {
    applies_and_goes("zero-egress");
}

#[test]
fn protected_registry() {
    applies_and_goes("protected-registry");
}

#[test]
fn shared_vpc() {
    applies_and_goes("shared-vpc");
}

#[test]
fn the_first_plan_knows_what_apply_returns() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = example(engine, &emulator, "quickstart");
        work.init();
        let plan = work.plan_json();
        let planned = &plan["resource_changes"][0]["change"]["after"];
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        assert_eq!(planned["repository_url"], json!(format!("{host}/dev-registry")));
        assert_eq!(planned["registry_url"], json!(host));
        assert_eq!(planned["repository_name"], json!("dev-registry"));
        assert_eq!(planned["registry_id"], json!("123456789012"));
        assert_eq!(planned["repository_arn"], json!("arn:aws:ecr:us-east-1:123456789012:repository/dev-registry"));
        assert_eq!(planned["vpc_endpoints_enabled"], json!(true));
        assert_eq!(planned["ecr_summary"]["encryption"], json!("AES256"));
        work.apply();
        let state = work.state_json();
        let applied = &state["values"]["root_module"]["resources"][0]["values"];
        for (name, value) in planned.as_object().expect("an object").iter().filter(|(_, value)| !value.is_null()) {
            assert_eq!(&applied[name], value, "{name}");
        }
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn endpoints_without_a_vpc_are_an_error_at_validate() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = Workdir::new(engine, &emulator);
        work.file(
            "main.tf",
            r#"
terraform {
  required_providers {
    rosa = { source = "rosa-ecr/rosa" }
  }
}
resource "rosa_ecr" "registry" {
  cluster_name    = "dev"
  repository_name = "Dev_Registry"
}
"#,
        );
        work.init();
        let output = work.run(&["validate"]).failure();
        output.says("VPC endpoints need vpc_id").says("create_vpc_endpoints = false").says("\"dev_registry\"");
    });
}

#[test]
fn a_repository_with_images_is_not_destroyed() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = example(engine, &emulator, "quickstart");
        work.init();
        work.apply();
        emulator.aws().push_image("dev-registry", "v1");
        emulator.clear_calls();
        let output = work.run(&["destroy", "-auto-approve"]).failure();
        output.says("The repository dev-registry is not empty").says("1 image");
        assert!(emulator.writes().is_empty(), "nothing was deleted: {:?}", emulator.writes());
    });
}

#[test]
fn a_lifecycle_edit_is_one_put() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = example(engine, &emulator, "protected-registry");
        work.init();
        work.apply();
        let edited = std::fs::read_to_string(work.path().join("main.tf"))
            .expect("the example")
            .replace("lifecycle_keep_count    = 100", "lifecycle_keep_count    = 50");
        work.file("main.tf", &edited);
        emulator.clear_calls();
        work.apply();
        let writes = emulator.writes();
        assert_eq!(writes, ["PutLifecyclePolicy"]);
        work.assert_empty_plan();
    });
}

#[test]
fn clusters_that_share_a_role_do_not_take_it_from_each_other() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("shared");
        let cluster = |name: &str| {
            let work = Workdir::new(engine, &emulator);
            work.example("shared-vpc").vars(json!({ "cluster_name": name, "worker_role_names": ["shared"] }));
            work.init();
            work.apply();
            work
        };
        let (one, two) = (cluster("one"), cluster("two"));
        one.destroy();
        assert_eq!(emulator.aws().attached_policies("shared").len(), 1, "two still pulls");
        two.assert_empty_plan();
        two.destroy();
        assert_eq!(emulator.aws().attached_policies("shared").len(), 0, "nobody needs it any more");
    });
}

#[test]
fn parts_that_were_deleted_by_hand_come_back() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = example(engine, &emulator, "quickstart");
        work.init();
        work.apply();
        emulator.aws().ecr("DeleteLifecyclePolicy", json!({ "repositoryName": "dev-registry" }));
        let plan = work.plan_json();
        let change = &plan["resource_changes"][0]["change"];
        assert_eq!(change["actions"], json!(["update"]));
        assert_eq!(change["before"]["lifecycle_policy_enabled"], Value::Bool(false));
        emulator.clear_calls();
        work.apply();
        let writes = emulator.writes();
        assert_eq!(writes, ["PutLifecyclePolicy"]);
        work.assert_empty_plan();
    });
}
