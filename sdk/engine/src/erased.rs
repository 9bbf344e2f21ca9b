//! Kinds and data sources whose context has no type any more, and whose panics are errors.

use std::sync::Arc;

use rosa_ecr_model::{Call, DataKind, Kind};

use crate::panics;
use crate::provider_instance::AnyContext;

/// The kind for a context whose type is not known.
pub fn erase<C: Send + Sync + 'static>(kind: Arc<dyn Kind<C>>) -> Arc<dyn Kind<AnyContext>> {
    panics::install();
    kind.hosted(typed, panics::report)
}

/// The data source for a context whose type is not known.
pub fn erase_data_source<C: Send + Sync + 'static>(source: Arc<dyn DataKind<C>>) -> Arc<dyn DataKind<AnyContext>> {
    panics::install();
    source.hosted(typed, panics::report)
}

/// # Panics
/// If the context is another provider's: the engine pairs kinds with their own host.
fn typed<C: Send + Sync + 'static>(call: &Call<AnyContext>) -> Call<C> {
    let context = call.context().downcast::<C>();
    call.sharing(context.unwrap_or_else(|| panic!("a kind got the context of another provider")))
}
