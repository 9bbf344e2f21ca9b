//! The process's environment, as far as the provider reads it itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_types::os_shim_internal::Env;

use crate::tags::Tags;

/// Environment variables, taken once.
#[derive(Clone, Default)]
pub(super) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// That of this process. Variables that are not Unicode are left out.
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        )
    }

    /// The variable, if it is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The path, with a leading `~/` replaced by the home directory.
    pub fn path(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.get("HOME").or_else(|| self.get("USERPROFILE"))) {
            (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => PathBuf::from(path),
        }
    }

    /// The tags that `TF_AWS_DEFAULT_TAGS_<key>` variables hold.
    pub fn default_tags(&self) -> Tags {
        let tags = self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix("TF_AWS_DEFAULT_TAGS_")?, value)));
        tags.filter(|(key, _)| !key.is_empty()).map(|(key, value)| (key.to_owned(), value.clone())).collect()
    }

    /// The elements of a variable that holds a list, separated by commas.
    pub fn list(&self, name: &str) -> impl Iterator<Item = String> {
        let elements = self.get(name).unwrap_or_default().split(',');
        elements.map(str::trim).filter(|element| !element.is_empty()).map(str::to_owned)
    }

    /// The form in which the SDK takes an environment.
    pub fn for_sdk(&self) -> Env {
        let variables: Vec<(&str, &str)> = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Env::from_slice(&variables)
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}
