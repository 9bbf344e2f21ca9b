//! The engines on this machine: what reads HCL and drives the provider.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use crate::python;

/// Keeps the engines whose name contains its value.
const CHOICE: &str = "ROSA_ECR_ENGINES";

/// One engine.
#[derive(Clone, Debug)]
pub struct Engine {
    program: PathBuf,
    first_arguments: Vec<OsString>,
    product: Product,
    version: Version,
}

/// What an engine is; it is displayed as the name of its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Terraform.
    Terraform,
    /// OpenTofu.
    OpenTofu,
}

/// A version, in order: `engine.version() >= Version(1, 12, 0)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

/// What only later versions can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Ephemeral resources.
    Ephemeral,
    /// Resource identities, and imports by them.
    Identities,
    /// `query`, and providers that write configuration.
    Queries,
    /// Actions, by triggers and by `-invoke`.
    Actions,
}

impl Engine {
    /// Every engine of this machine: `terraform` and `tofu` on `PATH`, and the Terraform of `.venv`.
    ///
    /// # Panics
    ///
    /// Without any engine, and if one does not tell its version.
    #[must_use]
    #[track_caller]
    pub fn all() -> &'static [Self] {
        static ENGINES: OnceLock<Vec<Engine>> = OnceLock::new();
        ENGINES.get_or_init(|| {
            let on_path = ["terraform", "tofu"].into_iter().filter_map(|name| Self::found(&on_path(name)?, &[]));
            let package = Self::found(&python::interpreter(), &[python::root().join("tests/terraform.py").into()]);
            let choice = std::env::var(CHOICE).unwrap_or_default();
            let engines: Vec<_> =
                on_path.chain(package).filter(|engine| engine.to_string().contains(choice.as_str())).collect();
            assert!(!engines.is_empty(), "no engine on this machine ({CHOICE}={choice:?})");
            engines
        })
    }

    /// What it is.
    #[must_use]
    pub fn product(&self) -> Product {
        self.product
    }

    /// Its version, without what may follow the numbers.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether it can do that.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        let first = match (feature, self.product) {
            (Feature::Ephemeral, Product::Terraform) => Version(1, 10, 0),
            (Feature::Ephemeral, Product::OpenTofu) => Version(1, 11, 0),
            (Feature::Identities, _) => Version(1, 12, 0),
            (Feature::Queries | Feature::Actions, Product::Terraform) => Version(1, 14, 0),
            (Feature::Queries | Feature::Actions, Product::OpenTofu) => return false,
        };
        self.version >= first
    }

    /// A command with nothing but the engine in it: no subcommand, the environment of this process.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.first_arguments);
        command
    }

    fn found(program: &Path, first_arguments: &[OsString]) -> Option<Self> {
        let output = Command::new(program)
            .args(first_arguments)
            .arg("version")
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let text = String::from_utf8_lossy(&output.stdout);
        let (product, version) = said_version(&text)
            .unwrap_or_else(|| panic!("{} does not tell its version but says:\n{text}", program.display()));
        Some(Self { program: program.to_owned(), first_arguments: first_arguments.to_vec(), product, version })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.version)
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terraform => "terraform",
            Self::OpenTofu => "tofu",
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Runs a test on every engine, at the same time, and fails if it fails on one. The threads are named after the engines.
///
/// # Panics
///
/// After all have ended, with the names of those that failed; what happened was said when it happened.
#[track_caller]
pub fn on_each_engine(test: impl Fn(&Engine) + Sync) {
    let failed: Vec<String> = thread::scope(|scope| {
        let test = &test;
        let start = |engine: &'static Engine| {
            let thread = thread::Builder::new().name(engine.to_string());
            (engine, thread.spawn_scoped(scope, move || test(engine)).expect("a thread can be started"))
        };
        let running: Vec<_> = Engine::all().iter().map(start).collect();
        running.into_iter().filter_map(|(engine, thread)| thread.join().is_err().then(|| engine.to_string())).collect()
    });
    assert!(failed.is_empty(), "failed on {}", failed.join(" and "));
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| candidate.is_file())
}

/// Reads the first line of `version`: "Terraform v1.15.5", "OpenTofu v1.10.6".
fn said_version(text: &str) -> Option<(Product, Version)> {
    let (product, version) = text.lines().next()?.split_once(" v")?;
    let product = match product {
        "Terraform" => Product::Terraform,
        "OpenTofu" => Product::OpenTofu,
        _ => return None,
    };
    let mut numbers = version.split(['.', '-', '+']).map(|number| number.trim().parse().ok());
    Some((product, Version(numbers.next()??, numbers.next()??, numbers.next()??)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_versions() {
        let terraform = said_version("Terraform v1.15.5\non linux_amd64\n");
        assert_eq!(terraform, Some((Product::Terraform, Version(1, 15, 5))));
        assert_eq!(said_version("OpenTofu v1.13.0-beta1"), Some((Product::OpenTofu, Version(1, 13, 0))));
        assert_eq!(said_version("sh: not found"), None);
        assert!(Version(1, 9, 0) < Version(1, 11, 4));
    }

    #[test]
    fn fails_with_the_names_of_the_engines_on_which_it_failed() {
        let unlucky = Engine::all().last().unwrap();
        let panic = std::panic::catch_unwind(|| {
            on_each_engine(|engine| assert!(engine.to_string() != unlucky.to_string(), "no luck"));
        });
        let text = *panic.unwrap_err().downcast::<String>().unwrap();
        assert_eq!(text, format!("failed on {unlucky}"));
    }
}
