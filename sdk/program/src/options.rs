//! What can be said of a resource besides its arguments.

use std::collections::BTreeSet;

use rosa_ecr_model::{Address, Declared};

use crate::stack::{Component, ProviderHandle};

/// What can be said of a resource, or of what is looked up, besides its arguments.
///
/// ```
/// use rosa_ecr_program::Options;
///
/// let options = Options::new().protect().ignore_changes(["tags"]).aliases(["registry"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) protect: bool,
    pub(crate) retain: bool,
    pub(crate) delete_before_replace: bool,
    pub(crate) depends_on: BTreeSet<Address>,
    pub(crate) ignore_changes: BTreeSet<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) parent: Option<Component>,
    pub(crate) provider: Option<ProviderHandle>,
}

impl Options {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses every plan that deletes or replaces the resource. To delete it, apply without this option first.
    #[must_use]
    pub fn protect(mut self) -> Self {
        self.protect = true;
        self
    }

    /// Leaves the object where the resource is deleted or replaced, and only forgets it.
    #[must_use]
    pub fn retain(mut self) -> Self {
        self.retain = true;
        self
    }

    /// Deletes the old object before a replacement is made. Without it, the order follows from whether both can exist at
    /// once.
    #[must_use]
    pub fn delete_before_replace(mut self) -> Self {
        self.delete_before_replace = true;
        self
    }

    /// Makes the resource after `other`, and deletes it before, although no argument comes from it.
    #[must_use]
    pub fn depends_on(mut self, other: &impl Declared) -> Self {
        self.depends_on.insert(other.address().clone());
        self
    }

    /// Leaves these attributes as they are once the object exists, whatever the arguments say.
    #[must_use]
    pub fn ignore_changes<S: Into<String>>(mut self, attributes: impl IntoIterator<Item = S>) -> Self {
        self.ignore_changes.extend(attributes.into_iter().map(Into::into));
        self
    }

    /// Earlier full names of the resource: an object known by one of them is renamed, not replaced. The parts of a component
    /// are known by its earlier names, too.
    #[must_use]
    pub fn aliases<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.aliases.extend(names.into_iter().map(Into::into));
        self
    }

    /// Makes the resource a part of a component: its full name is `{component}/{name}`.
    #[must_use]
    pub fn parent(mut self, component: &Component) -> Self {
        self.parent = Some(component.clone());
        self
    }

    /// The provider configuration, where a stack has several.
    #[must_use]
    pub fn provider(mut self, provider: &ProviderHandle) -> Self {
        self.provider = Some(provider.clone());
        self
    }

    /// The options that are set and say nothing about what is only looked up.
    pub(crate) fn of_resources_alone(&self) -> Vec<&'static str> {
        let set = [
            (self.protect, "protect"),
            (self.retain, "retain"),
            (self.delete_before_replace, "delete_before_replace"),
            (!self.ignore_changes.is_empty(), "ignore_changes"),
            (!self.aliases.is_empty(), "aliases"),
        ];
        set.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect()
    }

    /// The same for a part of a component that is declared with these: its earlier names follow from the component's, and of
    /// `ignore_changes` it has what `has_argument` says that the part has.
    #[must_use]
    pub fn of_part(&self, component: &Component, has_argument: impl Fn(&str) -> bool) -> Self {
        Self {
            parent: Some(component.clone()),
            aliases: Vec::new(),
            ignore_changes: self.ignore_changes.iter().filter(|name| has_argument(name)).cloned().collect(),
            ..self.clone()
        }
    }
}
