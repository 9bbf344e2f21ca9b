//! The provider service over a real gRPC connection, with a provider made for these tests.
//!
//! No engine and no AWS: what Terraform sends and expects is in the messages, and `peer` speaks them. `test_provider` is
//! the provider: its objects are in memory, and its resource `shelf_trap` does on demand what resources should not.

mod absent;
mod actions;
mod apply;
mod brittle;
mod configuration;
mod data_sources;
mod ephemeral;
mod functions;
mod generated;
mod hostile;
mod identity;
mod liar;
mod lists;
mod log;
mod panics;
mod peer;
mod plan;
mod read;
mod schema;
mod stop;
mod stored;
mod test_provider;
