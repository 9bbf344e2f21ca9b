//! The environment variables in which a host speaks to the plugin that it starts.

use std::collections::BTreeMap;

/// The versions of the plugin protocol that the host speaks, separated by commas.
pub(crate) const VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";
/// The host's certificate, PEM.
pub(crate) const CLIENT_CERTIFICATE: &str = "PLUGIN_CLIENT_CERT";
/// Whether the host offers several gRPC connections over one socket.
pub(crate) const MULTIPLEXING: &str = "PLUGIN_MULTIPLEX_GRPC";
/// The lowest port to listen on, if there are no unix sockets.
pub(crate) const MIN_PORT: &str = "PLUGIN_MIN_PORT";
/// The highest of these ports.
pub(crate) const MAX_PORT: &str = "PLUGIN_MAX_PORT";
/// The directory that the host wants its sockets in.
pub(crate) const SOCKET_DIRECTORY: &str = "PLUGIN_UNIX_SOCKET_DIR";
/// The group, as name or number, that may connect besides the owner.
pub(crate) const SOCKET_GROUP: &str = "PLUGIN_UNIX_SOCKET_GROUP";
/// For a host: plugins to attach to, which somebody else has started.
pub(crate) const REATTACH: &str = "TF_REATTACH_PROVIDERS";

/// Prefixes of the variables that a plugin looks at. The rest of the environment may hold secrets and is not kept.
const READ: [&str; 2] = ["PLUGIN_", "TF_PLUGIN_"];

/// The variables of the process protocol, read once at the start.
#[derive(Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process. A value that is not UTF-8 cannot be meant for a plugin and counts as absent.
    pub fn of_process() -> Self {
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
