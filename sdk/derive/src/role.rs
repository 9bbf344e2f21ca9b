//! What the derives are for.

/// What a struct is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A value inside attributes.
    Object,
    /// What the user sets.
    Inputs,
    /// What the resource sets.
    Outputs,
}
