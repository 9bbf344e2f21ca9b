//! A provider of this process that panics in any method: an error names the type and the operation, what was done is in the
//! state, and the next run finds no lock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_engine::{Declare as _, LookUp as _, Stack};
use rosa_ecr_model::{
    Call, Change, DataKind, DataSource, Diagnostics, Failure, IdentityAttribute, Intent, Kind, Provided, Provider,
    RealObject, Resource, State, data_source, kind,
};
use rosa_ecr_state::MemoryBackend;
use tokio::sync::Mutex as Turn;

/// The method that panics, and the turn of the test that sets it.
static PANICS_IN: Mutex<&str> = Mutex::new("");
static TURN: Turn<()> = Turn::const_new(());

fn panic_in(method: &'static str) {
    *PANICS_IN.lock().unwrap_or_else(PoisonError::into_inner) = method;
}

fn pass(method: &str) {
    let panics = *PANICS_IN.lock().unwrap_or_else(PoisonError::into_inner) == method;
    assert!(!panics, "{method} panicked on purpose");
}

/// The provider.
#[derive(Clone, Debug, Inputs)]
struct Panicking {
    /// Nothing.
    note: Option<String>,
}

/// Its context.
#[derive(Clone, Debug)]
struct Hands;

impl Provided for Hands {
    type Provider = Panicking;
}

/// A resource.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Cup {
    /// Its name.
    name: String,
    /// How full it is.
    level: i64,
}

/// A data source.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Shard {
    /// Its name.
    name: String,
}

/// What is computed.
#[derive(Clone, Debug, PartialEq, Outputs)]
struct Facts {
    /// Its number.
    number: i64,
}

impl Provider for Panicking {
    const NAME: &'static str = "panicking";
    const VERSION: &'static str = "1.0.0";
    type Context = Hands;

    fn kinds() -> Vec<Arc<dyn Kind<Hands>>> {
        vec![kind::<Cup>()]
    }

    fn data_sources() -> Vec<Arc<dyn DataKind<Hands>>> {
        vec![data_source::<Shard>()]
    }

    fn validate(_: &Self::Partial, _: &mut Diagnostics) {
        pass("provider validate");
    }

    async fn configure(self) -> Result<Hands, Diagnostics> {
        pass("configure");
        Ok(Hands)
    }
}

impl Resource for Cup {
    const TYPE: &'static str = "panicking_cup";
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "name", description: "Its name.", required: true }];
    type Outputs = Facts;
    type Context = Hands;
    type Facts = ();

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
        Ok(State { inputs, outputs: Facts { number: 1 } })
    }

    async fn read(_: &Call<Hands>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        pass("read");
        Ok(Some(state))
    }

    async fn update(_: &Call<Hands>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        pass("update");
        Ok(State { inputs, ..prior })
    }

    async fn delete(_: &Call<Hands>, _: State<Self>) -> Result<(), Failure<Self>> {
        pass("delete");
        Ok(())
    }

    async fn import(_: &Call<Hands>, id: &str) -> Result<State<Self>, Diagnostics> {
        pass("import");
        Ok(State { inputs: Self { name: id.to_owned(), level: 1 }, outputs: Facts { number: 1 } })
    }

    fn import_id(identity: &BTreeMap<String, String>) -> Result<String, Diagnostics> {
        pass("import_id");
        Ok(identity["name"].clone())
    }

    async fn probe(_: &Call<Hands>, _: Self) -> Result<Option<State<Self>>, Diagnostics> {
        pass("probe");
        Ok(None)
    }
}

impl DataSource for Shard {
    const TYPE: &'static str = "panicking_shard";
    type Outputs = Facts;
    type Context = Hands;

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

/// A program of two cups, `other` of which was there before.
fn declare(backend: &MemoryBackend, level: i64, names: &[&str]) -> Stack {
    let mut stack = Stack::new("test").backend(backend.clone());
    stack.provider::<Panicking>(Panicking::builder().build());
    Shard::builder().name("s").build().look_up(&mut stack, "s").expect("it can be looked up");
    for name in names {
        Cup::builder().name(*name).level(level).build().declare(&mut stack, name).expect("it can be declared");
    }
    stack
}

/// A run that meets the method.
#[derive(Clone, Copy, Debug)]
enum Run {
    Create,
    Change,
    Destroy,
    Import,
    ImportByIdentity,
    /// After a create that panicked.
    Recover,
}

/// A method, a run that gets there, and what is named.
const METHODS: &[(&str, Run, &str)] = &[
    ("provider validate", Run::Create, "panicking panicked in `validate`"),
    ("configure", Run::Create, "panicking panicked in `configure`"),
    ("validate", Run::Create, "panicking_cup panicked in `validate`"),
    ("resolve", Run::Create, "panicking_cup panicked in `validate`"),
    ("context", Run::Change, "panicking_cup panicked in `read`"),
    ("objects", Run::Change, "panicking_cup panicked in `read`"),
    ("survey", Run::Create, "panicking_cup panicked in `plan`"),
    ("plan", Run::Create, "panicking_cup panicked in `plan`"),
    ("create", Run::Create, "panicking_cup panicked in `apply`"),
    ("read", Run::Change, "panicking_cup panicked in `read`"),
    ("claim", Run::Change, "panicking_cup panicked in `read`"),
    ("verify", Run::Change, "panicking_cup panicked in `read`"),
    ("takes_over", Run::Create, "panicking_cup panicked in `plan`"),
    ("update", Run::Change, "panicking_cup panicked in `apply`"),
    ("plan_delete", Run::Destroy, "panicking_cup panicked in `plan`"),
    ("delete", Run::Destroy, "panicking_cup panicked in `apply`"),
    ("import", Run::Import, "panicking_cup panicked in `import`"),
    ("import_id", Run::ImportByIdentity, "panicking_cup panicked in `import_by_identity`"),
    ("probe", Run::Recover, "panicking_cup panicked in `probe`"),
    ("data validate", Run::Create, "panicking_shard panicked in `validate`"),
    ("data read", Run::Create, "panicking_shard panicked in `read`"),
];

#[tokio::test]
async fn every_method_of_a_provider_is_guarded() {
    let _turn = TURN.lock().await;
    for (method, run, named) in METHODS {
        let backend = MemoryBackend::new();
        declare(&backend, 1, &["other"]).up().await.expect("it works");
        let stack = match run {
            Run::Change => declare(&backend, 2, &["other"]),
            _ => declare(&backend, 1, &["other", "new"]),
        };
        if matches!(run, Run::Recover) {
            panic_in("create");
            stack.up().await.expect_err("it leaves what has to be looked for");
        }
        panic_in(method);
        let result = match run {
            Run::Create | Run::Change | Run::Recover => stack.up().await.map(drop),
            Run::Destroy => stack.destroy().await.map(drop),
            Run::Import => stack.import("new", "new").await.map(drop),
            Run::ImportByIdentity => stack.import_by_identity("new", [("name", "new")]).await.map(drop),
        };
        panic_in("");
        let message = result.expect_err(method).to_string();
        assert!(message.contains(&format!("The code of {named}")), "{method}: {message}");
        // Once a test of this process has met a secret, messages of panics are left out.
        let reason = [format!("{method} panicked on purpose"), "Its message is not shown".to_owned()];
        assert!(message.contains("panicking_provider.rs:"), "{method}: {message}");
        assert!(reason.iter().any(|reason| message.contains(reason)), "{method}: {message}");
        let document = stack.store().load().await.expect("it can be read").expect("it was saved");
        assert!(document.resources.contains_key("other"), "{method}: what was there is in the state");
        let is_open = document.pending.iter().any(|pending| matches!(&*pending.resource, "new" | "other"));
        let begins = matches!(*method, "create" | "update" | "delete" | "probe");
        assert_eq!(is_open, begins, "{method}: what was begun is in the state");
        stack.up().await.unwrap_or_else(|error| panic!("nobody has the lock, and it heals: {method}: {error}"));
    }
}
