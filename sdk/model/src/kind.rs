//! A resource behind a trait object: what hosts serve.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{self, BoxFuture};

use crate::{Call, Diagnostic, Diagnostics, IdentityAttribute, Path, Relocation, Schema, Value, conform, identity};

mod claiming;
mod typed;

pub use typed::kind;

/// What can be done with the resources of one type: [`Resource`](crate::Resource) with its types erased.
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
    /// [`Resource::NATURAL_KEY`](crate::Resource::NATURAL_KEY).
    fn natural_key(&self) -> &[&'static str] {
        &[]
    }

    /// Whether an update completes what a create that failed halfway has left. Where it does not, the object is replaced.
    fn converges(&self) -> bool {
        true
    }

    /// Whether a replacement can be made while the old object is still there: see [`Resource::COEXISTS`](crate::Resource::COEXISTS).
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

    /// Finds the object that an interrupted create of this plan has left. The state is null where there is none. Where nothing
    /// can tell, so that there may be one, there is a warning with
    /// [`outcome_unknown`](crate::Diagnostic::outcome_unknown) that says what was looked for.
    fn probe<'a>(&'a self, call: &'a Call<C>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        let _ = (call, planned);
        let diagnostics = unclear(self.type_name()).into();
        async { Applied { diagnostics, ..Applied::default() } }.boxed()
    }
}

/// Says that nothing was looked for, because the kind cannot.
pub(crate) fn unclear(type_name: &str) -> Diagnostic {
    Diagnostic::warning(format!("There is no way to look for a {type_name} that an interrupted create has left"))
        .detail(format!("{type_name} cannot look for what an interrupted create has left."))
        .outcome_unknown()
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

/// What an operation left behind.
#[derive(Debug, Default)]
pub struct Applied {
    /// The state: wholly known, null where there is no object.
    pub state: Value,
    /// What there is to say. Errors and a state may come together: then part of the work was done.
    pub diagnostics: Diagnostics,
    /// What the host keeps for the next operation on the object: see [`Call::private`].
    pub private: Vec<u8>,
    /// Whether the object of a failed create was there before: see [`Failure::was_there`](crate::Failure::was_there).
    pub was_there: bool,
}
