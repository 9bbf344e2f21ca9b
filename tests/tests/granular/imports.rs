//! Objects that are there already.

use rosa_ecr_tests::{Product, Version};

use super::*;

/// The addresses and ids of what a state holds.
fn ids(work: &Workdir) -> Vec<(String, String)> {
    let state = work.state_json();
    let resources = items(&state["values"]["root_module"]["resources"]);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    resources.iter().map(|resource| (text(&resource["address"]), text(&resource["values"]["id"]))).collect()
}

/// Another directory with the same configuration, variables and mirror file, before `init`.
fn copied(first: &Workdir, engine: &Engine, emulator: &Emulator) -> Workdir {
    let second = Workdir::new(engine, emulator);
    for name in ["main.tf", "test.auto.tfvars.json", "mirrors.yaml", "outputs/idms-config.yaml"] {
        if let Ok(text) = std::fs::read_to_string(first.path().join(name)) {
            second.file(name, &text);
        }
    }
    second
}

fn import_blocks(ids: &[(String, String)]) -> String {
    ids.iter().map(|(address, id)| format!("import {{\n  to = {address}\n  id = {id:?}\n}}\n")).collect()
}

#[test]
fn everything_imports_by_id_and_the_next_plan_is_empty() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let first = work(engine, &emulator, EVERYTHING);
        first.apply();
        let ids = ids(&first);
        assert_eq!(ids.len(), 9, "{ids:?}");

        let second = copied(&first, engine, &emulator);
        second.file("imports.tf", &import_blocks(&ids));
        second.init();
        emulator.clear_calls();
        second.apply().says("9 imported").says("0 added").says("0 changed");
        assert!(emulator.writes().is_empty(), "an import writes nothing: {:?}", emulator.writes());
        second.assert_empty_plan();
        second.destroy();
        assert_eq!(emulator.aws().inventory(), ["role worker"]);
    });
}

#[test]
fn the_import_command_takes_the_same_ids() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.ecr("CreateRepository", json!({ "repositoryName": "by-hand" }));
        let body = "resource \"rosa_ecr_repository\" \"app\" {\n  name = \"by-hand\"\n  scan_on_push = false\n}\n";
        let work = work(engine, &emulator, body);
        work.run(&["import", "rosa_ecr_repository.app", "nowhere"]).failure().says("There is no repository nowhere");
        work.run(&["import", "rosa_ecr_repository.app", "by-hand"]).success();
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(aws.inventory(), Vec::<String>::new());
    });
}

#[test]
fn imports_by_identity() {
    on_each_engine(|engine| {
        if engine.version() < Version(1, 12, 0) {
            return;
        }
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let first = work(engine, &emulator, EVERYTHING);
        first.apply();
        let ids = ids(&first);
        let second = copied(&first, engine, &emulator);
        let blocks = ids.iter().map(|(address, id)| {
            let attribute = match address.split('.').next().expect("a type") {
                "rosa_ecr_repository" | "rosa_ecr_push_role" => "name",
                "rosa_ecr_lifecycle_policy" | "rosa_ecr_repository_policy" => "repository",
                "rosa_ecr_idms" => "output_path",
                _ => "id",
            };
            format!("import {{\n  to = {address}\n  identity = {{ {attribute} = {id:?} }}\n}}\n")
        });
        second.file("imports.tf", &blocks.collect::<String>());
        second.init();
        second.apply().says("9 imported").says("0 added").says("0 changed");
        second.assert_empty_plan();
        second.destroy();
    });
}

#[test]
fn generated_configuration_is_usable() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let first = work(engine, &emulator, EVERYTHING);
        first.apply();
        // Configuration cannot be generated for instances of `for_each`.
        let ids: Vec<_> = ids(&first).into_iter().filter(|(address, _)| !address.contains('[')).collect();
        let second = copied(&first, engine, &emulator);
        second.file("main.tf", &format!("{HEADER}{PROVIDER}{}", import_blocks(&ids)));
        second.init();
        second.run(&["plan", "-generate-config-out=generated.tf"]).success();
        second.apply().says("7 imported").says("0 added").says("0 changed");
        second.assert_empty_plan();
    });
}

const REGISTRY: &str = r#"
resource "rosa_ecr" "registry" {
  cluster_name           = "dev"
  vpc_id                 = var.vpc_id
  private_subnet_ids     = var.subnet_ids
  worker_role_names      = ["worker"]
  lifecycle_keep_count   = 12
  generate_idms          = true
  tags                   = { Team = "a" }
}
"#;

#[test]
fn a_registry_imports_whole_into_generated_configuration() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let first = work(engine, &emulator, REGISTRY);
        first.apply();
        let second = copied(&first, engine, &emulator);
        let import = import_blocks(&[("rosa_ecr.registry".to_owned(), "dev/dev-registry".to_owned())]);
        second.file("main.tf", &format!("{HEADER}{PROVIDER}{import}"));
        second.init();
        second.run(&["plan", "-generate-config-out=generated.tf"]).success();
        second.apply().says("1 imported").says("0 added").says("0 changed");
        second.assert_empty_plan();
        if engine.product() == Product::Terraform && engine.version() >= Version(1, 14, 0) {
            // The provider writes it, and leaves out what goes without saying.
            let config = std::fs::read_to_string(second.path().join("generated.tf")).expect("a configuration");
            for silent in ["force_delete", "region", "scan_on_push", "idms_mirrors", "repository_name"] {
                assert!(!config.contains(silent), "{silent} goes without saying in:\n{config}");
            }
        }
    });
}

#[test]
fn a_registry_imports_whole() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let first = work(engine, &emulator, REGISTRY);
        first.apply();
        let whole = emulator.aws().inventory();
        let second = copied(&first, engine, &emulator);
        second.file("imports.tf", &import_blocks(&[("rosa_ecr.registry".to_owned(), "dev/dev-registry".to_owned())]));
        second.init();
        emulator.clear_calls();
        second.apply().says("1 imported").says("0 added").says("0 changed").never_says("Only a part");
        assert!(emulator.writes().is_empty(), "an import writes nothing: {:?}", emulator.writes());
        assert_eq!(emulator.aws().inventory(), whole);
        second.assert_empty_plan();
        second.destroy();
        assert_eq!(emulator.aws().inventory(), ["role worker"]);
    });
}

#[test]
fn of_a_registry_made_by_hand_the_repository_is_found() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let scanning = json!({ "scanOnPush": true });
        aws.ecr("CreateRepository", json!({ "repositoryName": "images", "imageScanningConfiguration": scanning }));
        let body = r#"
resource "rosa_ecr" "registry" {
  cluster_name             = "dev"
  repository_name          = "images"
  create_vpc_endpoints     = false
  lifecycle_policy_enabled = false
}
"#;
        let work = work(engine, &emulator, body);
        work.run(&["import", "rosa_ecr.registry", "images"]).failure().says("<cluster_name>/<repository_name>");
        work.run(&["import", "rosa_ecr.registry", "dev/images"])
            .success()
            .says("Only a part of the registry dev/images was found")
            .says("create_vpc_endpoints = false")
            .says("worker_role_names");
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(aws.inventory(), Vec::<String>::new());
    });
}

#[test]
fn arns_urls_and_the_ids_of_the_aws_provider_import_the_same() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let first = work(engine, &emulator, EVERYTHING);
        first.apply();
        let state = first.state_json();
        let resources = items(&state["values"]["root_module"]["resources"]);
        let url = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";
        let ids: Vec<_> = resources
            .iter()
            .map(|resource| {
                let text = |name: &str| resource["values"][name].as_str().unwrap_or_default().to_owned();
                let id = match resource["type"].as_str().expect("a type") {
                    "rosa_ecr_lifecycle_policy" => url.to_owned(),
                    "rosa_ecr_repository_policy" => "arn:aws:ecr:us-east-1:123456789012:repository/team/app".to_owned(),
                    "rosa_ecr_pull_policy_attachment" => format!("worker/{}", text("policy_arn")),
                    "rosa_ecr_idms" => text("id"),
                    _ => text("arn"),
                };
                (resource["address"].as_str().expect("an address").to_owned(), id)
            })
            .collect();
        assert_eq!(ids.iter().filter(|(_, id)| id.contains("arn:aws")).count(), 7, "{ids:?}");

        let second = copied(&first, engine, &emulator);
        second.file("imports.tf", &import_blocks(&ids));
        second.init();
        second.apply().says("9 imported").says("0 added").says("0 changed");
        second.assert_empty_plan();

        let import = |address: &str, id: &str| second.run(&["import", address, id]).failure();
        second.file("other.tf", "resource \"rosa_ecr_repository\" \"other\" {\n  name = \"team/other\"\n}\n");
        import("rosa_ecr_repository.other", "arn:aws:ecr:us-east-1:210987654321:repository/team/app")
            .says("in the account 210987654321");
        import("rosa_ecr_repository.other", "arn:aws:s3:::bucket").says("not the ARN of an ECR repository");
    });
}

#[test]
fn an_imported_endpoint_that_says_what_goes_without_saying_is_not_changed() {
    let body = r#"
variable "group" { type = string }
variable "id" { type = string }
import {
  to = rosa_ecr_vpc_endpoint.api
  id = var.id
}
resource "rosa_ecr_vpc_endpoint" "api" {
  service            = "api"
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [var.group]
  policy             = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "*", Resource = "*" }] })
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let (aws, network) = (emulator.aws(), emulator.aws().network("10.0.0.0/16", 2));
        let groups =
            aws.ec2("DescribeSecurityGroups", &[("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", &network.vpc)]);
        let group = items(&groups["securityGroupInfo"])[0]["groupId"].as_str().expect("an id").to_owned();
        let made = [
            ("VpcEndpointType", "Interface"),
            ("VpcId", network.vpc.as_str()),
            ("ServiceName", "com.amazonaws.us-east-1.ecr.api"),
            ("SubnetId.1", network.subnets[0].as_str()),
            ("SubnetId.2", network.subnets[1].as_str()),
            ("PrivateDnsEnabled", "true"),
        ];
        let made = aws.ec2("CreateVpcEndpoint", &made);
        let id = made["vpcEndpoint"]["vpcEndpointId"].as_str().expect("an id").to_owned();
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", &format!("{HEADER}{PROVIDER}{body}"));
        work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets, "group": group, "id": id }));
        work.init();
        emulator.clear_calls();
        work.apply().says("1 imported").says("0 changed");
        assert_eq!(emulator.writes(), [] as [&str; 0]);
        work.assert_empty_plan();
        // And left out, it means the same.
        edit(&work, "  security_group_ids = [var.group]\n", "");
        work.assert_empty_plan();
        edit(&work, "  policy ", "  # policy ");
        work.assert_empty_plan();
    });
}
