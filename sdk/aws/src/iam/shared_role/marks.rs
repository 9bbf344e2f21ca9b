//! Marks: whom a role's tags say to need the policy.

use sha2::{Digest as _, Sha256};

/// What the keys of marks start with.
pub(super) const MARKS: &str = "rosa-ecr/pull/";

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
    pub(super) fn parse(text: &'a str) -> Option<Self> {
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

/// The mark of one who needs the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::iam) struct Mark {
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
    pub(in crate::iam) fn of(owner: Option<&str>, source: Source<'_>) -> Self {
        let owner = owner.unwrap_or(NOBODY);
        let plain = match source {
            Source::Role(_) => owner.to_owned(),
            Source::InstanceProfile(name) => format!("{owner}/{}", short_hash(name)),
        };
        // No name has a colon, and no value of a tag a comma.
        let source = source.to_string().replace(',', ":");
        let lowercase = owner.to_ascii_lowercase();
        if lowercase == owner {
            return Self { key: format!("{MARKS}{plain}"), source, claim: None, earlier: None };
        }
        let key = format!("{MARKS}{lowercase}={}", short_hash(&plain));
        Self { key, source, claim: None, earlier: Some(format!("{MARKS}{plain}")) }
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
        let mark = Self::of(Some(owner), Source::parse(&source)?).claiming(claim_in(value));
        mark.has(key).then_some(mark)
    }

    /// The mark that an earlier version made with that tag, where it would have another key now.
    pub(super) fn outdated(key: &str, value: &str) -> Option<Self> {
        let (plain, source) = (key.strip_prefix(MARKS)?, source_in(value));
        let owner = match Source::parse(&source)? {
            Source::Role(_) => plain,
            Source::InstanceProfile(name) => plain.strip_suffix(&format!("/{}", short_hash(name)))?,
        };
        Self::read(key, value, owner).filter(|mark| mark.key != key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.key == key || self.earlier.as_deref() == Some(key)
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
