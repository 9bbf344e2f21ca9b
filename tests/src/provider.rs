//! The provider under test, and the mirror from which an engine installs it as users' engines do from a registry.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Names another provider binary than the one beside the test.
const CHOICE: &str = "ROSA_ECR_PROVIDER";

/// The provider's file name up to the version.
pub(crate) const NAME: &str = "terraform-provider-rosa";

/// The provider binary: `ROSA_ECR_PROVIDER`, or else the one cargo built where it built this test.
///
/// # Panics
///
/// If there is none; the message says how to build it.
#[track_caller]
pub(crate) fn binary() -> PathBuf {
    let binary = env::var_os(CHOICE).map_or_else(beside_this_one, PathBuf::from);
    let missing = "there is no provider; build it with `cargo build -p rosa-ecr-provider`, or name one with";
    binary.canonicalize().unwrap_or_else(|error| panic!("{missing} {CHOICE}: {}: {error}", binary.display()))
}

/// Cargo puts binaries into `<target>/<profile>` and tests into `deps` below it.
fn beside_this_one() -> PathBuf {
    let this = env::current_exe().expect("this process has a path");
    let directory = this.parent().expect("a file is in a directory");
    let directory = if directory.ends_with("deps") { directory.parent().expect("cargo's layout") } else { directory };
    directory.join(NAME)
}

/// Writes a CLI configuration and, if there is a provider to install, the mirror it names. Nothing else is installed
/// from anywhere.
pub(crate) fn write_cli_config(directory: &Path, provider: Option<&Path>) -> PathBuf {
    let mirror = directory.join("mirror");
    fs::create_dir_all(&mirror).expect("the directory is ours");
    if let Some(provider) = provider {
        for registry in ["registry.terraform.io", "registry.opentofu.org"] {
            let package = mirror.join(registry).join("rosa-ecr/rosa").join(env!("CARGO_PKG_VERSION")).join(platform());
            fs::create_dir_all(&package).expect("the directory is ours");
            let name = format!("{NAME}_v{}", env!("CARGO_PKG_VERSION"));
            std::os::unix::fs::symlink(provider, package.join(name)).expect("the directory is ours and new");
        }
    }
    let file = directory.join("cli.tfrc");
    let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n");
    fs::write(&file, text).expect("the directory is ours");
    file
}

/// This machine in the words of the registries.
fn platform() -> String {
    let system = if env::consts::OS == "macos" { "darwin" } else { env::consts::OS };
    let machine = match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{machine}")
}
