//! The state: what a stack made, so that the next run knows.
//!
//! ```text
//! engine -> Session::save -> seal secrets -> encode, checksum -> Guard::write -> file, memory, S3 …
//! engine <- Store::load   <- open secrets <- decode, verify   <- Backend::read
//! ```
//!
//! * [`Document`] is the state in memory: resources, pending operations, outputs. Secrets are in it as plain text,
//!   marked by their place ([`Contents`]), and never shown by `Debug`.
//! * [`Store`] is the state of one stack at one place. It [loads](Store::load) without a lock, for a preview, and
//!   [locks](Store::lock) for whatever changes something. A state that is damaged, newer than this program, or another
//!   stack's is refused right there, before any call.
//! * [`Session`] is a lock that is held, and the only way to write.
//! * [`Backend`] is a place: it moves bytes, locks, and replaces atomically. It knows no documents. Here are files and
//!   memory; `rosa-ecr-state-aws` has S3.
//! * [`Keys`] seal the secrets: a passphrase, or a key that a [`KeyService`] such as AWS KMS keeps.
//!
//! # Guarantees
//!
//! A document is either the old one or the new one, whenever the process dies. Only the holder of the lock writes: each
//! write names the version that it replaces, and a place that has another version by then refuses it
//! ([`StateError::Lost`]). No secret is written in the clear; without a key, a document with secrets is not written at
//! all.

mod backend;
mod base64;
mod contents;
mod document;
mod encoding;
mod error;
mod holder;
mod keys;
mod local;
mod memory;
mod sealing;
mod store;

pub use backend::{Backend, Guard, Snapshot};
pub use contents::Contents;
pub use document::{Document, Pending, PendingOperation, ResourceOptions, ResourceState};
pub use encoding::is_sound;
pub use error::StateError;
pub use holder::Holder;
pub use keys::{KeyError, KeyService, Keys, NewDataKey};
pub use local::LocalBackend;
pub use memory::MemoryBackend;
pub use sealing::DataKey;
pub use store::{Session, Store};
