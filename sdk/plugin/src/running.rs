//! Providers that somebody else started, such as a debugger.

use rosa_ecr_goplugin::Reattach;
use rosa_ecr_model::{Diagnostic, Diagnostics};

use crate::rpc::SUPPORTED;
use crate::start_error::sentence;

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
    pub(crate) reattach: Reattach,
}

impl Running {
    /// The entry for `source`, such as `hashicorp/aws`, in the variable's value.
    ///
    /// # Errors
    /// If the value cannot be read, or has no such entry.
    pub fn in_variable(value: &str, source: &str) -> Result<Self, Diagnostics> {
        let refuse = |why: &str| -> Diagnostics {
            Diagnostic::error(format!("There is no running provider {source} to attach to"))
                .detail(sentence(why))
                .fix("Start the provider with --debug, and copy the variable that it prints.")
                .into()
        };
        let reattach = Reattach::from_variable(value, source).map_err(|error| refuse(&error.to_string()))?;
        if !SUPPORTED.contains(&reattach.protocol) {
            return Err(refuse(&format!("it speaks version {} of the plugin protocol", reattach.protocol)));
        }
        Ok(Self { name: format!("terraform-provider-{}", source.rsplit('/').next().unwrap_or(source)), reattach })
    }
}

#[cfg(test)]
mod tests {
    use rosa_ecr_goplugin::Address;

    use super::*;

    #[test]
    fn the_entry_of_a_source_is_found() {
        let value = r#"{"registry.terraform.io/acme/weather":
            {"Protocol":"grpc","ProtocolVersion":6,"Pid":4,"Test":true,"Addr":{"Network":"unix","String":"/tmp/x"}}}"#;
        let running = Running::in_variable(value, "acme/weather").expect("it is there");
        assert_eq!(running.name, "terraform-provider-weather");
        assert_eq!(running.reattach, Reattach { protocol: 6, address: Address::Unix("/tmp/x".into()) });
        let error = Running::in_variable(value, "acme/water").expect_err("it is not there").to_string();
        assert!(error.contains("registry.terraform.io/acme/weather"), "{error}");
        assert!(Running::in_variable("export", "acme/weather").is_err());
        let error =
            Running::in_variable(&value.replace(":6,", ":7,"), "acme/weather").expect_err("not supported").to_string();
        assert!(error.contains("It speaks version 7"), "{error}");
    }
}
