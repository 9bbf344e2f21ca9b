//! Objects as the state has them.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Resolved, conform};
use rosa_ecr_state::ResourceState;

use crate::provider_instance::AnyContext;
use crate::run::secrecy::{Marked, Secrecy};

/// An object as the state has it, or as an operation left it.
#[derive(Clone, Default)]
pub(crate) struct Existing {
    /// Null if there is none.
    pub state: Marked,
    /// What the provider wants back.
    pub private: Vec<u8>,
    /// Whether it is to be replaced, because the create that made it failed halfway.
    pub tainted: bool,
    /// Which provider configuration manages it, if the state has it.
    pub provider: String,
}

impl Existing {
    /// Whether there is an object that another provider configuration manages.
    pub(crate) fn is_of_another(&self, provider: &str) -> bool {
        !self.state.value().is_null() && self.provider != provider
    }
}

/// The same object in the present shape of its kind; `None` where it is already. Its secrets are in no message from now on.
///
/// # Errors
/// Where the state is not understood.
pub(crate) async fn upgraded(
    stored: &ResourceState,
    kind: &Arc<dyn Kind<AnyContext>>,
    secrecy: &Secrecy,
) -> Result<Option<ResourceState>, Diagnostics> {
    let schema = kind.schema();
    let moved = secrecy.meet_stored(&stored.state, &schema.block);
    // One of a newer version is an error where it is needed.
    let is_present = stored.schema_version == schema.version && !kind.descriptor().upgrades_always;
    if is_present || stored.schema_version > schema.version {
        return Ok(None);
    }
    let value = kind.stored(stored.schema_version, stored.state.reveal()).await.map_err(|errors| {
        let named = |error: Diagnostic| Diagnostic { summary: format!("{}: {}", stored.name, error.summary), ..error };
        errors.into_iter().map(named).collect::<Diagnostics>()
    })?;
    let state = secrecy.mark(&schema.block, value, &stored.state.secrets(), &[&moved]).contents();
    Ok(Some(ResourceState { state, schema_version: schema.version, ..stored.clone() }))
}

/// Reads a stored object of the present schema version.
///
/// # Errors
/// Where it is of a newer version, or does not fit.
pub(crate) fn read(
    stored: &ResourceState,
    kind: &Arc<dyn Kind<AnyContext>>,
    secrecy: &Secrecy,
) -> Result<Existing, Diagnostics> {
    let schema = kind.schema();
    if stored.schema_version > schema.version {
        return Err(Diagnostic::error(format!("The state of \"{}\" is of a newer version", stored.name))
            .detail(format!(
                "It has version {} of {}, and the provider knows versions up to {}.",
                stored.schema_version, stored.type_name, schema.version
            ))
            .fix("Use the version of the provider that wrote the state, or a later one.")
            .into());
    }
    let kept = stored.state.resolved(&schema.block.ty()).map_err(|error| {
        Diagnostic::error(format!("The state of \"{}\" does not fit {}", stored.name, stored.type_name))
            .detail(error.to_string())
            .fix("Was it written by another version? If not, please report this as a bug.")
    })?;
    let state = secrecy.mark_again(&schema.block, Resolved { value: conform(&schema.block, kept.value), ..kept });
    let (private, provider) = (stored.private.clone(), stored.provider.clone());
    Ok(Existing { state, private, tainted: stored.tainted, provider })
}
