//! Things that the world gives an id, and that nothing else tells apart.

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Failure, IdentityAttribute, Resource, State};

use crate::fake::{Thing, ThingOutputs, World};

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident = $type_name:literal, takes over: $takes_over:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Inputs)]
        pub struct $name {
            /// What people call it. Any number of them may have one name.
            pub name: String,
            /// What it is made of.
            #[attr(replace)]
            pub material: Option<String>,
            /// The id of what it is fixed to.
            #[attr(replace)]
            pub link: Option<String>,
        }

        impl $name {
            fn thing(&self) -> Thing {
                let (name, material, link) = (self.name.clone(), self.material.clone(), self.link.clone());
                Thing { name, size: 1, material, link, password: None }
            }

            fn state(self, id: String) -> State<Self> {
                let title = self.name.to_uppercase();
                State { inputs: self, outputs: ThingOutputs { id, title } }
            }
        }

        impl Resource for $name {
            const TYPE: &'static str = $type_name;
            const IDENTITY: &'static [IdentityAttribute] =
                &[IdentityAttribute { name: "id", description: "Given by the world.", required: true }];
            type Outputs = ThingOutputs;
            type Context = World;
            type Facts = ();

            async fn create(call: &Call<World>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
                call.begin(format!("create {}", inputs.name), &inputs.name)?;
                let id = {
                    let mut inner = call.inner();
                    inner.next += 1;
                    let own = inner.things.iter().find(|(_, (thing, _))| $takes_over && thing.name == inputs.name);
                    let id = own.map_or_else(|| format!("id-{}", inner.next), |(id, _)| id.clone());
                    inner.things.insert(id.clone(), (inputs.thing(), id.clone()));
                    id
                };
                World::end(call, &inputs.name).await?;
                Ok(inputs.state(id))
            }

            async fn read(call: &Call<World>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
                Ok(call.inner().things.contains_key(&state.outputs.id).then_some(state))
            }

            async fn update(call: &Call<World>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
                call.begin(format!("update {}", inputs.name), &inputs.name)?;
                let id = prior.outputs.id;
                call.inner().things.insert(id.clone(), (inputs.thing(), id.clone()));
                World::end(call, &inputs.name).await?;
                Ok(inputs.state(id))
            }

            async fn delete(call: &Call<World>, state: State<Self>) -> Result<(), Failure<Self>> {
                let (name, id) = (state.inputs.name, state.outputs.id);
                let user = call.inner().things.values().find(|(thing, _)| thing.link.as_ref() == Some(&id)).cloned();
                if let Some((user, _)) = user {
                    return Err(Diagnostic::error(format!("{name} is still used by {}", user.name)).into());
                }
                call.begin(format!("delete {name}"), &name)?;
                call.inner().things.remove(&id);
                Ok(World::end(call, &name).await?)
            }

            /// The newest that is the same.
            async fn probe(call: &Call<World>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
                let found = {
                    let inner = call.inner();
                    let same = inner.things.iter().filter(|(_, (thing, _))| *thing == inputs.thing());
                    same.map(|(id, _)| id.clone()).max_by_key(|id| (id.len(), id.clone()))
                };
                Ok(found.map(|id| inputs.state(id)))
            }
        }
    )*};
}

parts! {
    /// It is not deleted while something is linked to it.
    Part = "fake_part", takes over: false;
    /// Its create takes an earlier one of its name, although it does not say so.
    Sticky = "fake_sticky", takes over: true;
}
