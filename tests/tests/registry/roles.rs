//! Worker roles, which clusters share.

use rosa_ecr_tests::{Aws, Engine, Workdir, items, on_each_engine};
use serde_json::json;

use crate::scene::{Scene, configuration};

const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";

/// Red Hat's name for the worker role of all HCP clusters of an account.
const HCP_ROLE: &str = "ManagedOpenShift-HCP-ROSA-Worker-Role";

/// A cluster of that name whose workers have the role `worker`, applied.
fn cluster(scene: &Scene, engine: &Engine, name: &str) -> Workdir {
    permitted(scene, engine, name, "read_only")
}

/// The same with that permission.
fn permitted(scene: &Scene, engine: &Engine, name: &str, permission: &str) -> Workdir {
    let work = Workdir::new(engine, &scene.emulator);
    permit(&work, name, "worker", permission);
    work.init();
    work.apply();
    work
}

/// Writes the configuration of a cluster whose workers have that role and permission.
fn permit(work: &Workdir, name: &str, role: &str, permission: &str) {
    let fixed = format!("cluster_name = \"{name}\"\n  create_vpc_endpoints = false");
    let pull = format!("worker_role_names = [\"{role}\"]\n  pull_permission = \"{permission}\"");
    work.file("main.tf", &configuration("region = \"us-east-1\"", &format!("{fixed}\n  {pull}")));
}

/// The names of a role's inline policies.
fn inline_policies(aws: &Aws, role: &str) -> Vec<String> {
    let policies = aws.iam("ListRolePolicies", &[("RoleName", role)]);
    items(&policies["PolicyNames"]).iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// Whether nothing of ours is on the role.
#[track_caller]
fn assert_bare(aws: &Aws, role: &str) {
    assert_eq!((aws.attached_policies(role), inline_policies(aws, role)), (Vec::new(), Vec::new()));
    let tags = aws.iam("ListRoleTags", &[("RoleName", role)]);
    assert!(items(&tags["Tags"]).is_empty(), "no mark is left: {tags}");
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
        assert!(items(&tags["Tags"]).is_empty(), "no mark is left: {tags}");
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
            assert!(items(&tags["Tags"]).is_empty(), "no mark is left: {tags}");
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

#[test]
fn registries_with_different_permissions_share_a_role_in_every_order() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        for (first, second) in [("read_only", "scoped"), ("scoped", "read_only"), ("scoped", "scoped")] {
            for goes_first in [0, 1] {
                let clusters = [permitted(&scene, engine, "one", first), permitted(&scene, engine, "two", second)];
                let (gone, stays) = (goes_first, 1 - goes_first);
                let of = [first, second];
                let scoped = of.iter().filter(|permission| **permission == "scoped").count();
                assert_eq!(inline_policies(&aws, "worker").len(), scoped);
                clusters[gone].destroy();
                clusters[stays].assert_empty_plan();
                match of[stays] {
                    "scoped" => assert_eq!(inline_policies(&aws, "worker").len(), 1, "{first}, {second}"),
                    _ => assert_eq!(aws.attached_policies("worker"), [POLICY]),
                }
                clusters[stays].destroy();
                assert_bare(&aws, "worker");
            }
        }
    });
}

#[test]
fn a_permission_is_changed_in_place_and_drift_is_put_right() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        let other = cluster(&scene, engine, "other");
        let work = cluster(&scene, engine, "dev");
        permit(&work, "dev", "worker", "scoped");
        scene.emulator.clear_calls();
        work.apply().says("1 changed").says("0 destroyed");
        let writes = scene.emulator.writes();
        let position = |action: &str| writes.iter().position(|write| write.ends_with(action));
        assert!(position("PutRolePolicy") < position("UntagRole"), "the new one comes first: {writes:?}");
        assert_eq!(aws.attached_policies("worker"), [POLICY], "the other one needs it");
        work.assert_empty_plan();

        let name = inline_policies(&aws, "worker").pop().expect("it has one");
        let policy = [("RoleName", "worker"), ("PolicyName", name.as_str())];
        let document = aws.iam("GetRolePolicy", &policy)["PolicyDocument"].to_string();
        assert!(document.contains("dev-registry"), "{document}");
        let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}"#;
        aws.iam("PutRolePolicy", &[policy[0], policy[1], ("PolicyDocument", everything)]);
        work.apply().says("1 changed");
        assert_eq!(aws.iam("GetRolePolicy", &policy)["PolicyDocument"].to_string(), document);
        aws.iam("DeleteRolePolicy", &policy);
        work.apply().says("1 changed");
        assert_eq!(aws.iam("GetRolePolicy", &policy)["PolicyDocument"].to_string(), document);

        permit(&work, "dev", "worker", "pull_only");
        work.apply().says("1 changed");
        assert_eq!((aws.attached_policies("worker").len(), inline_policies(&aws, "worker").len()), (2, 0));
        work.assert_empty_plan();
        other.destroy();
        work.destroy();
        assert_bare(&aws, "worker");
    });
}

#[test]
fn an_import_recognizes_the_permission_of_the_roles() {
    on_each_engine(|engine| {
        for permission in ["pull_only", "scoped"] {
            let scene = Scene::new(engine);
            let first = permitted(&scene, engine, "dev", permission);
            let second = Workdir::new(engine, &scene.emulator);
            let file = std::fs::read_to_string(first.path().join("main.tf")).expect("the configuration");
            second.file("main.tf", &file);
            second.file("import.tf", "import {\n  to = rosa_ecr.registry\n  id = \"dev/dev-registry\"\n}\n");
            second.init();
            second.apply().says("1 imported").says("0 changed");
            second.assert_empty_plan();
            second.destroy();
            assert_bare(&scene.emulator.aws(), "worker");
        }
    });
}

/// On one engine only: the provider is what is tested, and there is a kill for each of its writes.
#[test]
fn a_change_that_is_killed_leaves_nothing_behind_a_destroy() {
    let engine = &Engine::all()[0];
    for n in 1.. {
        let scene = Scene::new(engine);
        let work = cluster(&scene, engine, "dev");
        permit(&work, "dev", "worker", "scoped");
        scene.emulator.clear_calls();
        scene.emulator.stop_after_write(n);
        work.kill_at_stop(&scene.emulator, &["apply", "-auto-approve"]);
        let before = scene.emulator.writes();
        work.destroy();
        assert_bare(&scene.emulator.aws(), "worker");
        // Mark, policy, and away with the old mark, the old policy and the sign that it came from us.
        if before.len() == 5 {
            break;
        }
    }
}

#[test]
fn the_role_of_all_hcp_clusters_is_warned_of() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        aws.worker_role(HCP_ROLE);
        aws.iam("AttachRolePolicy", &[("RoleName", HCP_ROLE), ("PolicyArn", POLICY)]);
        let work = Workdir::new(engine, &scene.emulator);
        permit(&work, "dev", HCP_ROLE, "read_only");
        work.init();
        work.apply().says("All HCP clusters of the account have the role").says("pull_permission = \"scoped\"");
        work.run(&["plan"]).success().never_says("All HCP clusters");
        work.destroy().says("may be detached from").says("one that was there before stays");
        assert_eq!(aws.attached_policies(HCP_ROLE), [POLICY], "ROSA has attached it");
    });
}
