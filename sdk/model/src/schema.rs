//! Which attributes there are: blocks and their rules, the Rust types that fields can have, and what follows from a schema alone. Imports `value` and `diagnostic`.

pub(crate) mod block;
pub(crate) mod check;
pub(crate) mod field;
pub(crate) mod json;
pub(crate) mod mismatch;
pub mod secrets;
pub(crate) mod timeouts;
pub(crate) mod to_config;
pub(crate) mod validate;
