//! What makes a host use a provider that somebody else started, such as a debugger.

use rosa_ecr_proto::PROTOCOL_MAJOR;
use serde_json::{Map, json};

use super::about::Identity;
use super::endpoint::Endpoint;

/// What `--debug` prints.
pub(crate) fn instructions(identity: &Identity, endpoint: &Endpoint) -> String {
    format!(
        "{binary} {version} is running. To use it, set this where terraform or tofu runs:\n\n{assignment}\n\nCtrl-C \
         stops it.\n",
        binary = identity.binary(),
        version = identity.version,
        assignment = assignment(&value(identity, endpoint.network, &endpoint.address, std::process::id())),
    )
}

/// The variable's value: for every address of the provider, where it is and that the host must not stop it. Plaintext
/// goes without saying.
fn value(identity: &Identity, network: &str, address: &str, process: u32) -> String {
    let entry = json!({
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_MAJOR,
        "Pid": process,
        "Test": true,
        "Addr": { "Network": network, "String": address },
    });
    let entries: Map<_, _> = identity.addresses().into_iter().map(|source| (source, entry.clone())).collect();
    serde_json::Value::from(entries).to_string()
}

/// The variable for a POSIX shell.
fn assignment(value: &str) -> String {
    format!("export TF_REATTACH_PROVIDERS='{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_names_every_address() {
        let identity = Identity::new("acme/weather".into(), "1.2.3").unwrap_or_else(|error| panic!("{error}"));
        let value: serde_json::Value =
            serde_json::from_str(&value(&identity, "unix", "/tmp/x", 42)).unwrap_or_else(|error| panic!("{error}"));
        let entry = json!({
            "Protocol": "grpc", "ProtocolVersion": 6, "Pid": 42, "Test": true,
            "Addr": { "Network": "unix", "String": "/tmp/x" },
        });
        assert_eq!(
            value,
            json!({ "registry.terraform.io/acme/weather": entry, "registry.opentofu.org/acme/weather": entry })
        );
    }

    #[test]
    fn a_quote_does_not_end_the_assignment() {
        assert_eq!(assignment("{'}"), r"export TF_REATTACH_PROVIDERS='{'\''}'");
    }
}
