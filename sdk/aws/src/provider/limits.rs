//! How long a call of AWS may take, and how often it is tried.
//!
//! Every call ends: each attempt has a limit, and so have all of them together. Within that, throttling is waited out
//! with as many retries as in the AWS provider, while silence is not: an address that nobody answers at is told of after
//! a few attempts. A quota that is used up is not retried at all.

use std::time::Duration;

use aws_sdk_ecr::operation::create_repository::CreateRepositoryError;
use aws_sdk_ecr::operation::start_image_scan::StartImageScanError;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{FinalizerInterceptorContextRef, InterceptorContext};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

/// Retries of a call where the user says nothing, as in the AWS provider.
pub(super) const MAX_RETRIES: u32 = 25;

/// Time limits, and the attempts at a silent address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// For establishing a connection.
    pub connect: Duration,
    /// For one attempt.
    pub attempt: Duration,
    /// For all attempts of a call, with the waits between them.
    pub operation: Duration,
    /// How many attempts of a call may go without an answer.
    pub unanswered: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(30),
            operation: Duration::from_secs(300),
            unanswered: 4,
        }
    }
}

impl Limits {
    /// For calls that others wait for, such as those that get credentials: within one attempt of the call that waits.
    pub fn for_credentials(self) -> Self {
        Self { attempt: self.attempt / 3, operation: self.load_credentials(), unanswered: 2, ..self }
    }

    /// How long credentials may take, a little less than the attempt that waits for them, so that they get the blame.
    pub fn load_credentials(self) -> Duration {
        self.attempt.mul_f64(0.9)
    }

    pub fn timeouts(self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.operation)
            .build()
    }
}

/// Lowers the number of attempts of a call once one of them was not answered, or not in a way that can be read.
#[derive(Debug)]
pub(super) struct FewerWhenSilent(pub Limits);

#[dyn_dispatch_hint]
impl Intercept for FewerWhenSilent {
    fn name(&self) -> &'static str {
        "FewerWhenSilent"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let silent = |error: &_| is_silence(error);
        if context.output_or_error().and_then(Result::err).is_some_and(silent) {
            let retries = cfg.load::<RetryConfig>().cloned().unwrap_or_else(RetryConfig::standard);
            let attempts = retries.max_attempts().min(self.0.unanswered);
            cfg.interceptor_state().store_put(retries.with_max_attempts(attempts));
        }
        Ok(())
    }
}

fn is_silence<E>(error: &aws_smithy_runtime_api::client::orchestrator::OrchestratorError<E>) -> bool {
    error.is_timeout_error() || error.is_connector_error() || error.is_response_error()
}

/// Forbids to retry a `CreateRepository` or a `StartImageScan` that a quota stands against: its code is one that the SDK takes for
/// throttling.
#[derive(Debug)]
pub(super) struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(|result| result.err());
        let error = error.and_then(|error| error.as_operation_error());
        let create = error.and_then(|error| error.downcast_ref::<CreateRepositoryError>());
        let scan = error.and_then(|error| error.downcast_ref::<StartImageScanError>());
        if create.is_some_and(CreateRepositoryError::is_limit_exceeded_exception)
            || scan.is_some_and(StartImageScanError::is_limit_exceeded_exception)
        {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "QuotaIsFinal"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

#[cfg(test)]
mod tests;
