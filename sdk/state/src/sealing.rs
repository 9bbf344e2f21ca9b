//! Secrets, one by one: AES-256-GCM with a random nonce, bound to the place of the secret.

use std::fmt;

use aes_gcm::aead::{Aead as _, Generate as _, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit as _, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use crate::document::Document;

/// The length of a nonce, which stands in front of what it sealed.
const NONCE: usize = 12;

/// The key of the secrets of one document: 32 bytes for AES-256-GCM.
#[derive(Clone)]
pub struct DataKey(Aes256Gcm);

/// By hand: nothing of a key is shown.
impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey")
    }
}

/// A secret that does not open: where it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unopened(pub String);

impl DataKey {
    /// A new key, and its bytes, to be sealed.
    pub(crate) fn generate() -> (Self, Vec<u8>) {
        let key = Key::<Aes256Gcm>::generate();
        (Self(Aes256Gcm::new(&key)), key.to_vec())
    }

    /// The key of these bytes; `None` where they are not 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Aes256Gcm::new_from_slice(bytes).ok().map(Self)
    }

    /// Seals bytes that belong to that place.
    pub(crate) fn seal(&self, bytes: &[u8], place: &str) -> Vec<u8> {
        let nonce = Nonce::generate();
        let payload = Payload { msg: bytes, aad: place.as_bytes() };
        let sealed = self.0.encrypt(&nonce, payload).expect("a secret is shorter than 64 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what was sealed for that place; `None` where it was not, or with another key.
    pub(crate) fn open(&self, sealed: &[u8], place: &str) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let nonce = Nonce::try_from(nonce).ok()?;
        self.0.decrypt(&nonce, Payload { msg: sealed, aad: place.as_bytes() }).ok()
    }

    /// Replaces every secret by its sealed form.
    pub(crate) fn seal_all(&self, document: &mut Document) {
        let lineage = document.lineage;
        document.visit_secrets(&mut |label, contents| {
            contents.replace_secrets(|place, secret| {
                let sealed = self.seal(secret.to_string().as_bytes(), &format!("{lineage}/{label}{place}"));
                Some(Json::from(STANDARD.encode(sealed)))
            });
        });
        document.visit_private(&mut |label, private| {
            *private = self.seal(private, &format!("{lineage}/{label}"));
        });
    }

    /// Replaces every sealed form by its secret.
    pub(crate) fn open_all(&self, document: &mut Document) -> Result<(), Unopened> {
        let lineage = document.lineage;
        let mut unopened = None;
        document.visit_secrets(&mut |label, contents| {
            contents.replace_secrets(|place, secret| {
                let sealed = secret.as_str().and_then(|text| STANDARD.decode(text).ok());
                let opened = sealed.and_then(|sealed| self.open(&sealed, &format!("{lineage}/{label}{place}")));
                let opened = opened.and_then(|opened| serde_json::from_slice(&opened).ok());
                if opened.is_none() {
                    unopened = Some(Unopened(format!("{label}{place}")));
                }
                opened
            });
        });
        document.visit_private(&mut |label, private| match self.open(private, &format!("{lineage}/{label}")) {
            Some(opened) => *private = opened,
            None => unopened = Some(Unopened(label.to_owned())),
        });
        unopened.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use rosa_ecr_model::{Resolved, Secrets, Value};

    use super::*;
    use crate::contents::Contents;

    fn document() -> Document {
        let mut document = Document::new("dev");
        document.outputs.insert("plain".into(), Contents::new(&Resolved::plain("seen".into())));
        document.outputs.insert("token".into(), Contents::new(&Resolved::secret("hunter2".into())));
        let value = Value::map([("name", "a".into()), ("password", "hunter2".into()), ("old", Value::Null)]);
        let secrets = Secrets::attributes(["password", "old", "gone"]);
        document.outputs.insert("user".into(), Contents::new(&Resolved { value, secrets }));
        document
    }

    #[test]
    fn secrets_are_sealed_each_by_itself_and_open_at_their_place_only() {
        let (key, bytes) = DataKey::generate();
        let open = document();
        let mut sealed = open.clone();
        key.seal_all(&mut sealed);
        let written = serde_json::to_string(&sealed).expect("JSON");
        assert!(!written.contains("hunter2") && written.contains("seen"), "{written}");
        let reveal = |document: &Document, output: &str| document.outputs[output].reveal().clone();
        assert_ne!(reveal(&sealed, "token"), reveal(&sealed, "user")["password"], "nonces differ");

        let mut opened = sealed.clone();
        DataKey::from_bytes(&bytes).expect("32").open_all(&mut opened).expect("the same key");
        assert_eq!(opened, open);

        let mut moved = sealed.clone();
        let password = reveal(&sealed, "user")["password"].clone();
        moved
            .outputs
            .insert("token".into(), Contents::new(&Resolved::secret(password.as_str().expect("sealed").into())));
        assert_eq!(key.open_all(&mut moved), Err(Unopened("output/token".into())));
        assert!(DataKey::generate().0.open_all(&mut sealed).is_err());
    }
}
