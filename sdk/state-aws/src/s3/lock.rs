//! The lock object, and the lease of its holder.

use std::time::Duration;

use rosa_ecr_state::{Holder, Snapshot, StateError};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::object::{Condition, Object, Put};

/// How often a lock is renewed, and when it counts as left behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// From one renewal to the next.
    pub renewal: Duration,
    /// Without a renewal for so long, a lock may be taken over.
    pub expiry: Duration,
    /// How long a lock that looks left behind is watched for a renewal, because clocks differ. Longer than `renewal`.
    pub watch: Duration,
}

pub(super) const TIMES: Times =
    Times { renewal: Duration::from_secs(10), expiry: Duration::from_secs(60), watch: Duration::from_secs(15) };

/// The object that is there while the lock is held.
#[derive(Clone, Debug)]
pub(super) struct LockObject {
    object: Object,
    times: Times,
}

/// What is in it.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    holder: Holder,
    #[serde(with = "time::serde::rfc3339")]
    renewed: OffsetDateTime,
    expires_after_seconds: u64,
}

/// A lock that is held and renewed. Dropped without a release, it expires.
pub(super) struct Lease {
    lock: LockObject,
    holder: Holder,
    lost: CancellationToken,
    renewal: JoinHandle<()>,
}

impl LockObject {
    pub(super) fn new(object: Object, times: Times) -> Self {
        Self { object, times }
    }

    pub(super) fn expiry(&self) -> Duration {
        self.times.expiry
    }

    /// Takes the lock, or returns its holder.
    pub(super) async fn acquire(&self, holder: Holder) -> Result<Result<Lease, Holder>, StateError> {
        loop {
            let there = match self.put(&holder, Condition::Absent).await? {
                Put::Done(version) => return Ok(Ok(self.lease(holder, version))),
                Put::Refused(there) => there,
            };
            // It was given up in between.
            let Some(there) = there else { continue };
            if self.is_alive(&there).await? {
                return Ok(Err(by(&there)));
            }
            match self.put(&holder, Condition::Is(there.version)).await? {
                Put::Done(version) => return Ok(Ok(self.lease(holder, version))),
                Put::Refused(Some(there)) => return Ok(Err(by(&there))),
                Put::Refused(None) => {}
            }
        }
    }

    pub(super) async fn holder(&self) -> Result<Option<Holder>, StateError> {
        Ok(self.object.get("read").await?.as_ref().map(by))
    }

    pub(super) async fn take_away(&self) -> Result<Option<Holder>, StateError> {
        let there = self.object.get("unlocked").await?;
        if there.is_some() {
            self.object.remove(None).await?;
        }
        Ok(there.as_ref().map(by))
    }

    /// Whether the lock is renewed. Clocks differ: one that looks left behind is watched for a while.
    async fn is_alive(&self, there: &Snapshot) -> Result<bool, StateError> {
        if let Ok(record) = serde_json::from_slice::<Record>(&there.bytes) {
            let expiry = Duration::from_secs(record.expires_after_seconds);
            if OffsetDateTime::now_utc() - record.renewed < expiry {
                return Ok(true);
            }
        }
        tokio::time::sleep(self.times.watch).await;
        Ok(self.object.get("locked").await?.is_some_and(|now| now.version != there.version))
    }

    async fn put(&self, holder: &Holder, condition: Condition) -> Result<Put, StateError> {
        let record = Record {
            holder: holder.clone(),
            renewed: OffsetDateTime::now_utc(),
            expires_after_seconds: self.times.expiry.as_secs(),
        };
        self.object.put(serde_json::to_vec(&record).expect("a record is plain data"), condition).await
    }

    fn lease(&self, holder: Holder, version: String) -> Lease {
        let lost = CancellationToken::new();
        let renewal = tokio::spawn(self.clone().renew(holder.clone(), version, lost.clone()));
        Lease { lock: self.clone(), holder, lost, renewal }
    }

    /// Renews until the lock is another's, or has expired because nothing got through.
    async fn renew(self, holder: Holder, mut version: String, lost: CancellationToken) {
        let mut renewed = Instant::now();
        while !lost.is_cancelled() {
            tokio::time::sleep(self.times.renewal).await;
            let begun = Instant::now();
            let put = self.put(&holder, Condition::Is(version.clone()));
            // An answer after the expiry comes too late.
            match tokio::time::timeout_at(renewed + self.times.expiry, put).await {
                Ok(Ok(Put::Done(new))) => {
                    version = new;
                    renewed = begun;
                }
                Ok(Ok(Put::Refused(_))) | Err(_) => lost.cancel(),
                Ok(Err(error)) => tracing::warn!(%error, "the lock was not renewed"),
            }
        }
    }
}

impl Lease {
    pub(super) fn lost(&self) -> CancellationToken {
        self.lost.clone()
    }

    /// Whether the lock is still in our name.
    pub(super) async fn is_ours(&self) -> Result<bool, StateError> {
        Ok(self.lock.holder().await?.as_ref() == Some(&self.holder))
    }

    pub(super) async fn release(self) -> Result<(), StateError> {
        self.renewal.abort();
        // A renewal that was on its way may still arrive, and then what was read is not what is there.
        for _ in 0..3 {
            match self.lock.object.get("unlocked").await? {
                Some(there) if by(&there) == self.holder => self.lock.object.remove(Some(there.version)).await?,
                _ => break,
            }
        }
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

/// Whose lock that is.
fn by(there: &Snapshot) -> Holder {
    serde_json::from_slice(&there.bytes).map_or_else(
        |_| Holder {
            id: Uuid::nil(),
            who: "unknown".into(),
            pid: 0,
            operation: "unknown".into(),
            since: OffsetDateTime::UNIX_EPOCH,
        },
        |record: Record| record.holder,
    )
}
