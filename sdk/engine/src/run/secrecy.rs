//! Secrets: the one way in, which finds the secret places of a value, and the one way out, which takes secrets out of texts.
//!
//! ```text
//! arguments, answers of providers, states -> Secrecy::mark -> Marked -> other resources, the state document
//!                                               |
//! events, errors, reports <- Secrecy::redact <- the secrets that were met
//! ```
//!
//! Nothing but [`Secrecy`] makes a [`Marked`], and nothing else than a [`Marked`] gets into the state or is seen by other
//! resources. So a value cannot come by without its secret places, and a secret that is marked is in no message from then on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rosa_ecr_model::secrets::{is_sensitive, sensitive_attributes};
use rosa_ecr_model::{Block, Cause, Diagnostic, Diagnostics, Path, Resolved, Secrets, Step, Type, Value, Words};
use rosa_ecr_state::Contents;

use crate::changes::{AttributeChange, SECRET, differences};
use crate::error::Error;
use crate::panics;
use crate::results::Unsaved;
use crate::run::texts::Texts;

/// A value whose secret places were looked for: see [`Secrecy::mark`]. The default is null.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marked {
    resolved: Arc<Resolved>,
    /// The secrets that it has or comes from: what is made of it may quote them.
    quotable: Arc<Texts>,
}

impl Marked {
    fn new(value: Value, secrets: Secrets, quotable: Texts) -> Self {
        Self { resolved: Arc::new(Resolved { value, secrets }), quotable: Arc::new(quotable) }
    }

    /// A value that is not known yet.
    pub(crate) fn unknown() -> Self {
        Self::new(Value::Unknown, Secrets::none(), Texts::default())
    }

    /// The value.
    pub(crate) fn value(&self) -> &Value {
        &self.resolved.value
    }

    /// The attributes in which something is secret.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.resolved.secrets
    }

    /// As the state keeps it.
    pub(crate) fn contents(&self) -> Contents {
        Contents::new(&self.resolved)
    }

    /// The attributes in which another state of the object differs, with no secret of either.
    pub(crate) fn differences(&self, after: &Self, block: &Block, replace: &[Path]) -> Vec<AttributeChange> {
        let is_secret = |attribute: &str| self.secrets().has(attribute) || after.secrets().has(attribute);
        differences(block, self.value(), after.value(), replace, &is_secret)
    }

    /// As other resources see it.
    pub(crate) fn resolved(&self) -> Arc<Resolved> {
        self.resolved.clone()
    }
}

/// The secrets that a run has met.
#[derive(Default)]
pub(crate) struct Secrecy {
    met: Mutex<Texts>,
    /// Those of provider blocks, which any object may quote.
    of_providers: Mutex<Texts>,
}

impl Secrecy {
    /// Finds the secret places of a value: those that are `given`, what the block calls sensitive, and what quotes a secret of
    /// it, of what it is made `from`, or of a provider block, as a URL does that a provider makes of a password. They are in no
    /// message from now on.
    ///
    /// An attribute is secret as a whole: of a set, and of what is not known yet, no part could be named. Where the block calls
    /// something in it sensitive, what else in it is a secret by itself is named besides, so that it is known when it is read again.
    pub(crate) fn mark(&self, block: &Block, value: Value, given: &Secrets, from: &[&Marked]) -> Marked {
        let mut secrets = given.by_attribute(block);
        secrets.extend(sensitive_attributes(block, &value));
        let mut quotable = Texts::of(block, &value, &secrets);
        from.iter().for_each(|other| quotable.extend(&other.quotable));
        quotable.learn_quotes(&value);
        let of_providers = lock(&self.of_providers);
        let quotes = |name: &&str| quotable.are_quoted(value.get(name)) || of_providers.are_quoted(value.get(name));
        let quoting: Vec<&str> = block.names().filter(|name| !secrets.has(name)).filter(quotes).collect();
        drop(of_providers);
        quoting.iter().filter(|name| !is_sensitive(block, name)).for_each(|name| quotable.learn(value.get(name)));
        secrets.extend(quoting.into_iter().map(Path::from));
        self.meet(&quotable);
        let named = quotable.named(block, &value, &secrets);
        secrets.extend(named);
        Marked::new(value, secrets, quotable)
    }

    /// Marks a value that was marked before, and kept with its secret places.
    pub(crate) fn mark_again(&self, block: &Block, kept: Resolved) -> Marked {
        let Resolved { value, secrets } = kept;
        let mut named = Texts::default();
        secrets.paths().filter(|path| path.steps().len() > 1).for_each(|path| named.learn(at(&value, path)));
        self.mark(block, value, &secrets, &[&Marked::new(Value::Null, Secrets::none(), named)])
    }

    /// Marks arguments: a message that refuses them may quote them.
    pub(crate) fn mark_arguments(&self, block: &Block, value: Value, given: &Secrets) -> Marked {
        let secrets = given.by_attribute(block);
        let mut quotable = Texts::of(block, &value, &secrets);
        // The places are known more exactly here than they are from now on.
        given.paths().for_each(|path| quotable.learn(at(&value, path)));
        self.meet(&quotable);
        Marked::new(value, secrets, quotable)
    }

    /// Marks a provider block: whatever the provider says of its objects may quote it.
    pub(crate) fn mark_block(&self, block: &Block, value: Value, given: &Secrets) -> Marked {
        let marked = self.mark_arguments(block, value, given);
        lock(&self.of_providers).extend(&marked.quotable);
        marked
    }

    /// Learns what the program calls a secret.
    pub(crate) fn meet_value(&self, value: &Value) {
        let mut texts = Texts::default();
        texts.learn(value);
        self.meet(&texts);
    }

    /// Learns the secrets of what a state has, whatever their type is by now. Returns what an upgrade to that block may quote.
    pub(crate) fn meet_stored(&self, contents: &Contents, block: &Block) -> Marked {
        let read = |json| Value::from_json(json, &Type::Dynamic).unwrap_or_default();
        let mut all = Texts::default();
        contents.each_secret().for_each(|secret| all.learn(&read(secret)));
        self.meet(&all);
        let (value, secrets) = (read(contents.reveal()), contents.secrets());
        let mut quotable = Texts::of(block, &value, &secrets);
        let gone = value.entries().into_iter().flatten().filter(|(name, _)| !block.names().any(|known| known == *name));
        gone.filter(|(name, _)| secrets.has(name)).for_each(|(_, secret)| quotable.learn(secret));
        Marked::new(Value::Null, Secrets::none(), quotable)
    }

    fn meet(&self, texts: &Texts) {
        if !texts.0.is_empty() {
            panics::secret_met();
            lock(&self.met).extend(texts);
        }
    }

    /// The text without secrets.
    fn text(&self, text: &str) -> String {
        let met = lock(&self.met);
        // The longest first: one may be a part of another.
        let mut found: Vec<&String> = met.0.iter().filter(|secret| text.contains(secret.as_str())).collect();
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
            Error::Unsaved { error, unsaved, report } => {
                let redacted = |one: Unsaved| Unsaved { id: one.id.map(|id| self.text(&id)), ..one };
                Error::Unsaved { error, unsaved: unsaved.into_iter().map(redacted).collect(), report }
            }
            other => other,
        }
    }

    /// The path as far as it names no secret: a key of a map or an element of a set may be one.
    fn path(&self, path: Path) -> Path {
        let is_open = |step: &&Step| match step {
            Step::Key(key) => !lock(&self.met).are_quoted(&Value::from(key.as_str())),
            Step::Element(element) => !lock(&self.met).are_quoted(element),
            Step::Attribute(_) | Step::Index(_) => true,
        };
        path.steps().iter().take_while(is_open).cloned().fold(Path::root(), Path::step)
    }
}

fn lock(texts: &Mutex<Texts>) -> MutexGuard<'_, Texts> {
    texts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is at that path; null where nothing is.
fn at<'v>(value: &'v Value, path: &Path) -> &'v Value {
    path.steps().iter().fold(value, |value, step| match step {
        Step::Attribute(name) | Step::Key(name) => value.get(name),
        Step::Index(index) => value.elements().and_then(|elements| elements.get(*index)).unwrap_or(&Value::Null),
        // It has no place that could be named, so it is the whole set.
        Step::Element(_) => value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out_of_the_messages_of_providers() {
        let secrecy = Secrecy::default();
        let secrets = Value::List(vec!["hunter2".into(), "hunter22".into(), "a".into(), 271_828.into()]);
        secrecy.meet_value(&Value::map([("password", secrets)]));
        let redacted = Diagnostic::error("a hunter22 b").detail("hunter2!").fix("271828").collision("of hunter2");
        let redacted = secrecy.redact(redacted.at(Path::from("users").key("hunter2").attribute("name")));
        assert_eq!((redacted.summary.as_str(), redacted.detail.as_str()), ("a (secret) b", "(secret)!"));
        assert_eq!((redacted.fix.as_str(), redacted.owner()), ("(secret)", Some("of (secret)")));
        assert_eq!(redacted.path, Path::from("users"));
    }
}
