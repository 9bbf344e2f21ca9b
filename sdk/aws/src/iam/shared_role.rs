//! One policy on a role that several clusters share.
//!
//! Whoever needs the policy leaves a mark on the role: the tag `rosa-ecr/pull/<mark>`, whose value says through what the
//! role was named, and has the claim of the declaration. A detach leaves a mark with another claim where it is. A second tag, `rosa-ecr/pull-policy = attached`, says that the policy came with one of us; without it
//! the policy was there before and stays when the last mark goes, unless who goes has taken it over by an import.
//!
//! ```text
//! attach   look -> complete? done : { tag with what is missing; attach } -> look again
//! detach   look -> another's claim on the mark? done : untag own mark -> look -> another's mark?  put back what went in between: the policy, `rosa-ecr/pull-policy`
//!                                    not ours?        done
//!                                    attached?        detach -> look again
//!                                    otherwise        untag `rosa-ecr/pull-policy` -> look again
//! ```
//!
//! Both are loops that look, do the next step and look again until nothing is left to do. That is what makes them safe to
//! kill and to run twice, and safe against each other: a mark comes before the policy and goes before it, so whoever
//! takes the policy away while another one arrives sees the new mark afterwards and puts it back, or is seen by the
//! other one's second look. IAM tells news late; a second look that comes too early only costs a third one.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aws_sdk_iam::types::{EntityType, Tag};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use crate::error::{code, failed};
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::Tags;
use crate::wait::{self, Progress};

mod marks;
mod refusals;

pub(super) use marks::Mark;
pub(crate) use marks::Source;
use marks::{MARKS, claim_in, source_in};
pub(super) use refusals::no_such_role;
use refusals::{does_not_stay, no_room};

/// The key of the tag on roles that got the policy from one of us.
const FROM_US: &str = "rosa-ecr/pull-policy";

/// How many looks after an attach may still not see it: about a second and a half with the pauses of [`wait::until`].
const PATIENCE: usize = 4;

/// A role as it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ObservedRole {
    pub(super) attached: bool,
    tags: Tags,
}

impl ObservedRole {
    /// Whether the role has the policy, and keeps it while the mark's owner needs it: others take away what came from us
    /// when they see no mark.
    pub(super) fn serves(&self, mark: &Mark) -> bool {
        self.attached && (self.carries(mark) || !self.is_from_us())
    }

    /// Whether something is on the role that a detach for the mark would remove.
    pub(super) fn has_left(&self, mark: &Mark) -> bool {
        self.carries(mark) || self.is_from_us() && !self.is_needed_besides(mark)
    }

    pub(super) fn carries(&self, mark: &Mark) -> bool {
        self.tags.keys().any(|key| mark.has(key))
    }

    /// Whether another declaration has put its claim on the mark.
    pub(super) fn is_taken(&self, mark: &Mark) -> bool {
        let claims = self.tags.iter().filter(|(key, _)| mark.has(key)).filter_map(|(_, value)| claim_in(value));
        claims.into_iter().any(|claim| Some(claim) != mark.claim())
    }

    /// The claim on the mark.
    pub(super) fn claim_on(&self, mark: &Mark) -> Option<&str> {
        self.tags.iter().find(|(key, _)| mark.has(key)).and_then(|(_, value)| claim_in(value))
    }

    fn is_from_us(&self) -> bool {
        self.tags.contains_key(FROM_US)
    }

    fn is_needed_besides(&self, mark: &Mark) -> bool {
        self.tags.keys().any(|key| key.starts_with(MARKS) && !mark.has(key))
    }

    /// What an owner's marks say named the role.
    fn sources_of(self, owner: &str) -> impl Iterator<Item = String> {
        let of_owner = self.tags.into_iter().filter(move |(key, value)| Mark::read(key, value, owner).is_some());
        of_owner.map(|(_, value)| source_in(&value))
    }

    /// The tags that an attach has to set: the mark with its claim, and, where the policy comes from us, that it does.
    fn missing(&self, mark: &Mark, from_us: bool) -> Vec<(String, String)> {
        let own = (mark.key.clone(), mark.value());
        // What an earlier version or an import has left has no claim, and needs none.
        let is_marked = |there: &String| *there == own.1 || (mark.claim().is_none() && claim_in(there).is_none());
        let mark = (!self.tags.get(&own.0).is_some_and(is_marked)).then_some(own);
        let origin = from_us.then(self::from_us).filter(|(key, _)| !self.tags.contains_key(key));
        mark.into_iter().chain(origin).collect()
    }

    /// The marks of others that earlier versions made with a key that IAM takes for this mark's, and what they are now.
    fn in_the_way_of<'a>(&'a self, mark: &Mark) -> Vec<(&'a str, Mark)> {
        let is_alike = |key: &str| key != mark.key && key.eq_ignore_ascii_case(&mark.key) && !mark.has(key);
        let alike = self.tags.iter().filter(|(key, _)| is_alike(key));
        alike.filter_map(|(key, value)| Some((key.as_str(), Mark::outdated(key, value)?))).collect()
    }
}

/// The tag that says that the policy came with one of us.
fn from_us() -> (String, String) {
    (FROM_US.to_owned(), "attached".to_owned())
}

/// The policy that lets a role pull.
pub(super) fn policy_arn(region: &str) -> String {
    Partition::of_region(region).managed_policy_arn("AmazonEC2ContainerRegistryReadOnly")
}

/// The ARNs of the managed policies that are attached to a role; `None` where there is no such role.
pub(crate) async fn attached_policies(call: &Call<Aws>, role: &str) -> Result<Option<Vec<String>>, Diagnostics> {
    let mut pages = call.iam().list_attached_role_policies().role_name(role).into_paginator().items().send();
    let mut policies = Vec::new();
    while let Some(policy) = pages.next().await {
        match policy {
            Err(error) if code(&error) == Some("NoSuchEntity") => return Ok(None),
            Err(error) => {
                let doing = format!("read the role {role}");
                return Err(failed("iam:ListAttachedRolePolicies", doing, &error).into());
            }
            Ok(policy) => policies.extend(policy.policy_arn),
        }
    }
    Ok(Some(policies))
}

/// Whether that ARN is the policy's, in whatever partition.
pub(super) fn is_pull_policy(arn: &str) -> bool {
    arn.starts_with("arn:aws") && arn.ends_with(":iam::aws:policy/AmazonEC2ContainerRegistryReadOnly")
}

/// The tags of a role; `None` where there is no such role.
async fn tags_of(call: &Call<Aws>, role: &str) -> Result<Option<Tags>, Diagnostics> {
    let mut pages = call.iam().list_role_tags().role_name(role).into_paginator().items().send();
    let mut tags = Tags::new();
    while let Some(tag) = pages.next().await {
        match tag {
            Err(error) if code(&error) == Some("NoSuchEntity") => return Ok(None),
            Err(error) => {
                let doing = format!("read the role {role}");
                return Err(failed("iam:ListRoleTags", doing, &error).into());
            }
            Ok(tag) => tags.insert(tag.key, tag.value),
        };
    }
    Ok(Some(tags))
}

/// The claim on that mark of a role, where it has one; `None` if the role is not marked.
pub(super) async fn marked(call: &Call<Aws>, role: &str, mark: &Mark) -> Result<Option<Option<String>>, Diagnostics> {
    let tags = tags_of(call, role).await?.unwrap_or_default();
    let marked = tags.iter().find(|(key, _)| mark.has(key));
    Ok(marked.map(|(_, value)| claim_in(value).map(str::to_owned)))
}

/// The role of that name; `None` where there is none.
pub(super) async fn look(call: &Call<Aws>, role: &str) -> Result<Option<ObservedRole>, Diagnostics> {
    let (policies, tags) = futures::try_join!(attached_policies(call, role), tags_of(call, role))?;
    let attached = |policies: Vec<String>| policies.contains(&policy_arn(call.region()));
    Ok(policies.zip(tags).map(|(policies, tags)| ObservedRole { attached: attached(policies), tags }))
}

/// The roles that carry the policy for an owner, by what its marks say named them.
pub(crate) async fn marked_roles(call: &Call<Aws>, owner: &str) -> Result<BTreeMap<String, String>, Diagnostics> {
    let policy = policy_arn(call.region());
    let request = call.iam().list_entities_for_policy().policy_arn(&policy).entity_filter(EntityType::Role);
    let mut pages = request.into_paginator().send();
    let mut marked = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let doing = format!("list the roles that carry {policy}");
        let page = page.map_err(|error| failed("iam:ListEntitiesForPolicy", doing, &error))?;
        for role in page.policy_roles.unwrap_or_default().into_iter().filter_map(|role| role.role_name) {
            let Some(found) = look(call, &role).await? else { continue };
            marked.extend(found.sources_of(owner).map(|source| (source, role.clone())));
        }
    }
    Ok(marked)
}

/// Why a role does not have the policy.
#[derive(Debug)]
pub(super) struct NotAttached {
    /// Whether something was written nevertheless.
    pub wrote: bool,
    pub diagnostics: Diagnostics,
}

/// Gives the role the policy, and leaves the mark. A claim that another run puts on the mark meanwhile stays: whoever comes last
/// holds it, and two that put back their own would never end.
pub(super) async fn attach(call: &Call<Aws>, role: &str, mark: &Mark) -> Result<(), NotAttached> {
    let _turn = call.claims().turn([turn_of(role).as_str()]).await;
    let (looks, from_us, has_written) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicBool::new(false));
    let (next_attach, claim_before) = (AtomicUsize::new(0), OnceLock::new());
    let attached = wait::until(call, &format!("the pull policy to be attached to the role {role}"), || async {
        let look_number = looks.fetch_add(1, Ordering::Relaxed) + 1;
        // A role that was made a moment ago may not be known everywhere.
        let Some(found) = look(call, role).await? else {
            return Ok(Progress::unless_it_turns_up(no_such_role(role)));
        };
        if !found.attached {
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
        if found.attached && tags.is_empty() {
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
        if !found.attached
            && look_number >= next_attach.load(Ordering::Relaxed)
            && attach_policy(call, role).await? == Wrote::Done
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

/// Takes the mark away, and with the last mark the policy, if it came from us or is `taken_over`. A role that is gone is no
/// error.
pub(super) async fn detach(
    call: &Call<Aws>,
    role: &str,
    mark: &Mark,
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
        let attached = found.attached && !is_detached.load(Ordering::Relaxed);
        // It stays ours when the tag that says so has just been removed: another one may arrive with only its mark.
        let is_ours = is_ours.fetch_or(found.is_from_us(), Ordering::Relaxed) || found.is_from_us();
        // Another declaration may have come for the same mark in between.
        let is_needed = found.is_needed_besides(mark) || found.is_taken(mark);
        match (is_needed, is_ours, attached) {
            (true, true, false) => {
                is_detached.store(false, Ordering::Relaxed);
                attach_policy(call, role).await?;
            }
            // Whoever goes last then takes it away.
            (true, true, true) if !found.is_from_us() => drop(tag(call, role, vec![from_us()]).await?),
            (false, true, true) => {
                if detach_policy(call, role).await? != Wrote::Busy {
                    is_detached.store(true, Ordering::Relaxed);
                }
            }
            (false, true, false) if found.is_from_us() => drop(untag(call, role, &[FROM_US]).await?),
            _ => return Ok(Progress::Done(Detached::Now)),
        }
        Ok(Progress::Pending("changed a moment ago".to_owned()))
    })
    .await
}

/// What a write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrote {
    Done,
    /// Another write to the role was under way: look and try again.
    Busy,
    /// The role is not there, or the policy is not on it.
    Missing,
}

fn wrote<O, E>(
    action: &str,
    doing: &str,
    result: Result<O, SdkError<E, HttpResponse>>,
    exceeded: impl FnOnce(Diagnostic) -> Diagnostic,
) -> Result<Wrote, Diagnostics>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let Err(error) = result else { return Ok(Wrote::Done) };
    match code(&error) {
        Some("ConcurrentModification") => Ok(Wrote::Busy),
        Some("NoSuchEntity") => Ok(Wrote::Missing),
        Some("LimitExceeded") => Err(exceeded(failed(action, doing, &error)).into()),
        _ => Err(failed(action, doing, &error).into()),
    }
}

async fn tag(call: &Call<Aws>, role: &str, tags: Vec<(String, String)>) -> Result<Wrote, Diagnostics> {
    let doing = format!("tag the role {role}");
    let count = tags.len();
    let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let tags: Vec<Tag> = tags
        .collect::<Result<_, _>>()
        .map_err(|error| Diagnostic::error(format!("Cannot {doing}")).detail(error.to_string()))?;
    let request = call.iam().tag_role().role_name(role).set_tags(Some(tags));
    wrote("iam:TagRole", &doing, request.send().await, |_| no_room(role, count))
}

async fn untag(call: &Call<Aws>, role: &str, keys: &[&str]) -> Result<Wrote, Diagnostics> {
    let doing = format!("remove the tags {} of the role {role}", keys.join(", "));
    let request = call.iam().untag_role().role_name(role);
    let request = request.set_tag_keys(Some(keys.iter().map(|key| (*key).to_owned()).collect()));
    wrote("iam:UntagRole", &doing, request.send().await, |error| error)
}

async fn attach_policy(call: &Call<Aws>, role: &str) -> Result<Wrote, Diagnostics> {
    let policy = policy_arn(call.region());
    let request = call.iam().attach_role_policy().role_name(role).policy_arn(&policy);
    wrote("iam:AttachRolePolicy", &format!("attach {policy} to the role {role}"), request.send().await, |error| {
        error.fix(
            "Detach a policy that the role no longer needs, or have the quota \"Managed policies attached to an IAM \
             role\" raised in the Service Quotas console.",
        )
    })
}

async fn detach_policy(call: &Call<Aws>, role: &str) -> Result<Wrote, Diagnostics> {
    let policy = policy_arn(call.region());
    let request = call.iam().detach_role_policy().role_name(role).policy_arn(&policy);
    wrote("iam:DetachRolePolicy", &format!("detach {policy} from the role {role}"), request.send().await, |error| error)
}

#[cfg(test)]
mod tests;
