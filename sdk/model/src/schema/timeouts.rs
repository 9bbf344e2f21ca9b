//! The `timeouts` block: how long an operation may take.

use std::time::Duration;

use crate::diagnostic::decode_error::DecodeError;
use crate::schema::block::{Attribute, Block, Presence, Shape};
use crate::schema::check::{Check, Violation};
use crate::schema::field::{Field, Object};
use crate::value::tree::Value;
use crate::value::types::Type;

/// An operation that has a time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Making the object.
    Create,
    /// Changing it in place.
    Update,
    /// Removing it.
    Delete,
}

/// Time limits of a resource that has no `timeouts` block of its own.
#[derive(Clone, Copy, Debug)]
pub struct TimeoutDefaults {
    /// For create.
    pub create: Duration,
    /// For update.
    pub update: Duration,
    /// For delete.
    pub delete: Duration,
}

impl TimeoutDefaults {
    /// Limits in minutes.
    pub const fn minutes(create: u64, update: u64, delete: u64) -> Self {
        Self {
            create: Duration::from_secs(create * 60),
            update: Duration::from_secs(update * 60),
            delete: Duration::from_secs(delete * 60),
        }
    }

    /// The limit of that operation, where the user sets none.
    pub fn of(&self, operation: Operation) -> Duration {
        match operation {
            Operation::Create => self.create,
            Operation::Update => self.update,
            Operation::Delete => self.delete,
        }
    }

    /// The block, whose `timeouts` say that these limits hold without them.
    pub(crate) fn described_in(self, mut block: Block) -> Block {
        let limits = [("create", self.create), ("update", self.update), ("delete", self.delete)];
        let nested = block.blocks.iter_mut().filter(|nested| nested.name == "timeouts");
        for attribute in nested.flat_map(|nested| &mut nested.block.attributes) {
            if let Some((_, limit)) = limits.iter().find(|(name, _)| attribute.name == *name) {
                attribute.description = format!("{} Default: `{}`.", attribute.description, written(*limit));
            }
        }
        block
    }
}

/// A duration of whole seconds as a configuration has it.
fn written(duration: Duration) -> String {
    let units = [(duration.as_secs() / 3600, "h"), (duration.as_secs() / 60 % 60, "m"), (duration.as_secs() % 60, "s")];
    units.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit}")).collect()
}

/// The user's `timeouts` block: durations such as `90s`, `10m` or `1h30m`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// For create.
    pub create: Option<String>,
    /// For update.
    pub update: Option<String>,
    /// For delete.
    pub delete: Option<String>,
}

impl Timeouts {
    /// The user's limit for that operation, if there is one. Validation has seen to its form.
    pub fn of(&self, operation: Operation) -> Option<Duration> {
        let text = match operation {
            Operation::Create => &self.create,
            Operation::Update => &self.update,
            Operation::Delete => &self.delete,
        };
        text.as_deref().and_then(parse_duration)
    }
}

/// Reads a duration such as `90s`, `10m` or `1h30m`; units are `h`, `m`, `s` and `ms`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, after) = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
            .into_iter()
            .find_map(|(unit, millis)| rest.strip_prefix(unit).map(|after| (millis, after)))?;
        total = total.checked_add(Duration::from_millis(number.checked_mul(unit)?))?;
        rest = after;
    }
    (total > Duration::ZERO).then_some(total)
}

fn duration(text: &str) -> Result<(), Violation> {
    match parse_duration(text) {
        Some(_) => Ok(()),
        None => Err(Violation::rule("It must be a duration longer than nothing, in hours, minutes and seconds.")
            .fix("Write it like \"90s\", \"10m\" or \"1h30m\".")),
    }
}

/// Written by hand, because the derive macro's output names this crate from outside.
impl Field for Timeouts {
    fn ty() -> Type {
        Self::block().ty()
    }

    fn decode(value: &Value) -> Result<Self, DecodeError> {
        let field = |name| Option::<String>::decode(value.get(name)).map_err(|error| error.within(name));
        Ok(Self { create: field("create")?, update: field("update")?, delete: field("delete")? })
    }

    fn encode(&self) -> Value {
        Value::map([
            ("create", self.create.encode()),
            ("update", self.update.encode()),
            ("delete", self.delete.encode()),
        ])
    }
}

impl Object for Timeouts {
    fn block() -> Block {
        let attribute = |name: &'static str, what: &str| Attribute {
            description: format!("How long {what} may take, such as `90s`, `10m` or `1h30m`."),
            checks: vec![Check::Text(duration)],
            ..Attribute::new(name, Shape::Type(Type::String), Presence::Optional)
        };
        Block {
            description: "Time limits of the operations.".to_owned(),
            attributes: vec![
                attribute("create", "the creation"),
                attribute("update", "an update"),
                attribute("delete", "the deletion"),
            ],
            blocks: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_says_what_holds_without_it() {
        let timeouts =
            crate::NestedBlock { name: "timeouts".into(), nesting: crate::Nesting::Single, block: Timeouts::block() };
        let block =
            TimeoutDefaults::minutes(10, 2, 90).described_in(Block { blocks: vec![timeouts], ..Block::default() });
        let described: Vec<&str> =
            block.blocks[0].block.attributes.iter().map(|attribute| attribute.description.as_str()).collect();
        for (described, default) in described.iter().zip(["`10m`.", "`2m`.", "`1h30m`."]) {
            assert!(described.ends_with(&format!("`1h30m`. Default: {default}")), "{described}");
        }
        assert_eq!(written(Duration::from_secs(95)), "1m35s");
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        for bad in ["", "10", "m", "-5m", "5 m", "0s", "99999999999999999999h", "10min"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
