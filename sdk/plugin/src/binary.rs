//! Which provider to start, and how.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rosa_ecr_goplugin::Command;
use rosa_ecr_model::Diagnostics;

use crate::installed;

/// A provider binary.
#[derive(Clone, Debug)]
pub struct Binary {
    pub(crate) path: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Binary {
    /// The provider in this file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), arguments: Vec::new(), environment: Vec::new() }
    }

    /// The newest installed version of a provider, such as `hashicorp/aws`, that satisfies `versions`, which are written
    /// as in a Cargo.toml, or with Terraform's `~>`: `*`, `=3.39.0`, `>=3, <7`, `~> 3.39`. It is looked for where Terraform
    /// looks:
    ///
    /// * `terraform.d/plugins` in the current directory, and `.terraform.d/plugins` in the home directory;
    /// * `terraform/plugins` in the user's and the system's data directories;
    /// * `TF_PLUGIN_CACHE_DIR`.
    ///
    /// Inside, it is unpacked: `registry.terraform.io/hashicorp/aws/3.39.0/linux_amd64/terraform-provider-aws…`.
    ///
    /// # Errors
    /// If there is none, with what there is instead.
    pub fn find(source: &str, versions: &str) -> Result<Self, Diagnostics> {
        Self::find_in(installed::directories(), source, versions)
    }

    /// [`find`](Self::find) in these directories, for instance those of a `filesystem_mirror`.
    ///
    /// # Errors
    /// If there is none, with what there is instead.
    pub fn find_in<P: AsRef<Path>>(
        directories: impl IntoIterator<Item = P>,
        source: &str,
        versions: &str,
    ) -> Result<Self, Diagnostics> {
        let directories: Vec<PathBuf> = directories.into_iter().map(|path| path.as_ref().to_owned()).collect();
        Ok(Self::at(installed::newest(&directories, source, versions)?))
    }

    /// Starts it with one more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Starts it with a variable in its environment, besides those of this process.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How to start it.
    pub(crate) fn command(&self) -> Command {
        Command {
            name: self.name(),
            path: self.path.clone(),
            arguments: self.arguments.clone(),
            environment: self.environment.clone(),
        }
    }

    /// As errors and logs call it, such as `terraform-provider-aws`.
    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy();
        // Releases have the version behind it: `terraform-provider-aws_v3.39.0_x5`.
        let plain = name.split_once("_v").map_or(&*name, |(plain, _)| plain);
        plain.strip_suffix(".exe").unwrap_or(plain).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_called_what_it_provides() {
        for file in ["terraform-provider-aws", "terraform-provider-aws_v3.39.0_x5", "terraform-provider-aws_v4.0.0.exe"]
        {
            assert_eq!(Binary::at(Path::new("/plugins").join(file)).name(), "terraform-provider-aws", "{file}");
        }
    }
}
