//! The granular resources, driven by every engine that is here.

mod advice;
mod edits;
mod gateways;
mod groups;
mod imports;
mod kills;
mod moves;
mod owners;
mod permissions;
mod prefixes;
mod push_roles;
mod registry_settings;
mod tags;
mod values;

use rosa_ecr_tests::{Emulator, Engine, Workdir, items, on_each_engine};
use serde_json::{Value, json};

const HEADER: &str = r#"
terraform {
  required_providers {
    rosa = { source = "rosa-ecr/rosa" }
  }
}
variable "vpc_id" { type = string }
variable "subnet_ids" { type = set(string) }
"#;

const PROVIDER: &str = "provider \"rosa\" { region = \"us-east-1\" }\n";

/// Every granular resource once, the endpoint twice.
const EVERYTHING: &str = r#"
resource "rosa_ecr_repository" "app" {
  name = "team/app"
  tags = { Team = "a" }
}
resource "rosa_ecr_lifecycle_policy" "app" {
  repository    = rosa_ecr_repository.app.name
  untagged_days = 7
  keep_count    = 5
}
resource "rosa_ecr_repository_policy" "app" {
  repository = rosa_ecr_repository.app.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Pull"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::210987654321:root" }
      Action    = ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    }]
  })
}
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
}
resource "rosa_ecr_vpc_endpoint" "ecr" {
  for_each           = toset(["api", "dkr"])
  service            = each.key
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [rosa_ecr_endpoint_security_group.endpoints.id]
}
resource "rosa_ecr_pull_policy_attachment" "worker" {
  role_name = "worker"
}
resource "rosa_ecr_push_role" "push" {
  name              = "pipeline-push"
  repository_arns   = [rosa_ecr_repository.app.arn]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder", "ci:deployer"]
}
resource "rosa_ecr_idms" "mirrors" {
  registry_url = rosa_ecr_repository.app.registry_url
  output_path  = "mirrors.yaml"
}
"#;

/// A directory with that configuration, its variables set, after `init`.
fn work(engine: &Engine, emulator: &Emulator, body: &str) -> Workdir {
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let work = Workdir::new(engine, emulator);
    work.file("main.tf", &format!("{HEADER}{PROVIDER}{body}"));
    work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets }));
    work.init();
    work
}

/// Changes the configuration.
fn edit(work: &Workdir, from: &str, to: &str) {
    let file = std::fs::read_to_string(work.path().join("main.tf")).expect("the configuration");
    assert!(file.contains(from), "{from} is not in the configuration");
    work.file("main.tf", &file.replace(from, to));
}

/// Actions and addresses of what a plan changes.
fn changes(plan: &Value) -> Vec<(String, String)> {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    let actions = |change: &Value| {
        let actions = change["change"]["actions"].as_array().into_iter().flatten().filter_map(Value::as_str);
        actions.collect::<Vec<_>>().join(", ")
    };
    let changes = changes.map(|change| (actions(change), change["address"].as_str().unwrap_or_default().to_owned()));
    changes.filter(|(actions, _)| actions != "no-op").collect()
}

/// What [`EVERYTHING`] makes, and the role that is there before.
const WHOLE: [&str; 10] = [
    "attachment worker",
    "endpoint com.amazonaws.us-east-1.ecr.api",
    "endpoint com.amazonaws.us-east-1.ecr.dkr",
    "group ecr-endpoints",
    "inline policy pipeline-push/rosa-ecr-push",
    "lifecycle policy team/app",
    "repository policy team/app",
    "repository team/app",
    "role pipeline-push",
    "role worker",
];

#[test]
fn everything_comes_and_goes() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let work = work(engine, &emulator, EVERYTHING);
        let plan = work.plan_json();
        let planned = |address: &str, name: &str| {
            let changes = items(&plan["resource_changes"]);
            let change = changes.iter().find(|change| change["address"] == address).expect("planned");
            change["change"]["after"][name].clone()
        };
        let arn = "arn:aws:iam::123456789012:role/pipeline-push";
        assert_eq!(planned("rosa_ecr_push_role.push", "arn"), json!(arn));
        assert_eq!(
            planned("rosa_ecr_push_role.push", "service_account_annotations"),
            json!({ "eks.amazonaws.com/role-arn": arn })
        );
        work.apply();
        assert_eq!(emulator.aws().inventory(), WHOLE);
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(emulator.aws().inventory(), ["role worker"]);
    });
}
