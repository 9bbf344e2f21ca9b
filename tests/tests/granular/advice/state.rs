//! Commands and blocks about the state.

use super::*;

const APP: &str = "resource \"rosa_ecr_repository\" \"app\" {\n  name = \"team/app\"\n}\n";

#[test]
fn an_object_that_another_configuration_holds_is_let_go() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let (first, second) = (work(engine, &emulator, APP), work(engine, &emulator, APP));
        first.apply();
        second.apply().says("taken over");
        edit(&first, "\"team/app\"\n", "\"team/app\"\n  scan_on_push = false\n");
        let refused = first.run(&["plan"]).failure().says("Another declaration holds").prose();
        let mut arguments = terraform(&refused, "destroy");
        arguments.push("-auto-approve".to_owned());
        first.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).success();
        second.assert_empty_plan();
        second.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}

#[test]
fn one_of_two_entries_of_one_object_goes_without_the_object() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let twin = APP.replace("\"app\"", "\"twin\"");
        let work = work(engine, &emulator, APP);
        work.apply();
        let main = format!("{HEADER}{PROVIDER}{APP}");
        let twice = || {
            work.file("main.tf", &format!("{main}{twin}"));
            work.run(&["import", "rosa_ecr_repository.twin", "team/app"]).success();
            work.file("main.tf", &main);
            let refused = work.run(&["plan"]).failure().says("would be deleted, and another declaration keeps it");
            refused.prose()
        };
        let mut remove = terraform(&twice(), "state rm");
        remove.push("rosa_ecr_repository.twin".to_owned());
        work.run(&remove.iter().map(String::as_str).collect::<Vec<_>>()).success();
        work.assert_empty_plan();

        assert!(twice().contains("a removed block that has lifecycle { destroy = false }"));
        let block = "removed {\n  from = rosa_ecr_repository.twin\n  lifecycle {\n    destroy = false\n  }\n}\n";
        work.file("main.tf", &format!("{main}{block}"));
        work.apply().says("0 destroyed");
        work.file("main.tf", &main);
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn what_a_provider_block_comes_from_is_applied_first() {
    let body = r#"
resource "terraform_data" "region" { input = "us-east-1" }
provider "rosa" { region = terraform_data.region.output }
data "rosa_ecr_repository" "app" { name = "team/app" }
output "url" { value = data.rosa_ecr_repository.app.repository_url }
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        let work = Workdir::new(engine, &emulator);
        work.file("main.tf", &format!("{HEADER}{body}")).vars(json!({ "vpc_id": "", "subnet_ids": [] })).init();
        let refused = work.run(&["apply", "-auto-approve"]).failure();
        refused.says("is not configured yet").says("\"terraform apply -target=…\"");
        work.run(&["apply", "-auto-approve", "-target=terraform_data.region"]).success();
        work.apply();
        work.assert_empty_plan();
    });
}

#[test]
fn what_no_moved_block_moves_is_imported() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        let work = work(engine, &emulator, "resource \"terraform_data\" \"app\" {}\n");
        work.apply();
        let app = APP.replace("\"team/app\"\n", "\"team/app\"\n  scan_on_push = false\n");
        let main = format!("{HEADER}{PROVIDER}{app}");
        let moved = "moved {\n  from = terraform_data.app\n  to = rosa_ecr_repository.app\n}\n";
        work.file("main.tf", &format!("{main}{moved}"));
        let refused = work.run(&["plan"]).failure();
        refused.says("by a \"removed\" block for terraform_data and an \"import\" block for rosa_ecr_repository");
        let removed = "removed {\n  from = terraform_data.app\n  lifecycle {\n    destroy = false\n  }\n}\n";
        let import = "import {\n  to = rosa_ecr_repository.app\n  id = \"team/app\"\n}\n";
        work.file("main.tf", &format!("{main}{removed}{import}"));
        work.apply().says("1 imported").says("0 destroyed");
        work.file("main.tf", &main);
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn a_state_of_terraform_0_11_is_imported_anew() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, APP);
        work.apply();
        let path = work.path().join("terraform.tfstate");
        let text = std::fs::read_to_string(&path).expect("the state");
        let mut state: Value = serde_json::from_str(&text).expect("JSON");
        let instance = &mut state["resources"][0]["instances"][0];
        instance["attributes_flat"] = json!({ "id": "team/app" });
        instance.as_object_mut().expect("an object").remove("attributes");
        work.file("terraform.tfstate", &state.to_string());
        let refused = work.run(&["plan"]).failure();
        refused.says("is not JSON").says("with \"terraform state rm\", then bring it back with \"terraform import\"");
        work.run(&["state", "rm", "rosa_ecr_repository.app"]).success();
        work.run(&["import", "rosa_ecr_repository.app", "team/app"]).success();
        work.assert_empty_plan();
        work.destroy();
    });
}
