//! Objects found by a query.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::diagnostic::message::Diagnostics;
use crate::expression::attributes::Attributes;
use crate::plan::configuration;
use crate::plan::configuration::Configurations;
use crate::resource::call::Call;
use crate::resource::definition::{Resource, State};
use crate::resource::descriptor::Descriptor;
use crate::resource::guard::Guarded;
use crate::resource::guard::access::Access;
use crate::resource::identity::identity_of;
use crate::schema::block::Schema;
use crate::schema::field::Object as _;
use crate::value::tree::Value;

/// A resource whose objects can be listed, with those that something else made.
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
pub struct ListedObject {
    /// What a person calls it.
    pub display_name: String,
    /// Its identity.
    pub identity: Value,
    /// Its state.
    pub state: Value,
}

/// [`Listed`] with its types erased: the [`Descriptor`] of a query, and code that every call reaches through a
/// [guard](crate::guard). Get one from [`list_resource`]. Its type is that of the resource whose objects it lists. Warnings are left in
/// the [`Call`].
pub trait ListKind<C>: Access<Descriptor, dyn ListOperations<C>> {}

impl<C> ListKind<C> for Guarded<Descriptor, dyn ListOperations<C>> {}

/// The code of a list resource. Hosts call it through the [`ListKind`] that has it.
pub trait ListOperations<C>: Send + Sync {
    /// Everything that is wrong with the query, as far as it is known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// At most `limit` of the objects that answer the query.
    fn list<'a>(
        &'a self,
        call: &'a Call<C>,
        config: &'a Value,
        limit: Option<usize>,
    ) -> BoxFuture<'a, Result<Vec<ListedObject>, Diagnostics>>;
}

/// What hosts call.
impl<'k, C> dyn ListKind<C> + 'k {
    /// What is known without running its code.
    pub fn descriptor(&self) -> &Descriptor {
        self.guarded().descriptor()
    }

    /// The type name of the resource whose objects it lists.
    pub fn type_name(&self) -> &str {
        &self.descriptor().type_name
    }

    /// The query.
    pub fn schema(&self) -> &Schema {
        &self.descriptor().schema
    }

    /// See [`ListOperations::validate`].
    pub fn validate(&self, config: &Value) -> Diagnostics {
        self.guarded().call("validate", |operations| operations.validate(config), |errors| errors)
    }

    /// See [`ListOperations::list`].
    pub fn list<'a>(
        &'a self,
        call: &'a Call<C>,
        config: &'a Value,
        limit: Option<usize>,
    ) -> BoxFuture<'a, Result<Vec<ListedObject>, Diagnostics>>
    where
        C: Send + Sync,
    {
        self.guarded().run("list", move |operations| operations.list(call, config, limit), Err)
    }
}

/// The list of objects of resource `R` as a kind.
pub fn list_resource<R: Listed>() -> Arc<dyn ListKind<R::Context>> {
    let descriptor = Descriptor::of(R::TYPE, R::Query::block, R::query_permissions).on(R::PAGE);
    let schema = descriptor.schema.clone();
    let typed =
        Typed::<R>(Configurations { type_name: R::TYPE, schema, resolve: |_, _, _| {}, rules: R::validate_query });
    Arc::new(Guarded::new(descriptor, Arc::new(typed) as Arc<dyn ListOperations<R::Context>>))
}

struct Typed<R: Listed>(Configurations<R::Query, R::Context>);

impl<R: Listed> ListOperations<R::Context> for Typed<R> {
    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.check(config)
    }

    fn list<'a>(
        &'a self,
        call: &'a Call<R::Context>,
        config: &'a Value,
        limit: Option<usize>,
    ) -> BoxFuture<'a, Result<Vec<ListedObject>, Diagnostics>> {
        async move {
            let query = self.0.inputs(call.context(), config)?;
            let found = R::list(call, query, limit).await?.into_iter().take(limit.unwrap_or(usize::MAX));
            let erased = found.map(|Listing { display_name, state }| {
                let state = configuration::merged(&state.inputs, &state.outputs);
                ListedObject { display_name, identity: identity_of(R::IDENTITY, &state), state }
            });
            Ok(erased.collect())
        }
        .boxed()
    }
}
