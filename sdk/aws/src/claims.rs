//! Whether a real object is still the one that a state recorded.
//!
//! Objects carry the claim of the declaration that holds them as the tag [`CLAIM`](crate::tags::CLAIM), from the call that makes
//! them; states have it as the output `claim`. A name may have passed on to a later object, so states record as well what AWS
//! never gives twice, such as the time at which a repository was made. States of before claims, and of objects that were
//! imported without one, have none: they hold what carries no claim.

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Term, text};

use crate::provider::Aws;
use crate::tags::{self, Tags};

/// What tells one object from all others of its name: in a state, or on the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark<'a> {
    /// The claim.
    pub claim: Option<&'a str>,
    /// What AWS never gives twice; none if the name of the object is such already.
    pub unique: Option<&'a str>,
}

impl<'a> Mark<'a> {
    /// What an object carries.
    pub fn of(tags: &'a Tags, unique: Option<&'a str>) -> Self {
        Self { claim: tags::claim_of(tags), unique }
    }
}

/// Whose object is there, for a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holding {
    /// It is the object that the state recorded.
    Own,
    /// Another declaration has taken it over, or holds a later object of its name.
    Taken,
    /// It is a later object of that name, which no declaration holds.
    Later,
}

impl Holding {
    /// Compares what the state recorded with what is there. `object` is its name in the run's [`Claims`](rosa_ecr_model::Claims),
    /// which knows of changes that AWS does not report yet.
    pub fn of(call: &Call<Aws>, object: &str, recorded: Mark<'_>, found: Mark<'_>) -> Self {
        let is_later = recorded.unique.zip(found.unique).is_some_and(|(recorded, found)| recorded != found);
        let is_other = found.claim.is_some() && found.claim != recorded.claim;
        if is_other || call.claims().is_held_by_another(object, recorded.claim) {
            Self::Taken
        } else if is_later {
            Self::Later
        } else {
            Self::Own
        }
    }
}

/// The claim in a state that has just come over from another provider: whatever the object carries. The first read finds out.
pub(crate) fn unread() -> Option<String> {
    Some(String::new())
}

/// Whether the first read of such a state is still to come.
pub(crate) fn is_unread(call: &Call<Aws>) -> bool {
    call.claim() == Some("")
}

/// The call of a read, with the claim on the object if the state has none to compare it with yet.
pub(crate) fn reading(call: &Call<Aws>, found: Mark<'_>) -> Call<Aws> {
    if is_unread(call) { call.clone().claiming(found.claim.map(Into::into)) } else { call.clone() }
}

/// For a read: whether the state goes on. An object that another declaration holds stays in the state, and the next plan says so.
pub(crate) fn reads(call: &Call<Aws>, object: &str, recorded: Mark<'_>, found: Mark<'_>) -> bool {
    match Holding::of(call, object, recorded, found) {
        Holding::Own => true,
        Holding::Taken => {
            call.claims().lose(object, recorded.claim);
            true
        }
        Holding::Later => false,
    }
}

/// For a change: that the object is the state's, or that the plan takes it over.
///
/// # Errors
/// If it is not.
pub(crate) fn changes(call: &Call<Aws>, object: &str, recorded: Mark<'_>, found: Mark<'_>) -> Result<(), Diagnostics> {
    let takes_over = call.claim() != recorded.claim;
    match Holding::of(call, object, recorded, found) {
        Holding::Own => Ok(()),
        Holding::Taken if takes_over => Ok(()),
        Holding::Taken => Err(held(object).into()),
        Holding::Later => Err(Diagnostic::error(format!("The {object} is another one by now"))
            .detail("The one in the state was deleted, and one of the same name was made since. It was left as it is.")
            .fix("Plan again: the plan says what can be done.")
            .into()),
    }
}

/// Says that an object was left alone because another declaration holds it.
pub(crate) fn held(object: &str) -> Diagnostic {
    Diagnostic::error(format!("Another declaration holds the {object}"))
        .detail("It carries another claim than this resource's state. It was left as it is.")
        .fix("Plan again: the plan says what can be done.")
}

/// Says that a delete leaves an object where it is, because another declaration holds it.
pub(crate) fn kept(object: &str) -> Diagnostic {
    Diagnostic::warning(format!("The {object} was not deleted")).detail(
        "It stays, because another declaration holds it by now: it carries another claim than this resource's state.",
    )
}

/// For a delete: whether to delete the object. If not, there is a warning that it stays.
pub(crate) fn deletes(call: &Call<Aws>, object: &str, recorded: Mark<'_>, found: Mark<'_>) -> bool {
    match Holding::of(call, object, recorded, found) {
        Holding::Own => return true,
        Holding::Taken => call.warn(kept(object)),
        Holding::Later => call.warn(Diagnostic::warning(format!("The {object} was not deleted")).detail(
            "It stays, because it was made later under the same name, and is not the one in this resource's state.",
        )),
    }
    false
}

/// For a create that meets an object of its own name: that the object is not the one that it is to replace.
///
/// # Errors
/// If it is: both need one name, so the old one has to go first.
pub(crate) fn created_first(call: &Call<Aws>, object: &str, found: Mark<'_>) -> Result<(), Diagnostic> {
    if !call.claims().is_replaced(object, found.claim) {
        return Ok(());
    }
    Err(Diagnostic::error(format!("The {object} is to be replaced, and is still there"))
        .detail("The replacement has the same name, and is created first. Nothing was changed.")
        .fix(text!["To replace it, ", Term::DeleteFirst, "."]))
}

/// What a plan says of an object with these tags of ownership that a create would find and take over; nothing if it is the one
/// that the create is to replace.
pub(crate) fn taking_over(
    call: &Call<Aws>,
    object: &str,
    id: &str,
    claim: Option<&str>,
    type_name: &str,
) -> Option<Diagnostic> {
    if call.claims().is_replaced(object, claim) {
        return None;
    }
    let warning = Diagnostic::warning(format!("The {object} exists and is taken over"))
        .detail(format!(
            "{id} carries the ownership tags of this resource. An interrupted apply or a destroy that keeps it has left it, or \
             another declaration holds it, which then lets go of it. If it is deleted before, a new one is made."
        ))
        .fix(call.declaration().renaming(type_name));
    Some(warning)
}

/// That the state's object belongs to the account that the credentials reach. Another account would say that the object is
/// gone, or show an object of the same name.
///
/// # Errors
/// If it does not.
pub(crate) async fn same_account(call: &Call<Aws>, recorded: Option<&str>) -> Result<(), Diagnostics> {
    let Some(recorded) = recorded.filter(|account| !account.is_empty()) else { return Ok(()) };
    match call.identity().await? {
        Some(identity) if identity.account != recorded => Err(Diagnostic::error(format!(
            "The object belongs to the account {recorded}"
        ))
        .detail(format!(
            "The state has it in the account {recorded}, and the credentials are of {} ({}). Nothing was read or \
                     changed there.",
            identity.account, identity.arn
        ))
        .fix(format!(
            "Use credentials of the account {recorded}. To have the object in the other account, give it a resource of \
                     its own, and remove this one with its present credentials first."
        ))
        .into()),
        _ => Ok(()),
    }
}

/// The account in an ARN.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests;
