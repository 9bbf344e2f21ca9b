//! Pull permissions on a role that several clusters share.
//!
//! Whoever needs one leaves a mark on the role: a tag whose key says which permission and in whose name, and whose value says
//! through what the role was named, and has the claim of the declaration. A detach leaves a mark with another claim where it is.
//!
//! | Permission | Key of a mark | Key of the tag that says that the policy came with one of us |
//! |---|---|---|
//! | `AmazonEC2ContainerRegistryReadOnly` | `rosa-ecr/pull/…` | `rosa-ecr/pull-policy` |
//! | `AmazonEC2ContainerRegistryPullOnly` | `rosa-ecr/pull-only/…` | `rosa-ecr/pull-only-policy` |
//! | inline policy, one an owner | `rosa-ecr/scoped/…` | none: see [`inline`] |
//!
//! A policy of AWS without that tag was there before, and stays when the last mark goes, unless who goes has taken it over by an
//! import. The two are independent of each other:
//!
//! ```text
//! attach   look -> complete? done : { tag with what is missing; attach } -> look again
//! detach   look -> another's claim on the mark? done : untag own mark -> look -> another's mark?  put back what went in between: the policy, the tag
//!                                    not ours?        done
//!                                    attached?        detach -> look again
//!                                    otherwise        untag what says that it came with us -> look again
//! ```
//!
//! Both are loops that look, do the next step and look again until nothing is left to do. That is what makes them safe to
//! kill and to run twice, and safe against each other: a mark comes before the policy and goes before it, so whoever
//! takes the policy away while another one arrives sees the new mark afterwards and puts it back, or is seen by the
//! other one's second look. IAM tells news late; a second look that comes too early only costs a third one.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rosa_ecr_model::{Call, Diagnostics};

use crate::provider::Aws;
use crate::wait::{self, Progress};

mod calls;
mod inline;
mod marks;
mod observation;
mod refusals;

use calls::{Wrote, attach_policy, detach_policy, tag, untag};
pub(super) use calls::{attached_policies, inline_policies};
pub(super) use inline::{delete_inline, put_inline, scope_of};
pub(super) use marks::Mark;
pub(crate) use marks::Source;
pub(super) use observation::{ObservedRole, look, marked, tagged};
use refusals::does_not_stay;
pub(super) use refusals::no_such_role;

/// How many looks after an attach may still not see it: about a second and a half with the pauses of [`wait::until`].
const PATIENCE: usize = 4;

/// Why a role does not have the policy.
#[derive(Debug)]
pub(super) struct NotAttached {
    /// Whether something was written nevertheless.
    pub wrote: bool,
    pub diagnostics: Diagnostics,
}

/// Gives the role the mark's policy, which is one of AWS, and leaves the mark. A claim that another run puts on the mark
/// meanwhile stays: the last one holds it, and two that put back their own would never end.
pub(super) async fn attach(call: &Call<Aws>, role: &str, mark: &Mark, policy: &str) -> Result<(), NotAttached> {
    let _turn = call.claims().turn([turn_of(role).as_str()]).await;
    let (looks, from_us, has_written) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicBool::new(false));
    let (next_attach, claim_before) = (AtomicUsize::new(0), OnceLock::new());
    let attached = wait::until(call, &format!("the pull policy to be attached to the role {role}"), || async {
        let look_number = looks.fetch_add(1, Ordering::Relaxed) + 1;
        // A role that was made a moment ago may not be known everywhere.
        let Some(found) = look(call, role).await? else {
            return Ok(Progress::unless_it_turns_up(no_such_role(role)));
        };
        if !found.has(mark.permission) {
            from_us.store(true, Ordering::Relaxed);
        }
        let in_the_way = found.in_the_way_of(mark);
        if !in_the_way.is_empty() {
            has_written.store(true, Ordering::Relaxed);
            let (outdated, anew): (Vec<_>, Vec<_>) = in_the_way.into_iter().unzip();
            if tag(call, role, anew.into_iter().map(|mark| (mark.key.clone(), mark.value())).collect()).await?
                == Wrote::Done
            {
                untag(call, role, &outdated).await?;
            }
            return Ok(Progress::Pending("being marked again".to_owned()));
        }
        let claim = found.claim_on(mark);
        let is_overwritten =
            claim.is_some() && claim_before.get().is_some_and(|before| claim != Option::as_deref(before));
        let mark = if is_overwritten { mark.clone().claiming(claim) } else { mark.clone() };
        let tags = found.missing(&mark, from_us.load(Ordering::Relaxed));
        if found.has(mark.permission) && tags.is_empty() {
            return Ok(Progress::Done(()));
        }
        has_written.store(true, Ordering::Relaxed);
        if !tags.is_empty() {
            match tag(call, role, tags).await? {
                Wrote::Done => drop(claim_before.set(claim.map(str::to_owned))),
                Wrote::Busy => return Ok(Progress::Pending("being changed by others".to_owned())),
                Wrote::Missing => return Ok(Progress::unless_it_turns_up(no_such_role(role))),
            }
        }
        // IAM shows what was attached only after a while, so a look that does not see it is no reason to attach it again.
        if !found.has(mark.permission)
            && look_number >= next_attach.load(Ordering::Relaxed)
            && attach_policy(call, role, policy).await? == Wrote::Done
        {
            next_attach.store(look_number + PATIENCE, Ordering::Relaxed);
        }
        Ok(Progress::unless_news_spreads(does_not_stay(role)))
    })
    .await;
    attached.map_err(|diagnostics| NotAttached { wrote: has_written.load(Ordering::Relaxed), diagnostics })
}

/// What operations on a role take turns by: only those of one run, and only for a moment each.
fn turn_of(role: &str) -> String {
    format!("pull policy of the IAM role {role}")
}

/// What becomes of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detached {
    Now,
    /// Nothing was done: another declaration has put its claim on the mark.
    Taken,
}

/// Takes the mark away and leaves the policy, as one that was there before any of us came. A role that is gone is no error.
pub(super) async fn leave(call: &Call<Aws>, role: &str, mark: &Mark) -> Result<Detached, Diagnostics> {
    let _turn = call.claims().turn([turn_of(role).as_str()]).await;
    wait::until(call, &format!("the role {role} to lose its mark"), || async {
        let Some(found) = tagged(call, role).await? else { return Ok(Progress::Done(Detached::Now)) };
        if found.is_taken(mark) {
            return Ok(Progress::Done(Detached::Taken));
        }
        let is_ours = |key: &&str| mark.has(key) || mark.from_us == Some(*key);
        let keys: Vec<&str> = found.tags.keys().map(String::as_str).filter(is_ours).collect();
        if keys.is_empty() {
            return Ok(Progress::Done(Detached::Now));
        }
        untag(call, role, &keys).await?;
        Ok(Progress::Pending("changed a moment ago".to_owned()))
    })
    .await
}

/// Takes the mark away, and with the last mark the policy, if it came from us or is `taken_over`. A role that is gone is no
/// error.
pub(super) async fn detach(
    call: &Call<Aws>,
    role: &str,
    mark: &Mark,
    policy: &str,
    taken_over: bool,
) -> Result<Detached, Diagnostics> {
    let _turn = call.claims().turn([turn_of(role).as_str()]).await;
    let Some(found) = look(call, role).await? else { return Ok(Detached::Now) };
    if found.is_taken(mark) {
        return Ok(Detached::Taken);
    }
    let (is_marked, is_detached, is_ours) =
        (AtomicBool::new(true), AtomicBool::new(false), AtomicBool::new(taken_over));
    wait::until(call, &format!("the pull policy to be detached from the role {role}"), || async {
        if is_marked.load(Ordering::Relaxed) {
            // Where it does not stand in this very case, IAM would take another's mark for it.
            let earlier = match &mark.earlier {
                Some(key) => look(call, role).await?.filter(|found| found.tags.contains_key(key)).and(Some(key)),
                None => None,
            };
            let keys: Vec<&str> = std::iter::once(&mark.key).chain(earlier).map(String::as_str).collect();
            match untag(call, role, &keys).await? {
                Wrote::Done => is_marked.store(false, Ordering::Relaxed),
                Wrote::Busy => return Ok(Progress::Pending("being changed by others".to_owned())),
                Wrote::Missing => return Ok(Progress::Done(Detached::Now)),
            }
        }
        let Some(found) = look(call, role).await? else { return Ok(Progress::Done(Detached::Now)) };
        let attached = found.has(mark.permission) && !is_detached.load(Ordering::Relaxed);
        // It stays ours when the tag that says so has just been removed: another one may arrive with only its mark.
        let is_ours = is_ours.fetch_or(found.is_from_us(mark), Ordering::Relaxed) || found.is_from_us(mark);
        // Another declaration may have come for the same mark in between.
        let is_needed = found.is_needed_besides(mark) || found.is_taken(mark);
        match (is_needed, is_ours, attached) {
            (true, true, false) => {
                is_detached.store(false, Ordering::Relaxed);
                attach_policy(call, role, policy).await?;
            }
            // Whoever goes last then takes it away.
            (true, true, true) if !found.is_from_us(mark) => {
                tag(call, role, mark.origin().into_iter().collect()).await?;
            }
            (false, true, true) => {
                if detach_policy(call, role, policy).await? != Wrote::Busy {
                    is_detached.store(true, Ordering::Relaxed);
                }
            }
            (false, true, false) if found.is_from_us(mark) => {
                untag(call, role, mark.from_us.as_slice()).await?;
            }
            _ => return Ok(Progress::Done(Detached::Now)),
        }
        Ok(Progress::Pending("changed a moment ago".to_owned()))
    })
    .await
}

#[cfg(test)]
mod tests;
