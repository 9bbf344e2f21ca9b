//! Values as real configurations have them: null here and there, and unknown until the apply.

use super::*;

const NULLS: &str = r#"
variable "env" {
  type    = string
  default = null
}
provider "rosa" {
  region = "us-east-1"
  default_tags { tags = { Team = "platform", Stage = "default", Owner = var.env } }
}
resource "rosa_ecr_repository" "app" {
  name = "team/app"
  tags = { Env = var.env, Stage = var.env, Late = terraform_data.late.output }
}
variable "never" {
  type    = string
  default = null
}
resource "terraform_data" "late" { input = var.never }
resource "rosa_ecr_push_role" "push" {
  name              = "pipeline-push"
  repository_arns   = [rosa_ecr_repository.app.arn]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder"]
  tags              = { Env = var.env }
}
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
  tags   = { Env = var.env }
}
resource "rosa_ecr_vpc_endpoint" "api" {
  service            = "api"
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [rosa_ecr_endpoint_security_group.endpoints.id]
  tags               = { Env = var.env }
}
resource "rosa_ecr" "registry" {
  cluster_name         = "dev"
  create_vpc_endpoints = false
  idms_mirrors         = { "registry.redhat.io/ubi9" = "ubi9", "registry.redhat.io/ubi8" = var.env }
  tags                 = { Env = var.env, Real = "yes" }
}
output "tags_all" { value = rosa_ecr_repository.app.tags_all }
"#;

#[test]
fn a_null_entry_of_a_map_is_as_good_as_none() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let network = emulator.aws().network("10.0.0.0/16", 2);
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", &format!("{HEADER}{NULLS}"));
        let vars = |env: Value| work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets, "env": env }));
        vars(Value::Null).init();
        work.apply();
        work.assert_empty_plan();
        assert_eq!(work.outputs()["tags_all"], json!({ "Team": "platform", "Stage": "default" }), "the default counts");
        let text = work.state_json().to_string();
        assert!(text.contains(r#""Env":null"#), "the configuration keeps its null: {text}");

        vars(json!("dev"));
        work.apply();
        work.assert_empty_plan();
        assert_eq!(work.outputs()["tags_all"]["Stage"], "dev");
        vars(Value::Null);
        work.apply();
        work.assert_empty_plan();
        assert_eq!(work.outputs()["tags_all"], json!({ "Team": "platform", "Stage": "default" }));
        work.destroy();
    });
}

#[test]
fn a_null_in_a_list_or_set_is_refused_with_the_way_out() {
    let body = r#"
variable "one" {
  type    = string
  default = null
}
resource "rosa_ecr_push_role" "push" {
  name              = "pipeline-push"
  repository_arns   = ["arn:aws:ecr:us-east-1:123456789012:repository/app"]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = FILTERED
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, &body.replace("FILTERED", "[\"ci:builder\", var.one]"));
        let refused = work.run(&["plan"]).failure();
        refused.says("Null in \"service_accounts\"").says("compact([").never_says("report this as a bug");
        edit(&work, "[\"ci:builder\", var.one]", "compact([\"ci:builder\", var.one])");
        work.apply();
        work.destroy();
    });
}

const CHANGING: &str = r#"
variable "stamp" { type = string }
resource "terraform_data" "stamp" { input = var.stamp }
provider "rosa" {
  region              = "us-east-1"
  allowed_account_ids = [terraform_data.stamp.output == "0" ? "210987654321" : "123456789012"]
  default_tags { tags = { Stamp = terraform_data.stamp.output, Team = "platform" } }
}
resource "rosa_ecr_repository" "app" {
  name = "team/app"
  tags = { Own = "mine" }
}
resource "rosa_ecr" "registry" {
  cluster_name       = "dev"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.subnet_ids
}
data "rosa_ecr_repository" "app" { name = "team/other" }
output "tags_all" { value = rosa_ecr_repository.app.tags_all }
"#;

#[test]
fn default_tags_that_are_known_after_the_apply_only_keep_nobody_from_reading() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "team/other" }));
        let network = emulator.aws().network("10.0.0.0/16", 2);
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", &format!("{HEADER}{CHANGING}"));
        let stamp =
            |stamp: u32| work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets, "stamp": stamp }));
        stamp(1).init();
        work.apply();
        work.assert_empty_plan();
        stamp(2);
        let plan = work.plan_json();
        let changed: Vec<_> = changes(&plan).into_iter().filter(|(_, address)| address.starts_with("rosa")).collect();
        let update = |address: &str| ("update".to_owned(), address.to_owned());
        assert_eq!(changed, [update("rosa_ecr.registry"), update("rosa_ecr_repository.app")]);
        emulator.clear_calls();
        work.apply();
        let writes = emulator.writes();
        assert!(writes.iter().all(|action| ["TagResource", "CreateTags"].contains(&action.as_str())), "{writes:?}");
        assert_eq!(work.outputs()["tags_all"], json!({ "Stamp": "2", "Team": "platform", "Own": "mine" }));
        work.assert_empty_plan();
        // The account is checked at the latest before anything is changed.
        stamp(0);
        emulator.clear_calls();
        work.run(&["apply", "-auto-approve"]).failure().says("allowed_account_ids");
        assert_eq!(emulator.writes(), [] as [&str; 0]);
    });
}

const ENCRYPTED: &str = r#"
resource "rosa_ecr_repository" "app" {
  name        = "team/app"
  kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}
resource "rosa_ecr" "registry" {
  cluster_name         = "dev"
  create_vpc_endpoints = false
  kms_key_arn          = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}
resource "rosa_ecr_push_role" "push" {
  name              = "pipeline-push"
  path              = "/pipelines/"
  repository_arns   = [rosa_ecr_repository.app.arn]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder"]
}
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name        = "ecr-endpoints"
  vpc_id      = var.vpc_id
  description = "Mine"
}
"#;

#[test]
fn what_cannot_be_changed_and_is_left_open_stays() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, ENCRYPTED);
        work.apply();
        let lines = ENCRYPTED
            .lines()
            .filter(|line| ["kms_key_arn", "path ", "description"].iter().any(|name| line.contains(name)));
        for line in lines.collect::<std::collections::BTreeSet<_>>() {
            edit(&work, &format!("{line}\n"), "");
        }
        work.assert_empty_plan();
        edit(&work, "name        = \"team/app\"", "name = \"team/app\"\n  encryption_type = \"AES256\"");
        let replaced = [("delete, create".to_owned(), "rosa_ecr_repository.app".to_owned())];
        assert_eq!(changes(&work.plan_json())[..1], replaced);
        work.destroy();
    });
}
