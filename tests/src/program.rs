//! A program of the SDK: one of `examples/rust`, in a directory of its own, against one AWS.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::emulator::Emulator;
use crate::process::{self, Output, Running};

/// An example of the SDK, with a directory that its state is in.
#[derive(Debug)]
pub struct Program {
    binary: PathBuf,
    directory: TempDir,
    environment: Vec<(String, String)>,
}

impl Program {
    /// The example of that name.
    ///
    /// # Panics
    ///
    /// If it is not built; the message says how to build it.
    #[must_use]
    #[track_caller]
    pub fn new(example: &str, emulator: &Emulator) -> Self {
        let binary = example_binary(example);
        let environment = [
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_REGION", crate::REGION),
            ("AWS_ENDPOINT_URL", emulator.endpoint()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let directory = TempDir::new().expect("a directory can be made");
        Self { binary, directory, environment }
    }

    /// Its directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Sets a variable in the environment of the commands that follow.
    pub fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its binary, and the environment of its commands.
    #[must_use]
    pub fn command(&self) -> (&Path, &[(String, String)]) {
        (&self.binary, &self.environment)
    }

    /// Runs it, for example `run(&["up", "--yes"])`, without checking how it ends.
    #[track_caller]
    #[must_use = "whether it succeeded is to be checked: `success`, `failure` or `code`"]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.spawn(arguments).wait()
    }

    /// Starts it and leaves it running.
    #[track_caller]
    pub fn spawn(&self, arguments: &[&str]) -> Running {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(self.directory.path()).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        process::spawn(command)
    }

    /// What it exports.
    ///
    /// # Panics
    ///
    /// If it says something else than JSON.
    #[track_caller]
    #[must_use]
    pub fn outputs(&self) -> Value {
        let output = self.run(&["outputs", "--json"]).success();
        serde_json::from_str(output.stdout()).unwrap_or_else(|error| panic!("this is not JSON, {error}:\n{output}"))
    }

    /// Goes on if there is nothing to do, whatever was changed outside.
    #[track_caller]
    pub fn assert_empty_preview(&self) {
        self.run(&["preview", "--refresh", "--detailed-exitcode"]).success();
    }
}

/// An example that cargo built where it built this test.
///
/// # Panics
///
/// If it is not built; the message says how to build it.
#[must_use]
#[track_caller]
pub fn example_binary(example: &str) -> PathBuf {
    let this = env::current_exe().expect("this process has a path");
    let profile = this.parent().and_then(Path::parent).expect("cargo puts tests into <profile>/deps");
    let binary = profile.join("examples").join(example);
    assert!(binary.exists(), "{} is not built: `cargo build --workspace --examples` does", binary.display());
    binary
}
