use super::*;

fn registry() -> Address {
    Address { stack: 1, name: "registry".into() }
}

fn state(address: &Address) -> Arc<Resolved> {
    assert_eq!(address, &registry());
    let value = Value::map([
        ("url", "registry.example/a".into()),
        ("arn", Value::Unknown),
        ("password", "hunter2".into()),
        ("key", Value::Null),
        ("summary", Value::map([("name", "a".into())])),
    ]);
    Arc::new(Resolved { value, secrets: Secrets::attributes(["password"]) })
}

fn attribute(name: &str) -> Expression {
    Expression::attribute(registry(), name.into())
}

#[test]
fn what_is_known_is_computed_and_what_is_not_stays_unknown() {
    let upper = |name| {
        Expression::apply([attribute(name)], |values| {
            Ok(Value::String(values[0].as_str().expect("a known string").to_uppercase()))
        })
    };
    assert_eq!(upper("url").resolve(&state).expect("it fits").value, Value::from("REGISTRY.EXAMPLE/A"));
    assert_eq!(upper("arn").resolve(&state).expect("it fits").value, Value::Unknown);
    let list = Expression::list([attribute("arn"), "a".into()]);
    assert_eq!(
        list.resolve(&state).expect("it fits").value,
        Value::List(vec![Value::Unknown, "a".into()]),
        "only what is unknown is unknown"
    );
    let deep = Expression::attribute(registry(), Path::from("summary").attribute("name"));
    assert_eq!(deep.resolve(&state).expect("it fits").value, Value::from("a"));
}

#[test]
fn secrets_stay_secret_whatever_is_made_of_them() {
    let map = Expression::map([("a", attribute("url")), ("b", attribute("password"))]);
    let resolved = map.resolve(&state).expect("it fits");
    assert_eq!(resolved.secrets, Secrets::from_iter([Path::root().key("b")]));
    let length = Expression::apply([map.clone()], |_| Ok(7.into()));
    assert_eq!(length.resolve(&state).expect("it fits").secrets, Secrets::whole());
    let set = Expression::set([attribute("password"), "b".into()]);
    assert_eq!(set.resolve(&state).expect("it fits").secrets, Secrets::whole());
    assert!(attribute("url").resolve(&state).expect("it fits").secrets.is_empty());
    assert!(!attribute("url").secret().resolve(&state).expect("it fits").secrets.is_empty());
}

#[test]
fn a_default_stands_for_null_alone() {
    for (expression, value) in [
        (attribute("url").or("b".into()), "registry.example/a".into()),
        (attribute("key").or("b".into()), "b".into()),
        (attribute("arn").or("b".into()), Value::Unknown),
        (Expression::from(Value::Null).or("b".into()), "b".into()),
        (Expression::from("a").or("b".into()), "a".into()),
    ] {
        assert_eq!(expression.resolve(&state).expect("it fits").value, value, "{expression:?}");
    }
    let set = Expression::set([attribute("arn")]).or(Value::set(["b".into()]));
    assert_eq!(set.elements().expect("it is known how many").len(), 1);
    assert!(!attribute("password").or("b".into()).resolve(&state).expect("it fits").secrets.is_empty());
}

#[test]
fn what_needs_no_resource_is_known_at_once() {
    let list = Expression::list([attribute("url"), "a".into()]);
    assert_eq!(list.without_resources().expect("it fits"), Value::List(vec![Value::Unknown, "a".into()]));
    let labels: Vec<_> = list.elements().expect("two").iter().map(Expression::label).collect();
    assert_eq!(labels, [Some("registry.url".to_owned()), Some("a".to_owned())]);
    let known = Expression::from(Value::set(["a".into(), "b".into()]));
    assert_eq!(known.elements().expect("two").len(), 2);
    assert!(attribute("url").elements().is_none());
    let computed = Expression::apply([attribute("url")], |values| Ok(values[0].clone()));
    assert_eq!(computed.label(), None);
    assert_eq!(Expression::from("hunter2").secret().label(), None);
}

#[test]
fn a_null_that_is_needed_is_an_error_that_names_it() {
    let error = Expression::list([attribute("key").present()]).resolve(&state).expect_err("it is null");
    assert_eq!(error.to_string(), "[0]: registry.key is null, and a value is needed");
    assert!(attribute("arn").present().resolve(&state).expect("unknown is not null").value.is_unknown());
}

#[test]
fn dependencies_are_known_without_values_and_debug_shows_none() {
    let expression = Expression::apply([attribute("url"), Expression::from("hunter2")], |_| Ok(Value::Null));
    let mut found = BTreeSet::new();
    expression.dependencies(&mut found);
    assert_eq!(found, [registry()].into());
    assert_eq!(format!("{expression:?}"), "function(registry.url, …)");
}
