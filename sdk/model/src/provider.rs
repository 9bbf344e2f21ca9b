//! A provider: a list of kinds and the context that their operations get.

use std::future::Future;
use std::sync::Arc;

use crate::{Attributes, Diagnostics, Kind};

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

    /// Rules that need more than one argument. Rules for one argument belong to the argument.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Makes the context, with as little I/O as possible: a host configures before it knows whether anything is to do.
    fn configure(self) -> impl Future<Output = Result<Self::Context, Diagnostics>> + Send;
}
