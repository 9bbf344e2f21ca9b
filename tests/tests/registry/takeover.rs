//! Creates that take a repository over and fail behind that: the images stay, and the next create goes on.

use rosa_ecr_tests::{Fault, Workdir, items, on_each_engine};
use serde_json::json;

use crate::scene::{EVERYTHING, Scene, all_objects};

/// Calls behind the one that takes the repository, in each part of a registry.
const LATER: [&str; 4] = ["PutLifecyclePolicy", "CreateSecurityGroup", "CreateVpcEndpoint", "AttachRolePolicy"];

fn images(scene: &Scene) -> usize {
    items(&scene.emulator.aws().ecr("ListImages", json!({ "repositoryName": "dev-registry" }))["imageIds"]).len()
}

/// A repository with an image that somebody else has made, and a registry that is to take it over.
fn adopting(scene: &Scene) {
    let aws = scene.emulator.aws();
    aws.ecr("CreateRepository", json!({ "repositoryName": "dev-registry" }));
    aws.push_image("dev-registry", "v1");
    scene.registry(&format!("{EVERYTHING}\n  adopt_existing = true\n  force_delete = true")).work.init();
}

#[test]
fn a_create_that_adopts_and_then_fails_costs_no_image() {
    on_each_engine(|engine| {
        for action in LATER {
            let scene = Scene::new(engine);
            adopting(&scene);
            scene.emulator.fault(Fault::denied(action).always());
            let output = scene.failed_apply();
            output.says(action).says("This rosa_ecr is not in the state").says("rosa_ecr.<name> dev/dev-registry");
            scene.emulator.clear_faults();
            let (actions, _) = scene.planned();
            assert_eq!(actions, json!(["create"]), "{action}: nothing is replaced");
            scene.work.apply();
            assert_eq!((images(&scene), scene.objects()), (1, all_objects()), "{action}");
            scene.work.assert_empty_plan();
        }
    });
}

#[test]
fn a_create_that_takes_back_and_then_fails_costs_no_image() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "prevent_destroy = true");
        scene.emulator.aws().push_image("dev-registry", "v1");
        scene.work.destroy();
        scene.registry("force_delete = true");
        scene.emulator.fault(Fault::denied("CreateVpcEndpoint").always());
        scene.failed_apply().says("is not in the state");
        scene.emulator.clear_faults();
        scene.work.apply();
        assert_eq!(images(&scene), 1);
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0], "force_delete is for a destroy");
    });
}

#[test]
fn a_repository_that_cannot_be_taken_back_stays_as_it_is() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "prevent_destroy = true");
        scene.emulator.aws().push_image("dev-registry", "v1");
        scene.work.destroy();
        let key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
        scene.registry(&format!("force_delete = true\n  kms_key_arn = {key:?}"));
        scene.failed_apply().says("has another encryption").says("is not in the state");
        scene.failed_apply().says("has another encryption");
        assert_eq!(images(&scene), 1);
        scene.registry("");
        scene.work.apply();
        assert_eq!(images(&scene), 1);
        scene.work.assert_empty_plan();
    });
}

#[test]
fn what_was_made_besides_is_imported_and_destroyed() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        adopting(&scene);
        scene.emulator.fault(Fault::denied("PutLifecyclePolicy").always());
        scene.failed_apply();
        scene.emulator.clear_faults();
        scene.work.run(&["import", "rosa_ecr.registry", "dev/dev-registry"]).success();
        assert_ne!(scene.attribute("ecr_api_endpoint_id"), json!(null));
        scene.work.apply();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

#[test]
fn a_create_of_its_own_that_fails_is_in_the_state() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry("").work.init();
        scene.emulator.fault(Fault::denied("CreateVpcEndpoint").always());
        scene.failed_apply().never_says("is not in the state");
        scene.emulator.clear_faults();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0], "nothing is forgotten");
    });
}

#[test]
fn a_repository_that_somebody_else_has_made_meanwhile_is_left_alone() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "force_delete = true");
        let aws = scene.emulator.aws();
        aws.ecr("DeleteRepository", json!({ "repositoryName": "dev-registry", "force": true }));
        scene.work.run(&["apply", "-refresh-only", "-auto-approve"]).success();
        aws.ecr("CreateRepository", json!({ "repositoryName": "dev-registry" }));
        scene.failed_apply().says("The repository dev-registry exists already");
        scene.work.destroy();
        assert_eq!(scene.objects(), ["repository dev-registry"]);
    });
}

#[test]
fn a_granular_repository_that_is_adopted_and_then_fails_costs_no_image() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        aws.ecr("CreateRepository", json!({ "repositoryName": "dev-registry" }));
        aws.push_image("dev-registry", "v1");
        let work = Workdir::new(engine, &scene.emulator);
        let arguments = "name = \"dev-registry\"\n  adopt_existing = true\n  force_delete = true";
        let repository = format!("resource \"rosa_ecr_repository\" \"app\" {{\n  {arguments}\n}}\n");
        work.file("main.tf", &format!("{}{repository}", rosa_ecr_tests::HEAD));
        work.init();
        scene.emulator.fault(Fault::denied("TagResource").always());
        work.run(&["apply", "-auto-approve"]).failure().says("is not in the state");
        scene.emulator.clear_faults();
        work.apply();
        assert_eq!(images(&scene), 1);
        work.assert_empty_plan();
    });
}
