//! What an author of a resource writes.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{self, Future};

use crate::diagnostic::message::{Diagnostic, Diagnostics};
use crate::expression::attributes::{Attributes, DeclaredInputs, DeclaredOutputs};
use crate::resource::call::Call;
use crate::resource::claims::RealObject;
use crate::resource::identity;
use crate::resource::identity::IdentityAttribute;
use crate::resource::move_source::MoveSource;
use crate::resource::page::Page;
use crate::schema::block::Block;
use crate::schema::field::Object as _;
use crate::schema::timeouts::{Operation, TimeoutDefaults, Timeouts};
use crate::value::path::Path;
use crate::value::tree::Value;

/// A resource, implemented by the struct of its inputs.
///
/// Only the four operations are required. `create`, `update` and `delete` see plain, fully known structs: unknown
/// values exist before apply only, where [`validate`](Self::validate) and [`plan`](Self::plan) see the
/// [`Partial`](Attributes::Partial) twins.
///
/// What each operation owes the others:
///
/// * `create` that finds its own earlier object takes it, with a warning; one that finds a foreign object fails. Where
///   it fails behind that, and the object must not be replaced for it, it says so with [`Failure::pre_existing`].
/// * What `create` makes or takes over carries [`Call::claim`], from the first write on, and so does its state. `update` and
///   `delete` touch an object only if it carries the claim of the state: it may have been taken over, or be another one of
///   the same name. A `delete` then lets go of it with a warning, an `update` fails.
/// * An operation that fails after something real exists says so with [`Failure::with_state`].
/// * `read` returns what is there, not what should be; `None` where nothing is left.
/// * `delete` succeeds where nothing is left to delete.
/// * What `plan` puts into an output is what the operation returns.
pub trait Resource: DeclaredInputs {
    /// The type name, such as `rosa_ecr_repository`.
    const TYPE: &'static str;

    /// What the documentation says of the type besides.
    const PAGE: Page = Page::NONE;

    /// The schema version: counts up when [`upgrade`](Self::upgrade) has something to do.
    const VERSION: i64 = 0;

    /// Time limits where the user sets none.
    const TIMEOUTS: TimeoutDefaults = TimeoutDefaults::minutes(10, 10, 10);

    /// What makes an object this one and no other. Empty where the resource has no identity.
    const IDENTITY: &'static [IdentityAttribute] = &[];

    /// Attributes that tell an object from others of its type before it has an identity, such as a name: two objects that
    /// differ in one of them can exist at once, and a create with the one does not take the other for its own. So a
    /// replacement that changes one can make the new object first.
    const NATURAL_KEY: &'static [&'static str] = &[];

    /// Whether [`update`](Self::update) completes what a create that failed halfway has left. Where it does not, the object
    /// is replaced.
    const CONVERGES: bool = true;

    /// Whether a replacement can be made while the old object is still there. It is made first where nothing leads its
    /// create to the old object: where both are known to differ in the identity or the [natural key](Self::NATURAL_KEY), and
    /// where there is no natural key and the service gives each object its identity, such as an id.
    ///
    /// So a kind says `false` where both objects need one and the same place, and where it has ids and its create
    /// finds an earlier object of its own by something else.
    const COEXISTS: bool = true;

    /// Outputs that tell an object from a later one of its name, besides its claim. A plan that takes an object over from another
    /// declaration leaves them open.
    const UNIQUE_OUTPUTS: &'static [&'static str] = &[];

    /// The type names that [`move_state`](Self::move_state) understands.
    const MOVE_SOURCES: &'static [&'static str] = &[];

    /// What the resource says of itself.
    type Outputs: DeclaredOutputs;

    /// What the provider hands to every operation, such as its clients.
    type Context: Send + Sync + 'static;

    /// What [`plan`](Self::plan) has to know from outside, and [`survey`](Self::survey) finds out. The default stands
    /// for "nothing is known", as in a plan whose provider configuration is not known yet.
    type Facts: Default + Send + Sync;

    /// What the credentials must be allowed to do for all operations together, such as `ecr:CreateRepository`. It is
    /// what the documentation tells, and the end-to-end tests hold it against the calls that are really made.
    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::new()
    }

    /// What they must be allowed to do besides where an argument is set, by the name of the argument.
    fn permissions_by_argument() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        BTreeMap::new()
    }

    /// The user's `timeouts` block, where the resource has one.
    fn timeouts(&self) -> Option<&Timeouts> {
        None
    }

    /// Rules that need more than one attribute. Rules for one attribute belong to the attribute.
    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        let _ = (inputs, report);
    }

    /// Completes computed inputs from the configuration and the context, before anything looks at them: `inputs` holds
    /// the configuration, defaults, and for computed inputs that the configuration leaves out the prior value. Pure.
    fn resolve(context: Option<&Self::Context>, config: &Self::Partial, inputs: &mut Self::Partial) {
        let _ = (context, config, inputs);
    }

    /// The context for an object with these inputs, where that depends on them: for instance in whose name it is made.
    /// Pure. All operations of an object get it, except an import.
    fn context(inputs: &Self::Partial, context: &Self::Context) -> Option<Self::Context> {
        let _ = (inputs, context);
        None
    }

    /// The real objects that a declaration with these inputs has, as far as they are known. Pure. Operations on one object
    /// take turns, and two declarations of one object are refused: see [`claims`](crate::Claims).
    fn objects(inputs: &Self::Partial, context: &Self::Context) -> Vec<RealObject> {
        let _ = (inputs, context);
        Vec::new()
    }

    /// The claim in a state; none in states of before claims, and of objects that were imported without one.
    fn claim(state: &State<Self>) -> Option<&str> {
        let _ = state;
        None
    }

    /// Whether these inputs say that an object which another declaration holds is taken over.
    fn takes_over(inputs: &Self::Partial) -> bool {
        let _ = inputs;
        false
    }

    /// Checks that the context reaches the object of the state at all, before anything is done with it: another account would
    /// answer that it is gone, or with another object of its name.
    ///
    /// # Errors
    /// If it does not.
    fn verify(call: &Call<Self::Context>, state: &State<Self>) -> impl Future<Output = Result<(), Diagnostics>> + Send {
        let _ = (call, state);
        future::ready(Ok(()))
    }

    /// Finds out what the plan depends on. It only reads.
    ///
    /// # Errors
    /// Where that cannot be found out.
    fn survey(
        call: &Call<Self::Context>,
        intent: Intent<'_, Self>,
    ) -> impl Future<Output = Result<Self::Facts, Diagnostics>> + Send {
        let _ = (call, intent);
        future::ready(Ok(Self::Facts::default()))
    }

    /// Completes the plan of a create or an update: computed inputs, outputs, replacement, and what must not happen.
    /// Pure: the same facts and change give the same plan.
    fn plan(facts: &Self::Facts, change: &mut Change<Self>, report: &mut Diagnostics) {
        let _ = (facts, change, report);
    }

    /// Says what speaks against a delete. Pure.
    fn plan_delete(facts: &Self::Facts, prior: &State<Self>, report: &mut Diagnostics) {
        let _ = (facts, prior, report);
    }

    /// Makes the object.
    fn create(
        call: &Call<Self::Context>,
        inputs: Self,
    ) -> impl Future<Output = Result<State<Self>, Failure<Self>>> + Send;

    /// Reads the object; `None` where it is gone.
    fn read(
        call: &Call<Self::Context>,
        state: State<Self>,
    ) -> impl Future<Output = Result<Option<State<Self>>, Diagnostics>> + Send;

    /// Changes the object in place.
    fn update(
        call: &Call<Self::Context>,
        prior: State<Self>,
        inputs: Self,
    ) -> impl Future<Output = Result<State<Self>, Failure<Self>>> + Send;

    /// Removes the object. A failure may carry what is left of it.
    fn delete(call: &Call<Self::Context>, state: State<Self>)
    -> impl Future<Output = Result<(), Failure<Self>>> + Send;

    /// Finds an object by the id that a user gives to `import`.
    ///
    /// # Errors
    /// Where there is no such object, and where the resource cannot be imported.
    fn import(call: &Call<Self::Context>, id: &str) -> impl Future<Output = Result<State<Self>, Diagnostics>> + Send {
        let _ = (call, id);
        future::ready(Err(Diagnostic::error(format!("{} cannot be imported", Self::TYPE)).into()))
    }

    /// The id that [`import`](Self::import) takes, from an identity that has everything required. By default that is the
    /// one required attribute, followed by `@<region>` where `region` is given.
    ///
    /// # Errors
    /// Where the resource cannot be imported by identity.
    fn import_id(identity: &BTreeMap<String, String>) -> Result<String, Diagnostics> {
        identity::import_id(Self::TYPE, Self::IDENTITY, identity)
    }

    /// Takes over an object that another resource, mostly of another provider, has in its state; `None` where this is not
    /// one of those it understands. The state only has to be enough for [`read`](Self::read) to complete it.
    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        let _ = source;
        None
    }

    /// Finds what an interrupted create with these inputs has left: by natural key and ownership tags, and if only a part was
    /// made, that part; `None` if there is nothing. Without it, a person has to look after each interrupted create: it warns
    /// that the outcome is unknown ([`Diagnostic::outcome_unknown`]), as any other that cannot find out does.
    ///
    /// # Errors
    /// If it fails.
    fn probe(
        call: &Call<Self::Context>,
        inputs: Self,
    ) -> impl Future<Output = Result<Option<State<Self>>, Diagnostics>> + Send {
        let _ = inputs;
        call.warn(unclear(Self::TYPE));
        future::ready(Ok(None))
    }

    /// Brings a state of an earlier schema version into the present shape.
    ///
    /// # Errors
    /// Where the state is not understood.
    fn upgrade(from: i64, state: Value) -> Result<Value, Diagnostics> {
        let _ = from;
        Ok(state)
    }

    /// Inputs and outputs as one schema; the arguments of `timeouts` say what holds without them.
    fn block_with_outputs() -> Block {
        Self::TIMEOUTS.described_in(Self::block().merge(Self::Outputs::block()))
    }

    /// The time limit of an operation on this object.
    fn limit(&self, operation: Operation) -> std::time::Duration {
        self.timeouts().and_then(|timeouts| timeouts.of(operation)).unwrap_or_else(|| Self::TIMEOUTS.of(operation))
    }
}

/// An object that exists: its inputs as they are, and its outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct State<R: Resource> {
    /// The inputs as they really are.
    pub inputs: R,
    /// The outputs.
    pub outputs: R::Outputs,
}

/// What a plan is for.
#[derive(Debug)]
pub enum Intent<'a, R: Resource> {
    /// An object that does not exist yet.
    Create(&'a R::Partial),
    /// An object that exists and may change.
    Update {
        /// As it is.
        prior: &'a State<R>,
        /// As it shall be.
        inputs: &'a R::Partial,
        /// Whether an attribute that cannot change in place changes.
        replace: bool,
    },
    /// An object that shall go.
    Delete(&'a State<R>),
}

/// A plan in the making: of a create where there is no prior state, else of an update.
#[derive(Debug)]
pub struct Change<R: Resource> {
    /// The object as it is.
    pub prior: Option<State<R>>,
    /// The inputs as they shall be: the configuration, defaults, and what [`Resource::resolve`] made of them.
    pub inputs: R::Partial,
    /// The outputs: those of the prior state, all unknown on create.
    pub outputs: <R::Outputs as Attributes>::Partial,
    /// The attributes whose change makes a new object. The schema's are in it already.
    pub replace: Vec<Path>,
}

/// An operation that failed, with what exists nevertheless.
#[derive(Debug)]
pub struct Failure<R: Resource> {
    /// What exists now; `None` where nothing was done yet: the prior state then stays.
    pub state: Option<Box<State<R>>>,
    /// Why.
    pub diagnostics: Diagnostics,
    /// Whether the object was there before: see [`pre_existing`](Self::pre_existing).
    pub pre_existing: bool,
}

impl<R: Resource> Failure<R> {
    /// A failure after which this exists.
    pub fn with_state(state: State<R>, diagnostics: impl Into<Diagnostics>) -> Self {
        Self { state: Some(Box::new(state)), diagnostics: diagnostics.into(), pre_existing: false }
    }

    /// The same of a create that took an object that was there before, and has more to lose than a fresh one.
    ///
    /// A host that replaces what a failed create has left then keeps no state of it: the object would be deleted. Instead the
    /// next create takes it again, with all that this one has made, by natural keys and ownership tags.
    #[must_use]
    pub fn pre_existing(self) -> Self {
        Self { pre_existing: true, ..self }
    }
}

/// A failure before anything was done.
impl<R: Resource, D: Into<Diagnostics>> From<D> for Failure<R> {
    fn from(diagnostics: D) -> Self {
        Self { state: None, diagnostics: diagnostics.into(), pre_existing: false }
    }
}

/// Says that nothing was looked for, because the kind cannot.
pub fn unclear(type_name: &str) -> Diagnostic {
    Diagnostic::warning(format!("There is no way to look for a {type_name} that an interrupted create has left"))
        .detail(format!("{type_name} cannot look for what an interrupted create has left."))
        .outcome_unknown()
}
