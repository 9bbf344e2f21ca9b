//! Stored states as providers want them for an upgrade: JSON in which a value of no fixed type says its type.

use rosa_ecr_model::Type;
use serde_json::{Map, Value as Json, json};

/// The JSON of a value of that type, as go-cty writes it. Attributes that the type does not have are of an earlier version,
/// whose upgrade looks at them; a state of the present version does not have them.
pub(crate) fn typed(value: &Json, ty: &Type, is_present: bool) -> Json {
    let typed = |value: &Json, ty: &Type| typed(value, ty, is_present);
    match (ty, value) {
        (_, Json::Null) => Json::Null,
        (Type::Dynamic, value) => json!({ "type": implied(value), "value": value }),
        (Type::List(element) | Type::Set(element), Json::Array(elements)) => {
            elements.iter().map(|value| typed(value, element)).collect()
        }
        (Type::Tuple(types), Json::Array(elements)) => {
            let ty = |at| types.get(at).unwrap_or(&Type::Bool);
            elements.iter().enumerate().map(|(at, value)| typed(value, ty(at))).collect()
        }
        (Type::Map(element), Json::Object(entries)) => {
            entries.iter().map(|(key, value)| (key.clone(), typed(value, element))).collect::<Map<_, _>>().into()
        }
        (Type::Object(types), Json::Object(entries)) => {
            let kept = entries.iter().filter_map(|(name, value)| match types.get(name) {
                Some(ty) => Some((name.clone(), typed(value, ty))),
                None if is_present => None,
                None => Some((name.clone(), value.clone())),
            });
            kept.collect::<Map<_, _>>().into()
        }
        _ => value.clone(),
    }
}

/// The type that a literal of this value has.
fn implied(value: &Json) -> Json {
    match value {
        Json::Null => json!("dynamic"),
        Json::Bool(_) => json!("bool"),
        Json::Number(_) => json!("number"),
        Json::String(_) => json!("string"),
        Json::Array(elements) => json!(["tuple", elements.iter().map(implied).collect::<Vec<_>>()]),
        Json::Object(entries) => {
            let types: Map<_, _> = entries.iter().map(|(name, value)| (name.clone(), implied(value))).collect();
            json!(["object", types])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_no_fixed_type_says_its_type() {
        let ty = Type::object([
            ("name", Type::String),
            ("any", Type::Dynamic),
            ("none", Type::Dynamic),
            ("all", Type::map(Type::Dynamic)),
        ]);
        let stored =
            json!({ "name": "a", "any": { "x": [1, true] }, "none": null, "all": { "k": "v" }, "old": { "y": 1 } });
        let mut wanted = json!({
            "name": "a",
            "any": {
                "type": ["object", { "x": ["tuple", ["number", "bool"]] }],
                "value": { "x": [1, true] },
            },
            "none": null,
            "all": { "k": { "type": "string", "value": "v" } },
            "old": { "y": 1 },
        });
        assert_eq!(typed(&stored, &ty, false), wanted);
        wanted.as_object_mut().and_then(|wanted| wanted.remove("old"));
        assert_eq!(typed(&stored, &ty, true), wanted);
    }
}
