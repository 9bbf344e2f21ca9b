//! What makes an object this one and no other: a few strings, as users of other hosts' import blocks write them.

use std::collections::BTreeMap;

use crate::diagnostic::message::{Diagnostic, Diagnostics};
use crate::value::tree::Value;
use crate::value::types::Type;

/// The optional attribute of an identity that every regional resource shares, and [`import_id`] understands.
const REGION: &str = "region";

/// A string of a resource's identity. As long as the object exists, an identity changes only by a plan that renames it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityAttribute {
    /// Its name, which is also the name of the input or output that has the value.
    pub name: &'static str,
    /// Markdown for the user docs.
    pub description: &'static str,
    /// Whether an import must give it. Where it may be left out, such as `region`, the provider's own stands for it.
    pub required: bool,
}

/// The type of identities of these attributes.
pub fn identity_type(attributes: &[IdentityAttribute]) -> Type {
    Type::object(attributes.iter().map(|attribute| (attribute.name, Type::String)))
}

/// The identity of the object that has this state; attributes that are not known yet are null, and so is the identity
/// of no object.
pub(crate) fn identity_of(attributes: &[IdentityAttribute], state: &Value) -> Value {
    if state.is_null() || state.is_unknown() {
        return Value::Null;
    }
    let known = |name| state.get(name).as_str().map_or(Value::Null, Value::from);
    Value::map(attributes.iter().map(|attribute| (attribute.name, known(attribute.name))))
}

/// The strings of an identity that somebody wrote.
///
/// # Errors
/// Where it lacks an attribute that is required, or has one that there is not.
pub(crate) fn given(
    type_name: &str,
    attributes: &[IdentityAttribute],
    identity: &Value,
) -> Result<BTreeMap<String, String>, Diagnostics> {
    let mut strings = BTreeMap::new();
    let mut report = Diagnostics::new();
    for attribute in attributes {
        match identity.get(attribute.name).as_str() {
            Some(text) if !text.is_empty() => drop(strings.insert(attribute.name.to_owned(), text.to_owned())),
            _ if !attribute.required => {}
            _ => report.push(
                Diagnostic::error(format!("The identity of {type_name} needs \"{}\"", attribute.name))
                    .detail(format!("{} identifies the object.", attribute.name))
                    .fix(format!("Set \"{}\" in \"identity\".", attribute.name))
                    .at(attribute.name),
            ),
        }
    }
    let is_known =
        |name: &&String| attributes.is_empty() || attributes.iter().any(|attribute| attribute.name == name.as_str());
    for name in identity.entries().into_iter().flat_map(BTreeMap::keys).filter(|name| !is_known(name)) {
        let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name).collect();
        report.push(
            Diagnostic::error(format!("The identity of {type_name} has no \"{name}\""))
                .detail(format!("It has: {}.", names.join(", ")))
                .fix("Correct the name.")
                .at(name.as_str()),
        );
    }
    report.into_result()?;
    Ok(strings)
}

/// Why an object of the identity `found` is not the one to import; `None` where it is, or where there is no object.
pub(crate) fn contradiction(given: &Value, found: &Value) -> Option<Diagnostic> {
    let given = given.entries().into_iter().flatten();
    let (name, _) = given.into_iter().find(|(name, value)| {
        let found = found.get(name);
        !value.is_null() && !found.is_null() && found != *value
    })?;
    let error = Diagnostic::error("The object is not the one to import")
        .detail(format!("What was found has another \"{name}\" than the identity that is given."))
        .fix(format!("Correct \"{name}\", leave it out, or choose the provider configuration that it belongs to."));
    Some(error.at(name.as_str()))
}

/// The id to import for an identity with one required attribute: its value, with `@` and the region where that is given.
///
/// # Errors
/// Where the resource's identity does not have one required attribute.
pub(crate) fn import_id(
    type_name: &str,
    attributes: &[IdentityAttribute],
    identity: &BTreeMap<String, String>,
) -> Result<String, Diagnostics> {
    let mut required = attributes.iter().filter(|attribute| attribute.required);
    let (Some(one), None) = (required.next(), required.next()) else {
        return Err(not_by_identity(type_name).into());
    };
    let id = identity.get(one.name).cloned().unwrap_or_default();
    Ok(match identity.get(REGION) {
        Some(region) if one.name != REGION => format!("{id}@{region}"),
        _ => id,
    })
}

/// Says that an object of that type is known by its id alone.
pub fn not_by_identity(type_name: &str) -> Diagnostic {
    Diagnostic::error(format!("{type_name} cannot be imported by identity"))
        .detail("It is known by its id alone.")
        .fix("Set \"id\" in the \"import\" block, in place of \"identity\".")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: &[IdentityAttribute] = &[
        IdentityAttribute { name: "title", description: "Its title.", required: true },
        IdentityAttribute { name: "region", description: "Where it is.", required: false },
    ];

    fn id(identity: &Value) -> Result<String, Diagnostics> {
        import_id("book", BOOK, &given("book", BOOK, identity)?)
    }

    #[test]
    fn one_required_attribute_is_the_id_and_the_region_goes_behind_it() {
        assert_eq!(id(&Value::map([("title", "Emma".into())])), Ok("Emma".to_owned()));
        let abroad = Value::map([("title", "Emma".into()), ("region", "eu-west-1".into())]);
        assert_eq!(id(&abroad), Ok("Emma@eu-west-1".to_owned()));
    }

    #[test]
    fn what_is_missing_is_named() {
        let report = id(&Value::map([("title", "Emma".into()), ("writer", "Jane".into())])).expect_err("no writer");
        assert!(report.to_string().contains("has no \"writer\""), "{report}");
        for identity in [Value::Null, Value::map([("title", "".into()), ("region", "eu-west-1".into())])] {
            let report = id(&identity).expect_err("no title");
            assert_eq!(report.to_string().lines().next(), Some("error: The identity of book needs \"title\" (title)"));
        }
    }

    #[test]
    fn another_object_than_the_one_that_is_meant_is_not_taken() {
        let of = |region: Value| Value::map([("title", "Emma".into()), ("region", region)]);
        let error = contradiction(&of("eu-west-1".into()), &of("us-east-1".into())).expect("another region");
        assert!(error.to_string().contains("another \"region\""), "{error}");
        for (given, found) in [(Value::Null, "a".into()), ("a".into(), Value::Null), ("a".into(), "a".into())] {
            assert_eq!(contradiction(&of(given), &of(found)), None);
        }
        assert_eq!(contradiction(&of("a".into()), &Value::Null), None, "there is no object");
    }

    #[test]
    fn without_exactly_one_required_attribute_the_resource_has_to_say_more() {
        let two = [IdentityAttribute { required: true, ..BOOK[1] }, BOOK[0]];
        for attributes in [&two[..], &[]] {
            let report = import_id("book", attributes, &BTreeMap::new()).expect_err("ambiguous");
            assert!(report.to_string().contains("cannot be imported by identity"), "{report}");
        }
    }

    #[test]
    fn an_identity_has_what_is_known_of_it() {
        let state = Value::map([("title", "Emma".into()), ("region", Value::Unknown), ("pages", 7.into())]);
        let identity = identity_of(BOOK, &state);
        assert_eq!(identity, Value::map([("title", "Emma".into()), ("region", Value::Null)]));
        assert_eq!(identity_of(BOOK, &Value::Null), Value::Null);
        assert_eq!(identity_type(BOOK), Type::object([("region", Type::String), ("title", Type::String)]));
    }
}
