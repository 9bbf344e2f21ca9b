use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rosa_ecr_model::{Field as _, Object as _, Value, conform};

use super::*;
use crate::error::failed;
use crate::provider::configure::configure;
use crate::provider::environment::Environment;
use crate::provider::test_server::Server;
use crate::provider::{Aws, RosaProvider};
use crate::tags::OpenDefaults;

async fn aws(ecr: &str) -> Aws {
    let limits = Limits {
        connect: Duration::from_secs(1),
        attempt: Duration::from_millis(300),
        unanswered: 2,
        ..Limits::default()
    };
    let endpoints = Value::List(vec![Value::map([("ecr", ecr.into())])]);
    let block = Value::map([
        ("region", "eu-west-1".into()),
        ("access_key", "AKIA".into()),
        ("secret_key", "s".into()),
        ("use_fips_endpoint", true.into()),
        ("endpoints", endpoints),
    ]);
    let block = RosaProvider::decode(&conform(&RosaProvider::block(), block)).expect("it fits the schema");
    configure(block, &Environment::default(), limits, OpenDefaults::None).await.expect("a context")
}

async fn describe(ecr: &str) -> Result<(), String> {
    let answer = aws(ecr).await.ecr("eu-west-1").describe_repositories().send().await;
    let doing = "read the repository dev-registry";
    answer.map(|_| ()).map_err(|error| failed("ecr:DescribeRepositories", doing, &error).to_string())
}

#[tokio::test]
async fn a_server_that_hangs_does_not_hang_us() {
    let server = Server::silent().await;
    let start = Instant::now();
    let report = describe(&server.url).await.expect_err("no answer");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(report.contains("ECR did not answer in time") && report.contains("300ms"), "{report}");
    assert_eq!(server.requests().len(), 2, "silence is tried as often as the limit says");
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_told_of_soon() {
    let start = Instant::now();
    let report = describe("http://127.0.0.1:9").await.expect_err("nobody is there");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(report.contains("ECR cannot be reached") && report.contains("refused"), "{report}");
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let calls = AtomicUsize::new(0);
    let server = Server::answering(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => (400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#.to_owned()),
        _ => (200, r#"{"repositories":[]}"#.to_owned()),
    });
    let server = server.await;
    assert_eq!(describe(&server.url).await, Ok(()));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_quota_is_told_of_at_once() {
    let server = Server::answering(|_| {
        (400, r#"{"__type":"LimitExceededException","message":"The maximum is reached"}"#.to_owned())
    });
    let server = server.await;
    let client = aws(&server.url).await.ecr("eu-west-1");
    let error = client.create_repository().repository_name("dev").send().await.expect_err("a quota");
    let report = failed("ecr:CreateRepository", "create the repository dev", &error);
    assert!(report.fix.contains("Service Quotas"), "{report}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn who_waits_for_credentials_waits_longer_than_they_may_take() {
    let limits = Limits::default();
    let credentials = limits.for_credentials();
    assert!(limits.load_credentials() < limits.attempt && limits.attempt < limits.operation);
    assert!(credentials.attempt < credentials.operation && credentials.operation < limits.attempt);
}
