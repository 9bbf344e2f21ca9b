//! Actions: what is done once, when a person or a change of a resource asks for it, and leaves no state.

use std::collections::BTreeSet;
use std::fmt;
use std::future::{self, Future};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::diagnostic::message::{Diagnostics, Severity};
use crate::expression::attributes::Attributes;
use crate::plan::configuration::Configurations;
use crate::resource::call::Call;
use crate::resource::descriptor::Descriptor;
use crate::resource::guard::Guarded;
use crate::resource::guard::access::Access;
use crate::resource::page::Page;
use crate::schema::block::Schema;
use crate::value::tree::Value;

/// An action, implemented by the struct of its arguments. It has no outputs: hosts keep nothing of it.
///
/// Hosts may invoke it again after it failed or was interrupted, so what is done already is no error.
pub trait Action: Attributes {
    /// The type name, such as `rosa_ecr_scan_images`.
    const TYPE: &'static str;
    /// What its page in the documentation belongs to.
    const PAGE: Page = Page::NONE;

    /// What the provider hands to every operation, such as its clients.
    type Context: Send + Sync + 'static;

    /// What the credentials must be allowed to do, such as `ecr:StartImageScan`, as [`Resource::permissions`](crate::Resource::permissions)
    /// says it of resources.
    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::new()
    }

    /// Rules that need more than one attribute. Rules for one attribute belong to the attribute.
    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        let _ = (inputs, report);
    }

    /// Looks at what an invocation would do, and says it with [`Call::warn`] if a person has to know it before. Asked only if all
    /// arguments are known before the apply. What the action works on may not exist yet, if the same apply makes it.
    ///
    /// # Errors
    /// If an invocation is bound to fail.
    fn plan(call: &Call<Self::Context>, inputs: &Self) -> impl Future<Output = Result<(), Diagnostics>> + Send {
        let _ = (call, inputs);
        future::ready(Ok(()))
    }

    /// Does it. It ends soon after [`Call::cancelled`], with an error that says what was done.
    ///
    /// # Errors
    /// If it was not done, or not as a whole.
    fn invoke(
        call: &Call<Self::Context>,
        inputs: Self,
        progress: &Progress,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;
}

/// Where an [`Action`] says what it does. Hosts show each message at once, and hide nothing of it: it must not have secrets,
/// which a [`Secret`](crate::Secret) makes sure of.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(String) + Send + Sync>);

impl Progress {
    /// Messages go to that function.
    pub fn new(tell: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells the user one line.
    pub fn tell(&self, message: impl Into<String>) {
        (self.0)(message.into());
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

/// [`Action`] with its types erased: a [`Descriptor`], and code that every call reaches through a [guard](crate::guard). Get one
/// from [`action`]. Warnings are left in the [`Call`].
pub trait ActionKind<C>: Access<Descriptor, dyn ActionOperations<C>> {}

impl<C> ActionKind<C> for Guarded<Descriptor, dyn ActionOperations<C>> {}

/// The code of an action. Hosts call it through the [`ActionKind`] that has it.
pub trait ActionOperations<C>: Send + Sync {
    /// Everything that is wrong with the configuration, as far as it is known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Looks at what an invocation would do. Without a `call`, because the provider's configuration is not known yet, only the
    /// configuration is checked.
    fn plan<'a>(&'a self, call: Option<&'a Call<C>>, config: &'a Value) -> BoxFuture<'a, Result<(), Diagnostics>>;

    /// Does it.
    fn invoke<'a>(
        &'a self,
        call: &'a Call<C>,
        config: &'a Value,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<(), Diagnostics>>;
}

/// What hosts call.
impl<'k, C> dyn ActionKind<C> + 'k {
    /// What is known without running its code.
    pub fn descriptor(&self) -> &Descriptor {
        self.guarded().descriptor()
    }

    /// The type name.
    pub fn type_name(&self) -> &str {
        &self.descriptor().type_name
    }

    /// Its arguments.
    pub fn schema(&self) -> &Schema {
        &self.descriptor().schema
    }

    /// See [`ActionOperations::validate`].
    pub fn validate(&self, config: &Value) -> Diagnostics {
        self.guarded().call("validate", |operations| operations.validate(config), |errors| errors)
    }

    /// See [`ActionOperations::plan`].
    pub fn plan<'a>(&'a self, call: Option<&'a Call<C>>, config: &'a Value) -> BoxFuture<'a, Result<(), Diagnostics>>
    where
        C: Send + Sync,
    {
        self.guarded().run("plan", move |operations| operations.plan(call, config), Err)
    }

    /// See [`ActionOperations::invoke`].
    pub fn invoke<'a>(
        &'a self,
        call: &'a Call<C>,
        config: &'a Value,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<(), Diagnostics>>
    where
        C: Send + Sync,
    {
        self.guarded().run("invoke", move |operations| operations.invoke(call, config, progress), Err)
    }
}

/// The action `A` as a kind.
pub fn action<A: Action>() -> Arc<dyn ActionKind<A::Context>> {
    let descriptor = Descriptor::of(A::TYPE, A::block, A::permissions).on(A::PAGE);
    let schema = descriptor.schema.clone();
    let typed = Typed::<A>(Configurations { type_name: A::TYPE, schema, resolve: |_, _, _| {}, rules: A::validate });
    Arc::new(Guarded::new(descriptor, Arc::new(typed) as Arc<dyn ActionOperations<A::Context>>))
}

struct Typed<A: Action>(Configurations<A, A::Context>);

impl<A: Action> ActionOperations<A::Context> for Typed<A> {
    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.check(config)
    }

    fn plan<'a>(
        &'a self,
        call: Option<&'a Call<A::Context>>,
        config: &'a Value,
    ) -> BoxFuture<'a, Result<(), Diagnostics>> {
        async move {
            // The warnings were reported when it was validated.
            let report = self.0.check(config).into_iter().filter(|d| d.severity == Severity::Error);
            report.collect::<Diagnostics>().into_result()?;
            match call {
                Some(call) if config.is_wholly_known() => A::plan(call, &self.0.inputs(call.context(), config)?).await,
                _ => Ok(()),
            }
        }
        .boxed()
    }

    fn invoke<'a>(
        &'a self,
        call: &'a Call<A::Context>,
        config: &'a Value,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<(), Diagnostics>> {
        async move { A::invoke(call, self.0.inputs(call.context(), config)?, progress).await }.boxed()
    }
}
