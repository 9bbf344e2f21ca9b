//! `tags`, `default_tags`, `ignore_tags` and `tags_all`, as in the AWS provider.

use super::*;

const TAGGED: &str = r#"
provider "rosa" {
  region = "us-east-1"
  default_tags {
    tags = { Env = "dev", Team = "default", Audit = "default" }
  }
  ignore_tags {
    keys         = ["Audit"]
    key_prefixes = ["kubernetes.io/"]
  }
}
resource "terraform_data" "later" { input = "known-later" }
resource "rosa_ecr_repository" "app" {
  name = "team/app"
  tags = { Team = "a", Env = "dev", Later = terraform_data.later.output }
}
resource "rosa_ecr_push_role" "push" {
  name              = "pipeline-push"
  repository_arns   = [rosa_ecr_repository.app.arn]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder"]
  tags              = { Audit = "mine" }
}
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
}
output "repository" { value = rosa_ecr_repository.app.tags_all }
output "role" { value = rosa_ecr_push_role.push.tags_all }
output "group" { value = rosa_ecr_endpoint_security_group.endpoints.tags_all }
"#;

#[test]
fn defaults_overlaps_ignored_and_unknown_tags() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let network = aws.network("10.0.0.0/16", 2);
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", &format!("{HEADER}{TAGGED}"));
        work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets }));
        work.init();
        work.apply();
        work.assert_empty_plan();
        let outputs = work.outputs();
        assert_eq!(outputs["repository"], json!({ "Env": "dev", "Team": "a", "Later": "known-later" }));
        assert_eq!(outputs["role"], json!({ "Env": "dev", "Team": "default" }));
        assert_eq!(outputs["group"], json!({ "Env": "dev", "Team": "default" }));

        // What others do to ignored keys is their business; any other key is not.
        let arn = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";
        let tag = |key: &str| {
            aws.ecr("TagResource", json!({ "resourceArn": arn, "tags": [{ "Key": key, "Value": "theirs" }] }));
        };
        tag("Audit");
        tag("kubernetes.io/cluster");
        work.assert_empty_plan();
        tag("Owner");
        assert_eq!(changes(&work.plan_json()), [("update".to_owned(), "rosa_ecr_repository.app".to_owned())]);
        emulator.clear_calls();
        work.apply();
        assert_eq!(emulator.writes(), ["UntagResource"]);
        work.assert_empty_plan();

        edit(&work, "Env = \"dev\", Team = \"default\"", "Env = \"prod\", Team = \"default\"");
        let mut changed = changes(&work.plan_json());
        changed.sort();
        let changed: Vec<_> = changed.iter().map(|(_, address)| address.as_str()).collect();
        assert_eq!(
            changed,
            ["rosa_ecr_endpoint_security_group.endpoints", "rosa_ecr_push_role.push"],
            "an own tag wins"
        );
        work.apply();
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn a_default_for_the_key_of_our_mark_is_no_difference() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let body = r#"
provider "rosa" {
  region = "us-east-1"
  default_tags { tags = { Lifecycle = "dev" } }
}
resource "rosa_ecr_repository" "app" {
  name            = "team/app"
  prevent_destroy = true
}
resource "rosa_ecr" "registry" {
  cluster_name         = "dev"
  create_vpc_endpoints = false
  prevent_destroy      = true
}
output "granular" { value = rosa_ecr_repository.app.tags_all }
output "whole" { value = rosa_ecr.registry.tags_all }
"#;
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", &format!("{}{body}", HEADER.split("variable").next().unwrap_or_default()));
        work.init();
        work.apply();
        let seen = json!({ "Lifecycle": "dev" });
        assert_eq!(Value::from(work.outputs()), json!({ "granular": seen, "whole": seen }));
        for name in ["team/app", "dev-registry"] {
            let arn = format!("arn:aws:ecr:us-east-1:123456789012:repository/{name}");
            let tags = emulator.aws().ecr("ListTagsForResource", json!({ "resourceArn": arn }))["tags"].clone();
            assert!(items(&tags).contains(&json!({ "Key": "Lifecycle", "Value": "external" })), "{tags}");
        }
        work.assert_empty_plan();
    });
}

#[test]
fn as_many_tags_as_aws_allows_are_replaced_by_as_many_others() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let body = r#"
locals { prefix = "one" }
resource "rosa_ecr_repository" "app" {
  name = "team/app"
  tags = { for n in range(40) : "${local.prefix}${n}" => n }
}
resource "rosa_ecr_push_role" "push" {
  name              = "pipeline-push"
  repository_arns   = [rosa_ecr_repository.app.arn]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder"]
  tags              = { for n in range(40) : "${local.prefix}${n}" => n }
}
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
  tags   = { for n in range(40) : "${local.prefix}${n}" => n }
}
"#;
        let work = work(engine, &emulator, body);
        work.apply();
        edit(&work, "\"one\"", "\"two\"");
        work.apply().says("3 changed");
        work.assert_empty_plan();
        work.destroy();
    });
}
