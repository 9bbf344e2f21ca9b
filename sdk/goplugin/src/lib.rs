//! The process protocol of HashiCorp's go-plugin, both ends: how Terraform and OpenTofu find, trust, watch and stop a
//! provider.
//!
//! A host starts a plugin as a process of its own and calls it over gRPC:
//!
//! ```text
//! host (client)                                                   plugin (server)
//! Command  cookie, versions, a certificate   -- environment -->   negotiate
//!          reads the line                    <-- stdout -------   Handshake: where it listens, its certificate
//! Client   connects, trusts that certificate -- mutual TLS --->   Server: the plugin's service, and those of the process
//!          keeps the last of its log         <-- stderr -------   logs
//!          asks it to exit, then kills it    -- Shutdown ----->   answers what it has begun, and exits
//! ```
//!
//! What the two agree on is written and read in one place: [`COOKIE`], [`Handshake`], [`Reattach`], and the
//! [certificates](PinnedCertificate). What the plugin's own service does is not known here: the server takes any tonic
//! service, and the client gives a channel.
//!
//! What the server guarantees:
//!
//! * A connection without the announced certificate, or a call that panics, fails alone.
//! * The process exits within a second of Shutdown, and within seconds of a host that was killed. It leaves no socket
//!   behind.
//!
//! What the client guarantees:
//!
//! * A plugin that does not start, says something else, or ends is an error that says how it ended and what it wrote to
//!   stderr last.
//! * The process does not outlive the [`Client`]: it is asked to exit, and killed if it does not. Ctrl-C does not reach
//!   it, because the host decides when to stop.

mod address;
mod certificate;
mod client;
mod cookie;
mod environment;
mod handshake;
mod platform;
mod reattach;
mod server;
mod stream;

pub use address::Address;
pub use certificate::{ClientIdentity, PinnedCertificate, ServerTls, TlsError};
pub use client::process::{Command, StartError, StartFailure};
pub use client::{Client, ConnectError};
pub use cookie::COOKIE;
pub use environment::Environment;
pub use handshake::{Handshake, HandshakeError};
pub use platform::platform;
pub use reattach::{Reattach, ReattachError};
pub use server::endpoint::BindError;
pub use server::negotiation::{Refusal, Terms, negotiate};
pub use server::{PluginService, ServeError, Server};
