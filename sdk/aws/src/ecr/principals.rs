//! Policies of ECR whose principals may have been made a moment ago.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use rosa_ecr_model::{Call, Diagnostics};

use crate::error::{code, failed};
use crate::iam::policy_document as policies;
use crate::provider::Aws;
use crate::wait::{self, Progress};

/// How long a principal may be unknown to ECR before it counts as missing. ECR says the same of a policy that is plainly wrong,
/// whose author should not wait for long.
const UNKNOWN_PRINCIPALS: Duration = Duration::from_secs(60);

/// Puts a policy as soon as ECR knows its principals. `object` is whose policy it is; `put` makes the call of that IAM action.
///
/// # Errors
/// If ECR refuses it.
pub(super) async fn put<T, E, F>(
    call: &Call<Aws>,
    action: &str,
    object: &str,
    policy: &str,
    put: impl Fn() -> F,
) -> Result<T, Diagnostics>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + Error + 'static,
{
    let identities = policies::identities(policy);
    let what = format!("the policy of {object} to be accepted");
    let accepted = wait::until(call, &what, || async {
        let error = match put().await {
            Ok(put) => return Ok(Progress::Done(put)),
            Err(error) => error,
        };
        let mut refused = failed(action, format!("put the policy of {object}"), &error).at("policy");
        let may_be_new = code(&error) == Some("InvalidParameterException") && !identities.is_empty();
        if may_be_new {
            let detail = format!("{} The policy names {}.", refused.detail, identities.join(", "));
            refused.detail = detail.into();
            refused.fix =
                "Check that each of them exists, and in that very spelling. Otherwise the policy itself is wrong for \
                           ECR: its actions start with \"ecr:\", and the policy of a repository has no Resource."
                    .into();
        }
        if may_be_new { Ok(Progress::Refused(refused.into(), UNKNOWN_PRINCIPALS)) } else { Err(refused.into()) }
    });
    accepted.await
}
