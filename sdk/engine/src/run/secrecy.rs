//! Secrets: the one way in, which finds the secret places of a value, and the one way out, which takes secrets out of texts.
//!
//! ```text
//! arguments, answers of providers, states -> Secrecy::mark -> Marked -> other resources, the state document
//!                                               |
//! events, errors, reports <- Secrecy::redact <- the secrets that were met
//! ```
//!
//! Nothing but [`Secrecy::mark`] makes a [`Marked`], and nothing else than a [`Marked`] gets into the state or is seen by other
//! resources. So a value cannot come by without its secret places, and a secret that is marked is in no message from then on.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rosa_ecr_model::secrets::{is_sensitive, sensitive, sensitive_attributes};
use rosa_ecr_model::{Block, Cause, Diagnostic, Diagnostics, Path, Resolved, Secrets, Step, Type, Value, Words};
use rosa_ecr_state::Contents;

use crate::changes::{AttributeChange, SECRET, differences};
use crate::error::Error;
use crate::panics;

/// Shorter texts are not taken out: they stand in other words.
const SHORTEST: usize = 4;

/// Shorter lines of a longer secret are not taken out by themselves, such as the braces of JSON.
const SHORTEST_LINE: usize = 8;

/// A value whose secret places were looked for: see [`Secrecy::mark`]. The default is null.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marked(Arc<Resolved>);

impl Marked {
    /// A value that is not known yet.
    pub(crate) fn unknown() -> Self {
        Self(Arc::new(Resolved::plain(Value::Unknown)))
    }

    /// The value.
    pub(crate) fn value(&self) -> &Value {
        &self.0.value
    }

    /// The attributes in which something is secret.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    /// As the state keeps it.
    pub(crate) fn contents(&self) -> Contents {
        Contents::new(&self.0)
    }

    /// The attributes in which another state of the object differs, with no secret of either.
    pub(crate) fn differences(&self, after: &Self, block: &Block, replace: &[Path]) -> Vec<AttributeChange> {
        let is_secret = |attribute: &str| self.secrets().has(attribute) || after.secrets().has(attribute);
        differences(block, self.value(), after.value(), replace, &is_secret)
    }

    /// As other resources see it.
    pub(crate) fn resolved(&self) -> Arc<Resolved> {
        self.0.clone()
    }
}

/// The secrets that a run has met.
#[derive(Default)]
pub(crate) struct Secrecy(Mutex<BTreeSet<String>>);

impl Secrecy {
    /// Finds the secret places of a value: those that are `given`, what the block calls sensitive, and what quotes one of
    /// those, as a URL does that a provider makes of a password. Secrets of the configuration may be quoted, too, even if no
    /// state has them. They are in no message from now on.
    ///
    /// An attribute is secret as a whole: of a set, and of what is not known yet, no part could be named.
    pub(crate) fn mark(&self, block: &Block, value: Value, given: &Secrets, config: &Value) -> Marked {
        let mut secrets = given.by_attribute(block);
        secrets.extend(sensitive_attributes(block, &value));
        let quotable = Self::default();
        quotable.meet_in(block, &value, &secrets);
        quotable.meet_in(block, config, &secrets);
        secrets.extend(block.names().filter(|name| quotable.is_quoted(value.get(name))).map(Path::from));
        self.meet_in(block, &value, &secrets);
        Marked(Arc::new(Resolved { value, secrets }))
    }

    /// Marks arguments: whoever refuses them may quote them.
    pub(crate) fn mark_arguments(&self, block: &Block, value: Value, given: &Secrets) -> Marked {
        let secrets = given.by_attribute(block);
        self.meet_in(block, &value, &secrets);
        Marked(Arc::new(Resolved { value, secrets }))
    }

    /// Learns every text and number in the value, with the forms in which others may quote it.
    pub(crate) fn meet(&self, value: &Value) {
        let mut found = BTreeSet::new();
        each_text(value, &mut |text| forms(text, &mut found));
        if !found.is_empty() {
            panics::secret_met();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        }
    }

    /// Learns the secrets of what a state has, whatever their type is by now.
    pub(crate) fn meet_stored(&self, contents: &Contents) {
        for secret in contents.each_secret() {
            self.meet(&Value::from_json(secret, &Type::Dynamic).unwrap_or_default());
        }
    }

    /// Learns the secrets in a value: what the block calls sensitive, and these attributes.
    fn meet_in(&self, block: &Block, value: &Value, secrets: &Secrets) {
        sensitive(block, value).into_iter().for_each(|secret| self.meet(secret));
        // Of an attribute that is secret for something in it, the rest is hidden with it, but is no secret elsewhere.
        let whole = block.names().filter(|name| secrets.has(name) && !is_sensitive(block, name));
        whole.for_each(|name| self.meet(value.get(name)));
    }

    /// Whether some text in the value quotes a secret.
    fn is_quoted(&self, value: &Value) -> bool {
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
    fn text(&self, text: &str) -> String {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The longest first: one may be a part of another.
        let mut found: Vec<&String> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
        found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        found.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), SECRET))
    }

    /// The message without secrets.
    pub(crate) fn redact(&self, diagnostic: Diagnostic) -> Diagnostic {
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
    pub(crate) fn redact_all(&self, diagnostics: Diagnostics) -> Diagnostics {
        diagnostics.into_iter().map(|diagnostic| self.redact(diagnostic)).collect()
    }

    /// The error that ends a run without secrets.
    pub(crate) fn redact_error(&self, error: Error) -> Error {
        match error {
            Error::Invalid(diagnostics) => Error::Invalid(self.redact_all(diagnostics)),
            Error::Protected { resources, diagnostics } => {
                Error::Protected { resources, diagnostics: self.redact_all(diagnostics) }
            }
            Error::Collision { resource, owner, diagnostics, report } => Error::Collision {
                resource,
                owner: self.text(&owner),
                diagnostics: self.redact_all(diagnostics),
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
        let secrecy = Secrecy::default();
        let secrets = Value::List(vec!["hunter2".into(), "hunter22".into(), "a".into(), 271_828.into()]);
        secrecy.meet(&Value::map([("password", secrets)]));
        let said = Diagnostic::error("a hunter22 b").detail("hunter2!").fix("271828").collision("of hunter2");
        let said = secrecy.redact(said.at(Path::from("users").key("hunter2").attribute("name")));
        assert_eq!((said.summary.as_str(), said.detail.as_str()), ("a (secret) b", "(secret)!"));
        assert_eq!((said.fix.as_str(), said.owner()), ("(secret)", Some("of (secret)")));
        assert_eq!(said.path, Path::from("users"));
    }

    #[test]
    fn secrets_are_found_in_the_forms_that_they_are_quoted_in() {
        let secret = "-----BEGIN \"KEY\"-----\n  c2VjcmV0LWtleQ\n-----END-----";
        let secrecy = Secrecy::default();
        secrecy.meet(&secret.into());
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
            let told = secrecy.text(&text);
            assert!(told.contains(SECRET) && !told.contains("c2VjcmV0"), "{text}: {told}");
            assert!(secrecy.is_quoted(&Value::map([("a", text.as_str().into())])), "{text}");
        }
        assert!(!secrecy.is_quoted(&"something else".into()));
    }
}
