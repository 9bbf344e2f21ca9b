//! Which declaration holds which real object, as far as one run knows.
//!
//! A real object belongs to at most one declaration. What proves it is the object's *claim*: a random id that stands on the
//! object and in the state of the declaration that made it, took it over or imported it. This module has what a run knows
//! besides, because it sees all of its declarations:
//!
//! * While it plans, each declaration notes what it does with which object. Two declarations of one object are an error
//!   ([`Claims::plan`]), in whatever order they come.
//! * While it applies, operations on one object take turns ([`Claims::turn`]), a second create of an object is refused before it
//!   writes ([`Claims::begin`]), and a delete sees that the object was taken over a moment ago ([`Claims::is_held_by_another`]),
//!   even where the service still reports old tags.
//! * A read reports that an object carries another claim than the state ([`Claims::lose`]); the plan that follows acts on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::lock::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::diagnostic::message::{Diagnostic, Diagnostics};
use crate::diagnostic::text::Term;
use crate::text;

/// A new claim: no other declaration has the same one.
pub(crate) fn new_claim() -> Arc<str> {
    uuid::Uuid::new_v4().simple().to_string().into()
}

/// A real object, by what tells it from all others that a provider configuration can reach.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RealObject {
    /// What it is, as a person reads it: `ECR repository app in us-east-1`.
    pub name: String,
    /// What to do if several declarations need it; empty if only one can have it.
    pub sharing: &'static str,
    /// Whether two plans for it are refused. If not, the apply finds out who has it.
    pub planned: bool,
}

impl RealObject {
    /// An object that only one declaration can have.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), sharing: "", planned: true }
    }

    /// The same object for those that need it with others of theirs, and say themselves who is in the way.
    #[must_use]
    pub fn unplanned(self) -> Self {
        Self { planned: false, ..self }
    }
}

/// What tells one declaration of a run from others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Declaration {
    /// The host keeps nothing that would tell.
    #[default]
    Unknown,
    /// A random id that the host keeps for the declaration.
    Token(Arc<str>),
    /// The name of the declaration in a program.
    Named(Arc<str>),
}

impl Declaration {
    /// How to say that the declaration was renamed, and keeps its object.
    pub fn renaming(&self, type_name: &str) -> String {
        match self {
            Self::Named(name) => {
                format!(
                    "If \"{name}\" had another name before, declare it with Options::new().aliases([\"<old name>\"])."
                )
            }
            _ => format!(
                "If a resource was renamed, keep its object with a moved block:\n\nmoved {{\n  from = {type_name}.<old \
                 name>\n  to   = {type_name}.<new name>\n}}"
            ),
        }
    }
}

/// What a plan does with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Makes it, or takes over what is there.
    Create,
    /// Keeps it, or changes it in place.
    Keep,
    /// Deletes it, to make another one.
    Replace,
    /// Deletes it.
    Delete,
}

/// What a declaration plans to do.
#[derive(Clone, Debug)]
pub struct Intention {
    /// Whose plan it is.
    pub by: Declaration,
    /// What the host is going to identify the declaration by, if it had nothing to identify it by so far.
    pub becomes: Declaration,
    /// Its type.
    pub type_name: &'static str,
    /// The claim in its state; none for a create.
    pub claim: Option<Arc<str>>,
    /// What it does.
    pub purpose: Purpose,
}

impl Intention {
    /// Whether both are plans of one declaration. A replacement is planned as a change and then as a create, and some hosts ask
    /// for the plan of a change more than once.
    fn is_same(&self, other: &Self) -> bool {
        use Declaration::Unknown;
        let follows = |one: &Self, other: &Self| one.by != Unknown && (one.by == other.by || one.by == other.becomes);
        if follows(self, other) || follows(other, self) {
            return true;
        }
        if self.by != Unknown && other.by != Unknown {
            return false;
        }
        match (self.purpose, other.purpose) {
            (Purpose::Create, Purpose::Replace) | (Purpose::Replace, Purpose::Create) => true,
            (Purpose::Create, _) | (_, Purpose::Create) => false,
            (Purpose::Delete, other) | (other, Purpose::Delete) => other == Purpose::Delete,
            _ => self.claim == other.claim,
        }
    }

    /// Why there cannot be both; `None` if there can.
    fn conflict(&self, other: &Self, object: &RealObject) -> Option<Diagnostic> {
        use Purpose::{Create, Delete, Keep, Replace};
        if self.is_same(other) {
            return None;
        }
        match (self.purpose, other.purpose) {
            // A renamed declaration: the create takes the object over, or comes after the delete.
            (Create, Delete) | (Delete, Create) | (Delete, Delete) => None,
            (Delete, Keep | Replace) | (Keep | Replace, Delete) => {
                (self.claim == other.claim).then(|| self.deleted_by_another(object))
            }
            (Create | Keep | Replace, Create | Keep | Replace) => Some(self.twin(other, object)),
        }
    }

    fn twin(&self, other: &Self, object: &RealObject) -> Diagnostic {
        let fix = format!("Remove one of them. {} {}", object.sharing, self.by.renaming(self.type_name));
        Diagnostic::error(format!("The {} is declared twice", object.name))
            .detail(match (&self.by, &other.by) {
                (Declaration::Named(one), Declaration::Named(two)) => format!(
                    "\"{two}\" ({}) and \"{one}\" ({}) declare the same object, and an object belongs to one declaration.",
                    other.type_name, self.type_name
                ),
                _ => format!(
                    "This {} and another resource of this configuration, a {}, declare the same object, and an object belongs \
                     to one declaration. Nothing was changed by this one.",
                    self.type_name, other.type_name
                ),
            })
            .fix(fix.replace("  ", " "))
    }

    fn deleted_by_another(&self, object: &RealObject) -> Diagnostic {
        Diagnostic::error(format!("The {} would be deleted, and another declaration keeps it", object.name))
            .detail("Two entries of the state have one and the same object: it was imported twice, for instance.")
            .fix(text!["Take the entry that goes out of the state without deleting the object: ", Term::Forget, "."])
    }
}

/// What one run knows of objects.
#[derive(Default)]
pub struct Claims {
    objects: Mutex<BTreeMap<String, Entry>>,
    unfinished: Mutex<Vec<Unfinished>>,
}

/// What a failed create has left: its objects, and their claim.
struct Unfinished {
    objects: BTreeSet<String>,
    claim: Arc<str>,
    /// Whether this run has let go of it, for a create that completes it.
    is_let_go: bool,
}

#[derive(Default)]
struct Entry {
    turn: Arc<AsyncMutex<()>>,
    plans: Vec<Intention>,
    /// Claims in states that this run has compared with the object's.
    read: BTreeSet<Option<Arc<str>>>,
    /// Claims in states whose object carries another one.
    lost: BTreeSet<Option<Arc<str>>>,
    /// The create that this run has begun.
    begun: Option<(Declaration, Arc<str>)>,
    /// The claim that the object got from this run.
    holder: Option<Arc<str>>,
}

/// By hand: it is part of contexts that are printed.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").finish_non_exhaustive()
    }
}

/// The right to change some objects until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _guards: Vec<OwnedMutexGuard<()>>,
}

impl Claims {
    /// Notes what a declaration plans to do with an object.
    ///
    /// # Errors
    /// If another declaration's plan speaks against it.
    pub fn plan(&self, object: &RealObject, intention: Intention) -> Result<(), Diagnostic> {
        let mut objects = self.objects();
        let entry = objects.entry(object.name.clone()).or_default();
        let conflict =
            entry.plans.iter().filter(|_| object.planned).find_map(|other| intention.conflict(other, object));
        entry.plans.push(intention);
        conflict.map_or(Ok(()), Err)
    }

    /// Whether a plan of this run replaces the object, and the state of the replaced one has that claim.
    pub fn is_replaced(&self, object: &str, claim: Option<&str>) -> bool {
        let is_it = |plan: &Intention| plan.purpose == Purpose::Replace && plan.claim.as_deref() == claim;
        self.objects().get(object).is_some_and(|entry| entry.plans.iter().any(is_it))
    }

    /// Waits until no other operation of this run works on one of the objects.
    pub async fn turn<'o>(&self, objects: impl IntoIterator<Item = &'o str>) -> Turn {
        // In one order, so that no two wait for each other.
        let names: BTreeSet<&str> = objects.into_iter().collect();
        let turns: Vec<_> = {
            let mut objects = self.objects();
            names.into_iter().map(|name| objects.entry(name.to_owned()).or_default().turn.clone()).collect()
        };
        let mut guards = Vec::with_capacity(turns.len());
        for turn in turns {
            guards.push(turn.lock_owned().await);
        }
        Turn { _guards: guards }
    }

    /// Notes that a declaration begins to create the objects, and all of them are to carry this claim.
    ///
    /// # Errors
    /// If another declaration of this run has created one of them. Nothing is noted then.
    pub fn begin(
        &self,
        objects: &[RealObject],
        by: &Declaration,
        claim: &Arc<str>,
        type_name: &'static str,
    ) -> Result<(), Diagnostics> {
        let mut entries = self.objects();
        let intention = |by: &Declaration, claim: &Arc<str>| Intention {
            by: by.clone(),
            becomes: Declaration::Unknown,
            type_name,
            claim: Some(claim.clone()),
            purpose: Purpose::Create,
        };
        let twins: Diagnostics = objects
            .iter()
            .filter(|object| object.planned)
            .filter_map(|object| {
                let (other, other_claim) = entries.get(&object.name)?.begun.as_ref()?;
                intention(by, claim).conflict(&intention(other, other_claim), object)
            })
            .collect();
        twins.into_result()?;
        for object in objects {
            entries.entry(object.name.clone()).or_default().begun = Some((by.clone(), claim.clone()));
        }
        Ok(())
    }

    /// Notes that the objects carry this claim now.
    pub fn hold(&self, objects: &[RealObject], by: &Declaration, claim: Option<&Arc<str>>) {
        let mut entries = self.objects();
        for object in objects {
            let entry = entries.entry(object.name.clone()).or_default();
            entry.holder = claim.cloned();
            entry.begun = claim.map(|claim| (by.clone(), claim.clone()));
        }
    }

    /// Notes that the declaration with this claim has let go of the objects.
    pub fn release(&self, objects: &[RealObject], claim: Option<&str>) {
        let mut entries = self.objects();
        for object in objects {
            if let Some(entry) = entries.get_mut(&object.name)
                && entry.holder.as_deref() == claim
            {
                (entry.holder, entry.begun) = (None, None);
            }
        }
    }

    /// Whether this run has given the object to a declaration with another claim.
    pub fn is_held_by_another(&self, object: &str, claim: Option<&str>) -> bool {
        let objects = self.objects();
        let holder = objects.get(object).and_then(|entry| entry.holder.as_deref());
        holder.is_some() && holder != claim
    }

    /// Notes that the objects of a state with this claim have been read.
    pub(crate) fn note_read(&self, objects: &[RealObject], claim: Option<&str>) {
        let mut entries = self.objects();
        for object in objects {
            entries.entry(object.name.clone()).or_default().read.insert(claim.map(Into::into));
        }
    }

    /// Whether this run has read the objects of a state with this claim.
    pub(crate) fn is_read(&self, objects: &[RealObject], claim: Option<&str>) -> bool {
        let (entries, claim) = (self.objects(), claim.map(Arc::from));
        objects.iter().all(|object| entries.get(&object.name).is_some_and(|entry| entry.read.contains(&claim)))
    }

    /// Notes that the object carries another claim than the state, which has this one.
    pub fn lose(&self, object: &str, claim: Option<&str>) {
        self.objects().entry(object.to_owned()).or_default().lost.insert(claim.map(Into::into));
    }

    /// Whether the object carries another claim than a state with this one.
    pub fn is_lost(&self, object: &str, claim: Option<&str>) -> bool {
        let claim = claim.map(Arc::from);
        self.objects().get(object).is_some_and(|entry| entry.lost.contains(&claim))
    }

    /// Notes that a failed create has left these objects.
    pub(crate) fn note_unfinished(&self, objects: &[RealObject], claim: &str, is_let_go: bool) {
        let objects = objects.iter().map(|object| object.name.clone()).collect();
        self.unfinished().push(Unfinished { objects, claim: claim.into(), is_let_go });
    }

    /// Notes that the object with this claim is planned as a whole one: a replacement of it is meant.
    pub(crate) fn note_whole(&self, claim: Option<&str>) {
        self.unfinished().retain(|left| left.is_let_go || Some(&*left.claim) != claim);
    }

    /// The claim of what a failed create has left, if a create of these objects completes all of it.
    pub(crate) fn completed_by(&self, objects: &[RealObject]) -> Option<Arc<str>> {
        let names: BTreeSet<&str> = objects.iter().map(|object| object.name.as_str()).collect();
        let is_covered = |left: &&Unfinished| {
            !left.objects.is_empty() && left.objects.iter().all(|name| names.contains(name.as_str()))
        };
        self.unfinished().iter().find(is_covered).map(|left| left.claim.clone())
    }

    /// Whether this run has let go of one of these objects, for a create that completes it.
    pub(crate) fn was_let_go(&self, objects: &[RealObject]) -> bool {
        let is_one = |left: &Unfinished| objects.iter().any(|object| left.objects.contains(&object.name));
        self.unfinished().iter().any(|left| left.is_let_go && is_one(left))
    }

    fn unfinished(&self) -> MutexGuard<'_, Vec<Unfinished>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
