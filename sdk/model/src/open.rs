//! Provider blocks of which something is unknown: whether reads and plans do without it, and the context for them.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::field::DecodeError;
use crate::path::{Path, Step};
use crate::provider::Provider;
use crate::provider_config::decode_provider_config;
use crate::validate::conform;
use crate::value::Value;

/// Where a value is unknown.
pub fn unknown_in(value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    search(value, Path::root(), &mut found);
    found
}

fn search(value: &Value, path: Path, found: &mut Vec<Path>) {
    match value {
        Value::Unknown => found.push(path),
        Value::Map(entries) => {
            for (name, value) in entries {
                // An entry of a map reads like an attribute here, which is how HCL lets one write it too.
                search(value, path.clone().attribute(name), found);
            }
        }
        Value::List(elements) => {
            for (index, element) in elements.iter().enumerate() {
                search(element, path.clone().index(index), found);
            }
        }
        Value::Set(elements) => {
            for element in elements {
                search(element, path.clone().element(Value::Unknown), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether all of these are in arguments or blocks of those names, as [`Provider::OPEN`] has them.
pub fn are_open(unknown: &[Path], open: &[&str]) -> bool {
    let is_open =
        |path: &Path| matches!(path.steps().first(), Some(Step::Attribute(name)) if open.contains(&name.as_str()));
    unknown.iter().all(is_open)
}

/// Makes the context from a provider block of which at most arguments and blocks in [`Provider::OPEN`] are unknown. `misfit` makes
/// a message of a block that does not fit.
///
/// # Errors
/// With what is wrong with the block, and what the provider says of it.
pub async fn context_of<P: Provider>(
    config: Value,
    misfit: impl FnOnce(DecodeError) -> Diagnostic,
) -> Result<P::Context, Diagnostics> {
    let unknown = unknown_in(&config);
    let inputs = decode_provider_config::<P>(&conform(&P::block(), config)).map_err(misfit)?;
    match unknown.as_slice() {
        [] => inputs.configure().await,
        open => inputs.configure_open(open).await,
    }
}
