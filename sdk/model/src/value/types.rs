//! Types of values, and how Terraform writes them down.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value as Json, json};

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(T)`
    List(Box<Type>),
    /// `set(T)`
    Set(Box<Type>),
    /// `map(T)`
    Map(Box<Type>),
    /// `object({…})`: exactly these attributes.
    Object(BTreeMap<String, Type>),
    /// `tuple([…])`
    Tuple(Vec<Type>),
    /// `any`: the value brings its own type.
    Dynamic,
}

impl Type {
    /// `list(element)`
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// `set(element)`
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// `map(element)`
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// `object({…})`
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// The JSON form that the plugin protocol carries, such as `["set","string"]`.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Tuple(elements) => json!(["tuple", elements.iter().map(Self::to_json).collect::<Vec<_>>()]),
            Self::Object(attributes) => {
                let attributes: serde_json::Map<String, Json> =
                    attributes.iter().map(|(name, ty)| (name.clone(), ty.to_json())).collect();
                json!(["object", attributes])
            }
        }
    }

    /// Reads the JSON form back; `None` where it is no type.
    pub fn from_json(json: &Json) -> Option<Self> {
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Some(Self::Bool),
                "number" => Some(Self::Number),
                "string" => Some(Self::String),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            },
            Json::Array(parts) => match (parts.first()?.as_str()?, parts.get(1)?) {
                ("list", element) => Some(Self::list(Self::from_json(element)?)),
                ("set", element) => Some(Self::set(Self::from_json(element)?)),
                ("map", element) => Some(Self::map(Self::from_json(element)?)),
                ("tuple", Json::Array(elements)) => {
                    elements.iter().map(Self::from_json).collect::<Option<_>>().map(Self::Tuple)
                }
                // A third part, where there is one, names optional attributes; they only matter to conversions.
                ("object", Json::Object(attributes)) => attributes
                    .iter()
                    .map(|(name, ty)| Some((name.clone(), Self::from_json(ty)?)))
                    .collect::<Option<_>>()
                    .map(Self::Object),
                _ => None,
            },
            _ => None,
        }
    }
}

/// As a person writes it in HCL, such as `set(string)`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::Dynamic => f.write_str("any"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(elements) => {
                let elements: Vec<String> = elements.iter().map(Self::to_string).collect();
                write!(f, "tuple([{}])", elements.join(", "))
            }
            Self::Object(attributes) => {
                let attributes: Vec<String> = attributes.iter().map(|(name, ty)| format!("{name} = {ty}")).collect();
                write!(f, "object({{{}}})", attributes.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_form_reads_back() {
        let ty = Type::object([
            ("names", Type::set(Type::String)),
            ("pair", Type::Tuple(vec![Type::Bool, Type::Number])),
            ("any", Type::map(Type::Dynamic)),
        ]);
        assert_eq!(Type::from_json(&ty.to_json()), Some(ty.clone()));
        assert_eq!(ty.to_json()[1]["names"], json!(["set", "string"]));
        assert_eq!(Type::from_json(&json!("colour")), None);
        assert_eq!(Type::set(Type::String).to_string(), "set(string)");
    }
}
