//! A state in S3, or in any store that honours conditional requests.
//!
//! | Object | What |
//! |---|---|
//! | `dev.json` | the document |
//! | `dev.json.lock` | who has the lock, renewed while they have it; there only then |
//! | `dev.json.backup` | what the last run that saved had found |
//!
//! Every write is conditional: the lock is made with `If-None-Match: *`, renewed and taken over with `If-Match`, and the
//! document is put with `If-Match` on the version that was read. So a writer that lost its lock cannot overwrite what
//! its successor wrote, whatever its clock shows. Where an answer is lost, the object is read back and compared.
//!
//! IAM actions: `s3:GetObject`, `s3:PutObject`, `s3:DeleteObject` on the objects, `s3:ListBucket` on the bucket (without
//! it, S3 does not distinguish an object that does not exist from one that is forbidden).

mod lock;
mod object;

use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation, ResponseChecksumValidation};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_state::{Backend, Guard, Holder, Snapshot, StateError, is_sound};
use tokio_util::sync::CancellationToken;

use self::lock::{Lease, LockObject, TIMES, Times};
use self::object::{Condition, Object, Put};
use crate::clients;

/// A state in a bucket.
#[derive(Clone, Debug)]
pub struct S3Backend {
    state: Object,
    lock: LockObject,
    backup: Object,
}

struct S3Guard {
    backend: S3Backend,
    lease: Lease,
    backed_up: AtomicBool,
}

impl S3Backend {
    /// The state at `s3://bucket/key`, with credentials, region and endpoint (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`)
    /// from the environment and the profile.
    ///
    /// # Errors
    /// Where that is no such URL.
    pub async fn from_environment(url: &str) -> Result<Self, StateError> {
        let (bucket, key) = parse(url)?;
        let shared = clients::shared().await;
        let named = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].iter().any(|name| std::env::var_os(name).is_some());
        let builder = Builder::from(&shared).force_path_style(named || shared.endpoint_url().is_some());
        Ok(Self::new(Client::from_conf(careful(builder).build()), bucket, key, TIMES))
    }

    fn new(client: Client, bucket: &str, key: &str, times: Times) -> Self {
        let object = |suffix| Object::new(client.clone(), bucket, format!("{key}{suffix}"));
        Self { state: object(""), lock: LockObject::new(object(".lock"), times), backup: object(".backup") }
    }
}

/// Checksums in trailers are what other stores than S3 stumble over; a document has a checksum of its own.
fn careful(builder: Builder) -> Builder {
    builder
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
}

fn parse(url: &str) -> Result<(&str, &str), StateError> {
    let bad = |what: &str| StateError::BadLocation { location: url.to_owned(), what: what.into() };
    let rest = url.strip_prefix("s3://").ok_or_else(|| bad("it does not begin with s3://"))?;
    match rest.split_once('/') {
        Some(("", _)) => Err(bad("it has no bucket")),
        Some((bucket, key)) if !key.is_empty() && !key.ends_with('/') => Ok((bucket, key)),
        _ => Err(bad("it has no key behind the bucket")),
    }
}

impl Backend for S3Backend {
    fn location(&self) -> String {
        self.state.to_string()
    }

    fn read(&self) -> BoxFuture<'_, Result<Option<Snapshot>, StateError>> {
        self.state.get("read").boxed()
    }

    fn lock(&self, holder: Holder) -> BoxFuture<'_, Result<Box<dyn Guard>, StateError>> {
        async move {
            match self.lock.acquire(holder).await? {
                Ok(lease) => {
                    let backed_up = AtomicBool::new(false);
                    Ok(Box::new(S3Guard { backend: self.clone(), lease, backed_up }) as Box<dyn Guard>)
                }
                Err(by) => Err(StateError::Locked {
                    location: self.location(),
                    release: format!(
                        "Wait until it is done. The lock of a process that died is taken over {} seconds after its \
                         last sign of life; `state unlock` takes it away at once.",
                        self.lock.expiry().as_secs()
                    ),
                    by: Box::new(by),
                }),
            }
        }
        .boxed()
    }

    fn holder(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>> {
        self.lock.holder().boxed()
    }

    fn unlock(&self) -> BoxFuture<'_, Result<Option<Holder>, StateError>> {
        self.lock.take_away().boxed()
    }

    fn recovery(&self) -> BoxFuture<'_, String> {
        async {
            match self.backup.get("read").await {
                Ok(Some(backup)) if is_sound(&backup.bytes) => format!(
                    "{0} is sound. Bring it back with `aws s3 cp {0} {1}`, then run `preview --refresh` to see what it \
                     does not know.",
                    self.backup, self.state
                ),
                _ => format!(
                    "There is no sound backup at {}. If the bucket keeps versions, bring an earlier version of {} back.",
                    self.backup, self.state
                ),
            }
        }
        .boxed()
    }
}

impl S3Guard {
    async fn write_now(&self, bytes: Vec<u8>, replaces: Option<&str>) -> Result<String, StateError> {
        let lost = |what: &str| {
            self.lease.lost().cancel();
            Err(StateError::Lost { location: self.backend.location(), what: what.into() })
        };
        if self.lease.lost().is_cancelled() || !self.lease.is_ours().await? {
            return lost("another run released the lock, or it expired");
        }
        if let Some(version) = replaces
            && !self.backed_up.load(Ordering::Relaxed)
        {
            match self.backend.state.get("read").await? {
                Some(found) if found.version == version => {
                    self.backend.backup.put(found.bytes, Condition::None).await?;
                }
                _ => return lost("the object is not the one that was read"),
            }
            self.backed_up.store(true, Ordering::Relaxed);
        }
        let condition = replaces.map_or(Condition::Absent, |version| Condition::Is(version.to_owned()));
        match self.backend.state.put(bytes, condition).await? {
            Put::Done(version) => Ok(version),
            Put::Refused(_) => lost("the object is not the one that was read"),
        }
    }
}

impl Guard for S3Guard {
    fn write<'a>(&'a self, bytes: Vec<u8>, replaces: Option<&'a str>) -> BoxFuture<'a, Result<String, StateError>> {
        self.write_now(bytes, replaces).boxed()
    }

    fn lost(&self) -> CancellationToken {
        self.lease.lost()
    }

    fn release(self: Box<Self>) -> BoxFuture<'static, Result<(), StateError>> {
        async move { self.lease.release().await }.boxed()
    }
}

#[cfg(test)]
mod tests;
