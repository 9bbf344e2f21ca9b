//! A resource with its types erased: the way of each operation from values to the author's code and back.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::diagnostic::decode_error::DecodeError;
use crate::diagnostic::message::Diagnostics;
use crate::expression::attributes::Attributes as _;
use crate::plan::configuration::Configurations;
use crate::plan::{configuration, propose as plan};
use crate::resource::call::Call;
use crate::resource::claiming::CLAIM;
use crate::resource::claims::{Purpose, RealObject};
use crate::resource::definition::{Change, Failure, Intent, Resource, State};
use crate::resource::kind::{Applied, Kind, Planned, ResourceDescriptor, ResourceOperations, kind_from};
use crate::resource::move_source::MoveSource;
use crate::resource::{claiming, claims, guard, identity};
use crate::schema::block::Schema;
use crate::schema::field::Field as _;
use crate::schema::timeouts::Operation;
use crate::schema::validate::conform;
use crate::value::nulls;
use crate::value::tree::Value;

/// The resource `R` as a kind.
pub fn kind<R: Resource>() -> Arc<dyn Kind<R::Context>> {
    let block = guard::named(R::TYPE, "block", R::block_with_outputs);
    let schema = Schema { version: R::VERSION, block };
    let descriptor = ResourceDescriptor {
        permissions: guard::named(R::TYPE, "permissions", R::permissions),
        permissions_by_argument: guard::named(R::TYPE, "permissions_by_argument", R::permissions_by_argument),
        page: R::PAGE,
        identity: R::IDENTITY.to_vec(),
        natural_key: R::NATURAL_KEY,
        converges: R::CONVERGES,
        coexists: R::COEXISTS,
        move_sources: R::MOVE_SOURCES,
        ..ResourceDescriptor::new(R::TYPE, schema.clone())
    };
    let typed = Typed::<R>(Configurations { type_name: R::TYPE, schema, resolve: R::resolve, rules: R::validate });
    kind_from(descriptor, typed)
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
        config_value: &Value,
    ) -> Result<Planned, Diagnostics> {
        let state = if prior.is_null() { None } else { Some(self.decode(prior)?) };
        let proposed = plan::propose(&self.0.schema.block, prior, config_value);
        let partial = || Ok((R::partial(config_value)?, R::partial(&proposed)?, R::Outputs::partial(&proposed)?));
        let (config, mut inputs, outputs) =
            partial().map_err(|error: DecodeError| error.misfit("configuration", R::TYPE))?;
        R::resolve(call.map(|call| call.context().as_ref()), &config, &mut inputs);
        let proposed = R::compose(&inputs, &proposed);
        let replace = plan::replaced(&self.0.schema.block, prior, &proposed);
        let intent = match &state {
            None => Intent::Create(&inputs),
            Some(prior) => Intent::Update { prior, inputs: &inputs, replace: !replace.is_empty() },
        };
        let claim = state.as_ref().and_then(R::claim).map(Arc::from);
        let own = call.map(|call| Self::call(call, &inputs).claiming(claim));
        let mut lost = None;
        let takes_over = R::takes_over(&inputs);
        if let (Some(call), Some(state)) = (&own, &state) {
            R::verify(call, state).await?;
            call.claims().note_whole(R::claim(state));
            if takes_over {
                // Engines plan a change once more when they apply it, in another process, and Pulumi plans without a read.
                self.reread_once(call, state, prior).await?;
            }
            lost = Self::lost(call, state);
        }
        let facts = survey::<R>(own.as_ref(), intent).await?;
        let mut change = Change { prior: state, inputs, outputs, replace };
        let mut diagnostics = call.map(Call::take_warnings).unwrap_or_default();
        R::plan(&facts, &mut change, &mut diagnostics);
        if let Some(call) = &own {
            diagnostics.extend(Self::intend(call, &change).err().into_iter().flatten());
        }
        let planned = R::Outputs::compose(&change.outputs, &R::compose(&change.inputs, &proposed));
        let mut planned = nulls::kept(config_value, planned);
        if let (Some(object), Some(call)) = (lost, &own) {
            if let (true, Value::Map(planned)) = (takes_over, &mut planned) {
                // The claim that the update makes is not known before, and it may be another object.
                let open = std::iter::once(&CLAIM).chain(R::UNIQUE_OUTPUTS);
                planned.extend(open.map(|name| ((*name).to_owned(), Value::Unknown)));
                diagnostics.push(claiming::taking_over(&object));
            } else {
                let may_adopt = self.0.schema.block.attribute("adopt_existing").is_some();
                let changes = !change.replace.is_empty() || planned != *prior;
                diagnostics.push(claiming::held_by_another(call, &object, R::TYPE, may_adopt, changes));
            }
        }
        change.replace.dedup();
        let completes = own
            .filter(|_| change.prior.is_none() && R::CONVERGES)
            .and_then(|call| call.claims().completed_by(&R::objects(&change.inputs, call.context())));
        Ok(Planned { state: planned, replace: change.replace, diagnostics, completes, ..Planned::default() })
    }

    /// Notes what a plan does with which objects.
    ///
    /// # Errors
    /// If the plan of another declaration speaks against it.
    fn intend(call: &Call<R::Context>, change: &Change<R>) -> Result<(), Diagnostics> {
        let wanted = R::objects(&change.inputs, call.context());
        let Some(prior) = &change.prior else { return claiming::intend::<R>(call, wanted, None, Purpose::Create) };
        let mut objects = R::objects(&prior.inputs.to_partial(), call.context());
        let claim = R::claim(prior);
        if !change.replace.is_empty() {
            return claiming::intend::<R>(call, objects, claim, Purpose::Replace);
        }
        objects.extend(wanted);
        objects.sort();
        objects.dedup();
        claiming::intend::<R>(call, objects, claim, Purpose::Keep)
    }

    /// The object of this state that another declaration has taken over since.
    fn lost(call: &Call<R::Context>, state: &State<R>) -> Option<RealObject> {
        let objects = R::objects(&state.inputs.to_partial(), call.context());
        objects.into_iter().find(|object| call.claims().is_lost(&object.name, R::claim(state)))
    }

    async fn plan_delete(&self, call: Option<&Call<R::Context>>, value: &Value) -> Result<Planned, Diagnostics> {
        let prior = self.decode(value)?;
        let own =
            call.map(|call| Self::call(call, &prior.inputs.to_partial()).claiming(R::claim(&prior).map(Arc::from)));
        let lost = |call| Self::lost(call, &prior).map(|object| claiming::letting_go(&object));
        if let Some(call) = &own {
            R::verify(call, &prior).await?;
            if let Some(let_go) = lost(call) {
                return Ok(Planned { diagnostics: let_go.into(), ..Planned::default() });
            }
        }
        let facts = survey::<R>(own.as_ref(), Intent::Delete(&prior)).await?;
        let mut diagnostics = call.map(Call::take_warnings).unwrap_or_default();
        R::plan_delete(&facts, &prior, &mut diagnostics);
        if let Some(call) = own.as_ref().filter(|_| diagnostics.has_errors()) {
            // It is no reason against the delete if it only lets go. Terraform reads for a destroy in another process.
            self.reread_once(call, &prior, value).await?;
            if let Some(let_go) = lost(call) {
                return Ok(Planned { diagnostics: let_go.into(), ..Planned::default() });
            }
        }
        if let Some(call) = &own {
            let objects = R::objects(&prior.inputs.to_partial(), call.context());
            let intended = claiming::intend::<R>(call, objects, R::claim(&prior), Purpose::Delete);
            diagnostics.extend(intended.err().into_iter().flatten());
        }
        Ok(Planned { diagnostics, ..Planned::default() })
    }

    /// The state after an operation, or what a failed one left of `prior`.
    fn settle(call: &Call<R::Context>, prior: &Value, result: Result<Option<State<R>>, Failure<R>>) -> Applied {
        let mut diagnostics = call.take_warnings();
        let mut pre_existing = false;
        let state = match result {
            Ok(state) => state.as_ref().map_or(Value::Null, Self::encode),
            Err(failure) => {
                pre_existing = failure.pre_existing;
                diagnostics.extend(failure.diagnostics);
                failure.state.as_deref().map_or_else(|| prior.clone(), Self::encode)
            }
        };
        Applied { state, diagnostics, pre_existing, ..Applied::default() }
    }

    async fn change(
        &self,
        call: &Call<R::Context>,
        prior: &Value,
        planned: &Value,
    ) -> Result<Option<State<R>>, Failure<R>> {
        if planned.is_null() {
            return self.delete(call, self.decode(prior)?).await.map(|()| None);
        }
        let inputs = Self::inputs(planned)?;
        configuration::recheck(&inputs, R::validate)?;
        let call = Self::call(call, &inputs.to_partial());
        if prior.is_null() {
            return self.create(&call, inputs).await.map(Some);
        }
        let prior = self.decode(prior)?;
        // A plan that takes the object over leaves the claim open.
        let claim = match planned.get(CLAIM) {
            Value::Unknown => Some(claims::new_claim()),
            _ => R::claim(&prior).map(Arc::from),
        };
        self.update(&call.claiming(claim), prior, inputs).await.map(Some)
    }

    async fn reread(&self, call: &Call<R::Context>, state: &Value) -> Result<Option<State<R>>, Diagnostics> {
        let state = self.decode(state)?;
        let claim = R::claim(&state).map(Arc::from);
        let call = Self::call(call, &state.inputs.to_partial()).claiming(claim);
        R::verify(&call, &state).await?;
        let objects = R::objects(&state.inputs.to_partial(), call.context());
        if let (true, Some(claim)) = (call.is_unfinished(), call.claim()) {
            call.claims().note_unfinished(&objects, claim, false);
        }
        let read = R::read(&call, state).await?;
        call.claims().note_read(&objects, call.claim());
        Ok(read)
    }

    /// Compares a state with its object if this run has not done so yet.
    async fn reread_once(&self, call: &Call<R::Context>, state: &State<R>, value: &Value) -> Result<(), Diagnostics> {
        let objects = R::objects(&state.inputs.to_partial(), call.context());
        if !call.claims().is_read(&objects, R::claim(state)) {
            self.reread(call, value).await?;
        }
        Ok(())
    }

    async fn create(&self, call: &Call<R::Context>, inputs: R) -> Result<State<R>, Failure<R>> {
        let claim = claims::new_claim();
        let objects = R::objects(&inputs.to_partial(), call.context());
        let _turn = claiming::turn(call, &objects).await?;
        call.claims().begin(&objects, call.declaration(), &claim, R::TYPE)?;
        let limited = call.clone().claiming(Some(claim.clone())).within(inputs.limit(Operation::Create));
        let again = if call.claims().was_let_go(&objects) { R::decode(&inputs.encode()).ok() } else { None };
        let mut created = R::create(&limited, inputs).await;
        if let (Err(failure), Some(inputs)) = (&mut created, again) {
            // What was let go of for this create must not be forgotten.
            failure.pre_existing = false;
            if failure.state.is_none() {
                failure.state = R::probe(call, inputs).await.ok().flatten().map(Box::new);
            }
        }
        let exists = created.as_ref().map_or_else(|failure| failure.state.is_some(), |_| true);
        if exists {
            call.claims().hold(&objects, call.declaration(), Some(&claim));
        }
        created
    }

    async fn update(&self, call: &Call<R::Context>, prior: State<R>, inputs: R) -> Result<State<R>, Failure<R>> {
        let mut objects = R::objects(&prior.inputs.to_partial(), call.context());
        objects.extend(R::objects(&inputs.to_partial(), call.context()));
        let _turn = claiming::turn(call, &objects).await?;
        R::verify(call, &prior).await?;
        let limited = call.clone().within(inputs.limit(Operation::Update));
        let updated = R::update(&limited, prior, inputs).await;
        if updated.is_ok() {
            call.claims().hold(&objects, call.declaration(), call.claim().map(Arc::from).as_ref());
        }
        updated
    }

    async fn delete(&self, call: &Call<R::Context>, state: State<R>) -> Result<(), Failure<R>> {
        let claim = R::claim(&state).map(Arc::from);
        let call = Self::call(call, &state.inputs.to_partial()).claiming(claim);
        let objects = R::objects(&state.inputs.to_partial(), call.context());
        if let (Some(claim), Some(object)) = (call.claim(), objects.first())
            && call.completes() == Some(claim)
        {
            call.claims().note_unfinished(&objects, claim, true);
            call.warn(claiming::completing(object));
            return Ok(());
        }
        let _turn = claiming::turn(&call, &objects).await?;
        R::verify(&call, &state).await?;
        let limited = call.clone().within(state.inputs.limit(Operation::Delete));
        R::delete(&limited, state).await?;
        call.claims().release(&objects, call.claim());
        Ok(())
    }
}

/// What is outside; nothing is known of it without a call.
async fn survey<R: Resource>(call: Option<&Call<R::Context>>, intent: Intent<'_, R>) -> Result<R::Facts, Diagnostics> {
    match call {
        Some(call) => R::survey(call, intent).await,
        None => Ok(R::Facts::default()),
    }
}

impl<R: Resource> ResourceOperations<R::Context> for Typed<R> {
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
        async move {
            let applied = Self::settle(call, prior, self.change(call, prior, planned).await);
            Applied { state: nulls::kept(planned, applied.state), ..applied }
        }
        .boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<R::Context>, state: &'a Value) -> BoxFuture<'a, Applied> {
        async move {
            let read = Self::settle(call, state, self.reread(call, state).await.map_err(Failure::from));
            Applied { state: nulls::kept(state, read.state), ..read }
        }
        .boxed()
    }

    fn import<'a>(&'a self, call: &'a Call<R::Context>, id: &'a str) -> BoxFuture<'a, Applied> {
        async move { Self::settle(call, &Value::Null, R::import(call, id).await.map(Some).map_err(Failure::from)) }
            .boxed()
    }

    fn import_by_identity<'a>(&'a self, call: &'a Call<R::Context>, identity: &'a Value) -> BoxFuture<'a, Applied> {
        async move {
            let imported = match self.import_id(identity) {
                Ok(id) => self.import(call, &id).await,
                Err(diagnostics) => return Applied::failed(diagnostics),
            };
            match identity::contradiction(identity, &identity::identity_of(R::IDENTITY, &imported.state)) {
                Some(error) => Applied::failed(error.into()),
                None => imported,
            }
        }
        .boxed()
    }

    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        R::import_id(&identity::given(R::TYPE, R::IDENTITY, identity)?)
    }

    fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        async move {
            let block = &self.0.schema.block;
            let state = Value::from_json(json, &block.ty());
            let state = state.map_err(|error| error.misfit("stored state", R::TYPE))?;
            R::upgrade(from, conform(block, state))
        }
        .boxed()
    }

    fn move_state(&self, source: &MoveSource<'_>) -> Option<Result<Value, Diagnostics>> {
        R::move_state(source).map(|state| state.map(|state| Self::encode(&state)))
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
