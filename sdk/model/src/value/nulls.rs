//! Null entries of maps: `tags = { Team = var.team }`, where the variable is null.
//!
//! Such an entry is as good as none, so no Rust type sees it. Hosts compare what they configured with what they get, entry by
//! entry: where the configuration has a null, the plan and the state have it, too.

use std::collections::BTreeMap;

use crate::value::tree::Value;

/// `value` with the null entries that the maps of `config` have, where it has no entry of that key.
pub(crate) fn kept(config: &Value, value: Value) -> Value {
    match (config, value) {
        (Value::Map(config), Value::Map(mut entries)) => {
            for (key, config) in config {
                match entries.remove(key) {
                    Some(entry) => drop(entries.insert(key.clone(), kept(config, entry))),
                    None if config.is_null() => drop(entries.insert(key.clone(), Value::Null)),
                    None => {}
                }
            }
            Value::Map(entries)
        }
        (Value::List(config), Value::List(elements)) if config.len() == elements.len() => {
            Value::List(config.iter().zip(elements).map(|(config, element)| kept(config, element)).collect())
        }
        (_, value) => value,
    }
}

/// The entries of a map that have a value.
pub(crate) fn present(entries: &BTreeMap<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    entries.iter().filter(|(_, value)| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_stay_where_they_were_written() {
        let config = Value::map([
            ("tags", Value::map([("Env", Value::Null), ("Team", "a".into()), ("Real", Value::Null)])),
            ("rules", Value::List(vec![Value::map([("of", Value::map([("x", Value::Null)]))])])),
        ]);
        let value = Value::map([
            ("tags", Value::map([("Team", "b".into()), ("Real", "there".into())])),
            ("rules", Value::List(vec![Value::map([("of", Value::map([("y", 1.into())]))])])),
        ]);
        let kept = kept(&config, value);
        let tags = Value::map([("Env", Value::Null), ("Team", "b".into()), ("Real", "there".into())]);
        assert_eq!(kept.get("tags"), &tags, "what is there stays");
        let of = Value::map([("x", Value::Null), ("y", 1.into())]);
        assert_eq!(kept.get("rules"), &Value::List(vec![Value::map([("of", of)])]));
        assert_eq!(super::kept(&Value::Null, tags.clone()), tags);
        assert_eq!(super::kept(&tags, Value::Unknown), Value::Unknown);
    }
}
