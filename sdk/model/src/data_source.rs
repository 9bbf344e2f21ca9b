//! Data sources: what can be looked up and is not managed.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::configuration::{self, Configurations};
use crate::{
    Applied, Call, DeclaredInputs, DeclaredOutputs, Diagnostics, Object as _, Planned, Schema, Value, nulls, plan,
};

/// A data source, implemented by the struct of its inputs.
pub trait DataSource: DeclaredInputs {
    /// The type name, such as `rosa_ecr_images`.
    const TYPE: &'static str;

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
}

/// [`DataSource`] with its types erased.
pub trait DataKind<C>: Send + Sync {
    /// The type name.
    fn type_name(&self) -> &str;

    /// Inputs and outputs.
    fn schema(&self) -> &Schema;

    /// What the credentials must be allowed to do, as far as the kind can say.
    fn permissions(&self) -> BTreeSet<&'static str> {
        BTreeSet::new()
    }

    /// Everything that is wrong with the configuration, as far as it is known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// What is known of it before it can be read: arguments and defaults, and what is found is unknown. Without a `call`,
    /// because the provider's configuration is not known yet, nobody is asked.
    fn plan<'a>(&'a self, call: Option<&'a Call<C>>, config: &'a Value) -> BoxFuture<'a, Planned> {
        let _ = call;
        let state = plan::propose(&self.schema().block, &Value::Null, config);
        async { Planned { state, ..Planned::default() } }.boxed()
    }

    /// Looks it up. The state is the inputs with the outputs, and null with every error.
    fn read<'a>(&'a self, call: &'a Call<C>, config: &'a Value) -> BoxFuture<'a, Applied>;
}

/// The data source `D` as a kind.
pub fn data_source<D: DataSource>() -> Arc<dyn DataKind<D::Context>> {
    Arc::new(Typed::<D>(Configurations {
        type_name: D::TYPE,
        schema: Schema { version: 0, block: D::block().merge(D::Outputs::block()) },
        resolve: D::resolve,
        rules: D::validate,
    }))
}

struct Typed<D: DataSource>(Configurations<D, D::Context>);

impl<D: DataSource> Typed<D> {
    async fn found(&self, call: &Call<D::Context>, config: &Value) -> Result<Value, Diagnostics> {
        let inputs = self.0.inputs(call.context(), config)?;
        let outputs = D::read(call, inputs.clone()).await?;
        Ok(nulls::kept(config, configuration::merged(&inputs, &outputs)))
    }
}

impl<D: DataSource> DataKind<D::Context> for Typed<D> {
    fn type_name(&self) -> &str {
        D::TYPE
    }

    fn schema(&self) -> &Schema {
        &self.0.schema
    }

    fn permissions(&self) -> BTreeSet<&'static str> {
        D::permissions()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.check(config)
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
