//! What the derives give for structs that use every option.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{
    Args, Attribute, Attributes, Check, Field, Known, Nesting, NotKnown, Number, Object, Presence, Shape, Timeouts,
    Type, Value, Violation,
};

/// A container registry.
///
/// With a second paragraph.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Registry {
    /// The cluster's name.
    /// On two lines.
    #[attr(replace, check(lower_case))]
    pub cluster_name: String,
    /// The kind.
    #[attr(one_of("classic", "hcp"))]
    pub r#type: String,
    /// Where it is.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// How many images stay.
    #[attr(default = 10, range(1..=30))]
    pub keep: i64,
    /// How many days.
    #[attr(default = -1, range(-1..))]
    pub days: i64,
    /// Share of the quota.
    pub share: Option<Number>,
    /// Whether it stays.
    #[attr(default = true)]
    pub prevent_destroy: bool,
    /// How tags change.
    #[attr(default = "MUTABLE", one_of("MUTABLE", "IMMUTABLE"))]
    pub mutability: String,
    /// Subnets.
    #[attr(count(1..=5), each(lower_case))]
    pub subnets: Option<BTreeSet<String>>,
    /// Ports.
    #[attr(default = [], each_one_of("a", "b"))]
    pub zones: Vec<String>,
    /// Tags.
    #[attr(default = {}, keys(lower_case), count(..=50))]
    pub tags: BTreeMap<String, String>,
    /// Mirrors.
    #[attr(default_with = mirrors, sensitive)]
    pub mirrors: BTreeMap<String, String>,
    /// Filters.
    #[attr(nested, default = [])]
    pub filters: Vec<Filter>,
    /// The best filter.
    #[attr(nested)]
    pub best: Option<Filter>,
    /// Roles, one after the other.
    #[attr(block)]
    pub roles: Vec<Filter>,
    /// Other roles.
    #[attr(block)]
    pub others: BTreeSet<Filter>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct Filter {
    /// What it matches.
    pub pattern: String,
    /// How.
    #[attr(default = "glob")]
    pub syntax: String,
}

/// What a registry says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct Facts {
    /// Its address.
    pub url: String,
    /// A token.
    #[attr(sensitive)]
    pub token: Option<String>,
    /// Filters in force.
    #[attr(nested)]
    pub active: Vec<Filter>,
    /// A summary.
    pub summary: Filter,
}

/// Nothing to set.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Nothing {}

fn lower_case(text: &str) -> Result<(), Violation> {
    if text == text.to_lowercase() { Ok(()) } else { Err(Violation::rule("It must be lower case.")) }
}

fn mirrors() -> BTreeMap<String, String> {
    [("a".to_owned(), "b".to_owned())].into()
}

fn smallest() -> Value {
    Value::map([("cluster_name", "dev".into()), ("type", "hcp".into())])
}

#[test]
fn a_builder_takes_what_people_write() {
    let args: Args<Registry> = Registry::builder()
        .cluster_name("dev")
        .r#type("hcp".to_owned())
        .subnets(["b", "a"])
        .tags([("a", "b")])
        .keep(20)
        .prevent_destroy(false)
        .filters([Filter { pattern: "x".into(), syntax: "y".into() }])
        .timeouts(Timeouts::default())
        .build();
    let value = args.to_value();
    assert_eq!(value.get("subnets"), &Value::set(["a".into(), "b".into()]));
    assert_eq!(value.get("keep"), &Value::from(20));
    assert_eq!(Nothing::builder().build().to_value(), Value::Map(BTreeMap::new()));
}
