//! Bindings of Terraform's plugin protocols 6 and 5, and of go-plugin's services.
//!
//! Terraform and OpenTofu start a provider as a process of its own and call it over gRPC. They are the clients, the
//! provider is the server, and every service below is on the same connection:
//!
//! | Module | Service | Called for |
//! |---|---|---|
//! | [`tfplugin6`] | `tfplugin6.Provider` | everything about resources |
//! | [`tfplugin5`] | `tfplugin5.Provider` | the same, in a provider that speaks version 5 |
//! | [`goplugin`] | `plugin.GRPCController` | the end of the process |
//! | [`goplugin`] | `plugin.GRPCStdio`, `plugin.GRPCBroker` | output, and further connections; both optional |
//! | [`health`] | `grpc.health.v1.Health` | whether the process is up |
//!
//! Both halves of each service are here, so a program can also host a provider itself. There is nothing else: how the
//! two sides find and trust each other, and what the bytes of a `DynamicValue` mean, belongs to whoever uses these.
//!
//! # Where the code comes from
//!
//! `idl/*.proto` is the source. `src/gen/*.rs` is generated from it and committed, so that a build needs neither
//! `protoc` nor a build script. `tests/bindings.rs` regenerates it, fails when the two differ, and says how to write
//! it anew.
//!
//! # Names
//!
//! An RPC has a message of its own name that only groups its messages, so `PlanResourceChange.Request` is
//! [`tfplugin6::plan_resource_change::Request`]. A service `S` has the modules `s_client` and `s_server`. A field that
//! is named like a Rust keyword has `r#` before it (`r#type`, `r#return`). Protobuf maps are `BTreeMap`s, so that equal
//! messages have equal bytes. `Debug` shows the length of bytes and not the bytes, since they may be secret.
//!
//! # Sizes
//!
//! Bytes, for one message:
//!
//! | Who | Limit |
//! |---|---|
//! | Terraform and OpenTofu, the answer to `GetProviderSchema` | 64 MiB |
//! | Terraform and OpenTofu, any other answer but a state's chunks | 2 GiB |
//! | tonic, what it receives, unless told otherwise | 4 MiB |
//! | tonic, what it sends | none |
//!
//! A server or client must therefore raise tonic's limit, to [`MAX_MESSAGE_BYTES`], with `max_decoding_message_size`.

mod debug;

pub use prost_types::Timestamp;

/// Major version of the plugin protocol that our own provider serves: the number in its handshake.
pub const PROTOCOL_MAJOR: u32 = 6;

/// Minor version of the plugin protocol. Nothing negotiates it: a peer ignores fields and never calls RPCs that it does
/// not know, and capabilities say the rest.
pub const PROTOCOL_MINOR: u32 = 10;

/// The largest message to receive, in bytes (256 MiB): what providers built on HashiCorp's own libraries accept.
pub const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// Generated modules do without our lints. `include!` keeps rustfmt away from what prettyplease has formatted.
macro_rules! generated {
    ($(#[$doc:meta])* $module:ident from $file:literal) => {
        $(#[$doc])*
        #[allow(
            missing_docs,
            rustdoc::all,
            clippy::all,
            clippy::allow_attributes_without_reason,
            reason = "generated from idl/*.proto"
        )]
        pub mod $module {
            include!(concat!("gen/", $file));
        }
    };
}

generated! {
    /// Terraform's plugin protocol: a provider's schemas, resources, data sources, functions and actions.
    tfplugin6 from "tfplugin6.rs"
}

generated! {
    /// The same protocol's version 5, which has fewer features and other names for some RPCs. Messages that have one
    /// name in both are the same but for schemas.
    tfplugin5 from "tfplugin5.rs"
}

generated! {
    /// go-plugin's services, which are about the process and not about what it provides.
    goplugin from "plugin.rs"
}

generated! {
    /// gRPC's health service. go-plugin's hosts ask for the service `plugin`.
    health from "grpc.health.v1.rs"
}
