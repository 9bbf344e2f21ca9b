//! Which objects are one: what decides whether a replacement is made before or after the old object goes.

use rosa_ecr_model::{Diagnostic, Presence, ResourceDescriptor, Value};

/// Whether the new object can be made while the old one is still there. Otherwise the old one is deleted first.
///
/// A create may take over an object that it finds under its natural key. Had it taken the one that it replaces, the delete
/// behind it would lose the object. So one of two things must hold, for a kind that does not refuse by
/// [`Resource::COEXISTS`](rosa_ecr_model::Resource::COEXISTS):
///
/// * Both are known to be two: an attribute of the identity or the natural key is known, and differs.
/// * Nothing leads a create to the old object: the service gives each object its identity, and there is no natural key. The
///   next plan cannot know that identity either, so to wait for one that is known to differ would be to delete first for
///   ever, which services refuse where something that is changed in place still uses the old object.
///
/// In the second case the kind's word is all there is, so what the create returns is checked: see [`taken_over`].
///
/// The same holds where the provider configuration differs. Two configurations may lead to one account, so that they
/// differ does not tell the objects apart: an equal name may be the same object in both.
pub(crate) fn side_by_side(kind: &ResourceDescriptor, prior: &Value, planned: &Value) -> bool {
    kind.coexists && (differ(kind, prior, planned) || is_assigned(kind, planned))
}

/// Whether both are known to be two objects.
fn differ(kind: &ResourceDescriptor, prior: &Value, planned: &Value) -> bool {
    let differ = |old: &Value, new: &Value| !old.is_null() && !new.is_null() && new.is_wholly_known() && old != new;
    let (old, new) = (kind.identity_of(prior), kind.identity_of(planned));
    kind.identity.iter().any(|attribute| differ(old.get(attribute.name), new.get(attribute.name)))
        || kind.natural_key.iter().any(|name| differ(prior.get(name), planned.get(name)))
}

/// Whether the service gives the planned object an identity that nothing else has: an attribute of it that no argument sets
/// and no plan knows. Where a kind names no identity, its output `id` is one.
fn is_assigned(kind: &ResourceDescriptor, planned: &Value) -> bool {
    let given = |name: &str| {
        let attribute = kind.schema.block.attribute(name);
        attribute.is_some_and(|attribute| attribute.presence == Presence::Computed) && planned.get(name).is_unknown()
    };
    let is_given = match &kind.identity[..] {
        [] => given("id"),
        identity => identity.iter().any(|attribute| given(attribute.name)),
    };
    is_given && kind.natural_key.is_empty()
}

/// Whether both states are of one object; `None` if nothing distinguishes them. Where a kind names no identity, its `id` does.
pub(crate) fn is_one(kind: &ResourceDescriptor, old: &Value, new: &Value) -> Option<bool> {
    let (old, new) = match &kind.identity[..] {
        [] => (old.get("id").clone(), new.get("id").clone()),
        _ => (kind.identity_of(old), kind.identity_of(new)),
    };
    (!old.is_null() && !new.is_null()).then(|| old == new)
}

/// The error if the objects of a replacement turn out not to be known as two, once all is known.
pub(crate) fn not_two(name: &str) -> Diagnostic {
    Diagnostic::error(format!("The old object of \"{name}\" has to be deleted first"))
        .detail(
            "The plan was to make the new object first. Now that all is known, it could be the old one, and nothing was \
             done to either.",
        )
        .fix("Run again: the next plan knows.")
}

/// The warning about a create that has taken the object that it was to replace: that one is not deleted.
pub(crate) fn taken_over(name: &str, type_name: &str) -> Diagnostic {
    Diagnostic::warning(format!("The new object of \"{name}\" is the old one"))
        .detail(format!(
            "The create of {type_name} was to make a second object, and took the one that it was to replace. It is not \
             deleted, and has its new state. That is a bug of {type_name}: a kind whose create takes objects over has a \
             `NATURAL_KEY`, or `COEXISTS = false`."
        ))
        .fix(format!("Report it to the authors of {type_name}. Until then, declare \"{name}\" with `delete_before_replace`."))
}

#[cfg(test)]
mod tests {
    use rosa_ecr_model::{Attribute, Block, IdentityAttribute, Schema, Shape, Type};

    use super::*;

    /// A kind whose objects have a name and get an id.
    fn descriptor(identity: &'static [&'static str], natural_key: &'static [&'static str]) -> ResourceDescriptor {
        let text = |name: &'static str, presence| Attribute::new(name, Shape::Type(Type::String), presence);
        let attributes = vec![text("name", Presence::Required), text("id", Presence::Computed)];
        let identity = identity.iter().map(|name| IdentityAttribute { name, description: "", required: true });
        let schema = Schema { version: 0, block: Block { attributes, ..Block::default() } };
        ResourceDescriptor { identity: identity.collect(), natural_key, ..ResourceDescriptor::new("sample", schema) }
    }

    fn thing(name: &str, id: Value) -> Value {
        Value::map([("name", name.into()), ("id", id)])
    }

    #[test]
    fn a_create_that_cannot_meet_the_old_object_comes_first() {
        let plain = descriptor(&[], &[]);
        let with_id = descriptor(&["id"], &[]);
        let named = descriptor(&["name"], &[]);
        let keyed = descriptor(&["id"], &["name"]);
        let alone = ResourceDescriptor { coexists: false, ..descriptor(&["id"], &[]) };
        let kinds = [plain, with_id, named, keyed, alone];
        let decide = |name: &str, id: Value| {
            let (old, new) = (thing("a", "1".into()), thing(name, id));
            kinds.each_ref().map(|kind| side_by_side(kind, &old, &new))
        };
        assert_eq!(decide("a", Value::Unknown), [true, true, false, false, false]);
        assert_eq!(decide("b", Value::Unknown), [true, true, true, true, false]);
        assert_eq!(decide("a", "1".into()), [false; 5], "an id that is known to be the same is no other object");
        assert_eq!(decide("a", "2".into()), [false, true, false, true, false]);
    }

    #[test]
    fn what_tells_objects_apart_tells_whether_they_are_one() {
        let (plain, named) = (descriptor(&[], &[]), descriptor(&["name"], &[]));
        assert_eq!(is_one(&plain, &thing("a", "1".into()), &thing("b", "1".into())), Some(true));
        assert_eq!(is_one(&named, &thing("a", "1".into()), &thing("b", "1".into())), Some(false));
        assert_eq!(is_one(&plain, &thing("a", Value::Null), &thing("a", Value::Null)), None);
    }
}
