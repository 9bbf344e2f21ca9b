//! What the provider host and the plugin host share: the protocol's forms of what the model has, which are values, schemas,
//! diagnostics and paths.
//!
//! Every function here is pure, and each works in a process that was never asked for its schema: the caller passes
//! the type. What arrives is not trusted. Bytes that are cut off, too long, too deep or of another type give a
//! [`CodecError`] that says where, and never a panic.

mod codec_error;
mod diagnostics;
mod dynamic;
mod foreign;
mod function;
mod identity;
pub mod msgpack;
mod path;
mod schema;

pub use codec_error::CodecError;
pub use diagnostics::diagnostics;
pub use dynamic::{decode, encode, parse_json};
pub use foreign::{read_diagnostics, read_identity_schema, read_path, read_schema};
pub use function::function;
pub use identity::identity_schema;
pub use path::path;
pub use schema::schema;
