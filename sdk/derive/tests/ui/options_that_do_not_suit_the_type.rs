use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::Inputs;

/// A registry.
#[derive(Clone, Debug, Inputs)]
pub struct Registry {
    /// A number is no text.
    #[attr(one_of("1", "2"))]
    pub size: i64,
    /// A text is no number.
    #[attr(range(1..=63))]
    pub name: String,
    /// A text has no elements.
    #[attr(count(1..=5))]
    pub region: Option<String>,
    /// A set is no text.
    #[attr(check(fits))]
    pub subnet_ids: BTreeSet<String>,
    /// A set is no number.
    #[attr(range(1..=5))]
    pub zones: BTreeSet<String>,
    /// A list has no keys.
    #[attr(keys(fits))]
    pub roles: Vec<String>,
    /// Numbers are no texts.
    #[attr(each(fits))]
    pub ports: BTreeMap<String, i64>,
    /// A string is no object.
    #[attr(nested)]
    pub filter: String,
    /// Who leaves it out?
    #[attr(computed)]
    pub owner: String,
}

fn main() {}
