//! The keys of secrets in AWS KMS.
//!
//! IAM actions: `kms:GenerateDataKey` and `kms:Decrypt` on the key.

use aws_sdk_kms::Client;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_state::{DataKey, KeyError, KeyService, Keys, NewDataKey};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::clients;
use crate::failure::failure;

/// The encryption context: a data key opens for the state that it was made for.
const CONTEXT: &str = "rosa-ecr:lineage";

/// Keys in AWS KMS.
#[derive(Clone, Debug, Default)]
pub struct Kms {
    /// Made of the environment and the profile at the first call, unless given.
    client: OnceCell<Client>,
}

/// The key that the environment names: a passphrase, or a key in AWS KMS (`ROSA_ECR_SECRETS_KEY`).
pub fn environment_keys() -> Keys {
    Keys::environment().with_service(Kms::default())
}

impl Kms {
    /// Keys that this client reaches.
    pub fn new(client: Client) -> Self {
        Self { client: OnceCell::new_with(Some(client)) }
    }

    async fn client(&self) -> &Client {
        self.client.get_or_init(|| async { Client::new(&clients::shared().await) }).await
    }

    async fn generate_now(&self, key: &str, lineage: Uuid) -> Result<NewDataKey, KeyError> {
        let call = self.client().await.generate_data_key().key_id(key).key_spec(DataKeySpec::Aes256);
        let answer = call.encryption_context(CONTEXT, lineage.to_string()).send().await;
        let answer = answer.map_err(|error| self.refused("kms:GenerateDataKey", key, &error))?;
        let plain = answer.plaintext.as_ref().and_then(|bytes| DataKey::from_bytes(bytes.as_ref()));
        match (answer.ciphertext_blob, plain) {
            (Some(sealed), Some(plain)) => Ok(NewDataKey { plain, sealed: sealed.into_inner() }),
            _ => Err(empty("kms:GenerateDataKey", key)),
        }
    }

    async fn open_now(&self, key: &str, sealed: &[u8], lineage: Uuid) -> Result<DataKey, KeyError> {
        let call = self.client().await.decrypt().key_id(key).ciphertext_blob(Blob::new(sealed));
        let answer = call.encryption_context(CONTEXT, lineage.to_string()).send().await;
        let answer = answer.map_err(|error| self.refused("kms:Decrypt", key, &error))?;
        let opened = answer.plaintext.as_ref().and_then(|bytes| DataKey::from_bytes(bytes.as_ref()));
        opened.ok_or_else(|| empty("kms:Decrypt", key))
    }

    /// What an error of KMS is, and what to do about it.
    fn refused<E>(&self, action: &str, key: &str, error: &SdkError<E, HttpResponse>) -> KeyError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let region = self.client.get().and_then(|client| client.config().region());
        let (what, fix) = failure(action, region, error);
        let fix = match error.as_service_error().and_then(ProvideErrorMetadata::code) {
            Some("NotFoundException") => "Check the key's id or alias, AWS_REGION and the account.".into(),
            Some("DisabledException" | "KMSInvalidStateException") => "Enable the key.".into(),
            _ => fix,
        };
        KeyError { what: format!("the key {key}: {what}"), fix }
    }
}

impl KeyService for Kms {
    fn generate<'a>(&'a self, key: &'a str, lineage: Uuid) -> BoxFuture<'a, Result<NewDataKey, KeyError>> {
        self.generate_now(key, lineage).boxed()
    }

    fn open<'a>(&'a self, key: &'a str, sealed: &'a [u8], lineage: Uuid) -> BoxFuture<'a, Result<DataKey, KeyError>> {
        self.open_now(key, sealed, lineage).boxed()
    }
}

fn empty(action: &str, key: &str) -> KeyError {
    KeyError { what: format!("{action} with {key} answered without a key"), fix: "Run again.".into() }
}

#[cfg(test)]
mod tests;
