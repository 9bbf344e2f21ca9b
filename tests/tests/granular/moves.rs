//! Environments of the AWS provider that move over: nothing is made anew, nothing is lost.

use rosa_ecr_tests::aws_provider;

use super::*;

/// What the AWS provider has applied.
const BEFORE: &str = r#"
resource "aws_ecr_repository" "app" {
  name = "team/app"
  image_scanning_configuration { scan_on_push = true }
  tags = { Team = "a" }
}
resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy     = local.lifecycle_policy
}
resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy     = local.repository_policy
}
resource "aws_security_group" "endpoints" {
  name        = "ecr-endpoints"
  description = "ECR endpoints"
  vpc_id      = var.vpc_id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
}
resource "aws_vpc_endpoint" "api" {
  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.us-east-1.ecr.api"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.subnet_ids
  security_group_ids  = [aws_security_group.endpoints.id]
  private_dns_enabled = true
  tags                = { Team = "a" }
}
resource "aws_iam_role_policy_attachment" "worker" {
  role       = "worker"
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
}
"#;

/// The same, of ours.
const AFTER: &str = r#"
resource "rosa_ecr_repository" "app" {
  name = "team/app"
  tags = { Team = "a" }
}
resource "rosa_ecr_lifecycle_policy" "app" {
  repository = rosa_ecr_repository.app.name
  policy     = local.lifecycle_policy
}
resource "rosa_ecr_repository_policy" "app" {
  repository = rosa_ecr_repository.app.name
  policy     = local.repository_policy
}
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name                = "ecr-endpoints"
  description         = "ECR endpoints"
  vpc_id              = var.vpc_id
  ingress_cidr_blocks = ["10.0.0.0/16"]
}
resource "rosa_ecr_vpc_endpoint" "api" {
  service            = "api"
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [rosa_ecr_endpoint_security_group.endpoints.id]
  tags               = { Team = "a" }
}
resource "rosa_ecr_pull_policy_attachment" "worker" {
  role_name = "worker"
}
"#;

const POLICIES: &str = r#"
locals {
  lifecycle_policy = jsonencode({ rules = [{
    rulePriority = 1
    description  = "old"
    selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
    action       = { type = "expire" }
  }] })
  repository_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Pull"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::210987654321:root" }
      Action    = ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    }]
  })
}
"#;

const MOVES: [(&str, &str); 6] = [
    ("aws_ecr_repository.app", "rosa_ecr_repository.app"),
    ("aws_ecr_lifecycle_policy.app", "rosa_ecr_lifecycle_policy.app"),
    ("aws_ecr_repository_policy.app", "rosa_ecr_repository_policy.app"),
    ("aws_security_group.endpoints", "rosa_ecr_endpoint_security_group.endpoints"),
    ("aws_vpc_endpoint.api", "rosa_ecr_vpc_endpoint.api"),
    ("aws_iam_role_policy_attachment.worker", "rosa_ecr_pull_policy_attachment.worker"),
];

pub fn moved(moves: &[(&str, &str)]) -> String {
    moves.iter().map(|(from, to)| format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n")).collect()
}

/// What has a default: the two providers have others, for instance for the description of a group.
const DEFAULTED: [&str; 9] = [
    "  image_scanning_configuration { scan_on_push = true }\n",
    "  tags = { Team = \"a\" }\n",
    "  tags                = { Team = \"a\" }\n",
    "  tags               = { Team = \"a\" }\n",
    "  description = \"ECR endpoints\"\n",
    "  description         = \"ECR endpoints\"\n",
    "  ingress {\n    from_port   = 443\n    to_port     = 443\n    protocol    = \"tcp\"\n    cidr_blocks = \
     [\"10.0.0.0/16\"]\n  }\n",
    "  ingress_cidr_blocks = [\"10.0.0.0/16\"]\n",
    "  private_dns_enabled = true\n",
];

/// A configuration without it.
fn bare(configuration: &str) -> String {
    DEFAULTED.iter().fold(configuration.to_owned(), |bare, defaulted| bare.replace(defaulted, ""))
}

#[test]
fn an_environment_of_the_official_provider_moves_over() {
    moves_over(BEFORE.to_owned(), AFTER.to_owned());
}

#[test]
fn an_environment_with_the_defaults_of_the_official_provider_moves_over() {
    let (before, after) = (bare(BEFORE), bare(AFTER));
    let is_bare =
        |text: &str| ["description", "tags", "ingress", "private_dns"].iter().all(|name| !text.contains(name));
    assert!(is_bare(&before) && is_bare(&after), "{before}{after}");
    moves_over(before, after);
}

fn moves_over(before_it: String, after_it: String) {
    let Some(official) = aws_provider() else {
        println!("hashicorp/aws 3.39.0 is in a package for Linux on x86_64 only");
        return;
    };
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker");
        let network = aws.network("10.0.0.0/16", 2);
        let work = Workdir::new(engine, &emulator);
        work.install("hashicorp/aws", "3.39.0", &official);
        let common = format!("{HEADER}{POLICIES}{}", emulator.aws_block());
        work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets }));
        work.file("main.tf", &format!("{common}{before_it}"));
        work.init();
        work.apply();
        let before = aws.inventory();
        assert_eq!(before.len(), 7, "{before:?}");

        work.file("main.tf", &format!("{common}{PROVIDER}{after_it}{}", moved(&MOVES)));
        work.init();
        emulator.clear_calls();
        let plan = work.plan_json();
        let changes = changes(&plan);
        assert!(changes.iter().all(|(actions, _)| actions == "update"), "{changes:?}");
        work.apply().says("0 added").says("0 destroyed");
        assert_eq!(aws.inventory(), before);
        work.assert_empty_plan();

        // Without the old provider and the moves, the environment is like any other.
        work.file("main.tf", &format!("{HEADER}{POLICIES}{PROVIDER}{after_it}"));
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(aws.inventory(), ["role worker"]);
    });
}

/// A state as AWS provider 5 and 6 write it, of objects that are there.
pub fn state(version: u32, instances: &[(&str, &str, u64, Value)]) -> String {
    let resources = instances.iter().map(|(kind, name, schema, attributes)| {
        let mut attributes = attributes.clone();
        if version >= 6 && !kind.starts_with("aws_iam") {
            attributes["region"] = json!("us-east-1");
        }
        json!({
            "mode": "managed",
            "type": kind,
            "name": name,
            "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{ "schema_version": schema, "attributes": attributes, "sensitive_attributes": [] }],
        })
    });
    let resources: Vec<Value> = resources.collect();
    json!({
        "version": 4,
        "terraform_version": "1.5.0",
        "serial": 1,
        "lineage": "00000000-0000-0000-0000-000000000001",
        "outputs": {},
        "resources": resources,
    })
    .to_string()
}

#[test]
fn states_of_later_aws_providers_move_over() {
    on_each_engine(|engine| {
        for version in [4, 5, 6] {
            let emulator = Emulator::start();
            let aws = emulator.aws();
            aws.worker_role("worker");
            // Ours makes the objects; the state is then written as the AWS provider would have it.
            let work = work(engine, &emulator, &format!("{POLICIES}{AFTER}"));
            work.apply();
            let before = aws.inventory();
            let ours = work.state_json();
            let resources = items(&ours["values"]["root_module"]["resources"]).to_vec();
            let values = |kind: &str| {
                let found = resources.iter().find(|resource| resource["type"] == kind).expect("applied");
                found["values"].clone()
            };
            let (repository, lifecycle) = (values("rosa_ecr_repository"), values("rosa_ecr_lifecycle_policy"));
            let (policy, group) = (values("rosa_ecr_repository_policy"), values("rosa_ecr_endpoint_security_group"));
            let endpoint = values("rosa_ecr_vpc_endpoint");
            let everything = r#"{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}"#;
            let instances = [
                (
                    "aws_ecr_repository",
                    "app",
                    0,
                    json!({
                        "arn": repository["arn"],
                        "encryption_configuration": [{ "encryption_type": "AES256", "kms_key": "" }],
                        "force_delete": true,
                        "id": "team/app",
                        "image_scanning_configuration": [{ "scan_on_push": true }],
                        "image_tag_mutability": "MUTABLE",
                        "name": "team/app",
                        "registry_id": "123456789012",
                        "repository_url": repository["repository_url"],
                        "tags": { "Team": "a" },
                        "tags_all": { "Team": "a" },
                        "timeouts": null,
                    }),
                ),
                (
                    "aws_ecr_lifecycle_policy",
                    "app",
                    0,
                    json!({
                        "id": "team/app", "policy": lifecycle["policy"], "registry_id": "123456789012",
                        "repository": "team/app",
                    }),
                ),
                (
                    "aws_ecr_repository_policy",
                    "app",
                    0,
                    json!({
                        "id": "team/app", "policy": policy["policy"], "registry_id": "123456789012", "repository": "team/app",
                    }),
                ),
                (
                    "aws_security_group",
                    "endpoints",
                    1,
                    json!({
                        "arn": group["arn"],
                        "description": "ECR endpoints",
                        "egress": [],
                        "id": group["id"],
                        "ingress": [{
                            "cidr_blocks": ["10.0.0.0/16"], "description": "", "from_port": 443, "ipv6_cidr_blocks": [],
                            "prefix_list_ids": [], "protocol": "tcp", "security_groups": [], "self": false, "to_port": 443,
                        }],
                        "name": "ecr-endpoints",
                        "name_prefix": "",
                        "owner_id": "123456789012",
                        "revoke_rules_on_delete": false,
                        "tags": null,
                        "tags_all": {},
                        "timeouts": null,
                        "vpc_id": group["vpc_id"],
                    }),
                ),
                (
                    "aws_vpc_endpoint",
                    "api",
                    0,
                    json!({
                        "arn": endpoint["arn"],
                        "auto_accept": null,
                        "dns_options": [{ "dns_record_ip_type": "ipv4", "private_dns_only_for_inbound_resolver_endpoint": false }],
                        "id": endpoint["id"],
                        "ip_address_type": "ipv4",
                        "network_interface_ids": endpoint["network_interface_ids"],
                        "policy": everything,
                        "private_dns_enabled": true,
                        "security_group_ids": endpoint["security_group_ids"],
                        "service_name": "com.amazonaws.us-east-1.ecr.api",
                        "state": "available",
                        "subnet_ids": endpoint["subnet_ids"],
                        "tags": { "Team": "a" },
                        "tags_all": { "Team": "a" },
                        "timeouts": null,
                        "vpc_endpoint_type": "Interface",
                        "vpc_id": endpoint["vpc_id"],
                    }),
                ),
                (
                    "aws_iam_role_policy_attachment",
                    "worker",
                    0,
                    json!({
                        "id": "worker-20260101000000000000000001",
                        "policy_arn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly",
                        "role": "worker",
                    }),
                ),
            ];
            let second = Workdir::new(engine, &emulator);
            // `init` installs what the state names; it is never asked for anything.
            second.install("hashicorp/aws", "6.0.0", &rosa_ecr_tests::provider_binary());
            let force = AFTER.replacen("name = \"team/app\"", "name = \"team/app\"\n  force_delete = true", 1);
            second.file("main.tf", &format!("{HEADER}{POLICIES}{PROVIDER}{force}{}", moved(&MOVES)));
            let vars = std::fs::read_to_string(work.path().join("test.auto.tfvars.json")).expect("a file");
            second.file("test.auto.tfvars.json", &vars);
            second.file("terraform.tfstate", &state(version, &instances));
            second.init();
            emulator.clear_calls();
            second.apply().says("0 added").says("0 changed").says("0 destroyed");
            assert!(emulator.writes().is_empty(), "AWS provider {version}: {:?}", emulator.writes());
            assert_eq!(aws.inventory(), before);
            second.assert_empty_plan();
            second.destroy();
            assert_eq!(aws.inventory(), ["role worker"]);
        }
    });
}

#[test]
fn what_is_not_ours_is_not_moved() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = Workdir::new(engine, &emulator);
        work.install("hashicorp/aws", "6.0.0", &rosa_ecr_tests::provider_binary());
        let cases = [
            (
                (
                    "aws_vpc_endpoint",
                    json!({
                        "id": "vpce-1", "vpc_id": "vpc-1", "service_name": "com.amazonaws.us-east-1.dynamodb",
                        "vpc_endpoint_type": "Gateway",
                    }),
                ),
                "rosa_ecr_vpc_endpoint.x",
                "service = \"api\"\n  vpc_id = \"vpc-1\"\n  subnet_ids = [\"subnet-1\"]",
                "of type Gateway for com.amazonaws.us-east-1.dynamodb",
            ),
            (
                (
                    "aws_iam_role_policy_attachment",
                    json!({
                        "id": "worker-1", "role": "worker", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess",
                    }),
                ),
                "rosa_ecr_pull_policy_attachment.x",
                "role_name = \"worker\"",
                "AdministratorAccess",
            ),
        ];
        for ((kind, attributes), to, arguments, told) in cases {
            let (target, _) = to.split_once('.').expect("an address");
            let resource = format!("resource {target:?} \"x\" {{\n  {arguments}\n}}\n");
            let from = format!("{kind}.x");
            let text = format!("{HEADER}{PROVIDER}{resource}{}", moved(&[(&from, to)]));
            work.file("main.tf", &text).vars(json!({ "vpc_id": "vpc-1", "subnet_ids": ["subnet-1"] }));
            work.file("terraform.tfstate", &state(5, &[(kind, "x", 0, attributes)]));
            work.init();
            work.run(&["plan"]).failure().says(told).says("leave the resource with the AWS provider");
        }
    });
}
