//! The query of a list block.

use rosa_ecr_model::{Diagnostics, ListKind, Value, conform};
use rosa_ecr_proto::tfplugin6::DynamicValue;

use super::bound_type::BoundType;

/// The query; one that is not there says nothing.
pub(super) fn read<C>(list: &BoundType<dyn ListKind<C>>, config: Option<&DynamicValue>) -> Result<Value, Diagnostics> {
    Ok(match list.read_value("query", config)? {
        Value::Null => conform(&list.schema().block, Value::Map(Default::default())),
        query => query,
    })
}
