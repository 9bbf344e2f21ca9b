//! A configuration in a directory of its own, for one engine and one AWS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::emulator::Emulator;
use crate::engine::Engine;
use crate::process::{self, Output, Running};
use crate::{provider, python};

/// How the configuration of most tests begins: with the provider under test, in one region.
pub const HEAD: &str = r#"
terraform {
  required_providers {
    rosa = { source = "rosa-ecr/rosa" }
  }
}
provider "rosa" { region = "us-east-1" }
"#;

/// The subcommands that would colour their output.
const COLOURFUL: [&str; 11] =
    ["apply", "destroy", "import", "init", "output", "plan", "query", "refresh", "show", "test", "validate"];

/// A directory with a configuration. It is removed at the end, unless the test fails.
#[derive(Debug)]
pub struct Workdir {
    engine: Engine,
    directory: Option<TempDir>,
    environment: Vec<(String, String)>,
}

impl Workdir {
    /// A directory in which the provider under test can be used, against this AWS.
    ///
    /// # Panics
    ///
    /// Without a provider binary; the message says how to build it.
    #[must_use]
    #[track_caller]
    pub fn new(engine: &Engine, emulator: &Emulator) -> Self {
        Self::with_provider(engine, emulator, &provider::provider_binary())
    }

    /// [`Workdir::new`] with another file as the provider.
    #[must_use]
    pub fn with_provider(engine: &Engine, emulator: &Emulator, provider: &Path) -> Self {
        let aws = [
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_ENDPOINT_URL", emulator.endpoint()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        Self::prepare(engine, Some(provider), &aws)
    }

    /// A directory in which that file is the provider; nothing of AWS in its environment.
    #[must_use]
    pub fn without_aws(engine: &Engine, provider: &Path) -> Self {
        Self::prepare(engine, Some(provider), &[])
    }

    /// A directory for configurations with the engine's built-in provider only; nothing of AWS in its environment.
    #[must_use]
    pub fn bare(engine: &Engine) -> Self {
        Self::prepare(engine, None, &[])
    }

    fn prepare(engine: &Engine, provider: Option<&Path>, environment: &[(&str, &str)]) -> Self {
        let directory = tempfile::Builder::new().prefix("rosa-ecr-").tempdir().expect("a temporary directory");
        let cli_config = provider::write_cli_config(directory.path(), provider);
        let path = std::env::var("PATH").unwrap_or_default();
        let home = directory.path().join("home");
        for made in [&home, &directory.path().join("work")] {
            fs::create_dir(made).expect("the directory is ours and new");
        }
        let own = [
            ("CHECKPOINT_DISABLE", "1"),
            ("HOME", home.to_str().expect("UTF-8")),
            ("PATH", &path),
            ("TF_CLI_CONFIG_FILE", cli_config.to_str().expect("UTF-8")),
            ("TF_INPUT", "0"),
            ("TF_IN_AUTOMATION", "1"),
        ];
        let all = own.iter().chain(environment);
        let environment = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { engine: engine.clone(), directory: Some(directory), environment }
    }

    /// Makes another provider installable, under this source, such as `hashicorp/aws`, and version.
    pub fn install(&self, source: &str, version: &str, provider: &Path) -> &Self {
        provider::add_package(self.directory.as_ref().expect("until dropped").path(), source, version, provider);
        self
    }

    /// Where the configuration is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.as_ref().expect("until dropped").path().join("work")
    }

    /// Writes a file, and its directories.
    #[track_caller]
    pub fn file(&self, name: &str, text: &str) -> &Self {
        let file = self.path().join(name);
        let written =
            fs::create_dir_all(file.parent().expect("in the directory")).and_then(|()| fs::write(&file, text));
        written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self
    }

    /// Copies an example of `examples/terraform/`.
    ///
    /// # Panics
    ///
    /// If there is none of that name.
    #[track_caller]
    pub fn example(&self, case: &str) -> &Self {
        let example = python::root().join("examples/terraform").join(case);
        let files = fs::read_dir(&example).unwrap_or_else(|error| panic!("{}: {error}", example.display()));
        for file in files.map(|file| file.expect("readable")).filter(|file| file.path().is_file()) {
            fs::copy(file.path(), self.path().join(file.file_name())).expect("the directory is ours");
        }
        self
    }

    /// Sets input variables, instead of those set before.
    #[track_caller]
    pub fn vars(&self, values: Value) -> &Self {
        self.file("test.auto.tfvars.json", &values.to_string())
    }

    /// Sets a variable in the environment of the commands that follow.
    pub fn env(&mut self, name: &str, value: &str) -> &mut Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs the engine, for example `run(&["plan", "-detailed-exitcode"])`, without checking how it ends.
    #[track_caller]
    #[must_use = "whether it succeeded is to be checked: `success`, `failure` or `code`"]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.spawn(arguments).wait()
    }

    /// Runs an engine's command until the emulator stops the world at a write, as ordered before, and kills the provider there.
    #[track_caller]
    pub fn kill_at_stop(&self, emulator: &Emulator, arguments: &[&str]) {
        let running = self.spawn(arguments);
        emulator.wait_for_stop();
        running.kill_provider();
        running.wait().failure();
        emulator.release();
    }

    /// Starts the engine and leaves it running.
    #[track_caller]
    pub fn spawn(&self, arguments: &[&str]) -> Running {
        process::spawn(self.command(arguments))
    }

    /// Runs the engine before the eyes of whoever started this process; it must succeed.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub fn show(&self, arguments: &[&str]) {
        println!("\n$ {} {}", self.engine.product(), arguments.join(" "));
        let status = self.command(arguments).status().unwrap_or_else(|error| panic!("{}: {error}", self.engine));
        assert!(status.success(), "{} {arguments:?} in {}: {status}", self.engine, self.path().display());
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.engine.command();
        command.args(arguments).current_dir(self.path()).env_clear();
        if arguments.first().is_some_and(|subcommand| COLOURFUL.contains(subcommand)) {
            command.arg("-no-color");
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// `init`, which must succeed.
    #[track_caller]
    pub fn init(&self) -> Output {
        self.run(&["init"]).success()
    }

    /// `apply`, which must succeed.
    #[track_caller]
    pub fn apply(&self) -> Output {
        self.run(&["apply", "-auto-approve"]).success()
    }

    /// `destroy`, which must succeed.
    #[track_caller]
    pub fn destroy(&self) -> Output {
        self.run(&["destroy", "-auto-approve"]).success()
    }

    /// The plan, in the engine's JSON.
    #[track_caller]
    pub fn plan_json(&self) -> Value {
        self.run(&["plan", "-out=saved.tfplan"]).success();
        self.json(&["show", "-json", "saved.tfplan"])
    }

    /// The state, in the engine's JSON.
    #[track_caller]
    pub fn state_json(&self) -> Value {
        self.json(&["show", "-json"])
    }

    /// The values of all outputs, by name.
    #[track_caller]
    pub fn outputs(&self) -> Map<String, Value> {
        let Value::Object(outputs) = self.json(&["output", "-json"]) else { panic!("outputs are an object") };
        outputs.into_iter().map(|(name, mut output)| (name, output["value"].take())).collect()
    }

    /// Checks that a plan finds nothing to do, neither to resources nor to outputs.
    ///
    /// # Panics
    ///
    /// If it does; the message shows the plan.
    #[track_caller]
    pub fn assert_empty_plan(&self) {
        self.run(&["plan", "-detailed-exitcode"]).code(0);
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments).success();
        serde_json::from_str(output.stdout()).unwrap_or_else(|error| panic!("this is not JSON, {error}:\n{output}"))
    }
}

impl Drop for Workdir {
    fn drop(&mut self) {
        if thread::panicking() {
            let kept = self.directory.take().map(TempDir::keep);
            eprintln!("{}: the directory is kept: {}", self.engine, kept.unwrap_or_default().display());
        }
    }
}
