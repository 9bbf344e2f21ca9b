//! Secrets are taken out of whatever is told, even where a provider quotes them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use rosa_ecr_model::{Diagnostic, Diagnostics, Value};

use crate::changes::SECRET;

/// Shorter texts are not taken out: they stand in other words.
const SHORTEST: usize = 4;

/// The secrets that a run has met.
#[derive(Default)]
pub(super) struct Redaction(Mutex<BTreeSet<String>>);

impl Redaction {
    /// Learns every text in the value.
    pub(super) fn learn(&self, value: &Value) {
        match value {
            Value::String(text) if text.len() >= SHORTEST => {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone());
            }
            Value::List(elements) | Value::Set(elements) => elements.iter().for_each(|element| self.learn(element)),
            Value::Map(entries) => entries.values().for_each(|element| self.learn(element)),
            _ => {}
        }
    }

    /// The text without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The longest first: one may be a part of another.
        let mut found: Vec<&String> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
        found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        found.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), SECRET))
    }

    /// The message without secrets.
    pub(super) fn diagnostic(&self, diagnostic: Diagnostic) -> Diagnostic {
        Diagnostic {
            summary: self.text(&diagnostic.summary),
            detail: self.text(&diagnostic.detail),
            fix: self.text(&diagnostic.fix),
            ..diagnostic
        }
    }

    /// The messages without secrets.
    pub(super) fn diagnostics(&self, diagnostics: Diagnostics) -> Diagnostics {
        diagnostics.into_iter().map(|diagnostic| self.diagnostic(diagnostic)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_of_what_providers_say() {
        let redaction = Redaction::default();
        redaction
            .learn(&Value::map([("password", Value::List(vec!["hunter2".into(), "hunter22".into(), "a".into()]))]));
        let said = redaction.diagnostic(Diagnostic::error("a hunter22 b").detail("hunter2!"));
        assert_eq!((said.summary.as_str(), said.detail.as_str()), ("a (secret) b", "(secret)!"));
    }
}
