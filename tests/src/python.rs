//! The virtual environment that `tests/venv.sh` makes: the emulator runs in it, and Terraform from a package.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{self, Output};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository")
}

/// The Python of `.venv`.
///
/// # Panics
///
/// Without `.venv`; the message says how to make it.
pub(crate) fn interpreter() -> PathBuf {
    let python = root().join(".venv/bin/python");
    assert!(python.exists(), "{} does not exist: make it with `sh tests/venv.sh`", python.display());
    python
}

/// Runs the Python of `.venv` in the directory `tests/`.
#[track_caller]
#[must_use = "whether it succeeded is to be checked: `success`, `failure` or `code`"]
pub fn run_python(arguments: &[&str], limit: Duration) -> Output {
    let mut command = Command::new(interpreter());
    command.args(arguments).current_dir(root().join("tests"));
    process::spawn(command).wait_for(limit)
}
