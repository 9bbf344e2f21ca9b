//! Days on which AWS, or the network to it, is not well.

use std::time::Duration;

use rosa_ecr_tests::{Engine, Fault, Workdir, on_each_engine};
use serde_json::json;

use crate::scene::{EVERYTHING, Scene, all_objects, configuration};

/// A registry with everything, applied while that fault is on order.
fn applied_despite(engine: &Engine, what: &str, fault: Fault) {
    let scene = Scene::new(engine);
    scene.registry(EVERYTHING).work.init();
    scene.emulator.fault(fault);
    scene.work.apply();
    assert!(scene.emulator.fault_hits() > 0, "{what}: the fault was met");
    assert_eq!(scene.objects(), all_objects(), "{what}");
    scene.work.assert_empty_plan();
}

#[test]
fn throttling_and_server_errors_are_waited_out() {
    on_each_engine(|engine| {
        applied_despite(engine, "throttled", Fault::throttle("*").times(12));
        applied_despite(engine, "500s", Fault::server_error("*").times(12));
        applied_despite(engine, "resets", Fault::reset("*").times(3));
    });
}

#[test]
fn an_answer_that_is_lost_makes_nothing_twice() {
    let writes = [
        "CreateRepository",
        "PutLifecyclePolicy",
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupIngress",
        "RevokeSecurityGroupEgress",
        "CreateVpcEndpoint",
        "TagRole",
        "AttachRolePolicy",
    ];
    on_each_engine(|engine| {
        for action in writes {
            applied_despite(engine, action, Fault::lost_answer(action));
        }
    });
}

#[test]
fn half_an_answer_is_an_error_and_no_absence() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        scene.emulator.fault(Fault::truncated("DescribeVpcEndpoints").always());
        scene.work.run(&["plan"]).failure().never_says("will be created");
        scene.emulator.clear_faults();
        scene.work.assert_empty_plan();
    });
}

#[test]
fn a_service_that_is_down_leaves_the_state_as_it_is() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, EVERYTHING);
        for action in ["DescribeRepositories", "GetLifecyclePolicy", "DescribeSecurityGroups", "ListRoleTags"] {
            scene.emulator.fault(Fault::denied(action).always());
            scene.work.run(&["plan"]).failure().says(action);
            scene.emulator.clear_faults();
        }
        scene.work.assert_empty_plan();
    });
}

#[test]
fn missing_permission_is_named_and_what_was_made_is_kept() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry(EVERYTHING).work.init();
        scene.emulator.fault(Fault::denied("PutLifecyclePolicy").always());
        scene.failed_apply().says("ecr:PutLifecyclePolicy");
        scene.emulator.clear_faults();
        scene.work.apply();
        assert_eq!(scene.objects(), all_objects());
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

#[test]
fn a_session_that_is_over_says_so() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry("").work.init();
        scene.emulator.fault(Fault::expired_token("*").always());
        scene.work.run(&["plan"]).failure().says("expired");
        assert!(scene.emulator.writes().is_empty());
    });
}

#[test]
fn an_endpoint_that_does_not_come_in_time_is_picked_up() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry("timeouts {\n    create = \"2s\"\n  }").work.init();
        scene.emulator.settings(json!({ "endpoint_ms": 60_000 }));
        scene.failed_apply().says("Timed out waiting for vpce-").says("timeouts");
        scene.emulator.settings(json!({ "endpoint_ms": 300 }));
        scene.registry("");
        scene.work.apply();
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

#[test]
fn slow_answers_only_take_longer() {
    on_each_engine(|engine| {
        applied_despite(engine, "slow", Fault::latency("*", Duration::from_millis(200)).always());
    });
}

#[test]
fn two_runs_at_once_make_one_registry() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry(EVERYTHING).work.init();
        let other = Workdir::new(engine, &scene.emulator);
        let text = std::fs::read_to_string(scene.work.path().join("main.tf")).expect("the configuration");
        other.file("main.tf", &text);
        other.init();
        let (one, two) = (scene.work.spawn(&["apply", "-auto-approve"]), other.spawn(&["apply", "-auto-approve"]));
        one.wait().success();
        two.wait().success();
        assert_eq!(scene.objects(), all_objects());
        // Each object belongs to the one that took it last. When the other configuration goes, this one has all of them.
        other.destroy();
        scene.work.apply();
        assert_eq!(scene.objects(), all_objects());
        scene.work.assert_empty_plan();
    });
}

#[test]
fn the_wrong_account_stops_before_any_write() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let provider = "region = \"us-east-1\"\n  allowed_account_ids = [\"999999999999\"]";
        scene.work.file("main.tf", &configuration(provider, "cluster_name = \"dev\"\n  create_vpc_endpoints = false"));
        scene.work.init();
        scene.failed_apply().says("123456789012").says("allowed_account_ids");
        assert!(scene.emulator.writes().is_empty());
    });
}

#[test]
fn the_caller_is_asked_for_once() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry(EVERYTHING).work.init();
        scene.work.run(&["validate"]).success();
        assert!(scene.emulator.calls().is_empty(), "a validation asks nobody: {:?}", scene.emulator.calls());
        scene.work.run(&["plan"]).success();
        let asked = scene.emulator.calls().iter().filter(|call| call.action == "GetCallerIdentity").count();
        assert_eq!(asked, 1);
    });
}

#[test]
fn a_create_that_failed_halfway_is_completed_and_never_made_again() {
    on_each_engine(|engine| {
        for action in ["AuthorizeSecurityGroupIngress", "CreateVpcEndpoint", "AttachRolePolicy", "PutLifecyclePolicy"] {
            let scene = Scene::new(engine);
            scene.registry(EVERYTHING).work.init();
            scene.emulator.fault(Fault::denied(action).always());
            scene.failed_apply().says(action);
            let made = scene.repository();
            let image = scene.emulator.aws().push_image("dev-registry", "v1");

            // It fails again, and nothing is forgotten.
            scene.failed_apply().says(action);
            assert_eq!(scene.repository(), made, "{action}");
            scene.emulator.clear_faults();
            scene.emulator.clear_calls();
            scene.work.apply();
            let writes = scene.emulator.writes();
            assert!(!writes.iter().any(|write| write.starts_with("Delete")), "{action}: {writes:?}");
            assert_eq!((scene.objects(), scene.repository()), (all_objects(), made), "{action}");
            scene.work.assert_empty_plan();
            let batch = json!({ "repositoryName": "dev-registry", "imageIds": [{ "imageDigest": image }] });
            scene.emulator.aws().ecr("BatchDeleteImage", batch);
            scene.work.destroy();
        }
    });
}

#[test]
fn a_create_that_failed_halfway_is_destroyed_whole() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let before = scene.emulator.aws().inventory();
        scene.registry(EVERYTHING).work.init();
        scene.emulator.fault(Fault::denied("CreateVpcEndpoint").always());
        scene.failed_apply();
        scene.failed_apply();
        scene.emulator.clear_faults();
        scene.work.destroy();
        assert_eq!(scene.emulator.aws().inventory(), before);
    });
}

#[test]
fn a_fault_that_stays_is_told_with_its_action_and_the_number_of_attempts() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let provider = "region = \"us-east-1\"\n  max_retries = 2";
        scene.work.file(
            "main.tf",
            &configuration(provider, "cluster_name         = \"dev\"\n  create_vpc_endpoints = false"),
        );
        scene.work.init();
        scene.emulator.fault(Fault::server_error("DescribeRepositories").always());
        let refused = scene.work.run(&["plan"]).failure();
        refused.says("ECR answered DescribeRepositories").says("after 3 attempts").says("AWS_ENDPOINT_URL");
        assert_eq!(scene.emulator.fault_hits(), 3);
    });
}
