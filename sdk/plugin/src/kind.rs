//! Resources, as the model knows them.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_engine::conformance::of_apply;
use rosa_ecr_model::{
    Applied, Block, Call, Diagnostic, Diagnostics, Kind, MoveSource, Path, Planned, ResourceDescriptor,
    ResourceOperations, Schema, Severity, Step, Value, conform, kind_from, not_by_identity, plan, to_config, validate,
};
use rosa_ecr_proto::tfplugin6::{
    RawState, apply_resource_change, plan_resource_change, read_resource, upgrade_resource_state,
    validate_resource_config,
};
use rosa_ecr_wire as wire;
use serde_json::Value as Json;

use crate::connection::Connection;
use crate::plugin::{CAPABILITIES, Plugin};
use crate::remote::Remote;
use crate::{conformance, kept, proposed, raw};

impl Plugin {
    /// The resources of one type.
    ///
    /// # Errors
    /// If the provider has none of that type.
    pub fn kind(&self, type_name: &str) -> Result<Arc<dyn Kind<Connection>>, Diagnostics> {
        let remote = self.remote(self.resources(), "resource", type_name)?;
        Ok(kind_from(descriptor(type_name, remote.schema.clone()), remote))
    }
}

impl Remote {
    pub(crate) async fn plan_change(
        &self,
        call: &Call<Connection>,
        prior: &Value,
        config: &Value,
    ) -> Result<Planned, Diagnostics> {
        let mut report = Diagnostics::new();
        if !config.is_null() {
            let request = validate_resource_config::Request {
                type_name: self.type_name.clone(),
                config: self.encode("configuration", config)?,
                client_capabilities: Some(CAPABILITIES),
            };
            let rpc = "ValidateResourceConfig";
            let answer = self.answer(call, rpc, |it| it.validate_resource_config(request.clone())).await?;
            report.extend(wire::read_diagnostics(&answer.diagnostics).into_result()?);
        }
        let proposed =
            if config.is_null() { Value::Null } else { proposed::propose(&self.schema.block, prior, config) };
        let is_create = prior.is_null() && !config.is_null();
        let prior_private = match call.private() {
            [] if is_create => call.planned_before(&self.type_name, call.declaration()),
            private => private.to_vec(),
        };
        let request = plan_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: self.encode("prior state", prior)?,
            proposed_new_state: self.encode("proposed state", &proposed)?,
            config: self.encode("configuration", config)?,
            prior_private,
            provider_meta: self.plugin.nothing_meant(),
            client_capabilities: Some(CAPABILITIES),
            ..Default::default()
        };
        let answer = self.answer(call, "PlanResourceChange", |it| it.plan_resource_change(request.clone())).await?;
        report.extend(wire::read_diagnostics(&answer.diagnostics).into_result()?);
        self.not_deferred(answer.deferred.as_ref())?;
        let mut planned = self.decode("planned state", answer.planned_state.as_ref())?;
        if answer.legacy_type_system {
            planned = unhashed(&self.schema.block, prior, config, planned);
        }
        if !answer.legacy_type_system || planned.is_null() != config.is_null() {
            let broken = conformance::of_plan(&self.schema.block, prior, config, &planned);
            report.extend(self.faults("made a plan that contradicts the configuration", &broken));
            report = report.into_result()?;
        }
        let replace = answer.requires_replace.iter().map(wire::read_path);
        let replace = if prior.is_null() || planned.is_null() {
            Vec::new()
        } else {
            replace.filter(|path| differs(prior, &planned, path.steps())).collect()
        };
        if is_create {
            call.keep_plan(&self.type_name, call.declaration(), &answer.planned_private);
        }
        Ok(Planned {
            state: planned,
            replace,
            diagnostics: report,
            private: answer.planned_private,
            ..Planned::default()
        })
    }

    /// A configuration that leads to that plan.
    pub(crate) fn as_configured(&self, planned: &Value) -> Value {
        conform(&self.schema.block, to_config(&self.schema.block, planned, |_| false))
    }

    async fn change(&self, call: &Call<Connection>, prior: &Value, planned: &Value) -> Result<Applied, Diagnostics> {
        let config = match (planned, call.config()) {
            (Value::Null, _) => Value::Null,
            (_, Some(config)) => self.config(config),
            // Nearly what was configured: only the write-only is lost, and what equals a computed value.
            (planned, None) => self.as_configured(planned),
        };
        let request = apply_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: self.encode("prior state", prior)?,
            planned_state: self.encode("planned state", planned)?,
            config: self.encode("configuration", &config)?,
            planned_private: call.private().to_vec(),
            provider_meta: self.plugin.nothing_meant(),
            ..Default::default()
        };
        let answer = self.answer(call, "ApplyResourceChange", |it| it.apply_resource_change(request.clone())).await;
        let answer = answer.map_err(|unanswered| match unanswered.may_be_done {
            true => open(unanswered.errors),
            false => {
                unanswered.errors.into_iter().map(|error| error.fix("Nothing was done: run this again.")).collect()
            }
        })?;
        let mut report = wire::read_diagnostics(&answer.diagnostics);
        let state = match self.decode("new state", answer.new_state.as_ref()) {
            Ok(state) => state,
            Err(errors) => {
                report.extend(open(errors));
                let private = call.private().to_vec();
                return Ok(Applied { state: prior.clone(), diagnostics: report, private, ..Applied::default() });
            }
        };
        if report.has_errors() {
            // Nothing was done, as far as the provider knows.
            if state.is_null() {
                let private = call.private().to_vec();
                return Ok(Applied { state: prior.clone(), diagnostics: report, private, ..Applied::default() });
            }
        } else if planned.is_null() != state.is_null() || !answer.legacy_type_system {
            let broken = of_apply(&self.schema.block, planned, &state);
            report.extend(self.faults("did something else than it had planned", &broken));
        }
        let state = self.kept(state, &mut report);
        Ok(Applied { state, diagnostics: report, private: answer.private, ..Applied::default() })
    }

    /// What may be kept of a state.
    fn kept(&self, state: Value, report: &mut Diagnostics) -> Value {
        let (state, broken) = kept::of(&self.schema.block, state);
        report.extend(self.faults("left a state that cannot be kept as it is", &broken));
        state
    }

    pub(crate) async fn read_state(
        &self,
        call: &Call<Connection>,
        state: &Value,
        private: Vec<u8>,
    ) -> Result<Applied, Diagnostics> {
        let request = read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: self.encode("state", state)?,
            private,
            provider_meta: self.plugin.nothing_meant(),
            client_capabilities: Some(CAPABILITIES),
            ..Default::default()
        };
        let answer = self.answer(call, "ReadResource", |it| it.read_resource(request.clone())).await?;
        let mut report = wire::read_diagnostics(&answer.diagnostics).into_result()?;
        self.not_deferred(answer.deferred.as_ref())?;
        let state = self.decode("state", answer.new_state.as_ref())?;
        let state = self.kept(state, &mut report);
        Ok(Applied { state, diagnostics: report, private: answer.private, ..Applied::default() })
    }

    async fn read_stored(&self, from: i64, json: &Json) -> Result<Value, Diagnostics> {
        self.is_readable(from)?;
        let json = raw::typed(json, &self.schema.block.ty(), from == self.schema.version);
        let request = upgrade_resource_state::Request {
            type_name: self.type_name.clone(),
            version: from,
            raw_state: Some(RawState { json: json.to_string().into_bytes(), ..RawState::default() }),
        };
        let call = self.plugin.service().upgrade_resource_state(request);
        let answer = self.plugin.answer("UpgradeResourceState", call).await?;
        wire::read_diagnostics(&answer.diagnostics).into_result()?;
        let state = self.decode("stored state", answer.upgraded_state.as_ref())?;
        if state.is_null() && !json.is_null() {
            let what = "it upgrades a stored state to nothing";
            return Err(self.fault("does not keep to the protocol", &Path::root(), what).into());
        }
        Ok(state)
    }

    fn is_readable(&self, from: i64) -> Result<(), Diagnostics> {
        if from <= self.schema.version {
            return Ok(());
        }
        Err(Diagnostic::error(format!("The state of {} is of version {from}", self.type_name))
            .detail(format!("{} knows versions up to {}.", self.plugin.name(), self.schema.version))
            .fix("Use the version of the provider that wrote the state, or a later one.")
            .into())
    }
}

/// What is known of the resources of one type of a provider: what its schema says.
fn descriptor(type_name: &str, schema: Schema) -> ResourceDescriptor {
    ResourceDescriptor {
        // As Terraform has it: the provider's authors count on a replacement.
        converges: false,
        // Nothing says whether a create would take the old object for its own, so that goes first, as Terraform has it.
        coexists: false,
        // Providers of earlier times may differ.
        checks_results: true,
        // Terraform asks for every state, and providers count on it: attributes may come and go within one version.
        upgrades_always: true,
        ..ResourceDescriptor::new(type_name, schema)
    }
}

impl ResourceOperations<Connection> for Remote {
    /// By the schema alone. The provider's own rules are asked for by [`plan`](Self::plan).
    fn validate(&self, config: &Value) -> Diagnostics {
        validate(&self.schema.block, &self.config(config))
    }

    fn plan<'a>(
        &'a self,
        call: Option<&'a Call<Connection>>,
        prior: &'a Value,
        config: &'a Value,
    ) -> BoxFuture<'a, Planned> {
        async move {
            let config = self.config(config);
            let planned = match call {
                Some(call) if !config.is_null() || self.plugin.plans_deletes() => {
                    self.plan_change(call, prior, &config).await
                }
                _ => {
                    // Nobody to ask, or nothing to ask about.
                    let state = plan::propose(&self.schema.block, prior, &config);
                    let private = call.map(|call| call.private().to_vec()).unwrap_or_default();
                    Ok(Planned { state, private, ..Planned::default() })
                }
            };
            planned.unwrap_or_else(|diagnostics| Planned { state: prior.clone(), diagnostics, ..Planned::default() })
        }
        .boxed()
    }

    fn apply<'a>(&'a self, call: &'a Call<Connection>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied> {
        async move { unchanged_unless(call, prior, self.change(call, prior, planned).await) }.boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<Connection>, state: &'a Value) -> BoxFuture<'a, Applied> {
        async move { unchanged_unless(call, state, self.read_state(call, state, call.private().to_vec()).await) }
            .boxed()
    }

    fn import<'a>(&'a self, call: &'a Call<Connection>, id: &'a str) -> BoxFuture<'a, Applied> {
        let description = format!("{id:?}");
        async move { unchanged_unless(call, &Value::Null, self.find(call, id, None, &description).await) }.boxed()
    }

    fn import_by_identity<'a>(&'a self, call: &'a Call<Connection>, identity: &'a Value) -> BoxFuture<'a, Applied> {
        async move { unchanged_unless(call, &Value::Null, self.find_by_identity(call, identity).await) }.boxed()
    }

    fn import_id(&self, _: &Value) -> Result<String, Diagnostics> {
        Err(not_by_identity(&self.type_name).into())
    }

    fn move_state(&self, _: &MoveSource<'_>) -> Option<Result<Value, Diagnostics>> {
        None
    }

    fn probe<'a>(&'a self, call: &'a Call<Connection>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        self.left_behind(call, planned).boxed()
    }

    fn stored<'a>(&'a self, from: i64, json: &'a Json) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        self.read_stored(from, json).boxed()
    }
}

/// What is configured as it is does not change. Providers of Terraform's first SDK hash some texts on the way into a state,
/// and hash the hash where the configuration is the state, because changes are ignored.
fn unhashed(block: &Block, prior: &Value, config: &Value, planned: Value) -> Value {
    let Value::Map(mut entries) = planned else { return planned };
    for attribute in &block.attributes {
        let name = attribute.name.as_ref();
        let is_same = matches!(prior.get(name), Value::String(_)) && prior.get(name) == config.get(name);
        if let Some(text @ Value::String(_)) = entries.get_mut(name).filter(|_| is_same) {
            *text = prior.get(name).clone();
        }
    }
    Value::Map(entries)
}

/// The errors of an operation that may have been done nevertheless.
fn open(errors: Diagnostics) -> Diagnostics {
    let fix =
        "Whether it was done is not known. The next run of a stack looks into it; else look before you try again.";
    errors.into_iter().map(|error| error.fix(fix).outcome_unknown()).collect()
}

/// What an operation without an answer leaves: the object as it was.
fn unchanged_unless(call: &Call<Connection>, prior: &Value, done: Result<Applied, Diagnostics>) -> Applied {
    done.unwrap_or_else(|diagnostics| {
        debug_assert!(diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error));
        Applied { state: prior.clone(), diagnostics, private: call.private().to_vec(), ..Applied::default() }
    })
}

/// Whether the values behind the path differ, as far as both have it. Unknown is different: it may turn out to be.
fn differs(prior: &Value, planned: &Value, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return prior != planned };
    match (step, prior, planned) {
        (Step::Attribute(name) | Step::Key(name), Value::Map(_), Value::Map(_)) => {
            differs(prior.get(name), planned.get(name), rest)
        }
        (Step::Index(at), Value::List(prior), Value::List(planned)) => {
            let (prior, planned) = (prior.get(*at).unwrap_or(&Value::Null), planned.get(*at).unwrap_or(&Value::Null));
            differs(prior, planned, rest)
        }
        _ => prior != planned,
    }
}
