//! What the derives give for structs that use every option.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{
    Address, Args, Attribute, Attributes as _, Check, Declared as _, DeclaredInputs as _, DeclaredOutputs as _,
    Expression, Field as _, Input, Known, Nesting, NotKnown, Number, Object as _, Output, Presence, Resolved, Shape,
    Timeouts, Type, Value, Violation, conform, plan,
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
    let elsewhere: Output<Option<String>> = Output::attribute(address(), "subnet");
    let args: Args<Registry> = Registry::builder()
        .cluster_name("dev")
        .r#type("hcp".to_owned())
        .subnets([Input::from("b"), elsewhere.into()])
        .tags([("a", "b")])
        .keep(20)
        .prevent_destroy(false)
        .filters([Filter { pattern: "x".into(), syntax: "y".into() }])
        .timeouts(Timeouts::default())
        .build();
    let state = Arc::new(Resolved { value: Value::map([("subnet", "a".into())]), ..Resolved::default() });
    let value = |expression: Expression| expression.resolve(&|_: &Address| state.clone()).expect("it fits").value;
    let args = value(args.into_expression());
    assert_eq!(args.get("subnets"), &Value::set(["a".into(), "b".into()]));
    assert_eq!(args.get("keep"), &Value::from(20));
    assert_eq!(value(Nothing::builder().build().into_expression()), Value::Map(BTreeMap::new()));
}

#[test]
fn handles_refer_to_fields_by_their_names() {
    let handles = Facts::handles(&address(), Registry::handles(&address()));
    assert_eq!(handles.address(), &address());
    let url: Output<String> = handles.url;
    assert_eq!(format!("{url:?}"), "Output(registry.url)");
    assert_eq!(format!("{:?}", handles.inputs.r#type), "Output(registry.type)");
    let summary: Output<String> = handles.summary.map(|filter| filter.pattern);
    assert_eq!(format!("{summary:?}"), "Output(function(registry.summary))");
}

fn address() -> Address {
    Address { stack: 1, name: "registry".into() }
}

#[test]
fn the_schema_says_what_the_fields_do() {
    let block = Registry::block();
    assert!(block.description.starts_with("A container registry."));
    let attribute = |name: &str| -> &Attribute { block.attribute(name).unwrap_or_else(|| panic!("{name} is missing")) };
    assert_eq!(attribute("cluster_name").presence, Presence::Required);
    assert!(attribute("cluster_name").forces_replacement);
    assert_eq!(attribute("cluster_name").description, "The cluster's name.\nOn two lines.");
    assert!(matches!(attribute("type").checks[..], [Check::OneOf(["classic", "hcp"])]));
    assert_eq!(attribute("region").presence, Presence::OptionalComputed);
    assert_eq!(attribute("keep").default, Some(Value::from(10)));
    assert_eq!(attribute("days").default, Some(Value::from(-1)));
    assert_eq!(attribute("share").presence, Presence::Optional);
    assert_eq!(attribute("zones").default, Some(Value::List(Vec::new())));
    assert_eq!(attribute("tags").ty(), Type::map(Type::String));
    assert_eq!(attribute("mirrors").default, Some(Value::map([("a", "b".into())])));
    assert!(attribute("mirrors").sensitive);
    assert!(matches!(attribute("filters").shape, Shape::Nested { nesting: Nesting::List, .. }));
    assert!(matches!(attribute("best").shape, Shape::Nested { nesting: Nesting::Single, .. }));
}

#[test]
fn a_partial_knows_what_is_known() {
    let config = plan::propose(&Registry::block(), &Value::Null, &conform(&Registry::block(), smallest()));
    let partial = Registry::partial(&config).expect("it fits");
    assert_eq!(partial.cluster_name, Known::Now("dev".to_owned()));
    assert_eq!(partial.region, Known::Later);
    assert_eq!(partial.keep, Known::Now(10));
    assert_eq!(Registry::complete(partial.clone()), Err(NotKnown("region")));
    let mut known = partial;
    known.region = Known::Now(Some("us-east-1".to_owned()));
    let composed = Registry::compose(&known, &config);
    assert_eq!(composed.get("region"), &Value::from("us-east-1"));
    let registry = Registry::complete(known).expect("all is known");
    assert_eq!(Registry::decode(&registry.encode()), Ok(registry));
}

#[test]
fn what_is_partly_unknown_stays_as_it_is() {
    let tags = Value::map([("a", Value::Unknown)]);
    let config = Value::map([("cluster_name", "dev".into()), ("type", "hcp".into()), ("tags", tags.clone())]);
    let config = plan::propose(&Registry::block(), &Value::Null, &conform(&Registry::block(), config));
    let partial = Registry::partial(&config).expect("it fits");
    assert_eq!(partial.tags, Known::Later);
    assert_eq!(Registry::compose(&partial, &config).get("tags"), &tags);
}
