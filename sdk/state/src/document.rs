//! The document: what is remembered of a stack.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::contents::Contents;

/// What is remembered of a stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Whose state this is: the stack's name.
    pub stack: String,
    /// Given at the first save and never changed: two documents of one lineage are versions of one state.
    pub lineage: Uuid,
    /// Counts the saves.
    pub serial: u64,
    /// What exists, by name.
    #[serde(default)]
    pub resources: BTreeMap<String, ResourceState>,
    /// Objects that were replaced by another one of the same name and are still to be deleted.
    #[serde(default)]
    pub deposed: Vec<ResourceState>,
    /// Operations that were begun and did not come to an end that was seen.
    #[serde(default)]
    pub pending: Vec<Pending>,
    /// What the program exported, by name.
    #[serde(default)]
    pub outputs: BTreeMap<String, Contents>,
}

/// One object that exists.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceState {
    /// The name that the program gave it; the key in [`Document::resources`].
    pub name: String,
    /// Its type, such as `rosa_ecr_repository`.
    pub type_name: String,
    /// Which provider manages it.
    pub provider: String,
    /// The version of the schema that `state` was written with.
    pub schema_version: i64,
    /// Inputs and outputs.
    pub state: Contents,
    /// What the provider wants back; opaque. Sealed where there is a key for secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "crate::base64")]
    pub private: Vec<u8>,
    /// Whether the create that made it failed halfway, so that it is to be replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tainted: bool,
    /// The names of what must outlive it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub dependencies: BTreeSet<String>,
    /// The component that it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What holds for it even when the program no longer declares it.
    #[serde(default)]
    pub options: ResourceOptions,
}

/// By hand: `private` may hold anything.
impl fmt::Debug for ResourceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceState")
            .field("name", &self.name)
            .field("type_name", &self.type_name)
            .field("provider", &self.provider)
            .field("schema_version", &self.schema_version)
            .field("state", &self.state)
            .field("private", &format_args!("{} bytes", self.private.len()))
            .field("tainted", &self.tainted)
            .field("dependencies", &self.dependencies)
            .field("parent", &self.parent)
            .field("options", &self.options)
            .finish()
    }
}

/// Options of a resource that hold when it goes, and that the program may no longer declare by then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResourceOptions {
    /// A plan that deletes or replaces it is refused.
    pub protect: bool,
    /// A delete forgets it and leaves the object.
    pub retain: bool,
    /// A replacement deletes the old object first.
    pub delete_before_replace: bool,
}

/// An operation that was begun: saved before its first call, removed when its end was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// What was begun.
    pub operation: PendingOperation,
    /// The resource's name.
    pub resource: String,
    /// Its type.
    pub type_name: String,
    /// Which provider manages it.
    pub provider: String,
    /// What was to be: the planned state, unknown values as null. Null for a delete.
    pub planned: Contents,
    /// When it was begun.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
}

/// What was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingOperation {
    /// There may or may not be a new object.
    Create,
    /// The object may have some of the changes.
    Update,
    /// The object may be gone.
    Delete,
    /// There may be a new object beside or instead of the old one.
    Replace,
}

impl PendingOperation {
    /// Whether there may be a new object.
    pub fn is_create(self) -> bool {
        matches!(self, Self::Create | Self::Replace)
    }
}

/// As it stands in a sentence: "its create".
impl fmt::Display for PendingOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Replace => "replacement",
        })
    }
}

impl Document {
    /// The first document of a stack: nothing exists, nothing was saved.
    pub fn new(stack: impl Into<String>) -> Self {
        Self {
            stack: stack.into(),
            lineage: Uuid::new_v4(),
            serial: 0,
            resources: BTreeMap::new(),
            deposed: Vec::new(),
            pending: Vec::new(),
            outputs: BTreeMap::new(),
        }
    }

    /// Where the first secret is; `None` where there is none.
    pub(crate) fn first_secret(&self) -> Option<String> {
        let resources = self.resources.iter().map(|(name, resource)| (format!("resource/{name}"), &resource.state));
        let deposed = self.deposed.iter().map(|resource| (format!("deposed/{}", resource.name), &resource.state));
        let pending = self.pending.iter().map(|pending| (format!("pending/{}", pending.resource), &pending.planned));
        let outputs = self.outputs.iter().map(|(name, output)| (format!("output/{name}"), output));
        let mut all = resources.chain(deposed).chain(pending).chain(outputs);
        all.find(|(_, contents)| contents.has_secrets()).map(|(place, _)| place)
    }

    /// Everything that exists, replaced objects too.
    pub fn objects(&self) -> impl Iterator<Item = &ResourceState> {
        self.resources.values().chain(&self.deposed)
    }

    /// The providers of what exists, and of what was begun.
    pub fn providers(&self) -> BTreeSet<&str> {
        let objects = self.objects().map(|object| object.provider.as_str());
        objects.chain(self.pending.iter().map(|pending| pending.provider.as_str())).collect()
    }

    /// Visits everything that may hold a secret, each with a label: where in the document it is.
    pub(crate) fn visit_secrets(&mut self, visit: &mut dyn FnMut(&str, &mut Contents)) {
        for (name, resource) in &mut self.resources {
            visit(&format!("resource/{name}"), &mut resource.state);
        }
        for (index, resource) in self.deposed.iter_mut().enumerate() {
            visit(&format!("deposed/{index}/{}", resource.name), &mut resource.state);
        }
        for pending in &mut self.pending {
            visit(&format!("pending/{}", pending.resource), &mut pending.planned);
        }
        for (name, output) in &mut self.outputs {
            visit(&format!("output/{name}"), output);
        }
    }

    /// Visits what providers want back, each with a label of its own. Where there is nothing, nothing is visited.
    pub(crate) fn visit_private(&mut self, visit: &mut dyn FnMut(&str, &mut Vec<u8>)) {
        for (name, resource) in &mut self.resources {
            if !resource.private.is_empty() {
                visit(&format!("private/{name}"), &mut resource.private);
            }
        }
        for (index, resource) in self.deposed.iter_mut().enumerate() {
            if !resource.private.is_empty() {
                visit(&format!("private/{index}/{}", resource.name), &mut resource.private);
            }
        }
    }
}
