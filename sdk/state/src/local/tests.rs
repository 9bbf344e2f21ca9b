use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::AtomicU32;

use rosa_ecr_model::Resolved;
use tempfile::TempDir;

use super::*;
use crate::{Contents, Document, Store};

/// At which step the process kills itself; 0 for never.
const DIE_AT: &str = "ROSA_ECR_TEST_DIE_AT";
const STATE: &str = "ROSA_ECR_TEST_STATE";

pub(super) fn step() {
    static STEPS: AtomicU32 = AtomicU32::new(0);
    static LAST: LazyLock<u32> =
        LazyLock::new(|| std::env::var(DIE_AT).ok().and_then(|step| step.parse().ok()).unwrap_or(0));
    if *LAST > 0 && STEPS.fetch_add(1, Ordering::SeqCst) + 1 == *LAST {
        let this = rustix::process::getpid();
        rustix::process::kill_process(this, rustix::process::Signal::KILL).expect("a process may kill itself");
    }
}

fn place() -> (TempDir, LocalBackend, Store) {
    let folder = TempDir::new().expect("a folder");
    let backend = LocalBackend::new(folder.path().join("dev.state.json"));
    let store = Store::new("dev", Arc::new(backend.clone()));
    (folder, backend, store)
}

/// Large enough that no write is one page.
fn document(text: &str) -> Document {
    let mut document = Document::new("dev");
    document.outputs.insert("text".into(), Contents::new(&Resolved::plain(text.repeat(20_000).into())));
    document
}

async fn save(store: &Store, text: &str) {
    let (session, document_before) = store.lock("up").await.expect("free");
    let mut next = document(text);
    if let Some(before) = document_before {
        (next.lineage, next.serial) = (before.lineage, before.serial);
    }
    session.save(&mut next).await.expect("saved");
    session.release().await.expect("released");
}

fn text(document: &Document) -> &str {
    &document.outputs["text"].reveal().as_str().expect("text")[..3]
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_saved_is_loaded_and_each_run_leaves_a_backup() {
    let (folder, _, store) = place();
    assert!(store.load().await.expect("readable").is_none());
    assert!(names(&folder).is_empty(), "reading writes nothing");
    for run in 1..=7 {
        save(&store, &format!("n{run} ")).await;
    }
    let loaded = store.load().await.expect("readable").expect("saved");
    assert_eq!((text(&loaded), loaded.serial), ("n7 ", 7));
    let backups = (1..=5).map(|number| format!("dev.state.json.backup.{number}"));
    assert_eq!(names(&folder), std::iter::once("dev.state.json".to_owned()).chain(backups).collect::<Vec<_>>());
    let newest = fs::read(folder.path().join("dev.state.json.backup.1")).expect("a backup");
    assert_eq!(encoding::decode(&newest).expect("sound").state.serial, 6);
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(store.location()).expect("a file"));
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn one_of_two_has_the_lock_and_the_other_says_who() {
    let (folder, backend, store) = place();
    let (session, _) = store.lock("up").await.expect("free");
    let error = store.lock("destroy").await.map(|_| ()).expect_err("locked");
    let message = error.diagnostic().to_string();
    let StateError::Locked { by, .. } = error else { panic!("{error:?}") };
    assert_eq!((by.pid, by.operation.as_str()), (std::process::id(), "up"));
    assert!(message.contains(&by.to_string()) && message.contains("state unlock"), "{message}");
    assert_eq!(store.holder().await.expect("readable"), Some(*by));
    session.release().await.expect("released");
    assert_eq!(backend.holder().await.expect("readable"), None);
    assert!(names(&folder).is_empty());
}

#[tokio::test]
async fn a_lock_that_was_taken_away_writes_nothing() {
    let (_folder, _, store) = place();
    let (robbed, _) = store.lock("up").await.expect("free");
    assert!(store.unlock().await.expect("possible").is_some());
    save(&store, "new").await;
    let error = robbed.save(&mut document("old")).await.expect_err("lost");
    assert!(matches!(error, StateError::Lost { .. }), "{error:?}");
    assert!(robbed.lost().is_cancelled());
    robbed.release().await.expect("nothing to do");
    assert_eq!(text(&store.load().await.expect("readable").expect("saved")), "new");
}

#[tokio::test]
async fn a_file_that_changed_under_the_lock_is_not_overwritten() {
    let (_folder, _, store) = place();
    save(&store, "one").await;
    let (session, _) = store.lock("up").await.expect("free");
    fs::write(store.location(), "by hand").expect("written");
    let error = session.save(&mut document("two")).await.expect_err("changed");
    assert!(matches!(error, StateError::Lost { .. }), "{error:?}");
    assert_eq!(fs::read(store.location()).expect("a file"), b"by hand");
}

#[tokio::test]
async fn a_damaged_state_is_refused_and_names_the_backup() {
    let (folder, _, store) = place();
    save(&store, "one").await;
    save(&store, "two").await;
    let sound = fs::read_to_string(store.location()).expect("a file");
    for damaged in [&sound[..sound.len() / 2], "", &sound.replacen("two", "twe", 1)] {
        fs::write(store.location(), damaged).expect("written");
        for error in [store.load().await.map(|_| ()), store.lock("up").await.map(|_| ())] {
            let error = error.expect_err("damaged");
            assert!(matches!(error, StateError::Damaged { .. }), "{error:?}");
            let message = error.diagnostic().to_string();
            assert!(message.contains("dev.state.json.backup.1 is sound") && message.contains("`cp "), "{message}");
        }
    }
    assert_eq!(names(&folder), ["dev.state.json", "dev.state.json.backup.1"], "no lock is left");
    fs::copy(folder.path().join("dev.state.json.backup.1"), store.location()).expect("copied");
    assert_eq!(text(&store.load().await.expect("readable").expect("saved")), "one");
}

#[tokio::test]
async fn a_process_killed_at_any_step_leaves_the_old_or_the_new_document_and_no_lock() {
    let mut outcomes = Vec::new();
    for step in 1.. {
        let (_folder, _, store) = place();
        save(&store, "older").await;
        save(&store, "old").await;
        let status = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "local::tests::child", "--ignored"])
            .env(DIE_AT, step.to_string())
            .env(STATE, store.location())
            .stdout(std::process::Stdio::null())
            .status()
            .expect("it starts");
        let loaded = store.load().await.expect("never torn").expect("there");
        outcomes.push(text(&loaded).to_owned());
        let newest = fs::read(format!("{}.backup.1", store.location()));
        let newest = newest.map(|bytes| encoding::decode(&bytes).expect("sound").state.serial);
        assert!(matches!(newest, Ok(1 | 2)) || newest.is_err(), "{newest:?}");
        save(&store, "next").await;
        assert_eq!(text(&store.load().await.expect("readable").expect("saved")), "nex");
        if status.success() {
            break;
        }
    }
    let old = outcomes.iter().take_while(|text| *text == "old").count();
    assert!(outcomes[old..].iter().all(|text| text == "new"), "{outcomes:?}");
    assert!(old >= 8 && outcomes.len() - old >= 3, "not every step was tried: {outcomes:?}");
}

#[tokio::test]
#[ignore = "a process of the test above, which kills it"]
async fn child() {
    let store = Store::new("dev", Arc::new(LocalBackend::new(std::env::var(STATE).expect("given"))));
    save(&store, "new").await;
}
