//! How things look: pure functions from what there is to show to text. The text has colours; the streams it goes to take
//! them out where they cannot be shown.

pub(crate) mod graph;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod report;
mod value;

use anstyle::{AnsiColor, Style};

const GOOD: Style = AnsiColor::Green.on_default();
const CHANGED: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const REPLACED: Style = AnsiColor::Magenta.on_default();
const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// The text in that style.
fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// One of them, or several.
pub(crate) fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
