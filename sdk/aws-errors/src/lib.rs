//! What went wrong at AWS, described to a person: the same for every service and every caller.
//!
//! A failed call is classified by the kind of failure and, if AWS answered, by the answer's error code; never by its
//! text, which AWS changes. The class decides what to do next; the text of the answer is only quoted. [`Settings`] is where
//! the caller's settings are: only what a person has is named.

mod attempts;

use std::error::Error;
use std::fmt::{self, Display};

use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::retries::classifiers::THROTTLING_ERRORS;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError, ServiceError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId as _;
use rosa_ecr_model::{Diagnostic, Term, Text, text};

pub use crate::attempts::{CountedAttempts, attempts};

/// The code with which AWS refused a call; `None` where AWS did not answer, or not in the way it does.
pub fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// Where the settings of a caller are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settings {
    /// In the provider's configuration, else in the environment and the profile.
    Provider,
    /// In the environment and the profile.
    Environment,
}

/// A failed call in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// What happened, in sentences.
    pub detail: String,
    /// What to do next, in sentences.
    pub fix: Text,
    /// Whether it is known that the call has changed nothing.
    pub is_undone: bool,
}

/// Describes a failed call of the IAM action `action`, such as `ecr:CreateRepository`.
pub fn describe<E>(action: &str, settings: Settings, error: &SdkError<E, HttpResponse>) -> Description
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (detail, fix) = match error {
        SdkError::ServiceError(answer) => {
            (quote(action, answer, error.request_id()), classify(answer).fix(action, settings))
        }
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            let detail = format!("{} answered HTTP {status} with {}.", service(action), reasons(cause(error)));
            (detail, Class::Foreign.fix(action, settings))
        }
        _ => no_answer(action, settings, error),
    };
    Description { detail, fix, is_undone: is_undone(error) }
}

/// Whether it is known that the call has changed nothing.
fn is_undone<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        // Nothing was sent.
        SdkError::ConstructionFailure(_) => true,
        // AWS may fail after it has done what was asked for. EC2 also throttles with such a status.
        SdkError::ServiceError(answer) => {
            answer.raw().status().as_u16() < 500 || matches!(classify(answer), Class::Throttled | Class::Quota)
        }
        _ => false,
    }
}

/// Explains an error of a credentials provider of ours; it travels through the SDK to [`describe`].
#[derive(Debug)]
pub struct Explained(pub Diagnostic);

impl Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.0.summary, self.0.detail)
    }
}

impl Error for Explained {}

/// What kind of refusal an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Denied,
    Expired,
    Clock,
    Rejected,
    NotEnabled,
    Throttled,
    Quota,
    NotFound,
    Exists,
    InUse,
    Key,
    Fault,
    /// Not an answer of AWS's.
    Foreign,
    Other,
}

fn classify<E: ProvideErrorMetadata>(answer: &ServiceError<E, HttpResponse>) -> Class {
    let status = answer.raw().status().as_u16();
    match answer.err().code() {
        Some(code) => Class::of(code, status),
        None if status >= 500 => Class::Fault,
        None => Class::Foreign,
    }
}

impl Settings {
    /// `what …` points to, up to the verb.
    fn endpoints_point(self) -> &'static str {
        match self {
            Self::Provider => "`endpoints` of the provider or AWS_ENDPOINT_URL point",
            Self::Environment => "AWS_ENDPOINT_URL points",
        }
    }
}

impl Class {
    /// Sources: the services' API references, "Common errors" and "Error codes".
    fn of(code: &str, status: u16) -> Self {
        let ends = |endings: &[&str]| endings.iter().any(|ending| code.ends_with(ending));
        match code {
            "AccessDenied"
            | "AccessDeniedException"
            | "UnauthorizedOperation"
            | "UnauthorizedException"
            | "NotAuthorized" => Self::Denied,
            // EC2 says RequestExpired where others say ExpiredToken.
            "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => Self::Expired,
            "RequestTimeTooSkewed" | "RequestInTheFuture" => Self::Clock,
            "AuthFailure"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "InvalidToken"
            | "InvalidIdentityToken"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "UnrecognizedClientException" => Self::Rejected,
            _ if is_signature(code) => Self::Rejected,
            "OptInRequired" | "PendingVerification" | "RegionDisabledException" | "SubscriptionRequiredException" => {
                Self::NotEnabled
            }
            // ECR and IAM say LimitExceeded(Exception) of quotas.
            _ if code != QUOTA && THROTTLING_ERRORS.contains(&code) => Self::Throttled,
            _ if ends(&["LimitExceeded", "LimitExceededException", "QuotaExceededException"]) => Self::Quota,
            _ if ends(&["NotFound", "NotFoundException", "NoSuchEntity", "NoSuchEntityException"]) => Self::NotFound,
            _ if ends(&["AlreadyExists", "AlreadyExistsException", ".Duplicate"]) => Self::Exists,
            "ConcurrentModification"
            | "ConcurrentModificationException"
            | "DeleteConflict"
            | "DependencyViolation"
            | "EntityTemporarilyUnmodifiable"
            | "ResourceInUse"
            | "ResourceInUseException" => Self::InUse,
            "KmsException" | "KmsError" => Self::Key,
            "InternalError" | "InternalFailure" | "ServerException" | "ServiceFailure" | "ServiceUnavailable"
            | "Unavailable" => Self::Fault,
            _ if status >= 500 => Self::Fault,
            _ => Self::Other,
        }
    }

    /// What to do next.
    fn fix(self, action: &str, settings: Settings) -> Text {
        let is_provider = settings == Settings::Provider;
        match self {
            Self::Denied => {
                let more = match service(action) {
                    "EC2" => " `aws sts decode-authorization-message` makes an encoded message readable.",
                    "STS" => " The role's trust policy has to allow it too.",
                    _ => "",
                };
                format!(
                    "Allow the IAM action {action} to the identity that runs this; `aws sts get-caller-identity` shows \
                     which it is. If its policies allow it already, look at its permissions boundary, at the \
                     organization's service control policies and at the resource's own policy.{more}"
                )
                .into()
            }
            Self::Expired => "Get new credentials (with SSO: `aws sso login`) and run this again. If they are new, \
                              check this machine's clock."
                .into(),
            Self::Clock => "Set this machine's clock: AWS refuses what was signed some minutes ago or ahead.".into(),
            Self::Rejected => format!(
                "Check the credentials in {}the environment and the profile: AWS does not know them, or secret and access \
                 key do not belong together. Credentials of one partition (aws, aws-us-gov, aws-cn) are unknown in the \
                 others, and a region that has to be enabled first knows them only then.",
                if is_provider { "the provider's configuration, " } else { "" }
            )
            .into(),
            Self::NotEnabled => {
                "Enable the region and the service for this account in the AWS console, or use another \
                                 region."
                    .into()
            }
            Self::Throttled => text![
                "Run this again later. If it goes on, do less at once (",
                Term::Parallelism,
                if is_provider {
                    "), raise max_retries, or set retry_mode = \"adaptive\" in the provider's configuration."
                } else {
                    "), or raise AWS_MAX_ATTEMPTS."
                },
            ],
            Self::Quota => {
                "Delete what is no longer needed, or have the quota raised in the Service Quotas console of \
                            this region."
                    .into()
            }
            Self::NotFound => "Check that it exists in this account and region. If it was removed meanwhile, plan \
                               again."
                .into(),
            Self::Exists => "Choose another name, or import what is there.".into(),
            Self::InUse => "Something else uses it or changes it. When that is over, run this again.".into(),
            Self::Key => "Check that the KMS key exists in this region, that it is enabled, and that its policy lets \
                          the identity that runs this use it (kms:CreateGrant, kms:DescribeKey)."
                .into(),
            Self::Fault => format!(
                "The fault is on AWS's side. Run this again later; if it goes on, look at the AWS Health Dashboard. If {} \
                 elsewhere, look at the log there: it may not know {action}, or not with these parameters.",
                settings.endpoints_point()
            )
            .into(),
            Self::Foreign => format!(
                "This does not look like an answer of AWS's. Check what {} to, and whether a proxy answers instead.",
                settings.endpoints_point()
            )
            .into(),
            Self::Other => format!("Correct what {} objects to. {}", service(action), listed_errors(action)).into(),
        }
    }
}

/// Where AWS documents the errors of an action.
pub fn listed_errors(action: &str) -> String {
    let (service, operation) = action.split_once(':').unwrap_or_default();
    let reference = match service {
        "ecr" => "AmazonECR/latest/APIReference",
        "ec2" => "AWSEC2/latest/APIReference",
        "iam" => "IAM/latest/APIReference",
        "sts" => "STS/latest/APIReference",
        "s3" => "AmazonS3/latest/API",
        "kms" => "kms/latest/APIReference",
        other => return format!("AWS's API reference of {other} lists the errors."),
    };
    format!("Its errors are listed in https://docs.aws.amazon.com/{reference}/API_{operation}.html.")
}

/// AWS's code for a quota, which the SDK's list takes for throttling.
const QUOTA: &str = "LimitExceededException";

fn is_signature(code: &str) -> bool {
    matches!(
        code,
        "IncompleteSignature" | "IncompleteSignatureException" | "InvalidSignatureException" | "SignatureDoesNotMatch"
    )
}

/// The answer, in AWS's words.
fn quote<E: ProvideErrorMetadata>(
    action: &str,
    answer: &ServiceError<E, HttpResponse>,
    request_id: Option<&str>,
) -> String {
    let code = answer.err().code();
    let message = answer.err().message().map(|message| {
        // About signatures, AWS goes on with the signed text: it may hold a session token.
        let lines = if code.is_some_and(is_signature) { message.lines().next() } else { Some(message) };
        lines.unwrap_or_default().trim().trim_end_matches('.')
    });
    let message = message.filter(|message| !message.is_empty()).unwrap_or("no message");
    let status = format!("HTTP {}", answer.raw().status().as_u16());
    let id = request_id.map(|id| format!("request id {id}"));
    let attempts = attempts(answer.raw()).filter(|attempts| *attempts > 1);
    let asked = attempts.map(|attempts| format!("after {attempts} attempts"));
    let facts = [code, Some(&status), id.as_deref(), asked.as_deref()];
    let facts: Vec<&str> = facts.into_iter().flatten().collect();
    let operation = action.split_once(':').map_or(action, |(_, operation)| operation);
    format!("{} answered {operation}: {message} ({}).", service(action), facts.join(", "))
}

/// What to say and do where AWS gave no answer.
fn no_answer<E>(action: &str, settings: Settings, error: &SdkError<E, HttpResponse>) -> (String, Text)
where
    E: Error + 'static,
{
    if let Some(reason) = chain(error).find_map(|reason| reason.downcast_ref::<CredentialsError>()) {
        return no_credentials(reason, settings);
    }
    let service = service(action);
    let reasons = reasons(cause(error));
    let detail = match error {
        SdkError::TimeoutError(_) => format!("{service} did not answer in time: {reasons}."),
        SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => {
            format!("{service} cannot be reached: {reasons}.")
        }
        _ => format!("The request was not sent: {reasons}."),
    };
    let bundle = if settings == Settings::Provider { "custom_ca_bundle" } else { "AWS_CA_BUNDLE" };
    let fix = format!(
        "Check the network, the spelling of the region, the proxy (http_proxy, https_proxy, no_proxy), and what {} to. Behind \
         a proxy that opens TLS connections, set {bundle}. A private network needs a route to AWS, or VPC endpoints.",
        settings.endpoints_point()
    );
    (detail, fix.into())
}

fn no_credentials(error: &CredentialsError, settings: Settings) -> (String, Text) {
    let is_provider = settings == Settings::Provider;
    if let Some(Explained(explained)) = chain(error).find_map(|reason| reason.downcast_ref::<Explained>()) {
        return (
            format!("There are no credentials. {}. {}", explained.summary, explained.detail),
            explained.fix.clone(),
        );
    }
    match error {
        CredentialsError::CredentialsNotLoaded(_) => (
            format!(
                "No AWS credentials were found: not in {}the environment, the shared config and credentials files, a web \
                 identity, a container or an instance.",
                if is_provider { "the provider's configuration, " } else { "" }
            ),
            format!(
                "Set AWS_PROFILE{}, log in (`aws sso login`), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
                if is_provider { " or `profile`" } else { "" }
            )
            .into(),
        ),
        error => (
            format!("The AWS credentials could not be loaded: {}.", reasons(Some(error))),
            "Check the profile and where it gets its credentials from; `aws sts get-caller-identity` must work with \
             it. If a login has expired: `aws sso login`."
                .into(),
        ),
    }
}

/// The service that an IAM action belongs to.
fn service(action: &str) -> &'static str {
    match action.split(':').next() {
        Some("ecr") => "ECR",
        Some("ec2") => "EC2",
        Some("iam") => "IAM",
        Some("sts") => "STS",
        Some("s3") => "S3",
        Some("kms") => "KMS",
        _ => "AWS",
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |reason| (*reason).source())
}

/// What is behind the SDK's own wrappers.
fn cause<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> Option<&(dyn Error + 'static)> {
    chain(error).skip(1).find(|reason| !reason.is::<ConnectorError>())
}

/// A chain of errors as one phrase, without those that only repeat the one before.
pub fn reasons(error: Option<&(dyn Error + 'static)>) -> String {
    let mut phrases: Vec<String> = Vec::new();
    for reason in error.into_iter().flat_map(chain) {
        let phrase = reason.to_string();
        if !phrases.iter().any(|earlier| earlier.contains(&phrase)) {
            phrases.push(phrase);
        }
    }
    let joined = phrases.join(": ");
    // It goes on in a sentence.
    let joined = joined.trim_end_matches('.');
    if joined.is_empty() { "no reason is given".to_owned() } else { joined.to_owned() }
}

#[cfg(test)]
mod tests;
