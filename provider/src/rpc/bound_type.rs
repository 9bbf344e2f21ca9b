//! A type of a provider's, bound to its schema: the way of its values from and to the wire.

use std::ops::Deref;
use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Type, Value};
use rosa_ecr_proto::tfplugin6::DynamicValue;
use rosa_ecr_wire::{self as wire, CodecError};

/// A kind (it derefs to it) with its name and the type of its values.
pub(super) struct BoundType<K: ?Sized> {
    kind: Arc<K>,
    name: String,
    ty: Type,
}

impl<K: ?Sized> BoundType<K> {
    pub(super) fn new(kind: Arc<K>, name: &str, ty: Type) -> Self {
        Self { kind, name: name.to_owned(), ty }
    }

    /// Reads a value from the wire; `part` says which, as in "the prior state".
    pub(super) fn read_value(&self, part: &str, value: Option<&DynamicValue>) -> Result<Value, Diagnostics> {
        read(part, &self.name, value, &self.ty)
    }

    /// Writes a value for the wire.
    pub(super) fn write_value(&self, part: &str, value: &Value) -> Result<Option<DynamicValue>, Diagnostics> {
        write(part, &self.name, value, &self.ty).map(Some)
    }
}

impl<K: ?Sized> Deref for BoundType<K> {
    type Target = K;

    fn deref(&self) -> &K {
        &self.kind
    }
}

/// Reads a value of any type from the wire.
pub(super) fn read(part: &str, owner: &str, value: Option<&DynamicValue>, ty: &Type) -> Result<Value, Diagnostics> {
    wire::decode(value, ty).map_err(|error| unreadable(part, owner, &error).into())
}

/// Writes a value of any type for the wire.
pub(super) fn write(part: &str, owner: &str, value: &Value, ty: &Type) -> Result<DynamicValue, Diagnostics> {
    wire::encode(value, ty).map_err(|error| {
        Diagnostic::error(format!("The {part} of {owner} does not fit its schema"))
            .detail(error.to_string())
            .fix("This is a bug in the provider: please report it.")
            .at(error.path)
            .into()
    })
}

/// A value that cannot be read as what it should be.
pub(super) fn unreadable(part: &str, owner: &str, error: &CodecError) -> Diagnostic {
    Diagnostic::error(format!("The {part} of {owner} cannot be read"))
        .detail(error.to_string())
        .fix(
            "The schema that it was written with is not the one of this provider. Where it is the same version of the \
             provider, please report it as a bug.",
        )
        .at(error.path.clone())
}
