//! How often a call was tried, for its error.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// A header that the last answer of a call gets here, since an error of the SDK has nothing but the answer.
const HEADER: &str = "x-rosa-ecr-attempts";

/// Writes the number of the attempt onto its answer.
#[derive(Debug)]
pub struct CountedAttempts;

#[dyn_dispatch_hint]
impl Intercept for CountedAttempts {
    fn name(&self) -> &'static str {
        "CountedAttempts"
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(answer), Some(attempts)) = (context.response_mut(), config.load::<RequestAttempts>()) {
            answer.headers_mut().insert(HEADER, attempts.attempts().to_string());
        }
        Ok(())
    }
}

/// How often the call was tried that ended with this answer.
pub fn attempts(answer: &HttpResponse) -> Option<u32> {
    answer.headers().get(HEADER)?.parse().ok()
}
