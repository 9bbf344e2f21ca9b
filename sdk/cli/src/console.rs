//! Where everything goes: text for people, with live lines on a terminal, or one JSON object a line.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rosa_ecr_engine::{Action, Counts, Event, Message, Stop};
use rosa_ecr_model::{Diagnostic, Diagnostics};
use serde::Serialize;

use super::render::progress::{self, Work};
use super::render::report::Reports;

/// How often the times of what is under way are drawn again.
const TICK: Duration = Duration::from_secs(1);
/// How often a question looks whether the run was stopped.
const LOOK: Duration = Duration::from_millis(100);
/// If a terminal does not report its width.
const WIDTH: usize = 80;

/// Where everything goes. Clones are the same place.
#[derive(Clone)]
pub(super) struct Console {
    json: bool,
    live: bool,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    work: Work,
    reports: Reports,
    /// What was reported already, so that an error that ends a run is not reported twice.
    reported: Vec<Message>,
    /// How much the plan had to do, and whether outputs were to change.
    planned: Option<(Counts, bool)>,
    /// Of what changes in nothing but its name: the old one and the new one.
    renamed: Vec<(String, String)>,
}

/// Draws the times again and again, until it is dropped.
pub(super) struct Ticker(Option<tokio::task::JoinHandle<()>>);

impl Drop for Ticker {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

impl Console {
    pub(super) fn new(json: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let live = !json && !dumb && std::io::stdout().is_terminal();
        Self { json, live, shared: Arc::default() }
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a person can answer.
    pub(super) fn can_ask(&self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
    }

    /// Text for a person.
    pub(super) fn print(&self, text: &str) {
        if !self.json {
            self.shared().erase();
            write(text);
        }
    }

    /// Text that was asked for, for people and programs.
    pub(super) fn plain(&self, text: &str) {
        let _ = std::io::stdout().write_all(text.as_bytes());
    }

    /// One object, on a line of its own.
    pub(super) fn object(&self, object: &impl Serialize) {
        let line = serde_json::to_string(object).expect("what is written is plain data");
        let _ = writeln!(std::io::stdout(), "{line}");
    }

    /// Something happened in a run.
    pub(super) fn event(&self, event: &Event) {
        let mut shared = self.shared();
        match event {
            Event::Diagnostic { message, resource } => shared.report(message, resource.as_deref()),
            Event::Planned(step) if step.action == Action::Keep => {
                shared.renamed.extend(step.renamed_from.clone().map(|old| (old, step.resource.clone())));
            }
            Event::Plan { counts, output_changes, .. } => shared.planned = Some((*counts, !output_changes.is_empty())),
            _ => {}
        }
        if self.json {
            self.object(event);
            return;
        }
        let now = Instant::now();
        let reports = shared.reports.note(event);
        if !reports.is_empty() {
            shared.erase();
            complain(&reports);
        }
        shared.work.note(event, now);
        let text = progress::lines(event);
        // What is under way has a line of its own below, as long as it is.
        let text = text.filter(|_| !(self.live && matches!(event, Event::Started { .. })));
        if self.live {
            shared.draw(text.as_deref(), now);
        } else if let Some(text) = text {
            write(&format!("{text}\n"));
        }
    }

    /// Errors that ended a run, but for those that were reported while it ran.
    pub(super) fn errors(&self, diagnostics: &Diagnostics) {
        let mut shared = self.shared();
        shared.erase();
        let reports = shared.reports.rest();
        complain(&reports);
        for message in diagnostics.iter().map(Message::from) {
            if shared.reported.contains(&message) {
                continue;
            }
            if self.json {
                self.object(&Event::Diagnostic { resource: None, message: message.clone() });
            } else {
                let report = shared.reports.one(&message, &[]);
                complain(&report);
            }
            shared.report(&message, None);
        }
    }

    /// How much the plan of the run had to do, and whether outputs were to change.
    pub(super) fn planned(&self) -> Option<(Counts, bool)> {
        self.shared().planned
    }

    /// The old and new names of what changes in nothing else.
    pub(super) fn renamed(&self) -> Vec<(String, String)> {
        self.shared().renamed.clone()
    }

    /// Draws the times of what is under way, every second.
    pub(super) fn ticker(&self) -> Ticker {
        let console = self.clone();
        Ticker(self.live.then(|| {
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(TICK).await;
                    console.shared().draw(None, Instant::now());
                }
            })
        }))
    }

    /// Asks, and takes only `yes` for a yes. A stop is a no.
    pub(super) fn ask(&self, question: &str, stop: &Stop) -> bool {
        self.print(&format!("\n{question} Only 'yes' is accepted: "));
        let _ = std::io::stdout().flush();
        let (sender, answer) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = std::io::stdin().read_line(&mut line);
            let _ = sender.send(read.is_ok_and(|length| length > 0).then(|| line.trim().to_owned()));
        });
        let wait = || loop {
            match answer.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(mpsc::RecvTimeoutError::Timeout) if !stop.finishing().is_cancelled() => {}
                Err(_) => return None,
            }
        };
        let answer = match tokio::runtime::Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            // What else is on this thread, such as the task that gets the interrupt, goes on.
            Ok(tokio::runtime::RuntimeFlavor::MultiThread) => tokio::task::block_in_place(wait),
            _ => wait(),
        };
        if answer.is_none() {
            // The line was not ended.
            self.print("\n");
        }
        answer.as_deref() == Some("yes")
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Notes that it was reported. At the end of a run the name of the resource stands in front of its message.
    fn report(&mut self, message: &Message, resource: Option<&str>) {
        let named = resource.map(|name| Message { summary: format!("{name}: {}", message.summary), ..message.clone() });
        self.reported.extend(named);
        self.reported.push(message.clone());
    }

    fn draw(&mut self, line: Option<&str>, now: Instant) {
        let width = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |size| usize::from(size.ws_col));
        let frame = self.work.live(line, if width == 0 { WIDTH } else { width }, now);
        // The way back is no colour, and stays where colours are taken out.
        let _ = std::io::stdout().write_all(frame.erase.as_bytes());
        write(&frame.text);
    }

    fn erase(&mut self) {
        let mut stdout = std::io::stdout();
        let _ = stdout.write_all(self.work.erase().as_bytes());
        // What comes next may go to standard error, which does not wait.
        let _ = stdout.flush();
    }
}

/// Writes text with colours, where they can be seen and are wanted. That nothing reads it is no error.
fn write(text: &str) {
    let mut stdout = anstream::stdout();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

/// Writes reports of errors to where errors go.
fn complain(reports: &str) {
    let _ = anstream::stderr().write_all(reports.as_bytes());
}

/// The error if no person can answer.
pub(super) fn no_terminal(what: &str) -> Diagnostic {
    Diagnostic::error("There is no terminal to ask for approval")
        .detail(format!("{what} asks first, and there is no terminal, or --json was given."))
        .fix("Give --yes, or run it in a terminal without --json.")
}
