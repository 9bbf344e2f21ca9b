//! What the builders of input structs are made of.
//!
//! The derive gives every input struct a builder with a setter for each field. Required fields are type parameters of
//! the builder that start as [`Missing`] and turn into [`Given`]; only a builder with all of them given has `build`.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use crate::{Field, Value};

/// A required field that was not set yet.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

/// A required field that was set.
#[derive(Clone, Copy, Debug)]
pub struct Given;

/// An argument for a field of type `T`: a value, or something that becomes one.
#[derive(Clone, Debug)]
pub struct Input<T> {
    value: Value,
    field: PhantomData<fn() -> T>,
}

impl<T> Input<T> {
    /// An argument that only the apply will know.
    pub fn unknown() -> Self {
        Self { value: Value::Unknown, field: PhantomData }
    }

    /// The value as it is known now.
    pub fn into_value(self) -> Value {
        self.value
    }
}

impl<T: Field> Input<T> {
    /// An argument that is known now.
    pub fn known(value: &T) -> Self {
        Self { value: value.encode(), field: PhantomData }
    }
}

macro_rules! input {
    ($([$($generics:tt)*] $from:ty => $field:ty, $value:ident => $convert:expr;)*) => {$(
        impl<$($generics)*> From<$from> for Input<$field> {
            fn from($value: $from) -> Self {
                Input { value: $convert, field: PhantomData }
            }
        }

        impl<$($generics)*> From<$from> for Input<Option<$field>> {
            fn from($value: $from) -> Self {
                Input { value: $convert, field: PhantomData }
            }
        }
    )*};
}

input! {
    [] &str => String, text => Value::from(text);
    [] String => String, text => Value::from(text);
    [] bool => bool, truth => Value::from(truth);
    [] i64 => i64, number => Value::from(number);
    [S: Into<String>, const N: usize] [S; N] => Vec<String>, texts => Value::List(texts.into_iter().map(|text| Value::String(text.into())).collect());
    [S: Into<String>] Vec<S> => Vec<String>, texts => Value::List(texts.into_iter().map(|text| Value::String(text.into())).collect());
    [S: Into<String>, const N: usize] [S; N] => std::collections::BTreeSet<String>, texts => Value::set(texts.into_iter().map(|text| Value::String(text.into())));
    [S: Into<String>] Vec<S> => std::collections::BTreeSet<String>, texts => Value::set(texts.into_iter().map(|text| Value::String(text.into())));
    [K: Into<String>, V: Into<String>, const N: usize] [(K, V); N] => BTreeMap<String, String>, entries => Value::map(entries.into_iter().map(|(key, text)| (key, Value::String(text.into()))));
    [] BTreeMap<String, String> => BTreeMap<String, String>, entries => entries.encode();
}

/// The arguments of a resource `R`, made by its builder.
#[derive(Clone)]
pub struct Args<R> {
    values: BTreeMap<String, Value>,
    resource: PhantomData<fn() -> R>,
}

impl<R> Args<R> {
    /// Arguments from attribute names and values.
    pub fn new(values: BTreeMap<String, Value>) -> Self {
        Self { values, resource: PhantomData }
    }

    /// The configuration, as a host hands it to the model.
    pub fn to_value(&self) -> Value {
        Value::Map(self.values.clone())
    }
}

impl<R> fmt::Debug for Args<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values may hold secrets.
        f.debug_set().entries(self.values.keys()).finish()
    }
}
