//! ConfigureProvider: the beginning of a session.

use std::sync::Arc;

use rosa_ecr_model::{Path, Provider, Step, Value, decode_provider_config};
use rosa_ecr_proto::tfplugin6::configure_provider;

use super::answer::{Answered, asks};
use super::provider_config::{does_not_fit, read};
use super::registry::Registry;
use super::session::Configuration;

asks! {
    configure_provider "ConfigureProvider";
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<configure_provider::Request>,
) -> Answered<configure_provider::Request> {
    tracing::debug!(terraform_version = request.terraform_version, "a session begins");
    registry.session.begin();
    let config = read(&registry, request.config.as_ref())?;
    let unknown = unknown(&config);
    let is_open =
        |path: &Path| matches!(path.steps().first(), Some(Step::Attribute(name)) if P::OPEN.contains(&name.as_str()));
    let configuration = if unknown.iter().all(is_open) {
        let inputs = decode_provider_config::<P>(&config).map_err(does_not_fit::<P>)?;
        match unknown.is_empty() {
            true => Configuration::Known(Arc::new(inputs.configure().await?)),
            false => Configuration::Open(Arc::new(inputs.configure_open(&unknown).await?), unknown),
        }
    } else {
        Configuration::Unknown(unknown)
    };
    registry.session.configure(configuration);
    Ok(configure_provider::Response::default())
}

/// Where the value is unknown.
fn unknown(value: &Value) -> Vec<Path> {
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
