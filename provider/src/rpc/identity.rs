//! Identities of resources: what makes an object this one, whatever its state says.

use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Value, identity_type};
use rosa_ecr_proto::tfplugin6::ResourceIdentityData;

use super::bound_type::{self, BoundType};

/// Reads an identity from the wire; null if there is none.
pub(super) fn read<C>(
    kind: &BoundType<dyn Kind<C>>,
    identity: Option<&ResourceIdentityData>,
) -> Result<Value, Diagnostics> {
    let data = identity.and_then(|identity| identity.identity_data.as_ref());
    bound_type::read("identity", kind.type_name(), data, &identity_type(kind.identity()))
}

/// Writes an identity for the wire. One that lacks something required tells nothing, and is left out.
pub(super) fn write<C>(
    kind: &BoundType<dyn Kind<C>>,
    identity: &Value,
) -> Result<Option<ResourceIdentityData>, Diagnostics> {
    let attributes = kind.identity();
    let is_missing = |name| !matches!(identity.get(name), Value::String(text) if !text.is_empty());
    if attributes.is_empty() || attributes.iter().any(|attribute| attribute.required && is_missing(attribute.name)) {
        return Ok(None);
    }
    let data = bound_type::write("identity", kind.type_name(), identity, &identity_type(attributes))?;
    Ok(Some(ResourceIdentityData { identity_data: Some(data) }))
}

/// The identity of an object that had the identity `before`, from what its state says now: what that does not say stays.
///
/// # Errors
/// With the attribute in which they differ: then the two are not of one object.
pub(super) fn merge<C>(kind: &BoundType<dyn Kind<C>>, before: &Value, now: &Value) -> Result<Value, &'static str> {
    let merged = kind.identity().iter().map(|attribute| match (before.get(attribute.name), now.get(attribute.name)) {
        (Value::Null, value) | (value, Value::Null) => Ok((attribute.name, value.clone())),
        (before, now) if before == now => Ok((attribute.name, now.clone())),
        _ => Err(attribute.name),
    });
    merged.collect::<Result<Vec<_>, _>>().map(Value::map)
}

/// The identity that a plan gives to an object with the identity `before`: what the plan does not know stays.
pub(super) fn lay_over<C>(kind: &BoundType<dyn Kind<C>>, before: &Value, planned: &Value) -> Value {
    Value::map(kind.identity().iter().map(|attribute| {
        let known =
            [planned, before].map(|identity| identity.get(attribute.name)).into_iter().find(|value| !value.is_null());
        (attribute.name, known.cloned().unwrap_or_default())
    }))
}

/// [`merge`], of an object whose identity must not change by itself: only a plan renames.
pub(super) fn keep<C>(kind: &BoundType<dyn Kind<C>>, before: &Value, now: &Value) -> Result<Value, Diagnostics> {
    merge(kind, before, now).map_err(|name| {
        Diagnostic::error(format!("The identity of a {} has changed", kind.type_name()))
            .detail(format!("\"{name}\" of its identity is not what it was, although no plan has changed it."))
            .fix("This is a bug in the provider: please report it.")
            .at(name)
            .into()
    })
}
