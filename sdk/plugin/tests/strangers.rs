//! Binaries that are no providers, or not ones to talk to: each gives an error that helps, and leaves no process.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rosa_ecr_plugin::Binary;

/// A directory with a program in it, which notes its process id there.
struct Program {
    directory: tempfile::TempDir,
}

impl Program {
    fn new(script: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let program = Self { directory };
        let text = format!("#!/bin/sh\necho $$ > {}\n{script}\n", program.noted().display());
        std::fs::write(program.path(), text).expect("a file of ours");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(program.path(), executable).expect("a file of ours");
        program
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("terraform-provider-stranger_v1.0.0")
    }

    fn noted(&self) -> PathBuf {
        self.directory.path().join("id")
    }

    /// What starting it is told. It is gone afterwards, soon if not at once.
    async fn told(&self) -> String {
        let error = Binary::at(self.path()).start().await.expect_err("it is no provider").to_string();
        let id = std::fs::read_to_string(self.noted()).expect("it has run");
        let deadline = Instant::now() + Duration::from_secs(10);
        while Path::new("/proc").join(id.trim()).exists() {
            assert!(Instant::now() < deadline, "process {id} is left behind");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        error
    }
}

/// Checks that an error has these parts.
#[track_caller]
fn assert_says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{part:?} is missing in:\n{error}");
    }
}

#[tokio::test]
async fn one_that_says_something_else_is_quoted() {
    let told = Program::new("echo 'Hello, I sort photographs.'; exec sleep 600").told().await;
    assert_says(&told, &["does not speak as a provider", "Hello, I sort photographs.", "Is it a Terraform provider?"]);
}

#[tokio::test]
async fn one_that_ends_tells_how_and_has_the_last_word() {
    let script = "echo '{\"@level\":\"debug\",\"@message\":\"hunter2\"}' >&2\necho 'panic: no disk' >&2\nexit 3";
    let told = Program::new(script).told().await;
    assert_says(&told, &["terraform-provider-stranger does not start", "exit status: 3", "panic: no disk"]);
    assert!(!told.contains("hunter2"), "what is logged at debug is not for errors: {told}");
}

#[tokio::test]
async fn one_of_an_unknown_version_is_refused() {
    let told = Program::new("echo '1|7|unix|/nowhere|grpc|'; exec sleep 600").told().await;
    assert_says(&told, &["speaks version \"7\"", "5 and 6"]);
}

#[tokio::test]
async fn one_without_a_certificate_is_not_trusted() {
    let told = Program::new("echo '1|6|unix|/nowhere|grpc|'; exec sleep 600").told().await;
    assert_says(&told, &["cannot be trusted"]);
}

#[tokio::test]
async fn one_that_does_not_listen_is_told() {
    let told = Program::new("echo '1|5|unix|/nowhere/at/all|grpc|AAAA'; exec sleep 600").told().await;
    assert_says(&told, &["Cannot connect to terraform-provider-stranger", "No such file"]);
}

#[tokio::test]
async fn what_it_has_started_goes_with_it() {
    let program = Program::new("sleep 600 & echo $! > $(dirname $0)/child; echo nonsense; wait");
    program.told().await;
    let child = std::fs::read_to_string(program.directory.path().join("child")).expect("it has started one");
    let stat = Path::new("/proc").join(child.trim()).join("stat");
    let deadline = Instant::now() + Duration::from_secs(10);
    // Whoever adopts it may take its time to reap it.
    while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < deadline, "the child {child} is left behind");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn one_that_is_not_there_is_named() {
    let error = Binary::at("/nowhere/terraform-provider-x").start().await.expect_err("it is not there").to_string();
    assert_says(&error, &["terraform-provider-x cannot be started", "/nowhere/terraform-provider-x", "executable"]);
}
