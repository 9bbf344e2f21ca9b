//! What a plugin writes: its log goes to [`tracing`], and the end of it is kept for errors.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value as Json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

/// Bytes of one line. The rest of a longer one counts as another line.
const LINE_LIMIT: u64 = 64 << 10;

/// How many lines to keep.
const KEPT: usize = 20;

/// The last lines of stderr that tell of trouble: warnings and errors of the log, and what is no log, such as a panic.
#[derive(Debug, Default)]
pub(crate) struct StderrTail(Mutex<VecDeque<String>>);

impl StderrTail {
    fn add(&self, line: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line.to_owned());
    }

    /// The lines as one text; empty if there are none.
    pub(crate) fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// Reads a line, without its end; `None` if there is no more.
pub(crate) async fn line(source: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if source.take(LINE_LIMIT).read_until(b'\n', &mut bytes).await? == 0 {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()))
}

/// Passes a plugin's stderr on, until it ends.
pub(crate) async fn forward(provider: String, stderr: impl AsyncRead + Unpin, tail: Arc<StderrTail>) {
    let mut stderr = BufReader::new(stderr);
    while let Ok(Some(line)) = line(&mut stderr).await {
        let entry = Entry::read(&line);
        if entry.worth_keeping() {
            tail.add(&entry.message);
        }
        entry.emit(&provider);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// One line of a log.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// None where the line is no log.
    level: Option<Level>,
    module: String,
    message: String,
    /// Whatever else is in it.
    fields: Map<String, Json>,
}

impl Entry {
    fn read(line: &str) -> Self {
        if let Ok(Json::Object(mut fields)) = serde_json::from_str::<Json>(line)
            && fields.contains_key("@message")
        {
            let mut text = |name: &str| match fields.remove(name) {
                Some(Json::String(text)) => text,
                Some(other) => other.to_string(),
                None => String::new(),
            };
            let (level, module, message) = (text("@level"), text("@module"), text("@message"));
            text("@timestamp");
            return Self { level: Some(level_named(&level).unwrap_or(Level::Debug)), module, message, fields };
        }
        // Older SDKs write the level into the text: `2020/01/02 15:04:05 [DEBUG] …`.
        let level =
            line.split_once('[').and_then(|(_, rest)| rest.split_once(']')).and_then(|(name, _)| level_named(name));
        Self { level, module: String::new(), message: line.to_owned(), fields: Map::new() }
    }

    fn worth_keeping(&self) -> bool {
        !self.message.trim().is_empty() && matches!(self.level, None | Some(Level::Warn | Level::Error))
    }

    /// A level is part of an event's code, so there is one for each.
    fn emit(&self, provider: &str) {
        macro_rules! emit {
            ($level:ident) => {{
                let fields = if self.fields.is_empty() { String::new() } else { Json::from(self.fields.clone()).to_string() };
                tracing::event!(target: "provider", tracing::Level::$level, provider, module = self.module, fields, "{}", self.message)
            }};
        }
        match self.level.unwrap_or(Level::Debug) {
            Level::Trace => emit!(TRACE),
            Level::Debug => emit!(DEBUG),
            Level::Info => emit!(INFO),
            Level::Warn => emit!(WARN),
            Level::Error => emit!(ERROR),
        }
    }
}

fn level_named(name: &str) -> Option<Level> {
    Some(match name.to_ascii_lowercase().as_str() {
        "trace" => Level::Trace,
        "debug" => Level::Debug,
        "info" => Level::Info,
        "warn" | "warning" => Level::Warn,
        "error" | "err" => Level::Error,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_json_is_taken_apart() {
        let line = r#"{"@level":"warn","@message":"slow","@module":"aws.sdk","@timestamp":"now","attempt":2}"#;
        let fields = Map::from_iter([("attempt".to_owned(), Json::from(2))]);
        let (module, message) = ("aws.sdk".to_owned(), "slow".to_owned());
        assert_eq!(Entry::read(line), Entry { level: Some(Level::Warn), module, message, fields });
        assert_eq!(Entry::read("2020/01/02 [DEBUG] starting").level, Some(Level::Debug));
        assert_eq!(Entry::read("panic: oh no [recovered]").level, None);
    }

    #[tokio::test]
    async fn the_tail_of_stderr_is_trouble_and_what_is_no_log() {
        let mut text = String::new();
        for number in 0..30 {
            text.push_str(&format!("{{\"@level\":\"debug\",\"@message\":\"secret {number}\"}}\n"));
            text.push_str(&format!("{{\"@level\":\"error\",\"@message\":\"trouble {number}\"}}\n"));
        }
        text.push_str("panic: oh no\n\n");
        let tail = Arc::<StderrTail>::default();
        forward("terraform-provider-x".to_owned(), text.as_bytes(), tail.clone()).await;
        let kept = tail.text();
        assert_eq!(kept.lines().count(), KEPT, "{kept}");
        assert!(kept.ends_with("trouble 29\npanic: oh no") && !kept.contains("secret"), "{kept}");
    }

    #[tokio::test]
    async fn a_line_without_end_does_not_fill_the_memory() {
        let endless = vec![b'x'; 200 << 10];
        let mut source = BufReader::new(&endless[..]);
        let first = line(&mut source).await.expect("memory does not fail").expect("there is a line");
        assert_eq!(first.len() as u64, LINE_LIMIT);
    }
}
