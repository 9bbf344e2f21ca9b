//! `lifecycle_policy(rules)`: the JSON of a lifecycle policy from objects, checked by the rules of `rosa_ecr_lifecycle_policy`.
//!
//! The names are those of the AWS provider's data source `aws_ecr_lifecycle_policy_document`. Source: Amazon ECR User Guide,
//! "Lifecycle policy properties".

use rosa_ecr_model::{Diagnostic, Function, FunctionBody, FunctionError, Parameter, Type, Value, Violation, suggest};
use serde_json::{Map, Value as Json, json};

use crate::ecr::{broken_lifecycle_rules, check_lifecycle_policy};

/// What a rule may have: here and in the JSON.
const RULE: &[(&str, &str)] =
    &[("priority", "rulePriority"), ("description", "description"), ("selection", "selection"), ("action", "action")];

/// What its selection may have.
const SELECTION: &[(&str, &str)] = &[
    ("tag_status", "tagStatus"),
    ("tag_pattern_list", "tagPatternList"),
    ("tag_prefix_list", "tagPrefixList"),
    ("storage_class", "storageClass"),
    ("count_type", "countType"),
    ("count_unit", "countUnit"),
    ("count_number", "countNumber"),
];

/// What its action may have.
const ACTION: &[(&str, &str)] = &[("type", "type"), ("target_storage_class", "targetStorageClass")];

pub(super) fn function() -> Function {
    Function {
        name: "lifecycle_policy",
        summary: "Lifecycle policy of a repository from a list of rules",
        description: "Gives the JSON of a lifecycle policy, for `policy` of `rosa_ecr_lifecycle_policy` or the `lifecycle_policy` of a \
                      repository creation template. What is wrong with a rule is an error that names it.",
        parameters: vec![Parameter::new(
            "rules",
            Type::Dynamic,
            "List of objects with `selection` and, if they are needed, `priority` (the place in the list, where it is not set), \
             `description` and `action` (`{ type = \"expire\" }`, where it is not set). A selection has `tag_status`, `count_type`, \
             `count_number` and, depending on these, `count_unit`, `tag_pattern_list`, `tag_prefix_list` and `storage_class`; an \
             action has `type` and `target_storage_class`.",
        )],
        variadic: None,
        returns: Type::String,
        call: FunctionBody::new(|arguments| {
            let text =
                document(arguments.first().unwrap_or(&Value::Null)).map_err(|what| FunctionError::new(what).at(0))?;
            check_lifecycle_policy(&text).map_err(|Violation { rule, fix }| {
                FunctionError::new(format!("rules make no lifecycle policy. {rule} {fix}").trim_end()).at(0)
            })?;
            let broken = broken_lifecycle_rules(&text, "rules").into_iter().next();
            match broken {
                Some(Diagnostic { summary, detail, fix, .. }) => {
                    Err(FunctionError::new(format!("{summary}. {detail} {fix}").trim_end()).at(0))
                }
                None => Ok(text.into()),
            }
        }),
    }
}

fn document(rules: &Value) -> Result<String, String> {
    let Some(rules) = rules.elements() else { return Err("rules is no list.".to_owned()) };
    let rule = |(index, rule): (usize, &Value)| {
        let place = format!("rules[{index}]");
        let mut rule = object(rule, RULE, &place)?;
        rule.entry("rulePriority").or_insert_with(|| json!(index + 1));
        rule.entry("action").or_insert_with(|| json!({ "type": "expire" }));
        if !rule.contains_key("selection") {
            return Err(format!("{place} has no selection, which says what images it is about."));
        }
        Ok(Json::Object(rule))
    };
    let rules: Vec<Json> = rules.iter().enumerate().map(rule).collect::<Result<_, String>>()?;
    Ok(json!({ "rules": rules }).to_string())
}

/// An object in JSON's names, without what is null.
fn object(value: &Value, names: &[(&str, &str)], place: &str) -> Result<Map<String, Json>, String> {
    let Some(entries) = value.entries() else { return Err(format!("{place} is no object.")) };
    let mut found = Map::new();
    for (key, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
        let Some((_, name)) = names.iter().find(|(known, _)| known == key) else {
            let meant = suggest(key, names.iter().map(|(known, _)| *known));
            let way_out = meant.map_or_else(
                || format!("It has {}.", names.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", ")),
                |meant| format!("Did you mean \"{meant}\"?"),
            );
            return Err(format!("{place} has nothing called \"{key}\". {way_out}"));
        };
        let place = format!("{place}.{key}");
        let value = match key.as_str() {
            "selection" => Json::Object(object(value, SELECTION, &place)?),
            "action" => Json::Object(object(value, ACTION, &place)?),
            _ => plain(value, &place)?,
        };
        found.insert((*name).to_owned(), value);
    }
    Ok(found)
}

/// A text, a whole number or a list of them.
fn plain(value: &Value, place: &str) -> Result<Json, String> {
    let whole = || format!("{place} is no whole number.");
    match value {
        Value::String(text) => Ok(Json::from(text.as_str())),
        Value::Number(number) => number.as_i64().map(Json::from).ok_or_else(whole),
        Value::List(elements) | Value::Set(elements) => {
            let elements = elements.iter().enumerate().map(|(index, value)| plain(value, &format!("{place}[{index}]")));
            Ok(Json::Array(elements.collect::<Result<_, _>>()?))
        }
        _ => Err(format!("{place} is neither a text nor a number nor a list.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(selection: &[(&str, Value)], more: &[(&str, Value)]) -> Value {
        let selection = Value::map(selection.iter().map(|(name, value)| (*name, value.clone())));
        Value::map(std::iter::once(("selection", selection)).chain(more.iter().cloned()))
    }

    fn untagged() -> Value {
        rule(
            &[
                ("tag_status", "untagged".into()),
                ("count_type", "sinceImagePushed".into()),
                ("count_unit", "days".into()),
                ("count_number", 14.into()),
                ("tag_pattern_list", Value::Null),
            ],
            &[],
        )
    }

    #[test]
    fn objects_become_the_policy() {
        let tagged = rule(
            &[
                ("tag_status", "tagged".into()),
                ("tag_pattern_list", Value::List(vec!["v*".into()])),
                ("count_type", "imageCountMoreThan".into()),
                ("count_number", 30.into()),
            ],
            &[("priority", 10.into()), ("description", "Releases".into())],
        );
        let text = function().invoke(&[Value::List(vec![untagged(), tagged])]).expect("a policy");
        let policy: Json = serde_json::from_str(text.as_str().expect("a text")).expect("JSON");
        let expected = json!({ "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14,
                },
                "action": { "type": "expire" },
            },
            {
                "rulePriority": 10,
                "description": "Releases",
                "selection": {
                    "tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": 30,
                },
                "action": { "type": "expire" },
            },
        ]});
        assert_eq!(policy, expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let list = |rule: Value| Value::List(vec![rule]);
        let cases = [
            (Value::from("untagged"), "rules is no list"),
            (Value::List(Vec::new()), "a list \"rules\" that is not empty"),
            (list("untagged".into()), "rules[0] is no object"),
            (list(Value::map([("priority", 1.into())])), "rules[0] has no selection"),
            (list(rule(&[("tag_statu", "any".into())], &[])), "Did you mean \"tag_status\"?"),
            (list(rule(&[("tag_status", true.into())], &[])), "rules[0].selection.tag_status is neither"),
        ];
        for (rules, reported) in cases {
            let error = function().invoke(&[rules]).expect_err(reported);
            assert!(error.argument == Some(0) && error.text.contains(reported), "{reported}: {error}");
        }
    }
}
