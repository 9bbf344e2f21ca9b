//! What every RPC works on: the provider's block, its kinds and the session.

use std::collections::BTreeMap;
use std::sync::Arc;

use rosa_ecr_model::{Block, Diagnostic, Diagnostics, Kind, Provider};

use super::served::Served;
use super::session::Session;

/// The provider of this process.
pub(super) struct Host<P: Provider> {
    /// The provider block's schema.
    pub(super) block: Block,
    /// The resources, by type name.
    pub(super) kinds: BTreeMap<&'static str, Arc<dyn Kind<P::Context>>>,
    /// What the provider block came to, and whether to stop.
    pub(super) session: Session<P::Context>,
}

impl<P: Provider> Host<P> {
    pub(super) fn new() -> Self {
        let mut kinds = BTreeMap::new();
        for kind in P::kinds() {
            let name = kind.type_name();
            assert!(kinds.insert(name, kind).is_none(), "two resources have the name {name}");
        }
        Self { block: P::block(), kinds, session: Session::new(P::NAME) }
    }

    /// The resource of that type name, ready to talk to.
    pub(super) fn kind(&self, type_name: &str) -> Result<Served<P::Context>, Diagnostics> {
        match self.kinds.get(type_name) {
            Some(kind) => Ok(Served::new(kind.clone())),
            None => {
                let names: Vec<&str> = self.kinds.keys().copied().collect();
                Err(no_such("resource", type_name)
                    .detail(format!("{} {} has: {}.", P::NAME, P::VERSION, names.join(", ")))
                    .fix("Check the type name and the version of the provider.")
                    .into())
            }
        }
    }

    /// What to answer about something of a sort that the provider has none of.
    pub(super) fn absent<T>(&self, sort: &str, name: &str) -> Result<T, Diagnostics> {
        let fix = if self.kinds.contains_key(name) {
            format!("{name} is a resource: declare it in a \"resource\" block.")
        } else {
            "Check the name and the version of the provider.".to_owned()
        };
        Err(no_such(sort, name).detail(format!("{} {} has no {sort}s.", P::NAME, P::VERSION)).fix(fix).into())
    }
}

fn no_such(sort: &str, name: &str) -> Diagnostic {
    Diagnostic::error(format!("There is no {sort} \"{name}\" in this provider"))
}
