//! Secret texts, in the forms in which others quote them.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rosa_ecr_model::secrets::{is_sensitive, sensitive};
use rosa_ecr_model::{Block, Path, Secrets, Value};

/// Shorter texts are not taken out: they stand in other words.
const SHORTEST: usize = 4;

/// Shorter lines of a longer secret are not taken out by themselves, such as the braces of JSON.
const SHORTEST_LINE: usize = 8;

/// What RFC 3986 does not leave as it is in a user name, a password or a query.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Secret texts, in the forms in which others quote them.
#[derive(Clone, Default)]
pub(crate) struct Texts(pub(super) BTreeSet<String>);

impl Texts {
    /// The secrets in a value: what the block calls sensitive, and these attributes.
    pub(super) fn of(block: &Block, value: &Value, secrets: &Secrets) -> Self {
        let mut texts = Self::default();
        sensitive(block, value).into_iter().for_each(|secret| texts.learn(secret));
        // Of an attribute that is secret for something in it, the rest is hidden with it, but is no secret elsewhere.
        let whole = block.names().filter(|name| secrets.has(name) && !is_sensitive(block, name));
        whole.for_each(|name| texts.learn(value.get(name)));
        texts
    }

    /// Learns every text and number in the value.
    pub(super) fn learn(&mut self, value: &Value) {
        each_text(value, &mut |text| forms(text, &mut self.0));
    }

    /// Learns the texts in the value that quote one of them: they may be quoted in their turn.
    pub(super) fn learn_quotes(&mut self, value: &Value) {
        let mut quotes = BTreeSet::new();
        each_text(value, &mut |text| {
            if self.are_in(text) {
                forms(text, &mut quotes);
            }
        });
        self.0.extend(quotes);
    }

    fn are_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text.contains(secret.as_str()))
    }

    pub(super) fn extend(&mut self, others: &Self) {
        self.0.extend(others.0.iter().cloned());
    }

    /// Where one of them is in these attributes of the value, of those that the block calls sensitive in part.
    pub(super) fn named(&self, block: &Block, value: &Value, secrets: &Secrets) -> Vec<Path> {
        let mut paths = Vec::new();
        let sensitive = sensitive(block, value);
        for name in block.names().filter(|name| secrets.has(name) && is_sensitive(block, name)) {
            self.find(value.get(name), Path::from(name), &sensitive, &mut paths);
        }
        paths
    }

    fn find(&self, value: &Value, at: Path, sensitive: &[&Value], found: &mut Vec<Path>) {
        if sensitive.iter().any(|sensitive| std::ptr::eq(*sensitive, value)) {
            return;
        }
        match value {
            // As JSON has them, the elements of sets are at places.
            Value::List(elements) | Value::Set(elements) => elements
                .iter()
                .enumerate()
                .for_each(|(index, element)| self.find(element, at.clone().index(index), sensitive, found)),
            Value::Map(entries) => entries
                .iter()
                .for_each(|(name, element)| self.find(element, at.clone().attribute(name), sensitive, found)),
            Value::String(text) if self.0.contains(text) => found.push(at),
            Value::Number(number) if self.0.contains(&number.to_string()) => found.push(at),
            _ => {}
        }
    }

    /// Whether some text in the value quotes one of them.
    pub(super) fn are_quoted(&self, value: &Value) -> bool {
        // Most objects have none, and every one that is read comes by here.
        if self.0.is_empty() {
            return false;
        }
        let mut quoted = false;
        let mut look = |text: &str| quoted |= self.are_in(text);
        each_key(value, &mut look);
        each_text(value, &mut look);
        quoted
    }
}

/// By hand: they are secrets.
impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Texts")
    }
}

fn each_text(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Number(number) => visit(&number.to_string()),
        Value::List(elements) | Value::Set(elements) => elements.iter().for_each(|element| each_text(element, visit)),
        Value::Map(entries) => entries.values().for_each(|element| each_text(element, visit)),
        Value::Null | Value::Unknown | Value::Bool(_) => {}
    }
}

/// The keys of maps, which are no secrets by themselves: most are names of attributes.
fn each_key(value: &Value, visit: &mut impl FnMut(&str)) {
    for (key, element) in value.entries().into_iter().flatten() {
        visit(key);
        each_key(element, visit);
    }
    value.elements().into_iter().flatten().for_each(|element| each_key(element, visit));
}

/// The text, its lines, and what becomes of them in a quoted string, in a URL and in base64.
fn forms(text: &str, found: &mut BTreeSet<String>) {
    if text.len() < SHORTEST {
        return;
    }
    spellings(text, found);
    let lines = text.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && line.len() < text.len());
    lines.for_each(|line| spellings(line, found));
    for before in 0..3 {
        let bytes = [&[0; 2][..before], text.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        // What depends on the bytes around it is left out.
        let (first, last) = ([0, 2, 3][before], bytes.len() / 3 * 4);
        if last >= first + SHORTEST_LINE {
            let encoded = &encoded[first..last];
            found.extend([encoded.to_owned(), encoded.replace('+', "-").replace('/', "_")]);
        }
    }
}

/// The text as it is, and as it stands in Rust, in JSON and in a URL.
fn spellings(text: &str, found: &mut BTreeSet<String>) {
    let quoted = [format!("{text:?}"), serde_json::Value::from(text).to_string()];
    found.extend(quoted.iter().map(|quoted| quoted[1..quoted.len() - 1].to_owned()));
    found.extend([text.to_owned(), utf8_percent_encode(text, RESERVED).to_string()]);
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    #[test]
    fn secrets_are_found_in_the_forms_that_they_are_quoted_in() {
        let secret = "-----BEGIN \"KEY\"-----\n  c2VjcmV0LWtleQ\u{1b}\n\"password\": \"h~nter2ü\"\n-----END-----";
        let line = "\"password\": \"h~nter2ü\"";
        let mut texts = Texts::default();
        texts.learn(&secret.into());
        for text in [
            secret.to_owned(),
            format!("{secret:?}"),
            serde_json::to_string(secret).expect("a text is JSON"),
            secret.replace('\n', "\r\n"),
            line.to_owned(),
            format!("{line:?}"),
            "https://me:%22password%22%3A%20%22h~nter2%C3%BC%22@host".to_owned(),
            STANDARD.encode(secret),
            STANDARD.encode(format!("AWS:{secret}")),
            STANDARD.encode(format!("me:{secret}!")),
            STANDARD.encode(format!("me2:{secret}!?")),
            URL_SAFE.encode(secret),
        ] {
            assert!(texts.are_quoted(&Value::map([("a", text.as_str().into())])), "{text}");
        }
        assert!(!texts.are_quoted(&"something else".into()));
    }
}
