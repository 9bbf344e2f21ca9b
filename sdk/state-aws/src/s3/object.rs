//! One object: read, put under a condition, removed; and what went wrong, by code.

use std::fmt;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use rosa_ecr_state::{Snapshot, StateError};

use crate::failure::failure;

/// How often a request that met another one on the same object is tried.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(100);

/// An object in a bucket.
#[derive(Clone, Debug)]
pub(super) struct Object {
    client: Client,
    bucket: String,
    key: String,
}

/// When a put is to be done.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    /// Always.
    None,
    /// If the object is not there.
    Absent,
    /// If the object has this `ETag`.
    Is(String),
}

/// What came of a put.
#[derive(Debug)]
pub(super) enum Put {
    /// It was done; the new `ETag`.
    Done(String),
    /// The condition does not hold; what is there instead.
    Refused(Option<Snapshot>),
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl Object {
    pub(super) fn new(client: Client, bucket: &str, key: String) -> Self {
        Self { client, bucket: bucket.to_owned(), key }
    }

    /// What is there.
    pub(super) async fn get(&self, doing: &'static str) -> Result<Option<Snapshot>, StateError> {
        let answer = match self.client.get_object().bucket(&self.bucket).key(&self.key).send().await {
            Ok(answer) => answer,
            Err(error) if code(&error) == Some("NoSuchKey") => return Ok(None),
            Err(error) => return Err(self.error(doing, &error)),
        };
        let Some(version) = answer.e_tag else {
            let what = "the store gives no ETag, without which writes cannot be conditional".into();
            return Err(StateError::Io { location: self.to_string(), doing, what, fix: String::new() });
        };
        let bytes = answer.body.collect().await.map_err(|error| StateError::Io {
            location: self.to_string(),
            doing,
            what: format!("the answer broke off: {error}"),
            fix: "Run again.".into(),
        })?;
        Ok(Some(Snapshot { bytes: bytes.to_vec(), version }))
    }

    /// Puts the bytes there, if the condition holds.
    pub(super) async fn put(&self, bytes: Vec<u8>, condition: Condition) -> Result<Put, StateError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let put = self.client.put_object().bucket(&self.bucket).key(&self.key);
            let put = match &condition {
                Condition::None => put,
                Condition::Absent => put.if_none_match("*"),
                Condition::Is(version) => put.if_match(version),
            };
            let body = ByteStream::from(bytes.clone());
            let error = match put.content_type("application/json").body(body).send().await {
                Ok(answer) => match answer.e_tag {
                    Some(version) => return Ok(Put::Done(version)),
                    None => return self.read_back(&bytes).await,
                },
                Err(error) => error,
            };
            match code(&error) {
                // Also the answer to a put that was sent twice and done the first time.
                Some("PreconditionFailed" | "NoSuchKey") => return self.read_back(&bytes).await,
                Some("ConditionalRequestConflict" | "OperationAborted") if tries < TRIES => {
                    tokio::time::sleep(PAUSE * 2_u32.pow(tries - 1)).await;
                }
                _ if is_open(&error) => match self.get("written").await {
                    Ok(Some(there)) if there.bytes == bytes => return Ok(Put::Done(there.version)),
                    _ => return Err(self.error("written", &error)),
                },
                _ => return Err(self.error("written", &error)),
            }
        }
    }

    /// Whether these bytes are there, whatever the answer to the put was.
    async fn read_back(&self, bytes: &[u8]) -> Result<Put, StateError> {
        match self.get("written").await? {
            Some(there) if there.bytes == bytes => Ok(Put::Done(there.version)),
            there => Ok(Put::Refused(there)),
        }
    }

    /// Removes the object; with a version, only that one. Another one, or none, is left as it is.
    pub(super) async fn remove(&self, version: Option<String>) -> Result<(), StateError> {
        let delete = self.client.delete_object().bucket(&self.bucket).key(&self.key).set_if_match(version);
        match delete.send().await {
            Err(error) if !matches!(code(&error), Some("PreconditionFailed" | "NoSuchKey")) => {
                Err(self.error("unlocked", &error))
            }
            _ => Ok(()),
        }
    }

    fn error<E>(&self, doing: &'static str, error: &SdkError<E, HttpResponse>) -> StateError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let action = match doing {
            "read" => "s3:GetObject",
            "unlocked" => "s3:DeleteObject",
            _ => "s3:PutObject",
        };
        let (what, fix) = failure(action, self.client.config().region(), error);
        let fix = match code(error) {
            Some("NoSuchBucket") => {
                format!("Create the bucket {}, with versioning on, or name another one.", self.bucket)
            }
            Some("AccessDenied" | "AllAccessDisabled") => format!(
                "Allow s3:GetObject, s3:PutObject and s3:DeleteObject on {self}* and s3:ListBucket on the bucket.",
            ),
            Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
                "Set AWS_REGION to the region of the bucket.".into()
            }
            _ => fix,
        };
        StateError::Io { location: self.to_string(), doing, what, fix }
    }
}

/// The code of a refusal.
fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// Whether the request may have been done all the same.
fn is_open<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::ServiceError(answer) => answer.raw().status().as_u16() >= 500,
        _ => true,
    }
}
