//! Worker roles, which clusters share.

use rosa_ecr_tests::{Workdir, on_each_engine};
use serde_json::json;

use crate::scene::{Scene, configuration};

const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";

/// A cluster of that name whose workers have the role `worker`, applied.
fn cluster(scene: &Scene, engine: &rosa_ecr_tests::Engine, name: &str) -> Workdir {
    let work = Workdir::new(engine, &scene.emulator);
    let arguments =
        format!("cluster_name = \"{name}\"\n  create_vpc_endpoints = false\n  worker_role_names = [\"worker\"]");
    work.file("main.tf", &configuration("region = \"us-east-1\"", &arguments));
    work.init();
    work.apply();
    work
}

#[test]
fn clusters_that_share_a_role_do_not_take_it_from_each_other() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let (one, two) = (cluster(&scene, engine, "one"), cluster(&scene, engine, "two"));
        let aws = scene.emulator.aws();
        one.destroy();
        assert_eq!(aws.attached_policies("worker"), [POLICY], "two still pulls");
        two.assert_empty_plan();
        two.destroy();
        assert_eq!(aws.attached_policies("worker"), [""; 0], "nobody needs it any more");
        let tags = aws.iam("ListRoleTags", &[("RoleName", "worker")]);
        assert!(rosa_ecr_tests::items(&tags["Tags"]).is_empty(), "no mark is left: {tags}");
    });
}

#[test]
fn a_policy_that_was_there_before_stays() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        aws.iam("AttachRolePolicy", &[("RoleName", "worker"), ("PolicyArn", POLICY)]);
        let one = cluster(&scene, engine, "one");
        one.assert_empty_plan();
        one.destroy();
        assert_eq!(aws.attached_policies("worker"), [POLICY]);
    });
}

#[test]
fn a_role_that_is_left_out_loses_the_policy() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "worker_role_names = [\"worker\", \"pool-role\"]");
        scene.registry("worker_role_names = [\"worker\"]");
        scene.work.apply();
        let aws = scene.emulator.aws();
        assert_eq!(aws.attached_policies("pool-role"), [""; 0]);
        assert_eq!(aws.attached_policies("worker"), [POLICY]);
        scene.work.assert_empty_plan();
    });
}

#[test]
fn the_policy_follows_an_instance_profile_to_another_role() {
    on_each_engine(|engine| {
        for is_detached in [false, true] {
            let scene = Scene::applied(engine, "instance_profile_names = [\"pool\"]");
            let aws = scene.emulator.aws();
            let profile = |action: &str, role: &str| {
                aws.iam(action, &[("InstanceProfileName", "pool"), ("RoleName", role)]);
            };
            profile("RemoveRoleFromInstanceProfile", "pool-role");
            profile("AddRoleToInstanceProfile", "worker");
            if is_detached {
                aws.iam("DetachRolePolicy", &[("RoleName", "pool-role"), ("PolicyArn", POLICY)]);
            }
            let (actions, names) = scene.planned();
            assert_eq!(actions, json!(["update"]));
            assert!(names.contains("pull_roles"), "{names:?}");
            scene.work.apply();
            assert_eq!(aws.attached_policies("worker"), [POLICY]);
            assert_eq!(aws.attached_policies("pool-role"), [""; 0]);
            let tags = aws.iam("ListRoleTags", &[("RoleName", "pool-role")]);
            assert!(rosa_ecr_tests::items(&tags["Tags"]).is_empty(), "no mark is left: {tags}");
            scene.work.assert_empty_plan();

            profile("RemoveRoleFromInstanceProfile", "worker");
            aws.iam("DeleteInstanceProfile", &[("InstanceProfileName", "pool")]);
            scene.work.assert_empty_plan();
            assert_eq!(aws.attached_policies("worker"), [POLICY], "a profile that is gone takes no policy away");
            scene.work.destroy();
            assert!(scene.objects().is_empty(), "{:?}", scene.objects());
        }
    });
}

#[test]
fn a_role_that_is_gone_stops_nothing_but_its_own_repair() {
    on_each_engine(|engine| {
        // It is waited for, because it may be new.
        let timeouts = "timeouts {\n    update = \"5s\"\n  }";
        let scene = Scene::applied(engine, &format!("worker_role_names = [\"worker\"]\n  {timeouts}"));
        let aws = scene.emulator.aws();
        aws.iam("DetachRolePolicy", &[("RoleName", "worker"), ("PolicyArn", POLICY)]);
        aws.iam("DeleteRole", &[("RoleName", "worker")]);
        scene.failed_apply().says("There is no role worker").says("rosa list account-roles");
        scene.work.destroy();
        assert!(scene.objects().is_empty(), "{:?}", scene.objects());
    });
}
