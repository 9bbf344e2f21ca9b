//! What the model relies on: identity, and faults at the write that they are meant for.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value as Json, json};

use crate::{Cloud, Fault, Process};

/// An answer of ECR, or `None` where there is none within a minute.
async fn ecr(process: &Process, action: &str, body: Json) -> Option<Result<(u16, Json), ()>> {
    let request = http::Request::builder()
        .uri("https://api.ecr.us-east-1.amazonaws.com/")
        .header("x-amz-target", format!("AmazonEC2ContainerRegistry_V20150921.{action}"))
        .body(SdkBody::from(body.to_string()));
    let request = HttpRequest::try_from(request.expect("a request")).expect("a request");
    let answer = tokio::time::timeout(Duration::from_secs(60), process.clone().call(request)).await.ok()?;
    Some(answer.map_err(drop).map(|answer: Response| {
        let body = serde_json::from_slice(answer.body().bytes().expect("it is in memory")).expect("JSON");
        (answer.status().as_u16(), body)
    }))
}

async fn create(process: &Process, name: &str) -> Option<Result<(u16, Json), ()>> {
    ecr(process, "CreateRepository", json!({ "repositoryName": name, "tags": [{ "Key": "a", "Value": "1" }] })).await
}

#[tokio::test(start_paused = true)]
async fn a_later_object_of_the_same_name_is_another_one() {
    let cloud = Cloud::new();
    let process = cloud.process(1);
    let made = |answer: Option<Result<(u16, Json), ()>>| {
        let (status, body) = answer.expect("in time").expect("an answer");
        assert_eq!(status, 200, "{body}");
        body["repository"]["createdAt"].clone()
    };
    let first_born = made(create(&process, "app").await);
    let first = cloud.repository("app").expect("it is there");
    let push = cloud.push("app").expect("it is there");
    assert_eq!(cloud.images(&first), [push]);
    let refused = ecr(&process, "DeleteRepository", json!({ "repositoryName": "app" })).await;
    let (status, body) = refused.expect("in time").expect("an answer");
    assert_eq!((status, &body["__type"]), (400, &json!("RepositoryNotEmptyException")));
    ecr(&process, "DeleteRepository", json!({ "repositoryName": "app", "force": true })).await;
    assert_eq!(cloud.objects(), []);
    assert_ne!(made(create(&process, "app").await), first_born);
    assert_ne!(cloud.repository("app"), Some(first.clone()));
    assert_eq!(cloud.images(&first), [] as [String; 0], "no image of the one that is gone");
}

#[tokio::test(start_paused = true)]
async fn faults_are_at_the_write_that_they_are_meant_for() {
    let cases = [
        (Fault::Refuse(2), false, true),
        (Fault::Lose(2), true, true),
        (Fault::Outage(2), true, false),
        (Fault::KillBefore(2), false, false),
        (Fault::KillAfter(2), true, false),
    ];
    for (fault, is_done, goes_on) in cases {
        let cloud = Cloud::new();
        let process = cloud.process(1);
        process.fail(fault);
        let works = |answer: Option<Result<(u16, Json), ()>>| matches!(answer, Some(Ok((200, _))));
        assert!(works(create(&process, "one").await), "{fault:?}");
        assert!(works(ecr(&process, "DescribeRepositories", json!({})).await), "a read is no write: {fault:?}");
        assert!(!works(create(&process, "two").await), "{fault:?}");
        assert_eq!(cloud.repository("two").is_some(), is_done, "{fault:?}");
        assert_eq!(works(create(&process, "three").await), goes_on, "{fault:?}");
        assert_eq!(process.is_dead(), matches!(fault, Fault::KillBefore(_) | Fault::KillAfter(_)), "{fault:?}");
        assert!(works(create(&cloud.process(2), "four").await), "another process goes on: {fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn tags_that_spread_late_are_old_once() {
    let cloud = Cloud::new();
    cloud.tags_spread_late();
    let process = cloud.process(1);
    create(&process, "app").await;
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/app";
    let change = json!({ "resourceArn": arn, "tags": [{ "Key": "a", "Value": "2" }] });
    ecr(&process, "TagResource", change).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let answer = ecr(&process, "ListTagsForResource", json!({ "resourceArn": arn })).await;
        seen.push(answer.expect("in time").expect("an answer").1["tags"][0]["Value"].clone());
    }
    assert_eq!(seen, [json!("1"), json!("2")]);
}
