//! Providers that somebody else started, such as a debugger.

use std::fmt;

use rosa_ecr_model::{Diagnostic, Diagnostics};
use serde_json::Value as Json;

use crate::handshake::{Place, Protocol};

/// Where a running provider is: one entry of the variable `TF_REATTACH_PROVIDERS` that a provider prints in its debug
/// mode.
///
/// ```no_run
/// use rosa_ecr_plugin::Running;
/// use rosa_ecr_engine::Stack;
/// use serde_json::json;
///
/// # fn example() -> rosa_ecr_engine::Result<()> {
/// let mut stack = Stack::new("dev");
/// let running = Running::in_variable(&std::env::var("TF_REATTACH_PROVIDERS")?, "acme/weather")?;
/// running.provide(&mut stack, "weather", json!({}));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Running {
    pub(crate) name: String,
    pub(crate) protocol: Protocol,
    pub(crate) place: Place,
}

impl Running {
    /// The entry for `source`, such as `hashicorp/aws`, in the variable's value.
    ///
    /// # Errors
    /// Where the value cannot be read, or has no such entry.
    pub fn in_variable(value: &str, source: &str) -> Result<Self, Diagnostics> {
        let refuse = |why: &dyn fmt::Display| -> Diagnostics {
            Diagnostic::error(format!("There is no running provider {source} to attach to"))
                .detail(format!("{why}."))
                .fix("Start the provider with --debug, and copy the variable that it prints.")
                .into()
        };
        let entries: Json = serde_json::from_str(value).map_err(|error| refuse(&error))?;
        let entries = entries.as_object().ok_or_else(|| refuse(&"The value is no JSON object"))?;
        let ending = format!("/{source}");
        let entry = entries.iter().find(|(name, _)| *name == source || name.ends_with(&ending)).map(|(_, entry)| entry);
        let names: Vec<&str> = entries.keys().map(String::as_str).collect();
        let entry = entry.ok_or_else(|| refuse(&format!("There are: {}", names.join(", "))))?;
        // Terraform 1.0's form has no version: it was 5.
        let version = entry.get("ProtocolVersion").and_then(Json::as_u64).unwrap_or(5);
        let protocol = u32::try_from(version).ok().and_then(Protocol::of);
        let protocol =
            protocol.ok_or_else(|| refuse(&format!("It speaks version {version} of the plugin protocol")))?;
        let text = |name: &str| entry["Addr"][name].as_str().unwrap_or_default();
        let place = Place::new(text("Network"), text("String"));
        let place = place.ok_or_else(|| refuse(&format!("Its network is {:?}", text("Network"))))?;
        Ok(Self {
            name: format!("terraform-provider-{}", source.rsplit('/').next().unwrap_or(source)),
            protocol,
            place,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_a_source_is_found() {
        let value = r#"{"registry.terraform.io/acme/weather":
            {"Protocol":"grpc","ProtocolVersion":6,"Pid":4,"Test":true,"Addr":{"Network":"unix","String":"/tmp/x"}}}"#;
        let address = Running::in_variable(value, "acme/weather").expect("it is there");
        assert_eq!(
            (address.name.as_str(), address.protocol, address.place),
            ("terraform-provider-weather", Protocol::Six, Place::Unix("/tmp/x".into()))
        );
        let error = Running::in_variable(value, "acme/water").expect_err("it is not there").to_string();
        assert!(error.contains("registry.terraform.io/acme/weather"), "{error}");
        assert!(Running::in_variable("export", "acme/weather").is_err());
    }
}
