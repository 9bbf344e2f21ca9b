//! The guide "Migrating from the module", followed: a module of the real AWS provider moves over, and nothing is replaced.

use rosa_ecr_tests::{Aws, Emulator, Engine, Product, Version, Workdir, aws_provider, on_each_engine};
use serde_json::{Value, json};

use crate::snippet::section;

const GUIDE: &str = "migrating-from-the-module.md";

const HEADER: &str = r#"
terraform {
  required_providers {
    aws  = { source = "hashicorp/aws" }
    rosa = { source = "rosa-ecr/rosa" }
  }
}
provider "rosa" { region = "us-east-1" }
variable "vpc_id" {}
variable "private_subnet_ids" {}
"#;

/// What the owner of the module has: the module, and the permission beside it.
const BEFORE: &str = r#"
module "ecr" {
  source             = "./ecr"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.private_subnet_ids
}
resource "aws_iam_role_policy_attachment" "worker_ecr" {
  role       = "ManagedOpenShift-Worker-Role"
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
}
"#;

const MODULE: &str = r#"
variable "vpc_id" {}
variable "private_subnet_ids" {}
resource "aws_ecr_repository" "this" {
  name = "dev-registry"
  image_scanning_configuration { scan_on_push = true }
}
resource "aws_ecr_lifecycle_policy" "this" {
  count      = 1
  repository = aws_ecr_repository.this.name
  policy = jsonencode({ rules = [{
    rulePriority = 1
    selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
    action       = { type = "expire" }
  }] })
}
resource "aws_security_group" "vpc_endpoints" {
  count       = 1
  name        = "dev-ecr-endpoints"
  description = "Security group for ECR VPC endpoints"
  vpc_id      = var.vpc_id
}
resource "aws_security_group_rule" "https" {
  count             = 1
  type              = "ingress"
  security_group_id = aws_security_group.vpc_endpoints[0].id
  from_port         = 443
  to_port           = 443
  protocol          = "tcp"
  cidr_blocks       = ["10.0.0.0/16"]
}
resource "aws_vpc_endpoint" "ecr_api" {
  count               = 1
  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.us-east-1.ecr.api"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.private_subnet_ids
  security_group_ids  = [aws_security_group.vpc_endpoints[0].id]
  private_dns_enabled = true
}
resource "aws_vpc_endpoint" "ecr_dkr" {
  count               = 1
  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.us-east-1.ecr.dkr"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.private_subnet_ids
  security_group_ids  = [aws_security_group.vpc_endpoints[0].id]
  private_dns_enabled = true
}
"#;

/// An environment that the module has made; `None` where there is no AWS provider for this machine.
fn made_by_the_module(engine: &Engine, emulator: &Emulator) -> Option<Workdir> {
    let official = aws_provider()?;
    let aws = emulator.aws();
    aws.worker_role("ManagedOpenShift-Worker-Role");
    let network = aws.network("10.0.0.0/16", 2);
    let work = Workdir::new(engine, emulator);
    work.install("hashicorp/aws", "3.39.0", &official);
    work.vars(json!({ "vpc_id": network.vpc, "private_subnet_ids": network.subnets }));
    work.file("ecr/main.tf", MODULE).file("main.tf", &format!("{HEADER}{}{BEFORE}", emulator.aws_block()));
    work.init();
    work.apply();
    Some(work)
}

/// The ids of what there is.
fn ids(aws: &Aws) -> Vec<String> {
    let repositories = aws.ecr("DescribeRepositories", json!({}));
    let created = repositories["repositories"][0]["createdAt"].to_string();
    let of = |answer: &Value, set: &str, id: &str| -> Vec<String> {
        let items = rosa_ecr_tests::items(&answer[set]);
        items.iter().filter_map(|item| item[id].as_str().map(str::to_owned)).collect()
    };
    let endpoints = of(&aws.ec2("DescribeVpcEndpoints", &[]), "vpcEndpointSet", "vpcEndpointId");
    let groups = of(&aws.ec2("DescribeSecurityGroups", &[]), "securityGroupInfo", "groupId");
    [vec![created], endpoints, groups, aws.attached_policies("ManagedOpenShift-Worker-Role")].concat()
}

/// Applies the guide's way, step by step, and lets the AWS provider go in the end.
fn follow(work: &Workdir, emulator: &Emulator, with_moves: &str, without: &str) {
    let aws = emulator.aws();
    let before = ids(&aws);
    work.file("main.tf", &format!("{HEADER}{}{with_moves}", emulator.aws_block()));
    work.init();
    work.apply().says("0 added").says("0 destroyed");
    assert_eq!(ids(&aws), before, "nothing was replaced");
    work.assert_empty_plan();

    let header = HEADER.replace("    aws  = { source = \"hashicorp/aws\" }\n", "");
    work.file("main.tf", &format!("{header}{without}"));
    work.init();
    work.assert_empty_plan();
    work.destroy();
}

#[test]
fn the_parts_move_over() {
    on_each_engine(|engine| {
        // Before 1.7, and in OpenTofu before 1.10, the guide's `removed` blocks and moves between providers do not exist.
        if engine.product() == Product::OpenTofu && engine.version() < Version(1, 10, 0) {
            return;
        }
        let emulator = Emulator::start();
        let Some(work) = made_by_the_module(engine, &emulator) else { return };
        let parts = section(GUIDE, "### 1. Replace the module's block");
        let moves = section(GUIDE, "### 2. Say what moved");
        let removed = section(GUIDE, "### 3. Forget what has no counterpart");
        follow(&work, &emulator, &format!("{parts}{moves}{removed}"), &parts);
    });
}

/// The blocks of `text` that speak of the network.
fn of_the_network(text: &str) -> String {
    let blocks = text.split_inclusive("\n}\n");
    blocks.filter(|block| block.contains("vpc_endpoint") || block.contains("security_group")).collect()
}

#[test]
fn the_whole_takes_over() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let Some(work) = made_by_the_module(engine, &emulator) else { return };
        let network = of_the_network(&section(GUIDE, "### 1. Replace the module's block"));
        let moves = of_the_network(&section(GUIDE, "### 2. Say what moved"));
        let rules = section(GUIDE, "### 3. Forget what has no counterpart");
        let forgotten = section(GUIDE, "### 1. Forget the repository and what belongs to it");
        let whole = section(GUIDE, "### 2. Import");
        let without_import = whole.split_once("\n}\n").expect("an import block and a resource").1;
        let with_moves = format!("{network}{moves}{rules}{forgotten}{whole}");
        follow(&work, &emulator, &with_moves, &format!("{network}{without_import}"));
        let policies = emulator.aws().attached_policies("ManagedOpenShift-Worker-Role");
        assert_eq!(policies.len(), 1, "what was attached before we came stays: {policies:?}");
    });
}
