//! Identities of resources: what makes an object this one, whatever its state says.

use std::collections::BTreeMap;
use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Provider, Value, identity_type};
use rosa_ecr_proto::tfplugin6::{ResourceIdentityData, get_resource_identity_schemas, upgrade_resource_identity};

use super::answer::{Answered, asks};
use super::host::Host;
use super::served::{self, Served, unreadable};
use rosa_ecr_wire as wire;

asks! {
    get_resource_identity_schemas "GetResourceIdentitySchemas";
    upgrade_resource_identity "UpgradeResourceIdentity" of type_name;
}

pub(super) async fn schemas<P: Provider>(
    host: Arc<Host<P>>,
    _: Arc<get_resource_identity_schemas::Request>,
) -> Answered<get_resource_identity_schemas::Request> {
    let mut identity_schemas: BTreeMap<_, _> = host.kinds.map(|kind| wire::identity_schema(kind.identity()));
    identity_schemas.retain(|_, schema| !schema.identity_attributes.is_empty());
    Ok(get_resource_identity_schemas::Response {
        identity_schemas,
        ..get_resource_identity_schemas::Response::default()
    })
}

/// There is one version of each identity, which reads back what it wrote.
pub(super) async fn upgrade<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<upgrade_resource_identity::Request>,
) -> Answered<upgrade_resource_identity::Request> {
    let kind = host.kind(&request.type_name)?;
    if kind.identity().is_empty() || request.version != 0 {
        let title = match kind.identity() {
            [] => format!("{} has no identity", kind.type_name()),
            _ => format!("The identity of {} is of version {}", kind.type_name(), request.version),
        };
        return Err(Diagnostic::error(title)
            .detail(format!("It was written by a later version than {} {}.", P::NAME, P::VERSION))
            .fix("Upgrade the provider to the version that wrote the identity, or a later one.")
            .into());
    }
    let unreadable = |misfit| unreadable("stored identity", kind.type_name(), &misfit);
    let json = request.raw_identity.as_ref().map(|identity| &identity.json[..]).unwrap_or_default();
    let json = wire::parse_json(json).map_err(unreadable)?;
    let identity =
        Value::from_json(&json, &identity_type(kind.identity())).map_err(|error| unreadable(error.into()))?;
    Ok(upgrade_resource_identity::Response {
        upgraded_identity: write(&kind, &identity)?,
        ..upgrade_resource_identity::Response::default()
    })
}

/// Reads an identity from the wire; null where there is none.
pub(super) fn read<C>(
    kind: &Served<dyn Kind<C>>,
    identity: Option<&ResourceIdentityData>,
) -> Result<Value, Diagnostics> {
    let data = identity.and_then(|identity| identity.identity_data.as_ref());
    served::read("identity", kind.type_name(), data, &identity_type(kind.identity()))
}

/// Writes an identity for the wire. One that lacks something required tells nothing, and is left out.
pub(super) fn write<C>(
    kind: &Served<dyn Kind<C>>,
    identity: &Value,
) -> Result<Option<ResourceIdentityData>, Diagnostics> {
    let attributes = kind.identity();
    let is_missing = |name| !matches!(identity.get(name), Value::String(text) if !text.is_empty());
    if attributes.is_empty() || attributes.iter().any(|attribute| attribute.required && is_missing(attribute.name)) {
        return Ok(None);
    }
    let data = served::write("identity", kind.type_name(), identity, &identity_type(attributes))?;
    Ok(Some(ResourceIdentityData { identity_data: Some(data) }))
}

/// The identity of an object that had the identity `before`, from what its state says now: what that does not say stays.
///
/// # Errors
/// With the attribute in which they differ: then the two are not of one object.
pub(super) fn merge<C>(kind: &Served<dyn Kind<C>>, before: &Value, now: &Value) -> Result<Value, &'static str> {
    let merged = kind.identity().iter().map(|attribute| match (before.get(attribute.name), now.get(attribute.name)) {
        (Value::Null, value) | (value, Value::Null) => Ok((attribute.name, value.clone())),
        (before, now) if before == now => Ok((attribute.name, now.clone())),
        _ => Err(attribute.name),
    });
    merged.collect::<Result<Vec<_>, _>>().map(Value::map)
}

/// The identity that a plan gives to an object with the identity `before`: what the plan does not know stays.
pub(super) fn lay_over<C>(kind: &Served<dyn Kind<C>>, before: &Value, planned: &Value) -> Value {
    Value::map(kind.identity().iter().map(|attribute| {
        let known =
            [planned, before].map(|identity| identity.get(attribute.name)).into_iter().find(|value| !value.is_null());
        (attribute.name, known.cloned().unwrap_or_default())
    }))
}

/// [`merge`], of an object whose identity must not change by itself: only a plan renames.
pub(super) fn keep<C>(kind: &Served<dyn Kind<C>>, before: &Value, now: &Value) -> Result<Value, Diagnostics> {
    merge(kind, before, now).map_err(|name| {
        Diagnostic::error(format!("The identity of a {} has changed", kind.type_name()))
            .detail(format!("\"{name}\" of its identity is not what it was, although no plan has changed it."))
            .fix("This is a bug in the provider: please report it.")
            .at(name)
            .into()
    })
}
