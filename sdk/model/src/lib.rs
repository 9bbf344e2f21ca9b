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
//!   [`DataSource`], [`Ephemeral`], [`Listed`] and [`Action`] with [`DataKind`], [`EphemeralKind`], [`ListKind`] and
//!   [`ActionKind`].
//! * [`Function`] is plain data with a pure function.
//!
//! # Tour
//!
//! The files stand in strata, one folder each. A file imports from its own stratum and from lower ones, and no two files import
//! each other; `tests/strata.rs` checks both.
//!
//! | Stratum | What | Imports |
//! |---|---|---|
//! | `value` | data, types of data, paths into it | nothing |
//! | `diagnostic` | messages to a person, and what each host calls things in them | `value` |
//! | `schema` | attributes, rules for one of them, Rust types that they can have, validation | and `diagnostic` |
//! | `expression` | what a program connects resources with, and the structs of inputs and outputs | and `schema` |
//! | `plan` | the plan as far as the schema alone decides it, and from a configuration to inputs | and `expression` |
//! | `resource` | what authors write and hosts serve: resources and the like, their guard, claims, providers | and `plan` |
//!
//! Other crates import from the root, which has every public name.
//!
//! Nothing here does I/O, and nothing here knows Terraform's wire or AWS.

mod diagnostic;
mod expression;
pub mod plan;
mod resource;
mod schema;
mod value;

pub use diagnostic::decode_error::DecodeError;
pub use diagnostic::message::{Cause, Diagnostic, Diagnostics, Severity, import_command};
pub use diagnostic::suggest::suggest;
pub use diagnostic::text::{Term, Text, Words};
pub use expression::attributes::{Args, Attributes, Declared, DeclaredInputs, DeclaredOutputs, NoOutputs, NotKnown};
#[doc(hidden)]
pub use expression::derive_support;
pub use expression::input::{Given, Input, Missing};
pub use expression::node::{Address, Expression, Resolved, Scope};
pub use expression::output::Output;
pub use resource::action::{Action, ActionKind, ActionOperations, Progress, action};
pub use resource::call::Call;
pub use resource::claims::{Claims, Declaration, Intention, Purpose, RealObject, Turn};
pub use resource::data_source::{DataKind, DataSource, DataSourceOperations, data_kind_from, data_source};
pub use resource::definition::{Change, Failure, Intent, Resource, State, unclear};
pub use resource::descriptor::Descriptor;
pub use resource::ephemeral::{Ephemeral, EphemeralKind, EphemeralOperations, Opened, Renewed, ephemeral};
pub use resource::function::{Function, FunctionBody, FunctionError, Parameter};
pub use resource::guard;
pub use resource::identity::{IdentityAttribute, identity_type, not_by_identity};
pub use resource::kind::{Applied, Kind, Planned, ResourceDescriptor, ResourceOperations, kind_from};
pub use resource::list::{ListKind, ListOperations, Listed, ListedObject, Listing, list_resource};
pub use resource::move_source::MoveSource;
pub use resource::page::Page;
pub use resource::provider::{
    Configured, Provided, Provider, are_open, configure_provider, provider_block, unknown_in, validate_provider,
};
pub use resource::typed::kind;
pub use schema::block::{Attribute, Block, NestedBlock, Nesting, Presence, Schema, Shape};
pub use schema::check::{Check, Violation};
pub use schema::field::{Field, Nested, Object, Secret};
pub use schema::mismatch::quoted;
pub use schema::secrets;
pub use schema::secrets::Secrets;
pub use schema::timeouts::{Operation, TimeoutDefaults, Timeouts, parse_duration};
pub use schema::to_config::to_config;
pub use schema::validate::{conform, validate};
pub use value::known::Known;
pub use value::number::Number;
pub use value::path::{Path, Step};
pub use value::tree::Value;
pub use value::types::Type;
