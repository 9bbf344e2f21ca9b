//! A Terraform and OpenTofu provider host for any list of resource kinds, and the provider binary.
//!
//! ```text
//! terraform, tofu -> rosa-ecr-goplugin (process, TLS, gRPC) -> rpc (one file an RPC) -> wire (values) -> model
//! ```
//!
//! The library knows no resource: [`run`] serves whatever a [`Provider`] offers. The binary,
//! `terraform-provider-rosa`, is one call of it.
//!
//! # Example
//!
//! A whole provider, without resources so far:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use std::sync::Arc;
//!
//! use rosa_ecr_derive::Inputs;
//! use rosa_ecr_model::{Diagnostics, Kind, Provider};
//!
//! /// Weather stations.
//! #[derive(Clone, Debug, Inputs)]
//! struct Weather {
//!     /// Where the service is.
//!     address: String,
//! }
//!
//! struct Client {
//!     address: String,
//! }
//!
//! impl Provider for Weather {
//!     const NAME: &'static str = "weather";
//!     const VERSION: &'static str = env!("CARGO_PKG_VERSION");
//!     type Context = Client;
//!
//!     fn kinds() -> Vec<Arc<dyn Kind<Client>>> {
//!         vec![]
//!     }
//!
//!     async fn configure(self) -> Result<Client, Diagnostics> {
//!         Ok(Client { address: self.address })
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     rosa_ecr_provider::run::<Weather>("acme/weather")
//! }
//! ```
//!
//! # Start-up time
//!
//! Hosts start a provider several times for one command, and the process is ready in a few milliseconds. Nearly all of
//! what a default build adds, about 70 ms, is aws-lc collecting randomness from the processor's timing besides that of
//! the operating system. A build with `AWS_LC_SYS_NO_JITTER_ENTROPY=1` in its environment goes without: see
//! "Entropy Configuration" in the user guide of aws-lc-rs.

mod about;
mod arguments;
mod logging;
mod manual;
mod process;
pub mod rpc;

use std::process::ExitCode;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::provider_server;

pub use self::about::About;
use self::about::Identity;

/// Makes this process a provider for Terraform and OpenTofu, and gives the exit code for `main` to return.
///
/// `about` is the provider's source, whose last part is [`P::NAME`](Provider::NAME), or an [`About`] that says more. The
/// rest is up to who started the process:
///
/// * A host: serves it until it asks to exit. Nothing may be written to stdout meanwhile; what is traced with
///   [`tracing`] goes to the host's log at the level of `TF_LOG_PROVIDER_<NAME>`, `TF_LOG_PROVIDER` or `TF_LOG`.
/// * A person: says what this is and how to install it. `--help` and `--version` are understood, and `--debug` serves
///   until Ctrl-C, for instance under a debugger, and prints the variable that makes hosts attach.
///
/// It starts its own tokio runtime, so `main` is not `async`.
pub fn run<P: Provider>(about: impl Into<About>) -> ExitCode {
    match Identity::of::<P>(about.into()) {
        Ok(identity) => process::run(&identity, rpc::Server::<P>::new),
        Err(error) => process::reject(&error),
    }
}

/// [`run`] for any implementation of the protocol's service, at that version of the provider.
pub fn run_service<S: provider_server::Provider>(
    about: impl Into<About>,
    version: &str,
    service: impl FnOnce() -> S,
) -> ExitCode {
    match Identity::new(about.into(), version) {
        Ok(identity) => process::run(&identity, service),
        Err(error) => process::reject(&error),
    }
}
