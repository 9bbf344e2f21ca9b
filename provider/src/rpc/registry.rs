//! What every RPC works on: what the provider offers, and the session.

use std::sync::Arc;

use rosa_ecr_model::{
    ActionKind, Block, DataKind, Diagnostic, Diagnostics, EphemeralKind, Function, Kind, ListKind, Provider, Schema,
    guard, provider_block,
};

use super::block_kind::BlockKind;
use super::bound_type::BoundType;
use super::entries::Entries;
use super::session::Session;

/// The provider of this process.
pub(super) struct Registry<P: Provider> {
    /// The provider block's schema.
    pub(super) block: Block,
    pub(super) kinds: Entries<dyn Kind<P::Context>>,
    pub(super) data_sources: Entries<dyn DataKind<P::Context>>,
    pub(super) ephemeral: Entries<dyn EphemeralKind<P::Context>>,
    pub(super) lists: Entries<dyn ListKind<P::Context>>,
    pub(super) actions: Entries<dyn ActionKind<P::Context>>,
    pub(super) functions: Entries<Function>,
    /// What the provider block came to, and whether to stop.
    pub(super) session: Session<P::Context>,
}

impl<P: Provider> Registry<P> {
    pub(super) fn new() -> Self {
        let registry = Self {
            block: provider_block::<P>(),
            kinds: Entries::new(BlockKind::Resource, guard::named(P::NAME, "kinds", P::kinds), |kind| kind.type_name()),
            data_sources: Entries::new(
                BlockKind::DataSource,
                guard::named(P::NAME, "data_sources", P::data_sources),
                |kind| kind.type_name(),
            ),
            ephemeral: Entries::new(
                BlockKind::Ephemeral,
                guard::named(P::NAME, "ephemeral_resources", P::ephemeral_resources),
                |kind| kind.type_name(),
            ),
            lists: Entries::new(BlockKind::List, guard::named(P::NAME, "list_resources", P::list_resources), |kind| {
                kind.type_name()
            }),
            actions: Entries::new(BlockKind::Action, guard::named(P::NAME, "actions", P::actions), |kind| {
                kind.type_name()
            }),
            functions: Entries::new(
                BlockKind::Function,
                guard::named(P::NAME, "functions", P::functions).into_iter().map(Arc::new),
                |function| function.name,
            ),
            session: Session::new(P::NAME),
        };
        for name in registry.lists.names() {
            let has_identity = registry.kinds.get(name).is_some_and(|kind| !kind.identity().is_empty());
            assert!(has_identity, "{name} is listed, but is no resource with an identity");
        }
        registry
    }

    /// The resource of that type name, ready to talk to.
    pub(super) fn kind(&self, name: &str) -> Result<BoundType<dyn Kind<P::Context>>, Diagnostics> {
        self.bind(&self.kinds, BlockKind::Resource, name, |kind| kind.schema())
    }

    /// The data source of that type name.
    pub(super) fn data_source(&self, name: &str) -> Result<BoundType<dyn DataKind<P::Context>>, Diagnostics> {
        self.bind(&self.data_sources, BlockKind::DataSource, name, |kind| kind.schema())
    }

    /// The ephemeral resource of that type name.
    pub(super) fn ephemeral(&self, name: &str) -> Result<BoundType<dyn EphemeralKind<P::Context>>, Diagnostics> {
        self.bind(&self.ephemeral, BlockKind::Ephemeral, name, |kind| kind.schema())
    }

    /// The list of resources of that type name.
    pub(super) fn list(&self, name: &str) -> Result<BoundType<dyn ListKind<P::Context>>, Diagnostics> {
        self.bind(&self.lists, BlockKind::List, name, |kind| kind.schema())
    }

    /// The action of that type name.
    pub(super) fn action(&self, name: &str) -> Result<BoundType<dyn ActionKind<P::Context>>, Diagnostics> {
        self.bind(&self.actions, BlockKind::Action, name, |kind| kind.schema())
    }

    /// The function of that name.
    pub(super) fn function(&self, name: &str) -> Result<Arc<Function>, Diagnostics> {
        self.functions.get(name).ok_or_else(|| self.no_such(BlockKind::Function, name))
    }

    fn bind<K: ?Sized>(
        &self,
        entries: &Entries<K>,
        of: BlockKind,
        name: &str,
        schema: impl Fn(&K) -> &Schema,
    ) -> Result<BoundType<K>, Diagnostics> {
        let kind = entries.get(name).ok_or_else(|| self.no_such(of, name))?;
        let ty = schema(&kind).block.ty();
        Ok(BoundType::new(kind, name, ty))
    }

    /// What to answer about something that the provider does not have.
    pub(super) fn no_such(&self, of: BlockKind, name: &str) -> Diagnostics {
        let names = self.names(of);
        let detail = match &names[..] {
            [] => format!("{} {} has no {}s.", P::NAME, P::VERSION, of.name()),
            names => format!("{} {} has: {}.", P::NAME, P::VERSION, names.join(", ")),
        };
        // Lists have the names of resources: a request for one knows that it is a resource.
        let others =
            [BlockKind::Resource, BlockKind::DataSource, BlockKind::Ephemeral, BlockKind::Action, BlockKind::Function];
        let other = others.into_iter().find(|other| self.names(*other).contains(&name));
        let fix = match other {
            Some(other) => format!("{name} is {}: {}.", other.one(), other.usage(P::NAME, name)),
            None => "Check the name and the version of the provider.".to_owned(),
        };
        Diagnostic::error(format!("There is no {} \"{name}\" in this provider", of.name()))
            .detail(detail)
            .fix(fix)
            .into()
    }

    fn names(&self, of: BlockKind) -> Vec<&str> {
        match of {
            BlockKind::Resource => self.kinds.names(),
            BlockKind::DataSource => self.data_sources.names(),
            BlockKind::Ephemeral => self.ephemeral.names(),
            BlockKind::List => self.lists.names(),
            BlockKind::Function => self.functions.names(),
            BlockKind::Action => self.actions.names(),
            BlockKind::StateStore => Vec::new(),
        }
    }
}
