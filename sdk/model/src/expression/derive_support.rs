//! What the output of the derive macros calls: their behaviour, so that they themselves emit little but data.
//!
//! Made for them alone, and changes as they do. Write `#[derive(Inputs)]` instead of calling it.

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnostic::decode_error::DecodeError;
use crate::expression::attributes::{Args, Attributes, NotKnown};
use crate::expression::node::Expression;
use crate::schema::block::{Attribute, Block, NestedBlock, Presence, Shape};
use crate::schema::field::{Field, Nested};
use crate::value::known::Known;
use crate::value::tree::Value;

/// What stands for a field that is null; `None` where null is for the field's type to judge.
pub type Absent<T> = Option<fn() -> T>;

/// An object of these fields.
pub fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::map(fields)
}

/// A struct from an object.
///
/// # Errors
/// Where `value` is no object, and those of `fields`.
pub fn decode<T: Field>(
    value: &Value,
    fields: impl FnOnce(&Value) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    match value {
        Value::Map(_) => fields(value),
        _ => Err(DecodeError::mismatch(&T::ty(), value)),
    }
}

/// The twin of a struct from an object, which as a whole may be unknown too.
///
/// # Errors
/// Where `value` is no object, and those of `fields`.
pub fn partial<T: Attributes>(
    value: &Value,
    fields: impl FnOnce(&Value) -> Result<T::Partial, DecodeError>,
) -> Result<T::Partial, DecodeError> {
    match value {
        Value::Map(_) => fields(value),
        Value::Unknown => Ok(T::Partial::default()),
        _ => Err(DecodeError::mismatch(&T::ty(), value)),
    }
}

/// One field of an object.
///
/// # Errors
/// Where it does not decode.
pub fn field<T: Field>(object: &Value, name: &str, absent: Absent<T>) -> Result<T, DecodeError> {
    match (object.get(name), absent) {
        (Value::Null, Some(absent)) => Ok(absent()),
        (value, _) => T::decode(value).map_err(|error| error.within(name)),
    }
}

/// One field of an object, known where its whole value is.
///
/// # Errors
/// Where it is known and does not decode.
pub fn known<T: Field>(object: &Value, name: &str, absent: Absent<T>) -> Result<Known<T>, DecodeError> {
    if object.get(name).is_wholly_known() { field(object, name, absent).map(Known::Now) } else { Ok(Known::Later) }
}

/// One field as a value.
pub fn encode<T: Field>(field: &Known<T>) -> Known<Value> {
    field.as_ref().map(T::encode)
}

/// The fields laid over `onto`, as [`Attributes::compose`] says.
pub fn compose<const N: usize>(onto: &Value, fields: [(&str, Known<Value>); N]) -> Value {
    let mut entries = onto.entries().cloned().unwrap_or_default();
    for (name, field) in fields {
        match field {
            Known::Now(value) => entries.insert(name.to_owned(), value),
            Known::Later if onto.get(name).is_wholly_known() => entries.insert(name.to_owned(), Value::Unknown),
            Known::Later => None,
        };
    }
    Value::Map(entries)
}

/// The value of a field, if it is known.
///
/// # Errors
/// With its name, where it is not.
pub fn complete<T>(field: Known<T>, name: &'static str) -> Result<T, NotKnown> {
    match field {
        Known::Now(value) => Ok(value),
        Known::Later => Err(NotKnown(name)),
    }
}

/// The default of an attribute.
pub fn default<T: Field>(absent: fn() -> T) -> Option<Value> {
    Some(absent().encode())
}

/// The shape of an attribute of a plain type.
pub fn plain<T: Field>() -> Shape {
    Shape::Type(T::ty())
}

/// The shape of an attribute that holds objects.
pub fn nested<T: Nested>() -> Shape {
    Shape::Nested { nesting: T::NESTING, attributes: attributes::<T>() }
}

/// The shape of an output that holds objects: all that is in them is computed too.
pub fn nested_output<T: Nested>() -> Shape {
    Shape::Nested { nesting: T::NESTING, attributes: attributes::<T>().into_iter().map(computed).collect() }
}

/// # Panics
/// If the objects have blocks: a mistake in a definition, which the first test of it shows.
fn attributes<T: Nested>() -> Vec<Attribute> {
    let Block { attributes, blocks, .. } = T::block();
    if let Some(block) = blocks.first() {
        panic!("the block {} is inside a nested attribute: make it `nested` too, or its parent a `block`", block.name);
    }
    attributes
}

fn computed(attribute: Attribute) -> Attribute {
    let shape = match attribute.shape {
        Shape::Nested { nesting, attributes } => {
            Shape::Nested { nesting, attributes: attributes.into_iter().map(computed).collect() }
        }
        plain => plain,
    };
    Attribute { shape, presence: Presence::Computed, default: None, checks: Vec::new(), ..attribute }
}

/// A block. The field that holds it describes it.
pub fn block<T: Nested>(name: &'static str, description: &str) -> NestedBlock {
    let block = Block { description: description.to_owned(), ..T::block() };
    NestedBlock { name: name.into(), nesting: T::NESTING, block }
}

/// The arguments that a builder has been given.
#[derive(Clone, Default)]
pub struct Arguments(BTreeMap<String, Expression>);

impl Arguments {
    /// With one more. A later one replaces an earlier one of the same name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Expression>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// All of them.
    pub fn build<R>(self) -> Args<R> {
        Args::new(self.0)
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}
