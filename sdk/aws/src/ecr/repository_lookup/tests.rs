//! Tests of the data source with recorded answers.

use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, Asked, answering, call};

fn described(account: &str) -> Answer {
    let arn = format!("arn:aws:ecr:us-east-1:{account}:repository/team/app");
    let repository = json!({ "repositoryName": "team/app", "repositoryArn": arn, "registryId": account });
    Answer::ok(json!({ "repositories": [repository] }).to_string())
}

fn image(digest: &str, pushed_at: i64, tags: &[&str]) -> Json {
    json!({ "registryId": "123456789012", "imageDigest": digest, "imageTags": tags, "imagePushedAt": pushed_at })
}

fn images(images: &[Json], next: Option<&str>) -> Answer {
    Answer::ok(json!({ "imageDetails": images, "nextToken": next }).to_string())
}

fn lookup(registry_id: Option<&str>) -> RepositoryLookup {
    RepositoryLookup {
        name: "team/app".to_owned(),
        registry_id: registry_id.map(str::to_owned),
        region: Some("us-east-1".to_owned()),
    }
}

fn bodies(asked: &Asked, action: &str) -> Vec<Json> {
    let asked = asked.lock().expect("no test panics with it");
    let of_action = asked.iter().filter(|form| form["Action"] == action);
    of_action.map(|form| serde_json::from_str(&form["Body"]).expect("JSON")).collect()
}

#[tokio::test]
async fn the_tags_of_the_newest_image_and_the_account_are_told() {
    let (aws, asked) = answering([
        ("DescribeRepositories", described("123456789012")),
        ("ListTagsForResource", Answer::ok("{\"tags\": []}")),
        ("DescribeImages", images(&[image("sha256:a", 2, &["v2", "latest"])], Some("next"))),
        ("DescribeImages", images(&[image("sha256:b", 1, &["v1"])], None)),
    ]);
    let mut inputs = lookup(None);
    let found = RepositoryLookup::read(&call(aws), inputs.clone()).await.expect("a repository");
    assert_eq!(found.most_recent_image_tags, Some(vec!["latest".to_owned(), "v2".to_owned()]));
    RepositoryLookup::settle(&mut inputs, &found);
    assert_eq!(inputs.registry_id.as_deref(), Some("123456789012"));
    assert!(bodies(&asked, "DescribeRepositories")[0].get("registryId").is_none());
    assert_eq!(bodies(&asked, "DescribeImages")[0]["maxResults"], 1000);
}

#[tokio::test]
async fn a_repository_of_another_account_is_found_without_what_its_policy_hides() {
    let (aws, asked) = answering([
        ("DescribeRepositories", described("210987654321")),
        ("ListTagsForResource", Answer::ecr_error("AccessDeniedException")),
        ("DescribeImages", Answer::ecr_error("AccessDeniedException")),
    ]);
    let found = RepositoryLookup::read(&call(aws), lookup(Some("210987654321"))).await.expect("a repository");
    assert_eq!(found.repository_url, "210987654321.dkr.ecr.us-east-1.amazonaws.com/team/app");
    assert_eq!((found.tags, found.most_recent_image_tags), (Tags::new(), None));
    for action in ["DescribeRepositories", "DescribeImages"] {
        assert_eq!(bodies(&asked, action)[0]["registryId"], "210987654321", "{action}");
    }
}

#[tokio::test]
async fn tags_of_the_own_account_that_must_not_be_seen_are_an_error() {
    for registry in [None, Some("123456789012")] {
        let (aws, _) = answering([
            ("DescribeRepositories", described("123456789012")),
            ("ListTagsForResource", Answer::ecr_error("AccessDeniedException")),
            ("DescribeImages", images(&[], None)),
        ]);
        let error = RepositoryLookup::read(&call(aws), lookup(registry)).await.expect_err("denied").to_string();
        assert!(error.contains("ecr:ListTagsForResource"), "{error}");
    }
}

#[tokio::test]
async fn a_repository_that_is_not_there_is_one_error() {
    let (aws, _) = answering([
        ("DescribeRepositories", Answer::ecr_error("RepositoryNotFoundException")),
        ("DescribeImages", Answer::ecr_error("RepositoryNotFoundException")),
    ]);
    let errors = RepositoryLookup::read(&call(aws), lookup(None)).await.expect_err("none is there");
    assert_eq!(errors.iter().count(), 1);
    assert!(errors.to_string().contains("There is no repository team/app in us-east-1 (name)"), "{errors}");
}
