//! Panics as log lines.
//!
//! A panic ends one call and not the process. It is written at every level: hosts keep an error line that begins with
//! `panic: ` even when they log nothing, and show it with the failed command, so that it can be reported.

use std::any::Any;
use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;

use serde_json::Map;

use super::lines;

/// What the frames of a binary without symbols look like.
const NAMELESS: &str = "<unknown>";

/// From here on, a panic is one line.
pub(super) fn install(provider: &str, write: fn(&[u8])) {
    let provider = provider.to_owned();
    std::panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let place = panic.location().map(ToString::to_string).unwrap_or_else(|| NAMELESS.to_owned());
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        write(&line(&provider, payload(panic.payload()), &place, &thread, &Backtrace::force_capture().to_string()));
    }));
}

/// The line. A backtrace is in it when it says anything.
fn line(provider: &str, message: &str, place: &str, thread: &str, backtrace: &str) -> Vec<u8> {
    let mut fields = Map::new();
    fields.insert("thread".to_owned(), thread.into());
    if backtrace.lines().any(|frame| !frame.trim_end().ends_with(NAMELESS)) {
        fields.insert("backtrace".to_owned(), lines::shortened(backtrace.to_owned()).into());
    }
    let message = lines::shortened(format!("panic: {message} (at {place})"));
    lines::text("error", provider, message, fields)
}

fn payload(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a value that is no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_text_whatever_it_is() {
        assert_eq!(payload(&"static"), "static");
        assert_eq!(payload(&String::from("owned")), "owned");
        assert_eq!(payload(&42), "a value that is no text");
    }

    #[test]
    fn a_backtrace_without_names_is_left_out() {
        let stripped = "   0: <unknown>\n   1: <unknown>\n";
        let named = "   0: <unknown>\n   1: main\n             at src/main.rs:3:5\n";
        for (backtrace, kept) in [(stripped, false), (named, true)] {
            let line = line("weather", "oh \"no\"", "src/lib.rs:1:2", "main", backtrace);
            let line: serde_json::Value = serde_json::from_slice(&line).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(line["@message"], "panic: oh \"no\" (at src/lib.rs:1:2)");
            assert_eq!(line.get("backtrace").is_some(), kept, "{line}");
        }
    }
}
