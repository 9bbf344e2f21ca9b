//! What a run reports while it happens. No secret passes.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Words};

use crate::event::{Event, Message};
use crate::run::secrecy::Secrecy;

/// Who gets the events.
pub(crate) type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// The way from a run to a person.
pub(crate) struct Events {
    observer: Option<Observer>,
    secrecy: Arc<Secrecy>,
}

impl Events {
    pub(crate) fn new(observer: Option<Observer>, secrecy: Arc<Secrecy>) -> Self {
        Self { observer, secrecy }
    }

    /// Emits an event. Values in it are masked where they are made: see [`Marked`](crate::run::secrecy::Marked).
    pub(crate) fn emit(&self, event: Event) {
        if let Some(observer) = &self.observer {
            observer(&event);
        }
    }

    /// Reports a message, without secrets.
    pub(crate) fn report(&self, resource: Option<&str>, diagnostic: &Diagnostic) {
        let message = Message::from(&self.secrecy.redact(diagnostic.clone()));
        self.emit(Event::Diagnostic { resource: resource.map(str::to_owned), message });
    }

    /// Reports messages, and returns them without secrets.
    pub(crate) fn report_all(&self, resource: &str, diagnostics: Diagnostics) -> Diagnostics {
        diagnostics.iter().for_each(|diagnostic| self.report(Some(resource), diagnostic));
        self.secrecy.redact_all(diagnostics)
    }
}

/// The messages about a resource, in the words of a program.
pub(crate) fn addressed(name: &str, diagnostics: Diagnostics) -> Diagnostics {
    let words = Words::Program(Some(name));
    diagnostics.into_iter().map(|diagnostic| diagnostic.in_words(words)).collect()
}
