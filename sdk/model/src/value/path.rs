//! Where in a value something is.

use std::fmt;

use crate::value::tree::Value;

/// A path to a node of a value, such as `tags["Owner"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// An attribute or block of that name.
    Attribute(String),
    /// An element of a map.
    Key(String),
    /// An element of a list or tuple, counted from 0.
    Index(usize),
    /// An element of a set: the element itself.
    Element(Value),
}

impl Path {
    /// The whole value.
    pub fn root() -> Self {
        Self::default()
    }

    /// This attribute of this value.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>) -> Self {
        self.0.push(Step::Attribute(name.into()));
        self
    }

    /// This element of a map.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// This element of a list, counted from 0.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// This element of a set.
    #[must_use]
    pub fn element(mut self, element: Value) -> Self {
        self.0.push(Step::Element(element));
        self
    }

    /// One step further.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the whole value.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Path {
    fn from(attribute: &str) -> Self {
        Self::root().attribute(attribute)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if place == 0 => write!(f, "{name}")?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Element(Value::String(text)) => write!(f, "[{text:?}]")?,
                Step::Element(element) => write!(f, "[{}]", element_in_words(element))?,
            }
        }
        Ok(())
    }
}

/// An element of a set, which has no path of its own: a short form of its value.
fn element_in_words(element: &Value) -> String {
    match element {
        Value::String(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Map(entries) => {
            let texts = entries.iter().filter_map(|(name, value)| Some(format!("{name} = {:?}", value.as_str()?)));
            format!("{{ {} }}", texts.collect::<Vec<_>>().join(", "))
        }
        _ => "*".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_hcl() {
        let path = Path::from("filters").index(0).attribute("name");
        assert_eq!(path.to_string(), "filters[0].name");
        assert_eq!(Path::from("tags").key("Owner").to_string(), "tags[\"Owner\"]");
        let filter = Value::map([("filter", Value::from("v*")), ("filter_type", Value::Unknown)]);
        let path = Path::from("filters").element(filter).attribute("filter_type");
        assert_eq!(path.to_string(), "filters[{ filter = \"v*\" }].filter_type");
    }
}
