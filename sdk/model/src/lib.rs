//! The resource model: what a resource is, and everything about it that can be decided without asking anyone.
//!
//! A resource is one struct of inputs that implements [`Resource`]. From that definition three hosts work: a
//! Terraform provider, a Rust program, and a program that talks to a provider over gRPC. The way of a configuration:
//!
//! ```text
//! host -> Value -> validate -> survey -> plan -> (all known) -> decode -> create / update / delete
//!                  (pure)      (reads)   (pure)                          Value <- encode <- State
//! ```
//!
//! * [`Value`] and [`Type`] are the data: null and unknown may stand at any node of a value.
//! * [`Schema`] says which attributes there are; it is data, made by the derive macro from the input and output structs.
//! * [`Attributes`] converts between values and structs. Its `Partial` twin holds [`Known`] fields, so that a hook that
//!   runs before apply cannot mistake an unknown value for an absent one.
//! * [`Output`] and [`Input`] are expressions: how a program connects resources before their attributes are known.
//! * [`Resource`] is what an author writes, [`Kind`] is the same behind a trait object: what a host serves. Likewise
//!   [`DataSource`], [`Ephemeral`] and [`Listed`] with [`DataKind`], [`EphemeralKind`] and [`ListKind`].
//! * [`Function`] is plain data with a pure function.
//!
//! Nothing here does I/O, and nothing here knows Terraform's wire or AWS.

mod attributes;
mod builder;
mod call;
mod check;
mod claims;
mod configuration;
mod data_source;
#[doc(hidden)]
pub mod derive_support;
mod descriptor;
mod diagnostic;
mod ephemeral;
mod expression;
mod field;
mod function;
pub mod guard;
mod identity;
mod json;
mod kind;
mod known;
mod listed;
mod mismatch;
mod near;
mod nulls;
mod number;
mod output;
mod path;
pub mod plan;
mod provider;
mod relocation;
mod resource;
mod schema;
pub mod secrets;
mod text;
mod timeouts;
mod types;
mod validate;
mod value;
mod written;

pub use attributes::{Attributes, Declared, DeclaredInputs, DeclaredOutputs, NoOutputs, NotKnown};
pub use builder::{Args, Given, Input, Missing};
pub use call::Call;
pub use check::{Check, Violation};
pub use claims::{Claims, Declaration, Intention, Purpose, RealObject, Turn};
pub use data_source::{DataKind, DataSource, DataSourceOperations, data_kind_from, data_source};
pub use descriptor::Descriptor;
pub use diagnostic::{Cause, Diagnostic, Diagnostics, Severity, import_command};
pub use ephemeral::{Ephemeral, EphemeralKind, EphemeralOperations, Opened, Renewed, ephemeral};
pub use expression::{Address, Expression, Resolved, Scope};
pub use field::{DecodeError, Field, Nested, Object, Secret};
pub use function::{Function, FunctionBody, FunctionError, Parameter};
pub use identity::{IdentityAttribute, identity_type, not_by_identity};
pub use kind::{Applied, Kind, Planned, ResourceDescriptor, ResourceOperations, kind, kind_from, unclear};
pub use known::Known;
pub use listed::{Found, ListKind, ListOperations, Listed, Listing, listed};
pub use mismatch::quoted;
pub use near::nearest;
pub use number::Number;
pub use output::Output;
pub use path::{Path, Step};
pub use provider::{
    Configured, Provided, Provider, are_open, configure_provider, provider_block, unknown_in, validate_provider,
};
pub use relocation::Relocation;
pub use resource::{Change, Failure, Intent, Resource, State};
pub use schema::{Attribute, Block, NestedBlock, Nesting, Presence, Schema, Shape};
pub use secrets::Secrets;
pub use text::{Term, Text, Words};
pub use timeouts::{Operation, TimeoutDefaults, Timeouts, parse_duration};
pub use types::Type;
pub use validate::{conform, validate};
pub use value::Value;
pub use written::written;
