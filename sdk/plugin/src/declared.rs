//! Resources and data sources without a Rust type: by their type name, with arguments as a person writes them.

use std::collections::BTreeMap;

use rosa_ecr_engine::{Declare, LookUp, Options, ProviderHandle, Result, Stack};
use rosa_ecr_model::{Address, Declared, Expression, Field, Output, Path, Type, Value};
use serde_json::Value as Json;

/// A resource of any provider, which is [declared](Declare::declare), or a data source, which is
/// [looked up](LookUp::look_up).
///
/// Arguments are plain values, JSON, and outputs of other resources. They are converted to the types of the schema as in
/// HCL: a list becomes a set, a number a string, and one object stands for a block. An argument that the schema does not
/// have is an error in the plan.
#[derive(Clone, Debug)]
#[must_use = "it is in the stack once it is declared or looked up"]
pub struct Dynamic {
    type_name: String,
    arguments: BTreeMap<String, Expression>,
}

impl Dynamic {
    /// One of that type, such as `aws_ecr_repository`, whose first word is the local name of the provider.
    pub fn new(type_name: impl Into<String>) -> Self {
        Self { type_name: type_name.into(), arguments: BTreeMap::new() }
    }

    /// With one more argument or block. A later one replaces an earlier one of the same name.
    pub fn arg(mut self, name: impl Into<String>, value: impl Into<Argument>) -> Self {
        self.arguments.insert(name.into(), value.into().0);
        self
    }

    fn provider(&self) -> ProviderHandle {
        ProviderHandle::named(self.type_name.split('_').next().unwrap_or_default())
    }
}

impl Declare for Dynamic {
    type Handles = DynamicHandles;

    #[track_caller]
    fn declare_with(self, stack: &mut Stack, name: &str, options: Options) -> Result<DynamicHandles> {
        let provider = self.provider();
        let arguments = Expression::object(self.arguments);
        let address = stack.declare(name, &self.type_name, &provider, arguments, options)?;
        Ok(DynamicHandles { address })
    }
}

impl LookUp for Dynamic {
    type Handles = DynamicHandles;

    #[track_caller]
    fn look_up_with(self, stack: &mut Stack, name: &str, options: Options) -> Result<DynamicHandles> {
        let provider = self.provider();
        let arguments = Expression::object(self.arguments);
        let address = stack.look_up(name, &self.type_name, &provider, arguments, options)?;
        Ok(DynamicHandles { address })
    }
}

/// What others refer to a [`Dynamic`] by.
#[derive(Clone, Debug)]
pub struct DynamicHandles {
    address: Address,
}

impl DynamicHandles {
    /// The attribute of that name. Whether there is one, and of that type, shows when its value is known.
    pub fn output<T>(&self, attribute: &str) -> Output<T> {
        self.output_at(attribute)
    }

    /// What is at that path, for instance in a block.
    pub fn output_at<T>(&self, path: impl Into<Path>) -> Output<T> {
        Output::new(Expression::attribute(self.address.clone(), path.into()))
    }
}

impl Declared for DynamicHandles {
    fn address(&self) -> &Address {
        &self.address
    }
}

/// A value for a [`Dynamic`]: known now, or an output of another resource, or made of both.
#[derive(Clone, Debug)]
pub struct Argument(Expression);

impl Argument {
    /// An object or a map of these.
    pub fn object<K: Into<String>, V: Into<Self>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(Expression::object(entries.into_iter().map(|(name, value)| (name, value.into().0))))
    }

    /// The same value, hidden in everything that is shown and encrypted in the state.
    #[must_use]
    pub fn secret(self) -> Self {
        Self(self.0.secret())
    }

    pub(crate) fn into_expression(self) -> Expression {
        self.0
    }
}

impl<T> From<Output<T>> for Argument {
    fn from(output: Output<T>) -> Self {
        Self(output.into_expression())
    }
}

impl<T: Into<Self>> From<Vec<T>> for Argument {
    fn from(elements: Vec<T>) -> Self {
        Self(Expression::list(elements.into_iter().map(|element| element.into().0)))
    }
}

impl<T: Into<Self>, const N: usize> From<[T; N]> for Argument {
    fn from(elements: [T; N]) -> Self {
        Self(Expression::list(elements.map(|element| element.into().0)))
    }
}

impl From<Json> for Argument {
    fn from(json: Json) -> Self {
        Self(Expression::from(untyped(&json)))
    }
}

macro_rules! constants {
    ($($constant:ty)*) => {$(
        impl From<$constant> for Argument {
            fn from(value: $constant) -> Self {
                Self(Expression::from(value))
            }
        }
    )*};
}

constants! { &str String bool i64 Value }

/// JSON as values that have no type yet.
fn untyped(json: &Json) -> Value {
    match json {
        Json::Object(entries) => Value::map(entries.iter().map(|(name, json)| (name, untyped(json)))),
        Json::Array(elements) => Value::List(elements.iter().map(untyped).collect()),
        // A number that no form of numbers holds stays the text it is, and schemas turn texts into numbers.
        scalar => Value::from_json(scalar, &Type::Dynamic).unwrap_or_else(|_| scalar.to_string().encode()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use rosa_ecr_model::{Resolved, Secrets};
    use serde_json::json;

    #[test]
    fn arguments_are_made_of_values_and_outputs() {
        let mut stack = Stack::new("dev");
        let first = Dynamic::new("weather_station").arg("name", "one").declare(&mut stack, "one").expect("a good name");
        let id: Output<String> = first.output("id");
        let arguments = Argument::object([
            ("ids", Argument::from([Argument::from(id), "static".into()])),
            ("block", json!({ "days": 7, "deep": [{ "on": true }] }).into()),
            ("password", Argument::from("hunter2").secret()),
        ]);
        assert!(!format!("{arguments:?}").contains("hunter2"));
        let state = Arc::new(Resolved { value: Value::map([("id", "w-1".into())]), ..Resolved::default() });
        let resolved = arguments.0.resolve(&|_: &Address| state.clone()).expect("it fits");
        assert_eq!(
            resolved.value,
            Value::map([
                ("ids", Value::List(vec!["w-1".into(), "static".into()])),
                ("block", untyped(&json!({ "days": 7, "deep": [{ "on": true }] }))),
                ("password", "hunter2".into()),
            ])
        );
        assert_eq!(resolved.secrets, Secrets::attributes(["password"]));
    }

    #[test]
    fn numbers_of_any_size_are_taken() {
        let number: Json = serde_json::from_str("12345678901234567890").expect("JSON");
        assert!(matches!(untyped(&number), Value::Number(_)));
    }
}
