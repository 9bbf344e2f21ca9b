//! A data key that is sealed with a passphrase.

use argon2::{Algorithm, Argon2, Params, Version};
use rosa_ecr_model::Secret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::sealing::DataKey;

/// What a data key is bound to, besides the lineage.
const PLACE: &str = "data-key";

/// A data key, sealed with a key that is derived from a passphrase by argon2id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sealed {
    #[serde(with = "crate::base64")]
    salt: Vec<u8>,
    #[serde(flatten)]
    cost: Cost,
    #[serde(with = "crate::base64")]
    data_key: Vec<u8>,
}

/// What deriving a key costs, so that guessing passphrases is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// The first choice of RFC 9106 for little memory.
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 };

impl Sealed {
    /// A new data key.
    pub(super) async fn new(passphrase: Secret, lineage: Uuid) -> (Self, DataKey) {
        let (key, bytes) = DataKey::generate();
        let salt = Uuid::new_v4().as_bytes().to_vec();
        let wrapping = derive_key(passphrase, salt.clone(), COST).await.expect("these costs are in range");
        let data_key = wrapping.seal(&bytes, &format!("{lineage}/{PLACE}"));
        (Self { salt, cost: COST, data_key }, key)
    }

    /// The data key; `None` without a passphrase, or if it is another one.
    pub(super) async fn open(&self, passphrase: Option<Secret>, lineage: Uuid) -> Option<DataKey> {
        let wrapping = derive_key(passphrase?, self.salt.clone(), self.cost).await?;
        DataKey::from_bytes(&wrapping.open(&self.data_key, &format!("{lineage}/{PLACE}"))?)
    }
}

/// A key from a passphrase. `None` if the costs, which were read, are out of range.
///
/// It takes a good part of a second and tens of megabytes on purpose, so it runs beside the threads of the runtime.
async fn derive_key(passphrase: Secret, salt: Vec<u8>, cost: Cost) -> Option<DataKey> {
    // A document must not make its reader use up the machine.
    if cost.memory_kib > 1024 * 1024 || cost.passes > 64 {
        return None;
    }
    let parameters = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    let derive = move || {
        let mut key = [0; 32];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
        argon2.hash_password_into(passphrase.expose().as_bytes(), &salt, &mut key).ok()?;
        DataKey::from_bytes(&key)
    };
    tokio::task::spawn_blocking(derive).await.ok().flatten()
}
