use std::sync::{Arc, Mutex};

use aws_config::BehaviorVersion;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::{Credentials, Region};
use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosa_ecr_model::Resolved;
use rosa_ecr_state::{Contents, Document, MemoryBackend, StateError, Store};
use serde_json::{Value as Json, json};

use super::*;

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

fn with_secret() -> Document {
    let mut document = Document::new("dev");
    document.outputs.insert("token".into(), Contents::new(&Resolved::secret("hunter2".into())));
    document
}

async fn save(store: &Store, document: &mut Document) -> Result<(), StateError> {
    let (session, _) = store.lock("up").await?;
    let saved = session.save(document).await;
    session.release().await.expect("released");
    saved
}

#[tokio::test]
async fn kms_seals_a_data_key_for_one_lineage() {
    let (client, asked) = kms(None);
    let backend = MemoryBackend::new();
    let store = Store::new("dev", Arc::new(backend.clone())).with_keys(Keys::service(Kms::new(client), "alias/k"));
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
    for (code, fix) in
        [("AccessDeniedException", "Allow the IAM action kms:GenerateDataKey"), ("DisabledException", "Enable the key")]
    {
        let (client, _) = kms(Some(code));
        let store =
            Store::new("dev", Arc::new(MemoryBackend::new())).with_keys(Keys::service(Kms::new(client), "alias/k"));
        let message = save(&store, &mut with_secret()).await.expect_err("refused").diagnostic().to_string();
        assert!(message.contains(code) && message.contains(fix) && message.contains("alias/k"), "{message}");
        assert!(message.contains("The key for secrets cannot be used"), "there is nothing yet to open: {message}");
    }
}
