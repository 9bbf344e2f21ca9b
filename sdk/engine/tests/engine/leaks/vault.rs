//! A resource with secrets in every place, which quotes each of them in outputs that are not called sensitive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{
    Attributes as _, Call, Change, Diagnostics, Failure, Field as _, IdentityAttribute, Known, Nesting, Object as _,
    Resource, Schema, Shape, State,
};

use super::random::Random;
use super::tokens::{quoted, secrets};
use super::world::World;

/// What operations get: the world, and the token of the provider block.
pub struct Desk {
    pub world: Arc<World>,
    pub token: Option<String>,
}

/// Something with secrets.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Vault {
    /// Its identity.
    #[attr(replace)]
    pub name: String,
    /// Which forms its outputs have.
    #[attr(default = 0)]
    pub forms: i64,
    /// What the plan says of outputs: that they are unknown, what they are, or that they stay.
    #[attr(default = "open", one_of("open", "known", "wrong"))]
    pub plans: String,
    /// A text.
    pub note: Option<String>,
    /// A number.
    pub pin: Option<i64>,
    /// A list.
    pub lines: Option<Vec<String>>,
    /// A set.
    pub words: Option<BTreeSet<String>>,
    /// A map.
    pub tags: Option<BTreeMap<String, String>>,
    /// A secret.
    #[attr(sensitive)]
    pub password: Option<String>,
    /// A secret number.
    #[attr(sensitive)]
    pub code: Option<i64>,
    /// Secrets.
    #[attr(sensitive)]
    pub keys: Option<Vec<String>>,
    /// Secrets.
    #[attr(sensitive)]
    pub tokens: Option<BTreeSet<String>>,
    /// Secrets by name.
    #[attr(sensitive)]
    pub entries: Option<BTreeMap<String, String>>,
    /// An object.
    #[attr(nested)]
    pub owner: Option<Login>,
    /// Objects.
    #[attr(nested)]
    pub users: Option<Vec<Login>>,
    /// A set of objects.
    #[attr(nested, default = [])]
    pub guests: BTreeSet<Login>,
    /// Objects by name.
    pub staff: Option<BTreeMap<String, Login>>,
    /// A block.
    #[attr(block)]
    pub lock: Option<Login>,
    /// Blocks.
    #[attr(block)]
    pub doors: Vec<Login>,
    /// A set of blocks.
    #[attr(block)]
    pub gates: BTreeSet<Login>,
}

/// Somebody with a password.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct Login {
    /// Who it is.
    pub name: Option<String>,
    /// A secret.
    #[attr(sensitive)]
    pub password: Option<String>,
}

/// What it says of itself, with secrets of its own arguments in all of it but the last.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct VaultOutputs {
    /// Given by the world.
    pub id: String,
    /// A secret that the world makes.
    #[attr(sensitive)]
    pub token: String,
    /// A text.
    pub text: String,
    /// A list.
    pub list: Vec<String>,
    /// A set.
    pub set: BTreeSet<String>,
    /// A map.
    pub map: BTreeMap<String, String>,
    /// A map with secrets in its keys.
    pub by_secret: BTreeMap<String, i64>,
    /// Objects.
    #[attr(nested)]
    pub logins: Vec<Login>,
    /// What an update has replaced.
    pub previous: Option<String>,
    /// Has something of the provider block.
    pub bearer: Option<String>,
    /// Has nothing of a secret.
    pub open: String,
}

impl Vault {
    /// Its schema, in which objects by name are nested, as other providers have them.
    pub fn schema(schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        let staff = schema.block.attributes.iter_mut().find(|attribute| attribute.name == "staff");
        let attributes = Login::block().attributes;
        staff.expect("it is an attribute").shape = Shape::Nested { nesting: Nesting::Map, attributes };
        schema
    }

    /// One that somebody else has made, with that password.
    pub fn found(name: &str, password: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            forms: 0,
            plans: "open".into(),
            note: None,
            pin: None,
            lines: None,
            words: None,
            tags: None,
            password,
            code: None,
            keys: None,
            tokens: None,
            entries: None,
            owner: None,
            users: None,
            guests: BTreeSet::new(),
            staff: None,
            lock: None,
            doors: Vec::new(),
            gates: BTreeSet::new(),
        }
    }

    /// One of the secrets of these arguments in some form: always the same for the same arguments.
    fn quote(&self, place: u64) -> String {
        let secrets = secrets(&self.encode());
        let mut random = Random::new(self.forms.unsigned_abs() + place);
        if secrets.is_empty() { "nothing".to_owned() } else { quoted(&random.pick(&secrets), &mut random) }
    }

    /// The object that it is or would be.
    pub fn made(self, bearer: Option<&str>, id: String, token: String, previous: Option<String>) -> State<Self> {
        let quote = |place| self.quote(place);
        let bearer = bearer.map(|token| quoted(token, &mut Random::new(self.forms.unsigned_abs())));
        let outputs = VaultOutputs {
            id,
            token,
            text: quote(1),
            list: vec!["calm".into(), quote(2)],
            set: ["calm".to_owned(), quote(3)].into(),
            map: [("calm".to_owned(), quote(4))].into(),
            by_secret: [(quote(5), 1)].into(),
            logins: vec![Login { name: Some(quote(6)), password: None }],
            previous,
            bearer,
            open: "calm".into(),
        };
        State { inputs: self, outputs }
    }
}

impl Resource for Vault {
    const TYPE: &'static str = "vault_vault";
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "name", description: "Its name.", required: true }];
    type Outputs = VaultOutputs;
    type Context = Desk;
    type Facts = ();

    fn plan((): &(), change: &mut Change<Self>, _: &mut Diagnostics) {
        let inputs = Self::complete(change.inputs.clone()).ok();
        let is_kept = change.prior.as_ref().is_some_and(|prior| Some(&prior.inputs) == inputs.as_ref());
        let plans = change.inputs.plans.now().cloned().unwrap_or_default();
        if is_kept || (plans == "wrong" && change.prior.is_some()) {
            return;
        }
        let outputs = &mut change.outputs;
        let (id, token) = (outputs.id.clone(), outputs.token.clone());
        *outputs = Default::default();
        if change.replace.is_empty() {
            (outputs.id, outputs.token) = (id, token);
        }
        if let (Some(inputs), "known") = (inputs, plans.as_str()) {
            let made = inputs.made(None, String::new(), String::new(), None).outputs;
            outputs.text = Known::Now(made.text);
            outputs.by_secret = Known::Now(made.by_secret);
            outputs.logins = Known::Now(made.logins);
        }
    }

    async fn create(call: &Call<Desk>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        call.world.steps.1.step().await;
        let (id, token) = (call.world.id(), call.world.token());
        let made = inputs.made(call.token.as_deref(), id.clone(), token, None);
        call.world.objects(|objects| drop(objects.insert(id, made.clone())));
        call.world.steps.1.step().await;
        Ok(made)
    }

    async fn read(call: &Call<Desk>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        tokio::task::yield_now().await;
        Ok(call.world.objects(|objects| objects.get(&state.outputs.id).cloned()))
    }

    async fn update(call: &Call<Desk>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        call.world.steps.1.step().await;
        let (id, token) = (prior.outputs.id, prior.outputs.token);
        let made = inputs.made(call.token.as_deref(), id.clone(), token, Some(prior.inputs.quote(7)));
        call.world.objects(|objects| drop(objects.insert(id, made.clone())));
        call.world.steps.1.step().await;
        Ok(made)
    }

    async fn delete(call: &Call<Desk>, state: State<Self>) -> Result<(), Failure<Self>> {
        call.world.steps.1.step().await;
        call.world.objects(|objects| drop(objects.remove(&state.outputs.id)));
        call.world.steps.1.step().await;
        Ok(())
    }

    async fn import(call: &Call<Desk>, id: &str) -> Result<State<Self>, Diagnostics> {
        Ok(call.world.objects(|objects| objects[id].clone()))
    }

    async fn probe(call: &Call<Desk>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let is_it = |state: &&State<Self>| state.inputs.name == inputs.name;
        Ok(call.world.objects(|objects| objects.values().find(is_it).cloned()))
    }
}
