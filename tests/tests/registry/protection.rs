//! Repositories that hold images, and those that outlive their cluster.

use rosa_ecr_tests::{Workdir, items, on_each_engine};
use serde_json::json;

use crate::scene::{Scene, configuration};

/// The digests of the images of `dev-registry`.
fn images(scene: &Scene) -> usize {
    items(&scene.emulator.aws().ecr("ListImages", json!({ "repositoryName": "dev-registry" }))["imageIds"]).len()
}

#[test]
fn a_repository_with_images_is_not_destroyed() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        scene.emulator.aws().push_image("dev-registry", "v1");
        scene.emulator.aws().push_image("dev-registry", "v2");
        scene.emulator.clear_calls();
        let output = scene.work.run(&["plan", "-destroy"]).failure();
        output.says("The repository dev-registry is not empty").says("2 images").says("force_delete = true");
        scene.work.run(&["destroy", "-auto-approve"]).failure();
        assert!(scene.emulator.writes().is_empty(), "nothing was deleted: {:?}", scene.emulator.writes());
        scene.registry("force_delete = true");
        scene.work.apply();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

#[test]
fn force_delete_counts_only_once_it_was_applied() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        scene.emulator.aws().push_image("dev-registry", "v1");
        scene.registry("force_delete = true");
        scene.work.run(&["destroy", "-auto-approve", "-refresh=false"]).failure().says("reads it from the state");
    });
}

#[test]
fn an_image_that_comes_between_plan_and_destroy_is_not_lost() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        scene.work.run(&["plan", "-destroy", "-out=gone.tfplan"]).success();
        scene.emulator.aws().push_image("dev-registry", "v1");
        scene.work.run(&["apply", "gone.tfplan"]).failure().says("not empty").says("1 image");
        assert_eq!(images(&scene), 1);
        assert!(scene.objects().contains(&"endpoint api".to_owned()), "the network was not touched");
        scene.work.assert_empty_plan();
    });
}

#[test]
fn a_protected_repository_outlives_its_cluster_and_is_taken_back() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "prevent_destroy = true\n  lifecycle_keep_count = 7");
        let aws = scene.emulator.aws();
        aws.push_image("dev-registry", "v1");
        let tags = aws.ecr("ListTagsForResource", json!({ "resourceArn": scene.attribute("repository_arn") }));
        assert!(items(&tags["tags"]).contains(&json!({ "Key": "Lifecycle", "Value": "external" })), "{tags}");

        scene.work.destroy().says("The repository dev-registry was kept").says("1 image");
        assert_eq!(scene.objects(), ["repository dev-registry"]);
        let policy = aws.ecr("GetLifecyclePolicy", json!({ "repositoryName": "dev-registry" }));
        assert!(policy["lifecyclePolicyText"].as_str().is_some_and(|text| text.contains('7')), "the policy stays");

        scene.work.run(&["plan"]).success().says("1 to add");
        scene.work.apply().says("The repository dev-registry was taken over").says("1 image");
        assert_eq!(images(&scene), 1, "the images are intact");
        scene.work.assert_empty_plan();

        scene.registry("force_delete = true");
        scene.work.apply();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

#[test]
fn another_cluster_does_not_take_a_protected_repository() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "prevent_destroy = true");
        scene.work.destroy();
        let other = Workdir::new(engine, &scene.emulator);
        let arguments = "cluster_name = \"prod\"\n  repository_name = \"dev-registry\"\n  create_vpc_endpoints = false";
        other.file("main.tf", &configuration("region = \"us-east-1\"", arguments));
        other.init();
        let output = other.run(&["plan"]).failure();
        output.says("The repository dev-registry belongs to the cluster dev").says("adopt_existing = true");
    });
}

#[test]
fn a_protected_repository_is_not_replaced() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "prevent_destroy = true");
        scene.emulator.clear_calls();
        scene.registry("prevent_destroy = true\n  repository_name = \"other\"");
        let output = scene.work.run(&["plan"]).failure();
        output.says("dev-registry is protected and would be replaced").says("repository_name");
        scene.failed_apply();
        assert!(scene.emulator.writes().is_empty());
    });
}

#[test]
fn a_strangers_repository_is_left_alone_until_told_otherwise() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "dev-registry" }));
        scene.emulator.aws().push_image("dev-registry", "v1");
        scene.registry("").work.init();
        let output = scene.work.run(&["plan"]).failure();
        output
            .says("The repository dev-registry exists already")
            .says("import rosa_ecr.<name> dev/dev-registry")
            .says("adopt_existing = true");
        scene.registry("adopt_existing = true");
        scene.work.apply().says("existed already and holds 1 image");
        scene.work.assert_empty_plan();
        assert_eq!(images(&scene), 1);
    });
}

#[test]
fn endpoints_of_others_are_in_the_way_before_anything_is_made() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        let endpoint = [
            ("VpcEndpointType", "Interface"),
            ("VpcId", scene.network.vpc.as_str()),
            ("ServiceName", "com.amazonaws.us-east-1.ecr.dkr"),
            ("SubnetId.1", scene.network.subnets[0].as_str()),
            ("PrivateDnsEnabled", "true"),
        ];
        let id = aws.ec2("CreateVpcEndpoint", &endpoint)["vpcEndpoint"]["vpcEndpointId"].clone();
        scene.registry("").work.init();
        let output = scene.work.run(&["plan"]).failure();
        output.says(id.as_str().expect("an id")).says("create_vpc_endpoints = false");
        scene.failed_apply();
        assert!(scene.emulator.writes().is_empty(), "{:?}", scene.emulator.writes());
    });
}
