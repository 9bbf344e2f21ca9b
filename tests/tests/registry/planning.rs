//! What a plan knows, and that apply delivers it.

use rosa_ecr_tests::on_each_engine;
use serde_json::{Value, json};

use crate::scene::{EVERYTHING, Scene};

#[test]
fn the_first_plan_knows_what_apply_returns() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry(EVERYTHING).work.init();
        let plan = scene.work.plan_json();
        let planned = &plan["resource_changes"][0]["change"]["after"];
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        assert_eq!(planned["repository_url"], json!(format!("{host}/dev-registry")));
        assert_eq!(planned["registry_url"], json!(host));
        assert_eq!(planned["repository_name"], json!("dev-registry"));
        assert_eq!(planned["registry_id"], json!("123456789012"));
        assert_eq!(planned["repository_arn"], json!("arn:aws:ecr:us-east-1:123456789012:repository/dev-registry"));
        assert_eq!(planned["vpc_endpoints_enabled"], json!(true));
        assert_eq!(planned["prevent_destroy"], json!(false));
        assert_eq!(planned["idms_config_path"], json!("outputs/idms-config.yaml"));
        assert_eq!(planned["image_mirrors"][0]["mirrors"], json!([format!("{host}/ubi9")]));
        assert_eq!(
            planned["ecr_summary"],
            json!({
                "repository_name": "dev-registry",
                "repository_url": format!("{host}/dev-registry"),
                "registry_url": host,
                "encryption": "AES256",
                "scan_on_push": true,
                "tag_mutability": "MUTABLE",
                "prevent_destroy": false,
                "lifecycle_note": planned["ecr_summary"]["lifecycle_note"],
            })
        );
        let content = planned["idms_config_content"].as_str().expect("the mirrors are known");
        assert!(
            content.contains("kind: ImageDigestMirrorSet") && content.contains("registry.redhat.io/ubi9"),
            "{content}"
        );

        scene.work.apply();
        let applied = scene.work.state_json()["values"]["root_module"]["resources"][0]["values"].clone();
        for (name, value) in planned.as_object().expect("an object").iter().filter(|(_, value)| !value.is_null()) {
            assert_eq!(&applied[name], value, "{name}");
        }
        let written = std::fs::read_to_string(scene.work.path().join("outputs/idms-config.yaml"));
        assert_eq!(json!(written.expect("the file")), applied["idms_config_content"]);
        scene.work.assert_empty_plan();
    });
}

#[test]
fn outputs_of_parts_that_are_off_are_null() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.bare_registry("cluster_name = \"dev\"\n  create_vpc_endpoints = false").work.init();
        scene.work.apply();
        for name in [
            "idms_config_path",
            "idms_config_content",
            "image_mirrors",
            "ecr_api_endpoint_id",
            "ecr_dkr_endpoint_id",
            "endpoint_security_group_id",
        ] {
            assert_eq!(scene.attribute(name), Value::Null, "{name}");
        }
        assert_eq!(scene.attribute("vpc_endpoints_enabled"), json!(false));
        scene.work.assert_empty_plan();
    });
}

#[test]
fn a_vpc_of_the_same_apply_hides_nothing_but_itself() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let subnets = format!("{:?}", scene.network.subnets);
        scene.bare_registry(&format!(
            "cluster_name = \"dev\"\n  vpc_id = terraform_data.vpc.output\n  private_subnet_ids = {subnets}"
        ));
        let vpc = &scene.network.vpc;
        scene.work.file("vpc.tf", &format!("resource \"terraform_data\" \"vpc\" {{\n  input = \"{vpc}\"\n}}\n"));
        scene.work.init();
        let plan = scene.work.plan_json();
        let changes = plan["resource_changes"].as_array().expect("changes");
        let registry = changes.iter().find(|change| change["type"] == "rosa_ecr").expect("the registry");
        let after = &registry["change"]["after"];
        assert_eq!(after["repository_url"], json!("123456789012.dkr.ecr.us-east-1.amazonaws.com/dev-registry"));
        assert!(after["ecr_summary"].is_object());
        scene.work.apply();
        scene.work.assert_empty_plan();
    });
}

#[test]
fn an_empty_plan_makes_few_calls_and_no_write() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, EVERYTHING);
        scene.emulator.clear_calls();
        scene.work.assert_empty_plan();
        let calls = scene.emulator.calls();
        assert!(calls.iter().all(|call| !call.write), "{calls:?}");
        // One question for each part, two for roles and repository (theirs and their tags'), pages of two items.
        assert!(calls.len() <= 14, "{} calls: {calls:?}", calls.len());
    });
}
