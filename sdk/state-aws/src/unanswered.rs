//! What to say where a service of AWS gave no answer.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};

/// What happened, as a clause, and what to do.
pub(crate) fn told<E, R>(service: &str, has_region: bool, error: &SdkError<E, R>) -> (String, &'static str)
where
    E: Error + 'static,
    R: std::fmt::Debug,
{
    let chain = || std::iter::successors(error.source(), |reason| (*reason).source());
    match chain().find_map(|reason| reason.downcast_ref::<CredentialsError>()) {
        Some(CredentialsError::CredentialsNotLoaded(_)) => {
            return (
                "no AWS credentials were found: not in the environment, the shared config and credentials files, a web \
                 identity, a container or an instance"
                    .into(),
                "Set AWS_PROFILE, log in (`aws sso login`), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            );
        }
        Some(reason) => {
            let reasons = phrase(std::iter::successors(Some(reason as &dyn Error), |reason| (*reason).source()));
            return (
                format!("the AWS credentials could not be loaded: {reasons}"),
                "Check the profile and where it gets its credentials from: `aws sts get-caller-identity` must work.",
            );
        }
        None => {}
    }
    let reasons = phrase(chain().filter(|reason| !reason.is::<ConnectorError>()));
    match error {
        _ if !has_region => (format!("there is no region: {reasons}"), "Set AWS_REGION, or the profile's region."),
        SdkError::TimeoutError(_) => (
            format!("{service} did not answer in time: {reasons}"),
            "Check the network and the endpoint, then run again.",
        ),
        SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_timeout() => (
            format!("{service} cannot be reached: {reasons}"),
            "Check the network, the proxy, the spelling of the region, and what AWS_ENDPOINT_URL points to.",
        ),
        _ => (format!("the request failed: {reasons}"), "Check AWS_REGION and the endpoint, then run again."),
    }
}

/// A chain of errors as one phrase, without those that only repeat the one before.
fn phrase<'a>(reasons: impl Iterator<Item = &'a (dyn Error + 'static)>) -> String {
    let mut phrases: Vec<String> = Vec::new();
    for phrase in reasons.map(ToString::to_string) {
        if !phrases.iter().any(|earlier| earlier.contains(&phrase)) {
            phrases.push(phrase);
        }
    }
    if phrases.is_empty() { "no reason is given".into() } else { phrases.join(": ") }
}
