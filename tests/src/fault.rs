//! Trouble for the system under test, to order.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// Something that happens to calls of one action ("*": of any). Once, unless told otherwise.
///
/// Errors come in the shape and with the code of the service's protocol: a throttled ECR call gets
/// `ThrottlingException`, a throttled EC2 call `RequestLimitExceeded`.
#[derive(Clone, Debug)]
#[must_use = "a fault is ordered with `Emulator::fault`"]
pub struct Fault(Map<String, Value>);

impl Fault {
    fn new(kind: &str, action: &str) -> Self {
        Self(Map::new()).with("kind", json!(kind)).with("action", json!(action))
    }

    /// Refused for too many requests: the SDK retries.
    pub fn throttle(action: &str) -> Self {
        Self::new("throttle", action)
    }

    /// Failed with status 500: the SDK retries.
    pub fn server_error(action: &str) -> Self {
        Self::new("error500", action)
    }

    /// Refused for lack of permission.
    pub fn denied(action: &str) -> Self {
        Self::new("denied", action)
    }

    /// Refused because the session is over.
    pub fn expired_token(action: &str) -> Self {
        Self::new("expired_token", action)
    }

    /// Refused with this AWS error code and HTTP status.
    pub fn error(action: &str, code: &str, status: u16) -> Self {
        Self::new("error", action).with("code", json!(code)).with("status", json!(status))
    }

    /// The connection is reset before the call is applied.
    pub fn reset(action: &str) -> Self {
        Self::new("reset", action)
    }

    /// The call is applied, and the connection is reset before the answer.
    pub fn lost_answer(action: &str) -> Self {
        Self::new("lost_answer", action)
    }

    /// The call is applied, and the answer's body ends half-way as if it were complete.
    pub fn truncated(action: &str) -> Self {
        Self::new("truncated", action)
    }

    /// No answer at all, until the client gives up or the time is over.
    pub fn hang(action: &str, time: Duration) -> Self {
        Self::new("hang", action).with("seconds", json!(time.as_secs_f64()))
    }

    /// The answer takes that much longer.
    pub fn latency(action: &str, time: Duration) -> Self {
        Self::new("latency", action).with("seconds", json!(time.as_secs_f64()))
    }

    /// Hits that many calls.
    pub fn times(self, count: u32) -> Self {
        self.with("times", json!(count))
    }

    /// Hits every call.
    pub fn always(self) -> Self {
        self.with("times", json!(0))
    }

    /// Lets that many matching calls pass first.
    pub fn after(self, count: u32) -> Self {
        self.with("after", json!(count))
    }

    /// Hits only calls of this service (its signing name).
    pub fn of_service(self, service: &str) -> Self {
        self.with("service", json!(service))
    }

    /// Hits only calls with this text somewhere in their parameters.
    pub fn mentioning(self, text: &str) -> Self {
        self.with("mentions", json!(text))
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        self.0.insert(field.to_owned(), value);
        self
    }

    pub(crate) fn into_json(self) -> Value {
        self.0.into()
    }
}
