//! Marks: whom a role's tags say to need a permission, and which one.

use sha2::{Digest as _, Sha256};

use crate::iam::pull_permission::PullPermission;

/// What the keys of a permission's marks start with. A key has at most 128 characters, an owner with a hash 109.
fn prefix(permission: PullPermission) -> &'static str {
    match permission {
        PullPermission::ReadOnly => "rosa-ecr/pull/",
        PullPermission::PullOnly => "rosa-ecr/pull-only/",
        PullPermission::Scoped => "rosa-ecr/scoped/",
    }
}

/// The key of the tag on roles that got a permission's policy from one of us, where it may have been there before.
fn from_us(permission: PullPermission) -> Option<&'static str> {
    match permission {
        PullPermission::ReadOnly => Some("rosa-ecr/pull-policy"),
        PullPermission::PullOnly => Some("rosa-ecr/pull-only-policy"),
        PullPermission::Scoped => None,
    }
}

/// Whose marks are those of attachments without an owner.
const NOBODY: &str = "standalone";

/// Through what a role is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    /// Its own name.
    Role(&'a str),
    /// The name of an instance profile.
    InstanceProfile(&'a str),
}

impl<'a> Source<'a> {
    /// Reads what a source is displayed as.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let role = text.strip_prefix("role/").map(Self::Role);
        role.or_else(|| text.strip_prefix("instance-profile/").map(Self::InstanceProfile))
    }
}

impl std::fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Role(name) => write!(f, "role/{name}"),
            Self::InstanceProfile(name) => write!(f, "instance-profile/{name}"),
        }
    }
}

/// The mark of one who needs a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::iam) struct Mark {
    /// What is needed.
    pub(in crate::iam) permission: PullPermission,
    /// The key of the tag that says that the policy came with one of us.
    pub(super) from_us: Option<&'static str>,
    pub(super) key: String,
    /// What names the role.
    source: String,
    /// The claim of the one who needs the policy, if there is one.
    claim: Option<String>,
    /// The key that earlier versions gave it, where that is another.
    pub(super) earlier: Option<String>,
}

impl Mark {
    /// The mark of an owner's attachment. Attachments through instance profiles have marks of their own, since several
    /// profiles of one owner may have one role; they are told apart by a hash, because tag keys are shorter than names.
    ///
    /// IAM takes keys that differ in case only for one. So an owner that is not all in lowercase is told from others by a
    /// hash, too.
    pub(in crate::iam) fn of(permission: PullPermission, owner: Option<&str>, source: Source<'_>) -> Self {
        let (marks, from_us) = (prefix(permission), from_us(permission));
        let owner = owner.unwrap_or(NOBODY);
        let plain = match source {
            Source::Role(_) => owner.to_owned(),
            Source::InstanceProfile(name) => format!("{owner}/{}", short_hash(name)),
        };
        // No name has a colon, and no value of a tag a comma.
        let source = source.to_string().replace(',', ":");
        let lowercase = owner.to_ascii_lowercase();
        if lowercase == owner {
            return Self { permission, from_us, key: format!("{marks}{plain}"), source, claim: None, earlier: None };
        }
        let key = format!("{marks}{lowercase}={}", short_hash(&plain));
        // Earlier versions knew one permission.
        let earlier = (permission == PullPermission::ReadOnly).then(|| format!("{marks}{plain}"));
        Self { permission, from_us, key, source, claim: None, earlier }
    }

    /// The tag that says that the policy came with one of us.
    pub(super) fn origin(&self) -> Option<(String, String)> {
        self.from_us.map(|key| (key.to_owned(), "attached".to_owned()))
    }

    /// The name of the inline policy of who has this mark: one for each owner and what names the role. IAM takes names that
    /// differ in case only for one, so a hash tells owners apart.
    pub(in crate::iam) fn policy_name(&self) -> String {
        let marks = prefix(self.permission);
        let plain = self.key.strip_prefix(marks).unwrap_or(&self.key);
        let readable: String = plain.chars().take(100).map(|c| if "/:".contains(c) { '-' } else { c }).collect();
        format!("rosa-ecr-pull-{readable}-{}", short_hash(plain))
    }

    /// The same mark with that claim.
    pub(in crate::iam) fn claiming(self, claim: Option<&str>) -> Self {
        Self { claim: claim.map(str::to_owned), ..self }
    }

    /// The value of its tag. No name has a space.
    pub(super) fn value(&self) -> String {
        match &self.claim {
            Some(claim) => format!("{} {claim}", self.source),
            None => self.source.clone(),
        }
    }

    /// The claim.
    pub(super) fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }

    /// The mark that a tag is; `None` where it is none.
    pub(super) fn read(key: &str, value: &str, owner: &str) -> Option<Self> {
        let source = source_in(value);
        let permission = permission_in(key)?;
        let mark = Self::of(permission, Some(owner), Source::parse(&source)?).claiming(claim_in(value));
        mark.has(key).then_some(mark)
    }

    /// What a tag is a mark for, whose, and what named the role; `None` if it is no mark, or does not tell whose it is.
    pub(super) fn whose(key: &str, value: &str) -> Option<(PullPermission, Option<String>, String)> {
        let (permission, source) = (permission_in(key)?, source_in(value));
        let owner = plain_owner(key.strip_prefix(prefix(permission))?, &source)?;
        let owner = Some(owner).filter(|owner| *owner != NOBODY);
        let is_whole = Self::of(permission, owner, Source::parse(&source)?).has(key);
        is_whole.then(|| (permission, owner.map(str::to_owned), source))
    }

    /// The mark that an earlier version made with that tag, where it would have another key now.
    pub(super) fn outdated(key: &str, value: &str) -> Option<Self> {
        let (plain, source) = (key.strip_prefix(prefix(PullPermission::ReadOnly))?, source_in(value));
        Self::read(key, value, plain_owner(plain, &source)?).filter(|mark| mark.key != key)
    }

    /// Whether a key is that of a mark for the same permission, of any owner.
    pub(super) fn is_alike(&self, key: &str) -> bool {
        key.starts_with(prefix(self.permission))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.key == key || self.earlier.as_deref() == Some(key)
    }
}

/// What a key is a mark for.
fn permission_in(key: &str) -> Option<PullPermission> {
    PullPermission::ALL.into_iter().find(|permission| key.starts_with(prefix(*permission)))
}

/// The owner in the key of a mark, without what keys start with.
fn plain_owner<'a>(plain: &'a str, source: &str) -> Option<&'a str> {
    match Source::parse(source)? {
        Source::Role(_) => Some(plain),
        Source::InstanceProfile(name) => plain.strip_suffix(&format!("/{}", short_hash(name))),
    }
}

/// What the value of a mark says named the role.
pub(super) fn source_in(value: &str) -> String {
    let source = value.split_once(' ').map_or(value, |(source, _)| source);
    source.replace(':', ",")
}

/// The claim in the value of a mark.
pub(super) fn claim_in(value: &str) -> Option<&str> {
    value.split_once(' ').map(|(_, claim)| claim)
}

fn short_hash(text: &str) -> String {
    Sha256::digest(text).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}
