use rosa_ecr_model::{Attributes as _, Field as _, Nesting, Object as _, Value, conform, validate};

use super::*;

fn report(config: Value) -> Diagnostics {
    let config = conform(&RosaProvider::block(), config);
    let mut report = validate(&RosaProvider::block(), &config);
    match RosaProvider::partial(&config) {
        Ok(partial) => <RosaProvider as Provider>::validate(&partial, &mut report),
        Err(error) => assert!(report.has_errors(), "what does not decode has been told of: {error}"),
    }
    report
}

fn block<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::map(entries)
}

/// One block of a kind that may stand more than once.
fn one<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::List(vec![Value::map(entries)])
}

#[test]
fn each_mistake_is_found_where_it_is() {
    let ids = |id: &str| Value::set([Value::from(id)]);
    let cases = [
        (block([("region", "us-east".into())]), "region"),
        (block([("region", "us-east-1a".into())]), "region"),
        (block([("region", "US-EAST-1".into())]), "region"),
        (block([("access_key", "AKIA".into())]), "secret_key"),
        (block([("access_key", "AKIA".into()), ("secret_key", "".into())]), "secret_key"),
        (block([("secret_key", "hunter2".into())]), "access_key"),
        (block([("token", "hunter2".into())]), "access_key"),
        (block([("retry_mode", "wild".into())]), "retry_mode"),
        (block([("max_retries", (-1_i64).into())]), "max_retries"),
        (block([("http_proxy", "proxy:3128".into())]), "http_proxy"),
        (block([("custom_ca_bundle", "/nowhere/ca.pem".into())]), "custom_ca_bundle"),
        (block([("allowed_account_ids", ids("12"))]), "allowed_account_ids[\"12\"]"),
        (
            block([("allowed_account_ids", ids("123456789012")), ("forbidden_account_ids", ids("123456789013"))]),
            "forbidden_account_ids",
        ),
        (
            block([("forbidden_account_ids", ids("123456789012")), ("skip_requesting_account_id", true.into())]),
            "forbidden_account_ids",
        ),
        (block([("endpoints", one([("ecr", "127.0.0.1:4566".into())]))]), "endpoints[0].ecr"),
        (block([("assume_role", one([("role_arn", "worker".into())]))]), "assume_role[0].role_arn"),
        (
            block([("assume_role_with_web_identity", block([("duration", "5m".into())]))]),
            "assume_role_with_web_identity.duration",
        ),
        (
            block([(
                "assume_role_with_web_identity",
                block([("web_identity_token", "hunter2".into()), ("web_identity_token_file", "/token".into())]),
            )]),
            "assume_role_with_web_identity.web_identity_token_file",
        ),
        (block([("default_tags", block([("tags", block([("aws:x", "y".into())]))]))]), "default_tags.tags[\"aws:x\"]"),
    ];
    for (config, path) in cases {
        let report = report(config);
        let paths: Vec<String> = report.iter().map(|diagnostic| diagnostic.path.to_string()).collect();
        assert_eq!(paths, [path], "{report}");
        assert!(!report.to_string().contains("hunter2"), "{report}");
    }
}

#[test]
fn a_block_of_the_aws_provider_is_right() {
    let role = |name: &str| {
        block([
            ("role_arn", format!("arn:aws:iam::123456789012:role/ci/{name}").into()),
            ("session_name", "pipeline@example.com".into()),
            ("duration", "1h30m".into()),
            ("policy", r#"{"Version":"2012-10-17"}"#.into()),
            ("policy_arns", Value::set(["arn:aws:iam::aws:policy/ReadOnlyAccess".into()])),
        ])
    };
    let config = block([
        ("region", "us-gov-west-1".into()),
        ("profile", "".into()),
        ("token", "".into()),
        ("retry_mode", "adaptive".into()),
        ("assume_role", Value::List(vec![role("first"), role("second")])),
        ("default_tags", block([("tags", block([("Team", "a".into())]))])),
        ("endpoints", one([("ecr", "http://127.0.0.1:4566".into()), ("sts", "".into())])),
        ("https_proxy", "http://user:hunter2@proxy.example.com:3128".into()),
        ("skip_metadata_api_check", true.into()),
    ]);
    assert_eq!(report(config), Diagnostics::new());
}

#[test]
fn a_block_without_a_role_is_only_warned_of() {
    for empty in [one([]), one([("role_arn", "".into())]), one([("session_name", "ci".into())])] {
        let report = report(block([("assume_role", empty)]));
        assert!(
            !report.has_errors() && report.to_string().contains("warning: No role to assume (assume_role[0].role_arn)")
        );
    }
}

#[test]
fn lists_of_no_accounts_are_not_set() {
    let (none, one) = (|| Value::set([]), || Value::set(["123456789012".into()]));
    for (allowed, forbidden) in [(none(), none()), (one(), none()), (none(), one())] {
        let config = block([("allowed_account_ids", allowed), ("forbidden_account_ids", forbidden)]);
        assert_eq!(report(config), Diagnostics::new());
    }
    let config = block([("allowed_account_ids", none()), ("skip_requesting_account_id", true.into())]);
    assert_eq!(report(config), Diagnostics::new());
}

#[test]
fn regions_of_all_partitions_are_right_and_any_can_be_forced() {
    for region in ["us-east-1", "us-gov-west-1", "cn-northwest-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-5"]
    {
        assert_eq!(report(block([("region", region.into())])), Diagnostics::new(), "{region}");
    }
    let forced = block([("region", "mars".into()), ("skip_region_validation", true.into())]);
    assert_eq!(report(forced), Diagnostics::new());
}

#[test]
fn an_availability_zone_is_recognised() {
    let report = report(block([("region", "us-east-1a".into())])).to_string();
    assert!(report.contains("availability zone. Its region is \"us-east-1\""), "{report}");
}

#[test]
fn what_is_not_known_is_not_judged() {
    let config =
        conform(&RosaProvider::block(), block([("access_key", "AKIA".into()), ("secret_key", Value::Unknown)]));
    let mut report = Diagnostics::new();
    <RosaProvider as Provider>::validate(&RosaProvider::partial(&config).expect("a block"), &mut report);
    assert_eq!(report, Diagnostics::new());
}

#[test]
fn nothing_has_to_be_set_and_nothing_is_computed() {
    let schema = RosaProvider::block();
    for attribute in &schema.attributes {
        assert!(!attribute.is_computed() && attribute.presence == rosa_ecr_model::Presence::Optional, "{attribute:?}");
    }
    let nesting = |name| schema.blocks.iter().find(|block| block.name == name).map(|block| block.nesting);
    assert_eq!(nesting("assume_role"), Some(Nesting::List));
    assert_eq!(nesting("endpoints"), Some(Nesting::List));
    assert_eq!(nesting("default_tags"), Some(Nesting::Single));
}

#[test]
fn debug_output_shows_no_secret() {
    let config = conform(
        &RosaProvider::block(),
        block([
            ("access_key", "AKIA".into()),
            ("secret_key", "hunter2".into()),
            ("token", "hunter2".into()),
            ("https_proxy", "http://user:hunter2@proxy:3128".into()),
            ("assume_role_with_web_identity", block([("web_identity_token", "hunter2".into())])),
        ]),
    );
    let provider = RosaProvider::decode(&config).expect("a block");
    let partial = RosaProvider::partial(&config).expect("a block");
    let shown = format!("{provider:?}{partial:?}");
    assert!(shown.contains("AKIA") && !shown.contains("hunter2"), "{shown}");
}
