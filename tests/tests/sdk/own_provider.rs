//! A resource of one's own: in a stack, and served to a real Terraform.

use std::fs;

use rosa_ecr_tests::{Emulator, Program, Workdir, example_binary, on_each_engine};

const MAIN: &str = r#"
terraform {
  required_providers {
    files = { source = "acme/files" }
  }
}

provider "files" { root = "." }

resource "files_text" "greeting" {
  path    = "greeting.txt"
  content = "hello"
}

output "length" { value = files_text.greeting.length }
"#;

#[test]
fn in_a_stack() {
    let emulator = Emulator::start();
    let program = Program::new("dynamic_provider", &emulator);
    program.run(&["up", "--yes"]).success();
    let report = fs::read_to_string(program.path().join("report.txt")).expect("it was written");
    assert_eq!(report, "greeting.txt has 5 bytes\n");
    program.assert_empty_preview();
    program.run(&["destroy", "--yes"]).success();
    assert!(!program.path().join("greeting.txt").exists());
}

#[test]
fn what_an_interrupted_run_has_written_is_taken() {
    let emulator = Emulator::start();
    let program = Program::new("dynamic_provider", &emulator);
    // As after a death between the write and the checkpoint behind it.
    fs::write(program.path().join("greeting.txt"), "hello").expect("a file of ours");
    program.run(&["up", "--yes"]).success();
    program.assert_empty_preview();
    program.run(&["state", "forget", "greeting", "--yes"]).success();
    fs::write(program.path().join("greeting.txt"), "somebody else's").expect("a file of ours");
    program.run(&["up", "--yes"]).failure().says("greeting.txt exists already").says("Import it");
    program.run(&["import", "greeting", "greeting.txt"]).success();
    program.run(&["up", "--yes"]).success().says("1 updated");
}

#[test]
fn in_terraform() {
    on_each_engine(|engine| {
        let work = Workdir::bare(engine);
        work.install("acme/files", "0.1.0", &example_binary("dynamic_provider")).file("main.tf", MAIN);
        work.init().success();
        work.apply().says("Apply complete");
        assert_eq!(work.outputs()["length"], 5);
        assert_eq!(fs::read_to_string(work.path().join("greeting.txt")).expect("it was written"), "hello");
        work.assert_empty_plan();
        work.run(&["state", "rm", "files_text.greeting"]).success();
        work.run(&["import", "files_text.greeting", "greeting.txt"]).success();
        work.assert_empty_plan();
        work.destroy();
        assert!(!work.path().join("greeting.txt").exists());
    });
}
