//! Tags: the user's, the provider's defaults, and our marks of ownership.
//!
//! Every object we make carries [`Owner`]'s tags from the call that makes it. They are what lets a create that was
//! killed find its object again, and what keeps us from touching a stranger's. Users never see them in `tags` or
//! `tags_all`.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Diagnostic, Diagnostics, Known, Path, Step, Violation};

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// The key of the tag that names the cluster an object was made for.
pub const CLUSTER: &str = "rosa-ecr/cluster";

/// The key of the tag that names the part an object is, such as `repository`.
pub const COMPONENT: &str = "rosa-ecr/component";

/// The key of the tag that names the registry an object was made for, where a cluster may have several.
pub const REGISTRY: &str = "rosa-ecr/registry";

/// The key of the tag that says which declaration holds an object: see [`claims`](crate::claims).
pub const CLAIM: &str = "rosa-ecr/claim";

/// What all of our own keys start with.
pub const OWN_PREFIX: &str = "rosa-ecr/";

/// The key of the tag of repositories that outlive their cluster.
pub const LIFECYCLE: &str = "Lifecycle";

/// Its value.
pub const EXTERNAL: &str = "external";

/// The tag of a repository that outlives its cluster.
pub fn external() -> Tags {
    [(LIFECYCLE.to_owned(), EXTERNAL.to_owned())].into()
}

/// Whether a repository with these tags outlives its cluster.
pub fn is_external(tags: &Tags) -> bool {
    tags.get(LIFECYCLE).is_some_and(|value| value == EXTERNAL)
}

/// The most tags an AWS object can have (AWS General Reference, "Tagging AWS resources").
pub const MOST_TAGS: usize = 50;

/// In whose name objects are made: a cluster's, or nobody's in particular for resources that are declared one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The cluster, if there is one.
    pub cluster: Option<String>,
    /// Its registry, for what each registry of a cluster has of its own.
    pub registry: Option<String>,
}

impl Owner {
    /// A cluster, or whoever else is named.
    pub fn of_cluster(cluster: &str) -> Self {
        Self { cluster: Some(cluster.to_owned()), registry: None }
    }

    /// A registry of a cluster, where the name is `<cluster>/<registry>`; else the same as a cluster.
    pub fn of_registry(name: &str) -> Self {
        match name.split_once('/') {
            Some((cluster, registry)) if !cluster.is_empty() && !registry.is_empty() => {
                Self { registry: Some(registry.to_owned()), ..Self::of_cluster(cluster) }
            }
            _ => Self::of_cluster(name),
        }
    }

    /// The tags that mark an object as this owner's.
    pub fn tags(&self, component: &str) -> Tags {
        let cluster = self.cluster.clone().unwrap_or_default();
        let marks = [(CLUSTER.to_owned(), cluster), (COMPONENT.to_owned(), component.to_owned())];
        marks.into_iter().chain(self.registry.clone().map(|registry| (REGISTRY.to_owned(), registry))).collect()
    }

    /// Whether an object with these tags is this owner's. One that names no registry is any registry's of the cluster, and so
    /// is one that was tagged by hand.
    pub fn owns(&self, component: &str, tags: &Tags) -> bool {
        let is_alike = |(key, value): (&String, &String)| match tags.get(key) {
            None => key == REGISTRY,
            Some(there) => there == value,
        };
        self.tags(component).iter().all(is_alike) && (self.registry.is_some() || !tags.contains_key(REGISTRY))
    }
}

/// The name of the owner that an object with these tags was made for, as an `owner` argument has it; `None` as for
/// [`cluster_of`].
pub fn owner_of(tags: &Tags) -> Option<String> {
    let cluster = cluster_of(tags)?;
    Some(tags.get(REGISTRY).map_or(cluster.to_owned(), |registry| format!("{cluster}/{registry}")))
}

/// The cluster, or other owner, that an object with these tags was made for; `None` where it was made for nobody in
/// particular, and where it is not of our making.
pub fn cluster_of(tags: &Tags) -> Option<&str> {
    tags.get(CLUSTER).map(String::as_str).filter(|cluster| !cluster.is_empty())
}

/// The claim on an object with these tags.
pub fn claim_of(tags: &Tags) -> Option<&str> {
    tags.get(CLAIM).map(String::as_str).filter(|claim| !claim.is_empty())
}

/// The tag of a claim, if there is one.
pub(crate) fn claim(claim: Option<&str>) -> Option<(String, String)> {
    claim.map(|claim| (CLAIM.to_owned(), claim.to_owned()))
}

/// Which default tags are not known yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpenDefaults {
    /// All are known.
    #[default]
    None,
    /// The values of these keys are unknown.
    Keys(BTreeSet<String>),
    /// Which keys there are is unknown.
    All,
}

impl OpenDefaults {
    /// Those of these places in the provider block that are unknown.
    pub(crate) fn at(places: &[Path]) -> Self {
        let of_defaults = |path: &&Path| path.steps().first() == Some(&Step::Attribute("default_tags".to_owned()));
        let key = |path: &Path| match path.steps() {
            [_, .., Step::Attribute(tags), Step::Key(key) | Step::Attribute(key)] if tags == "tags" => {
                Some(key.clone())
            }
            _ => None,
        };
        let places: Vec<&Path> = places.iter().filter(of_defaults).collect();
        match places.iter().map(|path| key(path)).collect::<Option<BTreeSet<_>>>() {
            Some(keys) if keys.is_empty() => Self::None,
            Some(keys) => Self::Keys(keys),
            None => Self::All,
        }
    }

    fn has(&self, key: &str) -> bool {
        match self {
            Self::None => false,
            Self::Keys(keys) => keys.contains(key),
            Self::All => true,
        }
    }
}

/// The provider's `default_tags` and `ignore_tags`.
#[derive(Clone, Debug, Default)]
pub struct TagPolicy {
    /// Tags that every object gets unless the resource sets the same key.
    pub defaults: Tags,
    /// Which of them are not known yet.
    pub open: OpenDefaults,
    /// Keys that are left alone.
    pub ignored_keys: BTreeSet<String>,
    /// What keys that are left alone start with.
    pub ignored_prefixes: BTreeSet<String>,
}

impl TagPolicy {
    /// What an object shall carry besides our own tags when it is made: the defaults and a resource's `tags`, which win.
    pub fn merged(&self, tags: &Tags) -> Tags {
        let mut merged = self.defaults.clone();
        merged.extend(tags.clone());
        merged
    }

    /// `tags_all`: the same without the keys that are left alone.
    pub fn all(&self, tags: &Tags) -> Tags {
        let mut all = self.merged(tags);
        all.retain(|key, _| !self.ignores(key));
        all
    }

    /// Of the tags that an object really carries, those that are the users' business.
    pub fn visible(&self, actual: &Tags) -> Tags {
        let visible = actual.iter().filter(|(key, _)| !is_own(key) && !self.ignores(key));
        visible.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Of the visible tags, those that a resource's `tags` hold: not the ones that only a default explains. A key that is
    /// left alone stays as it was configured, and one whose default is not known is the default's.
    pub fn without_defaults(&self, visible: &Tags, configured: &Tags) -> Tags {
        let is_default = |key: &String, value| self.open.has(key) || self.defaults.get(key) == Some(value);
        let own = visible.iter().filter(|(key, value)| configured.contains_key(*key) || !is_default(key, value));
        let ignored = configured.iter().filter(|(key, _)| self.ignores(key));
        own.chain(ignored).map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn ignores(&self, key: &str) -> bool {
        self.ignored_keys.contains(key) || self.ignored_prefixes.iter().any(|prefix| key.starts_with(prefix))
    }

    /// What to set and what to remove so that an object with `actual` tags carries `wanted` ones. Ignored keys and
    /// AWS's own are left alone; tags of ours are set whatever is ignored, and never removed, except the claim: what is left
    /// behind belongs to no declaration. `marks` are further keys that are ours for now.
    pub fn difference(&self, actual: &Tags, wanted: &Tags, marks: &[&str]) -> (Tags, Vec<String>) {
        let may_set = |key: &str| key.starts_with(OWN_PREFIX) || marks.contains(&key) || !self.ignores(key);
        let may_remove = |key: &str| key == CLAIM || !is_own(key) && (marks.contains(&key) || !self.ignores(key));
        let set = wanted.iter().filter(|(key, value)| actual.get(*key) != Some(value) && may_set(key));
        let removed = actual.keys().filter(|key| !wanted.contains_key(*key) && may_remove(key));
        (set.map(|(key, value)| (key.clone(), value.clone())).collect(), removed.cloned().collect())
    }
}

/// The `tags_all` of a plan; unknown where `tags` or the default tags are, and while the provider is not configured.
/// Reports tags that are too many together with the default ones; `own` is how many tags rosa-ecr sets itself.
pub(crate) fn planned(
    policy: Option<&TagPolicy>,
    tags: &Known<Tags>,
    own: usize,
    report: &mut Diagnostics,
) -> Known<Tags> {
    if let (Some(policy), Known::Now(tags)) = (policy, tags) {
        let (set, all) = (tags.len(), policy.merged(tags).len());
        let with_defaults = format!("tags has {set} elements, and default_tags of the provider adds {}.", all - set);
        report.extend(too_many(all, own, &with_defaults).filter(|_| set + own <= MOST_TAGS));
    }
    let policy = policy.filter(|policy| policy.open == OpenDefaults::None);
    Known::from(policy).zip(tags.as_ref()).map(|(policy, tags)| policy.all(tags))
}

/// How many tags rosa-ecr sets itself: the cluster, the component and the claim.
pub(crate) const OWN_TAGS: usize = 3;

/// The same for objects that name their registry, too.
pub(crate) const OWN_TAGS_WITH_REGISTRY: usize = OWN_TAGS + 1;

fn is_own(key: &str) -> bool {
    key.starts_with(OWN_PREFIX) || key.starts_with("aws:")
}

/// Reports a resource's tags if they are too many: `own` is how many tags rosa-ecr sets itself.
pub(crate) fn check_number(tags: &Known<Tags>, own: usize, report: &mut Diagnostics) {
    let set = tags.now().map_or(0, Tags::len);
    report.extend(too_many(set, own, &format!("tags has {set} elements.")));
}

fn too_many(count: usize, own: usize, counted: &str) -> Option<Diagnostic> {
    let most = MOST_TAGS - own;
    (count > most).then(|| {
        Diagnostic::error("Too many tags")
            .detail(format!(
                "{counted} At most {most} are possible: AWS allows {MOST_TAGS} tags, and {own} of them are those by which \
                 rosa-ecr knows its objects."
            ))
            .fix(format!("Leave out {}.", count - most))
            .at("tags")
    })
}

/// The rule for a tag's key.
///
/// # Errors
/// Where AWS refuses the key, or where it is ours.
pub fn check_key(key: &str) -> Result<(), Violation> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(Violation::rule("Tag keys must not start with \"aws:\": AWS keeps them for itself.")
            .fix("Choose another key."));
    }
    if key.starts_with(OWN_PREFIX) {
        return Err(Violation::rule(format!("Tag keys must not start with \"{OWN_PREFIX}\": they mark ownership."))
            .fix("Choose another key."));
    }
    if key.is_empty() || key.chars().count() > 128 {
        return Err(Violation::rule("Tag keys must have from 1 to 128 characters."));
    }
    Ok(())
}

/// The rule for a tag's value.
///
/// # Errors
/// Where AWS refuses the value.
pub fn check_value(value: &str) -> Result<(), Violation> {
    if value.chars().count() > 256 {
        return Err(Violation::rule("Tag values must have at most 256 characters."));
    }
    Ok(())
}

/// The rule for an `owner`: it stands in the keys and values of tags.
///
/// Source: IAM API Reference, `Tag`.
///
/// # Errors
/// Where it cannot stand there.
pub(crate) fn check_owner(owner: &str) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=.@_-/:".contains(c);
    if (1..=100).contains(&owner.len()) && owner.chars().all(allowed) {
        return Ok(());
    }
    Err(Violation::rule("An owner has from 1 to 100 characters: letters and digits of ASCII, and +=.@_-/:")
        .fix("Name the cluster, such as \"dev\"."))
}

#[cfg(test)]
mod tests;
