//! The value tree: what a configuration, a plan and a state are made of.

use std::collections::BTreeMap;

use crate::value::number::Number;

/// A value of any [`Type`](crate::Type); null and unknown may stand at any node.
///
/// Lists and tuples are both [`Value::List`], maps and objects both [`Value::Map`]: the type tells them apart where it
/// matters. Sets are kept sorted, so that equality of values is equality of sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing is there.
    #[default]
    Null,
    /// Something will be there; what it is, only the apply tells.
    Unknown,
    /// A boolean.
    Bool(bool),
    /// A number of any size.
    Number(Number),
    /// A string.
    String(String),
    /// A list or a tuple.
    List(Vec<Value>),
    /// A set: build it with [`Value::set`], which sorts it.
    Set(Vec<Value>),
    /// A map or an object.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// A set: sorted, equal known elements once. Unknown elements are all kept, since they may turn out to differ.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Self {
        let mut elements: Vec<Value> = elements.into_iter().collect();
        elements.sort();
        elements.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self::Set(elements)
    }

    /// A map or an object from names and values.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Map(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this node itself is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether neither this node nor any node below it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(elements) | Self::Set(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(entries) => entries.values().all(Self::is_wholly_known),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is a list or a set.
    pub fn elements(&self) -> Option<&[Value]> {
        match self {
            Self::List(elements) | Self::Set(elements) => Some(elements),
            _ => None,
        }
    }

    /// The entries, if it is a map or an object.
    pub fn entries(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entry of that name; null where this is not a map or has no such entry.
    pub fn get(&self, name: &str) -> &Value {
        self.entries().and_then(|entries| entries.get(name)).unwrap_or(&Self::Null)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Number::from(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_compare_without_order_and_keep_unknowns() {
        let one = Value::set(["b".into(), "a".into(), "b".into()]);
        assert_eq!(one, Value::set(["a".into(), "b".into()]));
        let open = Value::set([Value::Unknown, Value::Unknown]);
        assert_eq!(open.elements().map(<[Value]>::len), Some(2));
    }

    #[test]
    fn unknown_is_found_at_any_depth() {
        let deep = Value::map([("a", Value::List(vec![Value::map([("b", Value::Unknown)])]))]);
        assert!(!deep.is_wholly_known());
        assert!(!deep.is_unknown());
    }
}
