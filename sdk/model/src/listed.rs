//! Objects found by a query.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::configuration::{self, Configurations};
use crate::identity::identity_of;
use crate::{Attributes, Call, Diagnostics, Object as _, Resource, Schema, State, Value};

/// A resource whose objects can be listed, whoever made them.
pub trait Listed: Resource {
    /// What a query may say; `()` where it has nothing to say.
    type Query: Attributes;

    /// What the credentials must be allowed to do for a query; [`Resource::permissions`] says it for the rest.
    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::new()
    }

    /// Rules for queries that need more than one attribute.
    fn validate_query(query: &<Self::Query as Attributes>::Partial, report: &mut Diagnostics) {
        let _ = (query, report);
    }

    /// The objects that answer the query, in an order that does not change by itself. More than `limit` are not wanted.
    ///
    /// # Errors
    /// Where they cannot be listed.
    fn list(
        call: &Call<Self::Context>,
        query: Self::Query,
        limit: Option<usize>,
    ) -> impl Future<Output = Result<Vec<Listing<Self>>, Diagnostics>> + Send;
}

/// An object that was found.
#[derive(Clone, Debug)]
pub struct Listing<R: Resource> {
    /// What a person calls it.
    pub display_name: String,
    /// As [`Resource::import`] would find it.
    pub state: State<R>,
}

/// A [`Listing`] with its types erased.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What a person calls it.
    pub display_name: String,
    /// Its identity.
    pub identity: Value,
    /// Its state.
    pub state: Value,
}

/// [`Listed`] with its types erased. Warnings are left in the [`Call`].
pub trait ListKind<C>: Send + Sync {
    /// The type name of the resource whose objects it lists.
    fn type_name(&self) -> &'static str;

    /// The query.
    fn schema(&self) -> &Schema;

    /// What the credentials must be allowed to do for a query, as far as the kind can say.
    fn permissions(&self) -> BTreeSet<&'static str> {
        BTreeSet::new()
    }

    /// Everything that is wrong with the query, as far as it is known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// At most `limit` of the objects that answer the query.
    fn list<'a>(
        &'a self,
        call: &'a Call<C>,
        config: &'a Value,
        limit: Option<usize>,
    ) -> BoxFuture<'a, Result<Vec<Found>, Diagnostics>>;
}

/// The list of objects of resource `R` as a kind.
pub fn listed<R: Listed>() -> Arc<dyn ListKind<R::Context>> {
    Arc::new(Typed::<R>(Configurations {
        type_name: R::TYPE,
        schema: Schema { version: 0, block: R::Query::block() },
        resolve: |_, _, _| {},
        rules: R::validate_query,
    }))
}

struct Typed<R: Listed>(Configurations<R::Query, R::Context>);

impl<R: Listed> ListKind<R::Context> for Typed<R> {
    fn type_name(&self) -> &'static str {
        R::TYPE
    }

    fn schema(&self) -> &Schema {
        &self.0.schema
    }

    fn permissions(&self) -> BTreeSet<&'static str> {
        R::query_permissions()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.check(config)
    }

    fn list<'a>(
        &'a self,
        call: &'a Call<R::Context>,
        config: &'a Value,
        limit: Option<usize>,
    ) -> BoxFuture<'a, Result<Vec<Found>, Diagnostics>> {
        async move {
            let query = self.0.inputs(call.context(), config)?;
            let found = R::list(call, query, limit).await?.into_iter().take(limit.unwrap_or(usize::MAX));
            let erased = found.map(|Listing { display_name, state }| {
                let state = configuration::merged(&state.inputs, &state.outputs);
                Found { display_name, identity: identity_of(R::IDENTITY, &state), state }
            });
            Ok(erased.collect())
        }
        .boxed()
    }
}
