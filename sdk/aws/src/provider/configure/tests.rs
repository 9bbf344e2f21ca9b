use std::sync::atomic::{AtomicUsize, Ordering};

use rosa_ecr_model::{Field as _, Object as _, Value, conform};

use super::*;
use crate::provider::test_server::{Server, caller, issued, refusal};

/// A provider block with keys, which are nobody's.
fn block<const N: usize>(entries: [(&str, Value); N]) -> RosaProvider {
    let mut all = Value::map([("access_key", "AKIABLOCK".into()), ("secret_key", "hunter2".into())]);
    if let Value::Map(all) = &mut all {
        all.extend(entries.map(|(name, value)| (name.to_owned(), value)));
        all.entry("region".to_owned()).or_insert("eu-west-1".into());
    }
    RosaProvider::decode(&conform(&RosaProvider::block(), all)).expect("it fits the schema")
}

fn endpoints<const N: usize>(urls: [(&str, &str); N]) -> Value {
    Value::List(vec![Value::map(urls.map(|(service, url)| (service, url.into())))])
}

async fn configured(block: RosaProvider, environment: &Environment) -> Result<Aws, String> {
    configure(block, environment, Limits::default(), OpenDefaults::None).await.map_err(|report| report.to_string())
}

#[tokio::test]
async fn configuring_sends_nothing_and_the_identity_is_asked_for_once() {
    let server = Server::answering(|_| caller("123456789012")).await;
    let block = block([("endpoints", endpoints([("sts", &server.url)]))]);
    let aws = configured(block, &Environment::default()).await.expect("a context");
    assert_eq!(server.requests(), Vec::<String>::new());
    let (one, two) = tokio::join!(
        aws.identity(),
        aws.owned_by("dev")
            .identity()
            .await
            .as_ref()
            .map_or_else(|_| std::future::ready(None), |identity| std::future::ready(identity.clone()))
    );
    assert_eq!(one.expect("an identity"), two);
    assert_eq!(two.map(|identity| identity.account), Some("123456789012".to_owned()));
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let user_agent = requests[0].lines().find(|line| line.starts_with("user-agent: ")).unwrap_or_default();
    assert!(user_agent.contains(concat!("rosa-ecr/", env!("CARGO_PKG_VERSION"))), "{user_agent}");
}

#[tokio::test]
async fn a_failed_identity_is_asked_for_again_and_a_skipped_one_never() {
    let calls = AtomicUsize::new(0);
    let server = Server::answering(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        0 => refusal(403, "ExpiredToken", "The security token included in the request is expired"),
        _ => caller("123456789012"),
    });
    let server = server.await;
    let urls = || ("endpoints", endpoints([("sts", &server.url)]));
    let aws = configured(block([urls()]), &Environment::default()).await.expect("a context");
    let report = aws.identity().await.expect_err("expired").to_string();
    insta::assert_snapshot!(report, @"
    error: Cannot find out which account the credentials belong to
    STS answered GetCallerIdentity: The security token included in the request is expired (ExpiredToken, HTTP 403, request id req-1).

    Get new credentials (with SSO: `aws sso login`) and run this again. If they are new, check this machine's clock.
    ");
    assert!(aws.identity().await.expect("an answer").is_some());
    let skipping = block([urls(), ("skip_requesting_account_id", true.into())]);
    let aws = configured(skipping, &Environment::default()).await.expect("a context");
    assert_eq!(aws.identity().await, Ok(None));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_wrong_account_is_found_before_anything_is_done() {
    let server = Server::answering(|_| caller("999999999999")).await;
    let urls = || ("endpoints", endpoints([("sts", &server.url)]));
    let allowed = |id: &str| ("allowed_account_ids", Value::set([Value::from(id)]));
    let report = configured(block([urls(), allowed("123456789012")]), &Environment::default()).await;
    insta::assert_snapshot!(report.expect_err("the wrong account"), @"
    error: Account 999999999999 must not be worked in (allowed_account_ids)
    The credentials are those of arn:aws:iam::999999999999:user/me, and allowed_account_ids has only 123456789012. Nothing was done.

    Use credentials of another account (profile, AWS_PROFILE, assume_role), or change the list.
    ");
    let forbidden = ("forbidden_account_ids", Value::set(["999999999999".into()]));
    let report = configured(block([urls(), forbidden]), &Environment::default()).await.expect_err("forbidden");
    assert!(report.contains("(forbidden_account_ids)"), "{report}");
    assert!(configured(block([urls(), allowed("999999999999")]), &Environment::default()).await.is_ok());
    let asked = server.requests().len();
    let empty = [("allowed_account_ids", Value::set([])), ("forbidden_account_ids", Value::set([])), urls()];
    assert!(configured(block(empty), &Environment::default()).await.is_ok());
    assert_eq!(server.requests().len(), asked, "lists of no accounts are not set");
}

#[tokio::test]
async fn a_block_without_a_role_changes_no_credentials() {
    let server = Server::answering(|_| caller("123456789012")).await;
    let roles = Value::List(vec![Value::map::<&str>([]), Value::map([("role_arn", "".into())])]);
    let block = block([("endpoints", endpoints([("sts", &server.url)])), ("assume_role", roles)]);
    let aws = configured(block, &Environment::default()).await.expect("a context");
    aws.identity().await.expect("an identity");
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(between(&requests[0], "Credential=", "/"), "AKIABLOCK");
}

#[tokio::test]
async fn the_region_comes_from_the_nearest_place() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("config");
    std::fs::write(&file, "[default]\nregion = eu-central-1\n[profile other]\nregion = eu-north-1\n").expect("a file");
    let region = async |region: &str, profile: &str, environment: Environment| {
        let files = Value::List(vec![file.to_string_lossy().into_owned().into()]);
        let block = block([("region", region.into()), ("profile", profile.into()), ("shared_config_files", files)]);
        configured(block, &environment).await.expect("a context").region().to_owned()
    };
    let all = || Environment::from([("AWS_REGION", "us-east-2"), ("AWS_DEFAULT_REGION", "us-west-2")]);
    assert_eq!(region("us-east-1", "other", all()).await, "us-east-1");
    assert_eq!(region("", "other", all()).await, "us-east-2");
    assert_eq!(region("", "other", [("AWS_DEFAULT_REGION", "us-west-2")].into()).await, "us-west-2");
    assert_eq!(region("", "other", Environment::default()).await, "eu-north-1");
    assert_eq!(region("", "", [("AWS_PROFILE", "other")].into()).await, "eu-north-1");
    assert_eq!(region("", "", Environment::default()).await, "eu-central-1");
}

#[tokio::test]
async fn a_region_has_to_be_there_and_right() {
    let report = configured(block([("region", "".into())]), &Environment::default()).await;
    insta::assert_snapshot!(report.expect_err("no region"), @r#"
    error: No region (region)
    Neither the provider's configuration nor AWS_REGION, AWS_DEFAULT_REGION or the profile names a region.

    Set region in the provider's configuration, such as region = "us-east-1", or AWS_REGION, or the profile's region.
    "#);
    let environment = Environment::from([("AWS_REGION", "us-east-1b")]);
    let report = configured(block([("region", "".into())]), &environment).await.expect_err("a zone");
    assert!(report.contains("AWS_REGION has the value \"us-east-1b\""), "{report}");
    let forced = block([("region", "".into()), ("skip_region_validation", true.into())]);
    assert!(configured(forced, &environment).await.is_ok());
}

#[tokio::test]
async fn a_profile_has_to_be_there() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("config");
    std::fs::write(&file, "[profile dev]\nregion = eu-north-1\n").expect("a file");
    let home = directory.path().to_string_lossy().into_owned();
    let environment = Environment::from([("HOME", home.as_str())]);
    let named = |profile: &str, file: &str| {
        block([("profile", profile.into()), ("shared_config_files", Value::List(vec![file.into()]))])
    };
    assert!(configured(named("dev", "~/config"), &environment).await.is_ok());
    let report = configured(named("prod", "~/config"), &environment).await;
    insta::assert_snapshot!(report.expect_err("no such profile"), @r#"
    error: There is no profile "prod" (profile)
    The shared config and credentials files have these profiles: dev.

    Name one of them, or make it: `aws configure --profile prod`.
    "#);
    let report = configured(named("dev", "~/nothing"), &environment).await.expect_err("no such file");
    assert!(report.contains("(shared_config_files)") && report.contains("nothing"), "{report}");
}

#[tokio::test]
async fn roles_are_assumed_one_after_the_other_and_once() {
    let server = Server::answering(|request| match request {
        first if first.contains("role%2Ffirst") => issued("AssumeRole", "AKIAFIRST"),
        second if second.contains("role%2Fsecond") => issued("AssumeRole", "AKIASECOND"),
        sts if sts.contains("Action=GetCallerIdentity") => caller("123456789012"),
        _ => (200, r#"{"repositories":[]}"#.to_owned()),
    });
    let server = server.await;
    let role = |name: &str| ("role_arn", Value::from(format!("arn:aws:iam::123456789012:role/{name}")));
    let first = Value::map([
        role("first"),
        ("duration", "1h30m".into()),
        ("external_id", "ext".into()),
        ("tags", Value::map([("Team", "a".into())])),
        ("transitive_tag_keys", Value::set(["Team".into()])),
        ("source_identity", "alice".into()),
    ]);
    let block = block([
        ("assume_role", Value::List(vec![first, Value::map([role("second"), ("session_name", "ci".into())])])),
        ("endpoints", endpoints([("sts", &server.url), ("ecr", &server.url)])),
    ]);
    let aws = configured(block, &Environment::default()).await.expect("a context");
    aws.identity().await.expect("an identity");
    for region in ["eu-west-1", "us-east-1"] {
        aws.ecr(region).describe_repositories().send().await.expect("an answer");
    }
    let requests = server.requests();
    let signers: Vec<_> = requests.iter().map(|request| between(request, "Credential=", "/20")).collect();
    assert_eq!(signers, ["AKIABLOCK", "AKIAFIRST", "AKIASECOND", "AKIASECOND", "AKIASECOND"]);
    for part in [
        "DurationSeconds=5400",
        "ExternalId=ext",
        "RoleSessionName=rosa-ecr",
        "Tags.member.1.Key=Team",
        "TransitiveTagKeys.member.1=Team",
        "SourceIdentity=alice",
    ] {
        assert!(requests[0].contains(part), "{part}: {}", requests[0]);
    }
    assert!(requests[1].contains("RoleSessionName=ci"), "{}", requests[1]);
    let regions: Vec<_> = requests[3..].iter().map(|request| request.contains("/us-east-1/ecr/")).collect();
    assert_eq!(regions, [false, true]);
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).map_or("", |(_, rest)| rest);
    rest.split_once(after).map_or("", |(found, _)| found)
}

#[tokio::test]
async fn a_web_identity_token_is_read_from_its_file() {
    let server = Server::answering(|request| match request {
        role if role.contains("AssumeRoleWithWebIdentity") => issued("AssumeRoleWithWebIdentity", "AKIAWEB"),
        _ => caller("123456789012"),
    });
    let server = server.await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("token");
    std::fs::write(&file, "jwt\n").expect("a file");
    let web = (
        "assume_role_with_web_identity",
        Value::map([
            ("role_arn", "arn:aws:iam::123456789012:role/web".into()),
            ("web_identity_token_file", file.to_string_lossy().into_owned().into()),
        ]),
    );
    let urls = || ("endpoints", endpoints([("sts", &server.url)]));
    let aws = configured(block([web, urls()]), &Environment::default()).await.expect("a context");
    aws.identity().await.expect("an identity");
    let requests = server.requests();
    assert!(
        requests[0].contains("WebIdentityToken=jwt&") || requests[0].ends_with("WebIdentityToken=jwt"),
        "{}",
        requests[0]
    );
    assert!(!requests[0].contains("Credential="), "such a call is not signed");
    assert_eq!(between(&requests[1], "Credential=", "/"), "AKIAWEB");
    let empty = ("assume_role_with_web_identity", Value::map::<&str>([]));
    let report = configured(block([empty, urls()]), &Environment::default()).await.expect_err("no role");
    assert!(report.contains("(assume_role_with_web_identity.role_arn)"), "{report}");
}

#[tokio::test]
async fn a_refused_role_is_named() {
    let server = Server::answering(|_| refusal(403, "AccessDenied", "User: me is not authorized")).await;
    let role = Value::map([("role_arn", "arn:aws:iam::123456789012:role/first".into())]);
    let block = block([("assume_role", Value::List(vec![role])), ("endpoints", endpoints([("sts", &server.url)]))]);
    let aws = configured(block, &Environment::default()).await.expect("a context");
    let report = aws.identity().await.expect_err("refused").to_string();
    insta::assert_snapshot!(report, @"
    error: Cannot find out which account the credentials belong to
    There are no credentials. Cannot assume the role arn:aws:iam::123456789012:role/first. STS answered AssumeRole: User: me is not authorized (AccessDenied, HTTP 403, request id req-1).

    Allow the IAM action sts:AssumeRole to the identity that runs this; `aws sts get-caller-identity` shows which it is. If its policies allow it already, look at its permissions boundary, at the organization's service control policies and at the resource's own policy. The role's trust policy has to allow it too.
    ");
}

#[test]
fn retries_are_the_aws_providers() {
    let none = ProfileSet::default();
    let retries = |block: &RosaProvider, environment: Environment| {
        let retries = retries(block, &environment, &none);
        (retries.max_attempts(), retries.mode())
    };
    let variables = || Environment::from([("AWS_MAX_ATTEMPTS", "7"), ("AWS_RETRY_MODE", "adaptive")]);
    assert_eq!(retries(&block([]), Environment::default()), (26, RetryMode::Standard));
    assert_eq!(retries(&block([]), variables()), (7, RetryMode::Adaptive));
    let own = block([("max_retries", 0_i64.into()), ("retry_mode", "standard".into())]);
    assert_eq!(retries(&own, variables()), (1, RetryMode::Standard));
}

#[test]
fn tags_come_from_the_block_and_the_environment() {
    let environment = Environment::from([
        ("TF_AWS_DEFAULT_TAGS_Team", "a"),
        ("TF_AWS_DEFAULT_TAGS_Env", "dev"),
        ("TF_AWS_IGNORE_TAGS_KEYS", "Audit, Cost"),
    ]);
    let tags = Value::map([("tags", Value::map([("Team", "b".into())]))]);
    let ignore = Value::map([("keys", Value::set(["Own".into()])), ("key_prefixes", Value::set(["k8s/".into()]))]);
    let policy = tag_policy(&block([("default_tags", tags), ("ignore_tags", ignore)]), &environment);
    let defaults: Vec<_> = policy.defaults.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(defaults, [("Env", "dev"), ("Team", "b")]);
    assert_eq!(policy.ignored_keys, ["Audit", "Cost", "Own"].map(str::to_owned).into());
    assert_eq!(policy.ignored_prefixes, ["k8s/".to_owned()].into());
}

#[tokio::test]
async fn debug_output_of_the_context_shows_no_secret() {
    let proxy = ("http_proxy", "http://user:hunter2@proxy:3128".into());
    let aws =
        configured(block([("token", "hunter2".into()), proxy]), &Environment::default()).await.expect("a context");
    let shown = format!("{aws:?}{:?}", aws.ecr("eu-west-1"));
    assert!(shown.contains("eu-west-1") && !shown.contains("hunter2"), "{shown}");
}
