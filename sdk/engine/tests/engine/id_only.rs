//! Things of which only an id tells one from another, and whose create takes what has the label already.

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Failure, IdentityAttribute, Resource, State};

use crate::fake::{Thing, ThingOutputs, World};

/// A locker.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct IdOnly {
    /// What stands on it.
    #[attr(replace)]
    pub label: String,
}

impl IdOnly {
    fn thing(self) -> Thing {
        Thing { name: self.label, size: 1, material: None, link: None, password: None }
    }

    fn of(state: State<Thing>) -> State<Self> {
        State { inputs: Self { label: state.inputs.name }, outputs: state.outputs }
    }
}

impl Resource for IdOnly {
    const TYPE: &'static str = "fake_id_only";
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "id", description: "Given by the world.", required: true }];
    type Outputs = ThingOutputs;
    type Context = World;
    type Facts = ();

    async fn create(call: &Call<World>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        if let Some(found) = Thing::probe(call, inputs.clone().thing()).await? {
            return Ok(Self::of(found));
        }
        Ok(Self::of(Thing::create(call, inputs.thing()).await.map_err(|failure| failure.diagnostics)?))
    }

    async fn read(call: &Call<World>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let state = State { inputs: state.inputs.thing(), outputs: state.outputs };
        Ok(Thing::read(call, state).await?.map(Self::of))
    }

    async fn update(_: &Call<World>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        panic!("{} is never updated", inputs.label);
    }

    async fn delete(call: &Call<World>, state: State<Self>) -> Result<(), Failure<Self>> {
        let state = State { inputs: state.inputs.thing(), outputs: state.outputs };
        Thing::delete(call, state).await.map_err(|failure| failure.diagnostics.into())
    }

    async fn import(call: &Call<World>, id: &str) -> Result<State<Self>, Diagnostics> {
        Ok(Self::of(Thing::import(call, id).await?))
    }
}
