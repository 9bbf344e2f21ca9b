//! A place where a state is kept.

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::error::StateError;
use crate::holder::Holder;

/// A place that keeps the bytes of one state, with a lock. [`Store`](crate::Store) is how documents get there.
pub trait Backend: Send + Sync {
    /// The place, as a person would write it, such as `s3://bucket/key`.
    fn location(&self) -> String;

    /// What is there; `None` where nothing ever was. Writes nothing.
    fn read(&self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>>;

    /// Takes the lock in the name of `holder`.
    ///
    /// # Errors
    /// [`StateError::Locked`] if another process has it.
    fn lock(&self, holder: Holder) -> BoxFuture<'_, Result<Box<dyn Guard>, StateError>>;

    /// Who has the lock. Writes nothing.
    fn holder(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>>;

    /// Takes the lock away from its holder, and returns the holder. What they write from then on is refused.
    fn unlock(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>>;

    /// How a person gets back what was there before: sentences that name the place of the backup.
    fn recovery(&self) -> BoxFuture<'_, String>;
}

/// A lock that is held. Dropping it gives it up where that takes no call, else lets it expire.
pub trait Guard: Send + Sync {
    /// Replaces what is there, all or nothing. `replaces` is the version that must be there, `None` for nothing.
    /// Returns the new version.
    ///
    /// # Errors
    /// [`StateError::Lost`] where the lock or the version is another one by now: then nothing was written.
    fn write<'a>(&'a self, bytes: Vec<u8>, replaces: Option<&'a str>) -> BoxFuture<'a, Result<String, StateError>>;

    /// Ends when the lock is found to be lost: start nothing new then.
    fn lost(&self) -> CancellationToken;

    /// Gives the lock up.
    fn release(self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>>;
}

/// What a place has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The place's own mark of this version, such as an `ETag`.
    pub version: String,
}
