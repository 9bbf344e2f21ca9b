//! Tests of lifecycle policy documents.

use std::collections::BTreeSet;

use super::*;

const RETENTION: Retention = Retention { untagged_days: 14, keep_count: 30, tag_patterns: None };

#[test]
fn untagged_images_never_push_tagged_ones_out() {
    let document: Json = serde_json::from_str(&RETENTION.document()).expect("JSON");
    for rule in document["rules"].as_array().expect("rules") {
        assert_ne!(rule["selection"]["tagStatus"], "any");
    }
    assert_eq!(document["rules"][1]["selection"]["tagPatternList"], json!(["*"]));
}

#[test]
fn a_document_reads_back() {
    assert_eq!(Retention::of(&RETENTION.document()), Some(RETENTION));
    let pretty: Json = serde_json::from_str(&RETENTION.document()).expect("JSON");
    assert_eq!(Retention::of(&serde_json::to_string_pretty(&pretty).expect("text")), Some(RETENTION));
    assert_eq!(Retention::of(r#"{"rules":[]}"#), None);
}

#[test]
fn order_and_layout_mean_nothing_but_unknown_fields_do() {
    let one = r#"{"rules":[{"rulePriority":2,"selection":{"tagPrefixList":["b","a"]}},{"rulePriority":1}]}"#;
    let two = r#"{ "rules": [{"rulePriority":1},{"selection":{"tagPrefixList":["a","b"]},"rulePriority":2}] }"#;
    assert!(same(one, two));
    assert!(!same(one, &two.replace("\"rulePriority\":1", "\"rulePriority\":1,\"later\":true")));
}

#[test]
fn a_list_of_nothing_is_none() {
    let one = r#"{"rules":[{"selection":{"tagStatus":"untagged","tagPrefixList":[],"tagPatternList":[]}}]}"#;
    let two = r#"{"rules":[{"selection":{"tagStatus":"untagged"}}]}"#;
    assert!(same(one, two) && same(two, one));
    assert!(!same(two, &two.replace("\"untagged\"", "\"untagged\",\"tagPrefixList\":[\"a\"]")));
}

#[test]
fn the_document_of_the_two_numbers_never_changes() {
    // Registries have it: another text would be a difference in each of their plans.
    let text = r#"{"rules":[{"action":{"type":"expire"},"description":"Untagged images expire after 14 days","rulePriority":1,"selection":{"countNumber":14,"countType":"sinceImagePushed","countUnit":"days","tagStatus":"untagged"}},{"action":{"type":"expire"},"description":"The newest 30 tagged images stay","rulePriority":2,"selection":{"countNumber":30,"countType":"imageCountMoreThan","tagPatternList":["*"],"tagStatus":"tagged"}}]}"#;
    assert_eq!(RETENTION.document(), text);
    let every_tag = Retention { tag_patterns: Some(vec!["*".to_owned()]), ..RETENTION };
    assert_eq!(every_tag.document(), text);
}

#[test]
fn each_pattern_has_a_rule_in_its_order() {
    let patterns = Some(vec!["v*".to_owned(), "*".to_owned(), "nightly-*".to_owned()]);
    let retention = Retention { tag_patterns: patterns, ..RETENTION };
    let document: Json = serde_json::from_str(&retention.document()).expect("JSON");
    let lists: Vec<&Json> = (1..4).map(|rule| &document["rules"][rule]["selection"]["tagPatternList"]).collect();
    assert_eq!(lists, [&json!(["v*"]), &json!(["*"]), &json!(["nightly-*"])]);
    assert_eq!(document["rules"][1]["description"], "The newest 30 images tagged v* stay");
    assert_eq!(Retention::of(&retention.document()), Some(retention.clone()));
    assert_eq!(titles(&retention.document()), [""; 0]);
}

#[test]
fn patterns() {
    for good in ["*", "v*", "release-1.*", "a*b*c*d*", "latest"] {
        assert_eq!(check_pattern(good), Ok(()), "{good}");
    }
    for bad in ["", "a*b*c*d*e*", "a b", "team/app", "^v", &"a".repeat(129)] {
        assert!(check_pattern(bad).is_err(), "{bad}");
    }
    let texts = |patterns: &[&str]| patterns.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(repeated(&texts(&["a*", "b*"]), "tag_patterns".into()), None);
    let twice = repeated(&texts(&["a*", "b*", "a*"]), "tag_patterns".into()).expect("it is there twice");
    assert!(twice.detail.to_string().contains("\"a*\"") && twice.path.to_string().contains('2'), "{twice}");
}

/// What is wrong with a policy, by titles.
fn titles(text: &str) -> Vec<String> {
    broken(text, "policy").into_iter().map(|problem| problem.summary).collect()
}

/// A policy of rules with these selections and actions, in the order of their priorities.
fn policy(rules: &[(Json, Json)]) -> String {
    let rules: Vec<Json> = rules
        .iter()
        .zip(1..)
        .map(|((selection, action), priority)| json!({ "rulePriority": priority, "selection": selection, "action": action }))
        .collect();
    json!({ "rules": rules }).to_string()
}

fn expire() -> Json {
    json!({ "type": "expire" })
}

fn archive() -> Json {
    json!({ "type": "transition", "targetStorageClass": "archive" })
}

fn days(status: &str, count_type: &str, number: i64) -> Json {
    json!({ "tagStatus": status, "countType": count_type, "countUnit": "days", "countNumber": number })
}

/// The selection with that entry; without it if it is null.
fn with(mut selection: Json, key: &str, value: Json) -> Json {
    let entries = selection.as_object_mut().expect("an object");
    if value.is_null() {
        entries.remove(key)
    } else {
        entries.insert(key.to_owned(), value)
    };
    selection
}

#[test]
fn the_policies_of_the_user_guide_are_right() {
    let archived = with(days("any", "sinceImageTransitioned", 365), "storageClass", json!("archive"));
    let tagged = |list: &str, tags: Json| {
        with(json!({ "tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 5 }), list, tags)
    };
    for (case, rules) in [
        ("by age", vec![(with(days("tagged", "sinceImagePushed", 14), "tagPatternList", json!(["prod*"])), expire())]),
        (
            "by count",
            vec![(json!({ "tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1 }), expire())],
        ),
        (
            "archive what is not pulled, and delete it later",
            vec![(days("any", "sinceImagePulled", 90), archive()), (archived.clone(), expire())],
        ),
        (
            "the standard class, spelt out",
            vec![(with(days("any", "sinceImagePulled", 90), "storageClass", json!("standard")), archive())],
        ),
        (
            "patterns and prefixes in different rules",
            vec![
                (tagged("tagPatternList", json!(["*test*1*2*3", "test*1*2*3*"])), expire()),
                (tagged("tagPrefixList", json!(["alpha"])), expire()),
                (tagged("tagPrefixList", json!(["alpha", "beta"])), archive()),
                (days("untagged", "sinceImagePushed", 7), expire()),
                (with(days("untagged", "sinceImageTransitioned", 90), "storageClass", json!("archive")), expire()),
                (days("any", "sinceImagePushed", 30), expire()),
            ],
        ),
        ("empty lists", vec![(with(days("untagged", "sinceImagePushed", 7), "tagPrefixList", json!([])), expire())]),
    ] {
        assert_eq!(titles(&policy(&rules)), [""; 0], "{case}");
    }
}

#[test]
fn every_broken_rule_is_told_with_its_place_and_the_way_out() {
    let pushed = || days("untagged", "sinceImagePushed", 7);
    let count = || json!({ "tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": 3 });
    let archived = || with(days("any", "sinceImageTransitioned", 90), "storageClass", json!("archive"));
    for (selection, action, attribute, reported) in [
        (with(pushed(), "tagStatus", json!("tag")), expire(), "selection.tagStatus", "\"tagged\""),
        (with(pushed(), "tagStatus", Json::Null), expire(), "selection.tagStatus", "not set"),
        (with(count(), "tagPatternList", Json::Null), expire(), "selection", "tagPatternList = [\"*\"]"),
        (with(count(), "tagPatternList", json!([])), expire(), "selection", "tagPatternList = [\"*\"]"),
        (with(count(), "tagPatternList", json!("v*")), expire(), "selection.tagPatternList", "[\"v*\"]"),
        (with(count(), "tagPrefixList", json!(["v"])), expire(), "selection", "Keep tagPatternList"),
        (with(pushed(), "tagPatternList", json!(["v*"])), expire(), "selection.tagPatternList", "\"untagged\""),
        (with(count(), "tagPatternList", json!(["*a*b*c*d*"])), expire(), "selection.tagPatternList", "4 wildcards"),
        (
            with(pushed(), "countType", json!("sinceImagePulledd")),
            archive(),
            "selection.countType",
            "\"sinceImagePulled\"",
        ),
        (with(pushed(), "countUnit", Json::Null), expire(), "selection.countUnit", "\"days\""),
        (with(pushed(), "countUnit", json!("hours")), expire(), "selection.countUnit", "\"days\""),
        (with(count(), "countUnit", json!("days")), expire(), "selection.countUnit", "Remove countUnit"),
        (with(pushed(), "countNumber", json!(0)), expire(), "selection.countNumber", "from 1 on"),
        (with(pushed(), "countNumber", json!("7")), expire(), "selection.countNumber", "from 1 on"),
        (with(pushed(), "countNumber", Json::Null), expire(), "selection.countNumber", "not set"),
        (with(archived(), "countNumber", json!(30)), expire(), "selection.countNumber", "90"),
        (with(archived(), "storageClass", Json::Null), expire(), "selection.storageClass", "\"archive\""),
        (
            with(pushed(), "storageClass", json!("archive")),
            expire(),
            "selection.storageClass",
            "sinceImageTransitioned",
        ),
        (with(pushed(), "storageClass", json!("glacier")), expire(), "selection.storageClass", "\"standard\""),
        (days("any", "sinceImagePulled", 9), expire(), "action.type", "transition"),
        (archived(), archive(), "action.type", "expire"),
        (pushed(), json!({ "type": "delete" }), "action.type", "\"expire\""),
        (pushed(), json!({ "type": "transition" }), "action.targetStorageClass", "\"archive\""),
        (
            pushed(),
            json!({ "type": "transition", "targetStorageClass": "cold" }),
            "action.targetStorageClass",
            "\"archive\"",
        ),
        (pushed(), with(expire(), "targetStorageClass", json!("archive")), "action.targetStorageClass", "Remove"),
        (with(pushed(), "tagPaternList", json!(["v*"])), expire(), "selection.tagPaternList", "tagPatternList"),
    ] {
        let found = broken(&policy(&[(selection, action)]), "policy");
        let [problem] = found.as_slice() else { panic!("{attribute}: {found:?}") };
        assert_eq!(problem.summary, format!("Invalid {attribute} in rule 1 of the lifecycle policy"));
        assert!(problem.body().contains(reported), "{problem}");
        assert!(!problem.fix.is_empty() && problem.path == Path::from("policy"), "{problem}");
    }
}

#[test]
fn a_null_that_jsonencode_leaves_is_told() {
    let text = r#"{"rules":[{"rulePriority":1,"description":null,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1,"countUnit":null,"storageClass":null},"action":{"type":"expire","targetStorageClass":null}}]}"#;
    let found = broken(text, "policy");
    let names = ["description", "selection.countUnit", "selection.storageClass", "action.targetStorageClass"];
    let expected: BTreeSet<String> =
        names.map(|name| format!("Invalid {name} in rule 1 of the lifecycle policy")).into();
    assert_eq!(found.iter().map(|problem| problem.summary.clone()).collect::<BTreeSet<_>>(), expected);
    assert!(found.iter().all(|problem| problem.fix.to_string().contains("leave it out")));
}

#[test]
fn rules_are_compared_with_each_other() {
    let any = || (days("any", "sinceImagePushed", 7), expire());
    let untagged = || (days("untagged", "sinceImagePushed", 7), expire());
    let prefix = || (with(days("tagged", "sinceImagePushed", 7), "tagPrefixList", json!(["b", "a"])), expire());
    let swapped = || (with(days("tagged", "sinceImagePushed", 9), "tagPrefixList", json!(["a", "b"])), expire());
    let twice = "Invalid selection.tagStatus in rule 2 of the lifecycle policy";
    assert_eq!(titles(&policy(&[untagged(), untagged()])), [twice]);
    assert_eq!(titles(&policy(&[any(), untagged()])), ["Invalid rulePriority in rule 1 of the lifecycle policy"]);
    assert_eq!(
        titles(&policy(&[prefix(), swapped()])),
        ["Invalid selection.tagPrefixList in rule 2 of the lifecycle policy"]
    );
    let same_number = policy(&[prefix(), untagged()]).replace("\"rulePriority\":2", "\"rulePriority\":1");
    assert_eq!(titles(&same_number), ["Invalid rulePriority in rule 1 of the lifecycle policy"]);
    let unnumbered = policy(&[untagged()]).replace("\"rulePriority\":1", "\"rulePriority\":0");
    assert_eq!(titles(&unnumbered), ["Invalid rulePriority in the rule at position 1 of the lifecycle policy"]);
    let patterns = |count: i32| {
        let tagged = |at: i32| {
            let selection = json!({ "tagStatus": "tagged", "tagPatternList": [format!("{at}-*")], "countType": "imageCountMoreThan", "countNumber": 1 });
            (selection, expire())
        };
        policy(&(0..count).map(tagged).collect::<Vec<_>>())
    };
    assert_eq!(titles(&patterns(50)), [""; 0]);
    assert_eq!(titles(&patterns(51)), ["Invalid lifecycle policy"]);
    assert_eq!(titles(r#"{"rules":[{}]}"#).len(), 3, "priority, selection and action");
    assert_eq!(titles(r#"{"rules":["all"]}"#), ["Invalid value in the rule at position 1 of the lifecycle policy"]);
}

#[test]
fn the_storage_class_that_goes_without_saying_is_no_difference() {
    let one = r#"{"rules":[{"selection":{"tagStatus":"any","storageClass":"standard"}}]}"#;
    let two = r#"{"rules":[{"selection":{"tagStatus":"any"}}]}"#;
    assert!(same(one, two) && same(two, one));
    assert!(!same(&one.replace("standard", "archive"), two));
}
