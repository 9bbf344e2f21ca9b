//! A thing that makes something of its secret, and quotes it wherever it says something.

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{Call, Change, Diagnostic, Diagnostics, Failure, Path, Resource, Secret, State};

use crate::fake::World;

/// A thing with a secret.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Leaky {
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
    /// How often it was read, with the password.
    pub reads: Vec<String>,
}

impl Leaky {
    fn secret(&self) -> &str {
        self.password.as_ref().map_or("nothing", Secret::expose)
    }

    fn state(self) -> State<Self> {
        let outputs =
            LeakyOutputs { url: format!("db://me:{}@host", self.secret()), host: "host".into(), reads: Vec::new() };
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

impl Resource for Leaky {
    const TYPE: &'static str = "fake_leaky";
    type Outputs = LeakyOutputs;
    type Context = World;
    type Facts = ();

    fn plan((): &(), change: &mut Change<Self>, report: &mut Diagnostics) {
        let inputs = &change.inputs;
        if let (Some(fault), Some(panics), Some(password)) =
            (inputs.fault.now().cloned(), inputs.panics.now(), inputs.password.now().cloned())
        {
            let leaky = Self { fault, panics: *panics, password, users: None, note: None };
            if let Err(errors) = leaky.go_wrong("plan") {
                report.extend(errors);
            }
        }
    }

    async fn create(_: &Call<World>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.go_wrong("create")?;
        Ok(inputs.state())
    }

    async fn read(_: &Call<World>, mut state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        state.inputs.go_wrong("read")?;
        if state.inputs.note.as_deref() == Some("drifts") {
            state.outputs.reads.push(format!("read by {}", state.inputs.secret()));
        }
        Ok(Some(state))
    }

    async fn update(_: &Call<World>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.go_wrong("update")?;
        Ok(inputs.state())
    }

    async fn delete(_: &Call<World>, state: State<Self>) -> Result<(), Failure<Self>> {
        Ok(state.inputs.go_wrong("delete")?)
    }

    async fn import(_: &Call<World>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (fault, password) = id.split_once('/').expect("fault/password");
        let (fault, password) = (Some(fault.to_owned()), Some(password.to_owned().into()));
        let leaky = Self { fault, panics: false, password, users: None, note: None };
        leaky.go_wrong("import")?;
        Ok(leaky.state())
    }

    async fn probe(_: &Call<World>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        inputs.go_wrong("probe")?;
        Ok(None)
    }
}
