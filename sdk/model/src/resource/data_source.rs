//! Data sources: what can be looked up and is not managed.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::diagnostic::message::Diagnostics;
use crate::expression::attributes::{DeclaredInputs, DeclaredOutputs};
use crate::plan::configuration::Configurations;
use crate::plan::{configuration, propose as plan};
use crate::resource::call::Call;
use crate::resource::descriptor::Descriptor;
use crate::resource::guard::access::Access;
use crate::resource::guard::{Guarded, Report};
use crate::resource::kind::{Applied, Planned};
use crate::resource::page::Page;
use crate::schema::block::Schema;
use crate::schema::field::Object as _;
use crate::value::nulls;
use crate::value::tree::Value;

/// A data source, implemented by the struct of its inputs.
pub trait DataSource: DeclaredInputs {
    /// The type name, such as `rosa_ecr_images`.
    const TYPE: &'static str;

    /// What the documentation says of the type besides.
    const PAGE: Page = Page::NONE;

    /// What it finds.
    type Outputs: DeclaredOutputs;

    /// What the provider hands to every operation, such as its clients.
    type Context: Send + Sync + 'static;

    /// What the credentials must be allowed to do, such as `ecr:DescribeImages`, as [`Resource::permissions`](crate::Resource::permissions)
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

    /// Looks it up.
    ///
    /// # Errors
    /// Where it is not there or cannot be found out.
    fn read(
        call: &Call<Self::Context>,
        inputs: Self,
    ) -> impl Future<Output = Result<Self::Outputs, Diagnostics>> + Send;

    /// Completes computed inputs that only the answer tells, such as the account of what was found. Pure.
    fn settle(inputs: &mut Self, outputs: &Self::Outputs) {
        let _ = (inputs, outputs);
    }
}

/// [`DataSource`] with its types erased: a [`Descriptor`], and code that every call reaches through a [guard](crate::guard). Get
/// one from [`data_source`] or, without a Rust type, from [`data_kind_from`].
pub trait DataKind<C>: Access<Descriptor, dyn DataSourceOperations<C>> {}

impl<C> DataKind<C> for Guarded<Descriptor, dyn DataSourceOperations<C>> {}

/// The code of a data source. Hosts call it through the [`DataKind`] that has it.
pub trait DataSourceOperations<C>: Send + Sync {
    /// Everything that is wrong with the configuration, as far as it is known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// What is known of it before it can be read: arguments and defaults, and what is found is unknown. Without a `call`,
    /// because the provider's configuration is not known yet, nothing is read.
    fn plan<'a>(&'a self, call: Option<&'a Call<C>>, config: &'a Value) -> BoxFuture<'a, Planned>;

    /// Looks it up. The state is the inputs with the outputs, and null with every error.
    fn read<'a>(&'a self, call: &'a Call<C>, config: &'a Value) -> BoxFuture<'a, Applied>;
}

/// A data source without a Rust type.
pub fn data_kind_from<C: 'static>(
    descriptor: Descriptor,
    operations: impl DataSourceOperations<C> + 'static,
) -> Arc<dyn DataKind<C>> {
    Arc::new(Guarded::new(descriptor, Arc::new(operations) as Arc<dyn DataSourceOperations<C>>))
}

/// What hosts call. A panic of an operation is an error of that operation, if the host reports panics.
impl<'k, C> dyn DataKind<C> + 'k {
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

    /// See [`DataSourceOperations::validate`].
    pub fn validate(&self, config: &Value) -> Diagnostics {
        self.guarded().call("validate", |operations| operations.validate(config), |errors| errors)
    }

    /// See [`DataSourceOperations::plan`].
    pub fn plan<'a>(&'a self, call: Option<&'a Call<C>>, config: &'a Value) -> BoxFuture<'a, Planned>
    where
        C: Send + Sync,
    {
        self.guarded().run("plan", move |operations| operations.plan(call, config), Planned::failed)
    }

    /// See [`DataSourceOperations::read`].
    pub fn read<'a>(&'a self, call: &'a Call<C>, config: &'a Value) -> BoxFuture<'a, Applied>
    where
        C: Send + Sync,
    {
        self.guarded().run("read", move |operations| operations.read(call, config), Applied::failed)
    }

    /// The same data source for a host whose calls have another context, and which reports panics.
    pub fn hosted<D: 'static>(&self, context: fn(&Call<D>) -> Call<C>, report: Report) -> Arc<dyn DataKind<D>>
    where
        C: Send + Sync + 'static,
    {
        let around = |operations| Arc::new(Hosted { operations, context }) as Arc<dyn DataSourceOperations<D>>;
        Arc::new(self.guarded().hosted(report, around))
    }
}

/// A data source for a host whose calls have another context.
struct Hosted<C, D> {
    operations: Arc<dyn DataSourceOperations<C>>,
    context: fn(&Call<D>) -> Call<C>,
}

impl<C: Send + Sync, D> DataSourceOperations<D> for Hosted<C, D> {
    fn validate(&self, config: &Value) -> Diagnostics {
        self.operations.validate(config)
    }

    fn plan<'a>(&'a self, call: Option<&'a Call<D>>, config: &'a Value) -> BoxFuture<'a, Planned> {
        let call = call.map(self.context);
        async move { self.operations.plan(call.as_ref(), config).await }.boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<D>, config: &'a Value) -> BoxFuture<'a, Applied> {
        let call = (self.context)(call);
        async move { self.operations.read(&call, config).await }.boxed()
    }
}

/// The data source `D` as a kind.
pub fn data_source<D: DataSource>() -> Arc<dyn DataKind<D::Context>> {
    let descriptor = Descriptor::of(D::TYPE, || D::block().merge(D::Outputs::block()), D::permissions).on(D::PAGE);
    let schema = descriptor.schema.clone();
    let typed = Typed::<D>(Configurations { type_name: D::TYPE, schema, resolve: D::resolve, rules: D::validate });
    data_kind_from(descriptor, typed)
}

struct Typed<D: DataSource>(Configurations<D, D::Context>);

impl<D: DataSource> Typed<D> {
    async fn found(&self, call: &Call<D::Context>, config: &Value) -> Result<Value, Diagnostics> {
        let mut inputs = self.0.inputs(call.context(), config)?;
        let outputs = D::read(call, inputs.clone()).await?;
        D::settle(&mut inputs, &outputs);
        Ok(nulls::kept(config, configuration::merged(&inputs, &outputs)))
    }
}

impl<D: DataSource> DataSourceOperations<D::Context> for Typed<D> {
    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.check(config)
    }

    fn plan<'a>(&'a self, _: Option<&'a Call<D::Context>>, config: &'a Value) -> BoxFuture<'a, Planned> {
        let state = plan::propose(&self.0.schema.block, &Value::Null, config);
        async { Planned { state, ..Planned::default() } }.boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<D::Context>, config: &'a Value) -> BoxFuture<'a, Applied> {
        async move {
            let found = self.found(call, config).await;
            let mut diagnostics = call.take_warnings();
            let state = found.unwrap_or_else(|errors| {
                diagnostics.extend(errors);
                Value::Null
            });
            Applied { state, diagnostics, ..Applied::default() }
        }
        .boxed()
    }
}
