//! Failed calls of S3 and KMS, as errors of a state.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::region::Region;
use rosa_ecr_aws_errors::{Settings, describe};
use rosa_ecr_model::Words;

/// What happened, as a sentence without its full stop, and what to do: the same as of any call of AWS.
pub(crate) fn failure<E>(action: &str, region: Option<&Region>, error: &SdkError<E, HttpResponse>) -> (String, String)
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if region.is_none() {
        return ("There is no region".into(), "Set AWS_REGION, or the profile's region.".into());
    }
    let described = describe(action, Settings::Environment, error);
    (described.detail.trim_end_matches('.').to_owned(), described.fix.in_words(Words::Program(None)))
}
