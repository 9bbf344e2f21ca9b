//! What comes of a check.

use std::collections::BTreeSet;

/// What is there, and, if it is not as it should be, what to do.
pub(super) type Outcome = Result<String, (String, String)>;

/// Several names in a sentence.
pub(super) fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
