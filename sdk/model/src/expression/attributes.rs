//! Structs whose fields may be unknown for a while.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::marker::PhantomData;

use crate::diagnostic::decode_error::DecodeError;
use crate::expression::node::{Address, Expression};
use crate::schema::block::{Block, Nesting};
use crate::schema::field::Object;
use crate::value::path::Path;
use crate::value::tree::Value;

/// The inputs or the outputs of a resource: derive it with `#[derive(Inputs)]` or `#[derive(Outputs)]`.
///
/// The derive makes a twin struct, [`Partial`](Self::Partial), with the same fields, each wrapped in
/// [`Known`](crate::Known).
pub trait Attributes: Object + Debug + Send + Sync + 'static {
    /// The twin.
    type Partial: Clone + Debug + Default + Send + Sync;

    /// From a value in which anything may be unknown. A field is known where its whole value is.
    ///
    /// # Errors
    /// Where a known value does not fit its field.
    fn partial(value: &Value) -> Result<Self::Partial, DecodeError>;

    /// To a value, laid over `onto`: fields that are [`Later`](crate::Known::Later) keep what `onto` has if that is
    /// (partly) unknown, and are unknown otherwise; attributes of `onto` that are no fields stay.
    fn compose(partial: &Self::Partial, onto: &Value) -> Value;

    /// The struct, if every field is known.
    ///
    /// # Errors
    /// With the name of the first field that is not.
    fn complete(partial: Self::Partial) -> Result<Self, NotKnown>;

    /// The twin, with every field known.
    fn to_partial(&self) -> Self::Partial;
}

/// Inputs as expressions: part of `#[derive(Inputs)]`.
pub trait DeclaredInputs: Attributes {
    /// A struct with the same fields, each an [`Output`](crate::Output).
    type Handles: Clone + Debug;

    /// The struct in which each field is what `attribute` gives for its name.
    fn expressed(attribute: impl Fn(&str) -> Expression) -> Self::Handles;

    /// The same as arguments, all of them given.
    fn arguments(handles: Self::Handles) -> Args<Self>;

    /// The inputs of that resource, as they are after apply.
    fn handles(of: &Address) -> Self::Handles {
        Self::expressed(|name| Expression::attribute(of.clone(), Path::from(name)))
    }

    /// These inputs, known already.
    fn to_handles(&self) -> Self::Handles {
        let value = self.encode();
        Self::expressed(|name| value.get(name).clone().into())
    }
}

/// Outputs that a program can refer to once they are declared: part of `#[derive(Outputs)]`.
pub trait DeclaredOutputs: Attributes {
    /// A struct with the same fields, each an [`Output`](crate::Output), and the field `inputs`.
    type Handles<I>: Declared;

    /// The outputs of that resource, together with its inputs.
    fn handles<I>(of: &Address, inputs: I) -> Self::Handles<I>;
}

/// Something that was declared in a program.
pub trait Declared {
    /// What it is referred to by.
    fn address(&self) -> &Address;
}

/// The handles of a resource without outputs.
#[derive(Clone, Debug)]
pub struct NoOutputs<I> {
    /// The inputs, as they are after apply.
    pub inputs: I,
    address: Address,
}

impl<I> Declared for NoOutputs<I> {
    fn address(&self) -> &Address {
        &self.address
    }
}

/// A field that is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotKnown(pub &'static str);

impl fmt::Display for NotKnown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not known yet", self.0)
    }
}

impl std::error::Error for NotKnown {}

/// The arguments of a resource `R`, made by its builder.
pub struct Args<R> {
    values: BTreeMap<String, Expression>,
    resource: PhantomData<fn() -> R>,
}

impl<R> Args<R> {
    /// Arguments from attribute names and expressions.
    pub fn new(values: BTreeMap<String, Expression>) -> Self {
        Self { values, resource: PhantomData }
    }

    /// One expression of all: an object.
    pub fn into_expression(self) -> Expression {
        Expression::object(self.values)
    }
}

impl<R: DeclaredInputs> Args<R> {
    /// Each argument by its name: the default where none was given.
    pub fn handles(&self) -> R::Handles {
        let block = R::block();
        R::expressed(|name| {
            let absent = absent(&block, name);
            match self.values.get(name) {
                Some(given) => given.clone().or(absent),
                None => absent.into(),
            }
        })
    }

    /// The struct, where nothing in it comes from a resource.
    ///
    /// # Errors
    /// With the first field that does, or that does not fit.
    pub fn complete(self) -> Result<R, DecodeError> {
        R::decode(&self.into_expression().without_resources()?)
    }
}

/// What stands for null.
fn absent(block: &Block, name: &str) -> Value {
    let default = block.attribute(name).and_then(|attribute| attribute.default.clone());
    let nesting = block.blocks.iter().find(|nested| nested.name == name).map(|found| found.nesting);
    match (default, nesting) {
        (Some(default), _) => default,
        (None, Some(Nesting::List)) => Value::List(Vec::new()),
        (None, Some(Nesting::Set)) => Value::set([]),
        (None, _) => Value::Null,
    }
}

impl<R> Clone for Args<R> {
    fn clone(&self) -> Self {
        Self::new(self.values.clone())
    }
}

impl<R> fmt::Debug for Args<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.values).finish()
    }
}

/// Nothing: the outputs of a resource that has none.
mod nothing {
    use super::{Address, Attributes, DeclaredOutputs, DecodeError, NoOutputs, NotKnown, Object, Value};
    use crate::schema::block::Block;
    use crate::schema::field::Field;
    use crate::value::types::Type;

    impl Field for () {
        fn ty() -> Type {
            Self::block().ty()
        }

        fn decode(_: &Value) -> Result<Self, DecodeError> {
            Ok(())
        }

        fn encode(&self) -> Value {
            Value::Map(std::collections::BTreeMap::new())
        }
    }

    impl Object for () {
        fn block() -> Block {
            Block::default()
        }
    }

    impl Attributes for () {
        type Partial = ();

        fn partial(_: &Value) -> Result<(), DecodeError> {
            Ok(())
        }

        fn compose((): &(), onto: &Value) -> Value {
            onto.clone()
        }

        fn complete((): ()) -> Result<(), NotKnown> {
            Ok(())
        }

        fn to_partial(&self) {}
    }
    impl DeclaredOutputs for () {
        type Handles<I> = NoOutputs<I>;

        fn handles<I>(of: &Address, inputs: I) -> NoOutputs<I> {
            NoOutputs { inputs, address: of.clone() }
        }
    }
}
