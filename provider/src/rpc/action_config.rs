//! The arguments of an action.

use rosa_ecr_model::{ActionKind, Diagnostics, Value, conform};
use rosa_ecr_proto::tfplugin6::DynamicValue;

use super::bound_type::BoundType;

/// The arguments. Terraform sends null for an action without a `config` block, which sets none.
pub(super) fn read<C>(
    action: &BoundType<dyn ActionKind<C>>,
    config: Option<&DynamicValue>,
) -> Result<Value, Diagnostics> {
    Ok(match action.read_value("configuration", config)? {
        Value::Null => conform(&action.schema().block, Value::Map(Default::default())),
        config => config,
    })
}
