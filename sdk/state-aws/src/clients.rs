//! The AWS clients of a state: they never wait for ever.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

/// Longest time for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest time for one attempt. A state of some megabytes has to get through.
const ATTEMPT: Duration = Duration::from_secs(30);
/// Longest time for a call with all its attempts.
const OPERATION: Duration = Duration::from_secs(90);

/// Credentials, region and endpoint from the environment and the profile, with time limits: without them, the clients
/// wait for ever for an answer on a connection that hangs.
pub(crate) async fn shared() -> SdkConfig {
    let limits = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(limits).load().await
}
