//! The provider block on its way from the wire.

use rosa_ecr_model::{Diagnostics, Provider, Value, conform};
use rosa_ecr_proto::tfplugin6::DynamicValue;
use rosa_ecr_wire as wire;

use super::bound_type::unreadable;
use super::registry::Registry;

/// The provider block; one that is not there has no arguments.
pub(super) fn read<P: Provider>(registry: &Registry<P>, config: Option<&DynamicValue>) -> Result<Value, Diagnostics> {
    match wire::decode(config, &registry.block.ty()) {
        Ok(Value::Null) => Ok(conform(&registry.block, Value::Map(Default::default()))),
        Ok(config) => Ok(config),
        Err(error) => Err(unreadable("configuration", &owner::<P>(), &error).into()),
    }
}

fn owner<P: Provider>() -> String {
    format!("the provider \"{}\"", P::NAME)
}
