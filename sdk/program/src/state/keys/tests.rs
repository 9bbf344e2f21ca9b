use std::sync::{Arc, Mutex};

use aws_config::BehaviorVersion;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::{Credentials, Region};
use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::*;
use crate::state::store::tests::{save, with_secret};
use crate::state::{MemoryBackend, Store};

/// What was asked of KMS: the action and the request.
type Asked = Arc<Mutex<Vec<(String, Json)>>>;

/// A KMS with one key. What it seals is the encryption context, so that only the same context opens it.
fn kms(refusal: Option<&'static str>) -> (aws_sdk_kms::Client, Asked) {
    let asked = Asked::default();
    let log = asked.clone();
    let http = rosa_ecr_recorded::answering(move |request: http::Request<SdkBody>| {
        let target = request.headers()["x-amz-target"].to_str().expect("ASCII").to_owned();
        let action = target.trim_start_matches("TrentService.").to_owned();
        let body: Json = serde_json::from_slice(request.body().bytes().expect("in memory")).expect("JSON");
        let sealed = STANDARD.encode(body["EncryptionContext"].to_string());
        log.lock().expect("sound").push((action.clone(), body.clone()));
        let key = STANDARD.encode([7; 32]);
        let (status, answer) = match action.as_str() {
            _ if refusal.is_some() => (400, json!({ "__type": refusal, "message": "m" })),
            "GenerateDataKey" => (200, json!({ "Plaintext": key, "CiphertextBlob": sealed, "KeyId": "k" })),
            "Decrypt" if body["CiphertextBlob"] == json!(sealed) => (200, json!({ "Plaintext": key, "KeyId": "k" })),
            _ => (400, json!({ "__type": "InvalidCiphertextException", "message": "m" })),
        };
        http::Response::builder().status(status).body(answer.to_string()).expect("an answer")
    });
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::for_tests())
        .region(Region::from_static("us-east-1"))
        .retry_config(RetryConfig::disabled())
        .http_client(http)
        .build();
    (aws_sdk_kms::Client::from_conf(config), asked)
}

#[tokio::test]
async fn kms_seals_a_data_key_for_one_lineage() {
    let (client, asked) = kms(None);
    let backend = MemoryBackend::new();
    let store = Store::new("dev", Arc::new(backend.clone())).with_keys(Keys::kms(client.clone(), "alias/k"));
    let mut document = with_secret();
    save(&store, &mut document).await.expect("saved");
    save(&store, &mut document).await.expect("saved");
    assert_eq!(store.load().await.expect("opens"), Some(document.clone()));
    let asked: Vec<(String, Json)> = asked.lock().expect("sound").drain(..).collect();
    let actions: Vec<&str> = asked.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["GenerateDataKey", "Decrypt", "Decrypt"], "the data key stays");
    assert_eq!(asked[0].1["KeyId"], "alias/k");
    assert_eq!(asked[0].1["EncryptionContext"][CONTEXT], document.lineage.to_string());
    assert!(!String::from_utf8_lossy(&backend.versions().concat()).contains("hunter2"));
}

#[tokio::test]
async fn a_refusal_of_kms_says_what_to_do() {
    for (code, fix) in [("AccessDeniedException", "Allow kms:GenerateDataKey"), ("DisabledException", "Enable the key")]
    {
        let (client, _) = kms(Some(code));
        let store = Store::new("dev", Arc::new(MemoryBackend::new())).with_keys(Keys::kms(client, "alias/k"));
        let told = save(&store, &mut with_secret()).await.expect_err("refused").diagnostic().to_string();
        assert!(told.contains(code) && told.contains(fix) && told.contains("alias/k"), "{told}");
        assert!(told.contains("The key for secrets cannot be used"), "there is nothing yet to open: {told}");
    }
}

#[tokio::test]
async fn a_change_from_a_passphrase_to_kms_seals_anew() {
    let backend = MemoryBackend::new();
    let store = Store::new("dev", Arc::new(backend.clone()));
    let mut document = with_secret();
    save(&store.clone().with_keys(Keys::passphrase("old")), &mut document).await.expect("saved");
    let kms = Some(Kms { client: kms(None).0, key: "alias/k".into() });
    let passphrase = Some(Secret::from("old".to_owned()));
    let both = Keys(Source::Given(Given { passphrase, kms: kms.clone(), ..Given::default() }));
    save(&store.clone().with_keys(both), &mut document).await.expect("saved");
    let only_kms = store.with_keys(Keys(Source::Given(Given { kms, ..Given::default() })));
    assert_eq!(only_kms.load().await.expect("opens"), Some(document));
    let written = backend.versions().pop().expect("written");
    let written: Json = serde_json::from_slice(&written).expect("JSON");
    assert_eq!(written["key"]["sealed_with"], "kms");
}

#[tokio::test]
async fn what_another_key_has_sealed_wants_to_be_saved_anew() {
    let sealed_with = |backend: &MemoryBackend| {
        let written = backend.versions().pop().expect("written");
        serde_json::from_slice::<Json>(&written).expect("JSON")["key"].clone()
    };
    let old = || Keys::passphrase("old");
    let kms_of = |key: &str| Keys::kms(kms(None).0, key);
    for (before, then, after) in [
        (old(), Keys::new_passphrase("new", "old"), Keys::passphrase("new")),
        (kms_of("alias/old"), kms_of("alias/new"), kms_of("alias/new")),
    ] {
        let backend = MemoryBackend::new();
        let store = Store::new("dev", Arc::new(backend.clone()));
        let mut document = with_secret();
        save(&store.clone().with_keys(before.clone()), &mut document).await.expect("saved");
        let first = sealed_with(&backend);
        for (keys, wants) in [(before, false), (then, true), (after.clone(), false)] {
            let (session, found) = store.clone().with_keys(keys).lock("up").await.expect("nobody has it");
            assert_eq!((session.wants_save().await, found.as_ref()), (wants, Some(&document)));
            if wants {
                session.save(&mut document).await.expect("saved");
                assert!(!session.wants_save().await);
            }
            session.release().await.expect("it is ours");
        }
        assert_ne!(sealed_with(&backend), first);
        assert_eq!(store.with_keys(after).load().await.expect("opens"), Some(document));
    }
}
