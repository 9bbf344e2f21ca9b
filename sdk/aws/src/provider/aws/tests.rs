use aws_smithy_http_client::test_util::{CaptureRequestReceiver, capture_request};

use super::*;

/// Where a request went: its URL, and the region that it was signed for.
fn went(request: CaptureRequestReceiver) -> (String, String) {
    let request = request.expect_request();
    let signature = request.headers().get("authorization").unwrap_or_default().to_owned();
    let region = signature.split('/').nth(2).unwrap_or_default().to_owned();
    (request.uri().to_owned(), region)
}

#[tokio::test]
async fn iam_is_the_one_of_the_partition() {
    let cases = [
        ("eu-west-1", "https://iam.amazonaws.com/", "us-east-1"),
        ("us-gov-east-1", "https://iam.us-gov.amazonaws.com/", "us-gov-west-1"),
        ("cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn/", "cn-north-1"),
    ];
    for (region, url, signed) in cases {
        let (client, request) = capture_request(None);
        // The empty answer is of no interest.
        let _ = Aws::recorded(client, region).iam().get_role().role_name("worker").send().await;
        assert_eq!(went(request), (url.to_owned(), signed.to_owned()));
    }
}

#[tokio::test]
async fn clients_are_those_of_the_region_asked_for() {
    let (client, request) = capture_request(None);
    let aws = Aws::recorded(client, "eu-west-1");
    let _ = aws.ecr("us-east-2").describe_repositories().send().await;
    assert_eq!(went(request), ("https://api.ecr.us-east-2.amazonaws.com/".to_owned(), "us-east-2".to_owned()));
    aws.ecr("us-east-2");
    aws.ecr("eu-west-1");
    let made: Vec<String> = aws.shared.ecr.0.lock().expect("no panic").keys().cloned().collect();
    assert_eq!(made, ["eu-west-1", "us-east-2"]);
}

#[test]
fn a_cluster_shares_all_but_the_owner() {
    let (client, _request) = capture_request(None);
    let aws = Aws::recorded(client, "eu-west-1");
    let dev = aws.owned_by("dev");
    aws.note_leaving("vpce-1");
    assert!(dev.is_leaving("vpce-1"));
    assert_eq!((aws.owner().cluster.as_deref(), dev.owner().cluster.as_deref()), (None, Some("dev")));
}
