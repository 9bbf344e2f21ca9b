//! The provider block, and the end of work.

use std::sync::Arc;

use rosa_ecr_model::{DecodeError, Diagnostic, Diagnostics, Path, Provider, Step, Value, conform, plan};
use rosa_ecr_proto::tfplugin6::{DynamicValue, configure_provider, stop_provider, validate_provider_config};

use super::answer::{Answered, asks};
use super::host::Host;
use super::served::unreadable;
use super::session::Configuration;
use rosa_ecr_wire as wire;

asks! {
    validate_provider_config "ValidateProviderConfig";
    configure_provider "ConfigureProvider";
}

asks! {
    stop_provider::Request, "StopProvider", stop_provider::Response: why => {
        stop_provider::Response { error: why.to_string() }
    };
}

pub(super) async fn validate<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<validate_provider_config::Request>,
) -> Answered<validate_provider_config::Request> {
    let config = read(&host, request.config.as_ref())?;
    let mut report = rosa_ecr_model::validate(&host.block, &config);
    // The provider's own rules speak of what will be: defaults are in.
    match P::partial(&plan::propose(&host.block, &Value::Null, &config)) {
        Ok(inputs) => P::validate(&inputs, &mut report),
        Err(error) if !report.has_errors() => report.push(misfit::<P>(error)),
        Err(_) => {}
    }
    Ok(validate_provider_config::Response { diagnostics: wire::diagnostics(&report) })
}

pub(super) async fn configure<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<configure_provider::Request>,
) -> Answered<configure_provider::Request> {
    tracing::debug!(terraform_version = request.terraform_version, "a session begins");
    host.session.begin();
    let config = read(&host, request.config.as_ref())?;
    let unknown = unknown(&config);
    let is_open =
        |path: &Path| matches!(path.steps().first(), Some(Step::Attribute(name)) if P::OPEN.contains(&name.as_str()));
    let configuration = if unknown.iter().all(is_open) {
        let known = without_unknown(&plan::propose(&host.block, &Value::Null, &config));
        let inputs = P::decode(&known).map_err(misfit::<P>)?;
        match unknown.is_empty() {
            true => Configuration::Known(Arc::new(inputs.configure().await?)),
            false => Configuration::Open(Arc::new(inputs.configure_open(&unknown).await?), unknown),
        }
    } else {
        Configuration::Unknown(unknown)
    };
    host.session.configure(configuration);
    Ok(configure_provider::Response::default())
}

pub(super) async fn stop<P: Provider>(
    host: Arc<Host<P>>,
    _: Arc<stop_provider::Request>,
) -> Answered<stop_provider::Request> {
    host.session.stop();
    Ok(stop_provider::Response::default())
}

/// The provider block; one that is not there has no arguments.
fn read<P: Provider>(host: &Host<P>, config: Option<&DynamicValue>) -> Result<Value, Diagnostics> {
    match wire::decode(config, &host.block.ty()) {
        Ok(Value::Null) => Ok(conform(&host.block, Value::Map(Default::default()))),
        Ok(config) => Ok(config),
        Err(misfit) => Err(unreadable("configuration", &owner::<P>(), &misfit).into()),
    }
}

fn misfit<P: Provider>(error: DecodeError) -> Diagnostic {
    error.null_element().unwrap_or_else(|| unreadable("configuration", &owner::<P>(), &error.into()))
}

fn owner<P: Provider>() -> String {
    format!("the provider \"{}\"", P::NAME)
}

/// The value with null where it is unknown. Of a list or set, all has to be known.
fn without_unknown(value: &Value) -> Value {
    match value {
        Value::Unknown => Value::Null,
        Value::List(elements) | Value::Set(elements) if elements.contains(&Value::Unknown) => Value::Null,
        Value::List(elements) => Value::List(elements.iter().map(without_unknown).collect()),
        Value::Set(elements) => Value::set(elements.iter().map(without_unknown)),
        Value::Map(entries) => Value::map(entries.iter().map(|(key, value)| (key, without_unknown(value)))),
        known => known.clone(),
    }
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
