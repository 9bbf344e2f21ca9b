//! Things that are not what was planned.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Applied, Call, Change, Diagnostics, Failure, Kind, Known, MoveSource, Planned, Resource, ResourceDescriptor,
    ResourceOperations, Secret, State, Value, kind, kind_from,
};

use crate::fake::World;

/// A thing that the world writes in its own way.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Inconsistent {
    /// In lower case, whatever was asked for.
    #[attr(replace)]
    pub name: String,
    /// What is not as planned.
    pub fault: Option<String>,
    /// A secret.
    #[attr(sensitive)]
    pub password: Option<Secret>,
    /// What the program may call a secret.
    pub note: Option<String>,
}

/// What it says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct InconsistentOutputs {
    /// Planned.
    pub motto: String,
    /// Not planned.
    pub id: String,
}

impl Inconsistent {
    fn made(mut self, call: &Call<World>, operation: &str) -> Result<State<Self>, Failure<Self>> {
        self.name = self.name.to_lowercase();
        call.begin(format!("{operation} {}", self.name), &self.name)?;
        call.inner().next += 1;
        let id = format!("id-{}", call.inner().next);
        let mut motto = format!("I am {}", self.name);
        match self.fault.as_deref() {
            Some("motto" | "motto again") => motto = "I am the greatest".into(),
            Some("secrets") => (self.password, self.note) = (Some("hunter3".to_owned().into()), Some("ab".into())),
            _ => {}
        }
        Ok(State { inputs: self, outputs: InconsistentOutputs { motto, id } })
    }
}

impl Resource for Inconsistent {
    const TYPE: &'static str = "fake_inconsistent";
    /// To see that what is whole is not replaced.
    const CONVERGES: bool = false;
    const NATURAL_KEY: &'static [&'static str] = &["name"];
    type Outputs = InconsistentOutputs;
    type Context = World;
    type Facts = ();

    fn plan((): &(), change: &mut Change<Self>, _: &mut Diagnostics) {
        if let Known::Now(name) = &change.inputs.name {
            change.outputs.motto = Known::Now(format!("I am {}", name.to_lowercase()));
        }
    }

    async fn create(call: &Call<World>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.made(call, "create")
    }

    async fn read(_: &Call<World>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        Ok(Some(state))
    }

    async fn update(call: &Call<World>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let mut made = inputs.made(call, "update")?;
        made.outputs.id = prior.outputs.id;
        Ok(made)
    }

    async fn delete(call: &Call<World>, state: State<Self>) -> Result<(), Failure<Self>> {
        Ok(call.begin(format!("delete {}", state.inputs.name), &state.inputs.name)?)
    }
}

/// The same under another name, whose id is never known.
pub fn open() -> Arc<dyn Kind<World>> {
    let inconsistent = kind::<Inconsistent>();
    kind_from(ResourceDescriptor::new("fake_open", inconsistent.schema().clone()), Open(inconsistent))
}

struct Open(Arc<dyn Kind<World>>);

impl ResourceOperations<World> for Open {
    fn validate(&self, config: &Value) -> Diagnostics {
        self.0.validate(config)
    }

    fn plan<'a>(
        &'a self,
        call: Option<&'a Call<World>>,
        prior: &'a Value,
        config: &'a Value,
    ) -> BoxFuture<'a, Planned> {
        self.0.plan(call, prior, config)
    }

    fn apply<'a>(&'a self, call: &'a Call<World>, prior: &'a Value, planned: &'a Value) -> BoxFuture<'a, Applied> {
        async move {
            let mut applied = self.0.apply(call, prior, planned).await;
            if let Value::Map(entries) = &mut applied.state {
                entries.insert("id".into(), Value::Unknown);
            }
            applied
        }
        .boxed()
    }

    fn read<'a>(&'a self, call: &'a Call<World>, state: &'a Value) -> BoxFuture<'a, Applied> {
        self.0.read(call, state)
    }

    fn import<'a>(&'a self, call: &'a Call<World>, id: &'a str) -> BoxFuture<'a, Applied> {
        self.0.import(call, id)
    }

    fn import_by_identity<'a>(&'a self, call: &'a Call<World>, identity: &'a Value) -> BoxFuture<'a, Applied> {
        self.0.import_by_identity(call, identity)
    }

    fn probe<'a>(&'a self, call: &'a Call<World>, planned: &'a Value) -> BoxFuture<'a, Applied> {
        self.0.probe(call, planned)
    }

    fn import_id(&self, identity: &Value) -> Result<String, Diagnostics> {
        self.0.import_id(identity)
    }

    fn stored<'a>(&'a self, from: i64, json: &'a serde_json::Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        self.0.stored(from, json)
    }

    fn move_state(&self, source: &MoveSource<'_>) -> Option<Result<Value, Diagnostics>> {
        self.0.move_state(source)
    }
}
