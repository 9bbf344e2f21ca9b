//! Errors and warnings as reports: what, where, why, what next.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rosa_ecr_engine::{Event, Message};
use rosa_ecr_model::Diagnostic;

use super::{BAD, CHANGED, FAINT, STRONG, paint};

/// How many resources are named that have the same error.
const NAMED: usize = 5;

/// One report. `subject` is the resource that it is about.
pub(crate) fn diagnostic(diagnostic: &Diagnostic, subject: Option<&str>) -> String {
    message(&Message::from(diagnostic), subject)
}

/// The same from an event.
pub(crate) fn message(message: &Message, subject: Option<&str>) -> String {
    let mut text = head(message, subject);
    for line in message.detail.lines() {
        let _ = writeln!(text, "  {line}");
    }
    for (place, line) in message.fix.lines().enumerate() {
        let _ = writeln!(text, "  {} {line}", if place == 0 { paint(FAINT, "→") } else { " ".into() });
    }
    text
}

/// The title, and where.
fn head(message: &Message, subject: Option<&str>) -> String {
    let style = if message.is_error() { BAD } else { CHANGED };
    let mut text = format!("{}: {}\n", paint(style.bold(), message.severity), paint(STRONG, &message.summary));
    let place: Vec<&str> = [subject.unwrap_or_default(), &message.path].into_iter().filter(|p| !p.is_empty()).collect();
    if !place.is_empty() {
        let _ = writeln!(text, "  {} {}", paint(FAINT, "at"), place.join(", "));
    }
    text
}

/// The errors of a run. The same one at many resources is one report; a cause that was reported is not reported again.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    /// Errors of a plan, which come all at once, each with the resources that have it.
    held: Vec<(Message, Vec<String>)>,
    /// The resources at which an operation failed.
    failed: BTreeSet<String>,
    reported: Vec<Message>,
}

impl Reports {
    /// What to report now that this happened.
    pub(crate) fn note(&mut self, event: &Event) -> String {
        match event {
            Event::Diagnostic { resource, message } if message.is_error() => {
                let names: Vec<String> = resource.iter().cloned().collect();
                if resource.as_ref().is_none_or(|resource| self.failed.contains(resource)) {
                    return self.one(message, &names);
                }
                match self.held.iter_mut().find(|(held, _)| held == message) {
                    Some((_, all)) => all.extend(names),
                    None => self.held.push((message.clone(), names)),
                }
                String::new()
            }
            Event::Failed { resource, .. } => {
                self.failed.insert(resource.clone());
                String::new()
            }
            _ => String::new(),
        }
    }

    /// What was not reported yet.
    pub(crate) fn rest(&mut self) -> String {
        std::mem::take(&mut self.held).iter().map(|(message, names)| self.one(message, names)).collect()
    }

    /// One error at these resources.
    pub(crate) fn one(&mut self, message: &Message, names: &[String]) -> String {
        let subject = match names {
            [] => None,
            names if names.len() > NAMED => {
                Some(format!("{} and {} more", names[..NAMED].join(", "), names.len() - NAMED))
            }
            names => Some(names.join(", ")),
        };
        let same = |reported: &Message| reported.detail == message.detail && reported.fix == message.fix;
        if !message.detail.is_empty() && self.reported.iter().any(same) {
            return format!("{}  {}\n", head(message, subject.as_deref()), paint(FAINT, "For the same reason."));
        }
        self.reported.push(message.clone());
        self::message(message, subject.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_place_cause_and_next_step() {
        let error = Diagnostic::error("Cannot create the repository dev")
            .detail("ecr:CreateRepository was refused.\nRequest r-1.")
            .fix("Ask for the permission.")
            .at("name");
        let reported = diagnostic(&error, Some("registry"));
        insta::assert_snapshot!(anstream::adapter::strip_str(&reported).to_string(), @r"
        error: Cannot create the repository dev
          at registry, name
          ecr:CreateRepository was refused.
          Request r-1.
          → Ask for the permission.
        ");
    }

    #[test]
    fn one_error_of_many_resources_is_one_report() {
        let mut reports = Reports::default();
        let mut note = |summary: &str, resource: String| {
            let error = Diagnostic::error(summary).detail("Neither the block nor AWS_REGION says it.").fix("Say it.");
            let event = Event::Diagnostic { resource: Some(resource), message: Message::from(&error) };
            assert_eq!(reports.note(&event), "", "it waits for the others");
        };
        (0..7).for_each(|number| note("No region", format!("r{number}")));
        note("No account", "r7".into());
        insta::assert_snapshot!(anstream::adapter::strip_str(&reports.rest()).to_string(), @r"
        error: No region
          at r0, r1, r2, r3, r4 and 2 more
          Neither the block nor AWS_REGION says it.
          → Say it.
        error: No account
          at r7
          For the same reason.
        ");
    }
}
