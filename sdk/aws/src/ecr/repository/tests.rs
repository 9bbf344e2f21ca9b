//! Tests of the repository with recorded answers.

use rosa_ecr_model::{Attributes as _, DataSource as _};
use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, Form, acting, acting_tagged, actions, answering, call, request};
use crate::ecr::{RepositoryLookup, RepositoryLookupOutputs};

const ARN: &str = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";
const FIPS: &str = "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com";

fn inputs() -> Repository {
    Repository {
        image_tag_mutability: "MUTABLE".to_owned(),
        scan_on_push: true,
        region: Some("us-east-1".to_owned()),
        ..Repository::existing("team/app")
    }
}

/// The repository as ECR describes it through the endpoint of that host.
fn described(host: &str) -> Json {
    json!({
        "repositoryName": "team/app",
        "repositoryArn": ARN,
        "registryId": "123456789012",
        "repositoryUri": format!("{host}/team/app"),
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": { "scanOnPush": true },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    })
}

/// An ECR behind FIPS endpoints that has the repository, with these tags.
fn there(tags: &Tags) -> impl Fn(&Form) -> Answer + use<> {
    let tags: Vec<Json> = tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    move |form| {
        let answer = match form["Action"].as_str() {
            "CreateRepository" => json!({ "repository": described(FIPS) }),
            "DescribeRepositories" => json!({ "repositories": [described(FIPS)] }),
            "ListTagsForResource" => json!({ "tags": tags }),
            _ => json!({}),
        };
        Answer::ok(answer.to_string())
    }
}

/// What a plan of a create promises.
fn planned(inputs: &Repository, tags: TagPolicy) -> RepositoryOutputs {
    let facts =
        RepositoryFacts { account: Some("123456789012".to_owned()), tags: Some(tags), ..RepositoryFacts::default() };
    let mut change =
        Change { prior: None, inputs: inputs.to_partial(), outputs: Default::default(), replace: Vec::new() };
    Repository::plan(&facts, &mut change, &mut Diagnostics::new());
    // What only ECR and the apply know.
    (change.outputs.created_at, change.outputs.claim) = (Known::Now(None), Known::Now(None));
    RepositoryOutputs::complete(change.outputs).expect("everything else is known")
}

#[tokio::test(start_paused = true)]
async fn the_host_is_the_planned_one_whatever_the_endpoint_says() {
    let (aws, _) = acting(there(&Tags::new()));
    let call = call(aws);
    let state = Repository::create(&call, inputs()).await.expect("made");
    assert_eq!(state.outputs, planned(&inputs(), TagPolicy::default()));
    let looked_up = RepositoryLookup { registry_id: None, name: "team/app".to_owned(), region: None };
    let RepositoryLookupOutputs { repository_url, registry_url, .. } =
        RepositoryLookup::read(&call, looked_up).await.expect("there");
    assert_eq!((repository_url, registry_url), (state.outputs.repository_url, state.outputs.registry_url));
}

#[tokio::test]
async fn archived_images_count() {
    let (aws, _) = acting(|form| {
        let body: Json = serde_json::from_str(&form["Body"]).expect("JSON");
        let archived = json!({ "imageDigest": "sha256:a" });
        let active =
            json!([{ "imageDigest": "sha256:b", "imageTag": "v1" }, { "imageDigest": "sha256:b", "imageTag": "v2" }]);
        let mut images = active.as_array().cloned().unwrap_or_default();
        images.extend((body["filter"]["imageStatus"] == "ANY").then_some(archived));
        Answer::ok(json!({ "imageIds": images }).to_string())
    });
    assert_eq!(count_images(&call(aws), "us-east-1", "team/app").await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_default_for_the_marks_key_is_what_users_see() {
    let defaults = Tags::from([(tags::LIFECYCLE.to_owned(), "dev".to_owned()), ("Team".to_owned(), "a".to_owned())]);
    let policy = TagPolicy { defaults: defaults.clone(), ..TagPolicy::default() };
    let inputs = Repository { prevent_destroy: true, ..inputs() };
    let mut actual = defaults.clone();
    actual.extend(tags::external());
    let (aws, _) = acting_tagged(policy.clone(), there(&actual));
    let call = call(aws);
    let state = Repository::create(&call, inputs.clone()).await.expect("made");
    assert_eq!(state.outputs.tags_all, defaults);
    assert_eq!(state.outputs, planned(&inputs, policy));
    assert_eq!(state.inputs.tags, Tags::new());
    assert_eq!(Repository::read(&call, state.clone()).await, Ok(Some(state)), "and no plan shows a difference");
}

#[tokio::test(start_paused = true)]
async fn our_marks_are_set_whatever_the_provider_ignores() {
    let policy = TagPolicy {
        ignored_keys: [tags::LIFECYCLE.to_owned()].into(),
        ignored_prefixes: [tags::OWN_PREFIX.to_owned()].into(),
        ..TagPolicy::default()
    };
    let protected = Repository { prevent_destroy: true, ..inputs() };
    let before = State { inputs: inputs(), outputs: planned(&inputs(), policy.clone()) };
    let (aws, asked) = acting_tagged(policy.clone(), there(&Owner::default().tags(COMPONENT)));
    let state = Repository::update(&call(aws), before, protected).await.expect("protected");
    assert!(request(&asked, "TagResource")["Body"].contains("Lifecycle"), "{asked:?}");
    assert_eq!(state.outputs.tags_all, Tags::new());

    let mut marked = Owner::default().tags(COMPONENT);
    marked.extend(tags::external());
    let (aws, asked) = acting_tagged(policy, there(&marked));
    let state = Repository::update(&call(aws), state, inputs()).await.expect("not protected");
    assert!(request(&asked, "UntagResource")["Body"].contains("Lifecycle"), "{asked:?}");
    assert!(!state.inputs.prevent_destroy);
}

#[tokio::test]
async fn tags_that_go_make_room_for_those_that_come() {
    let (aws, asked) = acting(there(&Tags::new()));
    let tags = |key: &str| Tags::from([(key.to_owned(), String::new())]);
    calls::retag(&call(aws), "us-east-1", ARN, &tags("old"), &tags("new"), &[]).await.expect("tagged");
    assert_eq!(actions(&asked), ["UntagResource", "TagResource"]);
}

#[tokio::test(start_paused = true)]
async fn a_delete_is_over_when_the_repository_is_gone() {
    let outputs = planned(&inputs(), TagPolicy::default());
    let there = || Answer::ok(json!({ "repositories": [described(FIPS)] }).to_string());
    let (aws, asked) = answering([
        ("DescribeRepositories", there()),
        ("ListTagsForResource", Answer::ok(json!({ "tags": [] }).to_string())),
        ("DeleteRepository", Answer::ok("{}")),
        ("DescribeRepositories", there()),
        ("DescribeRepositories", Answer::ecr_error("RepositoryNotFoundException")),
    ]);
    Repository::delete(&call(aws), State { inputs: inputs(), outputs }).await.expect("gone");
    let look = ["DescribeRepositories", "ListTagsForResource"];
    let delete = ["DeleteRepository", "DescribeRepositories", "DescribeRepositories"];
    assert_eq!(actions(&asked), [&look[..], &delete].concat());
}

/// A repository that was made at that time, with that claim.
fn held(created_at: i64, claim: &'static str) -> impl Fn(&Form) -> Answer {
    move |form| {
        let mut repository = described(FIPS);
        repository["createdAt"] = json!(created_at);
        Answer::ok(match form["Action"].as_str() {
            "DescribeRepositories" => json!({ "repositories": [repository] }).to_string(),
            "ListTagsForResource" => json!({ "tags": [{ "Key": tags::CLAIM, "Value": claim }] }).to_string(),
            _ => "{}".to_owned(),
        })
    }
}

#[tokio::test]
async fn a_delete_leaves_what_another_declaration_holds_and_what_was_made_later() {
    let mut outputs = planned(&inputs(), TagPolicy::default());
    outputs.created_at = Some("2026-01-01T00:00:00Z".to_owned());
    outputs.claim = Some("ours".to_owned());
    let recorded = State { inputs: Repository { force_delete: true, ..inputs() }, outputs };
    let new_year = 1_767_225_600;
    for (created_at, claim, reason) in [
        (new_year, "theirs", "another declaration holds it"),
        (new_year + 60, "ours", "made later under the same name"),
    ] {
        let (aws, asked) = acting(held(created_at, claim));
        let call = call(aws).claiming(Some("ours".into()));
        Repository::delete(&call, recorded.clone()).await.expect("it lets go");
        assert_eq!(actions(&asked), ["DescribeRepositories", "ListTagsForResource"], "{claim}");
        let warnings = call.take_warnings().to_string();
        assert!(warnings.contains(reason), "{warnings}");
    }
}

#[tokio::test]
async fn an_update_of_what_another_declaration_holds_writes_nothing() {
    let mut outputs = planned(&inputs(), TagPolicy::default());
    outputs.claim = Some("ours".to_owned());
    let (aws, asked) = acting(held(1_767_225_600, "theirs"));
    let wanted = Repository { scan_on_push: false, ..inputs() };
    let call = call(aws).claiming(Some("ours".into()));
    let failure = Repository::update(&call, State { inputs: inputs(), outputs }, wanted).await.expect_err("it is held");
    assert!(failure.diagnostics.to_string().contains("Another declaration holds the ECR repository team/app"));
    assert_eq!(actions(&asked), ["DescribeRepositories", "ListTagsForResource"]);
}

#[tokio::test(start_paused = true)]
async fn tags_that_ecr_does_not_tell_yet_are_there_nevertheless() {
    let inputs = Repository { tags: Tags::from([("Team".to_owned(), "a".to_owned())]), ..inputs() };
    let (aws, _) = acting(there(&Tags::new()));
    let state = Repository::create(&call(aws), inputs.clone()).await.expect("made");
    assert_eq!((&state.inputs.tags, &state.outputs.tags_all), (&inputs.tags, &inputs.tags));
}

#[tokio::test]
async fn what_is_taken_over_on_purpose_is_the_object_that_is_there() {
    let mut outputs = planned(&inputs(), TagPolicy::default());
    outputs.created_at = Some("2025-01-01T00:00:00Z".to_owned());
    outputs.claim = Some("ours".to_owned());
    let (aws, asked) = acting(held(1_767_225_600, "theirs"));
    // The plan has left the claim open, so the update has another one than the state.
    let call = call(aws).claiming(Some("new".into()));
    let state = Repository::update(&call, State { inputs: inputs(), outputs }, inputs()).await.expect("taken over");
    assert_eq!(state.outputs.claim.as_deref(), Some("new"));
    assert_eq!(state.outputs.created_at.as_deref(), Some("2026-01-01T00:00:00Z"));
    assert!(request(&asked, "TagResource")["Body"].contains("\"new\""));
}
