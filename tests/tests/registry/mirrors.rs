//! Image mirrors by platform: which there are without any being named, and which are warned of.

use rosa_ecr_tests::on_each_engine;
use serde_json::{Value, json};

use crate::scene::Scene;

/// A registry of the cluster `dev` with these arguments.
fn registry(scene: &Scene, arguments: &str) {
    scene.bare_registry(&format!("cluster_name = \"dev\"\n  create_vpc_endpoints = false\n  {arguments}"));
}

/// The planned change of the registry.
fn change(scene: &Scene) -> Value {
    scene.work.plan_json()["resource_changes"][0]["change"].clone()
}

#[test]
fn hcp_has_none_unless_they_are_named() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        registry(&scene, "platform = \"hcp\"");
        scene.work.init();
        assert_eq!(change(&scene)["after"]["idms_mirrors"], json!({}));
        scene.work.apply();
        scene.work.assert_empty_plan();
        registry(&scene, "platform = \"hcp\"\n  generate_idms = true");
        scene.failed_apply().says("Image mirrors without sources");
        registry(
            &scene,
            "platform = \"hcp\"\n  generate_idms = true\n  idms_mirrors = { \"docker.io/library\" = \"library\" }",
        );
        scene.work.apply().says("1 changed").never_says("shadows");
        scene.work.assert_empty_plan();
        let source =
            "platform = \"hcp\"\n  generate_idms = true\n  idms_mirrors = { \"registry.redhat.io/rhel9\" = \"rhel9\" }";
        registry(&scene, source);
        let output = scene.work.apply();
        output.says("shadows the platform's own").says("\"registry.redhat.io/rhel9\"").says("\"registry.redhat.io\"");
        scene.work.assert_empty_plan();
        scene.work.destroy();
    });
}

#[test]
fn what_a_state_of_before_has_is_no_difference_as_long_as_it_is_not_used() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        registry(&scene, "");
        scene.work.init();
        scene.work.apply();
        registry(&scene, "platform = \"hcp\"");
        let change = change(&scene);
        assert_eq!(change["before"]["idms_mirrors"].as_object().map(serde_json::Map::len), Some(12));
        assert_eq!(change["before"]["idms_mirrors"], change["after"]["idms_mirrors"]);
        scene.work.apply();
        scene.work.assert_empty_plan();
    });
}

#[test]
fn a_platform_that_only_the_apply_knows_decides_then() {
    on_each_engine(|engine| {
        for (platform, number) in [("classic", 12), ("hcp", 0)] {
            let scene = Scene::new(engine);
            registry(&scene, "platform = terraform_data.platform.output");
            let platform = format!("resource \"terraform_data\" \"platform\" {{\n  input = \"{platform}\"\n}}\n");
            scene.work.file("platform.tf", &platform);
            scene.work.init();
            scene.work.apply();
            scene.work.assert_empty_plan();
            let resources = scene.work.state_json()["values"]["root_module"]["resources"].clone();
            let all = resources.as_array().expect("resources").iter();
            let registry = all.clone().find(|resource| resource["type"] == "rosa_ecr").expect("the registry");
            assert_eq!(registry["values"]["idms_mirrors"].as_object().map(serde_json::Map::len), Some(number));
        }
    });
}
