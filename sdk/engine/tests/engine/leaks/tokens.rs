//! Secrets that can be looked for: each line of one begins with what no other text has.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosa_ecr_model::Value;

use super::random::Random;

/// What every line of a secret has, and what secret numbers begin with.
const MARKS: [&str; 2] = ["hush-hush-", "7070707"];

/// The marks, and what becomes of them in base64.
static NEEDLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let encoded = |mark: &str, before: usize| {
        let bytes = [&[0; 2][..before], mark.as_bytes()].concat();
        // What depends on the bytes around it is left out.
        let (first, last) = ([0, 2, 3][before], bytes.len() * 8 / 6);
        STANDARD.encode(&bytes)[first..last].to_owned()
    };
    let forms = |mark: &str| [mark.to_owned(), encoded(mark, 0), encoded(mark, 1), encoded(mark, 2)];
    MARKS.into_iter().flat_map(forms).collect()
});

/// Whether the text quotes a secret or a line of one, in whatever form.
pub fn is_leak(text: &str) -> bool {
    NEEDLES.iter().any(|needle| text.contains(needle.as_str()))
}

/// A secret text of one line or several, with characters in it that are quoted otherwise than they are.
pub fn text(random: &mut Random) -> String {
    let core = |random: &mut Random| format!("{}{:016x}", MARKS[0], random.number());
    match random.below(6) {
        0 => format!("it's \"{}\\{}\"", core(random), core(random)),
        1 => format!("-----BEGIN \"KEY\"-----\n  {}\n\"{}\" ü+/=\n-----END-----", core(random), core(random)),
        2 => format!("{}@/?&{}%", core(random), core(random)),
        3 => format!("\u{1b}{}\t\u{8}", core(random)),
        _ => core(random),
    }
}

/// A secret number.
pub fn number(random: &mut Random) -> i64 {
    let digits = format!("{}{:08}", MARKS[1], random.number() % 100_000_000);
    digits.parse().expect("digits")
}

/// The texts and numbers in the value that have a secret in them.
pub fn secrets(value: &Value) -> Vec<String> {
    texts(value).into_iter().filter(|text| is_leak(text)).collect()
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::List(elements) | Value::Set(elements) => elements.iter().flat_map(texts).collect(),
        Value::Map(entries) => entries.values().flat_map(texts).collect(),
        Value::Null | Value::Unknown | Value::Bool(_) => Vec::new(),
    }
}

/// The secret in one of the forms in which providers quote.
pub fn quoted(text: &str, random: &mut Random) -> String {
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| line.len() >= 8 && (*line == text || is_leak(line))).collect();
    match random.below(11) {
        0 => format!("https://me:{}@host/path", percent_encoded(text)),
        1 => format!("https://me:{text}@host/path"),
        2 => format!("{text:?}"),
        3 => serde_json::json!({ "password": text }).to_string(),
        4 => STANDARD.encode(text),
        5 => STANDARD.encode(format!("AWS:{text}!")),
        6 if !lines.is_empty() => format!("in it: {}", random.pick(&lines)),
        7 if !lines.is_empty() => format!("{:?}", random.pick(&lines)),
        8 => text.replace('\n', "\r\n    "),
        _ => text.to_owned(),
    }
}

fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}
