//! What is of one type in a provider: how values get there and back, and the errors about its answers.

use rosa_ecr_engine::conformance::Violations;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Path, Schema, Type, Value};
use rosa_ecr_proto::tfplugin6::{Deferred, DynamicValue};
use rosa_ecr_wire as wire;
use tonic::Status;

use crate::arguments;
use crate::connection::Connection;
use crate::plugin::{Plugin, Schemas, strange_schema};
use crate::rpc::Service;
use crate::unanswered::Unanswered;

/// The resources, or a data source, of one type of a provider. Operations go to the process of their call, which is
/// another one of the same provider where that was configured anew.
pub(crate) struct Remote {
    pub(crate) plugin: Plugin,
    pub(crate) type_name: String,
    pub(crate) schema: Schema,
    ty: Type,
}

impl Plugin {
    /// What is of that type among these; `what` says what they are.
    pub(crate) fn remote(&self, schemas: &Schemas, what: &str, type_name: &str) -> Result<Remote, Diagnostics> {
        let Some(schema) = schemas.get(type_name) else {
            // The names that begin like it for longest.
            let shared = |name: &str| name.bytes().zip(type_name.bytes()).take_while(|(a, b)| a == b).count();
            let mut close: Vec<&str> = schemas.keys().map(String::as_str).collect();
            close.sort_by_key(|name| std::cmp::Reverse(shared(name)));
            close.truncate(5);
            let error = Diagnostic::error(format!("There is no {what} \"{type_name}\" in {}", self.name()))
                .detail(match close[..] {
                    [] => format!("It has no {what}s."),
                    _ => format!("It has for instance: {}.", close.join(", ")),
                })
                .fix("Check the type name and the version of the provider.");
            return Err(error.into());
        };
        let schema = wire::read_schema(schema).map_err(|error| strange_schema(self.name(), type_name, &error))?;
        Ok(Remote::new(self.clone(), type_name.to_owned(), schema))
    }
}

impl Remote {
    fn new(plugin: Plugin, type_name: String, schema: Schema) -> Self {
        Self { plugin, type_name, ty: schema.block.ty(), schema }
    }

    pub(crate) fn encode(&self, what: &str, value: &Value) -> Result<Option<DynamicValue>, Diagnostics> {
        Ok(wire::encode(value, &self.ty).map(Some).map_err(|error| self.codec_error(what, &error))?)
    }

    pub(crate) fn decode(&self, what: &str, value: Option<&DynamicValue>) -> Result<Value, Diagnostics> {
        Ok(wire::decode(value, &self.ty).map_err(|error| self.codec_error(what, &error))?)
    }

    pub(crate) fn codec_error(&self, what: &str, error: &wire::CodecError) -> Diagnostic {
        Diagnostic::error(format!("The {what} of a {} does not fit its schema", self.type_name))
            .detail(format!("{error}."))
            .at(error.path.clone())
    }

    /// A provider that does not keep to the protocol: nothing a user can do about in a configuration.
    pub(crate) fn fault(&self, title: &str, path: &Path, what: &str) -> Diagnostic {
        Diagnostic::error(format!("{} {title}", self.plugin.name()))
            .detail(format!("{}: {what}.", self.type_name))
            .fix("Report this to the provider's authors, or use another version.")
            .at(path.clone())
    }

    pub(crate) fn faults<'a>(
        &'a self,
        title: &'a str,
        broken: &'a Violations,
    ) -> impl Iterator<Item = Diagnostic> + 'a {
        broken.iter().map(move |(path, what)| self.fault(title, path, what))
    }

    /// The configuration in full shape.
    pub(crate) fn config(&self, config: &Value) -> Value {
        if config.is_null() { Value::Null } else { arguments::fit(&self.schema.block, config) }
    }

    /// An answer. When the call is to end, the provider is asked to stop, and its answer is still taken.
    pub(crate) async fn answer<T, F>(
        &self,
        call: &Call<Connection>,
        rpc: &str,
        ask: impl Fn(Service) -> F,
    ) -> Result<T, Unanswered>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let plugin = call.context().running().await?;
        match answer_of(&plugin, call, rpc, ask(plugin.service())).await {
            // It had died, and that was not known yet.
            Err(unanswered) if !unanswered.was_sent && plugin.has_died() => {
                let plugin = call.context().running().await?;
                answer_of(&plugin, call, rpc, ask(plugin.service())).await
            }
            answered => answered,
        }
    }

    pub(crate) fn not_deferred(&self, deferred: Option<&Deferred>) -> Result<(), Diagnostics> {
        match deferred {
            None => Ok(()),
            Some(deferred) => {
                let what = format!("it puts it off ({:?}), which this host does not offer", deferred.reason());
                Err(self.fault("does not keep to the protocol", &Path::root(), &what).into())
            }
        }
    }
}

async fn answer_of<T>(
    plugin: &Plugin,
    call: &Call<Connection>,
    rpc: &str,
    answer: impl Future<Output = Result<T, Status>>,
) -> Result<T, Unanswered> {
    let to_end = async {
        match call.deadline() {
            Some(deadline) => {
                let _ = tokio::time::timeout_at(deadline.into(), call.cancelled().cancelled()).await;
            }
            None => call.cancelled().cancelled().await,
        }
    };
    let answer = async {
        tokio::pin!(answer);
        tokio::select! {
            biased;
            answer = &mut answer => answer,
            () = to_end => tokio::join!(answer, plugin.stop()).0,
        }
    };
    plugin.answer(rpc, answer).await
}
