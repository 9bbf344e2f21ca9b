//! States that another version, or another resource, has written.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Provider, Value, conform};
use rosa_ecr_proto::tfplugin6::{RawState, move_resource_state, upgrade_resource_state};

use super::answer::{Answered, asks};
use super::host::Host;
use super::served::{Served, unreadable};
use crate::wire;

asks! {
    upgrade_resource_state "UpgradeResourceState" of type_name;
    move_resource_state "MoveResourceState" of target_type_name;
}

pub(super) async fn upgrade<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<upgrade_resource_state::Request>,
) -> Answered<upgrade_resource_state::Request> {
    let kind = host.kind(&request.type_name)?;
    let (theirs, ours) = (request.version, kind.schema().version);
    if !(0..=ours).contains(&theirs) {
        return Err(Diagnostic::error(format!("The state of {} is of version {theirs}", request.type_name))
            .detail(format!(
                "{} {} knows the versions 0 to {ours}. The state was written by a newer version of the provider.",
                P::NAME,
                P::VERSION
            ))
            .fix("Upgrade the provider to the version that wrote the state, or a later one.")
            .into());
    }
    let state = kind.upgrade(theirs, read(&kind, request.raw_state.as_ref())?)?;
    Ok(upgrade_resource_state::Response {
        upgraded_state: kind.write_value("upgraded state", &state)?,
        ..upgrade_resource_state::Response::default()
    })
}

/// Reads a stored state along the present type.
fn read<C>(kind: &Served<C>, state: Option<&RawState>) -> Result<Value, Diagnostics> {
    let unreadable = |misfit| unreadable("stored state", kind.type_name(), &misfit);
    let state = state.filter(|state| !state.json.is_empty()).ok_or_else(|| {
        Diagnostic::error(format!("The stored state of {} is not JSON", kind.type_name()))
            .detail(
                "It has the form of Terraform 0.11 or older, or it is empty. No version of this provider wrote that.",
            )
            .fix(
                "Take the object out of the state with \"terraform state rm\", then bring it back with \
                 \"terraform import\".",
            )
    })?;
    let json = wire::parse_json(&state.json).map_err(unreadable)?;
    let state = Value::from_json(&json, kind.ty()).map_err(|error| unreadable(error.into()))?;
    Ok(conform(&kind.schema().block, state))
}

/// No resource takes over another one's state yet: the server does not have the capability, and hosts that ask without
/// it are told so.
pub(super) async fn relocate<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<move_resource_state::Request>,
) -> Answered<move_resource_state::Request> {
    let kind = host.kind(&request.target_type_name)?;
    let (from, to) = (&request.source_type_name, kind.type_name());
    Err(Diagnostic::error(format!("{from} cannot be moved to {to}"))
        .detail(format!("{} {} does not know how to turn the state of {from} into one of {to}.", P::NAME, P::VERSION))
        .fix(format!("Replace the \"moved\" block by a \"removed\" block for {from} and an \"import\" block for {to}."))
        .into())
}
