//! Data sources, the ephemeral token, queries and actions: each makes exactly the calls that its page names.

use rosa_ecr_tests::{Emulator, Fault, Feature, HEAD, Network, Workdir};
use serde_json::json;

use crate::{called, engine, of_page};

/// What there is to look at.
const THERE: &str = r#"
variable "vpc_id" {}
variable "subnet_ids" {}

resource "rosa_ecr" "registry" {
  cluster_name       = "dev"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.subnet_ids
  worker_role_names  = ["worker"]
  pull_permission    = "scoped"
}
resource "rosa_ecr_push_role" "push" {
  name              = "pipeline-push"
  repository_arns   = [rosa_ecr.registry.repository_arn]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder"]
}
resource "rosa_ecr_repository_creation_template" "mirror" {
  prefix      = "mirror"
  applied_for = ["CREATE_ON_PUSH"]
}
resource "rosa_ecr_pull_through_cache_rule" "quay" {
  prefix                = "quay"
  upstream_registry_url = "quay.io"
}
"#;

/// An emulator with a registry that has an image, its network, and a push role whose policy has another name.
fn scene() -> (Emulator, Network) {
    let emulator = Emulator::start();
    let aws = emulator.aws();
    let network = aws.network("10.0.0.0/16", 2);
    aws.worker_role("worker");
    aws.instance_profile("pool", Some("worker"));
    let work = Workdir::new(engine(), &emulator);
    work.file("main.tf", &format!("{HEAD}{THERE}"));
    work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets }));
    work.init();
    work.apply();
    aws.push_image("dev-registry", "v1");
    aws.ecr("StartImageScan", json!({ "repositoryName": "dev-registry", "imageId": { "imageTag": "v1" } }));
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:PutImage","Resource":"arn:aws:ecr:us-east-1:123456789012:repository/dev-registry"}]}"#;
    let role = ("RoleName", "pipeline-push");
    aws.iam("PutRolePolicy", &[role, ("PolicyName", "mine"), ("PolicyDocument", policy)]);
    aws.iam("DeleteRolePolicy", &[role, ("PolicyName", "rosa-ecr-push")]);
    let own = aws.iam("CreatePolicy", &[("PolicyName", "own"), ("PolicyDocument", policy)])["Policy"]["Arn"].clone();
    aws.iam("AttachRolePolicy", &[("RoleName", "worker"), ("PolicyArn", own.as_str().expect("an ARN"))]);
    (emulator, network)
}

#[test]
fn a_data_source_or_token_needs_exactly_what_its_page_says() {
    let (emulator, Network { vpc, subnets }) = scene();
    let readiness = format!(
        r#"
data "rosa_ecr_pull_readiness" "dev" {{
  repository             = "dev-registry"
  image_tag              = "v1"
  vpc_id                 = "{vpc}"
  private_subnet_ids     = {}
  worker_role_names      = ["worker"]
  instance_profile_names = ["pool"]
}}
"#,
        json!(subnets),
    );
    // What is ephemeral is opened only where something takes it.
    let token = r#"
ephemeral "rosa_ecr_authorization_token" "this" {}
provider "rosa" {
  alias      = "second"
  region     = "us-east-1"
  access_key = "AKIASECONDEXAMPLE"
  secret_key = ephemeral.rosa_ecr_authorization_token.this.password
}
data "rosa_ecr_repository" "this" {
  provider = rosa.second
  name     = "dev-registry"
}
"#;
    let looks = [
        ("data-sources", "ecr_repository", r#"data "rosa_ecr_repository" "this" { name = "dev-registry" }"#),
        ("data-sources", "ecr_images", r#"data "rosa_ecr_images" "all" { repository = "dev-registry" }"#),
        ("data-sources", "ecr_repositories", r#"data "rosa_ecr_repositories" "all" {}"#),
        (
            "data-sources",
            "ecr_image_scan_findings",
            "data \"rosa_ecr_image_scan_findings\" \"v1\" {\n  repository = \"dev-registry\"\n  image_tag  = \"v1\"\n}\n",
        ),
        (
            "data-sources",
            "ecr_lifecycle_policy_preview",
            r#"data "rosa_ecr_lifecycle_policy_preview" "now" { repository = "dev-registry" }"#,
        ),
        ("data-sources", "ecr_pull_readiness", &readiness),
        ("ephemeral-resources", "ecr_authorization_token", token),
    ];
    for (folder, name, configuration) in looks {
        let work = Workdir::new(engine(), &emulator);
        work.file("main.tf", &format!("{HEAD}{configuration}"));
        work.init();
        emulator.clear_calls();
        // Without leave to ask the simulator, policies are read.
        emulator.fault(Fault::denied("SimulatePrincipalPolicy").always());
        work.apply();
        emulator.clear_faults();
        let mut page = of_page(folder, name);
        if folder == "ephemeral-resources" {
            page.extend(of_page("data-sources", "ecr_repository"));
        }
        assert_eq!(called(&emulator), page, "rosa_{name}");
    }
}

/// Sets all that the account's registry has once.
fn set_registry(emulator: &Emulator) {
    let aws = emulator.aws();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"ecr:ReplicateImage","Resource":"*"}]}"#;
    aws.ecr("PutRegistryPolicy", json!({ "policyText": policy }));
    aws.ecr("PutRegistryScanningConfiguration", json!({ "scanType": "ENHANCED", "rules": [] }));
    let rules = json!([{ "destinations": [{ "region": "eu-west-1", "registryId": "123456789012" }] }]);
    aws.ecr("PutReplicationConfiguration", json!({ "replicationConfiguration": { "rules": rules } }));
    let rules = json!([{ "signingProfileArn": "arn:aws:signer:us-east-1:123456789012:/signing-profiles/all" }]);
    aws.ecr("PutSigningConfiguration", json!({ "signingConfiguration": { "rules": rules } }));
}

#[test]
fn a_query_needs_exactly_what_its_page_says() {
    if !engine().has(Feature::Queries) {
        return;
    }
    let (emulator, _) = scene();
    set_registry(&emulator);
    for kind in rosa_ecr::aws::list_resources() {
        let name = kind.type_name().trim_start_matches("rosa_");
        let page = of_page("list-resources", name);
        // Files are found without AWS.
        if page.is_empty() {
            continue;
        }
        let work = Workdir::new(engine(), &emulator);
        work.file("main.tf", HEAD);
        let query =
            format!("list \"rosa_{name}\" \"all\" {{\n  provider         = rosa\n  include_resource = true\n}}\n");
        work.file("all.tfquery.hcl", &query);
        work.init();
        emulator.clear_calls();
        work.run(&["query"]).success().says(&format!("list.rosa_{name}.all"));
        assert_eq!(called(&emulator), page, "rosa_{name}");
    }
}

#[test]
fn an_action_needs_exactly_what_its_page_says() {
    if !engine().has(Feature::Actions) {
        return;
    }
    let (emulator, _) = scene();
    emulator.aws().push_image("dev-registry", "v2");
    for (name, arguments) in [("ecr_scan_images", ""), ("ecr_delete_images", "tag_patterns = [\"*\"]")] {
        let work = Workdir::new(engine(), &emulator);
        let action = format!(
            "action \"rosa_{name}\" \"all\" {{\n  config {{\n    repository = \"dev-registry\"\n    {arguments}\n  }}\n}}\n"
        );
        work.file("main.tf", &format!("{HEAD}{action}"));
        work.init();
        emulator.clear_calls();
        work.run(&["apply", "-auto-approve", &format!("-invoke=action.rosa_{name}.all")]).success();
        assert_eq!(called(&emulator), of_page("actions", name), "rosa_{name}");
    }
}
