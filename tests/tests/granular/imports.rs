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

        let second = Workdir::new(engine, &emulator);
        for name in ["main.tf", "test.auto.tfvars.json", "mirrors.yaml"] {
            second.file(name, &std::fs::read_to_string(first.path().join(name)).expect("a file"));
        }
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
        let second = Workdir::new(engine, &emulator);
        for name in ["main.tf", "test.auto.tfvars.json", "mirrors.yaml"] {
            second.file(name, &std::fs::read_to_string(first.path().join(name)).expect("a file"));
        }
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
        let second = Workdir::new(engine, &emulator);
        second.file("main.tf", &format!("{HEADER}{PROVIDER}{}", import_blocks(&ids)));
        for name in ["test.auto.tfvars.json", "mirrors.yaml"] {
            second.file(name, &std::fs::read_to_string(first.path().join(name)).expect("a file"));
        }
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
        let second = Workdir::new(engine, &emulator);
        let import = import_blocks(&[("rosa_ecr.registry".to_owned(), "dev/dev-registry".to_owned())]);
        second.file("main.tf", &format!("{HEADER}{PROVIDER}{import}"));
        for name in ["test.auto.tfvars.json", "outputs/idms-config.yaml"] {
            second.file(name, &std::fs::read_to_string(first.path().join(name)).expect("a file"));
        }
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
        let second = Workdir::new(engine, &emulator);
        for name in ["main.tf", "test.auto.tfvars.json", "outputs/idms-config.yaml"] {
            second.file(name, &std::fs::read_to_string(first.path().join(name)).expect("a file"));
        }
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
