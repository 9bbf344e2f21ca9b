//! The log of an account.

/// A call that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Such as `ecr:CreateRepository`.
    pub action: String,
    /// What it was about, as the request says it.
    pub subject: String,
    /// The code of the refusal, if it was refused.
    pub refused: Option<&'static str>,
    /// Whether it may have changed something.
    pub is_write: bool,
}
