//! Data sources, as the model knows them.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_model::{
    Applied, Call, DataKind, DataSourceOperations, Descriptor, Diagnostic, Diagnostics, Page, Path, Planned, Value,
    conform, data_kind_from, plan, validate,
};
use rosa_ecr_proto::tfplugin6::{read_data_source, validate_data_resource_config};
use rosa_ecr_wire as wire;

use crate::connection::Connection;
use crate::plugin::{CAPABILITIES, Plugin};
use crate::remote::Remote;

impl Plugin {
    /// The data source of that type.
    ///
    /// # Errors
    /// If the provider has none of that type.
    pub fn data_source(&self, type_name: &str) -> Result<Arc<dyn DataKind<Connection>>, Diagnostics> {
        let remote = self.remote(self.data_sources(), "data source", type_name)?;
        let schema = remote.schema.clone();
        let descriptor =
            Descriptor { type_name: type_name.to_owned(), schema, permissions: BTreeSet::new(), page: Page::NONE };
        Ok(data_kind_from(descriptor, remote))
    }
}

impl Remote {
    /// What the provider's own rules say of the arguments.
    async fn check_arguments(&self, call: &Call<Connection>, config: &Value) -> Result<Diagnostics, Diagnostics> {
        let request = validate_data_resource_config::Request {
            type_name: self.type_name.clone(),
            config: self.encode("configuration", config)?,
        };
        let rpc = "ValidateDataResourceConfig";
        let answer = self.answer(call, rpc, |it| it.validate_data_resource_config(request.clone())).await?;
        wire::read_diagnostics(&answer.diagnostics).into_result()
    }

    /// What is found, and warnings.
    async fn look_up(&self, call: &Call<Connection>, config: &Value) -> Result<(Value, Diagnostics), Diagnostics> {
        if !config.is_wholly_known() {
            return Err(Diagnostic::error(format!("The arguments of {} are not known yet", self.type_name)).into());
        }
        let mut report = self.check_arguments(call, config).await?;
        let request = read_data_source::Request {
            type_name: self.type_name.clone(),
            config: self.encode("configuration", config)?,
            client_capabilities: Some(CAPABILITIES),
            provider_meta: self.plugin.nothing_meant(),
        };
        let answer = self.answer(call, "ReadDataSource", |it| it.read_data_source(request.clone())).await?;
        report.extend(wire::read_diagnostics(&answer.diagnostics).into_result()?);
        self.not_deferred(answer.deferred.as_ref())?;
        let state = conform(&self.schema.block, self.decode("data", answer.state.as_ref())?);
        let broken = match &state {
            Value::Null => "it found nothing, and did not say so",
            state if !state.is_wholly_known() => "there are unknown values in what it found",
            _ => return Ok((state, report)),
        };
        Err(self.fault("does not keep to the protocol", &Path::root(), broken).into())
    }
}

impl DataSourceOperations<Connection> for Remote {
    /// By the schema alone. The provider's own rules are asked for by [`plan`](Self::plan) and [`read`](Self::read).
    fn validate(&self, config: &Value) -> Diagnostics {
        validate(&self.schema.block, &self.config(config))
    }

    fn plan<'a>(&'a self, call: Option<&'a Call<Connection>>, config: &'a Value) -> BoxFuture<'a, Planned> {
        async move {
            let config = self.config(config);
            let diagnostics = match call {
                Some(call) => self.check_arguments(call, &config).await.unwrap_or_else(|errors| errors),
                None => Diagnostics::new(),
            };
            Planned {
                state: plan::propose(&self.schema.block, &Value::Null, &config),
                diagnostics,
                ..Planned::default()
            }
        }
        .boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<Connection>, config: &'a Value) -> BoxFuture<'a, Applied> {
        async move {
            let found = self.look_up(call, &self.config(config)).await;
            let (state, diagnostics) = found.unwrap_or_else(|errors| (Value::Null, errors));
            Applied { state, diagnostics, ..Applied::default() }
        }
        .boxed()
    }
}
