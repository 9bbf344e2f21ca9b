//! MoveResourceState: the state of another resource, mostly of another provider, for a resource of this one.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, MoveSource, Provider};
use rosa_ecr_proto::tfplugin6::move_resource_state;

use super::answer::{Answered, asks};
use super::identity;
use super::registry::Registry;
use super::stored_state;

asks! {
    move_resource_state "MoveResourceState" of target_type_name;
}

/// Takes over an object that another resource, mostly of another provider, has had so far. Hosts read it next, which
/// completes the state.
pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<move_resource_state::Request>,
) -> Answered<move_resource_state::Request> {
    let kind = registry.kind(&request.target_type_name)?;
    let (from, to) = (&request.source_type_name, kind.type_name());
    // Our own provider from a mirror or a fork: it is the same resource.
    let is_own = request.source_provider_address.rsplit('/').next() == Some(P::NAME);
    if from == to && is_own {
        let state =
            stored_state::upgrade::<P>(&kind, request.source_schema_version, request.source_state.as_ref()).await?;
        let identity = kind.identity_of(&state);
        return Ok(move_resource_state::Response {
            target_state: kind.write_value("moved state", &state)?,
            target_identity: identity::write(&kind, &identity)?,
            target_private: request.source_private.clone(),
            ..move_resource_state::Response::default()
        });
    }
    if !kind.descriptor().move_sources.contains(&from.as_str()) {
        return Err(immovable::<P>(&request, kind.descriptor().move_sources));
    }
    let state = stored_state::json(from, request.source_state.as_ref())?;
    let source = MoveSource {
        provider: &request.source_provider_address,
        type_name: from,
        version: request.source_schema_version,
        state: &state,
    };
    let state =
        kind.move_state(&source).unwrap_or_else(|| Err(immovable::<P>(&request, kind.descriptor().move_sources)))?;
    if state.is_null() {
        return Err(Diagnostic::error(format!("Nothing of {from} came over to {to}"))
            .detail("The move gave no state, which would be taken for an object that is gone.")
            .fix("This is a bug in the provider: please report it.")
            .into());
    }
    let identity = kind.identity_of(&state);
    Ok(move_resource_state::Response {
        target_state: kind.write_value("moved state", &state)?,
        target_identity: identity::write(&kind, &identity)?,
        ..move_resource_state::Response::default()
    })
}

fn immovable<P: Provider>(request: &move_resource_state::Request, movable: &[&str]) -> Diagnostics {
    let (from, to) = (&request.source_type_name, &request.target_type_name);
    let detail = match movable {
        [] => format!("{} {} moves nothing to {to}.", P::NAME, P::VERSION),
        movable => format!(
            "{} {} moves to {to}: {}. This is a {from} of the provider {}.",
            P::NAME,
            P::VERSION,
            movable.join(", "),
            request.source_provider_address
        ),
    };
    Diagnostic::error(format!("{from} cannot be moved to {to}"))
        .detail(detail)
        .fix(format!("Replace the \"moved\" block by a \"removed\" block for {from} and an \"import\" block for {to}."))
        .into()
}
