//! Tests of the lists of documents with recorded answers.

use rosa_ecr_model::{Listed as _, Listing, Resource as _};
use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, Asked, acting, actions, call, identity};
use crate::ecr::{LifecyclePolicy, RepositoryPolicy};
use crate::tags;

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

/// Repositories, each with its cluster; those of the cluster `dev` whose name ends in `a` or `b` have documents.
const SHELF: &[(&str, &str)] =
    &[("team/b", "dev"), ("team/a", "dev"), ("team/c", "dev"), ("team/d", "prod"), ("other-a", "dev")];

fn registry() -> (Aws, Asked) {
    let arn = |name: &str| format!("arn:aws:ecr:us-east-1:123456789012:repository/{name}");
    acting(move |form| {
        if form["Action"] == "GetCallerIdentity" {
            return identity();
        }
        let body: Json = serde_json::from_str(&form["Body"]).expect("JSON");
        let has_documents = body["repositoryName"].as_str().is_some_and(|name| name.ends_with(['a', 'b', 'd']));
        match form["Action"].as_str() {
            "DescribeRepositories" => {
                let repositories = SHELF.iter().map(|(name, _)| {
                    json!({ "repositoryName": name, "repositoryArn": arn(name), "registryId": "123456789012" })
                });
                Answer::ok(json!({ "repositories": repositories.collect::<Vec<_>>() }).to_string())
            }
            "ListTagsForResource" => {
                let (_, cluster) = SHELF.iter().find(|(name, _)| body["resourceArn"] == arn(name)).expect("ours");
                let tags = [
                    (tags::CLUSTER, *cluster),
                    ("rosa-ecr/lifecycle-policy", "held"),
                    ("rosa-ecr/repository-policy", "kept"),
                ];
                let tags = tags.map(|(key, value)| json!({ "Key": key, "Value": value }));
                Answer::ok(json!({ "tags": tags }).to_string())
            }
            "GetLifecyclePolicy" if has_documents => {
                let text = crate::ecr::Retention { untagged_days: 3, keep_count: 5, tag_patterns: None }.document();
                Answer::ok(json!({ "registryId": "123456789012", "lifecyclePolicyText": text }).to_string())
            }
            "GetRepositoryPolicy" if has_documents => {
                Answer::ok(json!({ "registryId": "123456789012", "policyText": POLICY }).to_string())
            }
            "GetLifecyclePolicy" => Answer::ecr_error("LifecyclePolicyNotFoundException"),
            "GetRepositoryPolicy" => Answer::ecr_error("RepositoryPolicyNotFoundException"),
            other => panic!("{other} was not expected"),
        }
    })
}

fn of_dev() -> DocumentQuery {
    DocumentQuery { name_prefix: Some("team/".to_owned()), cluster_name: Some("dev".to_owned()), region: None }
}

#[tokio::test]
async fn lifecycle_policies_are_found_as_an_import_finds_them() {
    let (aws, _) = registry();
    let call = call(aws);
    let found = LifecyclePolicy::list(&call, of_dev(), None).await.expect("a list");
    assert_eq!(found.iter().map(|found| found.display_name.as_str()).collect::<Vec<_>>(), ["team/a", "team/b"]);
    let imported = LifecyclePolicy::import(&call, "team/a").await.expect("it is there");
    let Listing { state, .. } = found.into_iter().next().expect("two");
    assert_eq!(state, imported);
    assert_eq!((state.inputs.keep_count, state.outputs.claim.as_deref()), (Some(5), Some("held")));
}

#[tokio::test]
async fn repository_policies_are_found_as_an_import_finds_them() {
    let (aws, _) = registry();
    let call = call(aws);
    let found = RepositoryPolicy::list(&call, of_dev(), None).await.expect("a list");
    assert_eq!(found.iter().map(|found| found.display_name.as_str()).collect::<Vec<_>>(), ["team/a", "team/b"]);
    let imported = RepositoryPolicy::import(&call, "team/a").await.expect("it is there");
    let Listing { state, .. } = found.into_iter().next().expect("two");
    assert_eq!(state, imported);
    assert_eq!(state.outputs.claim.as_deref(), Some("kept"));
}

#[tokio::test]
async fn a_limit_saves_calls() {
    let (aws, asked) = registry();
    let found = LifecyclePolicy::list(&call(aws), of_dev(), Some(1)).await.expect("a list");
    assert_eq!(found.len(), 1);
    assert_eq!(actions(&asked), ["DescribeRepositories", "ListTagsForResource", "GetLifecyclePolicy"]);
}
