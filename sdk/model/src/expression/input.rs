//! What the builders of input structs are made of.
//!
//! The derive gives every input struct a builder with a setter for each field. Required fields are type parameters of
//! the builder that start as [`Missing`] and turn into [`Given`]; only a builder with all of them given has `build`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use crate::expression::node::Expression;
use crate::expression::output::Output;
use crate::schema::field::{Field, Secret};
use crate::value::number::Number;
use crate::value::tree::Value;

/// A required field that was not set yet.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

/// A required field that was set.
#[derive(Clone, Copy, Debug)]
pub struct Given;

/// An argument for a field of type `T`: a value, an [`Output`], or a collection of both.
pub struct Input<T> {
    expression: Expression,
    field: PhantomData<fn() -> T>,
}

impl<T> Input<T> {
    /// An argument whose values are known to be of type `T`.
    pub fn new(expression: Expression) -> Self {
        Self { expression, field: PhantomData }
    }

    /// The expression without its type.
    pub fn into_expression(self) -> Expression {
        self.expression
    }
}

impl<T: Field> Input<T> {
    /// An argument that is known now.
    pub fn known(value: &T) -> Self {
        Self::new(value.encode().into())
    }
}

impl<T> Clone for Input<T> {
    fn clone(&self) -> Self {
        Self::new(self.expression.clone())
    }
}

impl<T> fmt::Debug for Input<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Input").field(&self.expression).finish()
    }
}

/// An output as it is.
impl<T> From<Output<T>> for Input<T> {
    fn from(output: Output<T>) -> Self {
        Self::new(output.into_expression())
    }
}

/// An output that is always there, for a field that need not be.
impl<T> From<Output<T>> for Input<Option<T>> {
    fn from(output: Output<T>) -> Self {
        Self::new(output.into_expression())
    }
}

/// An output that may be null, for a field that may not: a null is an error that names the output.
impl<T> From<Output<Option<T>>> for Input<T> {
    fn from(output: Output<Option<T>>) -> Self {
        Self::new(output.into_expression().present())
    }
}

/// An argument that a program has or has not.
impl<T, E: Into<Input<T>>> From<Option<E>> for Input<Option<T>> {
    fn from(value: Option<E>) -> Self {
        Self::new(value.map_or(Expression::from(Value::Null), |value| value.into().into_expression()))
    }
}

macro_rules! input {
    ($([$($generics:tt)*] $from:ty => $field:ty, $value:ident => $convert:expr;)*) => {$(
        impl<$($generics)*> From<$from> for Input<$field> {
            fn from($value: $from) -> Self {
                Input::new($convert)
            }
        }

        impl<$($generics)*> From<$from> for Input<Option<$field>> {
            fn from($value: $from) -> Self {
                Input::new($convert)
            }
        }
    )*};
}

input! {
    [] &str => String, text => text.into();
    [] &String => String, text => text.as_str().into();
    [] String => String, text => text.into();
    [] &str => Secret, text => Expression::from(text).secret();
    [] String => Secret, text => Expression::from(text).secret();
    [] Secret => Secret, text => Expression::from(text.encode()).secret();
    [] bool => bool, truth => truth.into();
    [] i64 => i64, number => number.into();
    [] Number => Number, number => Value::Number(number).into();
    [T, E: Into<Input<T>>, const N: usize] [E; N] => Vec<T>, elements => Expression::list(all(elements));
    [T, E: Into<Input<T>>] Vec<E> => Vec<T>, elements => Expression::list(all(elements));
    [T, E: Into<Input<T>>, const N: usize] [E; N] => BTreeSet<T>, elements => Expression::set(all(elements));
    [T, E: Into<Input<T>>] Vec<E> => BTreeSet<T>, elements => Expression::set(all(elements));
    [T, E: Into<Input<T>>] BTreeSet<E> => BTreeSet<T>, elements => Expression::set(all(elements));
    [T, K: Into<String>, E: Into<Input<T>>, const N: usize] [(K, E); N] => BTreeMap<String, T>, entries => Expression::map(each(entries));
    [T, K: Into<String>, E: Into<Input<T>>] Vec<(K, E)> => BTreeMap<String, T>, entries => Expression::map(each(entries));
    [T, E: Into<Input<T>>] BTreeMap<String, E> => BTreeMap<String, T>, entries => Expression::map(each(entries));
}

fn all<T, E: Into<Input<T>>>(elements: impl IntoIterator<Item = E>) -> impl Iterator<Item = Expression> {
    elements.into_iter().map(|element| element.into().into_expression())
}

fn each<T, K, E: Into<Input<T>>>(entries: impl IntoIterator<Item = (K, E)>) -> impl Iterator<Item = (K, Expression)> {
    entries.into_iter().map(|(key, element)| (key, element.into().into_expression()))
}
