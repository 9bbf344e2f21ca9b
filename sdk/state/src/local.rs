//! A state in a file.
//!
//! | File | What |
//! |---|---|
//! | `dev.state.json` | the document |
//! | `dev.state.json.lock` | who has the lock; there only while it is held |
//! | `dev.state.json.new` | a document that is being written |
//! | `dev.state.json.backup.1` … `.5` | what each of the last five runs found, newest first |
//!
//! A save writes `.new`, has the disk confirm it, renames it over the document and has the disk confirm that. The lock
//! is the system's own on the open file, so that it ends with the process, however that ends.

mod lock;

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use self::lock::{Attempt, Lock, MODE};
use crate::backend::{Backend, Guard, Snapshot};
use crate::encoding;
use crate::error::StateError;
use crate::holder::Holder;

/// How many backups are kept.
const BACKUPS: usize = 5;

/// A state in a file.
#[derive(Clone, Debug)]
pub struct LocalBackend {
    path: PathBuf,
}

struct LocalGuard {
    files: Arc<Files>,
    lost: CancellationToken,
}

/// What a guard works on, shared with the thread that writes.
struct Files {
    backend: LocalBackend,
    lock: Lock,
    backed_up: AtomicBool,
}

impl LocalBackend {
    /// The state in the file of that path. The file need not exist; where the path is a link, what it leads to is meant.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { path: fs::canonicalize(&path).unwrap_or(path) }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    }

    fn backup(&self, number: usize) -> PathBuf {
        self.beside(&format!(".backup.{number}"))
    }

    fn error(&self, doing: &'static str, error: &io::Error) -> StateError {
        let fix = match error.kind() {
            ErrorKind::PermissionDenied => "Check who owns the file and its folder, and their permissions.",
            ErrorKind::StorageFull => "Make room on the disk, then run again.",
            _ => "Check the path, its folder and the disk.",
        };
        StateError::Io { location: self.location(), doing, what: error.to_string(), fix: fix.into() }
    }

    fn read_now(&self) -> Result<Option<Snapshot>, StateError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(Snapshot { version: version(&bytes), bytes })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.error("read", &error)),
        }
    }

    async fn lock_now(&self, holder: Holder) -> Result<Box<dyn Guard>, StateError> {
        let failed = |error| self.error("locked", &error);
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        match Lock::acquire(&self.beside(".lock"), &holder).await.map_err(failed)? {
            Attempt::Taken(lock) => {
                let files = Files { backend: self.clone(), lock, backed_up: AtomicBool::new(false) };
                Ok(Box::new(LocalGuard { files: Arc::new(files), lost: CancellationToken::new() }))
            }
            Attempt::HeldBy(by) => Err(StateError::Locked {
                location: self.location(),
                release: format!(
                    "Wait until it is done. A process that died holds no lock. If process {} hangs, end it, or take \
                     the lock away with `state unlock`.",
                    by.pid
                ),
                by: Box::new(by),
            }),
        }
    }
}

fn version(bytes: &[u8]) -> String {
    encoding::hex(&Sha256::digest(bytes))
}

impl Backend for LocalBackend {
    fn location(&self) -> String {
        self.path.display().to_string()
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        async { self.read_now() }.boxed()
    }

    fn lock(&self, holder: Holder) -> BoxFuture<'_, Result<Box<dyn Guard>, StateError>> {
        self.lock_now(holder).boxed()
    }

    fn holder(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>> {
        async { lock::holder(&self.beside(".lock")).await.map_err(|error| self.error("read", &error)) }.boxed()
    }

    fn unlock(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>> {
        async { lock::take_away(&self.beside(".lock")).await.map_err(|error| self.error("unlocked", &error)) }.boxed()
    }

    fn recovery(&self) -> BoxFuture<'_, String> {
        async {
            let sound = |number: &usize| fs::read(self.backup(*number)).is_ok_and(|b| encoding::decode(&b).is_ok());
            match (1..=BACKUPS).find(sound) {
                Some(number) => {
                    let backup = self.backup(number);
                    format!(
                        "{} is sound. Bring it back with `cp {0} {}`, then run `preview --refresh` to see what it \
                         does not know.",
                        backup.display(),
                        self.path.display()
                    )
                }
                None => format!(
                    "There is no sound backup at {}. Move the file away, and bring the objects into a new state with \
                     `import`.",
                    self.backup(1).display()
                ),
            }
        }
        .boxed()
    }
}

impl Files {
    fn write(&self, bytes: &[u8], replaces: Option<&str>) -> Result<String, StateError> {
        let lost = |what: &str| Err(StateError::Lost { location: self.backend.location(), what: what.into() });
        if !self.lock.is_ours() {
            return lost("another run released the lock");
        }
        let there = self.backend.read_now()?;
        if there.map(|snapshot| snapshot.version).as_deref() != replaces {
            return lost("the file is not the one that was read");
        }
        self.replace(bytes, replaces.is_some()).map_err(|error| self.backend.error("written", &error))?;
        Ok(version(bytes))
    }

    fn replace(&self, bytes: &[u8], exists: bool) -> io::Result<()> {
        let path = &self.backend.path;
        step();
        if exists && !self.backed_up.load(Ordering::Relaxed) {
            self.back_up()?;
            self.backed_up.store(true, Ordering::Relaxed);
        }
        let new = self.backend.beside(".new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&new)?;
        step();
        let (half, rest) = bytes.split_at(bytes.len() / 2);
        file.write_all(half)?;
        step();
        file.write_all(rest)?;
        step();
        file.sync_all()?;
        step();
        fs::rename(&new, path)?;
        step();
        sync_folder(path)?;
        step();
        Ok(())
    }

    /// Keeps what is there as the newest backup: another name of the same file, which a save leaves alone.
    fn back_up(&self) -> io::Result<()> {
        for number in (1..BACKUPS).rev() {
            match fs::rename(self.backend.backup(number), self.backend.backup(number + 1)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => step(),
            }
        }
        let (path, backup) = (&self.backend.path, self.backend.backup(1));
        if fs::hard_link(path, &backup).is_err() {
            fs::copy(path, &backup)?;
        }
        step();
        Ok(())
    }
}

/// Has the disk confirm the names in the folder of the file.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

impl Guard for LocalGuard {
    fn write<'a>(&'a self, bytes: Vec<u8>, replaces: Option<&'a str>) -> BoxFuture<'a, Result<String, StateError>> {
        async move {
            let (files, replaces) = (self.files.clone(), replaces.map(str::to_owned));
            let written = tokio::task::spawn_blocking(move || files.write(&bytes, replaces.as_deref())).await;
            let written = written.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
            if matches!(written, Err(StateError::Lost { .. })) {
                self.lost.cancel();
            }
            written
        }
        .boxed()
    }

    fn lost(&self) -> CancellationToken {
        self.lost.clone()
    }

    fn release(self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>> {
        async move { self.files.lock.release().map_err(|error| self.files.backend.error("unlocked", &error)) }.boxed()
    }
}

/// A point at which a process may die: the tests let it.
#[cfg(not(test))]
fn step() {}

#[cfg(test)]
use tests::step;

#[cfg(test)]
mod tests;
