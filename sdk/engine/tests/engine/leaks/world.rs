//! Where the objects are, which secrets there are, and what goes wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rosa_ecr_model::{Diagnostic, Diagnostics, Path, State, Value};

use super::random::Random;
use super::tokens::{self, quoted};
use super::vault::Vault;
use crate::fake;

/// What can go wrong.
pub const FAULTS: &[&str] = &[
    "check",
    "configure",
    "validate",
    "plan",
    "create",
    "update",
    "read",
    "delete",
    "import",
    "probe",
    "look up",
    "function",
];

/// How it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Warning,
    Error,
    Collision,
    Panic,
}

/// All there is.
pub struct World {
    /// Ends runs in the middle.
    pub steps: (i64, Arc<fake::World>),
    inner: Mutex<Inner>,
}

struct Inner {
    random: Random,
    objects: BTreeMap<String, State<Vault>>,
    next: usize,
    fault: Option<(&'static str, Manner)>,
}

impl World {
    pub fn new(seed: u64) -> Arc<Self> {
        let random = Random::new(seed);
        let inner = Inner { random, objects: BTreeMap::new(), next: 0, fault: None };
        Arc::new(Self { steps: fake::world(), inner: Mutex::new(inner) })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new secret.
    pub fn token(&self) -> String {
        self.chance(tokens::text)
    }

    /// A new secret that is a number.
    pub fn number(&self) -> i64 {
        self.chance(tokens::number)
    }

    pub fn chance<T>(&self, of: impl FnOnce(&mut Random) -> T) -> T {
        of(&mut self.inner().random)
    }

    pub fn objects<T>(&self, work: impl FnOnce(&mut BTreeMap<String, State<Vault>>) -> T) -> T {
        work(&mut self.inner().objects)
    }

    /// An id that nothing has.
    pub fn id(&self) -> String {
        let mut inner = self.inner();
        inner.next += 1;
        format!("id-{}", inner.next)
    }

    /// What goes wrong from now on.
    pub fn go_wrong(&self, fault: Option<(&'static str, Manner)>) {
        self.inner().fault = fault;
    }

    /// What an operation has to say of these values, if it does: with their secrets in every place of the message.
    ///
    /// # Panics
    /// With their secrets, if it is to.
    pub fn say(&self, operation: &str, values: &[&Value]) -> Diagnostics {
        log(operation);
        let fault = self.inner().fault;
        let Some((_, manner)) = fault.filter(|(faulty, _)| *faulty == operation) else { return Diagnostics::new() };
        let secrets: Vec<String> = values.iter().flat_map(|value| tokens::secrets(value)).collect();
        let quote = || match secrets.is_empty() {
            true => "nothing".to_owned(),
            false => self.chance(|random| quoted(&random.pick(&secrets), random)),
        };
        let all: String = secrets.iter().map(|secret| format!("\n- {secret}")).collect();
        let text = format!("{operation} of {}", quote());
        // A part of a secret is none that could be looked for.
        let cut = |secret: &String| secret.chars().take(secret.chars().count() - 1).collect::<String>();
        assert!(manner != Manner::Panic, "{text}{all}{}", secrets.iter().map(cut).collect::<String>());
        let said = match manner {
            Manner::Warning => Diagnostic::warning(text),
            _ => Diagnostic::error(text),
        };
        let element = Value::map([("name", quote().as_str().into())]);
        let path = Path::from("tags").key(quote()).index(0).element(element).attribute("name");
        let said = said.detail(format!("{} is bad, as are:{all}", quote())).fix(format!("Not {}.", quote())).at(path);
        if manner == Manner::Collision { said.collision(quote()) } else { said }.into()
    }
}

/// Logs at every level, without secrets.
fn log(operation: &str) {
    tracing::error!(operation, "something is said");
    tracing::warn!(operation, "something is said");
    tracing::info!(operation, "something is said");
    tracing::debug!(operation, "something is said");
    tracing::trace!(operation, "something is said");
}
