//! Things whose update does not complete what a create has left undone.

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Failure, Resource, State};

use crate::fake::{Thing, ThingOutputs, World};

macro_rules! non_converging {
    ($(#[$doc:meta])* $name:ident = $type_name:literal, side by side: $coexists:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Inputs)]
        pub struct $name {
            /// Its natural key.
            #[attr(replace)]
            pub name: String,
        }

        impl $name {
            fn thing(self) -> Thing {
                Thing { name: self.name, size: 1, material: None, link: None, password: None }
            }

            fn of(state: State<Thing>) -> State<Self> {
                State { inputs: Self { name: state.inputs.name }, outputs: state.outputs }
            }
        }

        impl Resource for $name {
            const TYPE: &'static str = $type_name;
            const COEXISTS: bool = $coexists;
            const CONVERGES: bool = false;
            const NATURAL_KEY: &'static [&'static str] = &["name"];
            type Outputs = ThingOutputs;
            type Context = World;
            type Facts = ();

            async fn create(call: &Call<World>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
                let made = Thing::create(call, inputs.thing()).await.map(Self::of);
                made.map_err(|failure| Failure {
                    state: failure.state.map(|state| Box::new(Self::of(*state))),
                    diagnostics: failure.diagnostics,
                    pre_existing: failure.pre_existing,
                })
            }

            async fn read(_: &Call<World>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
                Ok(Some(state))
            }

            async fn update(_: &Call<World>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
                panic!("{} is never updated", inputs.name);
            }

            async fn delete(call: &Call<World>, state: State<Self>) -> Result<(), Failure<Self>> {
                let state = State { inputs: state.inputs.thing(), outputs: state.outputs };
                Thing::delete(call, state).await.map_err(|failure| failure.diagnostics.into())
            }
        }
    };
}

non_converging! {
    /// Two of them stand side by side, where their names differ.
    Glass = "fake_glass", side by side: true
}

non_converging! {
    /// There is room for one.
    Seat = "fake_seat", side by side: false
}
