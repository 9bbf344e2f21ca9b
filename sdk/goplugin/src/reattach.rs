//! Plugins that somebody else has started, such as a debugger: the variable that makes a host attach to them.

use serde_json::{Map, Value as Json, json};

use crate::address::Address;
use crate::environment::REATTACH;

/// The version of the plugin protocol of an entry that says none, as Terraform 1.0 wrote it.
const UNVERSIONED: u64 = 5;

/// Where a running plugin is: one entry of the variable `TF_REATTACH_PROVIDERS`. Plaintext goes without saying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reattach {
    /// The version of the plugin protocol.
    pub protocol: u32,
    /// Where it listens.
    pub address: Address,
}

/// Why there is nothing to attach to. Displayed as a clause.
#[derive(Debug, thiserror::Error)]
pub enum ReattachError {
    /// The value is no JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It is no object.
    #[error("the value is no JSON object")]
    Form,
    /// It has other entries: these.
    #[error("there are: {}", .0.join(", "))]
    Absent(Vec<String>),
    /// The entry's version is no number of this size.
    #[error("it speaks version {0} of the plugin protocol")]
    Protocol(u64),
    /// The entry's network is neither `unix` nor `tcp`.
    #[error("its network is {0:?}")]
    Network(String),
}

impl Reattach {
    /// The variable's value, for a plugin of that process: under every address of it, where it is and that the host must
    /// not stop it.
    pub fn to_variable(&self, sources: &[String], process: u32) -> String {
        let entry = json!({
            "Protocol": "grpc",
            "ProtocolVersion": self.protocol,
            "Pid": process,
            "Test": true,
            "Addr": { "Network": self.address.network(), "String": self.address.to_string() },
        });
        let entries: Map<_, _> = sources.iter().map(|source| (source.clone(), entry.clone())).collect();
        Json::from(entries).to_string()
    }

    /// The variable with that value, as a POSIX shell sets it.
    pub fn shell_assignment(value: &str) -> String {
        format!("export {REATTACH}='{}'", value.replace('\'', r"'\''"))
    }

    /// The entry of a source, such as `hashicorp/aws`, in the variable's value.
    ///
    /// # Errors
    /// If the value cannot be read, or has no such entry.
    pub fn from_variable(value: &str, source: &str) -> Result<Self, ReattachError> {
        let entries: Json = serde_json::from_str(value)?;
        let entries = entries.as_object().ok_or(ReattachError::Form)?;
        let ending = format!("/{source}");
        let entry = entries.iter().find(|(name, _)| *name == source || name.ends_with(&ending)).map(|(_, entry)| entry);
        let entry = entry.ok_or_else(|| ReattachError::Absent(entries.keys().cloned().collect()))?;
        let version = entry.get("ProtocolVersion").and_then(Json::as_u64).unwrap_or(UNVERSIONED);
        let protocol = u32::try_from(version).map_err(|_| ReattachError::Protocol(version))?;
        let text = |name: &str| entry["Addr"][name].as_str().unwrap_or_default();
        let address = Address::new(text("Network"), text("String"))
            .ok_or_else(|| ReattachError::Network(text("Network").to_owned()))?;
        Ok(Self { protocol, address })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_names_every_address() {
        let sources = ["registry.terraform.io/acme/weather", "registry.opentofu.org/acme/weather"].map(String::from);
        let running = Reattach { protocol: 6, address: Address::Unix("/tmp/x".into()) };
        let value = running.to_variable(&sources, 42);
        let entry = json!({
            "Protocol": "grpc", "ProtocolVersion": 6, "Pid": 42, "Test": true,
            "Addr": { "Network": "unix", "String": "/tmp/x" },
        });
        assert_eq!(
            serde_json::from_str::<Json>(&value).unwrap_or_else(|error| panic!("{error}")),
            json!({ "registry.terraform.io/acme/weather": entry, "registry.opentofu.org/acme/weather": entry })
        );
        let read = Reattach::from_variable(&value, "acme/weather").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read, running);
    }

    #[test]
    fn a_quote_does_not_end_the_assignment() {
        assert_eq!(Reattach::shell_assignment("{'}"), r"export TF_REATTACH_PROVIDERS='{'\''}'");
    }

    #[test]
    fn what_cannot_be_attached_to_is_named() {
        let entry = |version: u64, network: &str| {
            json!({ "example.com/acme/weather": { "ProtocolVersion": version, "Addr": { "Network": network } } })
                .to_string()
        };
        for (value, part) in [
            ("export".to_owned(), "line 1"),
            ("[]".to_owned(), "no JSON object"),
            (entry(6, "unix").replace("weather", "water"), "example.com/acme/water"),
            (entry(u64::MAX, "unix"), "18446744073709551615"),
            (entry(6, "pipe"), "\"pipe\""),
        ] {
            let error = Reattach::from_variable(&value, "acme/weather").expect_err(&value).to_string();
            assert!(error.contains(part), "{value}: {error}");
        }
    }
}
