//! A document as bytes: JSON that a person can read, with a checksum.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::document::Document;
use crate::keys::Envelope;

/// The newest format that is read, and the one that is written.
pub(crate) const FORMAT: u64 = 1;

/// What is in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    format: u64,
    /// Of everything else.
    checksum: String,
    /// The key of the secrets, itself sealed. Where there is one, all secrets are sealed, and all `private` bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Envelope>,
    pub state: Document,
}

/// Why bytes are no document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misread {
    /// What is wrong.
    Damaged(String),
    /// The format.
    Newer(u64),
}

/// Writes a document whose secrets are sealed.
pub(crate) fn encode(state: Document, key: Option<Envelope>) -> Vec<u8> {
    let file = File { format: FORMAT, checksum: String::new(), key, state };
    let mut json = serde_json::to_value(&file).expect("a document has no keys but strings");
    json["checksum"] = Json::from(checksum(&json));
    let mut bytes = serde_json::to_vec_pretty(&json).expect("JSON can be written");
    bytes.push(b'\n');
    bytes
}

/// Reads a document; its secrets stay sealed.
pub(crate) fn decode(bytes: &[u8]) -> Result<File, Misread> {
    if bytes.is_empty() {
        return Err(Misread::Damaged("it is empty".into()));
    }
    let json: Json =
        serde_json::from_slice(bytes).map_err(|error| Misread::Damaged(format!("it is no JSON: {error}")))?;
    let format = json["format"].as_u64().ok_or_else(|| Misread::Damaged("it has no format number".into()))?;
    if format > FORMAT {
        return Err(Misread::Newer(format));
    }
    if json["checksum"].as_str() != Some(&checksum(&json)) {
        return Err(Misread::Damaged("its checksum does not fit its contents".into()));
    }
    serde_json::from_value(json)
        .map_err(|error| Misread::Damaged(format!("it does not have the expected form: {error}")))
}

/// Whether these bytes are a document that was written whole.
pub fn is_sound(bytes: &[u8]) -> bool {
    decode(bytes).is_ok()
}

/// The checksum of all but the checksum, whatever the order and the white space.
fn checksum(json: &Json) -> String {
    let mut text = String::new();
    canonical(json, true, &mut text);
    format!("sha256:{}", hex(&Sha256::digest(text.as_bytes())))
}

fn canonical(json: &Json, top: bool, text: &mut String) {
    match json {
        Json::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().filter(|(key, _)| !(top && *key == "checksum")).collect();
            entries.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in entries {
                let _ = write!(text, "{}:", Json::from(key.as_str()));
                canonical(value, false, text);
                text.push(',');
            }
            text.push('}');
        }
        Json::Array(elements) => {
            text.push('[');
            for element in elements {
                canonical(element, false, text);
                text.push(',');
            }
            text.push(']');
        }
        scalar => {
            let _ = write!(text, "{scalar}");
        }
    }
}

/// Lower case, two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
