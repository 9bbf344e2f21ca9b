//! The example `examples/rust/any_provider.rs`, as cargo has built it with the tests of the workspace.

use std::path::PathBuf;
use std::process::Command;

use rosa_ecr_tests::{Emulator, aws_provider};
use serde_json::json;

/// Where cargo puts examples: beside `deps`, where this test is.
fn program() -> PathBuf {
    let this = std::env::current_exe().expect("this process has a path");
    let program = this.parent().and_then(|deps| deps.parent()).expect("cargo's layout").join("examples/any_provider");
    assert!(program.exists(), "build it: `cargo build -p rosa-ecr-plugin --examples` ({})", program.display());
    program
}

#[test]
fn any_provider() {
    let Some(official) = aws_provider() else { return };
    let emulator = Emulator::start();
    let directory = tempfile::tempdir().expect("a directory");
    let package = directory.path().join("plugins/registry.terraform.io/hashicorp/aws/3.39.0/linux_amd64");
    std::fs::create_dir_all(&package).expect("a directory of ours");
    std::os::unix::fs::symlink(official, package.join("terraform-provider-aws_v3.39.0_x5")).expect("a new file");
    let run = |arguments: &[&str]| {
        let output = Command::new(program())
            .args(arguments)
            .current_dir(directory.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", directory.path())
            .env("TF_PLUGIN_CACHE_DIR", directory.path().join("plugins"))
            .env("AWS_ENDPOINT_URL", emulator.endpoint())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .output()
            .expect("the example starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{arguments:?}\n--- stdout ---\n{stdout}\n--- stderr ---\n{stderr}");
        stdout
    };
    run(&["preview"]);
    assert!(emulator.writes().is_empty(), "a preview writes nothing");
    run(&["up", "--yes"]);
    assert!(run(&["outputs"]).contains(".dkr.ecr.us-east-1.amazonaws.com/tools"));
    run(&["preview", "--detailed-exitcode"]);
    run(&["destroy", "--yes"]);
    assert_eq!(emulator.aws().ecr("DescribeRepositories", json!({}))["repositories"], json!([]));
}
