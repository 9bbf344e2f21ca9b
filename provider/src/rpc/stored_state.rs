//! States as hosts store them: JSON of some version of the schema.

use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Provider, Value};
use rosa_ecr_proto::tfplugin6::RawState;
use rosa_ecr_wire as wire;

use super::bound_type::{BoundType, unreadable};

/// A stored state in the present shape.
pub(super) async fn upgrade<P: Provider>(
    kind: &BoundType<dyn Kind<P::Context>>,
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
pub(super) fn json(type_name: &str, state: Option<&RawState>) -> Result<serde_json::Value, Diagnostics> {
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
    Ok(wire::parse_json(&state.json).map_err(|error| unreadable("stored state", type_name, &error))?)
}
