//! What a role is, as far as pulling goes: the policies of AWS on it, and the marks of who needs them.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, Diagnostics};

use super::calls::{attached_policies, tags_of};
use super::marks::{Mark, claim_in, source_in};
use crate::iam::pull_permission::PullPermission;
use crate::provider::Aws;
use crate::tags::Tags;

/// A role as it is.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::iam) struct ObservedRole {
    /// The permissions whose policies are attached.
    pub(super) attached: BTreeSet<PullPermission>,
    pub(super) tags: Tags,
}

impl ObservedRole {
    /// Whether the policy of a permission is attached.
    pub(in crate::iam) fn has(&self, permission: PullPermission) -> bool {
        self.attached.contains(&permission)
    }

    /// Whether the role has the mark's policy, and keeps it while the mark's owner needs it: others take away what came from
    /// us when they see no mark.
    pub(in crate::iam) fn serves(&self, mark: &Mark) -> bool {
        self.has(mark.permission) && (self.carries(mark) || !self.is_from_us(mark))
    }

    /// Whether something is on the role that a detach for the mark would remove.
    pub(in crate::iam) fn has_left(&self, mark: &Mark) -> bool {
        self.carries(mark) || self.is_from_us(mark) && !self.is_needed_besides(mark)
    }

    pub(in crate::iam) fn carries(&self, mark: &Mark) -> bool {
        self.tags.keys().any(|key| mark.has(key))
    }

    /// Whether another declaration has put its claim on the mark.
    pub(in crate::iam) fn is_taken(&self, mark: &Mark) -> bool {
        let claims = self.tags.iter().filter(|(key, _)| mark.has(key)).filter_map(|(_, value)| claim_in(value));
        claims.into_iter().any(|claim| Some(claim) != mark.claim())
    }

    /// The claim on the mark.
    pub(in crate::iam) fn claim_on(&self, mark: &Mark) -> Option<&str> {
        self.tags.iter().find(|(key, _)| mark.has(key)).and_then(|(_, value)| claim_in(value))
    }

    pub(super) fn is_from_us(&self, mark: &Mark) -> bool {
        mark.from_us.is_some_and(|key| self.tags.contains_key(key))
    }

    pub(super) fn is_needed_besides(&self, mark: &Mark) -> bool {
        self.tags.keys().any(|key| mark.is_alike(key) && !mark.has(key))
    }

    /// What an owner's marks say named the role, with what each is for.
    pub(in crate::iam) fn sources_of(self, owner: &str) -> impl Iterator<Item = (String, PullPermission)> {
        self.tags.into_iter().filter_map(move |(key, value)| {
            let mark = Mark::read(&key, &value, owner)?;
            Some((source_in(&value), mark.permission))
        })
    }

    /// The marks that say whose they are: what each is for, its owner (none of a declaration without one), and what named the
    /// role. An owner that is not all in lowercase cannot be read from a mark.
    pub(in crate::iam) fn marks(&self) -> Vec<(PullPermission, Option<String>, String)> {
        self.tags.iter().filter_map(|(key, value)| Mark::whose(key, value)).collect()
    }

    /// The tags that an attach has to set: the mark with its claim, and, where the policy comes from us, that it does.
    pub(super) fn missing(&self, mark: &Mark, from_us: bool) -> Vec<(String, String)> {
        let own = (mark.key.clone(), mark.value());
        // What an earlier version or an import has left has no claim, and needs none.
        let is_marked = |there: &String| *there == own.1 || (mark.claim().is_none() && claim_in(there).is_none());
        let tag = (!self.tags.get(&own.0).is_some_and(is_marked)).then_some(own);
        let origin = mark.origin().filter(|(key, _)| from_us && !self.tags.contains_key(key));
        tag.into_iter().chain(origin).collect()
    }

    /// The marks of others that earlier versions made with a key that IAM takes for this mark's, and what they are now.
    pub(super) fn in_the_way_of<'a>(&'a self, mark: &Mark) -> Vec<(&'a str, Mark)> {
        let is_alike = |key: &str| key != mark.key && key.eq_ignore_ascii_case(&mark.key) && !mark.has(key);
        let alike = self.tags.iter().filter(|(key, _)| is_alike(key));
        alike.filter_map(|(key, value)| Some((key.as_str(), Mark::outdated(key, value)?))).collect()
    }
}

/// The role of that name; `None` where there is none.
pub(in crate::iam) async fn look(call: &Call<Aws>, role: &str) -> Result<Option<ObservedRole>, Diagnostics> {
    let (policies, tags) = futures::try_join!(attached_policies(call, role), tags_of(call, role))?;
    let attached = |policies: Vec<String>| {
        let of_arn = |arn: &String| PullPermission::of_policy(arn);
        policies.iter().filter_map(of_arn).collect()
    };
    Ok(policies.zip(tags).map(|(policies, tags)| ObservedRole { attached: attached(policies), tags }))
}

/// The role of that name with its tags only; `None` where there is none.
pub(in crate::iam) async fn tagged(call: &Call<Aws>, role: &str) -> Result<Option<ObservedRole>, Diagnostics> {
    Ok(tags_of(call, role).await?.map(|tags| ObservedRole { attached: BTreeSet::new(), tags }))
}

/// The claim on that mark of a role, where it has one; `None` if the role is not marked.
pub(in crate::iam) async fn marked(
    call: &Call<Aws>,
    role: &str,
    mark: &Mark,
) -> Result<Option<Option<String>>, Diagnostics> {
    let found = tagged(call, role).await?.filter(|found| found.carries(mark));
    Ok(found.map(|found| found.claim_on(mark).map(str::to_owned)))
}
