use aws_smithy_types::error::ErrorMetadata;

use super::*;

#[test]
fn codes_are_classified() {
    let cases = [
        ("LimitExceededException", 400, Class::Quota),
        ("VpcEndpointLimitExceeded", 400, Class::Quota),
        ("RequestLimitExceeded", 503, Class::Throttled),
        ("RepositoryNotFoundException", 400, Class::NotFound),
        ("InvalidVpcID.NotFound", 400, Class::NotFound),
        ("RepositoryAlreadyExistsException", 400, Class::Exists),
        ("InvalidGroup.Duplicate", 400, Class::Exists),
        ("DependencyViolation", 400, Class::InUse),
        ("OptInRequired", 403, Class::NotEnabled),
        ("KmsException", 400, Class::Key),
        ("Weird", 500, Class::Fault),
        ("InvalidParameterException", 400, Class::Other),
    ];
    for (code, status, class) in cases {
        assert_eq!(Class::of(code, status), class, "{code}");
    }
}

/// An error of a service, as its SDK has it.
#[derive(Debug)]
struct Refusal(ErrorMetadata);

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

#[test]
fn missing_credentials_are_described_by_where_the_settings_are() {
    let described = |settings| {
        let source = CredentialsError::not_loaded("no providers in chain provided credentials");
        let error: SdkError<Refusal, HttpResponse> =
            SdkError::dispatch_failure(ConnectorError::other(source.into(), None));
        describe("sts:GetCallerIdentity", settings, &error)
    };
    let (provider, environment) = (described(Settings::Provider), described(Settings::Environment));
    for description in [&provider, &environment] {
        assert!(description.detail.starts_with("No AWS credentials were found"), "{description:?}");
        assert!(description.fix.contains("AWS_PROFILE"), "{description:?}");
    }
    assert!(provider.detail.contains("the provider's configuration") && provider.fix.contains("`profile`"));
    assert!(!environment.detail.contains("provider's") && !environment.fix.contains("`profile`"), "{environment:?}");
}

#[test]
fn no_advice_names_a_provider_block_to_one_who_has_none() {
    for (code, status) in [
        ("InvalidAccessKeyId", 403),
        ("SlowDown", 503),
        ("RequestLimitExceeded", 503),
        ("ExpiredToken", 400),
        ("InternalError", 500),
        ("AccessDenied", 403),
        ("NoSuchKey", 404),
    ] {
        let fix = Class::of(code, status).fix("s3:GetObject", Settings::Environment);
        let text = fix.in_words(rosa_ecr_model::Words::Program(None));
        assert!(!text.contains("provider") && !text.contains("max_retries"), "{code}: {text}");
    }
}
