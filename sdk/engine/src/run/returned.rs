//! What a provider returns for a resource gets into the run and its state in one way.

use std::sync::Arc;

use rosa_ecr_model::{Kind, Value};
use rosa_ecr_state::{ResourceOptions, ResourceState};

use crate::provider_instance::AnyContext;
use crate::run::planning::Planning;
use crate::run::secrecy::Marked;
use crate::run::stored::Existing;

/// An object that a provider has returned for a resource, not yet looked through for secrets.
pub(crate) struct Returned<'r> {
    pub provider: &'r str,
    pub kind: &'r Arc<dyn Kind<AnyContext>>,
    pub value: Value,
    pub private: Vec<u8>,
    /// Whether it is only half made.
    pub tainted: bool,
    /// What it was planned to be, was before or was asked for: what is secret there is secret in it, and may be quoted in it.
    pub expected: &'r Marked,
}

impl Planning<'_> {
    /// The object with its secrets found.
    pub(crate) fn accept(&self, returned: Returned<'_>) -> Existing {
        let Returned { provider, kind, value, private, tainted, expected } = returned;
        let state = self.secrecy.mark(&kind.schema().block, value, expected.secrets(), &[expected]);
        Existing { state, private, tainted, provider: provider.to_owned() }
    }

    /// The object as the state keeps it under that name.
    pub(crate) fn resource_state(
        &self,
        name: &str,
        kind: &Arc<dyn Kind<AnyContext>>,
        existing: &Existing,
    ) -> ResourceState {
        let declaration = self.declaration(name);
        let options = declaration.map(|declaration| &declaration.options);
        let dependencies = self.dependencies_of_resources.get(name).cloned().unwrap_or_default();
        ResourceState {
            name: name.to_owned(),
            type_name: kind.type_name().to_owned(),
            provider: existing.provider.clone(),
            schema_version: kind.schema().version,
            state: existing.state.contents(),
            private: existing.private.clone(),
            tainted: existing.tainted,
            dependencies,
            parent: options.and_then(|options| options.parent.as_ref()).map(|parent| parent.name().to_owned()),
            options: options.map_or_else(ResourceOptions::default, |options| ResourceOptions {
                protect: options.protect,
                retain: options.retain,
                delete_before_replace: options.delete_before_replace,
            }),
        }
    }
}
