//! What every kind does so that one declaration holds one object: see [`Claims`](crate::Claims).

use std::sync::Arc;

use futures::future;

use crate::diagnostic::message::{Diagnostic, Diagnostics};
use crate::diagnostic::text::{Term, Text};
use crate::resource::call::Call;
use crate::resource::claims::{Intention, Purpose, RealObject, Turn};
use crate::resource::definition::Resource;
use crate::text;

/// The output of a resource that has its claim, where it has one.
pub(super) const CLAIM: &str = "claim";

/// Notes what the plan of a declaration does with the objects.
pub(super) fn intend<R: Resource>(
    call: &Call<R::Context>,
    objects: Vec<RealObject>,
    claim: Option<&str>,
    purpose: Purpose,
) -> Result<(), Diagnostics> {
    let intention = Intention {
        by: call.declaration().clone(),
        becomes: call.successor().clone(),
        type_name: R::TYPE,
        claim: claim.map(Arc::from),
        purpose,
    };
    let notes = objects.iter().filter_map(|object| call.claims().plan(object, intention.clone()).err());
    // One object says enough: the others of two declarations of the same collide as well.
    notes.take(1).collect::<Diagnostics>().into_result().map(drop)
}

/// Waits for the turn of an operation. The time limit of the operation counts from then on.
pub(super) async fn turn<C>(call: &Call<C>, objects: &[RealObject]) -> Result<Turn, Diagnostics> {
    let turn = call.claims().turn(objects.iter().map(|object| object.name.as_str()));
    match future::select(std::pin::pin!(turn), std::pin::pin!(call.cancelled().cancelled())).await {
        future::Either::Left((turn, _)) => Ok(turn),
        future::Either::Right(_) => Err(Diagnostic::error("Stopped before it began")
            .detail("Another operation on the same object was under way when a stop was requested. Nothing was done.")
            .fix("Run this again.")
            .into()),
    }
}

/// Says that a plan takes an object over from another declaration.
pub(super) fn taking_over(object: &RealObject) -> Diagnostic {
    Diagnostic::warning(format!("The {} is taken over from another declaration", object.name))
        .detail("adopt_existing is true, and the object carries another claim than this resource's state.")
        .fix("Remove the other declaration: its next plan is an error, and its delete only lets go of the object.")
}

/// Says that a delete leaves an object for the create that follows.
pub(super) fn completing(object: &RealObject) -> Diagnostic {
    Diagnostic::warning(format!("The {} is completed, and not replaced", object.name))
        .detail("An earlier create of it failed halfway. What it made stays, and the create that follows completes it.")
}

/// Says that a delete leaves an object where it is.
pub(super) fn letting_go(object: &RealObject) -> Diagnostic {
    Diagnostic::warning(format!("The {} is not deleted", object.name))
        .detail("Another declaration has taken it over, so this resource only lets go of it.")
}

/// Says that another declaration holds the object: an error if the plan `changes` it. Otherwise a warning, because engines make
/// such a plan before a destroy, too, which only lets go of the object.
pub(super) fn held_by_another<C>(
    call: &Call<C>,
    object: &RealObject,
    type_name: &str,
    may_adopt: bool,
    changes: bool,
) -> Diagnostic {
    let title = format!("Another declaration holds the {}", object.name);
    let held = if changes { Diagnostic::error(title) } else { Diagnostic::warning(title) };
    let adopt = if may_adopt { " To take it over here, set adopt_existing = true." } else { "" };
    let destroy = if changes { text![" To destroy all, ", Term::DestroyUnread, "."] } else { Text::default() };
    held.detail(
        "It carries another claim than this resource's state: another resource, of this or another configuration, has taken it \
         over since. This resource neither changes nor deletes it.",
    )
    .fix(text![
        format!("If two declare it, remove one: what is removed here only lets go of the object.{adopt}"),
        destroy,
        format!(" {}", call.declaration().renaming(type_name)),
    ])
}
