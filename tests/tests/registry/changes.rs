//! Changes of the configuration: what they touch, and what they leave alone.

use rosa_ecr_tests::{items, on_each_engine};
use serde_json::json;

use crate::scene::{EVERYTHING, Scene, all_objects};

#[test]
fn a_change_of_one_setting_is_one_write() {
    let cases = [
        ("lifecycle_keep_count = 50", ["PutLifecyclePolicy"].as_slice()),
        ("lifecycle_untagged_days = 3", &["PutLifecyclePolicy"]),
        ("lifecycle_tag_patterns = [\"v*\", \"nightly-*\"]", &["PutLifecyclePolicy"]),
        ("lifecycle_policy_enabled = false", &["DeleteLifecyclePolicy"]),
        ("scan_on_push = false", &["PutImageScanningConfiguration"]),
        ("image_tag_mutability = \"IMMUTABLE\"", &["PutImageTagMutability"]),
        ("prevent_destroy = true", &["TagResource"]),
        ("force_delete = true", &[]),
        ("vpc_cidr = \"10.0.0.0/24\"", &["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"]),
        ("tags = { Team = \"a\" }", &["CreateTags", "CreateTags", "CreateTags", "TagResource"]),
        ("worker_role_names = [\"worker\"]", &["AttachRolePolicy", "TagRole"]),
        ("timeouts {\n    create = \"20m\"\n  }", &[]),
    ];
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        for (change, writes) in cases {
            scene.registry(change);
            let (actions, _) = scene.planned();
            assert_eq!(actions, json!(["update"]), "{change}");
            assert_eq!(scene.writes_of_apply(), writes, "{change}");
            scene.work.assert_empty_plan();
            scene.registry("");
            scene.work.apply();
            scene.work.assert_empty_plan();
        }
    });
}

#[test]
fn endpoints_go_off_and_on_again_in_place() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, EVERYTHING);
        scene.emulator.aws().push_image("dev-registry", "v1");
        scene.registry(&format!("{EVERYTHING}\n  create_vpc_endpoints = false"));
        let (actions, _) = scene.planned();
        assert_eq!(actions, json!(["update"]));
        assert_eq!(scene.writes_of_apply(), ["DeleteSecurityGroup", "DeleteVpcEndpoints"]);
        assert_eq!(scene.objects(), ["pull pool-role", "pull worker", "repository dev-registry"]);
        scene.work.assert_empty_plan();

        scene.registry(EVERYTHING);
        let (actions, _) = scene.planned();
        assert_eq!(actions, json!(["update"]));
        let writes = scene.writes_of_apply();
        assert!(
            writes.iter().all(|write| write.contains("VpcEndpoint") || write.contains("SecurityGroup")),
            "{writes:?}"
        );
        assert_eq!(scene.objects(), all_objects());
        scene.work.assert_empty_plan();
    });
}

#[test]
fn another_vpc_leaves_the_repository_alone() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        let other = scene.emulator.aws().network("10.1.0.0/16", 2);
        scene.registry_in(&other.vpc, &other.subnets, "");
        let (actions, _) = scene.planned();
        assert_eq!(actions, json!(["update"]));
        let writes = scene.writes_of_apply();
        assert!(!writes.iter().any(|write| write.contains("Repository") || write.contains("Image")), "{writes:?}");
        let vpcs: Vec<_> = scene.endpoints().iter().map(|endpoint| endpoint["vpcId"].clone()).collect();
        assert_eq!(vpcs, [json!(other.vpc), json!(other.vpc)]);
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

#[test]
fn subnets_change_in_place() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        let third = scene.emulator.aws().subnet(&scene.network.vpc, "10.0.0.0/16", 2, 2);
        let subnets = [scene.network.subnets[0].clone(), third.clone()];
        scene.registry_in(&scene.network.vpc, &subnets, "");
        assert_eq!(scene.writes_of_apply(), ["ModifyVpcEndpoint", "ModifyVpcEndpoint"]);
        for endpoint in scene.endpoints() {
            assert!(items(&endpoint["subnetIdSet"]).contains(&json!(third)), "{endpoint}");
        }
        scene.work.assert_empty_plan();
    });
}

#[test]
fn own_security_groups_take_the_place_of_the_made_one() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        let aws = scene.emulator.aws();
        let vpc = scene.network.vpc.as_str();
        let parameters = [("GroupName", "own"), ("GroupDescription", "own"), ("VpcId", vpc)];
        let own = aws.ec2("CreateSecurityGroup", &parameters)["groupId"].as_str().expect("an id").to_owned();
        scene.registry(&format!("endpoint_security_group_ids = [\"{own}\"]"));
        // The new group is on the endpoints before the old one goes: EC2 would refuse the other order.
        assert_eq!(scene.writes_of_apply(), ["DeleteSecurityGroup", "ModifyVpcEndpoint", "ModifyVpcEndpoint"]);
        assert_eq!(scene.attribute("endpoint_security_group_id"), json!(null));
        scene.work.assert_empty_plan();
        scene.registry("");
        scene.work.apply();
        scene.work.assert_empty_plan();
        assert!(scene.objects().contains(&"group rosa-ecr-endpoints-dev".to_owned()));
        scene.work.destroy();
        assert_eq!(scene.objects(), ["group own"], "what is not ours stays");
    });
}

#[test]
fn another_name_is_another_repository() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        scene.registry("repository_name = \"team/app\"");
        let (actions, _) = scene.planned();
        assert_eq!(actions, json!(["delete", "create"]));
        scene.work.apply();
        assert!(scene.objects().contains(&"repository team/app".to_owned()), "{:?}", scene.objects());
        scene.work.assert_empty_plan();
    });
}

#[test]
fn an_empty_name_is_the_default() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "repository_name = \"\"");
        assert!(scene.objects().contains(&"repository dev-registry".to_owned()));
        scene.work.assert_empty_plan();
        scene.registry("");
        assert_eq!(scene.writes_of_apply(), [""; 0], "it is the same name");
        scene.work.assert_empty_plan();
    });
}

#[test]
fn a_cluster_that_is_renamed_keeps_a_repository_of_its_own_name() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "repository_name = \"images\"\n  worker_role_names = [\"worker\"]");
        scene.emulator.aws().push_image("images", "v1");
        let renamed = std::fs::read_to_string(scene.work.path().join("main.tf")).expect("the configuration");
        scene.work.file("main.tf", &renamed.replace("cluster_name = \"dev\"", "cluster_name = \"prod\""));
        let (actions, _) = scene.planned();
        assert_eq!(actions, json!(["update"]));
        scene.work.apply();
        scene.work.assert_empty_plan();
        scene.work.run(&["destroy", "-auto-approve"]).failure().says("1 image");
    });
}
