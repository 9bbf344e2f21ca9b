//! The harness keeps its promises, on every engine of this machine and without the provider.

use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use rosa_ecr_tests::{Emulator, Engine, Product, Version, Workdir, on_each_engine};
use serde_json::json;
use tempfile::TempDir;

const GREETING: &str = r#"
variable "name" { type = string }
resource "terraform_data" "greeting" { input = "hello ${var.name}" }
output "greeting" { value = terraform_data.greeting.output }
"#;

#[test]
fn the_package_is_one_of_the_engines() {
    let versions: Vec<_> = Engine::all().iter().map(|engine| (engine.product(), engine.version())).collect();
    assert!(versions.contains(&(Product::Terraform, Version(1, 15, 5))), "{versions:?}");
}

#[test]
fn applies_plans_and_destroys() {
    on_each_engine(|engine| {
        let work = Workdir::bare(engine);
        work.file("main.tf", GREETING).vars(json!({ "name": "world" }));
        work.init().says("successfully initialized");
        assert_eq!(work.plan_json()["resource_changes"][0]["change"]["actions"], json!(["create"]));
        work.apply().says("Apply complete! Resources: 1 added");
        work.assert_empty_plan();
        assert_eq!(work.outputs()["greeting"], "hello world");
        work.vars(json!({ "name": "moon" }));
        work.run(&["plan", "-detailed-exitcode"]).code(2).says("1 to change").never_says("1 to add");
        let state = work.state_json();
        assert_eq!(state["values"]["root_module"]["resources"][0]["values"]["output"], "hello world");
        work.destroy().says("Resources: 1 destroyed");
    });
}

#[test]
fn a_failure_shows_command_directory_and_both_streams() {
    on_each_engine(|engine| {
        let work = Workdir::bare(engine);
        work.file("main.tf", "resource \"terraform_data\" \"x\" {\n  input = nowhere.at_all\n}\n");
        work.init();
        let text = panics(|| drop(work.run(&["plan"]).success()));
        for expected in
            ["\"plan\"", work.path().to_str().unwrap(), "exit status: 1", "--- stdout ---", "--- stderr ---"]
        {
            assert!(text.contains(expected), "{expected} is missing in:\n{text}");
        }
        assert!(text.contains("nowhere"), "the engine's own words are missing in:\n{text}");
        let text = panics(|| drop(work.run(&["version"]).failure()));
        assert!(text.contains(&format!("v{}", engine.version())), "{text}");
        let text = panics(|| drop(work.run(&["version"]).says("something else")));
        assert!(text.contains("something else") && text.contains("command:"), "{text}");
    });
}

#[test]
fn the_directory_of_a_failed_test_is_kept_and_no_other() {
    let engine = &Engine::all()[0];
    let passed = Workdir::bare(engine).path();
    assert!(!passed.exists());
    let mut kept = PathBuf::new();
    panics(|| {
        let work = Workdir::bare(engine);
        kept = work.path();
        panic!("as a failing test does");
    });
    assert!(kept.exists());
    fs::remove_dir_all(kept.parent().unwrap()).unwrap();
}

#[test]
fn nothing_of_the_person_who_runs_the_tests_gets_in() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let (_directory, provider) = shell_script("#!/bin/sh\nexit 1\n");
        let mut work = Workdir::with_provider(engine, &emulator, &provider);
        work.env("GREETING", "hello");
        work.file(
            "main.tf",
            "resource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" { command = \"env\" }\n}\n",
        );
        work.init();
        let output = work.apply();
        let names: Vec<_> =
            output.stdout().lines().filter_map(|line| line.split_once("): ")?.1.split_once('=')).collect();
        let value = |name: &str| names.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
        assert_eq!(value("AWS_ENDPOINT_URL"), Some(emulator.endpoint()));
        assert_eq!(value("GREETING"), Some("hello"));
        assert_ne!(value("HOME"), env::var("HOME").ok().as_deref());
        for name in ["AWS_REGION", "AWS_PROFILE", "AWS_CA_BUNDLE", "HTTP_PROXY", "CARGO_MANIFEST_DIR"] {
            assert_eq!(value(name), None, "{name}");
        }
    });
}

#[test]
fn init_installs_the_provider_from_the_mirror() {
    on_each_engine(|engine| {
        let (_directory, provider) = shell_script("#!/bin/sh\nexit 1\n");
        let work = Workdir::with_provider(engine, &Emulator::start(), &provider);
        let required = "terraform {\n  required_providers {\n    rosa = { source = \"rosa-ecr/rosa\" }\n  }\n}\n";
        work.file("main.tf", &format!("{required}resource \"rosa_ecr\" \"registry\" {{}}\n"));
        let installed = format!("Installed rosa-ecr/rosa v{}", env!("CARGO_PKG_VERSION"));
        work.init().says(&installed);
        assert!(work.path().join(".terraform.lock.hcl").exists());
        work.run(&["plan"]).failure().says("failed to instantiate provider");
    });
}

/// `local-exec` stands in for the provider: a process in the engine's group with the provider's name.
#[test]
fn kills_the_provider_the_engine_or_both() {
    on_each_engine(|engine| {
        let work = Workdir::bare(engine);
        let provider = work.path().join("terraform-provider-rosa_v0");
        fs::copy("/bin/sh", &provider).unwrap();
        // An interrupt goes to the whole group, and is the engine's to tell.
        let busy = r#"trap \"\" INT; touch started; sleep 60 >&- 2>&-; exit 1"#;
        let provisioner =
            format!("provisioner \"local-exec\" {{ command = \"exec {} -c '{busy}'\" }}", provider.display());
        work.file("main.tf", &format!("resource \"terraform_data\" \"x\" {{\n  {provisioner}\n}}\n"));
        work.init();
        let started = work.path().join("started");
        let apply = || {
            fs::remove_file(&started).ok();
            let apply = work.spawn(&["apply", "-auto-approve"]);
            let since = Instant::now();
            while !started.exists() {
                assert!(since.elapsed() < Duration::from_secs(60), "the provisioner does not start");
                thread::sleep(Duration::from_millis(10));
            }
            apply
        };

        let killed = apply();
        killed.kill_provider();
        killed.wait().code(1).says("local-exec provisioner error");

        let killed = apply();
        killed.kill();
        killed.wait().failure().never_says("Error");

        let interrupted = apply();
        interrupted.interrupt();
        interrupted.wait().code(1).says("Interrupt received");

        let text = panics(|| drop(apply().wait_for(Duration::ZERO)));
        assert!(text.contains("was killed") && text.contains("--- stdout ---"), "{text}");
    });
}

/// What a panic says.
fn panics(action: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(action)).expect_err("this should panic");
    panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap()
}

/// An executable file in a directory of its own, which goes with the first value.
fn shell_script(text: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("script");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    (directory, file)
}
