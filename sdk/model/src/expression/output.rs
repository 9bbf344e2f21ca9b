//! Typed expressions: the outputs of declared resources, and what is computed from them.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use crate::diagnostic::decode_error::DecodeError;
use crate::expression::node::{Address, Expression};
use crate::schema::field::Field;
use crate::value::path::Path;
use crate::value::tree::Value;

/// A value of type `T` that comes from elsewhere: an attribute of a declared resource, or what is computed from some.
///
/// It is an expression, not a future. In a preview an output of something that does not exist yet is unknown, and the
/// closures over it do not run.
///
/// ```
/// # use rosa_ecr_model::{Address, Output};
/// # let url: Output<String> = Output::attribute(Address { stack: 1, name: "registry".into() }, "url");
/// # let tag: Output<String> = Output::known("v1".to_owned());
/// let image = url.zip(tag).map(|(url, tag)| format!("{url}:{tag}"));
/// assert_eq!(format!("{image:?}"), "Output(function(function(registry.url, …)))");
/// ```
pub struct Output<T> {
    expression: Expression,
    of: PhantomData<fn() -> T>,
}

impl<T> Output<T> {
    /// An expression whose values are known to be of type `T`.
    pub fn new(expression: Expression) -> Self {
        Self { expression, of: PhantomData }
    }

    /// An attribute of a declared resource.
    pub fn attribute(of: Address, name: &str) -> Self {
        Self::new(Expression::attribute(of, Path::from(name)))
    }

    /// The same value, hidden in everything that is shown and encrypted in the state.
    #[must_use]
    pub fn secret(self) -> Self {
        Self::new(self.expression.secret())
    }

    /// What it can be called from one run to the next: see [`Expression::label`].
    pub fn label(&self) -> Option<String> {
        self.expression.label()
    }

    /// The expression without its type.
    pub fn into_expression(self) -> Expression {
        self.expression
    }
}

impl<T: Field + 'static> Output<T> {
    /// A value that is known already.
    pub fn known(value: T) -> Self {
        Self::new(value.encode().into())
    }

    /// The value, where no resource is needed for it.
    ///
    /// # Errors
    /// Where it does not fit its type.
    pub fn without_resources(&self) -> Result<Option<T>, DecodeError> {
        let value = self.expression.without_resources()?;
        value.is_wholly_known().then(|| T::decode(&value)).transpose()
    }

    /// What `function` makes of the value. It runs once the value is known, and may run more than once.
    pub fn map<U: Field>(self, function: impl Fn(T) -> U + Send + Sync + 'static) -> Output<U> {
        Output::new(Expression::apply([self.expression], move |values| {
            Ok(function(T::decode(values.first().unwrap_or(&Value::Null))?).encode())
        }))
    }

    /// Both values, once both are known.
    pub fn zip<U: Field>(self, other: Output<U>) -> Output<(T, U)> {
        Output::new(Expression::apply([self.expression, other.expression], |values| Ok(Value::List(values.to_vec()))))
    }

    /// The values of all of them, once all are known.
    pub fn all(outputs: impl IntoIterator<Item = Self>) -> Output<Vec<T>> {
        let expressions = outputs.into_iter().map(|output| output.expression);
        Output::new(Expression::apply(expressions, |values| Ok(Value::List(values.to_vec()))))
    }
}

impl<T> Output<BTreeSet<T>> {
    /// Each element, where it is known how many there are.
    pub fn elements(&self) -> Option<Vec<Output<T>>> {
        Some(self.expression.elements()?.into_iter().map(Output::new).collect())
    }
}

impl<T: Field + 'static> Output<Option<T>> {
    /// The value, or `other` where it is null.
    pub fn unwrap_or(self, other: T) -> Output<T>
    where
        T: Send + Sync,
    {
        self.map(move |value| value.unwrap_or_else(|| other.clone()))
    }

    /// The value, where it cannot be null: a null is then an error that names this output.
    #[must_use]
    pub fn present(self) -> Output<T> {
        Output::new(self.expression.present())
    }
}

impl<T> Clone for Output<T> {
    fn clone(&self) -> Self {
        Self::new(self.expression.clone())
    }
}

impl<T> fmt::Debug for Output<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Output").field(&self.expression).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Resolved, interpolate};

    fn resolve<T: Field>(output: Output<T>, url: Value) -> Result<Resolved, DecodeError> {
        let state = Arc::new(Resolved { value: Value::map([("url", url)]), ..Resolved::default() });
        output.into_expression().resolve(&move |_: &Address| state.clone())
    }

    fn url<T>() -> Output<T> {
        Output::attribute(Address { stack: 1, name: "registry".into() }, "url")
    }

    #[test]
    fn closures_run_over_known_values_alone() {
        let both = url::<String>().zip(Output::known(3)).map(|(url, count)| format!("{url} {count}"));
        assert_eq!(resolve(both.clone(), "a".into()).expect("it fits").value, Value::from("a 3"));
        assert_eq!(resolve(both, Value::Unknown).expect("it fits").value, Value::Unknown);
        let never = url::<String>().map(|_| -> String { panic!("a closure ran over an unknown value") });
        assert!(resolve(never, Value::Unknown).expect("it fits").value.is_unknown());
    }

    #[test]
    fn options_are_taken_apart() {
        let or = url::<Option<String>>().unwrap_or("b".to_owned());
        assert_eq!(resolve(or, Value::Null).expect("it fits").value, Value::from("b"));
        assert!(resolve(url::<Option<String>>().present(), Value::Null).is_err());
    }

    #[test]
    fn texts_join() {
        let image = interpolate!("{}/{}:{}", url::<String>(), "tools", "v1".to_owned());
        assert_eq!(resolve(image, "r".into()).expect("it fits").value, Value::from("r/tools:v1"));
        let all = Output::all([url::<String>(), Output::known("b".to_owned())]).map(|texts| texts.join(","));
        assert_eq!(resolve(all, "a".into()).expect("it fits").value, Value::from("a,b"));
    }

    #[test]
    fn a_value_of_another_type_is_an_error_and_not_shown() {
        let error = resolve(url::<i64>().map(|number| number + 1), "hunter2".into()).expect_err("it is a string");
        assert!(!error.to_string().contains("hunter2"));
    }
}
