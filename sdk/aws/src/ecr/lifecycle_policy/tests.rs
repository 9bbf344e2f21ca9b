//! Tests of the lifecycle policy with recorded answers: what is put, and what is left alone.

use rosa_ecr_model::Attributes as _;
use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, Asked, acting, actions, call, identity};
use crate::tags;

const HOLDER: &str = "rosa-ecr/lifecycle-policy";

fn inputs(keep_count: i64) -> LifecyclePolicy {
    let document = Retention { untagged_days: 3, keep_count, tag_patterns: None }.document();
    LifecyclePolicy {
        repository: "team/app".to_owned(),
        policy: Some(document),
        untagged_days: Some(3),
        keep_count: Some(keep_count),
        tag_patterns: None,
        region: Some("us-east-1".to_owned()),
        timeouts: None,
    }
}

fn state(keep_count: i64, claim: Option<&str>) -> State<LifecyclePolicy> {
    let outputs = LifecyclePolicyOutputs {
        id: "team/app".to_owned(),
        registry_id: "123456789012".to_owned(),
        claim: claim.map(str::to_owned),
    };
    State { inputs: inputs(keep_count), outputs }
}

/// A repository with this policy and these tags, for a declaration with the claim `ours`.
fn there(keep_count: Option<i64>, tags: &[(&str, &str)]) -> (Call<Aws>, Asked) {
    let policy = keep_count.and_then(|count| inputs(count).policy);
    let tags: Vec<Json> = tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    let (aws, asked) = acting(move |form| match form["Action"].as_str() {
        "GetCallerIdentity" => identity(),
        "GetLifecyclePolicy" => match &policy {
            Some(text) => Answer::ok(json!({ "registryId": "123456789012", "lifecyclePolicyText": text }).to_string()),
            None => Answer::ecr_error("LifecyclePolicyNotFoundException"),
        },
        "ListTagsForResource" => Answer::ok(json!({ "tags": tags }).to_string()),
        _ => Answer::ok(json!({ "registryId": "123456789012" }).to_string()),
    });
    (call(aws).claiming(Some("ours".into())), asked)
}

const OURS: (&str, &str) = (tags::COMPONENT, "repository");

fn writes(asked: &Asked) -> Vec<String> {
    let is_write = |action: &String| !action.starts_with("Get") && !action.starts_with("List");
    actions(asked).into_iter().filter(is_write).collect()
}

#[tokio::test]
async fn a_put_notes_its_holder_on_a_repository_of_ours_alone() {
    let (call, asked) = there(None, &[OURS]);
    let made = LifecyclePolicy::create(&call, inputs(5)).await.expect("it is put");
    assert_eq!(made.outputs.claim.as_deref(), Some("ours"));
    assert_eq!(writes(&asked), ["TagResource", "PutLifecyclePolicy"], "the claim comes first");
    let (call, asked) = there(None, &[("Team", "theirs")]);
    LifecyclePolicy::create(&call, inputs(5)).await.expect("it is put");
    assert_eq!(writes(&asked), ["PutLifecyclePolicy"], "tags of others are left alone");
    let (call, asked) = there(None, &[OURS, (tags::CLAIM, "ours")]);
    LifecyclePolicy::create(&call, inputs(5)).await.expect("it is put");
    assert_eq!(writes(&asked), ["PutLifecyclePolicy"], "who holds the registry holds its policy");
}

#[tokio::test]
async fn a_put_replaces_nothing_that_something_else_has_put() {
    let (call, asked) = there(Some(7), &[OURS]);
    let failure = LifecyclePolicy::create(&call, inputs(5)).await.expect_err("there is another one");
    assert!(failure.diagnostics.to_string().contains("has another lifecycle policy already"));
    let (late, asked_late) = there(Some(7), &[OURS, (HOLDER, "ours")]);
    let failure = LifecyclePolicy::update(&late, state(4, Some("ours")), inputs(5)).await.expect_err("it was changed");
    assert!(failure.diagnostics.to_string().contains("was changed meanwhile"));
    let (held, asked_held) = there(Some(4), &[OURS, (HOLDER, "theirs")]);
    let failure = LifecyclePolicy::update(&held, state(4, Some("ours")), inputs(5)).await.expect_err("it is held");
    assert!(failure.diagnostics.to_string().contains("Another declaration holds the lifecycle policy"));
    assert_eq!([writes(&asked), writes(&asked_late), writes(&asked_held)].concat(), [""; 0]);
}

#[tokio::test]
async fn a_delete_takes_its_own_policy_alone() {
    for (case, keep_count, tags, claim, deleted) in [
        ("its own", 4, &[OURS, (HOLDER, "ours")][..], Some("ours"), true),
        ("its own, edited by hand", 9, &[OURS, (HOLDER, "ours")], Some("ours"), true),
        ("another's", 4, &[OURS, (HOLDER, "theirs")], Some("ours"), false),
        ("another's, for a state of before", 4, &[OURS, (HOLDER, "theirs")], None, false),
        ("one of before", 4, &[OURS], None, true),
        ("on a repository of others", 4, &[], Some("ours"), true),
        ("on a repository of others, edited by hand", 9, &[], Some("ours"), false),
    ] {
        let (call, asked) = there(Some(keep_count), tags);
        let call = call.claiming(claim.map(Into::into));
        LifecyclePolicy::delete(&call, state(4, claim)).await.expect(case);
        let expected: &[&str] = if deleted { &["DeleteLifecyclePolicy"] } else { &[] };
        assert_eq!(writes(&asked), expected, "{case}");
        assert_eq!(call.take_warnings().is_empty(), deleted, "{case}");
    }
}

#[test]
fn patterns_make_rules_and_each_mistake_is_told() {
    let report = |inputs: LifecyclePolicy| {
        let mut report = Diagnostics::new();
        LifecyclePolicy::validate(&inputs.to_partial(), &mut report);
        report.to_string()
    };
    let texts = |patterns: &[&str]| Some(patterns.iter().map(|text| (*text).to_owned()).collect());
    let bare = LifecyclePolicy { policy: None, ..inputs(5) };
    assert_eq!(report(LifecyclePolicy { tag_patterns: texts(&["v*"]), ..bare.clone() }), "");
    assert!(
        report(LifecyclePolicy { tag_patterns: texts(&["v*", "v*"]), ..bare.clone() })
            .contains("One pattern of tags twice")
    );
    let uncounted =
        LifecyclePolicy { untagged_days: None, keep_count: None, tag_patterns: texts(&["v*"]), ..inputs(5) };
    assert!(report(uncounted).contains("without a count"));
    let two = LifecyclePolicy { tag_patterns: texts(&["v*"]), ..inputs(5) };
    assert!(report(two).contains("Two lifecycle policies"), "the policy counts all tags");
    let policy = r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePulled","countNumber":1},"action":{"type":"expire"}}]}"#;
    let written =
        LifecyclePolicy { untagged_days: None, keep_count: None, policy: Some(policy.to_owned()), ..inputs(5) };
    let reported = report(written);
    assert!(
        reported.contains("selection.countUnit in rule 1") && reported.contains("action.type in rule 1"),
        "{reported}"
    );
}

#[tokio::test]
async fn a_policy_with_patterns_reads_back_as_they_are() {
    let patterns = Some(vec!["v*".to_owned(), "nightly-*".to_owned()]);
    let policy = Retention { untagged_days: 3, keep_count: 5, tag_patterns: patterns.clone() }.document();
    let answer = json!({ "registryId": "123456789012", "lifecyclePolicyText": policy }).to_string();
    let (aws, _) = acting(move |form| match form["Action"].as_str() {
        "GetCallerIdentity" => identity(),
        "ListTagsForResource" => Answer::ok("{\"tags\": []}"),
        _ => Answer::ok(answer.clone()),
    });
    let call = call(aws);
    let imported = LifecyclePolicy::import(&call, "team/app").await.expect("it is there").inputs;
    assert_eq!((imported.keep_count, imported.tag_patterns), (Some(5), patterns.clone()));
    let drifted = LifecyclePolicy::read(&call, state(4, None)).await.expect("readable").expect("it is there").inputs;
    assert_eq!((drifted.keep_count, drifted.tag_patterns), (Some(5), patterns));
}
