//! The lock file: the system's lock is whether it is held, the contents are by whom.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::holder::Holder;

/// Owner only: a state reveals much about an account.
pub(super) const MODE: u32 = 0o600;

/// How often and how long to look again for the name of the process that has just taken the lock.
const LOOKS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// A lock that is held as long as the file is open.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: File,
}

/// What came of an attempt.
#[derive(Debug)]
pub(super) enum Attempt {
    Taken(Lock),
    HeldBy(Holder),
}

impl Lock {
    /// Takes the lock, or returns its holder.
    pub(super) async fn acquire(path: &Path, holder: &Holder) -> io::Result<Attempt> {
        loop {
            let mut file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(MODE).open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => match named(path).await? {
                    Some(by) => return Ok(Attempt::HeldBy(by)),
                    // It was given up in between.
                    None => continue,
                },
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // The last holder may have removed the file between the opening and the locking.
            if !is_at(&file, path) {
                continue;
            }
            file.set_len(0)?;
            file.write_all(&serde_json::to_vec(holder).expect("a holder is plain data"))?;
            return Ok(Attempt::Taken(Self { path: path.to_owned(), file }));
        }
    }

    /// Whether it was not taken away.
    pub(super) fn is_ours(&self) -> bool {
        is_at(&self.file, &self.path)
    }

    /// Removes the file while the lock is still held.
    pub(super) fn release(&self) -> io::Result<()> {
        if self.is_ours() { fs::remove_file(&self.path) } else { Ok(()) }
    }
}

/// However a run ends, short of being killed, no file is left. Closing it ends the system's lock.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.release();
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(there)) = (file.metadata(), fs::metadata(path)) else { return false };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

/// Who has the lock.
pub(super) async fn holder(path: &Path) -> io::Result<Option<Holder>> {
    named(path).await
}

/// Removes the lock, no matter which process holds it.
pub(super) async fn take_away(path: &Path) -> io::Result<Option<Holder>> {
    let by = named(path).await?;
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(by),
    }
}

/// Who has the lock; `None` if it is free. A process that has just taken it may not have written its name yet.
async fn named(path: &Path) -> io::Result<Option<Holder>> {
    for _ in 0..LOOKS {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match file.try_lock_shared() {
            Ok(()) => return Ok(None),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        if let Ok(holder) = serde_json::from_str(&text) {
            return Ok(Some(holder));
        }
        tokio::time::sleep(PAUSE).await;
    }
    let since = fs::metadata(path).and_then(|metadata| metadata.modified());
    let since = since.map_or_else(|_| OffsetDateTime::now_utc(), OffsetDateTime::from);
    Ok(Some(Holder { id: Uuid::nil(), who: "unknown".into(), pid: 0, operation: "unknown".into(), since }))
}
