//! A provider: a list of kinds and the context that their operations get.

use std::future::Future;
use std::sync::Arc;

use crate::{Attributes, DataKind, Diagnostics, EphemeralKind, Function, Kind, ListKind, Path};

/// What a host serves or uses: kinds of resources, and how to get from a provider block to their context.
///
/// It is implemented by the struct of the provider block's arguments.
pub trait Provider: Attributes {
    /// The local name, such as `rosa`: the first word of every type name.
    const NAME: &'static str;

    /// The version of the provider, such as `1.2.3`.
    const VERSION: &'static str;

    /// What every operation of a resource gets.
    type Context: Send + Sync + 'static;

    /// The resources.
    fn kinds() -> Vec<Arc<dyn Kind<Self::Context>>>;

    /// The data sources.
    fn data_sources() -> Vec<Arc<dyn DataKind<Self::Context>>> {
        Vec::new()
    }

    /// The ephemeral resources.
    fn ephemeral_resources() -> Vec<Arc<dyn EphemeralKind<Self::Context>>> {
        Vec::new()
    }

    /// The resources that can be listed; each is one of [`kinds`](Self::kinds).
    fn list_resources() -> Vec<Arc<dyn ListKind<Self::Context>>> {
        Vec::new()
    }

    /// The functions.
    fn functions() -> Vec<Function> {
        Vec::new()
    }

    /// Rules that need more than one argument. Rules for one argument belong to the argument.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Makes the context, with as little I/O as possible: a host configures before it knows whether anything is to do.
    fn configure(self) -> impl Future<Output = Result<Self::Context, Diagnostics>> + Send;

    /// Arguments and blocks that may be unknown while objects are read and changes are planned. Nothing is changed before they
    /// are known.
    const OPEN: &'static [&'static str] = &[];

    /// Makes the context for reads and plans while something in [`OPEN`](Self::OPEN) is unknown: `self` has nothing there, and
    /// `open` says where it is unknown.
    fn configure_open(self, open: &[Path]) -> impl Future<Output = Result<Self::Context, Diagnostics>> + Send {
        let _ = open;
        self.configure()
    }
}

/// A context that says which provider makes it, so that a program can declare resources without naming their provider.
pub trait Provided: Send + Sync + Sized + 'static {
    /// The provider. With an empty block it serves a program that does not configure it.
    type Provider: Provider<Context = Self>;
}
