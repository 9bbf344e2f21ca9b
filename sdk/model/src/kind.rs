//! A resource behind a trait object: what hosts serve.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{self, BoxFuture};

use crate::configuration::{self, Configurations};
use crate::{
    Attributes as _, Call, Change, DecodeError, Diagnostics, Failure, Field as _, IdentityAttribute, Intent, Operation,
    Path, Relocation, Resource, Schema, State, Value, conform, identity, plan,
};

/// What can be done with the resources of one type: [`Resource`] with its types erased.
///
/// States and configurations are values in the full shape of the [`schema`](Self::schema); a null state is no object.
pub trait Kind<C>: Send + Sync {
    /// The type name.
    fn type_name(&self) -> &str;

    /// Inputs and outputs.
    fn schema(&self) -> &Schema;

    /// What the credentials must be allowed to do, as far as the kind can say.
    fn permissions(&self) -> BTreeSet<&'static str> {
        BTreeSet::new()
    }

    /// What they must be allowed to do besides where an argument is set, by the name of the argument.
    fn permissions_by_argument(&self) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        BTreeMap::new()
    }

    /// Everything that is wrong with the configuration, as far as it is known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// What applying `config` to `prior` would do; a null `config` stands for a delete. Without a `call`, because the
    /// provider's configuration is not known yet, the plan knows less.
    fn plan<'a>(&'a self, call: Option<&'a Call<C>>, prior: &'a Value, config: &'a Value) -> BoxFuture<'a, Planned>;

    /// Makes, changes or, where `planned` is null, removes the object.
    fn apply<'a>(&'a self, call: &'a Call<C>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied>;

    /// Reads the object. Null where it is gone; the prior state where that could not be found out.
    fn read<'a>(&'a self, call: &'a Call<C>, state: &'a Value) -> BoxFuture<'a, Applied>;

    /// Finds an object by the id that a user gives.
    fn import<'a>(&'a self, call: &'a Call<C>, id: &'a str) -> BoxFuture<'a, Applied>;

    /// Finds an object by its identity: the attributes that a user gives.
    fn import_by_identity<'a>(&'a self, call: &'a Call<C>, identity: &'a Value) -> BoxFuture<'a, Applied>
    where
        C: Send + Sync,
    {
        async move {
            let imported = match self.import_id(identity) {
                Ok(id) => self.import(call, &id).await,
                Err(diagnostics) => return Applied { diagnostics, ..Applied::default() },
            };
            match identity::contradiction(identity, &self.identity_of(&imported.state)) {
                Some(error) => Applied { diagnostics: error.into(), ..Applied::default() },
                None => imported,
            }
        }
        .boxed()
    }

    /// Brings a state of an earlier version, already read along the present type, into the present shape.
    ///
    /// # Errors
    /// Where the state is not understood.
    fn upgrade(&self, from: i64, state: Value) -> Result<Value, Diagnostics>;

    /// Whether [`stored`](Self::stored) wants to see every state, and not only those of earlier versions.
    fn upgrades_always(&self) -> bool {
        false
    }

    /// Reads a state that was stored as JSON under version `from` of the schema, and brings it into the present shape.
    ///
    /// # Errors
    /// Where the state is not understood.
    fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        let read = || {
            let state = Value::from_json(json, &self.schema().block.ty());
            let state = state.map_err(|error| error.misfit("stored state", self.type_name()))?;
            self.upgrade(from, conform(&self.schema().block, state))
        };
        future::ready(read()).boxed()
    }

    /// What makes an object this one and no other; empty where nothing but its state does.
    fn identity(&self) -> &[IdentityAttribute] {
        &[]
    }

    /// The identity of the object of this state; attributes that are not known yet are null, and so is the identity of no
    /// object.
    fn identity_of(&self, state: &Value) -> Value {
        identity::identity_of(self.identity(), state)
    }

    /// The id that [`import`](Self::import) takes, for an object of this identity.
    ///
    /// # Errors
    /// Where the identity lacks a required attribute, and where the resource cannot be imported by identity.
    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        identity::import_id(
            self.type_name(),
            self.identity(),
            &identity::given(self.type_name(), self.identity(), identity)?,
        )
    }

    /// The attributes in which two objects may differ and exist at once, besides those of the identity: see
    /// [`Resource::NATURAL_KEY`].
    fn natural_key(&self) -> &[&'static str] {
        &[]
    }

    /// Whether an update completes what a create that failed halfway has left. Where it does not, the object is replaced.
    fn converges(&self) -> bool {
        true
    }

    /// Whether a replacement can be made while the old object is still there: see [`Resource::COEXISTS`].
    fn coexists(&self) -> bool {
        true
    }

    /// Whether [`apply`](Self::apply) compares its result with the plan by itself, and knows better than its host what may
    /// differ.
    fn checks_results(&self) -> bool {
        false
    }

    /// The type names that [`relocate`](Self::relocate) understands.
    fn relocates(&self) -> &[&'static str] {
        &[]
    }

    /// The state of an object that another resource has had so far, enough for [`read`](Self::read) to complete it;
    /// `None` where this kind does not understand the other one.
    fn relocate(&self, source: &Relocation<'_>) -> Option<Result<Value, Diagnostics>> {
        let _ = source;
        None
    }

    /// Finds the object that an interrupted create of this plan has left. The state is null where there is none, and
    /// where only [`apply`](Self::apply) can tell. Where nothing can tell, so that another create may make another object,
    /// there is a warning with [`outcome_unknown`](crate::Diagnostic::outcome_unknown) that says what was looked for.
    fn probe<'a>(&'a self, call: &'a Call<C>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        let _ = (call, planned);
        async { Applied::default() }.boxed()
    }
}

/// A plan.
#[derive(Debug, Default)]
pub struct Planned {
    /// The state that apply will bring about; null for a delete.
    pub state: Value,
    /// Attributes whose change makes a new object; empty where the object is changed in place.
    pub replace: Vec<Path>,
    /// What there is to say. With errors among it the plan must not be applied.
    pub diagnostics: Diagnostics,
    /// What the host keeps for the apply: see [`Call::private`].
    pub private: Vec<u8>,
}

/// What an operation left behind.
#[derive(Debug, Default)]
pub struct Applied {
    /// The state: wholly known, null where there is no object.
    pub state: Value,
    /// What there is to say. Errors and a state may come together: then part of the work was done.
    pub diagnostics: Diagnostics,
    /// What the host keeps for the next operation on the object: see [`Call::private`].
    pub private: Vec<u8>,
    /// Whether the object of a failed create was there before: see [`Failure::was_there`].
    pub was_there: bool,
}

/// The resource `R` as a kind.
pub fn kind<R: Resource>() -> Arc<dyn Kind<R::Context>> {
    Arc::new(Typed::<R>(Configurations {
        type_name: R::TYPE,
        schema: Schema { version: R::VERSION, block: R::block_with_outputs() },
        resolve: R::resolve,
        rules: R::validate,
    }))
}

struct Typed<R: Resource>(Configurations<R, R::Context>);

impl<R: Resource> Typed<R> {
    fn decode(&self, state: &Value) -> Result<State<R>, Diagnostics> {
        let state = plan::settle(state);
        let decode = || Ok(State { inputs: R::decode(&state)?, outputs: R::Outputs::decode(&state)? });
        decode().map_err(|error: DecodeError| error.misfit("state", R::TYPE).into())
    }

    fn encode(state: &State<R>) -> Value {
        configuration::merged(&state.inputs, &state.outputs)
    }

    /// The call for an object with these inputs.
    fn call(call: &Call<R::Context>, inputs: &R::Partial) -> Call<R::Context> {
        R::context(inputs, call.context()).map_or_else(|| call.clone(), |context| call.with(context))
    }

    /// The inputs of a plan.
    fn inputs(planned: &Value) -> Result<R, Diagnostics> {
        R::decode(&plan::settle(planned)).map_err(|error| error.misfit("plan", R::TYPE).into())
    }

    async fn plan_change(
        &self,
        call: Option<&Call<R::Context>>,
        prior: &Value,
        config: &Value,
    ) -> Result<Planned, Diagnostics> {
        let state = if prior.is_null() { None } else { Some(self.decode(prior)?) };
        let proposed = plan::propose(&self.0.schema.block, prior, config);
        let partial = || Ok((R::partial(config)?, R::partial(&proposed)?, R::Outputs::partial(&proposed)?));
        let (config, mut inputs, outputs) =
            partial().map_err(|error: DecodeError| error.misfit("configuration", R::TYPE))?;
        R::resolve(call.map(|call| call.context().as_ref()), &config, &mut inputs);
        let proposed = R::compose(&inputs, &proposed);
        let replace = plan::replaced(&self.0.schema.block, prior, &proposed);
        let intent = match &state {
            None => Intent::Create(&inputs),
            Some(prior) => Intent::Update { prior, inputs: &inputs, replace: !replace.is_empty() },
        };
        let own = call.map(|call| Self::call(call, &inputs));
        let facts = survey::<R>(own.as_ref(), intent).await?;
        let mut change = Change { prior: state, inputs, outputs, replace };
        let mut diagnostics = call.map(Call::take_warnings).unwrap_or_default();
        R::plan(&facts, &mut change, &mut diagnostics);
        let planned = R::Outputs::compose(&change.outputs, &R::compose(&change.inputs, &proposed));
        change.replace.dedup();
        Ok(Planned { state: planned, replace: change.replace, diagnostics, ..Planned::default() })
    }

    async fn plan_delete(&self, call: Option<&Call<R::Context>>, prior: &Value) -> Result<Planned, Diagnostics> {
        let prior = self.decode(prior)?;
        let own = call.map(|call| Self::call(call, &prior.inputs.to_partial()));
        let facts = survey::<R>(own.as_ref(), Intent::Delete(&prior)).await?;
        let mut diagnostics = call.map(Call::take_warnings).unwrap_or_default();
        R::plan_delete(&facts, &prior, &mut diagnostics);
        Ok(Planned { diagnostics, ..Planned::default() })
    }

    /// The state after an operation, or what a failed one left of `prior`.
    fn settle(call: &Call<R::Context>, prior: &Value, result: Result<Option<State<R>>, Failure<R>>) -> Applied {
        let mut diagnostics = call.take_warnings();
        let mut was_there = false;
        let state = match result {
            Ok(state) => state.as_ref().map_or(Value::Null, Self::encode),
            Err(failure) => {
                was_there = failure.was_there;
                diagnostics.extend(failure.diagnostics);
                failure.state.as_deref().map_or_else(|| prior.clone(), Self::encode)
            }
        };
        Applied { state, diagnostics, was_there, ..Applied::default() }
    }

    async fn change(
        &self,
        call: &Call<R::Context>,
        prior: &Value,
        planned: &Value,
    ) -> Result<Option<State<R>>, Failure<R>> {
        if planned.is_null() {
            let state = self.decode(prior)?;
            let call = Self::call(call, &state.inputs.to_partial()).within(state.inputs.limit(Operation::Delete));
            return R::delete(&call, state).await.map(|()| None);
        }
        let inputs = Self::inputs(planned)?;
        configuration::recheck(&inputs, R::validate)?;
        let call = Self::call(call, &inputs.to_partial());
        if prior.is_null() {
            let call = call.within(inputs.limit(Operation::Create));
            return R::create(&call, inputs).await.map(Some);
        }
        let call = call.within(inputs.limit(Operation::Update));
        R::update(&call, self.decode(prior)?, inputs).await.map(Some)
    }
}

/// What is outside; nothing is known of it without a call.
async fn survey<R: Resource>(call: Option<&Call<R::Context>>, intent: Intent<'_, R>) -> Result<R::Facts, Diagnostics> {
    match call {
        Some(call) => R::survey(call, intent).await,
        None => Ok(R::Facts::default()),
    }
}

impl<R: Resource> Kind<R::Context> for Typed<R> {
    fn type_name(&self) -> &'static str {
        R::TYPE
    }

    fn schema(&self) -> &Schema {
        &self.0.schema
    }

    fn permissions(&self) -> BTreeSet<&'static str> {
        R::permissions()
    }

    fn permissions_by_argument(&self) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        R::permissions_by_argument()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.check(config)
    }

    fn plan<'a>(
        &'a self,
        call: Option<&'a Call<R::Context>>,
        prior: &'a Value,
        config: &'a Value,
    ) -> BoxFuture<'a, Planned> {
        async move {
            let planned = match config {
                Value::Null => self.plan_delete(call, prior).await,
                config => self.plan_change(call, prior, config).await,
            };
            planned.unwrap_or_else(|diagnostics| Planned { state: prior.clone(), diagnostics, ..Planned::default() })
        }
        .boxed()
    }

    fn apply<'a>(&'a self, call: &'a Call<R::Context>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied> {
        async move { Self::settle(call, prior, self.change(call, prior, planned).await) }.boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<R::Context>, state: &'a Value) -> BoxFuture<'a, Applied> {
        async move {
            let read = async {
                let state = self.decode(state)?;
                R::read(&Self::call(call, &state.inputs.to_partial()), state).await
            };
            Self::settle(call, state, read.await.map_err(Failure::from))
        }
        .boxed()
    }

    fn import<'a>(&'a self, call: &'a Call<R::Context>, id: &'a str) -> BoxFuture<'a, Applied> {
        async move { Self::settle(call, &Value::Null, R::import(call, id).await.map(Some).map_err(Failure::from)) }
            .boxed()
    }

    fn upgrade(&self, from: i64, state: Value) -> Result<Value, Diagnostics> {
        R::upgrade(from, state)
    }

    fn identity(&self) -> &[IdentityAttribute] {
        R::IDENTITY
    }

    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        R::import_id(&identity::given(R::TYPE, R::IDENTITY, identity)?)
    }

    fn natural_key(&self) -> &[&'static str] {
        R::NATURAL_KEY
    }

    fn converges(&self) -> bool {
        R::CONVERGES
    }

    fn coexists(&self) -> bool {
        R::COEXISTS
    }

    fn relocates(&self) -> &[&'static str] {
        R::RELOCATES
    }

    fn relocate(&self, source: &Relocation<'_>) -> Option<Result<Value, Diagnostics>> {
        R::relocate(source).map(|state| state.map(|state| Self::encode(&state)))
    }

    fn probe<'a>(&'a self, call: &'a Call<R::Context>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        async move {
            let probed = async {
                let inputs = Self::inputs(planned)?;
                R::probe(&Self::call(call, &inputs.to_partial()), inputs).await
            };
            Self::settle(call, &Value::Null, probed.await.map_err(Failure::from))
        }
        .boxed()
    }
}
