//! States as JSON, read and written along a type.

use serde_json::Value as Json;

use crate::diagnostic::decode_error::DecodeError;
use crate::value::number::Number;
use crate::value::path::Step;
use crate::value::tree::Value;
use crate::value::types::Type;

impl Value {
    /// Reads JSON as a value of that type. Attributes of objects that the JSON does not have are null, those that the
    /// type does not have are left out: states of other versions are read this way.
    ///
    /// # Errors
    /// Where the JSON does not fit the type.
    pub fn from_json(json: &Json, ty: &Type) -> Result<Self, DecodeError> {
        match (json, ty) {
            (Json::Null, _) => Ok(Self::Null),
            (Json::Bool(truth), Type::Bool | Type::Dynamic) => Ok(Self::Bool(*truth)),
            (Json::String(text), Type::String | Type::Dynamic) => Ok(Self::String(text.clone())),
            (Json::Number(number), Type::Number | Type::Dynamic) => {
                Number::parse(&number.to_string()).map(Self::Number).ok_or_else(|| mismatch(json, ty))
            }
            // Terraform writes numbers that JSON readers would round as strings.
            (Json::String(text), Type::Number) => {
                Number::parse(text).map(Self::Number).ok_or_else(|| mismatch(json, ty))
            }
            (Json::Array(elements), Type::List(element)) => {
                read_all(elements, |_| element, Step::Index).map(Self::List)
            }
            // An element of a set has no path of its own.
            (Json::Array(elements), Type::Set(element)) => {
                read_all(elements, |_| element, |_| Step::Element(Self::Unknown)).map(Self::set)
            }
            (Json::Array(elements), Type::Tuple(types)) if elements.len() == types.len() => {
                read_all(elements, |index| &types[index], Step::Index).map(Self::List)
            }
            (Json::Array(elements), Type::Dynamic) => read_all(elements, |_| ty, Step::Index).map(Self::List),
            (Json::Object(entries), Type::Map(element)) => read_entries(entries, element),
            (Json::Object(entries), Type::Dynamic) => read_entries(entries, ty),
            (Json::Object(entries), Type::Object(attributes)) => {
                let read = attributes.iter().map(|(name, ty)| {
                    let value = Self::from_json(entries.get(name).unwrap_or(&Json::Null), ty);
                    Ok((name.clone(), value.map_err(|error| error.within(name))?))
                });
                read.collect::<Result<_, _>>().map(Self::Map)
            }
            _ => Err(mismatch(json, ty)),
        }
    }

    /// Writes the value as JSON; unknown values as null.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null | Self::Unknown => Json::Null,
            Self::Bool(truth) => Json::Bool(*truth),
            Self::Number(number) => match (number.as_i64(), number.as_f64().and_then(serde_json::Number::from_f64)) {
                (Some(integer), _) => Json::from(integer),
                (None, Some(float)) => Json::Number(float),
                (None, None) => Json::String(number.to_string()),
            },
            Self::String(text) => Json::String(text.clone()),
            Self::List(elements) | Self::Set(elements) => elements.iter().map(Self::to_json).collect(),
            Self::Map(entries) => {
                Json::Object(entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }
}

fn read_all<'t>(
    elements: &[Json],
    ty: impl Fn(usize) -> &'t Type,
    step: impl Fn(usize) -> Step,
) -> Result<Vec<Value>, DecodeError> {
    let read = elements
        .iter()
        .enumerate()
        .map(|(index, element)| Value::from_json(element, ty(index)).map_err(|error| error.behind(step(index))));
    read.collect()
}

fn read_entries(entries: &serde_json::Map<String, Json>, ty: &Type) -> Result<Value, DecodeError> {
    let read = entries.iter().map(|(key, json)| {
        let value = Value::from_json(json, ty).map_err(|error| error.behind(Step::Key(key.clone())))?;
        Ok((key.clone(), value))
    });
    read.collect::<Result<_, _>>().map(Value::Map)
}

fn mismatch(json: &Json, ty: &Type) -> DecodeError {
    let there = match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    };
    DecodeError::new(format!("{ty} is wanted, {there} is there"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn other_versions_are_read_along_the_type() {
        let ty =
            Type::object([("name", Type::String), ("tags", Type::map(Type::String)), ("ids", Type::set(Type::String))]);
        let value = Value::from_json(&json!({"name": "a", "ids": ["b", "a"], "old": true}), &ty).expect("fits");
        assert_eq!(value.get("tags"), &Value::Null);
        assert_eq!(value.get("ids"), &Value::set(["a".into(), "b".into()]));
        assert!(value.entries().is_some_and(|entries| !entries.contains_key("old")));
        let error = Value::from_json(&json!({"name": 5}), &ty).expect_err("a number is no string");
        assert_eq!(error.to_string(), "name: string is wanted, a number is there");
        let error = Value::from_json(&json!([{"a": [true, 1]}]), &Type::list(Type::map(Type::list(Type::Bool))));
        let error = error.expect_err("a number is no bool");
        assert_eq!(error.to_string(), "[0][\"a\"][1]: bool is wanted, a number is there");
    }
}
