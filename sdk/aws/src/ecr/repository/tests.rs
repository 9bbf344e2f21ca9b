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
    let looked_up = RepositoryLookup { name: "team/app".to_owned(), region: None };
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
    let (aws, asked) = answering([
        ("DeleteRepository", Answer::ok("{}")),
        ("DescribeRepositories", Answer::ok(json!({ "repositories": [described(FIPS)] }).to_string())),
        ("DescribeRepositories", Answer::ecr_error("RepositoryNotFoundException")),
    ]);
    Repository::delete(&call(aws), State { inputs: inputs(), outputs }).await.expect("gone");
    assert_eq!(actions(&asked), ["DeleteRepository", "DescribeRepositories", "DescribeRepositories"]);
}

#[tokio::test(start_paused = true)]
async fn tags_that_ecr_does_not_tell_yet_are_there_nevertheless() {
    let inputs = Repository { tags: Tags::from([("Team".to_owned(), "a".to_owned())]), ..inputs() };
    let (aws, _) = acting(there(&Tags::new()));
    let state = Repository::create(&call(aws), inputs.clone()).await.expect("made");
    assert_eq!((&state.inputs.tags, &state.outputs.tags_all), (&inputs.tags, &inputs.tags));
}
