use rosa_ecr_model::{Resolved, Type, Value};
use serde_json::{Value as Json, json};

use super::*;
use crate::{Contents, MemoryBackend};

fn place() -> (MemoryBackend, Store) {
    let backend = MemoryBackend::new();
    (backend.clone(), Store::new("dev", Arc::new(backend)).with_keys(Keys::none()))
}

pub(crate) fn with_secret() -> Document {
    let mut document = Document::new("dev");
    document.outputs.insert("token".into(), Contents::new(&Resolved::secret("hunter2".into())));
    document
}

pub(crate) async fn save(store: &Store, document: &mut Document) -> Result<(), StateError> {
    let (session, _) = store.lock("up").await?;
    let saved = session.save(document).await;
    session.release().await.expect("released");
    saved
}

fn written(backend: &MemoryBackend) -> String {
    String::from_utf8(backend.versions().pop().expect("something")).expect("UTF-8")
}

#[tokio::test]
async fn a_secret_without_a_key_is_not_written() {
    let (backend, store) = place();
    let mut document = with_secret();
    let error = save(&store, &mut document).await.expect_err("no key");
    let message = error.diagnostic().to_string();
    assert!(message.contains("output/token") && message.contains("ROSA_ECR_PASSPHRASE"), "{message}");
    assert!(!message.contains("hunter2") && !format!("{error:?} {document:?}").contains("hunter2"));
    assert!(backend.versions().is_empty());
    assert_eq!(document.serial, 0);
}

#[tokio::test]
async fn a_passphrase_seals_and_only_it_opens() {
    let (backend, store) = place();
    let sealing = store.clone().with_keys(Keys::passphrase("correct horse"));
    let mut document = with_secret();
    save(&sealing, &mut document).await.expect("saved");
    assert!(!written(&backend).contains("hunter2"));
    assert_eq!(sealing.load().await.expect("opens"), Some(document.clone()));

    let error = store.clone().with_keys(Keys::passphrase("wrong")).load().await.expect_err("wrong");
    assert!(matches!(error, StateError::WrongKey { .. }), "{error:?}");
    assert!(matches!(store.load().await, Err(StateError::NoKey { .. })));
    assert_eq!(backend.holder().await.expect("readable"), None, "no lock is left");

    let key = |text: &str| serde_json::from_str::<Json>(text).expect("JSON")["key"].clone();
    let before = key(&written(&backend));
    save(&sealing, &mut document).await.expect("saved");
    assert_eq!(key(&written(&backend)), before, "the data key stays");
}

#[tokio::test]
async fn a_state_of_another_stack_or_a_later_version_is_refused() {
    let (backend, store) = place();
    save(&store, &mut Document::new("dev")).await.expect("saved");
    let other = Store::new("prod", Arc::new(backend.clone()));
    let message = other.load().await.expect_err("foreign").diagnostic().to_string();
    assert!(message.contains("\"dev\"") && message.contains("\"prod\""), "{message}");

    let newer = written(&backend).replacen("\"format\": 1", "\"format\": 9", 1);
    let store = Store::new("dev", Arc::new(MemoryBackend::with(newer.into_bytes())));
    assert!(matches!(store.load().await, Err(StateError::Newer { format: 9, .. })));
}

#[tokio::test]
async fn a_changed_byte_is_noticed_and_white_space_is_not() {
    let (backend, store) = place();
    let mut document = Document::new("dev");
    let numbers = json!([0.1, 1e300, "ü\n", 12_345_678_901_u64]);
    let numbers = Value::from_json(&numbers, &Type::Dynamic).expect("it fits");
    document.outputs.insert("n".into(), Contents::new(&Resolved::plain(numbers)));
    save(&store, &mut document).await.expect("saved");
    let text = written(&backend);
    let read =
        |text: String| async move { Store::new("dev", Arc::new(MemoryBackend::with(text.into_bytes()))).load().await };
    let compact = serde_json::from_str::<Json>(&text).expect("JSON").to_string();
    assert_eq!(read(compact).await.expect("sound"), Some(document));
    let changed = text.replacen("12345678901", "12345678902", 1);
    assert!(matches!(read(changed).await, Err(StateError::Damaged { .. })));
}
