//! Rust types that an attribute can have, and their way from and to a [`Value`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::diagnostic::decode_error::DecodeError;
use crate::schema::block::{Block, Nesting};
use crate::value::number::Number;
use crate::value::path::Step;
use crate::value::tree::Value;
use crate::value::types::Type;

/// A Rust type that can be the type of an attribute.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of an attribute",
    note = "a struct can, with `#[derive(Object)]`"
)]
pub trait Field: Sized + Clone {
    /// Whether null decodes, so that the attribute need not be set.
    const NULLABLE: bool = false;

    /// The type of the attribute.
    fn ty() -> Type;

    /// From a wholly known value.
    ///
    /// # Errors
    /// Where the value is of another type or, for types that are not [`NULLABLE`](Self::NULLABLE), null.
    fn decode(value: &Value) -> Result<Self, DecodeError>;

    /// To a value.
    fn encode(&self) -> Value;
}

/// A struct whose fields are attributes: derive it with `#[derive(Object)]`.
#[diagnostic::on_unimplemented(message = "`{Self}` has no attributes", label = "put `#[derive(Object)]` on the struct")]
pub trait Object: Field {
    /// The fields, as schema.
    fn block() -> Block;
}

/// A Rust type that holds [`Object`]s, for nested attributes and blocks.
pub trait Nested: Field {
    /// How the objects are held.
    const NESTING: Nesting;

    /// The fields of the objects.
    fn block() -> Block;
}

macro_rules! scalar {
    ($rust:ty, $ty:ident, $value:ident => $decoded:expr, $own:ident => $encoded:expr) => {
        impl Field for $rust {
            fn ty() -> Type {
                Type::$ty
            }

            fn decode($value: &Value) -> Result<Self, DecodeError> {
                $decoded.ok_or_else(|| DecodeError::mismatch(&Type::$ty, $value))
            }

            fn encode(&self) -> Value {
                let $own = self;
                $encoded
            }
        }
    };
}

scalar!(String, String, value => value.as_str().map(str::to_owned), own => Value::String(own.clone()));
scalar!(bool, Bool, value => if let Value::Bool(truth) = value { Some(*truth) } else { None }, own => Value::Bool(*own));
scalar!(
    i64, Number,
    value => if let Value::Number(number) = value { number.as_i64() } else { None },
    own => Value::Number(Number::from(*own))
);
// Infinities and NaN are no numbers, and become null.
scalar!(
    f64, Number,
    value => if let Value::Number(number) = value { number.as_f64() } else { None },
    own => Number::from_f64(*own).map_or(Value::Null, Value::Number)
);
scalar!(
    Number, Number,
    value => if let Value::Number(number) = value { Some(number.clone()) } else { None },
    own => Value::Number(own.clone())
);

/// Null decodes to `None`.
impl<T: Field> Field for Option<T> {
    const NULLABLE: bool = true;

    fn ty() -> Type {
        T::ty()
    }

    fn decode(value: &Value) -> Result<Self, DecodeError> {
        if value.is_null() { Ok(None) } else { T::decode(value).map(Some) }
    }

    fn encode(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::encode)
    }
}

impl<T: Field> Field for Vec<T> {
    fn ty() -> Type {
        Type::list(T::ty())
    }

    fn decode(value: &Value) -> Result<Self, DecodeError> {
        decode_elements(value, &Self::ty())
    }

    fn encode(&self) -> Value {
        Value::List(self.iter().map(T::encode).collect())
    }
}

impl<T: Field + Ord> Field for BTreeSet<T> {
    fn ty() -> Type {
        Type::set(T::ty())
    }

    fn decode(value: &Value) -> Result<Self, DecodeError> {
        decode_elements(value, &Self::ty())
    }

    fn encode(&self) -> Value {
        Value::set(self.iter().map(T::encode))
    }
}

fn decode_elements<T: Field, C: FromIterator<T>>(value: &Value, ty: &Type) -> Result<C, DecodeError> {
    let elements = value.elements().ok_or_else(|| DecodeError::mismatch(ty, value))?;
    let place = |index| match ty {
        // An element of a set has no path of its own.
        Type::Set(_) => Step::Element(Value::Unknown),
        _ => Step::Index(index),
    };
    let decoded = elements
        .iter()
        .enumerate()
        .map(|(index, element)| T::decode(element).map_err(|error: DecodeError| error.behind(place(index))));
    decoded.collect()
}

/// An entry that is null is as good as none, if null is no value of `T`.
impl<T: Field> Field for BTreeMap<String, T> {
    fn ty() -> Type {
        Type::map(T::ty())
    }

    fn decode(value: &Value) -> Result<Self, DecodeError> {
        let entries = value.entries().ok_or_else(|| DecodeError::mismatch(&Self::ty(), value))?;
        let behind = |key: &str, error: DecodeError| error.behind(Step::Key(key.to_owned()));
        let decoded = entries
            .iter()
            .filter(|(_, element)| T::NULLABLE || !element.is_null())
            .map(|(key, element)| Ok((key.clone(), T::decode(element).map_err(|error| behind(key, error))?)));
        decoded.collect()
    }

    fn encode(&self) -> Value {
        Value::map(self.iter().map(|(key, element)| (key, element.encode())))
    }
}

/// Two values, as [`Output::zip`](crate::Output::zip) gives them.
impl<T: Field, U: Field> Field for (T, U) {
    fn ty() -> Type {
        Type::Tuple(vec![T::ty(), U::ty()])
    }

    fn decode(value: &Value) -> Result<Self, DecodeError> {
        let Some([one, other]) = value.elements() else { return Err(DecodeError::mismatch(&Self::ty(), value)) };
        let one = T::decode(one).map_err(|error| error.behind(Step::Index(0)))?;
        let other = U::decode(other).map_err(|error| error.behind(Step::Index(1)))?;
        Ok((one, other))
    }

    fn encode(&self) -> Value {
        Value::List(vec![self.0.encode(), self.1.encode()])
    }
}

impl<T: Object> Nested for Option<T> {
    const NESTING: Nesting = Nesting::Single;

    fn block() -> Block {
        T::block()
    }
}

impl<T: Object> Nested for Vec<T> {
    const NESTING: Nesting = Nesting::List;

    fn block() -> Block {
        T::block()
    }
}

/// Null where there is no list at all.
impl<T: Object> Nested for Option<Vec<T>> {
    const NESTING: Nesting = Nesting::List;

    fn block() -> Block {
        T::block()
    }
}

impl<T: Object + Ord> Nested for BTreeSet<T> {
    const NESTING: Nesting = Nesting::Set;

    fn block() -> Block {
        T::block()
    }
}

/// A string that is never shown: `Debug` prints a placeholder, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Field for Secret {
    fn ty() -> Type {
        Type::String
    }

    fn decode(value: &Value) -> Result<Self, DecodeError> {
        String::decode(value).map(Self)
    }

    fn encode(&self) -> Value {
        Value::String(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_way_through_rust() {
        let map: BTreeMap<String, Option<i64>> = [("a".to_owned(), Some(1)), ("b".to_owned(), None)].into();
        assert_eq!(BTreeMap::decode(&map.encode()), Ok(map));
        let set: BTreeSet<String> = ["b".to_owned(), "a".to_owned()].into();
        assert_eq!(BTreeSet::decode(&set.encode()), Ok(set));
        assert_eq!([f64::decode(&1.5_f64.encode()), f64::decode(&3.into())], [Ok(1.5), Ok(3.0)]);
        assert_eq!(f64::NAN.encode(), Value::Null);
    }

    #[test]
    fn a_mismatch_says_what_is_there() {
        let error = i64::decode(&"ten".into()).expect_err("a string is no number");
        assert_eq!(error.message, "number is wanted, a string is there");
        assert_eq!(error.to_string(), error.message);
        assert_eq!(error.within("days").to_string(), "days: number is wanted, a string is there");
        let nested = Value::map([("a", Value::List(vec![1.into(), true.into()]))]);
        let error = BTreeMap::<String, Vec<i64>>::decode(&nested).expect_err("a bool is no number");
        assert_eq!(error.to_string(), "[\"a\"][1]: number is wanted, a bool is there");
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert!(!format!("{:?}", Secret::from("hunter2".to_owned())).contains("hunter2"));
    }
}
