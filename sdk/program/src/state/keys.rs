//! Where the key of the secrets comes from: a passphrase, or a key in AWS KMS.
//!
//! The secrets of a document are sealed with a data key, and the data key, itself sealed, is in the document. So a wrong
//! passphrase is found out before anything else. After a change of passphrase, or of the key in KMS, the next run that
//! saves seals everything with a new data key.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use rosa_ecr_model::Secret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clients;
use super::encoding;
use super::error::StateError;
use super::sealing::DataKey;
use super::unanswered;

/// The environment variable with the passphrase.
const PASSPHRASE: &str = "ROSA_ECR_PASSPHRASE";
/// The environment variable with the passphrase that it had before.
const OLD_PASSPHRASE: &str = "ROSA_ECR_OLD_PASSPHRASE";
/// The environment variable that names a key in KMS.
const SECRETS_KEY: &str = "ROSA_ECR_SECRETS_KEY";
/// What a data key is bound to, besides the lineage.
const PLACE: &str = "data-key";
/// The encryption context in KMS.
const CONTEXT: &str = "rosa-ecr:lineage";
/// Memory (KiB), passes and lanes of argon2id: the first choice of RFC 9106 for little memory.
const COST: (u32, u32, u32) = (64 * 1024, 3, 4);

/// Where the key of the secrets comes from.
#[derive(Clone)]
pub struct Keys(Source);

#[derive(Clone)]
enum Source {
    Environment,
    Given(Given),
}

/// What seals and opens data keys.
#[derive(Clone, Default)]
struct Given {
    passphrase: Option<Secret>,
    /// Opens what `passphrase` does not.
    old_passphrase: Option<Secret>,
    kms: Option<Kms>,
}

#[derive(Clone, Debug)]
struct Kms {
    client: aws_sdk_kms::Client,
    /// A key id, an ARN, or `alias/…`.
    key: String,
}

/// A data key, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sealed_with", rename_all = "snake_case")]
pub(super) enum Envelope {
    Passphrase {
        #[serde(with = "encoding::base64")]
        salt: Vec<u8>,
        memory_kib: u32,
        passes: u32,
        lanes: u32,
        #[serde(with = "encoding::base64")]
        data_key: Vec<u8>,
    },
    Kms {
        key: String,
        #[serde(with = "encoding::base64")]
        data_key: Vec<u8>,
    },
}

/// By hand: nothing of a passphrase is shown.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

/// From the environment.
impl Default for Keys {
    fn default() -> Self {
        Self(Source::Environment)
    }
}

impl Keys {
    /// None: a document with secrets is neither written nor read.
    pub fn none() -> Self {
        Self(Source::Given(Given::default()))
    }

    /// A passphrase.
    pub fn passphrase(passphrase: impl Into<String>) -> Self {
        Self(Source::Given(Given { passphrase: Some(Secret::from(passphrase.into())), ..Given::default() }))
    }

    /// A new passphrase, and the one that it replaces.
    pub fn new_passphrase(passphrase: impl Into<String>, old: impl Into<String>) -> Self {
        let (passphrase, old) = (Secret::from(passphrase.into()), Secret::from(old.into()));
        Self(Source::Given(Given { passphrase: Some(passphrase), old_passphrase: Some(old), kms: None }))
    }

    /// A key in KMS: its id, its ARN, or `alias/…`.
    pub fn kms(client: aws_sdk_kms::Client, key: impl Into<String>) -> Self {
        Self(Source::Given(Given { kms: Some(Kms { client, key: key.into() }), ..Given::default() }))
    }

    /// What the environment says, once it is needed.
    async fn settle(&self, location: &str) -> Result<Given, StateError> {
        if let Source::Given(given) = &self.0 {
            return Ok(given.clone());
        }
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let kms = match set(SECRETS_KEY) {
            Some(url) => {
                let key = url.strip_prefix("kms://").filter(|key| !key.is_empty());
                let key = key.ok_or_else(|| StateError::UnusableKey {
                    location: location.to_owned(),
                    what: format!("{SECRETS_KEY} is {url:?}, which names no key"),
                    fix: "Give it a key in AWS KMS, such as kms://alias/rosa-ecr or kms://<key id>.".into(),
                })?;
                Some(Kms { client: client().await, key: key.to_owned() })
            }
            None => None,
        };
        let [passphrase, old_passphrase] = [PASSPHRASE, OLD_PASSPHRASE].map(|name| set(name).map(Secret::from));
        Ok(Given { passphrase, old_passphrase, kms })
    }

    /// A new data key, sealed; `None` where there is nothing to seal it with.
    pub(super) async fn seal_new(
        &self,
        location: &str,
        lineage: Uuid,
    ) -> Result<Option<(Envelope, DataKey)>, StateError> {
        match self.settle(location).await? {
            Given { kms: Some(kms), .. } => kms.generate(location, lineage).await.map(Some),
            Given { passphrase: Some(passphrase), .. } => {
                let (key, bytes) = DataKey::generate();
                let (salt, cost) = (Uuid::new_v4().as_bytes().to_vec(), COST);
                let wrapping = stretch(&passphrase, &salt, cost).expect("these costs are in range");
                let data_key = wrapping.seal(&bytes, &format!("{lineage}/{PLACE}"));
                let (memory_kib, passes, lanes) = cost;
                Ok(Some((Envelope::Passphrase { salt, memory_kib, passes, lanes, data_key }, key)))
            }
            Given { .. } => Ok(None),
        }
    }

    /// Opens a data key. The flag says whether it is sealed with what a new one would be sealed with.
    pub(super) async fn open(
        &self,
        envelope: &Envelope,
        location: &str,
        lineage: Uuid,
    ) -> Result<(DataKey, bool), StateError> {
        let missing = |what: &str| StateError::NoKey { location: location.to_owned(), what: what.into() };
        let Given { passphrase, old_passphrase, kms } = self.settle(location).await?;
        match envelope {
            Envelope::Passphrase { salt, memory_kib, passes, lanes, data_key } => {
                let opened_with = |passphrase: &Secret| {
                    stretch(passphrase, salt, (*memory_kib, *passes, *lanes))
                        .and_then(|wrapping| wrapping.open(data_key, &format!("{lineage}/{PLACE}")))
                        .and_then(|bytes| DataKey::from_bytes(&bytes))
                };
                if let Some(key) = passphrase.as_ref().and_then(opened_with) {
                    return Ok((key, kms.is_none()));
                }
                if let Some(key) = old_passphrase.as_ref().and_then(opened_with) {
                    return Ok((key, false));
                }
                if passphrase.or(old_passphrase).is_none() {
                    return Err(missing("its secrets are sealed with a passphrase"));
                }
                Err(StateError::WrongKey {
                    location: location.to_owned(),
                    what: "the passphrase is not the one that its secrets are sealed with".into(),
                    fix: format!(
                        "Set {PASSPHRASE} to that passphrase. To change it, set {OLD_PASSPHRASE} to it for one run."
                    ),
                })
            }
            Envelope::Kms { key, data_key } => {
                let wanted = kms.as_ref().map_or(passphrase.is_none(), |kms| kms.key == *key);
                let client = match kms {
                    Some(kms) => kms.client,
                    None => client().await,
                };
                let opened = Kms { client, key: key.clone() }.decrypt(data_key, location, lineage).await?;
                Ok((opened, wanted))
            }
        }
    }
}

async fn client() -> aws_sdk_kms::Client {
    aws_sdk_kms::Client::new(&clients::shared().await)
}

/// A key from a passphrase. `None` where the costs, which were read, are out of range.
fn stretch(passphrase: &Secret, salt: &[u8], (memory_kib, passes, lanes): (u32, u32, u32)) -> Option<DataKey> {
    // A document must not make its reader use up the machine.
    if memory_kib > 1024 * 1024 || passes > 64 {
        return None;
    }
    let parameters = Params::new(memory_kib, passes, lanes, Some(32)).ok()?;
    let mut key = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    argon2.hash_password_into(passphrase.expose().as_bytes(), salt, &mut key).ok()?;
    DataKey::from_bytes(&key)
}

impl Kms {
    async fn generate(&self, location: &str, lineage: Uuid) -> Result<(Envelope, DataKey), StateError> {
        let call = self.client.generate_data_key().key_id(&self.key).key_spec(DataKeySpec::Aes256);
        let answer = call.encryption_context(CONTEXT, lineage.to_string()).send().await;
        let unusable = |(what, fix)| StateError::UnusableKey { location: location.to_owned(), what, fix };
        let answer = answer.map_err(|error| unusable(self.told("kms:GenerateDataKey", &error)))?;
        let key = answer.plaintext.as_ref().and_then(|bytes| DataKey::from_bytes(bytes.as_ref()));
        let (Some(sealed), Some(key)) = (answer.ciphertext_blob, key) else {
            return Err(unusable(self.empty("kms:GenerateDataKey")));
        };
        Ok((Envelope::Kms { key: self.key.clone(), data_key: sealed.into_inner() }, key))
    }

    async fn decrypt(&self, sealed: &[u8], location: &str, lineage: Uuid) -> Result<DataKey, StateError> {
        let call = self.client.decrypt().key_id(&self.key).ciphertext_blob(Blob::new(sealed));
        let answer = call.encryption_context(CONTEXT, lineage.to_string()).send().await;
        let wrong = |(what, fix)| StateError::WrongKey { location: location.to_owned(), what, fix };
        let answer = answer.map_err(|error| wrong(self.told("kms:Decrypt", &error)))?;
        let key = answer.plaintext.as_ref().and_then(|bytes| DataKey::from_bytes(bytes.as_ref()));
        key.ok_or_else(|| wrong(self.empty("kms:Decrypt")))
    }

    fn empty(&self, action: &str) -> (String, String) {
        (format!("{action} with {} answered without a key", self.key), "Run again.".into())
    }

    /// What an error of KMS is, and what to do about it.
    fn told<E, R>(&self, action: &str, error: &SdkError<E, R>) -> (String, String)
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: fmt::Debug,
    {
        let refusal = error.as_service_error();
        let what = match refusal.map(|refusal| (refusal.code(), refusal.message())) {
            Some((code, message)) => format!(
                "{action} with {} was refused with {}: {}",
                self.key,
                code.unwrap_or("no code"),
                message.unwrap_or("no message").trim_end_matches('.')
            ),
            None => {
                let (what, fix) = unanswered::told("KMS", self.client.config().region().is_some(), error);
                return (format!("{action} with {}: {what}", self.key), fix.into());
            }
        };
        let fix = match refusal.and_then(ProvideErrorMetadata::code) {
            Some("AccessDeniedException") => format!("Allow {action} on the key, in its policy and yours."),
            Some("NotFoundException") => "Check the key's id or alias, AWS_REGION and the account.".into(),
            Some("DisabledException" | "KMSInvalidStateException") => "Enable the key.".into(),
            _ => "Check the key, AWS_REGION, the credentials and the network, then run again.".into(),
        };
        (what, fix)
    }
}

#[cfg(test)]
mod tests;
