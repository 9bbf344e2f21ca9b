//! Where the key of the secrets comes from: a passphrase, or a service that keeps keys.
//!
//! The secrets of a document are sealed with a data key, and the data key, itself sealed, is in the document. So a wrong
//! passphrase is found out before anything else. After a change of passphrase, or of the service's key, the next run that
//! saves seals everything with a new data key.

mod passphrase;

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use rosa_ecr_model::Secret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::passphrase::Sealed;
use crate::error::StateError;
use crate::sealing::DataKey;

/// The environment variable with the passphrase.
const PASSPHRASE: &str = "ROSA_ECR_PASSPHRASE";
/// The environment variable with the passphrase that it had before.
const OLD_PASSPHRASE: &str = "ROSA_ECR_OLD_PASSPHRASE";
/// The environment variable that names a key in KMS.
const SECRETS_KEY: &str = "ROSA_ECR_SECRETS_KEY";

/// A service that keeps keys and seals data keys with them, such as AWS KMS.
pub trait KeyService: Send + Sync {
    /// A new data key, plain and sealed with the key of that name. The sealed form opens for that lineage alone.
    ///
    /// # Errors
    /// Where the service refuses or cannot be reached.
    fn generate<'a>(&'a self, key: &'a str, lineage: Uuid) -> BoxFuture<'a, Result<NewDataKey, KeyError>>;

    /// Opens a data key that was sealed with the key of that name for that lineage.
    ///
    /// # Errors
    /// Where the service refuses or cannot be reached.
    fn open<'a>(&'a self, key: &'a str, sealed: &'a [u8], lineage: Uuid) -> BoxFuture<'a, Result<DataKey, KeyError>>;
}

/// A data key of a [`KeyService`].
pub struct NewDataKey {
    /// The key itself.
    pub plain: DataKey,
    /// The same, sealed by the service.
    pub sealed: Vec<u8>,
}

/// Why a [`KeyService`] gives no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    /// What was tried and what came of it, as a clause.
    pub what: String,
    /// What to do about it, in sentences.
    pub fix: String,
}

/// Where the key of the secrets comes from.
#[derive(Clone, Default)]
pub struct Keys {
    /// `None`: from the environment, once it is needed.
    given: Option<Given>,
    service: Option<Arc<dyn KeyService>>,
}

/// What seals and opens data keys.
#[derive(Clone, Default)]
struct Given {
    passphrase: Option<Secret>,
    /// Opens what `passphrase` does not.
    old_passphrase: Option<Secret>,
    /// The name of a key in the service.
    key: Option<String>,
}

/// A data key, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sealed_with", rename_all = "snake_case")]
pub(crate) enum Envelope {
    Passphrase(Sealed),
    Kms {
        key: String,
        #[serde(with = "crate::base64")]
        data_key: Vec<u8>,
    },
}

/// By hand: nothing of a passphrase is shown.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// From the environment: `ROSA_ECR_PASSPHRASE`, after a change `ROSA_ECR_OLD_PASSPHRASE`, or `ROSA_ECR_SECRETS_KEY` for
    /// a key in a [service](Self::with_service). The same as `default`.
    pub fn environment() -> Self {
        Self::default()
    }

    /// None: a document with secrets is neither written nor read.
    pub fn none() -> Self {
        Self::given(Given::default())
    }

    /// A passphrase.
    pub fn passphrase(passphrase: impl Into<String>) -> Self {
        Self::given(Given { passphrase: Some(Secret::from(passphrase.into())), ..Given::default() })
    }

    /// A new passphrase, and the one that it replaces.
    pub fn new_passphrase(passphrase: impl Into<String>, old: impl Into<String>) -> Self {
        let (passphrase, old) = (Secret::from(passphrase.into()), Secret::from(old.into()));
        Self::given(Given { passphrase: Some(passphrase), old_passphrase: Some(old), key: None })
    }

    /// The key of that name in a service; in AWS KMS its id, its ARN, or `alias/…`.
    pub fn service(service: impl KeyService + 'static, key: impl Into<String>) -> Self {
        Self::given(Given { key: Some(key.into()), ..Given::default() }).with_service(service)
    }

    /// The same, with the service that keeps the key which `ROSA_ECR_SECRETS_KEY` or a document names.
    #[must_use]
    pub fn with_service(self, service: impl KeyService + 'static) -> Self {
        Self { service: Some(Arc::new(service)), ..self }
    }

    fn given(given: Given) -> Self {
        Self { given: Some(given), service: None }
    }

    /// What the environment has, once it is needed.
    fn resolve(&self, location: &str) -> Result<Given, StateError> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let key = set(SECRETS_KEY).map(|url| {
            let key = url.strip_prefix("kms://").filter(|key| !key.is_empty());
            key.map(str::to_owned).ok_or_else(|| StateError::UnusableKey {
                location: location.to_owned(),
                what: format!("{SECRETS_KEY} is {url:?}, which names no key"),
                fix: "Give it a key in AWS KMS, such as kms://alias/rosa-ecr or kms://<key id>.".into(),
            })
        });
        let [passphrase, old_passphrase] = [PASSPHRASE, OLD_PASSPHRASE].map(|name| set(name).map(Secret::from));
        Ok(Given { passphrase, old_passphrase, key: key.transpose()? })
    }

    fn key_service(&self, location: &str, key: &str) -> Result<&dyn KeyService, StateError> {
        self.service.as_deref().ok_or_else(|| StateError::UnusableKey {
            location: location.to_owned(),
            what: format!("{key} is in AWS KMS, and the stack was given no client for it"),
            fix: "Give the stack `.keys(rosa_ecr::state::environment_keys())`.".into(),
        })
    }

    /// A new data key, sealed; `None` if there is nothing to seal it with.
    pub(crate) async fn seal_new(
        &self,
        location: &str,
        lineage: Uuid,
    ) -> Result<Option<(Envelope, DataKey)>, StateError> {
        match self.resolve(location)? {
            Given { key: Some(key), .. } => {
                let unusable =
                    |KeyError { what, fix }| StateError::UnusableKey { location: location.to_owned(), what, fix };
                let service = self.key_service(location, &key)?;
                let NewDataKey { plain, sealed } = service.generate(&key, lineage).await.map_err(unusable)?;
                Ok(Some((Envelope::Kms { key, data_key: sealed }, plain)))
            }
            Given { passphrase: Some(passphrase), .. } => {
                let (sealed, key) = Sealed::new(passphrase, lineage).await;
                Ok(Some((Envelope::Passphrase(sealed), key)))
            }
            Given { .. } => Ok(None),
        }
    }

    /// Opens a data key. The flag is whether it is sealed with what a new one would be sealed with.
    pub(crate) async fn open(
        &self,
        envelope: &Envelope,
        location: &str,
        lineage: Uuid,
    ) -> Result<(DataKey, bool), StateError> {
        let wrong = |KeyError { what, fix }| StateError::WrongKey { location: location.to_owned(), what, fix };
        let Given { passphrase, old_passphrase, key: wanted } = self.resolve(location)?;
        match envelope {
            Envelope::Passphrase(sealed) => {
                if passphrase.as_ref().or(old_passphrase.as_ref()).is_none() {
                    let what = "its secrets are sealed with a passphrase".into();
                    return Err(StateError::NoKey { location: location.to_owned(), what });
                }
                if let Some(key) = sealed.open(passphrase, lineage).await {
                    return Ok((key, wanted.is_none()));
                }
                if let Some(key) = sealed.open(old_passphrase, lineage).await {
                    return Ok((key, false));
                }
                Err(wrong(KeyError {
                    what: "the passphrase is not the one that its secrets are sealed with".into(),
                    fix: format!(
                        "Set {PASSPHRASE} to that passphrase. To change it, set {OLD_PASSPHRASE} to it for one run."
                    ),
                }))
            }
            Envelope::Kms { key, data_key } => {
                let is_wanted = wanted.map_or(passphrase.is_none(), |wanted| wanted == *key);
                let service = self.key_service(location, key)?;
                let opened = service.open(key, data_key, lineage).await.map_err(wrong)?;
                Ok((opened, is_wanted))
            }
        }
    }
}

#[cfg(test)]
mod tests;
