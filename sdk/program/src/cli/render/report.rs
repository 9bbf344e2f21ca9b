//! Errors and warnings as reports: what, where, why, what next.

use std::fmt::Write as _;

use rosa_ecr_model::Diagnostic;

use super::{BAD, CHANGED, FAINT, STRONG, paint};
use crate::event::Message;

/// One report. `subject` is the resource that it is about.
pub(crate) fn diagnostic(diagnostic: &Diagnostic, subject: Option<&str>) -> String {
    message(&Message::from(diagnostic), subject)
}

/// The same from an event.
pub(crate) fn message(message: &Message, subject: Option<&str>) -> String {
    let style = if message.severity == "error" { BAD } else { CHANGED };
    let mut text = format!("{}: {}\n", paint(style.bold(), message.severity), paint(STRONG, &message.summary));
    let place: Vec<&str> = [subject.unwrap_or_default(), &message.path].into_iter().filter(|p| !p.is_empty()).collect();
    if !place.is_empty() {
        let _ = writeln!(text, "  {} {}", paint(FAINT, "at"), place.join(", "));
    }
    for line in message.detail.lines() {
        let _ = writeln!(text, "  {line}");
    }
    for (place, line) in message.fix.lines().enumerate() {
        let _ = writeln!(text, "  {} {line}", if place == 0 { paint(FAINT, "→") } else { " ".into() });
    }
    text
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
        let told = diagnostic(&error, Some("registry"));
        insta::assert_snapshot!(anstream::adapter::strip_str(&told).to_string(), @r"
        error: Cannot create the repository dev
          at registry, name
          ecr:CreateRepository was refused.
          Request r-1.
          → Ask for the permission.
        ");
    }
}
