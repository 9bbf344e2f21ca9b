//! Changes of the network that fail halfway: the state knows what is left, and the next apply or destroy goes on with it.

use rosa_ecr_tests::{Engine, Fault, Network, on_each_engine};
use serde_json::{Value, json};

use crate::scene::{Scene, text};

/// The calls that take a network away, in their order.
const REMOVALS: [&str; 2] = ["DeleteVpcEndpoints", "DeleteSecurityGroup"];

/// Another network, and the registry in it.
fn moved(scene: &Scene, arguments: &str) -> Network {
    let other = scene.emulator.aws().network("10.1.0.0/16", 2);
    scene.registry_in(&other.vpc, &other.subnets, arguments);
    other
}

/// The registry without a network.
fn off(scene: &Scene) {
    scene.registry("create_vpc_endpoints = false");
}

/// Applies while that call is refused.
fn refused(scene: &Scene, action: &str) {
    scene.emulator.fault(Fault::denied(action).always());
    scene.failed_apply().says(action);
    scene.emulator.clear_faults();
}

/// The VPCs of everything that a registry has in one.
fn vpcs(scene: &Scene) -> Vec<Value> {
    let groups = scene.emulator.aws().ec2("DescribeSecurityGroups", &[]);
    let groups = rosa_ecr_tests::items(&groups["securityGroupInfo"]).iter();
    let own = groups.filter(|group| text(&group["groupName"]).starts_with("rosa-ecr")).cloned();
    let mut vpcs: Vec<Value> = scene.endpoints().into_iter().chain(own).map(|object| object["vpcId"].clone()).collect();
    vpcs.dedup();
    vpcs
}

/// A registry whose apply of a change of the network was just refused, for each call that can be.
fn halfway(engine: &Engine, change: impl Fn(&Scene)) -> impl Iterator<Item = (&'static str, Scene)> {
    REMOVALS.into_iter().map(move |action| {
        let scene = Scene::applied(engine, "");
        change(&scene);
        refused(&scene, action);
        (action, scene)
    })
}

#[test]
fn endpoints_that_could_not_be_switched_off_go_with_the_next_apply() {
    on_each_engine(|engine| {
        for (action, scene) in halfway(engine, off) {
            let (actions, names) = scene.planned();
            assert_eq!(actions, json!(["update"]), "{action}");
            assert!(names.contains("create_vpc_endpoints"), "{action}: {names:?}");
            scene.work.apply();
            assert_eq!(scene.objects(), ["repository dev-registry"], "{action}");
            scene.work.assert_empty_plan();
        }
    });
}

#[test]
fn a_move_that_could_not_begin_goes_on_with_the_next_apply() {
    on_each_engine(|engine| {
        for (action, scene) in halfway(engine, |scene| drop(moved(scene, ""))) {
            assert_eq!(scene.attribute("vpc_id"), json!(scene.network.vpc), "{action}: where it still is");
            let (actions, names) = scene.planned();
            assert_eq!(actions, json!(["update"]), "{action}");
            assert!(names.contains("vpc_id"), "{action}: {names:?}");
            scene.work.apply();
            assert_eq!(vpcs(&scene), [scene.attribute("vpc_id")], "{action}");
            assert_ne!(scene.attribute("vpc_id"), json!(scene.network.vpc), "{action}");
            scene.work.assert_empty_plan();
        }
    });
}

#[test]
fn a_destroy_after_a_move_that_failed_leaves_nothing() {
    on_each_engine(|engine| {
        for (action, scene) in halfway(engine, |scene| drop(moved(scene, ""))) {
            scene.work.destroy();
            assert_eq!(scene.objects(), [""; 0], "{action}");
        }
    });
}

#[test]
fn a_move_that_is_given_up_brings_everything_back() {
    on_each_engine(|engine| {
        for (action, scene) in halfway(engine, |scene| drop(moved(scene, ""))) {
            scene.registry("");
            scene.work.apply();
            assert_eq!(vpcs(&scene), [json!(scene.network.vpc)], "{action}");
            scene.work.assert_empty_plan();
        }
    });
}

#[test]
fn a_move_that_takes_too_long_goes_on_with_the_next_apply() {
    on_each_engine(|engine| {
        // First the old network does not go in time, then the new one does not come in time.
        for (action, told) in [("DeleteVpcEndpoints", "to be deleted"), ("DeleteSecurityGroup", "to become available")]
        {
            let scene = Scene::applied(engine, "");
            let other = moved(&scene, "timeouts {\n    update = \"10s\"\n  }");
            if action == "DeleteVpcEndpoints" {
                scene.emulator.settings(json!({ "endpoint_ms": 25_000 }));
                scene.failed_apply().says("Timed out waiting for vpce-").says(told);
            } else {
                scene.emulator.stop_after(action);
                let running = scene.work.spawn(&["apply", "-auto-approve"]);
                scene.emulator.wait_for_stop();
                scene.emulator.settings(json!({ "endpoint_ms": 25_000 }));
                scene.emulator.release();
                running.wait().failure().says("Timed out waiting for vpce-").says(told);
            }
            scene.emulator.settings(json!({ "endpoint_ms": 300 }));
            scene.registry_in(&other.vpc, &other.subnets, "");
            scene.work.apply();
            assert_eq!(vpcs(&scene), [json!(other.vpc)], "{action}");
            scene.work.assert_empty_plan();
            scene.work.destroy();
            assert_eq!(scene.objects(), [""; 0], "{action}");
        }
    });
}

#[test]
fn a_destroy_that_takes_too_long_goes_on_with_the_next() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "timeouts {\n    delete = \"2s\"\n  }");
        scene.emulator.settings(json!({ "endpoint_ms": 5_000 }));
        scene
            .work
            .run(&["destroy", "-auto-approve"])
            .failure()
            .says("Timed out waiting for vpce-")
            .says("to be deleted");
        // The limit of the next destroy is in the state, too: what is on its way goes on by itself.
        std::thread::sleep(std::time::Duration::from_secs(4));
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}
