//! The lifecycle policy of a repository that is taken over where none is wanted.

use rosa_ecr_tests::{Aws, on_each_engine};
use serde_json::json;

use crate::scene::Scene;

const KEPT: &str = "prevent_destroy = true";
const KEPT_FOR_EVER: &str = "prevent_destroy = true\n  lifecycle_policy_enabled = false";

fn has_policy(aws: &Aws) -> bool {
    aws.try_ecr("GetLifecyclePolicy", json!({ "repositoryName": "dev-registry" })).is_ok()
}

#[test]
fn a_repository_that_is_taken_back_without_a_policy_has_none() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, KEPT);
        scene.work.destroy();
        assert!(has_policy(&scene.emulator.aws()), "a repository that outlives its cluster keeps its policy");
        scene.registry(KEPT_FOR_EVER);
        scene.work.apply().says("The repository dev-registry was taken over");
        assert!(!has_policy(&scene.emulator.aws()), "what the registry has written itself goes");
        scene.work.assert_empty_plan();
    });
}

#[test]
fn a_policy_of_somebody_else_is_named_and_stays() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, KEPT);
        let aws = scene.emulator.aws();
        scene.work.destroy();
        aws.put_another_lifecycle_policy("dev-registry");
        scene.registry(KEPT_FOR_EVER);
        scene.work.apply().says("The lifecycle policy of dev-registry stays").says("delete-lifecycle-policy");
        assert!(has_policy(&aws));
        scene.work.assert_empty_plan();

        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        aws.ecr("CreateRepository", json!({ "repositoryName": "dev-registry" }));
        aws.put_another_lifecycle_policy("dev-registry");
        scene.registry("adopt_existing = true\n  lifecycle_policy_enabled = false").work.init();
        scene.work.apply().says("The lifecycle policy of dev-registry stays");
        assert!(has_policy(&aws));
    });
}

#[test]
fn a_policy_beside_a_registry_without_one_is_left_alone() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "lifecycle_policy_enabled = false");
        scene.emulator.aws().put_another_lifecycle_policy("dev-registry");
        scene.registry("lifecycle_policy_enabled = false\n  scan_on_push = false");
        assert_eq!(scene.writes_of_apply(), ["PutImageScanningConfiguration"]);
        assert!(has_policy(&scene.emulator.aws()));
        scene.work.assert_empty_plan();
    });
}
