//! What the host that started this process says, in environment variables.

use std::collections::BTreeMap;

/// Prefixes of the variables that this crate looks at. The rest of the environment may hold secrets and is not kept.
const READ: [&str; 3] = ["PLUGIN_", "TF_LOG", "TF_PLUGIN_"];

/// The variables of the plugin protocol and of logging, read once at the start.
#[derive(Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process. A value that is not UTF-8 cannot be meant for a plugin and counts as absent.
    pub(crate) fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| READ.iter().any(|prefix| name.starts_with(prefix)))
            .collect()
    }

    /// The value of a variable; an empty one counts as absent, as it does to every plugin host.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
