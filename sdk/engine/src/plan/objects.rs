//! Which object a state is of. One object belongs to one declaration.
//!
//! Two states of one type and one provider configuration are of one object if their identities are equal, and no attribute of
//! the natural key differs. Where an identity is not known yet, as with ids that a service gives, an equal natural key
//! decides. Where neither is known, nothing is decided: the create finds out, and what it returns is compared again.
//!
//! What is done where two declarations turn out to have one object:
//!
//! | Found | What |
//! |---|---|
//! | in the plan | the plan is refused, and names both |
//! | before a create, whose arguments are known only then | the create is not begun |
//! | behind a create, in what it returned | the create fails, and the state keeps the object under the name that had it |
//!
//! The last one is the safest of what is left: the object is in the state once, so that a destroy deletes it once, and no
//! declaration that goes takes it from the other one.

use std::collections::BTreeSet;
use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Kind, Value};
use rosa_ecr_state::{Document, ResourceState};
use serde_json::Value as Json;

use crate::changes::Action;
use crate::plan::step::{ExecutionPlan, PlannedStep};
use crate::provider_instance::AnyContext;
use crate::run::planning::Planning;

/// What distinguishes an object from others of its type and provider configuration, as far as it is known.
pub(crate) struct Object {
    identity: Option<Vec<(String, Json)>>,
    natural_key: Option<Vec<(String, Json)>>,
}

impl Object {
    /// The object of a planned or present state.
    pub(crate) fn of(kind: &Arc<dyn Kind<AnyContext>>, state: &Value) -> Self {
        let identity = kind.identity_of(state);
        let required = kind.identity().iter().map(|attribute| match identity.get(attribute.name) {
            Value::Null if attribute.required || state.get(attribute.name).is_unknown() => None,
            value => Some((attribute.name.to_owned(), value.to_json())),
        });
        let key = kind.descriptor().natural_key.iter().map(|name| {
            let value = state.get(name);
            value.is_wholly_known().then(|| ((*name).to_owned(), value.to_json()))
        });
        Self { identity: some(required.collect()), natural_key: some(key.collect()) }
    }

    /// The object of a state as it is kept, without reading all of it.
    fn of_stored(kind: &Arc<dyn Kind<AnyContext>>, state: &Json) -> Self {
        let get = |name: &str| state.get(name).cloned().unwrap_or_default();
        let required = kind.identity().iter().map(|attribute| match get(attribute.name) {
            Json::Null if attribute.required => None,
            value => Some((attribute.name.to_owned(), value)),
        });
        let key = kind.descriptor().natural_key.iter().map(|name| Some(((*name).to_owned(), get(name))));
        Self { identity: some(required.collect()), natural_key: some(key.collect()) }
    }

    /// Whether both are known to be one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let keys = (&self.natural_key, &other.natural_key);
        match (&self.identity, &other.identity) {
            (Some(one), Some(two)) => one == two && !matches!(keys, (Some(one), Some(two)) if one != two),
            _ => matches!(keys, (Some(one), Some(two)) if one == two),
        }
    }

    /// As it stands behind a type name: `with name = "a"`.
    fn description(&self) -> String {
        let known = self.identity.as_ref().or(self.natural_key.as_ref());
        let set = known.into_iter().flatten().filter(|(_, value)| !value.is_null());
        let parts: Vec<String> = set.map(|(name, value)| format!("{name} = {value}")).collect();
        format!("with {}", parts.join(", "))
    }

    /// The attribute to change.
    fn attribute(&self) -> &str {
        let known = self.natural_key.as_ref().or(self.identity.as_ref());
        known.and_then(|parts| parts.first()).map_or("", |(name, _)| name)
    }
}

/// The parts, where all of them are known and there are any.
fn some(parts: Option<Vec<(String, Json)>>) -> Option<Vec<(String, Json)>> {
    parts.filter(|parts| !parts.is_empty())
}

/// Who has an object already.
pub(crate) struct Holder {
    name: String,
    /// Whether it is an object that was replaced under that name, and is still to be deleted.
    deposed: bool,
}

/// A resource, and the object that it has or is going to have.
struct Claim<'p> {
    step: Option<&'p PlannedStep>,
    name: &'p str,
    provider: &'p str,
    type_name: &'p str,
    object: Object,
}

/// Two declarations of one object are refused, and so is a delete that would take another resource's object.
pub(crate) fn shared(context: &Planning<'_>, document: &Document, plans: &ExecutionPlan) -> Result<(), Diagnostics> {
    let mut wrong = Diagnostics::new();
    let claims = claims(context, document, plans);
    for (place, one) in claims.iter().enumerate() {
        let others = claims[place + 1..].iter().take_while(|other| other.type_name == one.type_name);
        for other in others.filter(|other| other.provider == one.provider && other.object.is(&one.object)) {
            // The one to give up is the one that has nothing yet.
            let has = |claim: &Claim<'_>| document.resources.contains_key(claim.name);
            let (first, second) = if has(one) || !has(other) { (one, other) } else { (other, one) };
            if second.step.is_some() || first.step.is_some() {
                wrong.push(declared_twice(document, first, second));
            }
        }
    }
    let going: BTreeSet<&str> =
        plans.steps.iter().filter(|step| goes(step)).map(|step| step.step.resource.as_str()).collect();
    let (going, staying): (Vec<_>, Vec<_>) =
        document.resources.values().partition(|stored| going.contains(stored.name.as_str()));
    for stored in going.into_iter().filter(|_| !staying.is_empty()) {
        let Ok(kind) = context.providers.kind(&stored.provider, &stored.type_name) else { continue };
        let object = Object::of_stored(&kind, stored.state.reveal());
        let wanted = Wanted { kind: &kind, provider: &stored.provider, name: &stored.name, object };
        if let Some(other) = staying.iter().find(|other| wanted.is(other)) {
            let (name, other) = (&stored.name, &other.name);
            wrong.push(
                Diagnostic::error(format!("\"{name}\" has the same object as \"{other}\""))
                    .detail(format!(
                        "The plan deletes the {} {} for \"{name}\", and \"{other}\" still has it.",
                        stored.type_name,
                        wanted.object.description()
                    ))
                    .fix(format!("Forget it under one name, which leaves the object: `state forget {name}`.")),
            );
        }
    }
    wrong.into_result().map(drop)
}

/// Whether the object that the state has is deleted.
fn goes(step: &PlannedStep) -> bool {
    (step.step.action == Action::Delete || step.step.action.is_replacement()) && !step.retain
}

/// What each resource has behind the plan, by type.
fn claims<'p>(context: &Planning<'_>, document: &'p Document, plans: &'p ExecutionPlan) -> Vec<Claim<'p>> {
    let stays = |step: &&PlannedStep| {
        !matches!(step.step.action, Action::Delete | Action::Forget | Action::Read)
            && !step.planned.state.value().is_null()
    };
    let planned = plans.steps.iter().filter(stays).filter_map(|step| {
        let kind = context.providers.kind(&step.provider, &step.step.type_name).ok()?;
        let object = Object::of(&kind, step.planned.state.value());
        let (name, type_name) = (&step.step.resource, &step.step.type_name);
        Some(Claim { step: Some(step), name, provider: &step.provider, type_name, object })
    });
    // What the run is not about stays as it is.
    let about: BTreeSet<&str> = plans.steps.iter().map(|step| step.step.resource.as_str()).collect();
    let others = document.resources.values().filter(|stored| !about.contains(stored.name.as_str()));
    let others = others.filter_map(|stored| {
        let kind = context.providers.kind(&stored.provider, &stored.type_name).ok()?;
        let object = Object::of_stored(&kind, stored.state.reveal());
        let (name, type_name) = (&stored.name, &stored.type_name);
        Some(Claim { step: None, name, provider: &stored.provider, type_name, object })
    });
    let mut claims: Vec<Claim<'_>> = planned.chain(others).collect();
    claims.sort_by(|one, other| (one.type_name, one.name).cmp(&(other.type_name, other.name)));
    claims
}

fn declared_twice(document: &Document, first: &Claim<'_>, second: &Claim<'_>) -> Diagnostic {
    let (one, two) = (first.name, second.name);
    let in_state = |claim: &Claim<'_>| document.resources.contains_key(claim.name);
    let description = first.object.description();
    let has = if in_state(first) { format!(" \"{one}\" has it.") } else { String::new() };
    let fix = if first.step.is_none() {
        format!(
            "If \"{one}\" was renamed, declare \"{two}\" with `Options::new().aliases([\"{one}\"])`; else give \"{two}\" an \
             object of its own."
        )
    } else if in_state(second) {
        format!("Remove one of the declarations, and forget it, which leaves the object: `state forget {two}`.")
    } else {
        format!("Remove \"{two}\" and use the outputs of \"{one}\", or give it an object of its own.")
    };
    Diagnostic::error(format!("\"{one}\" and \"{two}\" are one object"))
        .detail(format!(
            "Both are the {} {description}.{has} An object belongs to one declaration: otherwise removing one would delete the \
             other's.",
            first.type_name
        ))
        .fix(fix)
        .at(second.object.attribute())
}

/// An object that a resource would have, to be looked for among those of others.
pub(crate) struct Wanted<'s> {
    pub kind: &'s Arc<dyn Kind<AnyContext>>,
    pub provider: &'s str,
    pub name: &'s str,
    pub object: Object,
}

impl Wanted<'_> {
    pub(crate) fn is(&self, stored: &ResourceState) -> bool {
        self.has(&stored.provider, &stored.type_name, stored.state.reveal())
    }

    fn has(&self, provider: &str, type_name: &str, state: &Json) -> bool {
        (provider, type_name) == (self.provider, self.kind.type_name())
            && Object::of_stored(self.kind, state).is(&self.object)
    }

    /// Which other resource has it in the state.
    pub(crate) fn holder(&self, document: &Document) -> Option<Holder> {
        let mut others = document.resources.values().filter(|stored| stored.name != self.name);
        others.find(|stored| self.is(stored)).map(|stored| Holder::of(stored, false))
    }

    /// Whose object it was until that was replaced, where it is still to be deleted.
    fn deposed(&self, document: &Document) -> Option<Holder> {
        document.deposed.iter().find(|stored| self.is(stored)).map(|stored| Holder::of(stored, true))
    }

    /// Why its create must not be begun.
    pub(crate) fn in_the_way(&self, document: &Document) -> Option<Diagnostic> {
        // What was replaced under this very name is taken back.
        let deposed = || self.deposed(document).filter(|holder| holder.name != self.name);
        let makes = || {
            let mut others = document.pending.iter().filter(|pending| pending.resource != self.name);
            let makes = others.find(|pending| {
                pending.operation.is_create()
                    && self.has(&pending.provider, &pending.type_name, pending.planned.reveal())
            })?;
            Some(Holder { name: makes.resource.clone(), deposed: false })
        };
        let holder = self.holder(document).or_else(deposed).or_else(makes)?;
        Some(holder.refusal(self.kind.type_name(), self.name, &self.object))
    }

    /// Why it must not be imported.
    pub(crate) fn no_import(&self, document: &Document, state: &Value) -> Option<Diagnostic> {
        let type_name = self.kind.type_name();
        if let Some(holder) = self.holder(document).or_else(|| self.deposed(document)) {
            return Some(holder.no_import(type_name, self.name, &self.object.description()));
        }
        // Where nothing else distinguishes objects, what an id finds is what has that id.
        let id = state.get("id").as_str();
        let id = id.filter(|_| self.kind.identity().is_empty() && self.kind.descriptor().natural_key.is_empty())?;
        let has_id = |stored: &&ResourceState| {
            (stored.provider.as_str(), stored.type_name.as_str()) == (self.provider, type_name)
                && stored.name != self.name
                && stored.state.reveal().get("id").and_then(Json::as_str) == Some(id)
        };
        let holder = document.resources.values().find(has_id).map(|stored| Holder::of(stored, false))?;
        Some(holder.no_import(type_name, self.name, &format!("with id = {id:?}")))
    }
}

impl Holder {
    fn of(stored: &ResourceState, deposed: bool) -> Self {
        Self { name: stored.name.clone(), deposed }
    }

    /// Why a create is not begun.
    fn refusal(&self, type_name: &str, name: &str, object: &Object) -> Diagnostic {
        let (holder, description) = (&self.name, object.description());
        let (error, fix) = if self.deposed {
            (
                format!(
                    "The {type_name} {description} was replaced under the name \"{holder}\", and is still to be deleted."
                ),
                format!("Run again once it is gone, or keep it: `state forget {holder} --deposed`."),
            )
        } else {
            (
                format!(
                    "The {type_name} {description} is the object of \"{holder}\", which was to be known only now. An object belongs \
                     to one declaration."
                ),
                format!(
                    "If \"{holder}\" goes or changes in this run, run again. Else give \"{name}\" an object of its own, or \
                     remove it and use the outputs of \"{holder}\"."
                ),
            )
        };
        Diagnostic::error(format!("\"{name}\" would have the object of \"{holder}\""))
            .detail(format!("{error} Nothing was done for \"{name}\"."))
            .fix(fix)
            .at(object.attribute())
    }

    /// The error of a create that has returned an object which another resource has.
    pub(crate) fn taken(&self, wanted: &Wanted<'_>) -> Diagnostic {
        let (holder, name, type_name) = (&self.name, wanted.name, wanted.kind.type_name());
        Diagnostic::error(format!("\"{name}\" and \"{holder}\" share one object"))
            .detail(format!(
                "The create of \"{name}\" gave the {type_name} {}, which \"{holder}\" has already. The state goes on having it \
                 as \"{holder}\" alone, and nothing as \"{name}\".",
                wanted.object.description()
            ))
            .fix(format!(
                "Give \"{name}\" an object of its own, or remove it. If \"{holder}\" was renamed, declare \"{name}\" with \
                 `Options::new().aliases([\"{holder}\"])`. The next run puts right what the create has changed of the object."
            ))
            .at(wanted.object.attribute())
    }

    /// Why an object is not taken into the state.
    fn no_import(&self, type_name: &str, name: &str, description: &str) -> Diagnostic {
        let holder = &self.name;
        let (had, fix) = if self.deposed {
            ("is to be deleted, since it was replaced there", format!("`state forget {holder} --deposed`"))
        } else {
            ("belongs to it", format!("`state forget {holder}`"))
        };
        Diagnostic::error(format!("The object is in the state already, as \"{holder}\""))
            .detail(format!("The {type_name} {description} {had}. An object belongs to one declaration."))
            .fix(format!(
                "If \"{holder}\" is called \"{name}\" now, declare that with `Options::new().aliases([\"{holder}\"])`. Else \
                 forget it there first, which leaves the object: {fix}."
            ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(parts: &[(&str, Json)]) -> Option<Vec<(String, Json)>> {
        some(Some(parts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()))
    }

    #[test]
    fn objects_are_one_by_their_identity_and_else_by_their_natural_key() {
        let of = |identity: Option<Json>, owner: Option<Json>| Object {
            identity: identity.and_then(|id| parts(&[("id", id)])),
            natural_key: owner.and_then(|owner| parts(&[("owner", owner)])),
        };
        let (a, b) = (|| Some(json!("a")), || Some(json!("b")));
        for (one, other, are_one) in [
            ((a(), None), (a(), None), true),
            ((a(), None), (b(), None), false),
            ((a(), a()), (a(), a()), true),
            // Such as attachments of one role, each in another owner's name.
            ((a(), a()), (a(), b()), false),
            ((a(), a()), (a(), Some(Json::Null)), false),
            // An id that is not known yet.
            ((None, a()), (a(), a()), true),
            ((None, a()), (a(), b()), false),
            ((None, None), (a(), a()), false),
            ((None, None), (None, None), false),
        ] {
            let (one, other) = (of(one.0, one.1), of(other.0, other.1));
            assert_eq!(
                (one.is(&other), other.is(&one)),
                (are_one, are_one),
                "{} {}",
                one.description(),
                other.description()
            );
        }
    }
}
