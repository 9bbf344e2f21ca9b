//! Spans and events as lines of JSON.

use std::error::Error;
use std::fmt::{Debug, Write as _};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::level;

/// UTC with microseconds. Hosts parse it, and stop with an error at any other form.
const TIMESTAMP: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Bytes of one text. Hosts read lines of up to 64 KiB and break up longer ones, which are then no JSON any more.
const TEXT_LIMIT: usize = 16 << 10;

/// The layer that writes lines.
pub(super) struct Lines<W> {
    provider: String,
    level: LevelFilter,
    write: W,
}

impl<W: Fn(&[u8])> Lines<W> {
    /// Hands complete lines up to that level to `write`.
    pub(super) fn new(provider: &str, level: LevelFilter, write: W) -> Self {
        Self { provider: provider.to_owned(), level, write }
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: Fn(&[u8]) + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        level::passes(self.level, metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.fields.extend(fields.fields.clone());
            }
        }
        event.record(&mut line);
        let metadata = event.metadata();
        let level = metadata.level().as_str().to_ascii_lowercase();
        let module = format!("{}.{}", self.provider, metadata.target().replace("::", "."));
        (self.write)(&text(&level, &module, line.message, line.fields));
    }
}

/// One line, with its line break. Hosts end with a panic of their own when a field that begins with `@` is no string,
/// so these are strings by type and no other field can have such a name.
pub(super) fn text(level: &str, module: &str, message: String, fields: Map<String, Value>) -> Vec<u8> {
    let mut line = fields;
    for (name, value) in [
        ("@level", level.to_owned()),
        ("@message", message),
        ("@module", module.to_owned()),
        ("@timestamp", OffsetDateTime::now_utc().format(TIMESTAMP).unwrap_or_default()),
    ] {
        line.insert(name.to_owned(), value.into());
    }
    let mut bytes = Value::from(line).to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}

/// Cuts a text that is too long for a line and says how much is missing.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > TEXT_LIMIT {
        let end = text.floor_char_boundary(TEXT_LIMIT);
        let missing = text.len() - end;
        text.truncate(end);
        let _ = write!(text, "… ({missing} bytes more)");
    }
    text
}

/// The fields of a span or event; of an event, also the message.
#[derive(Default)]
struct Fields {
    message: String,
    fields: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => self.message = value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            name => drop(self.fields.insert(name.trim_start_matches('@').to_owned(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, shortened(value.to_owned()).into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        self.record_str(field, &text);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity.
        let value = serde_json::Number::from_f64(value).map_or_else(|| value.to_string().into(), Value::Number);
        self.put(field, value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// What is written while `body` runs, line by line.
    fn written(level: LevelFilter, body: impl FnOnce()) -> Vec<Value> {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = bytes.clone();
        let lines = Lines::new("weather", level, move |line: &[u8]| {
            sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line);
        });
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), body);
        let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| serde_json::from_slice(line).unwrap_or_else(|error| panic!("{error}: {line:?}")))
            .collect()
    }

    #[track_caller]
    fn only(lines: &[Value]) -> Value {
        match lines {
            [line] => {
                let mut line = line.clone();
                // Its form is checked against a real process's lines, and its value against nothing.
                assert!(line.as_object_mut().and_then(|fields| fields.remove("@timestamp")).is_some(), "{line}");
                line
            }
            other => panic!("one line expected: {other:?}"),
        }
    }

    #[test]
    fn a_line_has_the_event_and_its_spans() {
        let lines = written(LevelFilter::TRACE, || {
            let span = tracing::info_span!("rpc", tf_rpc = "ReadResource", region = tracing::field::Empty, attempt = 1);
            let _entered = span.enter();
            span.record("region", "us-east-1");
            tracing::warn!(target: "weather_api::client", attempt = 2, ratio = 0.5, done = false, "slow\n\"answer\"");
        });
        assert_eq!(
            only(&lines),
            serde_json::json!({
                "@level": "warn", "@message": "slow\n\"answer\"", "@module": "weather.weather_api.client",
                "tf_rpc": "ReadResource", "region": "us-east-1", "attempt": 2, "ratio": 0.5, "done": false,
            })
        );
    }

    #[test]
    fn names_with_an_at_sign_are_always_strings() {
        let lines = written(LevelFilter::TRACE, || {
            tracing::info!("@message" = 1, "@level" = true, "@timestamp" = 2.5, message = 7);
        });
        assert_eq!(
            only(&lines),
            serde_json::json!({
                "@level": "info", "@message": "7", "@module": format!("weather.{}", module_path!().replace("::", ".")),
                "message": 1, "level": true, "timestamp": 2.5,
            })
        );
    }

    #[test]
    fn an_event_without_a_message_has_an_empty_one() {
        let lines = written(LevelFilter::TRACE, || tracing::info!(count = u64::MAX, infinite = f64::INFINITY));
        let line = only(&lines);
        assert_eq!(
            (&line["@message"], &line["count"], &line["infinite"]),
            (&"".into(), &u64::MAX.into(), &"inf".into())
        );
    }

    #[test]
    fn an_error_comes_with_its_causes() {
        let lines = written(LevelFilter::TRACE, || {
            let error = std::io::Error::other(std::fmt::Error);
            tracing::error!(error = &error as &(dyn Error + 'static), "failed");
        });
        assert_eq!(only(&lines)["error"], std::io::Error::other(std::fmt::Error).to_string());
    }

    #[test]
    fn a_text_that_is_too_long_is_cut() {
        let lines = written(LevelFilter::TRACE, || tracing::info!(text = "ä".repeat(40_000), "long"));
        let line = only(&lines);
        let text = line["text"].as_str().unwrap_or_default();
        assert!(text.len() < TEXT_LIMIT + 40 && text.ends_with("… (63616 bytes more)"), "{} bytes", text.len());
    }

    #[test]
    fn levels_and_dependencies_are_filtered() {
        let emit = || {
            tracing::debug!(target: "weather_api", "own debug");
            tracing::trace!(target: "weather_api", "own trace");
            tracing::debug!(target: "aws_smithy_runtime::client", "SDK debug");
            tracing::trace!(target: "aws_smithy_runtime::client", "SDK trace");
            tracing::debug!(target: "h2::codec", "frame");
        };
        for (level, messages) in [
            (LevelFilter::TRACE, &["own debug", "own trace", "SDK debug"][..]),
            (LevelFilter::DEBUG, &["own debug", "SDK debug"]),
            (LevelFilter::INFO, &[]),
        ] {
            let lines = written(level, emit);
            let found: Vec<_> = lines.iter().map(|line| line["@message"].as_str().unwrap_or_default()).collect();
            assert_eq!(found, messages, "{level}");
        }
    }
}
