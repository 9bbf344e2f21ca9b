//! States that another version, or another resource, has written.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Provider, Relocation, Value};
use rosa_ecr_proto::tfplugin6::{RawState, move_resource_state, upgrade_resource_state};

use super::answer::{Answered, asks};
use super::host::Host;
use super::identity;
use super::served::{Served, unreadable};
use rosa_ecr_wire as wire;

asks! {
    upgrade_resource_state "UpgradeResourceState" of type_name;
    move_resource_state "MoveResourceState" of target_type_name;
}

pub(super) async fn upgrade<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<upgrade_resource_state::Request>,
) -> Answered<upgrade_resource_state::Request> {
    let kind = host.kind(&request.type_name)?;
    let state = stored::<P>(&kind, request.version, request.raw_state.as_ref()).await?;
    Ok(upgrade_resource_state::Response {
        upgraded_state: kind.write_value("upgraded state", &state)?,
        ..upgrade_resource_state::Response::default()
    })
}

/// A stored state in the present shape.
async fn stored<P: Provider>(
    kind: &Served<dyn Kind<P::Context>>,
    theirs: i64,
    state: Option<&RawState>,
) -> Result<Value, Diagnostics> {
    let ours = kind.schema().version;
    if !(0..=ours).contains(&theirs) {
        return Err(Diagnostic::error(format!("The state of {} is of version {theirs}", kind.type_name()))
            .detail(format!(
                "{} {} knows the versions 0 to {ours}. The state was written by a newer version of the provider.",
                P::NAME,
                P::VERSION
            ))
            .fix("Upgrade the provider to the version that wrote the state, or a later one.")
            .into());
    }
    kind.stored(theirs, &json(kind.type_name(), state)?).await
}

/// The JSON of a stored state.
fn json(type_name: &str, state: Option<&RawState>) -> Result<serde_json::Value, Diagnostics> {
    let state = state.filter(|state| !state.json.is_empty()).ok_or_else(|| {
        Diagnostic::error(format!("The stored state of {type_name} is not JSON"))
            .detail(
                "It has the form of Terraform 0.11 or older, or it is empty. No version of this provider understands that.",
            )
            .fix(
                "Take the object out of the state with \"terraform state rm\", then bring it back with \
                 \"terraform import\".",
            )
    })?;
    Ok(wire::parse_json(&state.json).map_err(|misfit| unreadable("stored state", type_name, &misfit))?)
}

/// Takes over an object that another resource, mostly of another provider, has had so far. Hosts read it next, which
/// completes the state.
pub(super) async fn relocate<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<move_resource_state::Request>,
) -> Answered<move_resource_state::Request> {
    let kind = host.kind(&request.target_type_name)?;
    let (from, to) = (&request.source_type_name, kind.type_name());
    // Our own provider from a mirror or a fork: it is the same resource.
    let is_own = request.source_provider_address.rsplit('/').next() == Some(P::NAME);
    if from == to && is_own {
        let state = stored::<P>(&kind, request.source_schema_version, request.source_state.as_ref()).await?;
        let identity = kind.identity_of(&state);
        return Ok(move_resource_state::Response {
            target_state: kind.write_value("moved state", &state)?,
            target_identity: identity::write(&kind, &identity)?,
            target_private: request.source_private.clone(),
            ..move_resource_state::Response::default()
        });
    }
    if !kind.relocates().contains(&from.as_str()) {
        return Err(immovable::<P>(&request, kind.relocates()));
    }
    let state = json(from, request.source_state.as_ref())?;
    let source = Relocation {
        provider: &request.source_provider_address,
        type_name: from,
        version: request.source_schema_version,
        state: &state,
    };
    let state = kind.relocate(&source).unwrap_or_else(|| Err(immovable::<P>(&request, kind.relocates())))?;
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
