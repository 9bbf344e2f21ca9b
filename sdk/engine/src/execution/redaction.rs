//! Secrets are taken out of whatever is told, even where a provider quotes them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rosa_ecr_model::{Cause, Diagnostic, Diagnostics, Path, Step, Value, Words};

use crate::Error;
use crate::changes::SECRET;
use crate::panics;

/// Shorter texts are not taken out: they stand in other words.
const SHORTEST: usize = 4;

/// Shorter lines of a longer secret are not taken out by themselves, such as the braces of JSON.
const SHORTEST_LINE: usize = 8;

/// The secrets that a run has met.
#[derive(Default)]
pub(super) struct Redaction(Mutex<BTreeSet<String>>);

impl Redaction {
    /// Learns every text and number in the value, with the forms in which others may quote it.
    pub(super) fn learn(&self, value: &Value) {
        let mut found = BTreeSet::new();
        each_text(value, &mut |text| forms(text, &mut found));
        if !found.is_empty() {
            panics::secret_met();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        }
    }

    /// Whether some text in the value quotes a secret.
    pub(super) fn is_quoted(&self, value: &Value) -> bool {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Most objects have none, and every one that is read comes by here.
        if secrets.is_empty() {
            return false;
        }
        let mut quoted = false;
        let mut look = |text: &str| quoted |= secrets.iter().any(|secret| text.contains(secret.as_str()));
        each_key(value, &mut look);
        each_text(value, &mut look);
        quoted
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
        let cause = diagnostic.cause.map(|cause| match *cause {
            Cause::Collision { owner } => Box::new(Cause::Collision { owner: self.text(&owner) }),
            other => Box::new(other),
        });
        Diagnostic {
            severity: diagnostic.severity,
            summary: self.text(&diagnostic.summary),
            detail: self.text(&diagnostic.detail.in_words(Words::Program(None))).into(),
            fix: self.text(&diagnostic.fix.in_words(Words::Program(None))).into(),
            path: self.path(diagnostic.path),
            cause,
        }
    }

    /// The messages without secrets.
    pub(super) fn diagnostics(&self, diagnostics: Diagnostics) -> Diagnostics {
        diagnostics.into_iter().map(|diagnostic| self.diagnostic(diagnostic)).collect()
    }

    /// The error that ends a run without secrets.
    pub(super) fn error(&self, error: Error) -> Error {
        match error {
            Error::Invalid(diagnostics) => Error::Invalid(self.diagnostics(diagnostics)),
            Error::Protected { resources, diagnostics } => {
                Error::Protected { resources, diagnostics: self.diagnostics(diagnostics) }
            }
            Error::Collision { resource, owner, diagnostics, report } => Error::Collision {
                resource,
                owner: self.text(&owner),
                diagnostics: self.diagnostics(diagnostics),
                report,
            },
            other => other,
        }
    }

    /// The path as far as it names no secret: a key of a map or an element of a set may be one.
    fn path(&self, path: Path) -> Path {
        let is_open = |step: &&Step| match step {
            Step::Key(key) => !self.is_quoted(&Value::from(key.as_str())),
            Step::Element(element) => !self.is_quoted(element),
            Step::Attribute(_) | Step::Index(_) => true,
        };
        path.steps().iter().take_while(is_open).cloned().fold(Path::root(), Path::step)
    }
}

fn each_text(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Number(number) => visit(&number.to_string()),
        Value::List(elements) | Value::Set(elements) => elements.iter().for_each(|element| each_text(element, visit)),
        Value::Map(entries) => entries.values().for_each(|element| each_text(element, visit)),
        Value::Null | Value::Unknown | Value::Bool(_) => {}
    }
}

/// The keys of maps, which are no secrets by themselves: most are names of attributes.
fn each_key(value: &Value, visit: &mut impl FnMut(&str)) {
    for (key, element) in value.entries().into_iter().flatten() {
        visit(key);
        each_key(element, visit);
    }
    value.elements().into_iter().flatten().for_each(|element| each_key(element, visit));
}

/// The text, its lines, and what becomes of it in a quoted string and in base64.
fn forms(text: &str, found: &mut BTreeSet<String>) {
    if text.len() < SHORTEST {
        return;
    }
    found.insert(text.to_owned());
    let lines = text.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && line.len() < text.len());
    found.extend(lines.map(str::to_owned));
    let quoted = format!("{text:?}");
    found.insert(quoted[1..quoted.len() - 1].to_owned());
    for before in 0..3 {
        let bytes = [&[0; 2][..before], text.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        // What depends on the bytes around it is left out.
        let (first, last) = ([0, 2, 3][before], bytes.len() / 3 * 4);
        if last >= first + SHORTEST_LINE {
            found.insert(encoded[first..last].to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn secrets_are_taken_out_of_what_providers_say() {
        let redaction = Redaction::default();
        let secrets = Value::List(vec!["hunter2".into(), "hunter22".into(), "a".into(), 271_828.into()]);
        redaction.learn(&Value::map([("password", secrets)]));
        let said = Diagnostic::error("a hunter22 b").detail("hunter2!").fix("271828").collision("of hunter2");
        let said = redaction.diagnostic(said.at(Path::from("users").key("hunter2").attribute("name")));
        assert_eq!((said.summary.as_str(), said.detail.as_str()), ("a (secret) b", "(secret)!"));
        assert_eq!((said.fix.as_str(), said.owner()), ("(secret)", Some("of (secret)")));
        assert_eq!(said.path, Path::from("users"));
    }

    #[test]
    fn secrets_are_found_in_the_forms_that_they_are_quoted_in() {
        let secret = "-----BEGIN \"KEY\"-----\n  c2VjcmV0LWtleQ\n-----END-----";
        let redaction = Redaction::default();
        redaction.learn(&secret.into());
        for text in [
            secret.to_owned(),
            format!("{secret:?}"),
            serde_json::to_string(secret).expect("a text is JSON"),
            secret.replace('\n', "\r\n"),
            STANDARD.encode(secret),
            STANDARD.encode(format!("AWS:{secret}")),
            STANDARD.encode(format!("me:{secret}!")),
            STANDARD.encode(format!("me2:{secret}!?")),
        ] {
            let told = redaction.text(&text);
            assert!(told.contains(SECRET) && !told.contains("c2VjcmV0"), "{text}: {told}");
            assert!(redaction.is_quoted(&Value::map([("a", text.as_str().into())])), "{text}");
        }
        assert!(!redaction.is_quoted(&"something else".into()));
    }
}
