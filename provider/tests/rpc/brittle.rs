//! A provider whose code panics in one method at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Action, ActionKind, Attributes, Block, Call, Change, DataKind, DataSource, Diagnostics, Ephemeral, EphemeralKind,
    Failure, Function, FunctionBody, FunctionError, IdentityAttribute, Intent, Kind, ListKind, Listed, Listing,
    MoveSource, Object as _, Opened, Path, Progress, Provider, RealObject, Renewed, Resource, State, Type, Value,
    action, data_source, ephemeral, kind, list_resource,
};
use tokio::sync::Mutex as Turn;

/// The method that panics, and the turn of the test that sets it.
static PANICS_IN: Mutex<&str> = Mutex::new("");
pub static TURN: Turn<()> = Turn::const_new(());

pub fn panic_in(method: &'static str) {
    *PANICS_IN.lock().unwrap_or_else(PoisonError::into_inner) = method;
}

fn pass(method: &str) {
    let panics = *PANICS_IN.lock().unwrap_or_else(PoisonError::into_inner) == method;
    assert!(!panics, "{method} broke");
}

/// The provider.
#[derive(Clone, Debug, Inputs)]
pub struct Brittle {
    /// May be unknown for a while.
    note: Option<String>,
}

/// Its context.
#[derive(Clone, Debug)]
pub struct Hands;

/// What its types have.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Cup {
    /// Its name.
    name: String,
}

/// A data source, an ephemeral resource and a query have no more.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Shard {
    /// Its name.
    name: String,
}

/// The same.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Sip {
    /// Its name.
    name: String,
}

/// The same.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Wash {
    /// Its name.
    name: String,
}

/// The same.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Query {
    /// Its name.
    name: String,
}

/// What is computed.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct Facts {
    /// Its number.
    number: i64,
}

impl Provider for Brittle {
    const NAME: &'static str = "brittle";
    const VERSION: &'static str = "1.0.0";
    const OPEN: &'static [&'static str] = &["note"];
    type Context = Hands;

    fn kinds() -> Vec<Arc<dyn Kind<Hands>>> {
        pass("kinds");
        vec![kind::<Cup>()]
    }

    fn data_sources() -> Vec<Arc<dyn DataKind<Hands>>> {
        pass("data_sources");
        vec![data_source::<Shard>()]
    }

    fn ephemeral_resources() -> Vec<Arc<dyn EphemeralKind<Hands>>> {
        pass("ephemeral_resources");
        vec![ephemeral::<Sip>()]
    }

    fn list_resources() -> Vec<Arc<dyn ListKind<Hands>>> {
        pass("list_resources");
        vec![list_resource::<Cup>()]
    }

    fn actions() -> Vec<Arc<dyn ActionKind<Hands>>> {
        pass("actions");
        vec![action::<Wash>()]
    }

    fn functions() -> Vec<Function> {
        pass("functions");
        let call = FunctionBody::new(|_| {
            pass("call");
            Err(FunctionError::new("It has no result."))
        });
        let (summary, description) = ("Breaks", "Breaks.");
        vec![Function {
            name: "brittle",
            summary,
            description,
            parameters: vec![],
            variadic: None,
            returns: Type::Bool,
            call,
        }]
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("provider validate");
    }

    async fn configure(self) -> Result<Hands, Diagnostics> {
        pass("configure");
        Ok(Hands)
    }

    async fn configure_open(self, _: &[Path]) -> Result<Hands, Diagnostics> {
        pass("configure_open");
        Ok(Hands)
    }
}

impl Cup {
    fn state(name: &str) -> State<Self> {
        State { inputs: Self { name: name.to_owned() }, outputs: Facts { number: 1 } }
    }
}

impl Resource for Cup {
    const TYPE: &'static str = "brittle_cup";
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "name", description: "Its name.", required: true }];
    const MOVE_SOURCES: &'static [&'static str] = &["other_cup"];
    type Outputs = Facts;
    type Context = Hands;
    type Facts = ();

    fn permissions() -> BTreeSet<&'static str> {
        pass("permissions");
        BTreeSet::new()
    }

    fn permissions_by_argument() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        pass("permissions_by_argument");
        BTreeMap::new()
    }

    fn block_with_outputs() -> Block {
        pass("block");
        Self::block().merge(Facts::block())
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("validate");
    }

    fn resolve(_: Option<&Hands>, _: &Self::Partial, _: &mut Self::Partial) {
        pass("resolve");
    }

    fn context(_: &Self::Partial, _: &Hands) -> Option<Hands> {
        pass("context");
        None
    }

    fn objects(_: &Self::Partial, _: &Hands) -> Vec<RealObject> {
        pass("objects");
        Vec::new()
    }

    fn claim(_: &State<Self>) -> Option<&str> {
        pass("claim");
        None
    }

    fn takes_over(_: &Self::Partial) -> bool {
        pass("takes_over");
        false
    }

    async fn verify(_: &Call<Hands>, _: &State<Self>) -> Result<(), Diagnostics> {
        pass("verify");
        Ok(())
    }

    async fn survey(_: &Call<Hands>, _: Intent<'_, Self>) -> Result<(), Diagnostics> {
        pass("survey");
        Ok(())
    }

    fn plan((): &(), _: &mut Change<Self>, _: &mut Diagnostics) {
        pass("plan");
    }

    fn plan_delete((): &(), _: &State<Self>, _: &mut Diagnostics) {
        pass("plan_delete");
    }

    async fn create(_: &Call<Hands>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        pass("create");
        Ok(Self::state(&inputs.name))
    }

    async fn read(_: &Call<Hands>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        pass("read");
        Ok(Some(state))
    }

    async fn update(_: &Call<Hands>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        pass("update");
        Ok(Self::state(&inputs.name))
    }

    async fn delete(_: &Call<Hands>, _: State<Self>) -> Result<(), Failure<Self>> {
        pass("delete");
        Ok(())
    }

    async fn import(_: &Call<Hands>, id: &str) -> Result<State<Self>, Diagnostics> {
        pass("import");
        Ok(Self::state(id))
    }

    fn import_id(identity: &BTreeMap<String, String>) -> Result<String, Diagnostics> {
        pass("import_id");
        Ok(identity["name"].clone())
    }

    fn move_state(_: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        pass("move_state");
        Some(Ok(Self::state("other")))
    }

    fn upgrade(_: i64, state: Value) -> Result<Value, Diagnostics> {
        pass("upgrade");
        Ok(state)
    }
}

impl Listed for Cup {
    type Query = Query;

    fn query_permissions() -> BTreeSet<&'static str> {
        pass("query_permissions");
        BTreeSet::new()
    }

    fn validate_query(_: &<Query as Attributes>::Partial, _: &mut Diagnostics) {
        pass("validate_query");
    }

    async fn list(_: &Call<Hands>, query: Query, _: Option<usize>) -> Result<Vec<Listing<Self>>, Diagnostics> {
        pass("list");
        Ok(vec![Listing { display_name: query.name.clone(), state: Self::state(&query.name) }])
    }
}

impl DataSource for Shard {
    const TYPE: &'static str = "brittle_shard";
    type Outputs = Facts;
    type Context = Hands;

    fn permissions() -> BTreeSet<&'static str> {
        pass("data permissions");
        BTreeSet::new()
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("data validate");
    }

    fn resolve(_: Option<&Hands>, _: &Self::Partial, _: &mut Self::Partial) {
        pass("data resolve");
    }

    async fn read(_: &Call<Hands>, _: Self) -> Result<Facts, Diagnostics> {
        pass("data read");
        Ok(Facts { number: 1 })
    }
}

impl Action for Wash {
    const TYPE: &'static str = "brittle_wash";
    type Context = Hands;

    fn permissions() -> BTreeSet<&'static str> {
        pass("action permissions");
        BTreeSet::new()
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("action validate");
    }

    async fn plan(_: &Call<Hands>, _: &Self) -> Result<(), Diagnostics> {
        pass("action plan");
        Ok(())
    }

    async fn invoke(_: &Call<Hands>, _: Self, progress: &Progress) -> Result<(), Diagnostics> {
        progress.tell("Washing");
        pass("invoke");
        Ok(())
    }
}

impl Ephemeral for Sip {
    const TYPE: &'static str = "brittle_sip";
    type Outputs = Facts;
    type Context = Hands;

    fn permissions() -> BTreeSet<&'static str> {
        pass("ephemeral permissions");
        BTreeSet::new()
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("ephemeral validate");
    }

    fn resolve(_: Option<&Hands>, _: &Self::Partial, _: &mut Self::Partial) {
        pass("ephemeral resolve");
    }

    async fn open(_: &Call<Hands>, _: Self) -> Result<Opened<Facts>, Diagnostics> {
        pass("open");
        Ok(Opened { outputs: Facts { number: 1 }, renew_at: None, private: Vec::new() })
    }

    async fn renew(_: &Call<Hands>, private: &[u8]) -> Result<Renewed, Diagnostics> {
        pass("renew");
        Ok(Renewed { renew_at: None, private: private.to_vec() })
    }

    async fn close(_: &Call<Hands>, _: &[u8]) -> Result<(), Diagnostics> {
        pass("close");
        Ok(())
    }
}
