//! What every RPC works on: what the provider offers, and the session.

use std::sync::Arc;

use rosa_ecr_model::{
    Block, DataKind, Diagnostic, Diagnostics, EphemeralKind, Function, Kind, ListKind, Provider, Schema,
};

use super::served::Served;
use super::session::Session;
use super::sort::{Sort, Things};

/// The provider of this process.
pub(super) struct Host<P: Provider> {
    /// The provider block's schema.
    pub(super) block: Block,
    pub(super) kinds: Things<dyn Kind<P::Context>>,
    pub(super) data_sources: Things<dyn DataKind<P::Context>>,
    pub(super) ephemeral: Things<dyn EphemeralKind<P::Context>>,
    pub(super) lists: Things<dyn ListKind<P::Context>>,
    pub(super) functions: Things<Function>,
    /// What the provider block came to, and whether to stop.
    pub(super) session: Session<P::Context>,
}

impl<P: Provider> Host<P> {
    pub(super) fn new() -> Self {
        let host = Self {
            block: P::block(),
            kinds: Things::new(Sort::Resource, P::kinds(), |kind| kind.type_name()),
            data_sources: Things::new(Sort::DataSource, P::data_sources(), |kind| kind.type_name()),
            ephemeral: Things::new(Sort::Ephemeral, P::ephemeral_resources(), |kind| kind.type_name()),
            lists: Things::new(Sort::List, P::list_resources(), |kind| kind.type_name()),
            functions: Things::new(Sort::Function, P::functions().into_iter().map(Arc::new), |function| function.name),
            session: Session::new(P::NAME),
        };
        for name in host.lists.names() {
            let has_identity = host.kinds.get(name).is_some_and(|kind| !kind.identity().is_empty());
            assert!(has_identity, "{name} is listed, but is no resource with an identity");
        }
        host
    }

    /// The resource of that type name, ready to talk to.
    pub(super) fn kind(&self, name: &str) -> Result<Served<dyn Kind<P::Context>>, Diagnostics> {
        self.serve(&self.kinds, Sort::Resource, name, |kind| kind.schema())
    }

    /// The data source of that type name.
    pub(super) fn data_source(&self, name: &str) -> Result<Served<dyn DataKind<P::Context>>, Diagnostics> {
        self.serve(&self.data_sources, Sort::DataSource, name, |kind| kind.schema())
    }

    /// The ephemeral resource of that type name.
    pub(super) fn ephemeral(&self, name: &str) -> Result<Served<dyn EphemeralKind<P::Context>>, Diagnostics> {
        self.serve(&self.ephemeral, Sort::Ephemeral, name, |kind| kind.schema())
    }

    /// The list of resources of that type name.
    pub(super) fn list(&self, name: &str) -> Result<Served<dyn ListKind<P::Context>>, Diagnostics> {
        self.serve(&self.lists, Sort::List, name, |kind| kind.schema())
    }

    /// The function of that name.
    pub(super) fn function(&self, name: &str) -> Result<Arc<Function>, Diagnostics> {
        self.functions.get(name).ok_or_else(|| self.no_such(Sort::Function, name))
    }

    fn serve<K: ?Sized>(
        &self,
        things: &Things<K>,
        sort: Sort,
        name: &str,
        schema: impl Fn(&K) -> &Schema,
    ) -> Result<Served<K>, Diagnostics> {
        let kind = things.get(name).ok_or_else(|| self.no_such(sort, name))?;
        let ty = schema(&kind).block.ty();
        Ok(Served::new(kind, name, ty))
    }

    /// What to answer about something that the provider does not have.
    pub(super) fn no_such(&self, sort: Sort, name: &str) -> Diagnostics {
        let names = self.names(sort);
        let detail = match &names[..] {
            [] => format!("{} {} has no {}s.", P::NAME, P::VERSION, sort.name()),
            names => format!("{} {} has: {}.", P::NAME, P::VERSION, names.join(", ")),
        };
        // Lists have the names of resources: whoever asks for one knows that it is a resource.
        let others = [Sort::Resource, Sort::DataSource, Sort::Ephemeral, Sort::Function];
        let other = others.into_iter().find(|other| self.names(*other).contains(&name));
        let fix = match other {
            Some(other) => format!("{name} is {}: {}.", other.one(), other.usage(P::NAME, name)),
            None => "Check the name and the version of the provider.".to_owned(),
        };
        Diagnostic::error(format!("There is no {} \"{name}\" in this provider", sort.name()))
            .detail(detail)
            .fix(fix)
            .into()
    }

    fn names(&self, sort: Sort) -> Vec<&str> {
        match sort {
            Sort::Resource => self.kinds.names(),
            Sort::DataSource => self.data_sources.names(),
            Sort::Ephemeral => self.ephemeral.names(),
            Sort::List => self.lists.names(),
            Sort::Function => self.functions.names(),
            Sort::Action | Sort::StateStore => Vec::new(),
        }
    }
}
