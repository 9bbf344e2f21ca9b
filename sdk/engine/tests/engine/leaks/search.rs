//! What a run has left behind anywhere, and the search for secrets in it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rosa_ecr_engine::{Error, Event, Message};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::tokens::is_leak;

/// Texts, each with what it is.
#[derive(Clone, Default)]
pub struct Collected(Arc<Mutex<Vec<(&'static str, String)>>>);

impl Collected {
    pub fn add(&self, what: &'static str, text: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((what, text.into()));
    }

    pub fn debug(&self, what: &'static str, value: &impl Debug) {
        self.add(what, format!("{value:?}"));
    }

    pub fn listen(&self) -> impl Fn(&Event) + Send + Sync + 'static {
        let told = self.clone();
        move |event| {
            told.add("event as JSON", serde_json::to_string(event).expect("an event is JSON"));
            told.debug("event", event);
        }
    }

    /// All that an error has.
    pub fn error(&self, error: &Error) {
        self.add("error as a text", error.to_string());
        self.debug("error", error);
        self.debug("diagnostics of an error", &error.diagnostics());
        for diagnostic in &error.diagnostics().iter().cloned().collect::<Vec<_>>() {
            self.add("diagnostic as JSON", serde_json::to_string(&Message::from(diagnostic)).expect("it is JSON"));
            self.add("diagnostic as a text", format!("{diagnostic} {}", diagnostic.path));
            self.debug("owner", &diagnostic.owner());
        }
        match error {
            Error::Failed { report, .. } | Error::Stopped { report } => self.debug("report of an error", report),
            Error::Collision { owner, report, .. } => self.debug("collision", &(owner, report)),
            Error::Unsaved { unsaved, report, .. } => {
                self.debug("unsaved", &(unsaved, report));
                unsaved.iter().for_each(|unsaved| self.add("unsaved as a text", unsaved.to_string()));
            }
            _ => {}
        }
    }

    /// All files of a folder.
    pub fn files(&self, folder: &Path) {
        for file in std::fs::read_dir(folder).expect("it can be read") {
            // A lock may go meanwhile.
            let Ok(bytes) = std::fs::read(file.expect("it can be read").path()) else { continue };
            self.add("state", String::from_utf8_lossy(&bytes));
        }
    }

    /// Looks for secrets, and forgets what it looked through. Says where it found one.
    pub fn search(&self) -> BTreeSet<String> {
        let told = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let logs = LOGS.take();
        let mut found = BTreeSet::new();
        for (what, text) in told.iter().map(|(what, text)| (*what, text)).chain([("log", &logs)]) {
            for line in text.lines().filter(|line| is_leak(line)) {
                found.insert(format!("{what}: {line}"));
            }
        }
        found
    }
}

thread_local! {
    /// What this test has logged at any level since the last search.
    static LOGS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Captures all that this process logs from now on.
pub fn capture_logs() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let subscriber = tracing_subscriber::registry().with(Capture);
        tracing::subscriber::set_global_default(subscriber).expect("nothing else here captures logs");
    });
}

struct Capture;

impl Capture {
    fn write(record: impl FnOnce(&mut Fields)) {
        let mut fields = Fields(String::new());
        record(&mut fields);
        LOGS.with_borrow_mut(|logs| logs.push_str(&fields.0));
    }
}

impl<S: tracing::Subscriber> Layer<S> for Capture {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        Self::write(|fields| event.record(fields));
    }

    fn on_new_span(&self, span: &tracing::span::Attributes<'_>, _: &tracing::Id, _: Context<'_, S>) {
        Self::write(|fields| span.record(fields));
    }

    fn on_record(&self, _: &tracing::Id, values: &tracing::span::Record<'_>, _: Context<'_, S>) {
        Self::write(|fields| values.record(fields));
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(self.0, "{field} = {value:?}");
    }
}
