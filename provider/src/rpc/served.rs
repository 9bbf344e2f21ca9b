//! A kind, and the way of its values from and to the wire.

use std::ops::Deref;
use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Type, Value};
use rosa_ecr_proto::tfplugin6::DynamicValue;

use crate::wire::{self, Misfit};

/// A kind (it derefs to it) with the type of its values.
pub(super) struct Served<C> {
    kind: Arc<dyn Kind<C>>,
    ty: Type,
}

impl<C> Served<C> {
    pub(super) fn new(kind: Arc<dyn Kind<C>>) -> Self {
        let ty = kind.schema().block.ty();
        Self { kind, ty }
    }

    /// The type of configurations and states.
    pub(super) fn ty(&self) -> &Type {
        &self.ty
    }

    /// Reads a value from the wire; `part` says which, as in "the prior state".
    pub(super) fn read_value(&self, part: &str, value: Option<&DynamicValue>) -> Result<Value, Diagnostics> {
        wire::decode(value, &self.ty).map_err(|misfit| unreadable(part, self.type_name(), &misfit).into())
    }

    /// Writes a value for the wire.
    pub(super) fn write_value(&self, part: &str, value: &Value) -> Result<Option<DynamicValue>, Diagnostics> {
        wire::encode(value, &self.ty).map(Some).map_err(|misfit| {
            Diagnostic::error(format!("The {part} of {} does not fit its schema", self.type_name()))
                .detail(misfit.to_string())
                .fix("This is a bug in the provider: please report it.")
                .at(misfit.path)
                .into()
        })
    }
}

impl<C> Deref for Served<C> {
    type Target = dyn Kind<C>;

    fn deref(&self) -> &Self::Target {
        &*self.kind
    }
}

/// A value that cannot be read as what it should be.
pub(super) fn unreadable(part: &str, owner: &str, misfit: &Misfit) -> Diagnostic {
    Diagnostic::error(format!("The {part} of {owner} cannot be read"))
        .detail(misfit.to_string())
        .fix(
            "The schema that it was written with is not the one of this provider. Where it is the same version of the \
             provider, please report it as a bug.",
        )
        .at(misfit.path.clone())
}
