//! A resource behind a trait object: what hosts serve.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::diagnostic::message::{Diagnostic, Diagnostics};
use crate::resource::call::Call;
use crate::resource::guard::access::Access;
use crate::resource::guard::{Described, Guarded};
use crate::resource::identity;
use crate::resource::identity::IdentityAttribute;
use crate::resource::move_source::MoveSource;
use crate::resource::page::Page;
use crate::schema::block::Schema;
use crate::value::path::Path;
use crate::value::tree::Value;

/// The resources of one type: [`Resource`](crate::Resource) with its types erased.
///
/// It is a [`ResourceDescriptor`], which is data, and code that every call reaches through a [guard](crate::guard). Get one from
/// [`kind`](crate::kind) or, without a Rust type, from [`kind_from`]: nothing else is one.
///
/// States and configurations are values in the full shape of the [schema](ResourceDescriptor::schema); a null state is no
/// object.
pub trait Kind<C>: Access<ResourceDescriptor, dyn ResourceOperations<C>> {}

impl<C> Kind<C> for Guarded<ResourceDescriptor, dyn ResourceOperations<C>> {}

/// Everything about the resources of one type that is known without running their code.
#[derive(Clone, Debug)]
pub struct ResourceDescriptor {
    /// The type name.
    pub type_name: String,
    /// Inputs and outputs, with their documentation, and the version of states.
    pub schema: Schema,
    /// What the credentials must be allowed to do, as far as the kind can say.
    pub permissions: BTreeSet<&'static str>,
    /// What they must be allowed to do besides if an argument is set, by the name of the argument.
    pub permissions_by_argument: BTreeMap<&'static str, BTreeSet<&'static str>>,
    /// What the documentation says of it besides.
    pub page: Page,
    /// What makes an object this one and no other; empty where nothing but its state does.
    pub identity: Vec<IdentityAttribute>,
    /// The attributes in which two objects may differ and exist at once, besides those of the identity: see
    /// [`Resource::NATURAL_KEY`](crate::Resource::NATURAL_KEY).
    pub natural_key: &'static [&'static str],
    /// Whether an update completes what a create that failed halfway has left. Where it does not, the object is replaced.
    pub converges: bool,
    /// Whether a replacement can be made while the old object is still there: see
    /// [`Resource::COEXISTS`](crate::Resource::COEXISTS).
    pub coexists: bool,
    /// Whether an apply compares its result with the plan by itself, and knows better than its host what may differ.
    pub checks_results: bool,
    /// Whether [`stored`](ResourceOperations::stored) wants to see every state, and not only those of earlier versions.
    pub upgrades_always: bool,
    /// The type names that [`move_state`](ResourceOperations::move_state) understands.
    pub move_sources: &'static [&'static str],
}

impl ResourceDescriptor {
    /// A type that says nothing but its schema: it converges and coexists, and is known by no identity.
    pub fn new(type_name: impl Into<String>, schema: Schema) -> Self {
        Self {
            type_name: type_name.into(),
            schema,
            permissions: BTreeSet::new(),
            permissions_by_argument: BTreeMap::new(),
            page: Page::NONE,
            identity: Vec::new(),
            natural_key: &[],
            converges: true,
            coexists: true,
            checks_results: false,
            upgrades_always: false,
            move_sources: &[],
        }
    }

    /// The identity of the object of this state; attributes that are not known yet are null, and so is the identity of no
    /// object.
    pub fn identity_of(&self, state: &Value) -> Value {
        identity::identity_of(&self.identity, state)
    }
}

impl Described for ResourceDescriptor {
    fn type_name(&self) -> &str {
        &self.type_name
    }
}

/// The code of the resources of one type. Hosts call it through the [`Kind`] that has it.
///
/// No method has a default, so that what wraps operations forgets none.
pub trait ResourceOperations<C>: Send + Sync {
    /// Everything that is wrong with the configuration, as far as it is known.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// What applying `config` to `prior` would do; a null `config` stands for a delete. Without a `call`, because the
    /// provider's configuration is not known yet, the plan knows less.
    fn plan<'a>(&'a self, call: Option<&'a Call<C>>, prior: &'a Value, config: &'a Value) -> BoxFuture<'a, Planned>;

    /// Makes, changes or, where `planned` is null, removes the object.
    fn apply<'a>(&'a self, call: &'a Call<C>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied>;

    /// Reads the object. Null where it is gone; the prior state where that could not be found out.
    fn read<'a>(&'a self, call: &'a Call<C>, state: &'a Value) -> BoxFuture<'a, Applied>;

    /// Finds the object that an interrupted create of this plan has left. The state is null where there is none. Where nothing
    /// can tell, so that there may be one, there is a warning with
    /// [`outcome_unknown`](crate::Diagnostic::outcome_unknown) that says what was looked for: see [`unclear`](crate::unclear).
    fn probe<'a>(&'a self, call: &'a Call<C>, planned: &'a Value) -> BoxFuture<'a, Applied>;

    /// Finds an object by the id that a user gives.
    fn import<'a>(&'a self, call: &'a Call<C>, id: &'a str) -> BoxFuture<'a, Applied>;

    /// Finds an object by its identity: the attributes that a user gives.
    fn import_by_identity<'a>(&'a self, call: &'a Call<C>, identity: &'a Value) -> BoxFuture<'a, Applied>;

    /// The id that [`import`](Self::import) takes, for an object of this identity.
    ///
    /// # Errors
    /// Where the identity lacks a required attribute, and where the resource cannot be imported by identity.
    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics>;

    /// Reads a state that was stored as JSON under version `from` of the schema, and brings it into the present shape.
    ///
    /// # Errors
    /// Where the state is not understood.
    fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>>;

    /// The state of an object that another resource has had so far, enough for [`read`](Self::read) to complete it;
    /// `None` where this kind does not understand the other one.
    fn move_state(&self, source: &MoveSource<'_>) -> Option<Result<Value, Diagnostics>>;
}

/// A kind without a Rust type.
pub fn kind_from<C: 'static>(
    descriptor: ResourceDescriptor,
    operations: impl ResourceOperations<C> + 'static,
) -> Arc<dyn Kind<C>> {
    Arc::new(Guarded::new(descriptor, Arc::new(operations) as Arc<dyn ResourceOperations<C>>))
}

/// What hosts call. A panic of an operation is an error of that operation, if the host reports panics.
impl<'k, C> dyn Kind<C> + 'k {
    /// What is known without running its code.
    pub fn descriptor(&self) -> &ResourceDescriptor {
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

    /// What makes an object this one and no other.
    pub fn identity(&self) -> &[IdentityAttribute] {
        &self.descriptor().identity
    }

    /// The identity of the object of this state: see [`ResourceDescriptor::identity_of`].
    pub fn identity_of(&self, state: &Value) -> Value {
        self.descriptor().identity_of(state)
    }

    /// See [`ResourceOperations::validate`].
    pub fn validate(&self, config: &Value) -> Diagnostics {
        self.guarded().call("validate", |operations| operations.validate(config), |errors| errors)
    }

    /// See [`ResourceOperations::plan`].
    pub fn plan<'a>(&'a self, call: Option<&'a Call<C>>, prior: &'a Value, config: &'a Value) -> BoxFuture<'a, Planned>
    where
        C: Send + Sync,
    {
        self.guarded().run("plan", move |operations| operations.plan(call, prior, config), Planned::failed)
    }

    /// See [`ResourceOperations::apply`].
    pub fn apply<'a>(&'a self, call: &'a Call<C>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied>
    where
        C: Send + Sync,
    {
        // How much of it was done is not known.
        let broken_off = |errors: Diagnostics| Applied {
            state: prior.clone(),
            diagnostics: errors.into_iter().map(Diagnostic::outcome_unknown).collect(),
            private: call.private().to_vec(),
            ..Applied::default()
        };
        self.guarded().run("apply", move |operations| operations.apply(call, prior, planned), broken_off)
    }

    /// See [`ResourceOperations::read`].
    pub fn read<'a>(&'a self, call: &'a Call<C>, state: &'a Value) -> BoxFuture<'a, Applied>
    where
        C: Send + Sync,
    {
        self.guarded().run("read", move |operations| operations.read(call, state), Applied::failed)
    }

    /// See [`ResourceOperations::probe`].
    pub fn probe<'a>(&'a self, call: &'a Call<C>, planned: &'a Value) -> BoxFuture<'a, Applied>
    where
        C: Send + Sync,
    {
        self.guarded().run("probe", move |operations| operations.probe(call, planned), Applied::failed)
    }

    /// See [`ResourceOperations::import`].
    pub fn import<'a>(&'a self, call: &'a Call<C>, id: &'a str) -> BoxFuture<'a, Applied>
    where
        C: Send + Sync,
    {
        self.guarded().run("import", move |operations| operations.import(call, id), Applied::failed)
    }

    /// See [`ResourceOperations::import_by_identity`].
    pub fn import_by_identity<'a>(&'a self, call: &'a Call<C>, identity: &'a Value) -> BoxFuture<'a, Applied>
    where
        C: Send + Sync,
    {
        let import = move |operations: &'a dyn ResourceOperations<C>| operations.import_by_identity(call, identity);
        self.guarded().run("import_by_identity", import, Applied::failed)
    }

    /// See [`ResourceOperations::import_id`].
    ///
    /// # Errors
    /// Those of the operation.
    pub fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        self.guarded().call("import_id", |operations| operations.import_id(identity), Err)
    }

    /// See [`ResourceOperations::stored`].
    pub fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        self.guarded().run("stored", move |operations| operations.stored(from, json), Err)
    }

    /// See [`ResourceOperations::move_state`].
    pub fn move_state(&self, source: &MoveSource<'_>) -> Option<Result<Value, Diagnostics>> {
        self.guarded().call("move_state", |operations| operations.move_state(source), |errors| Some(Err(errors)))
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
    /// The claim of an object that a failed create has left, which this create completes. A host that replaces such an object
    /// passes this to the delete: see [`Call::completing`].
    pub completes: Option<Arc<str>>,
}

impl Planned {
    /// No plan.
    pub(crate) fn failed(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, ..Self::default() }
    }
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
    /// Whether the object of a failed create was there before: see [`Failure::pre_existing`](crate::Failure::pre_existing).
    pub pre_existing: bool,
}

impl Applied {
    /// Nothing was found out.
    pub(crate) fn failed(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, ..Self::default() }
    }
}
