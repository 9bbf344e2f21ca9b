//! What went wrong at AWS, as a diagnostic.

use std::error::Error;
use std::fmt::Display;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use rosa_ecr_aws_errors::{Description, Settings, describe};
pub(crate) use rosa_ecr_aws_errors::{Explained, code, listed_errors, reasons};
use rosa_ecr_model::Diagnostic;

/// Describes a failed call of the IAM action `action`, such as `ecr:CreateRepository`, that was made to achieve `doing`, such as
/// "create the repository dev-registry".
pub fn failed<E>(action: &str, doing: impl Display, error: &SdkError<E, HttpResponse>) -> Diagnostic
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let Description { detail, fix, is_undone } = describe(action, Settings::Provider, error);
    let diagnostic = Diagnostic::error(format!("Cannot {doing}")).detail(detail).fix(fix);
    if is_undone { diagnostic } else { diagnostic.outcome_unknown() }
}

/// The error if a part is missing that every answer of `service` has, in a call that was made to achieve `doing`.
/// The SDK takes some answers that were cut off for whole ones.
pub(crate) fn incomplete(service: &str, doing: impl Display) -> Diagnostic {
    Diagnostic::error(format!("Cannot {doing}"))
        .detail(format!("{service}'s answer was incomplete."))
        .fix("Try again. If it stays, look for a proxy that cuts answers off.")
}

#[cfg(test)]
mod tests;
