use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{Credentials, Region};
use aws_sdk_s3::primitives::SdkBody;
use rosa_ecr_model::Resolved;
use rosa_ecr_state::{Contents, Document, Store};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use time::OffsetDateTime;

use super::*;

/// A store that honours conditions, and fails as a test sets it up to.
#[derive(Clone, Default)]
struct FakeS3(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Vec<u8>>,
    trouble: VecDeque<(&'static str, &'static str, Trouble)>,
    asked: Vec<String>,
}

/// What happens to the next request of a method on a key.
#[derive(Clone, Copy)]
enum Trouble {
    /// It is refused with this status and code.
    Refuse(u16, &'static str),
    /// It is done, and the answer is a failure.
    LoseAnswer,
    /// It is not done, and there is never an answer.
    Hang,
}

type Answer = http::Response<SdkBody>;

impl FakeS3 {
    fn backend(&self) -> S3Backend {
        S3Backend::new(self.client(), "b", "dev.json", TIMES)
    }

    fn client(&self) -> Client {
        let s3 = self.clone();
        let client =
            rosa_ecr_recorded::answering_or_hanging(move |request: http::Request<SdkBody>| s3.answer(&request));
        let config = careful(Builder::new())
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(Credentials::for_tests())
            .region(Region::from_static("us-east-1"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url("http://store.test")
            .force_path_style(true)
            .http_client(client);
        Client::from_conf(config.build())
    }

    fn store(&self) -> Store {
        Store::new("dev", Arc::new(self.backend()))
    }

    fn trouble(&self, method: &'static str, key: &'static str, trouble: Trouble) {
        self.0.lock().expect("sound").trouble.push_back((method, key, trouble));
    }

    fn keys(&self) -> Vec<String> {
        self.0.lock().expect("sound").objects.keys().cloned().collect()
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("sound").asked)
    }

    /// None: never.
    fn answer(&self, request: &http::Request<SdkBody>) -> Option<Answer> {
        let mut inner = self.0.lock().expect("sound");
        let (method, key) = (request.method().as_str(), request.uri().path().trim_start_matches("/b/").to_owned());
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().expect("ASCII").to_owned());
        let (absent, is) = (header("if-none-match"), header("if-match"));
        inner.asked.push(format!("{method} {key}"));
        let expected = inner.trouble.front().is_some_and(|(m, k, _)| *m == method && *k == key);
        let trouble = if expected { inner.trouble.pop_front().map(|(_, _, trouble)| trouble) } else { None };
        match trouble {
            Some(Trouble::Refuse(status, code)) => return Some(refusal(status, code)),
            Some(Trouble::Hang) => return None,
            Some(Trouble::LoseAnswer) | None => {}
        }
        let there = inner.objects.get(&key).map(|bytes| etag(bytes));
        let answer = match (method, &there) {
            ("PUT", Some(_)) if absent.is_some() => refusal(412, "PreconditionFailed"),
            ("PUT", None) if is.is_some() => refusal(404, "NoSuchKey"),
            ("PUT" | "DELETE", Some(there)) if is.as_ref().is_some_and(|is| is != there) => {
                refusal(412, "PreconditionFailed")
            }
            ("PUT", _) => {
                let bytes = request.body().bytes().expect("in memory").to_vec();
                let answer = found(&bytes, b"");
                inner.objects.insert(key, bytes);
                answer
            }
            ("DELETE", _) => {
                inner.objects.remove(&key);
                http::Response::builder().status(204).body(SdkBody::empty()).expect("an answer")
            }
            ("GET", Some(_)) => found(&inner.objects[&key], &inner.objects[&key]),
            _ => refusal(404, "NoSuchKey"),
        };
        Some(if trouble.is_some() { refusal(500, "InternalError") } else { answer })
    }
}

fn etag(bytes: &[u8]) -> String {
    let digest: String = Sha256::digest(bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digest}\"")
}

fn found(bytes: &[u8], body: &[u8]) -> Answer {
    http::Response::builder().header("etag", etag(bytes)).body(SdkBody::from(body)).expect("an answer")
}

fn refusal(status: u16, code: &str) -> Answer {
    let body = format!("<Error><Code>{code}</Code><Message>m</Message><RequestId>r</RequestId></Error>");
    http::Response::builder().status(status).body(SdkBody::from(body)).expect("an answer")
}

fn document(text: &str) -> Document {
    let mut document = Document::new("dev");
    document.outputs.insert("text".into(), Contents::new(&Resolved::plain(text.into())));
    document
}

async fn text(store: &Store) -> String {
    let document = store.load().await.expect("readable").expect("saved");
    document.outputs["text"].reveal().as_str().expect("text").to_owned()
}

async fn save(store: &Store, text: &str) -> Result<(), StateError> {
    let (session, _) = store.lock("up").await?;
    let saved = session.save(&mut document(text)).await;
    session.release().await.expect("released");
    saved
}

#[tokio::test]
async fn what_is_saved_is_loaded_and_the_lock_is_gone() {
    let s3 = FakeS3::default();
    let store = s3.store();
    assert!(store.load().await.expect("readable").is_none());
    assert_eq!(s3.asked(), ["GET dev.json"], "reading writes nothing");
    save(&store, "one").await.expect("saved");
    save(&store, "two").await.expect("saved");
    assert_eq!(text(&store).await, "two");
    assert_eq!(s3.keys(), ["dev.json", "dev.json.backup"]);
    let message = s3.backend().recovery().await;
    assert!(message.contains("`aws s3 cp s3://b/dev.json.backup s3://b/dev.json`"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn one_of_two_has_the_lock_as_long_as_it_lives() {
    let s3 = FakeS3::default();
    let (session, _) = s3.store().lock("up").await.expect("free");
    tokio::time::sleep(TIMES.expiry * 3).await;
    let error = s3.store().lock("destroy").await.map(|_| ()).expect_err("locked");
    let message = error.diagnostic().to_string();
    assert!(matches!(error, StateError::Locked { .. }) && message.contains("state unlock"), "{message}");
    assert!(!session.lost().is_cancelled());
    session.release().await.expect("released");
    assert!(s3.keys().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_was_left_behind_is_taken_over() {
    let s3 = FakeS3::default();
    let holder = Holder { since: OffsetDateTime::UNIX_EPOCH, ..Holder::this_process("up") };
    let record = json!({ "holder": holder, "renewed": "1970-01-01T00:00:00Z", "expires_after_seconds": 60 });
    let left = serde_json::to_vec(&record).expect("JSON");
    s3.0.lock().expect("sound").objects.insert("dev.json.lock".into(), left);
    save(&s3.store(), "mine").await.expect("taken over");
    assert_eq!(text(&s3.store()).await, "mine");
}

#[tokio::test]
async fn a_lock_whose_renewal_hangs_is_lost_before_another_may_take_it() {
    let s3 = FakeS3::default();
    let second = Duration::from_secs(1);
    let times = Times { renewal: second / 10, expiry: second, watch: second / 5 };
    let store = Store::new("dev", Arc::new(S3Backend::new(s3.client(), "b", "dev.json", times)));
    let (session, _) = store.lock("up").await.expect("free");
    s3.trouble("PUT", "dev.json.lock", Trouble::Hang);
    let begun = std::time::Instant::now();
    session.lost().cancelled().await;
    assert!(begun.elapsed() <= second + times.renewal, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_writer_that_lost_its_lock_does_not_overwrite() {
    let s3 = FakeS3::default();
    save(&s3.store(), "before").await.expect("saved");
    let (robbed, _) = s3.store().lock("up").await.expect("free");
    let by = s3.store().unlock().await.expect("possible").expect("somebody");
    assert_eq!(by.pid, std::process::id());
    save(&s3.store(), "new").await.expect("saved");
    let error = robbed.save(&mut document("old")).await.expect_err("lost");
    assert!(matches!(error, StateError::Lost { .. }) && robbed.lost().is_cancelled(), "{error:?}");
    robbed.release().await.expect("nothing to do");
    assert_eq!(text(&s3.store()).await, "new");
}

#[tokio::test]
async fn a_document_that_changed_under_the_lock_is_not_overwritten() {
    let s3 = FakeS3::default();
    let (session, _) = s3.store().lock("up").await.expect("free");
    session.save(&mut document("one")).await.expect("saved");
    s3.0.lock().expect("sound").objects.insert("dev.json".into(), b"by hand".to_vec());
    let error = session.save(&mut document("two")).await.expect_err("changed");
    assert!(matches!(error, StateError::Lost { .. }), "{error:?}");
    assert_eq!(s3.0.lock().expect("sound").objects["dev.json"], b"by hand");
}

#[tokio::test]
async fn lost_answers_are_read_back() {
    let s3 = FakeS3::default();
    s3.trouble("PUT", "dev.json.lock", Trouble::LoseAnswer);
    s3.trouble("PUT", "dev.json", Trouble::LoseAnswer);
    save(&s3.store(), "one").await.expect("it was done");
    assert_eq!(text(&s3.store()).await, "one");
    // The SDK tries again by itself: then the second answer says that the condition does not hold.
    let object = Object::new(s3.client(), "b", "twice".into());
    object.put(b"mine".to_vec(), Condition::Absent).await.expect("put");
    let twice = object.put(b"mine".to_vec(), Condition::Absent).await.expect("put");
    assert!(matches!(twice, Put::Done(_)), "{twice:?}");
    let other = object.put(b"theirs".to_vec(), Condition::Absent).await.expect("put");
    assert!(matches!(other, Put::Refused(Some(_))), "{other:?}");
}

#[tokio::test(start_paused = true)]
async fn conflicts_are_tried_again_and_other_refusals_are_told() {
    let s3 = FakeS3::default();
    let conflict = Trouble::Refuse(409, "ConditionalRequestConflict");
    s3.trouble("PUT", "dev.json.lock", conflict);
    s3.trouble("PUT", "dev.json", conflict);
    s3.trouble("PUT", "dev.json", conflict);
    save(&s3.store(), "one").await.expect("saved in the end");
    for (status, code, fix) in [
        (404, "NoSuchBucket", "Create the bucket b"),
        (403, "AccessDenied", "s3:PutObject"),
        (503, "SlowDown", "Run this again later"),
    ] {
        s3.trouble("PUT", "dev.json.lock", Trouble::Refuse(status, code));
        let error = save(&s3.store(), "two").await.expect_err(code).diagnostic().to_string();
        assert!(error.contains(code) && error.contains(fix), "{error}");
    }
    assert_eq!(text(&s3.store()).await, "one");
}

#[test]
fn urls_are_checked() {
    assert_eq!(parse("s3://b/team/dev.json").expect("fits"), ("b", "team/dev.json"));
    for url in ["s3://", "s3://b", "s3://b/", "s3:///key", "s3://b/folder/"] {
        assert!(matches!(parse(url), Err(StateError::BadLocation { .. })), "{url}");
    }
}
