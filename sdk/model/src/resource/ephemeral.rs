//! Ephemeral resources: what is there while a host runs, and is written nowhere.

use std::collections::BTreeSet;
use std::fmt;
use std::future::{self, Future};
use std::sync::Arc;
use std::time::SystemTime;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::diagnostic::message::Diagnostics;
use crate::expression::attributes::Attributes;
use crate::plan::configuration;
use crate::plan::configuration::Configurations;
use crate::resource::call::Call;
use crate::resource::descriptor::Descriptor;
use crate::resource::guard::Guarded;
use crate::resource::guard::access::Access;
use crate::resource::page::Page;
use crate::schema::block::Schema;
use crate::schema::field::Object as _;
use crate::value::nulls;
use crate::value::tree::Value;

/// An ephemeral resource, such as a token, implemented by the struct of its inputs.
pub trait Ephemeral: Attributes {
    /// The type name, such as `rosa_ecr_authorization_token`.
    const TYPE: &'static str;

    /// What the documentation says of the type besides.
    const PAGE: Page = Page::NONE;

    /// What it gives.
    type Outputs: Attributes;

    /// What the provider hands to every operation, such as its clients.
    type Context: Send + Sync + 'static;

    /// What the credentials must be allowed to do, such as `ecr:GetAuthorizationToken`, as [`Resource::permissions`](crate::Resource::permissions)
    /// says it of resources.
    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::new()
    }

    /// Rules that need more than one attribute. Rules for one attribute belong to the attribute.
    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        let _ = (inputs, report);
    }

    /// Completes computed inputs, as [`Resource::resolve`](crate::Resource::resolve) does. Pure.
    fn resolve(context: Option<&Self::Context>, config: &Self::Partial, inputs: &mut Self::Partial) {
        let _ = (context, config, inputs);
    }

    /// Gets it.
    ///
    /// # Errors
    /// Where it cannot be had.
    fn open(
        call: &Call<Self::Context>,
        inputs: Self,
    ) -> impl Future<Output = Result<Opened<Self::Outputs>, Diagnostics>> + Send;

    /// Makes it last longer: called at [`Opened::renew_at`] with [`Opened::private`]. What was given out stays as it is.
    ///
    /// # Errors
    /// Where it cannot last longer.
    fn renew(call: &Call<Self::Context>, private: &[u8]) -> impl Future<Output = Result<Renewed, Diagnostics>> + Send {
        let _ = call;
        future::ready(Ok(Renewed { renew_at: None, private: private.to_vec() }))
    }

    /// Gives it back, where that means anything. Called once, with the latest private bytes.
    ///
    /// # Errors
    /// Where it could not be given back.
    fn close(call: &Call<Self::Context>, private: &[u8]) -> impl Future<Output = Result<(), Diagnostics>> + Send {
        let _ = (call, private);
        future::ready(Ok(()))
    }
}

/// What [`Ephemeral::open`] and [`EphemeralOperations::open`] got. `Debug` shows none of it.
#[derive(Clone)]
pub struct Opened<O> {
    /// The outputs of the struct; behind a trait object, the inputs with the outputs as one value.
    pub outputs: O,
    /// When to renew it; `None` where it lasts long enough.
    pub renew_at: Option<SystemTime>,
    /// What [`renew`](Ephemeral::renew) and [`close`](Ephemeral::close) need of it.
    pub private: Vec<u8>,
}

impl<O> fmt::Debug for Opened<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("renew_at", &self.renew_at).finish_non_exhaustive()
    }
}

/// What [`Ephemeral::renew`] came to. `Debug` does not show the private bytes.
#[derive(Clone)]
pub struct Renewed {
    /// When to renew it again.
    pub renew_at: Option<SystemTime>,
    /// In place of the earlier ones.
    pub private: Vec<u8>,
}

impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewed").field("renew_at", &self.renew_at).finish_non_exhaustive()
    }
}

/// [`Ephemeral`] with its types erased: a [`Descriptor`], and code that every call reaches through a [guard](crate::guard). Get
/// one from [`ephemeral`]. Warnings are left in the [`Call`].
pub trait EphemeralKind<C>: Access<Descriptor, dyn EphemeralOperations<C>> {}

impl<C> EphemeralKind<C> for Guarded<Descriptor, dyn EphemeralOperations<C>> {}

/// The code of an ephemeral resource. Hosts call it through the [`EphemeralKind`] that has it.
pub trait EphemeralOperations<C>: Send + Sync {
    /// Everything that is wrong with the configuration, as far as it is known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Gets it.
    fn open<'a>(&'a self, call: &'a Call<C>, config: &'a Value) -> BoxFuture<'a, Result<Opened<Value>, Diagnostics>>;

    /// Makes it last longer.
    fn renew<'a>(&'a self, call: &'a Call<C>, private: &'a [u8]) -> BoxFuture<'a, Result<Renewed, Diagnostics>>;

    /// Gives it back.
    fn close<'a>(&'a self, call: &'a Call<C>, private: &'a [u8]) -> BoxFuture<'a, Result<(), Diagnostics>>;
}

/// What hosts call.
impl<'k, C> dyn EphemeralKind<C> + 'k {
    /// What is known without running its code.
    pub fn descriptor(&self) -> &Descriptor {
        self.guarded().descriptor()
    }

    /// The type name.
    pub fn type_name(&self) -> &str {
        &self.descriptor().type_name
    }

    /// Inputs and outputs.
    pub fn schema(&self) -> &Schema {
        &self.descriptor().schema
    }

    /// See [`EphemeralOperations::validate`].
    pub fn validate(&self, config: &Value) -> Diagnostics {
        self.guarded().call("validate", |operations| operations.validate(config), |errors| errors)
    }

    /// See [`EphemeralOperations::open`].
    pub fn open<'a>(&'a self, call: &'a Call<C>, config: &'a Value) -> BoxFuture<'a, Result<Opened<Value>, Diagnostics>>
    where
        C: Send + Sync,
    {
        self.guarded().run("open", move |operations| operations.open(call, config), Err)
    }

    /// See [`EphemeralOperations::renew`].
    pub fn renew<'a>(&'a self, call: &'a Call<C>, private: &'a [u8]) -> BoxFuture<'a, Result<Renewed, Diagnostics>>
    where
        C: Send + Sync,
    {
        self.guarded().run("renew", move |operations| operations.renew(call, private), Err)
    }

    /// See [`EphemeralOperations::close`].
    pub fn close<'a>(&'a self, call: &'a Call<C>, private: &'a [u8]) -> BoxFuture<'a, Result<(), Diagnostics>>
    where
        C: Send + Sync,
    {
        self.guarded().run("close", move |operations| operations.close(call, private), Err)
    }
}

/// The ephemeral resource `E` as a kind.
pub fn ephemeral<E: Ephemeral>() -> Arc<dyn EphemeralKind<E::Context>> {
    let descriptor = Descriptor::of(E::TYPE, || E::block().merge(E::Outputs::block()), E::permissions).on(E::PAGE);
    let schema = descriptor.schema.clone();
    let typed = Typed::<E>(Configurations { type_name: E::TYPE, schema, resolve: E::resolve, rules: E::validate });
    Arc::new(Guarded::new(descriptor, Arc::new(typed) as Arc<dyn EphemeralOperations<E::Context>>))
}

struct Typed<E: Ephemeral>(Configurations<E, E::Context>);

impl<E: Ephemeral> EphemeralOperations<E::Context> for Typed<E> {
    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.check(config)
    }

    fn open<'a>(
        &'a self,
        call: &'a Call<E::Context>,
        config: &'a Value,
    ) -> BoxFuture<'a, Result<Opened<Value>, Diagnostics>> {
        async move {
            let inputs = self.0.inputs(call.context(), config)?;
            let Opened { outputs, renew_at, private } = E::open(call, inputs.clone()).await?;
            Ok(Opened { outputs: nulls::kept(config, configuration::merged(&inputs, &outputs)), renew_at, private })
        }
        .boxed()
    }

    fn renew<'a>(
        &'a self,
        call: &'a Call<E::Context>,
        private: &'a [u8],
    ) -> BoxFuture<'a, Result<Renewed, Diagnostics>> {
        E::renew(call, private).boxed()
    }

    fn close<'a>(&'a self, call: &'a Call<E::Context>, private: &'a [u8]) -> BoxFuture<'a, Result<(), Diagnostics>> {
        E::close(call, private).boxed()
    }
}
