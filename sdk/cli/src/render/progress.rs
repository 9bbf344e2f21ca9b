//! What happens, line by line; on a terminal with the work that is under way below.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rosa_ecr_engine::{Action, Event, Outcome};
use rosa_ecr_state::PendingOperation;

use super::{BAD, CHANGED, FAINT, GOOD, STRONG, paint, plan, report, value};

/// How many lines of work under way are shown at most.
const SHOWN: usize = 10;

/// The work that is under way.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// By resource: what is done with it, since when.
    running: BTreeMap<String, (Action, Instant)>,
    /// How many lines the last [`live`](Self::live) had.
    drawn: usize,
}

/// One picture.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Takes the last one away.
    pub erase: String,
    /// The lines.
    pub text: String,
}

/// The text that an event leaves behind; `None` if it is shown elsewhere.
pub(crate) fn lines(event: &Event) -> Option<String> {
    Some(match event {
        // It is over soon, and shown then.
        Event::Started { action: Action::Read, .. } => return None,
        Event::Started { resource, action, .. } => {
            format!("{} {} {}", paint(FAINT, "…"), paint(STRONG, resource), doing(*action))
        }
        Event::Done { resource, action, elapsed_ms } => format!(
            "{} {} {} {}",
            paint(GOOD, "✓"),
            paint(STRONG, resource),
            done(*action),
            paint(FAINT, elapsed(Duration::from_millis(*elapsed_ms)))
        ),
        Event::Failed { resource, action, elapsed_ms, outcome } => {
            let sure = match outcome {
                Outcome::Failed => "",
                Outcome::Unknown => "; whether it was done is not known, and the next run finds out",
            };
            let took = paint(FAINT, elapsed(Duration::from_millis(*elapsed_ms)));
            format!("{} {} failed {}{sure} {took}", paint(BAD, "✗"), paint(STRONG, resource), doing(*action))
        }
        Event::Stopping { now: false } => {
            let text = "stopping: what runs is let come to its end; a second Ctrl-C stops waiting for it";
            format!("{} {text}", paint(CHANGED, "!"))
        }
        Event::Stopping { now: true } => {
            format!("{} stopping now: what has no known end is in the state as pending", paint(CHANGED, "!"))
        }
        Event::Skipped { resource, because, .. } => {
            format!("{} {} skipped: {because}", paint(CHANGED, "-"), paint(STRONG, resource))
        }
        Event::Drift { resource, gone: true, .. } => {
            format!("{} {} is gone", paint(CHANGED, "!"), paint(STRONG, resource))
        }
        Event::Drift { resource, changes, .. } => {
            let lines = changes.iter().flat_map(|c| value::change(&c.attribute, &c.before, &c.after));
            let lines: String = lines.map(|line| format!("\n    {line}")).collect();
            format!("{} {} was changed outside{lines}", paint(CHANGED, "!"), paint(STRONG, resource))
        }
        Event::Recovered { resource, operation, adopted } => {
            let text = match operation {
                _ if *adopted => "had been made by an interrupted run, and is taken",
                PendingOperation::Create | PendingOperation::Replace => "had not been made by the interrupted run",
                PendingOperation::Update => "was being updated by an interrupted run, and is read again",
                PendingOperation::Delete => "was being deleted by an interrupted run, and is looked for",
            };
            format!("{} {} {text}", paint(CHANGED, "!"), paint(STRONG, resource))
        }
        Event::Diagnostic { resource, message } if !message.is_error() => {
            report::message(message, resource.as_deref()).trim_end().to_owned()
        }
        // Errors go another way.
        Event::Diagnostic { .. } => return None,
        // Shown elsewhere, or of a later version of the engine.
        _ => return None,
    })
}

fn doing(action: Action) -> &'static str {
    match action {
        Action::Keep | Action::Read => "reading",
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Replace | Action::DeleteThenCreate => "replacing",
        Action::Delete => "deleting",
        Action::Forget => "forgetting",
    }
}

fn done(action: Action) -> String {
    let done = match action {
        Action::Keep | Action::Read => "read",
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace | Action::DeleteThenCreate => "replaced",
        Action::Delete => "deleted",
        Action::Forget => "forgotten",
    };
    format!("{} {done}", plan::sign(action))
}

/// A time in words.
fn elapsed(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds}s"),
        seconds => format!("{}m{:02}s", seconds / 60, seconds % 60),
    }
}

impl Work {
    /// Takes note of an event at that time.
    pub(crate) fn note(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Started { resource, action, .. } => {
                self.running.insert(resource.clone(), (*action, now));
            }
            Event::Done { resource, .. } | Event::Failed { resource, .. } | Event::Skipped { resource, .. } => {
                self.running.remove(resource);
            }
            _ => {}
        }
    }

    /// What to write on a terminal: takes the last picture away, leaves `line` behind, and draws the work under way.
    pub(crate) fn live(&mut self, line: Option<&str>, width: usize, now: Instant) -> Frame {
        let (erase, mut text) = (self.erase(), String::new());
        if let Some(line) = line {
            text.push_str(line);
            text.push('\n');
        }
        for (resource, (action, since)) in self.running.iter().take(SHOWN) {
            let took = elapsed(now.saturating_duration_since(*since));
            // A line that breaks would count as two.
            let line: String =
                format!("… {resource} {} {took}", doing(*action)).chars().take(width.saturating_sub(1)).collect();
            text.push_str(&paint(FAINT, line));
            text.push('\n');
        }
        self.drawn = self.running.len().min(SHOWN);
        Frame { erase, text }
    }

    /// What takes the last picture away.
    pub(crate) fn erase(&mut self) -> String {
        match std::mem::take(&mut self.drawn) {
            0 => String::new(),
            lines => format!("\x1b[{lines}A\x1b[0J"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rosa_ecr_engine::AttributeChange;
    use serde_json::json;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn finished_work_leaves_a_line_and_the_rest_stays_below() {
        let (start, mut work) = (Instant::now(), Work::default());
        for resource in ["a", "b"] {
            let (resource, type_name) = (resource.to_owned(), "t".to_owned());
            work.note(&Event::Started { resource, type_name, action: Action::Create }, start);
        }
        let later = start + Duration::from_secs(75);
        assert_eq!(plain(&work.live(None, 80, later).text), "… a creating 1m15s\n… b creating 1m15s\n");
        let done = Event::Done { resource: "a".into(), action: Action::Create, elapsed_ms: 1500 };
        work.note(&done, later);
        let drawn = work.live(lines(&done).as_deref(), 12, later);
        assert_eq!(drawn.erase, "\x1b[2A\x1b[0J");
        assert_eq!(plain(&drawn.text), "✓ a + created 1.5s\n… b creatin\n");
    }

    #[test]
    fn drift_and_doubt_are_told() {
        let change = AttributeChange {
            attribute: "days".into(),
            before: json!(7),
            after: json!(9),
            unknown: false,
            replaces: false,
            secret: false,
        };
        let drift = Event::Drift { resource: "a".into(), gone: false, changes: vec![change] };
        assert_eq!(
            lines(&drift).map(|text| plain(&text)).as_deref(),
            Some("! a was changed outside\n    ~ days = 7 → 9")
        );
        let failed = Event::Failed {
            resource: "a".into(),
            action: Action::Delete,
            elapsed_ms: 12_000,
            outcome: Outcome::Unknown,
        };
        let text = lines(&failed).map(|text| plain(&text)).unwrap_or_default();
        assert_eq!(text, "✗ a failed deleting; whether it was done is not known, and the next run finds out 12s");
    }
}
