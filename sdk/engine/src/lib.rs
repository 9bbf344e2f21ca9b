//! Stacks: resources declared in a Rust program, and the engine that brings them about.
//!
//! ```text
//! program -> Stack (declarations, expressions) -> engine: recover, refresh, plan -> apply -> Kind -> AWS
//!                                                    |                               |
//!                                                    +------- state (checkpoints) ---+--> events
//! ```
//!
//! * [`Stack`] is what a program declares: resources ([`Declare`]), what is looked up ([`LookUp`]), what they are called
//!   and how they hang together ([`Options`]), providers, exports.
//! * A [`Run`] is a preview, up, refresh, destroy or import of a stack. The engine behind it is the same for the command
//!   line and for programs that call it.
//! * [`Event`]s report what happens while it happens; [`Plan`] and [`Report`] are what runs return.
//! * [`rosa_ecr_state`] has what a stack made, kept at a place.
//! * [`ProviderInstance`] is a provider, in this process or in another one.

mod apply;
mod changes;
pub mod conformance;
mod declare;
mod erased;
mod error;
mod event;
mod execution;
mod graph;
mod guarded;
mod import;
mod in_process;
mod invoke;
mod names;
mod options;
mod panics;
mod plan;
mod provider_instance;
mod recover;
mod refresh;
mod results;
mod run;
mod stack;
mod stop;

pub use changes::{Action, AttributeChange, Counts, Exported, OutputChange, SECRET, Step, UNKNOWN};
pub use declare::{Declare, Found, Handles, LookUp};
pub use erased::{erase, erase_data_source};
pub use error::{Error, Result};
pub use event::{Event, Message, Outcome};
pub use graph::dependencies::Node;
pub use invoke::Invoke;

pub use names::with_suggestion;
pub use options::{Component, Options, ProviderHandle};
pub use provider_instance::{AnyContext, ProviderInstance};
pub use results::{Plan, Report, ResourceFailure, Unsaved};
pub use run::{Destroy, Import, Preview, Refresh, Run, Up};
pub use stack::Stack;
pub use stop::Stop;
