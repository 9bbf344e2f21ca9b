//! Actions, by the triggers of a resource and by `apply -invoke`.

use rosa_ecr_tests::{Aws, Emulator, Engine, Feature, HEAD, Workdir, on_each_engine};
use serde_json::{Value, json};

/// Runs the test on the engines that have actions.
#[track_caller]
fn with_actions(test: impl Fn(&Engine) + Sync) {
    on_each_engine(|engine| {
        if engine.has(Feature::Actions) {
            test(engine);
        }
    });
}

const REPOSITORY: &str = r#"
resource "rosa_ecr_repository" "tools" {
  name         = "dev/tools"
  force_delete = true
}
"#;

/// A repository, and then a configuration that has more.
fn prepared(engine: &Engine, emulator: &Emulator, configuration: &str) -> (Workdir, Aws) {
    let aws = emulator.aws();
    let work = Workdir::new(engine, emulator);
    work.file("main.tf", &format!("{HEAD}{REPOSITORY}"));
    work.init();
    work.apply();
    work.file("main.tf", &format!("{HEAD}{REPOSITORY}{configuration}"));
    (work, aws)
}

/// The tags that are left.
fn tags(emulator: &Emulator) -> Vec<String> {
    let answer = emulator.aws().ecr("ListImages", json!({ "repositoryName": "dev/tools" }));
    let ids = answer["imageIds"].as_array().expect("a list").clone();
    let mut tags: Vec<String> =
        ids.iter().map(|id| id["imageTag"].as_str().unwrap_or("(untagged)").to_owned()).collect();
    tags.sort();
    tags
}

fn deletes(emulator: &Emulator) -> usize {
    emulator.calls().iter().filter(|call| call.action == "BatchDeleteImage").count()
}

#[test]
fn images_are_deleted_by_invocation_after_a_plan_that_names_them() {
    with_actions(|engine| {
        let emulator = Emulator::start();
        let action = r#"
action "rosa_ecr_delete_images" "pulls" {
  config {
    repository   = rosa_ecr_repository.tools.name
    tag_patterns = ["pr-*"]
  }
}
"#;
        let (work, aws) = prepared(engine, &emulator, action);
        for tag in ["pr-1", "pr-2", "v1"] {
            aws.push_image("dev/tools", tag);
        }
        let invoke = "-invoke=action.rosa_ecr_delete_images.pulls";
        work.run(&["plan", invoke]).success().says("Images of dev/tools will be deleted").says("2 images");
        assert_eq!(deletes(&emulator), 0);
        let output = work.run(&["apply", "-auto-approve", invoke]).success();
        output.says("(pr-1)").says("(pr-2)").says("Deleted 2 images of dev/tools");
        assert_eq!(tags(&emulator), ["v1"]);
        work.run(&["apply", "-auto-approve", invoke]).success().says("No images of dev/tools match");
        work.assert_empty_plan();
    });
}

#[test]
fn a_dry_run_deletes_nothing_and_a_missing_choice_is_refused() {
    with_actions(|engine| {
        let emulator = Emulator::start();
        let action = |arguments: &str| {
            format!(
                "\naction \"rosa_ecr_delete_images\" \"all\" {{\n  config {{\n    repository = \"dev/tools\"\n    {arguments}\n  }}\n}}\n"
            )
        };
        let (work, aws) = prepared(engine, &emulator, &action("tag_patterns = [\"*\"]\n    dry_run = true"));
        aws.push_image("dev/tools", "v1");
        let invoke = ["apply", "-auto-approve", "-invoke=action.rosa_ecr_delete_images.all"];
        work.run(&invoke).success().says("Would delete sha256:").says("Nothing is deleted");
        assert_eq!((tags(&emulator), deletes(&emulator)), (vec!["v1".to_owned()], 0));

        emulator.clear_calls();
        for (arguments, reported) in
            [("dry_run = true", "No images are named"), ("untagged = true\n    older_than_days = 0", "older_than_days")]
        {
            work.file("main.tf", &format!("{HEAD}{REPOSITORY}{}", action(arguments)));
            work.run(&["validate"]).failure().says(reported);
        }
        assert_eq!(emulator.calls().len(), 0);
    });
}

#[test]
fn a_manifest_list_goes_with_its_images() {
    with_actions(|engine| {
        let emulator = Emulator::start();
        let action = r#"
action "rosa_ecr_delete_images" "all" {
  config {
    repository   = "dev/tools"
    tag_patterns = ["*"]
    untagged     = true
  }
}
"#;
        let (work, aws) = prepared(engine, &emulator, action);
        let put = |tag: Option<&str>, mut manifest: Value| {
            manifest["schemaVersion"] = json!(2);
            let mut body = json!({ "repositoryName": "dev/tools", "imageManifest": manifest.to_string() });
            if let Some(tag) = tag {
                body["imageTag"] = json!(tag);
            }
            aws.ecr("PutImage", body)["image"]["imageId"]["imageDigest"].clone()
        };
        let child = put(None, json!({ "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [] }));
        let index = "application/vnd.oci.image.index.v1+json";
        put(Some("v1"), json!({ "mediaType": index, "manifests": [{ "digest": child }] }));
        let output = work.run(&["apply", "-auto-approve", "-invoke=action.rosa_ecr_delete_images.all"]).success();
        output.says("Deleted 2 images of dev/tools");
        assert_eq!((tags(&emulator), deletes(&emulator)), (vec![], 2));
    });
}

#[test]
fn a_resource_triggers_actions_with_what_only_the_apply_makes_known() {
    with_actions(|engine| {
        let emulator = Emulator::start();
        let configuration = |generation: u32| {
            format!(
                r#"
resource "terraform_data" "generation" {{
  input = "pr-{generation}"
  lifecycle {{
    action_trigger {{
      events  = [after_create, after_update]
      actions = [action.rosa_ecr_delete_images.generation]
    }}
  }}
}}
action "rosa_ecr_delete_images" "generation" {{
  config {{
    repository   = rosa_ecr_repository.tools.name
    tag_patterns = [terraform_data.generation.output]
  }}
}}
"#
            )
        };
        let (work, aws) = prepared(engine, &emulator, &configuration(1));
        for tag in ["pr-1", "pr-2"] {
            aws.push_image("dev/tools", tag);
        }
        work.run(&["apply", "-auto-approve"]).success().says("Deleted 1 image of dev/tools");
        assert_eq!(tags(&emulator), ["pr-2"]);
        work.assert_empty_plan();
        work.file("main.tf", &format!("{HEAD}{REPOSITORY}{}", configuration(2)));
        work.run(&["apply", "-auto-approve"]).success().says("(pr-2)");
        assert_eq!(tags(&emulator), [""; 0]);
    });
}

#[test]
fn a_repository_triggers_a_scan_of_itself() {
    with_actions(|engine| {
        let emulator = Emulator::start();
        let configuration = |scan_on_push: bool| {
            format!(
                r#"{HEAD}
resource "rosa_ecr_repository" "tools" {{
  name         = "dev/tools"
  force_delete = true
  scan_on_push = {scan_on_push}
  lifecycle {{
    action_trigger {{
      events  = [after_create, after_update]
      actions = [action.rosa_ecr_scan_images.all]
    }}
  }}
}}
action "rosa_ecr_scan_images" "all" {{
  config {{
    repository = rosa_ecr_repository.tools.name
  }}
}}
"#
            )
        };
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", &configuration(true));
        work.init();
        work.run(&["apply", "-auto-approve"]).success().says("dev/tools has no images to scan");
        emulator.aws().push_image("dev/tools", "v1");
        work.file("main.tf", &configuration(false));
        let output = work.run(&["apply", "-auto-approve"]).success();
        output.says("Scanning 1 image of dev/tools").says("(v1): 1 HIGH");
    });
}

#[test]
fn findings_make_a_scan_fail_and_a_second_one_takes_what_was_found() {
    with_actions(|engine| {
        let emulator = Emulator::start();
        let action = |fail_on: &str| {
            format!(
                "\naction \"rosa_ecr_scan_images\" \"v1\" {{\n  config {{\n    repository = \"dev/tools\"\n    image_tags = [\"v1\"]\n    fail_on    = \"{fail_on}\"\n  }}\n}}\n"
            )
        };
        let (work, aws) = prepared(engine, &emulator, &action("HIGH"));
        let invoke = ["apply", "-auto-approve", "-invoke=action.rosa_ecr_scan_images.v1"];
        work.run(&invoke).failure().says("There is no image dev/tools:v1");
        aws.push_image("dev/tools", "v1");
        work.run(&invoke).failure().says("with findings of HIGH or higher");
        work.file("main.tf", &format!("{HEAD}{REPOSITORY}{}", action("CRITICAL")));
        work.run(&invoke).success().says("scanned within the last 24 hours");
        let scans = emulator.calls().iter().filter(|call| call.action == "StartImageScan").count();
        assert_eq!(scans, 1, "ECR would refuse a second one");
    });
}
