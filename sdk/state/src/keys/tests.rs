use futures::FutureExt as _;
use serde_json::{Value as Json, json};

use super::*;
use crate::store::tests::{save, with_secret};
use crate::{MemoryBackend, Store};

/// A service whose sealed form of a key is the name of the service's key and the lineage, and the key turned round.
struct Vault;

fn turned(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| !byte).collect()
}

impl KeyService for Vault {
    fn generate<'a>(&'a self, key: &'a str, lineage: Uuid) -> BoxFuture<'a, Result<NewDataKey, KeyError>> {
        async move {
            let (plain, bytes) = DataKey::generate();
            let sealed = [format!("{key}/{lineage}/").as_bytes(), &turned(&bytes)].concat();
            Ok(NewDataKey { plain, sealed })
        }
        .boxed()
    }

    fn open<'a>(&'a self, key: &'a str, sealed: &'a [u8], lineage: Uuid) -> BoxFuture<'a, Result<DataKey, KeyError>> {
        async move {
            let bytes = sealed.strip_prefix(format!("{key}/{lineage}/").as_bytes()).map(turned);
            let opened = bytes.and_then(|bytes| DataKey::from_bytes(&bytes));
            opened.ok_or_else(|| KeyError { what: format!("{key} does not open it"), fix: "Look.".into() })
        }
        .boxed()
    }
}

fn with_key(key: &str) -> Keys {
    Keys::service(Vault, key)
}

fn envelope(backend: &MemoryBackend) -> Json {
    let written = backend.versions().pop().expect("written");
    serde_json::from_slice::<Json>(&written).expect("JSON")["key"].clone()
}

#[tokio::test]
async fn a_change_from_a_passphrase_to_a_service_seals_again() {
    let backend = MemoryBackend::new();
    let store = Store::new("dev", Arc::new(backend.clone()));
    let mut document = with_secret();
    save(&store.clone().with_keys(Keys::passphrase("old")), &mut document).await.expect("saved");
    let passphrase = Some(Secret::from("old".to_owned()));
    let both = Given { passphrase, key: Some("alias/k".into()), ..Given::default() };
    save(&store.clone().with_keys(Keys::given(both).with_service(Vault)), &mut document).await.expect("saved");
    assert_eq!(store.with_keys(with_key("alias/k")).load().await.expect("opens"), Some(document));
    assert_eq!(envelope(&backend)["sealed_with"], "kms");
}

#[tokio::test]
async fn what_another_key_has_sealed_wants_to_be_saved_again() {
    for (before, then, after) in [
        (Keys::passphrase("old"), Keys::new_passphrase("new", "old"), Keys::passphrase("new")),
        (with_key("alias/old"), with_key("alias/new"), with_key("alias/new")),
    ] {
        let backend = MemoryBackend::new();
        let store = Store::new("dev", Arc::new(backend.clone()));
        let mut document = with_secret();
        save(&store.clone().with_keys(before.clone()), &mut document).await.expect("saved");
        let first = envelope(&backend);
        for (keys, wants) in [(before, false), (then, true), (after.clone(), false)] {
            let (session, found) = store.clone().with_keys(keys).lock("up").await.expect("unlocked");
            assert_eq!((session.wants_save().await, found.as_ref()), (wants, Some(&document)));
            if wants {
                session.save(&mut document).await.expect("saved");
                assert!(!session.wants_save().await);
            }
            session.release().await.expect("it is ours");
        }
        assert_ne!(envelope(&backend), first);
        assert_eq!(store.with_keys(after).load().await.expect("opens"), Some(document));
    }
}

#[tokio::test]
async fn a_key_in_a_service_that_the_stack_was_not_given_is_refused_with_the_way_out() {
    let store = Store::new("dev", Arc::new(MemoryBackend::new()));
    let keys = Keys::given(Given { key: Some("alias/k".into()), ..Given::default() });
    let error = save(&store.with_keys(keys), &mut with_secret()).await.expect_err("no client");
    let text = error.diagnostic().to_string();
    assert!(text.contains("alias/k is in AWS KMS") && text.contains("environment_keys()"), "{text}");
}

#[test]
fn an_envelope_is_written_as_before() {
    let written = json!({
        "sealed_with": "passphrase", "salt": "AAAA", "memory_kib": 65536, "passes": 3, "lanes": 4, "data_key": "AQID",
    });
    let envelope: Envelope = serde_json::from_value(written.clone()).expect("the format that was always written");
    assert_eq!(serde_json::to_value(envelope).expect("JSON"), written);
}
