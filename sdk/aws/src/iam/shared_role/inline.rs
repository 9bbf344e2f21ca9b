//! An inline policy of one owner on a role. Nobody else needs it, so nothing is counted; its mark says whose it is.
//!
//! ```text
//! put      look -> another's policy of that name? refuse -> tag with what is missing -> put -> look again
//! delete   look -> another's claim on the mark? done : delete the policy -> look -> untag the mark -> look again
//! ```

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rosa_ecr_model::{Call, Diagnostics};

use super::calls::{Wrote, delete_policy, inline_policy, put_policy, tag, untag};
use super::marks::Mark;
use super::observation::{ObservedRole, tagged};
use super::refusals::{does_not_stay, foreign_policy, no_such_role};
use super::{Detached, NotAttached, PATIENCE, turn_of};
use crate::iam::policy_document as policies;
use crate::iam::pull_permission::{repositories_of, scoped_policy};
use crate::provider::Aws;
use crate::wait::{self, Progress};

/// The role with its tags, and the text of the mark's policy; `None` where there is no such role.
async fn look(
    call: &Call<Aws>,
    role: &str,
    mark: &Mark,
) -> Result<Option<(ObservedRole, Option<String>)>, Diagnostics> {
    let name = mark.policy_name();
    let (found, policy) = futures::try_join!(tagged(call, role), inline_policy(call, role, &name))?;
    Ok(found.map(|found| (found, policy)))
}

/// Gives the role the mark's policy for these repositories.
pub(in crate::iam) async fn put_inline(
    call: &Call<Aws>,
    role: &str,
    mark: &Mark,
    repository_arns: &BTreeSet<String>,
) -> Result<(), NotAttached> {
    let (name, wanted) = (mark.policy_name(), scoped_policy(repository_arns));
    let _turn = call.claims().turn([turn_of(role).as_str()]).await;
    let (has_written, is_marked) = (AtomicBool::new(false), AtomicBool::new(false));
    let (looks, next_put) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let put = wait::until(call, &format!("the policy {name} to be on the role {role}"), || async {
        let look_number = looks.fetch_add(1, Ordering::Relaxed) + 1;
        // A role that was made a moment ago may not be known everywhere.
        let Some((found, policy)) = look(call, role, mark).await? else {
            return Ok(Progress::unless_it_turns_up(no_such_role(role)));
        };
        let is_ours = found.carries(mark) || is_marked.load(Ordering::Relaxed);
        if policy.as_deref().is_some_and(|policy| !is_ours && repositories_of(policy).is_none()) {
            return Err(foreign_policy(role, &name).into());
        }
        // A claim that another run has put on the mark meanwhile stays: the last one holds it.
        let is_overwritten = is_marked.load(Ordering::Relaxed) && found.is_taken(mark);
        let tags = found.missing(mark, false);
        let is_there = policy.as_deref().is_some_and(|policy| policies::same(policy, &wanted));
        if is_overwritten || tags.is_empty() && is_there {
            return Ok(Progress::Done(()));
        }
        has_written.store(true, Ordering::Relaxed);
        if !tags.is_empty() {
            match tag(call, role, tags).await? {
                Wrote::Done => is_marked.store(true, Ordering::Relaxed),
                Wrote::Busy => return Ok(Progress::Pending("being changed by others".to_owned())),
                Wrote::Missing => return Ok(Progress::unless_it_turns_up(no_such_role(role))),
            }
        }
        // IAM shows what was put only after a while, so a look that does not see it is no reason to put it again.
        if !is_there && look_number >= next_put.load(Ordering::Relaxed) {
            match put_policy(call, role, &name, &wanted).await? {
                Wrote::Done => next_put.store(look_number + PATIENCE, Ordering::Relaxed),
                Wrote::Busy => {}
                Wrote::Missing => return Ok(Progress::unless_it_turns_up(no_such_role(role))),
            }
        }
        Ok(Progress::unless_news_spreads(does_not_stay(role)))
    })
    .await;
    put.map_err(|diagnostics| NotAttached { wrote: has_written.load(Ordering::Relaxed), diagnostics })
}

/// Takes the mark's policy away, and then the mark. A role that is gone is no error.
pub(in crate::iam) async fn delete_inline(call: &Call<Aws>, role: &str, mark: &Mark) -> Result<Detached, Diagnostics> {
    let name = mark.policy_name();
    let _turn = call.claims().turn([turn_of(role).as_str()]).await;
    wait::until(call, &format!("the policy {name} to be deleted from the role {role}"), || async {
        let Some((found, policy)) = look(call, role, mark).await? else { return Ok(Progress::Done(Detached::Now)) };
        if found.is_taken(mark) {
            return Ok(Progress::Done(Detached::Taken));
        }
        let carries = found.carries(mark);
        if policy.is_some_and(|policy| carries || repositories_of(&policy).is_some()) {
            delete_policy(call, role, &name).await?;
        } else if carries {
            untag(call, role, &[mark.key.as_str()]).await?;
        } else {
            return Ok(Progress::Done(Detached::Now));
        }
        Ok(Progress::Pending("changed a moment ago".to_owned()))
    })
    .await
}

/// The repositories that the mark's policy of a role is for; `None` if there is none, or none that is as it was written.
pub(in crate::iam) async fn scope_of(
    call: &Call<Aws>,
    role: &str,
    mark: &Mark,
) -> Result<Option<BTreeSet<String>>, Diagnostics> {
    Ok(inline_policy(call, role, &mark.policy_name()).await?.as_deref().and_then(repositories_of))
}
