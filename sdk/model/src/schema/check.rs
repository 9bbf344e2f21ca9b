//! What a single value must satisfy, whatever else the configuration says.

use crate::diagnostic::text::Text;
use crate::value::nulls;
use crate::value::tree::Value;

/// A rule for one attribute's value. Null and unknown values are never checked.
#[derive(Clone, Debug)]
pub enum Check {
    /// The string is one of these.
    OneOf(&'static [&'static str]),
    /// The whole number is between these, both included.
    Range(i64, i64),
    /// The collection has between these many elements, both included.
    Count(usize, usize),
    /// The string satisfies this function.
    Text(fn(&str) -> Result<(), Violation>),
    /// Every element of the list, set or map satisfies this.
    Each(Box<Check>),
    /// Every key of the map satisfies this function.
    Keys(fn(&str) -> Result<(), Violation>),
}

/// A broken rule: what the rule is, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, as a sentence about the value: "It must start with a letter."
    pub rule: String,
    /// The way out, as a sentence; empty where the rule says it already.
    pub fix: Text,
}

impl Violation {
    /// A broken rule whose way out is plain from the rule.
    pub fn rule(rule: impl Into<String>) -> Self {
        Self { rule: rule.into(), fix: Text::default() }
    }

    /// Says the way out.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Text>) -> Self {
        self.fix = fix.into();
        self
    }
}

impl Check {
    /// Checks one value; violations come with the key or index they are at, if they are inside a collection.
    pub(crate) fn violations(&self, value: &Value) -> Vec<(Option<Place>, Violation)> {
        let whole =
            |result: Result<(), Violation>| result.err().map(|violation| (None, violation)).into_iter().collect();
        match (self, value) {
            (_, Value::Null | Value::Unknown) => Vec::new(),
            (Self::OneOf(allowed), Value::String(text)) => whole(one_of(allowed, text)),
            (Self::Text(holds), Value::String(text)) => whole(holds(text)),
            (Self::Range(least, most), Value::Number(number)) => match number.as_i64() {
                Some(number) if (*least..=*most).contains(&number) => Vec::new(),
                _ => whole(Err(range(*least, *most))),
            },
            (Self::Count(least, most), collection) => {
                let entries = || collection.entries().map_or(0, |entries| nulls::present(entries).count());
                let count = collection.elements().map_or_else(entries, <[_]>::len);
                // An unknown element may turn out to equal another one, but never to vanish: only "too many" can be early.
                if count < *least || count > *most { whole(Err(counted(*least, *most))) } else { Vec::new() }
            }
            (Self::Each(check), Value::Map(entries)) => entries
                .iter()
                .flat_map(|(key, element)| {
                    nested(check, element).map(|violation| (Some(Place::Entry(key.clone())), violation))
                })
                .collect(),
            (Self::Each(check), Value::Set(elements)) => elements
                .iter()
                .flat_map(|element| {
                    nested(check, element).map(|violation| (Some(Place::Element(element.clone())), violation))
                })
                .collect(),
            (Self::Each(check), Value::List(elements)) => elements
                .iter()
                .enumerate()
                .flat_map(|(index, element)| {
                    nested(check, element).map(move |violation| (Some(Place::Index(index)), violation))
                })
                .collect(),
            (Self::Keys(holds), Value::Map(entries)) => entries
                .keys()
                .filter_map(|key| holds(key).err().map(|violation| (Some(Place::Key(key.clone())), violation)))
                .collect(),
            // Another type than the attribute has: the type check has reported it.
            _ => Vec::new(),
        }
    }
}

/// Where in a collection a violation is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A key of a map itself.
    Key(String),
    /// What a map has under that key.
    Entry(String),
    Index(usize),
    Element(Value),
}

fn nested(check: &Check, element: &Value) -> impl Iterator<Item = Violation> {
    check.violations(element).into_iter().map(|(_, violation)| violation)
}

fn one_of(allowed: &[&str], text: &str) -> Result<(), Violation> {
    if allowed.contains(&text) {
        return Ok(());
    }
    let violation = Violation::rule(format!("It must be one of {}.", allowed.join(", ")));
    match allowed.iter().find(|option| option.eq_ignore_ascii_case(text)) {
        Some(option) => Err(violation.fix(format!("Write \"{option}\": upper and lower case count."))),
        None => Err(violation),
    }
}

fn range(least: i64, most: i64) -> Violation {
    Violation::rule(if most == i64::MAX {
        format!("It must be a whole number, {least} or more.")
    } else {
        format!("It must be a whole number from {least} to {most}.")
    })
}

fn counted(least: usize, most: usize) -> Violation {
    Violation::rule(match (least, most) {
        (least, usize::MAX) => format!("It must have at least {least} element{}.", if least == 1 { "" } else { "s" }),
        (0, most) => format!("It must have at most {most} elements."),
        (least, most) => format!("It must have from {least} to {most} elements."),
    })
}
