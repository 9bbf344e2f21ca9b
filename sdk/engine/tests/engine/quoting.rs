//! A thing that makes something of its secret, and quotes it wherever it says something.

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{Call, Change, Diagnostic, Diagnostics, Failure, Path, Resource, Secret, State, Value};

use crate::fake::World;

/// A thing with a secret.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Quoting {
    /// The operation that goes wrong, or panics where `panics` is set.
    pub fault: Option<String>,
    /// Whether it panics.
    #[attr(default = false)]
    pub panics: bool,
    /// The secret.
    #[attr(sensitive)]
    pub password: Option<Secret>,
    /// Secrets in something that is none.
    #[attr(nested)]
    pub users: Option<Vec<User>>,
    /// What the program likes.
    pub note: Option<String>,
}

/// Somebody with a password.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct User {
    /// Who it is.
    pub name: String,
    /// A secret.
    #[attr(sensitive)]
    pub password: Secret,
}

/// What it says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct LeakyOutputs {
    /// Has the password in it, without being called sensitive.
    pub url: String,
    /// Has nothing of it.
    pub host: String,
    /// Has the name of its first user in it.
    pub greeting: Option<String>,
    /// The password that it had before an update.
    pub previous: Option<String>,
    /// Has the token of the provider block in it.
    pub bearer: Option<String>,
    /// How often it was read, with the password.
    pub reads: Vec<String>,
}

impl Quoting {
    fn secret(&self) -> &str {
        self.password.as_ref().map_or("nothing", Secret::expose)
    }

    fn state(self, world: &World) -> State<Self> {
        let user = self.users.iter().flatten().next();
        let token = world.token.lock().expect("no panic").clone();
        let outputs = LeakyOutputs {
            url: format!("db://me:{}@host", self.secret()),
            host: "host".into(),
            greeting: user.map(|user| format!("Welcome, {}.", user.name)),
            previous: None,
            bearer: token.map(|token| format!("Bearer {token}")),
            reads: Vec::new(),
        };
        State { inputs: self, outputs }
    }

    fn go_wrong(&self, operation: &str) -> Result<(), Diagnostics> {
        if self.fault.as_deref() != Some(operation) {
            return Ok(());
        }
        let secret = self.secret();
        assert!(!self.panics, "{operation} of {secret} panics");
        Err(Diagnostic::error(format!("No {operation} of {secret}"))
            .detail(format!("{secret:?} is bad"))
            .fix(format!("Take something else than {secret}."))
            .at(Path::from("note").key(secret))
            .into())
    }
}

impl Resource for Quoting {
    const TYPE: &'static str = "fake_quoting";
    const VERSION: i64 = 1;
    type Outputs = LeakyOutputs;
    type Context = World;
    type Facts = ();

    fn plan((): &(), change: &mut Change<Self>, report: &mut Diagnostics) {
        let inputs = &change.inputs;
        if let (Some(fault), Some(panics), Some(password)) =
            (inputs.fault.now().cloned(), inputs.panics.now(), inputs.password.now().cloned())
        {
            let quoting = Self { fault, panics: *panics, password, users: None, note: None };
            if let Err(errors) = quoting.go_wrong("plan") {
                report.extend(errors);
            }
        }
    }

    async fn create(call: &Call<World>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.go_wrong("create")?;
        Ok(inputs.state(call))
    }

    async fn read(call: &Call<World>, mut state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        state.inputs.go_wrong("read")?;
        if state.inputs.note.as_deref() == Some("drifts") {
            state.outputs.reads.push(format!("read by {}", state.inputs.secret()));
        }
        if state.inputs.note.as_deref() == Some("rotates") {
            state.inputs.password = Some("rotated-hunter2".to_owned().into());
            call.warn(Diagnostic::warning(format!("The password is {} now", state.inputs.secret())));
        }
        Ok(Some(state))
    }

    async fn update(call: &Call<World>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.go_wrong("update")?;
        let mut state = inputs.state(call);
        state.outputs.previous = Some(prior.inputs.secret().to_owned());
        Ok(state)
    }

    async fn delete(_: &Call<World>, state: State<Self>) -> Result<(), Failure<Self>> {
        Ok(state.inputs.go_wrong("delete")?)
    }

    async fn import(call: &Call<World>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (fault, password) = id.split_once('/').expect("fault/password");
        let (fault, password) = (Some(fault.to_owned()), Some(password.to_owned().into()));
        let quoting = Self { fault, panics: false, password, users: None, note: None };
        quoting.go_wrong("import")?;
        call.warn(Diagnostic::warning(format!("The password is {}", quoting.secret())));
        Ok(quoting.state(call))
    }

    async fn probe(call: &Call<World>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        inputs.go_wrong("probe")?;
        let is_there = inputs.note.as_deref() == Some("is there");
        Ok(is_there.then(|| inputs.state(call)))
    }

    /// The first version had the note in place of the password.
    fn upgrade(_: i64, state: Value) -> Result<Value, Diagnostics> {
        let mut entries = state.entries().cloned().unwrap_or_default();
        let note = entries.insert("password".into(), Value::Null).unwrap_or_default();
        entries.insert("note".into(), note);
        Ok(Value::Map(entries))
    }
}
