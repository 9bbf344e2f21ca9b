use aws_sdk_ec2::types::Filter;

use super::*;
use crate::provider::Aws;

/// A context whose only call is answered like this.
fn answered(status: u16, body: &str) -> Aws {
    let body = body.to_owned();
    let client = rosa_ecr_recorded::answering(move |_| {
        let response = http::Response::builder().status(status).header("x-amzn-requestid", "req-1");
        response.body(body.clone()).expect("a response")
    });
    Aws::recorded(client, "us-east-1")
}

async fn ecr(status: u16, body: &str) -> (Option<String>, Diagnostic) {
    let call = answered(status, body).ecr("us-east-1").create_repository().repository_name("dev");
    let error = call.send().await.expect_err("a refusal");
    (code(&error).map(str::to_owned), failed("ecr:CreateRepository", "create the repository dev", &error))
}

async fn ec2(status: u16, body: &str) -> (Option<String>, Diagnostic) {
    let call = answered(status, body).ec2("us-east-1").describe_vpcs().filters(Filter::builder().build());
    let error = call.send().await.expect_err("a refusal");
    (code(&error).map(str::to_owned), failed("ec2:DescribeVpcs", "read the VPC vpc-1", &error))
}

async fn iam(status: u16, body: &str) -> (Option<String>, Diagnostic) {
    let error = answered(status, body).iam().get_role().role_name("worker").send().await.expect_err("a refusal");
    (code(&error).map(str::to_owned), failed("iam:GetRole", "read the role worker", &error))
}

#[tokio::test]
async fn denied_by_ecr() {
    let body = r#"{"__type":"AccessDeniedException","message":"User: me is not authorized to perform: ecr:CreateRepository."}"#;
    let (code, report) = ecr(400, body).await;
    assert_eq!(code.as_deref(), Some("AccessDeniedException"));
    insta::assert_snapshot!(report, @"
    error: Cannot create the repository dev
    ECR answered CreateRepository: User: me is not authorized to perform: ecr:CreateRepository (AccessDeniedException, HTTP 400, request id req-1).

    Allow the IAM action ecr:CreateRepository to the identity that runs this; `aws sts get-caller-identity` shows which it is. If its policies allow it already, look at its permissions boundary, at the organization's service control policies and at the resource's own policy.
    ");
}

#[tokio::test]
async fn denied_by_ec2() {
    let body = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized. Encoded \
                authorization failure message: abc</Message></Error></Errors><RequestID>req-1</RequestID></Response>";
    let (code, report) = ec2(403, body).await;
    assert_eq!(code.as_deref(), Some("UnauthorizedOperation"));
    assert!(report.fix.contains("ec2:DescribeVpcs") && report.fix.contains("decode-authorization-message"), "{report}");
}

#[tokio::test]
async fn not_found_by_iam() {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role with name worker \
                cannot be found.</Message></Error><RequestId>req-1</RequestId></ErrorResponse>";
    let (code, report) = iam(404, body).await;
    assert_eq!(code.as_deref(), Some("NoSuchEntity"));
    insta::assert_snapshot!(report, @"
    error: Cannot read the role worker
    IAM answered GetRole: The role with name worker cannot be found (NoSuchEntity, HTTP 404, request id req-1).

    Check that it exists in this account and region. If it was removed meanwhile, plan again.
    ");
}

#[tokio::test]
async fn throttled_and_expired_in_every_protocol() {
    let json = |code: &str| format!(r#"{{"__type":"com.amazonaws#{code}","message":"m"}}"#);
    let xml = |code: &str| {
        let error = format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
        (format!("<Response><Errors>{error}</Errors></Response>"), format!("<ErrorResponse>{error}</ErrorResponse>"))
    };
    for (code, fix) in [
        ("ThrottlingException", "max_retries"),
        ("ExpiredTokenException", "aws sso login"),
        ("UnrecognizedClientException", "Check the credentials"),
    ] {
        let (found, report) = ecr(400, &json(code)).await;
        assert!(found.as_deref() == Some(code) && report.fix.contains(fix), "{code}: {report}");
    }
    for (code, fix) in [
        ("RequestLimitExceeded", "max_retries"),
        ("RequestExpired", "aws sso login"),
        ("AuthFailure", "Check the credentials"),
    ] {
        let (found, report) = ec2(503, &xml(code).0).await;
        assert!(found.as_deref() == Some(code) && report.fix.contains(fix), "{code}: {report}");
    }
    for (code, fix) in [
        ("Throttling", "max_retries"),
        ("ExpiredToken", "aws sso login"),
        ("InvalidClientTokenId", "Check the credentials"),
    ] {
        let (found, report) = iam(400, &xml(code).1).await;
        assert!(found.as_deref() == Some(code) && report.fix.contains(fix), "{code}: {report}");
    }
}

#[tokio::test]
async fn a_signature_is_not_quoted() {
    let body = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>The signature does not match.\n\n\
                The Canonical String: 'x-amz-security-token:hunter2'</Message></Error></ErrorResponse>";
    let (_, report) = iam(403, body).await;
    assert!(report.detail.contains("does not match") && !report.detail.contains("hunter2"), "{report}");
}

#[tokio::test]
async fn what_is_not_awss_is_recognised() {
    let (code, report) = ecr(404, "<html>Not here</html>").await;
    assert_eq!(code, None);
    assert!(report.fix.contains("does not look like an answer of AWS's"), "{report}");
    let (_, report) = iam(200, "<html>Log in to the network</html>").await;
    assert!(report.fix.contains("does not look like an answer of AWS's"), "{report}");
    let (_, report) = ecr(503, "").await;
    assert!(report.fix.contains("on AWS's side"), "{report}");
}

#[tokio::test]
async fn a_fault_may_have_come_after_the_deed() {
    let json = |code: &str| format!("{{\"__type\": \"{code}\", \"message\": \"m\"}}");
    for (status, code, is_unknown) in
        [(500, "ServerException", true), (503, "ServiceUnavailable", true), (400, "InvalidParameterException", false)]
    {
        assert_eq!(ecr(status, &json(code)).await.1.is_outcome_unknown(), is_unknown, "{code}");
    }
    assert!(ecr(502, "").await.1.is_outcome_unknown());
    let throttled =
        "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>m</Message></Error></Errors></Response>";
    assert!(!ec2(503, throttled).await.1.is_outcome_unknown(), "EC2 throttles with a 503");
}
