//! States that earlier versions have written are read, and written again, without loss. The files in `states` are theirs.

use std::sync::Arc;

use rosa_ecr_state::{Document, Keys, MemoryBackend, Store};
use serde_json::Value as Json;

const SEALED: &[u8] = include_bytes!("states/sealed.json");
const PLAIN: &[u8] = include_bytes!("states/plain.json");

/// The state of that stack, with the passphrase that its secrets were sealed with.
fn store(stack: &str, bytes: &[u8]) -> (MemoryBackend, Store) {
    let backend = MemoryBackend::with(bytes.to_vec());
    let store = Store::new(stack, Arc::new(backend.clone()));
    (backend, store.with_keys(Keys::passphrase("correct horse battery")))
}

async fn saved_again(stack: &str, bytes: &[u8]) -> (Document, Json, Json) {
    let (backend, store) = store(stack, bytes);
    let (session, document) = store.lock("up").await.expect("it is free");
    let mut document = document.expect("it is there");
    let before = document.clone();
    session.save(&mut document).await.expect("it can be saved");
    session.release().await.expect("it is ours");
    assert_eq!(store.load().await.expect("it opens"), Some(document.clone()));
    assert_eq!(document, Document { serial: before.serial + 1, ..before });
    let written = backend.versions().pop().expect("it was saved");
    let json = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).expect("JSON");
    (document, json(bytes), json(&written))
}

#[tokio::test]
async fn a_sealed_state_opens_and_has_its_secrets_at_the_same_places() {
    let (document, old, new) = saved_again("secretive", SEALED).await;
    let header = &document.outputs["header"];
    assert!(header.has_secrets() && header.reveal().as_str().is_some_and(|text| text.starts_with("Bearer ")));
    assert_eq!(document.outputs["repository_url"].masked(), "123456789012.dkr.ecr.us-east-1.amazonaws.com/dev/tools");
    for place in ["/state/outputs/header/secrets", "/state/resources/tools/state/secrets", "/key/salt"] {
        assert_eq!(old.pointer(place), new.pointer(place), "{place}");
    }
    assert_ne!(old["state"]["outputs"]["header"], new["state"]["outputs"]["header"], "it was sealed again");
}

#[tokio::test]
async fn a_state_without_secrets_is_written_as_it_was() {
    let (document, mut old, mut new) = saved_again("dev", PLAIN).await;
    assert!(!document.resources.is_empty());
    for json in [&mut old, &mut new] {
        json["state"]["serial"] = Json::Null;
        json["checksum"] = Json::Null;
    }
    assert_eq!(old["state"]["resources"], new["state"]["resources"]);
    assert_eq!(old["state"]["outputs"], new["state"]["outputs"]);
}
