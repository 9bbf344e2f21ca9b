//! Resources, from the first plan to the last.

use std::collections::BTreeSet;

use rosa_ecr_tests::{Emulator, Engine, HEAD, Network, Workdir};
use serde_json::json;

use crate::{called, engine, of_page, without};

/// Actions that no call is named after: AWS asks for them on the way of another call.
const BEHIND_OTHER_CALLS: [&str; 4] =
    ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant", "route53:AssociateVPCWithHostedZone"];

/// Actions of calls that only imports and bad days bring about, which the tests of those see.
const OF_OTHER_DAYS: [&str; 4] = [
    "ec2:DescribeNetworkInterfaces",
    "iam:ListEntitiesForPolicy",
    "iam:ListInstanceProfilesForRole",
    "iam:ListRolePolicies",
];

/// One resource: what is there before it, the resource itself, and an edit of it that reaches all that can change.
struct Life {
    page: &'static str,
    before: &'static str,
    resource: &'static str,
    edits: &'static [(&'static str, &'static str)],
}

const VARIABLES: &str = r#"
variable "vpc_id" {}
variable "subnet_ids" {}
variable "group_id" {}
"#;

const REPOSITORY: &str = "resource \"rosa_ecr_repository\" \"app\" {\n  name = \"team/app\"\n}\n";

const LIVES: [Life; 8] = [
    Life {
        page: "ecr",
        before: "",
        resource: r#"
resource "rosa_ecr" "registry" {
  cluster_name       = "dev"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.subnet_ids
  worker_role_names  = ["worker"]
  scan_on_push       = true
}
"#,
        edits: &[("scan_on_push       = true", "scan_on_push = false\n  tags = { a = \"b\" }")],
    },
    Life {
        page: "ecr_repository",
        before: "",
        resource: r#"
resource "rosa_ecr_repository" "app" {
  name         = "team/app"
  tags         = { a = "b" }
  scan_on_push = true
}
"#,
        edits: &[
            ("scan_on_push = true", "scan_on_push = false\n  image_tag_mutability = \"IMMUTABLE\""),
            ("{ a = \"b\" }", "{ c = \"d\" }"),
        ],
    },
    Life {
        page: "ecr_lifecycle_policy",
        before: REPOSITORY,
        resource: r#"
resource "rosa_ecr_lifecycle_policy" "app" {
  repository    = rosa_ecr_repository.app.name
  untagged_days = 7
  keep_count    = 5
}
"#,
        edits: &[("keep_count    = 5", "keep_count = 6")],
    },
    Life {
        page: "ecr_repository_policy",
        before: REPOSITORY,
        resource: r#"
resource "rosa_ecr_repository_policy" "app" {
  repository = rosa_ecr_repository.app.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = ["ecr:BatchGetImage"] }]
  })
}
"#,
        edits: &[("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")],
    },
    Life {
        page: "ecr_endpoint_security_group",
        before: "",
        resource: r#"
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
  tags   = { a = "b" }
}
"#,
        edits: &[("{ a = \"b\" }", "{ c = \"d\" }\n  ingress_cidr_blocks = [\"10.0.0.0/24\"]")],
    },
    Life {
        page: "ecr_vpc_endpoint",
        before: "",
        resource: r#"
resource "rosa_ecr_vpc_endpoint" "api" {
  service            = "api"
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [var.group_id]
  tags               = { a = "b" }
}
"#,
        edits: &[("{ a = \"b\" }", "{ c = \"d\" }"), ("[var.group_id]", "[]")],
    },
    Life {
        page: "ecr_pull_policy_attachment",
        before: "",
        resource: r#"
resource "rosa_ecr_pull_policy_attachment" "workers" {
  instance_profile_name = "pool"
}
"#,
        edits: &[],
    },
    Life {
        page: "ecr_push_role",
        before: "",
        resource: r#"
resource "rosa_ecr_push_role" "push" {
  name                 = "pipeline-push"
  repository_arns      = ["arn:aws:ecr:us-east-1:123456789012:repository/team/app"]
  oidc_provider_arn    = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts     = ["ci:builder"]
  permissions_boundary = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
  tags                 = { a = "b" }
}
"#,
        edits: &[
            ("{ a = \"b\" }", "{ c = \"d\" }\n  max_session_duration = 7200"),
            ("[\"ci:builder\"]", "[\"ci:deployer\"]"),
            ("repository/team/app", "repository/team/other"),
            ("AmazonEC2ContainerRegistryPowerUser", "AmazonEC2ContainerRegistryFullAccess"),
        ],
    },
];

impl Life {
    /// The actions that it takes from the first plan to the last.
    fn live(&self, engine: &Engine) -> BTreeSet<String> {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let Network { vpc, subnets } = aws.network("10.0.0.0/16", 2);
        aws.worker_role("worker");
        aws.instance_profile("pool", Some("worker"));
        let group = [("GroupName", "mine"), ("GroupDescription", "mine"), ("VpcId", vpc.as_str())];
        let group = aws.ec2("CreateSecurityGroup", &group)["groupId"].as_str().expect("an id").to_owned();
        let work = Workdir::new(engine, &emulator);
        work.vars(json!({ "vpc_id": vpc, "subnet_ids": subnets, "group_id": group }));
        let write = |resource: &str| {
            work.file("main.tf", &format!("{HEAD}{VARIABLES}{}{resource}", self.before));
        };
        write("");
        work.init();
        work.apply();
        // What was there before makes calls of its own, at each refresh: they are not the resource's.
        emulator.clear_calls();
        work.run(&["plan", "-out=before.tfplan"]).success();
        let others = called(&emulator);
        emulator.clear_calls();
        write(self.resource);
        work.apply();
        let mut resource = self.resource.to_owned();
        for (from, to) in self.edits {
            assert!(resource.contains(from), "{from} is not in the configuration");
            resource = resource.replace(from, to);
            write(&resource);
            work.apply();
        }
        if self.page == "ecr_push_role" {
            write(&resource.replace("permissions_boundary", "# permissions_boundary"));
            work.apply();
        }
        work.assert_empty_plan();
        write("");
        work.apply();
        called(&emulator).difference(&others).cloned().collect()
    }
}

#[test]
fn every_resource_that_calls_aws_has_a_life() {
    let kinds = rosa_ecr::aws::kinds().into_iter().filter(|kind| !kind.descriptor().permissions.is_empty());
    let pages: BTreeSet<String> = kinds.map(|kind| kind.type_name().trim_start_matches("rosa_").to_owned()).collect();
    assert_eq!(pages, LIVES.iter().map(|life| life.page.to_owned()).collect());
}

#[test]
fn a_resource_needs_what_its_page_says_and_no_more() {
    let (mut said, mut done) = (BTreeSet::new(), BTreeSet::new());
    for life in &LIVES {
        let (page, calls) = (of_page("resources", life.page), life.live(engine()));
        assert_eq!(without(&calls, &page), [""; 0], "the page of rosa_{} does not say it", life.page);
        said.extend(page);
        done.extend(calls);
    }
    let explained = BEHIND_OTHER_CALLS.into_iter().chain(OF_OTHER_DAYS).map(str::to_owned);
    done.extend(explained);
    assert_eq!(without(&said, &done), [""; 0], "pages say it, and nothing calls it");
}
