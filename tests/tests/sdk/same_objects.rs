//! The same inputs make the same objects: through Terraform, through a program, through a program that declares the parts
//! one by one, and through a program that hosts the provider's binary.

use rosa_ecr::plugin::{Binary, Dynamic};
use rosa_ecr::{Declare as _, Stack};
use rosa_ecr_tests::{Emulator, Network, Program, Workdir, on_each_engine, provider_binary};
use serde_json::{Value, json};

const MAIN: &str = r#"
terraform {
  required_providers {
    rosa = { source = "rosa-ecr/rosa" }
  }
}

provider "rosa" { region = "us-east-1" }

variable "vpc_id" { type = string }
variable "subnets" { type = set(string) }

resource "rosa_ecr" "registry" {
  cluster_name       = "dev"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.subnets
}
"#;

/// What differs between two objects that are made the same way: ids, times, and what follows from them.
const OWN: [&str; 10] = [
    "createdAt",
    "creationTimestamp",
    "lastEvaluatedAt",
    "vpcEndpointId",
    "groupId",
    "securityGroupArn",
    "securityGroupRuleId",
    "networkInterfaceIdSet",
    "dnsEntrySet",
    "requestId",
];

/// The tags that say who holds a repository's documents.
const HOLDERS: [&str; 2] = ["rosa-ecr/lifecycle-policy", "rosa-ecr/repository-policy"];

fn objects(emulator: &Emulator, network: &Network) -> Value {
    let aws = emulator.aws();
    let repositories = aws.ecr("DescribeRepositories", json!({}));
    let arn = &repositories["repositories"][0]["repositoryArn"];
    let in_vpc = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", network.vpc.as_str())];
    let mut all = json!({
        "repositories": repositories,
        "lifecycle": aws.ecr("GetLifecyclePolicy", json!({ "repositoryName": "dev-registry" })),
        "tags": aws.ecr("ListTagsForResource", json!({ "resourceArn": arn })),
        "endpoints": aws.ec2("DescribeVpcEndpoints", &in_vpc),
        "groups": aws.ec2("DescribeSecurityGroups", &in_vpc),
    });
    strip(&mut all);
    all
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|name, _| !OWN.contains(&name.as_str()));
            // A claim is another one for each declaration.
            let key = ["key", "Key"].iter().find_map(|key| entries.get(*key)?.as_str().map(str::to_owned));
            let is_claim = key.is_some_and(|key| key == "rosa-ecr/claim" || key.starts_with("rosa-ecr/pull/"));
            if is_claim {
                entries.retain(|name, _| name.eq_ignore_ascii_case("key"));
            }
            entries.values_mut().for_each(strip);
        }
        Value::Array(elements) => {
            // A document that is declared by itself has its holder on the repository.
            elements.retain(|element| element["Key"].as_str().is_none_or(|key| !HOLDERS.contains(&key)));
            elements.iter_mut().for_each(strip);
            // The order in which things were made at once.
            elements.sort_by_key(ToString::to_string);
        }
        _ => {}
    }
}

/// The registry of [`MAIN`] as a resource of our binary, over gRPC.
fn hosted(emulator: &Emulator, network: &Network) -> Stack {
    let environment = [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("AWS_ENDPOINT_URL", emulator.endpoint()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let at = Binary::at(provider_binary());
    let binary = environment.into_iter().fold(at, |binary, (name, value)| binary.env(name, value));
    let mut stack = Stack::new("hosted");
    binary.provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
    let registry = Dynamic::new("rosa_ecr")
        .arg("cluster_name", "dev")
        .arg("vpc_id", network.vpc.as_str())
        .arg("private_subnet_ids", json!(network.subnets))
        .declare(&mut stack, "registry")
        .expect("a good name");
    stack.export("repository_url", registry.output::<String>("repository_url"));
    stack
}

#[test]
fn terraform_and_programs_make_the_same() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let network = emulator.aws().network("10.0.0.0/16", 2);
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", MAIN).vars(json!({ "vpc_id": network.vpc, "subnets": network.subnets }));
        work.init();
        work.apply();
        let by_terraform = objects(&emulator, &network);
        work.destroy();

        let mut program = Program::new("quickstart", &emulator);
        program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
        program.run(&["up", "--yes"]).success();
        let by_program = objects(&emulator, &network);
        assert!(by_program.to_string().contains("dev-registry"), "{by_program}");
        assert_eq!(by_terraform, by_program);
        program.run(&["destroy", "--yes"]).success();

        emulator.aws().worker_role("worker");
        let mut program = Program::new("component", &emulator);
        program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
        program.env("WORKER_ROLE", "worker");
        program.run(&["up", "--yes"]).success();
        let by_parts = objects(&emulator, &network);
        assert_eq!(by_terraform, by_parts);
        program.run(&["destroy", "--yes"]).success();

        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let over_grpc = runtime.block_on(async {
            let stack = hosted(&emulator, &network);
            stack.up().await.unwrap_or_else(|error| panic!("{error}"));
            let over_grpc = objects(&emulator, &network);
            stack.destroy().await.unwrap_or_else(|error| panic!("{error}"));
            over_grpc
        });
        assert_eq!(by_terraform, over_grpc);
    });
}
