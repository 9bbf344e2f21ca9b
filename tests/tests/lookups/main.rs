//! What looks and computes: functions, data sources, and the ephemeral token.

use std::time::Duration;

use rosa_ecr_tests::{Emulator, Engine, Fault, Feature, HEAD, Workdir, on_each_engine, run_python};
use serde_json::{Value, json};

mod functions;
mod images;
mod readiness;

/// A directory with this configuration, ready to apply.
#[track_caller]
fn work(engine: &Engine, emulator: &Emulator, configuration: &str) -> Workdir {
    let work = Workdir::new(engine, emulator);
    work.file("main.tf", &format!("{HEAD}{configuration}"));
    work.init();
    work
}

#[test]
fn a_repository_and_its_images_are_found() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let tags = json!([{ "Key": "team", "Value": "a" }, { "Key": "rosa-ecr/cluster", "Value": "dev" }]);
        aws.ecr(
            "CreateRepository",
            json!({ "repositoryName": "team/app", "tags": tags, "imageTagMutability": "IMMUTABLE" }),
        );
        let digests: Vec<String> = ["v1", "v2", "latest"].map(|tag| aws.push_image("team/app", tag)).into();
        aws.ecr("StartImageScan", json!({ "repositoryName": "team/app", "imageId": { "imageTag": "v2" } }));
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_repository" "this" { name = "team/app" }
data "rosa_ecr_images" "all" { repository = data.rosa_ecr_repository.this.name }
data "rosa_ecr_images" "versions" {
  repository = "team/app"
  tag_status = "TAGGED"
  tag_pattern = "v*"
}
data "rosa_ecr_images" "newest" {
  repository   = "team/app"
  most_recent  = true
  scan_summary = false
}
data "rosa_ecr_images" "untagged" {
  repository = "team/app"
  tag_status = "UNTAGGED"
}
output "repository" { value = data.rosa_ecr_repository.this }
output "all"        { value = data.rosa_ecr_images.all.images }
output "versions"   { value = data.rosa_ecr_images.versions.images }
output "newest"     { value = data.rosa_ecr_images.newest.images }
output "untagged"   { value = data.rosa_ecr_images.untagged.images }
"#,
        );
        work.apply();
        let outputs = work.outputs();
        let repository = &outputs["repository"];
        assert_eq!(repository["repository_url"], "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app");
        assert_eq!(repository["arn"], "arn:aws:ecr:us-east-1:123456789012:repository/team/app");
        assert_eq!(
            (&repository["image_tag_mutability"], &repository["region"]),
            (&json!("IMMUTABLE"), &json!("us-east-1"))
        );
        assert_eq!((&repository["tags"], &repository["cluster_name"]), (&json!({ "team": "a" }), &json!("dev")));

        let found = |output: &str| -> Vec<Value> { outputs[output].as_array().expect("a list").clone() };
        let (all, versions) = (found("all"), found("versions"));
        let mut sorted: Vec<&str> = all.iter().filter_map(|image| image["digest"].as_str()).collect();
        sorted.sort_unstable();
        let mut expected: Vec<&str> = digests.iter().map(String::as_str).collect();
        expected.sort_unstable();
        assert_eq!(sorted, expected, "all pages are read");
        assert!(
            all.is_sorted_by(|one, other| one["pushed_at"].as_str() >= other["pushed_at"].as_str()),
            "newest first"
        );
        assert_eq!(versions.len(), 2);
        let scanned = versions.iter().find(|image| image["tags"] == json!(["v2"])).expect("v2 is there");
        assert_eq!((&scanned["scan_status"], &scanned["scan_findings"]), (&json!("COMPLETE"), &json!({ "HIGH": 1 })));
        let other = versions.iter().find(|image| image["tags"] == json!(["v1"])).expect("v1 is there");
        assert_eq!((&other["scan_status"], &other["scan_findings"]), (&Value::Null, &json!({})));
        assert_eq!((found("newest").len(), found("newest")[0]["digest"].clone()), (1, all[0]["digest"].clone()));
        assert!(found("untagged").is_empty());
        work.assert_empty_plan();
    });
}

#[test]
fn what_is_not_there_is_an_error_that_says_so() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_repository" "this" { name = "nowhere" }
data "rosa_ecr_images" "these" { repository = "nowhere-else" }
"#,
        );
        let output = work.run(&["plan"]).failure();
        output
            .says("There is no repository nowhere in us-east-1")
            .says("There is no repository nowhere-else in us-east-1");
    });
}

#[test]
fn repositories_are_listed_and_the_newest_image_is_named() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        for (name, cluster) in [("team/b", "dev"), ("team/a", "dev"), ("other", "prod")] {
            let tags = json!([{ "Key": "rosa-ecr/cluster", "Value": cluster }, { "Key": "team", "Value": "a" }]);
            aws.ecr("CreateRepository", json!({ "repositoryName": name, "tags": tags }));
        }
        aws.push_image("team/a", "v1");
        let digest = aws.push_image("team/a", "v2");
        let work = work(
            engine,
            &emulator,
            &r#"
data "rosa_ecr_repositories" "all" {}
data "rosa_ecr_repositories" "of_dev" {
  name_prefix  = "team/"
  cluster_name = "dev"
  tags         = { team = "a" }
}
data "rosa_ecr_repository" "each" {
  for_each = toset(data.rosa_ecr_repositories.of_dev.names)
  name     = each.key
}
data "rosa_ecr_repository" "own" {
  name        = "team/a"
  registry_id = "123456789012"
}
data "rosa_ecr_images" "one" {
  repository   = "team/a"
  image_digest = "DIGEST"
}
data "rosa_ecr_images" "none" {
  repository   = "team/a"
  image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
}
output "all"      { value = data.rosa_ecr_repositories.all.names }
output "of_dev"   { value = data.rosa_ecr_repositories.of_dev }
output "newest"   { value = { for name, found in data.rosa_ecr_repository.each : name => length(found.most_recent_image_tags) } }
output "accounts" { value = [data.rosa_ecr_repository.own.registry_id, data.rosa_ecr_repository.each["team/b"].registry_id] }
output "one"      { value = data.rosa_ecr_images.one.images[*].tags }
output "none"     { value = data.rosa_ecr_images.none.images }
"#
            .replace("DIGEST", &digest),
        );
        work.apply();
        let outputs = work.outputs();
        assert_eq!(outputs["all"], json!(["other", "team/a", "team/b"]));
        let of_dev = &outputs["of_dev"];
        assert_eq!(of_dev["names"], json!(["team/a", "team/b"]));
        assert_eq!(of_dev["repository_urls"][1], "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/b");
        assert_eq!(
            (&of_dev["repositories"][0]["cluster_name"], &of_dev["repositories"][0]["tags"]),
            (&json!("dev"), &json!({ "team": "a" }))
        );
        assert_eq!(outputs["newest"], json!({ "team/a": 1, "team/b": 0 }));
        assert_eq!(outputs["accounts"], json!(["123456789012", "123456789012"]));
        assert_eq!((&outputs["one"], &outputs["none"]), (&json!([["v2"]]), &json!([])));
        assert!(emulator.writes().is_empty(), "they only look: {:?}", emulator.writes());
        work.assert_empty_plan();
    });
}

#[test]
fn a_token_configures_another_provider_and_is_written_nowhere() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Ephemeral) {
            return;
        }
        let emulator = Emulator::start();
        emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        // The second provider stands for any that takes a password, such as one that pushes images.
        let work = work(
            engine,
            &emulator,
            r#"
ephemeral "rosa_ecr_authorization_token" "this" {
  registry_id = "210987654321"
  lifecycle {
    postcondition {
      condition     = self.registry == "210987654321.dkr.ecr.us-east-1.amazonaws.com"
      error_message = "It is ${self.registry}."
    }
  }
}
provider "rosa" {
  alias      = "second"
  region     = "us-east-1"
  access_key = "AKIASECONDEXAMPLE"
  secret_key = ephemeral.rosa_ecr_authorization_token.this.password
  token      = ephemeral.rosa_ecr_authorization_token.this.docker_config_json
}
resource "rosa_ecr_repository" "made" {
  provider = rosa.second
  name     = "made-by-the-second"
}
"#,
        );
        work.run(&["plan", "-out=saved.tfplan"]).success();
        work.run(&["apply", "saved.tfplan"]).success();
        let calls = emulator.calls();
        let create = calls.iter().find(|call| call.action == "CreateRepository").expect("the second provider works");
        assert_eq!(create.access_key, "AKIASECONDEXAMPLE");

        // The emulator's password, and the same in the token's base64.
        let secrets = ["123456789012-auth-token", "QVdTOjEyMzQ1Njc4OTAxMi"];
        let state = std::fs::read_to_string(work.path().join("terraform.tfstate")).expect("the state is a file");
        assert!(state.contains("made-by-the-second"), "it is the state");
        assert!(secrets.iter().all(|secret| !state.contains(secret)), "{state}");
        // A plan is a ZIP archive.
        let plan = work.path().join("saved.tfplan");
        let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1]) as plan:\n  sys.stdout.write(''.join(plan.read(n).decode('latin-1') for n in plan.namelist()))";
        let text = run_python(&["-c", script, plan.to_str().expect("UTF-8")], Duration::from_secs(60)).success();
        assert!(text.stdout().contains("made-by-the-second"), "it is the plan");
        assert!(secrets.iter().all(|secret| !text.stdout().contains(secret)), "a secret is in the plan");
    });
}
