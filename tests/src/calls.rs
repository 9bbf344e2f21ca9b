//! The record of what the system under test asked AWS.

use serde::Deserialize;
use serde_json::Value;

/// One AWS call that the system under test made.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// Signing name: `ecr`, `ec2`, `iam`, `sts`, `s3`.
    pub service: String,
    /// For example `CreateRepository`.
    pub action: String,
    /// The region the call was signed for.
    pub region: String,
    /// Whether the action can change anything.
    pub write: bool,
    /// ECR: the JSON body. EC2, IAM, STS: the form's fields, flat, without `Action` and `Version`.
    pub params: Value,
    /// The `User-Agent` header.
    pub agent: String,
    /// The access key id the call was signed with.
    pub access_key: String,
    /// HTTP status; none if the connection was cut without an answer.
    pub status: Option<u16>,
    /// AWS error code of a refusal.
    pub error: Option<String>,
    /// Milliseconds after the record was last cleared.
    pub started_ms: u64,
    /// Likewise; none while the call is under way.
    pub ended_ms: Option<u64>,
}

impl Call {
    /// Whether both calls were under way at some moment.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let ends = |call: &Self| call.ended_ms.unwrap_or(u64::MAX);
        self.started_ms < ends(other) && other.started_ms < ends(self)
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.write { "write" } else { "read " };
        write!(f, "{:>6} ms  {kind}  {} {} ({})", self.started_ms, self.service, self.action, self.region)?;
        match (&self.status, &self.error) {
            (Some(status), Some(error)) => write!(f, "  {status} {error}"),
            (Some(status), None) => write!(f, "  {status}"),
            (None, _) => write!(f, "  no answer"),
        }
    }
}
