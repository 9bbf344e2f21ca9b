//! The tests.

use std::fs;
use std::path::PathBuf;

use rosa_ecr_tests::{Engine, Feature, Workdir, on_each_engine};
use serde_json::json;

/// A directory with an empty folder of notes, which this program serves.
fn notes(engine: &Engine) -> Workdir {
    let work = Workdir::without_aws(engine, &std::env::current_exe().expect("this program has a path"));
    fs::create_dir_all(work.path().join("notes/home")).expect("the directory is ours");
    work.file(
        "main.tf",
        r#"
        terraform {
          required_providers {
            rosa = { source = "rosa-ecr/rosa" }
          }
        }
        provider "rosa" {
          directory = "notes"
        }
        "#,
    );
    work
}

fn note(work: &Workdir, place: &str) -> PathBuf {
    work.path().join("notes").join(place)
}

fn put(work: &Workdir, place: &str, text: &str) {
    work.file(&format!("notes/{place}"), text);
}

pub fn a_resource_lives() {
    on_each_engine(|engine| {
        let work = notes(engine);
        let declare = |name: &str, text: &str, region: &str| {
            let arguments = format!("name = {name:?}\n text = {text:?}\n region = {region:?}");
            work.file("note.tf", &format!("resource \"rosa_note\" \"one\" {{\n{arguments}\n}}"));
        };
        let has_identity = |name: &str, region: &str| {
            let resource = &work.state_json()["values"]["root_module"]["resources"][0];
            let identity = json!({ "name": name, "region": region });
            assert!(!engine.has(Feature::Identities) || resource["identity"] == identity, "{engine}: {resource}");
        };
        declare("milk", "buy", "home");
        work.init();
        work.apply();
        work.assert_empty_plan();
        assert_eq!(work.state_json()["values"]["root_module"]["resources"][0]["values"]["length"], json!(3));
        has_identity("milk", "home");
        declare("oats", "spill", "home");
        work.apply().says("0 added, 1 changed, 0 destroyed");
        has_identity("oats", "home");
        assert!(note(&work, "home/oats").exists() && !note(&work, "home/milk").exists());
        declare("oats", "spill", "away");
        work.apply().says("1 added, 0 changed, 1 destroyed");
        has_identity("oats", "away");
        fs::remove_file(note(&work, "away/oats")).expect("it is there");
        work.apply().says("1 added, 0 changed, 0 destroyed");
        work.destroy();
        assert!(!note(&work, "away/oats").exists());
    });
}

pub fn data_sources_ephemeral_resources_and_functions() {
    on_each_engine(|engine| {
        let work = notes(engine);
        put(&work, "home/milk", "buy");
        work.file(
            "more.tf",
            r#"
            data "rosa_folder" "home" {}
            data "rosa_folder" "later" { region = terraform_data.region.output }
            resource "terraform_data" "region" { input = "home" }
            output "names" { value = [data.rosa_folder.home, data.rosa_folder.later] }
            output "id" { value = provider::rosa::note_id("milk", null) }
            output "id_abroad" { value = provider::rosa::note_id("milk", terraform_data.region.output) }
            "#,
        );
        let has_ephemeral = engine.has(Feature::Ephemeral);
        if has_ephemeral {
            work.file(
                "key.tf",
                r#"
                ephemeral "rosa_key" "milk" {
                  name = "milk-key"
                  lifecycle {
                    postcondition {
                      condition     = self.secret == "open milk-key"
                      error_message = "It is not the key."
                    }
                  }
                }
                "#,
            );
        }
        work.init();
        work.apply();
        let folder = json!({ "region": "home", "names": ["milk"] });
        assert_eq!(json!(work.outputs()), json!({ "names": [folder, folder], "id": "milk", "id_abroad": "milk@home" }));
        work.assert_empty_plan();
        if has_ephemeral {
            assert!(note(&work, "returned").exists() && !note(&work, "milk-key").exists(), "the key is given back");
            let state = fs::read_to_string(work.path().join("terraform.tfstate")).expect("a state");
            assert!(!state.contains("open milk-key"));
        }

        work.file("more.tf", r#"output "id" { value = provider::rosa::note_id("milk@home", null) }"#);
        work.run(&["plan"]).failure().says("Invalid value for \"name\" parameter: No @, please.");
        work.file("more.tf", r#"output "id" { value = provider::rosa::note_id(null, null) }"#);
        work.run(&["plan"]).failure().says("argument must not be null");
    });
}

pub fn an_import_plans_empty_and_writes_its_configuration() {
    on_each_engine(|engine| {
        let work = notes(engine);
        put(&work, "home/milk", "");
        put(&work, "away/oats", "sow");
        work.file(
            "import.tf",
            r#"
            import {
              to = rosa_note.milk
              id = "milk"
            }
            import {
              to = rosa_note.oats
              id = "oats@away"
            }
            "#,
        );
        work.init();
        let generated = work.run(&["plan", "-generate-config-out=generated.tf"]).success();
        generated.says("2 to import, 0 to add, 0 to change, 0 to destroy");
        let config = fs::read_to_string(work.path().join("generated.tf")).expect("a configuration");
        let config = config.split_whitespace().collect::<Vec<_>>().join(" ");
        for stands in ["name = \"milk\"", "name = \"oats\"", "text = \"sow\"", "region = \"away\""] {
            assert!(config.contains(stands), "{stands} in:\n{config}");
        }
        if engine.has(Feature::Queries) {
            assert!(!config.contains("\"home\"") && !config.contains("\"\""), "what goes without saying in:\n{config}");
        }
        work.apply().says("2 imported, 0 added, 0 changed, 0 destroyed");
        work.assert_empty_plan();
    });
}

pub fn an_object_is_imported_by_identity() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Identities) {
            return;
        }
        let work = notes(engine);
        put(&work, "home/milk", "buy");
        put(&work, "away/oats", "sow");
        let import = |identity: &str| {
            work.file("import.tf", &format!("import {{\n to = rosa_note.one\n identity = {identity}\n}}"));
        };
        work.init();
        import("{ name = \"milk\" }");
        work.file("note.tf", "resource \"rosa_note\" \"one\" {\n name = \"milk\"\n text = \"buy\"\n}");
        work.apply().says("1 imported, 0 added, 0 changed, 0 destroyed");
        work.run(&["state", "rm", "rosa_note.one"]).success();
        import("{ name = \"oats\", region = \"away\" }");
        work.file(
            "note.tf",
            "resource \"rosa_note\" \"one\" {\n name = \"oats\"\n text = \"sow\"\n region = \"away\"\n}",
        );
        work.apply().says("1 imported, 0 added, 0 changed, 0 destroyed");
        work.run(&["state", "rm", "rosa_note.one"]).success();
        import("{ name = \"rye\" }");
        work.run(&["plan"]).failure().says("There is no note \"rye\" in home");
    });
}

pub fn an_object_moves_over_from_another_provider() {
    on_each_engine(|engine| {
        let work = notes(engine);
        put(&work, "home/milk", "buy");
        work.file("note.tf", r#"resource "terraform_data" "milk" { input = "milk" }"#);
        work.init();
        work.apply();
        work.file(
            "note.tf",
            r#"
            resource "rosa_note" "milk" {
              name = "milk"
              text = "buy"
            }
            moved {
              from = terraform_data.milk
              to   = rosa_note.milk
            }
            "#,
        );
        work.apply().says("0 added, 0 changed, 0 destroyed");
        work.assert_empty_plan();
        assert_eq!(work.state_json()["values"]["root_module"]["resources"][0]["values"]["region"], json!("home"));

        work.file("other.tf", "resource \"rosa_note\" \"oats\" {\n name = \"oats\"\n}");
        work.apply();
        work.file(
            "other.tf",
            "resource \"terraform_data\" \"oats\" {}\nmoved {\n from = rosa_note.oats\n to = terraform_data.oats\n}",
        );
        work.run(&["plan"]).failure();
        work.file("note.tf", "").file("other.tf", "");
        work.apply().says("0 added, 0 changed, 2 destroyed");
    });
}

pub fn a_query_finds_objects_and_writes_their_configuration() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let work = notes(engine);
        for (place, text) in [("home/milk", "buy"), ("home/oats", ""), ("away/rye", "sow")] {
            put(&work, place, text);
        }
        work.file(
            "notes.tfquery.hcl",
            r#"
            list "rosa_note" "home" {
              provider         = rosa
              include_resource = true
            }
            list "rosa_note" "away" {
              provider         = rosa
              include_resource = true
              config {
                region = "away"
              }
            }
            "#,
        );
        work.init();
        let found = work.run(&["query", "-generate-config-out=found.tf"]).success();
        for identity in ["name=milk,region=home", "name=oats,region=home", "name=rye,region=away"] {
            assert_eq!(found.stdout().matches(identity).count(), 1, "{identity} in:\n{found}");
        }
        work.apply().says("3 imported, 0 added, 0 changed, 0 destroyed");
        work.assert_empty_plan();

        work.file("notes.tfquery.hcl", "list \"rosa_note\" \"first\" {\n provider = rosa\n limit = 1\n}");
        let first = work.run(&["query"]).success();
        assert_eq!(first.stdout().matches("region=home").count(), 1, "the limit holds:\n{first}");
    });
}
