//! What a resource has besides its arguments: options, a component that it is part of, a provider configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use rosa_ecr_model::{Address, Declared};

/// The options of a resource, of what is looked up, or of a component, besides its arguments.
///
/// The options of a component hold for everything that is declared in it, at any depth:
///
/// | Option | A part has |
/// |---|---|
/// | [`protect`](Self::protect), [`retain`](Self::retain), [`delete_before_replace`](Self::delete_before_replace) | its own, if set ([`protect_if`](Self::protect_if) and the like), else the component's |
/// | [`provider`](Self::provider) | its own, else the component's if that is a configuration of the part's provider |
/// | [`depends_on`](Self::depends_on) | both |
/// | [`ignore_changes`](Self::ignore_changes) | both; of the component's, the arguments that the part has |
/// | [`aliases`](Self::aliases) | its own, and its name below each alias of the component |
///
/// ```
/// use rosa_ecr_engine::Options;
///
/// let options = Options::new().protect().ignore_changes(["tags"]).aliases(["registry"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    protect: Option<bool>,
    retain: Option<bool>,
    delete_before_replace: Option<bool>,
    depends_on: BTreeSet<Address>,
    ignore_changes: BTreeSet<String>,
    /// Those of components, which not every part has as arguments.
    ignore_changes_if_there: BTreeSet<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) parent: Option<Component>,
    provider: Option<ProviderHandle>,
}

/// The options of a declaration, with those of the components that it is a part of.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedOptions {
    pub protect: bool,
    pub retain: bool,
    pub delete_before_replace: bool,
    pub depends_on: BTreeSet<Address>,
    /// Arguments of the resource.
    pub ignore_changes: BTreeSet<String>,
    /// Arguments of the resource, where it has them.
    pub ignore_changes_if_there: BTreeSet<String>,
    pub aliases: Vec<String>,
    pub parent: Option<Component>,
}

impl Options {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses every plan that deletes or replaces the resource. To delete it, apply without this option first.
    #[must_use]
    pub fn protect(self) -> Self {
        self.protect_if(true)
    }

    /// The same where the condition is true. Where it is false, the resource is not protected, even if its component is.
    #[must_use]
    pub fn protect_if(mut self, condition: bool) -> Self {
        self.protect = Some(condition);
        self
    }

    /// Leaves the object where the resource is deleted or replaced, and only forgets it.
    #[must_use]
    pub fn retain(self) -> Self {
        self.retain_if(true)
    }

    /// The same where the condition is true. Where it is false, the object is deleted, even if the component retains its parts.
    #[must_use]
    pub fn retain_if(mut self, condition: bool) -> Self {
        self.retain = Some(condition);
        self
    }

    /// Deletes the old object before a replacement is made. Without it, the order follows from whether both can exist at
    /// once.
    #[must_use]
    pub fn delete_before_replace(self) -> Self {
        self.delete_before_replace_if(true)
    }

    /// The same where the condition is true. Where it is false, the order follows from whether both can exist at once, whatever
    /// the component sets.
    #[must_use]
    pub fn delete_before_replace_if(mut self, condition: bool) -> Self {
        self.delete_before_replace = Some(condition);
        self
    }

    /// Makes the resource after `other`, and deletes it before, although no argument comes from it.
    #[must_use]
    pub fn depends_on(mut self, other: &impl Declared) -> Self {
        self.depends_on.insert(other.address().clone());
        self
    }

    /// Leaves these attributes as they are once the object exists, whatever the arguments are.
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

    /// The options that are set and have no meaning for what is only looked up.
    pub(crate) fn of_resources_alone(&self) -> Vec<&'static str> {
        let set = [
            (self.protect.is_some(), "protect"),
            (self.retain.is_some(), "retain"),
            (self.delete_before_replace.is_some(), "delete_before_replace"),
            (!self.ignore_changes.is_empty(), "ignore_changes"),
            (!self.aliases.is_empty(), "aliases"),
        ];
        set.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect()
    }

    /// What these options of a component, with what it has from its own, are for its parts.
    pub(crate) fn for_parts(&self, of_parent: Option<&Self>) -> Self {
        let ignore_changes_if_there = self.ignore_changes.clone();
        let own = Self {
            ignore_changes: BTreeSet::new(),
            ignore_changes_if_there,
            aliases: Vec::new(),
            parent: None,
            ..self.clone()
        };
        own.within(of_parent)
    }

    /// These options of something in a component that has those.
    fn within(self, component: Option<&Self>) -> Self {
        let Some(component) = component else { return self };
        Self {
            protect: self.protect.or(component.protect),
            retain: self.retain.or(component.retain),
            delete_before_replace: self.delete_before_replace.or(component.delete_before_replace),
            depends_on: self.depends_on.union(&component.depends_on).cloned().collect(),
            ignore_changes_if_there: self
                .ignore_changes_if_there
                .union(&component.ignore_changes_if_there)
                .cloned()
                .collect(),
            provider: self.provider.or_else(|| component.provider.clone()),
            ..self
        }
    }

    /// The options of a declaration, and the provider configuration that it uses: its own, or that of a component where
    /// `fits` holds, which means one of the same provider, or none of them.
    pub(crate) fn resolved(
        self,
        component: Option<&Self>,
        fits: impl Fn(&ProviderHandle) -> bool,
    ) -> (ResolvedOptions, Option<ProviderHandle>) {
        let own = self.provider.clone();
        let Self {
            protect,
            retain,
            delete_before_replace,
            depends_on,
            ignore_changes,
            ignore_changes_if_there,
            aliases,
            parent,
            provider,
        } = self.within(component);
        let resolved = ResolvedOptions {
            protect: protect == Some(true),
            retain: retain == Some(true),
            delete_before_replace: delete_before_replace == Some(true),
            depends_on,
            ignore_changes,
            ignore_changes_if_there,
            aliases,
            parent,
        };
        (resolved, own.or_else(|| provider.filter(fits)))
    }
}

/// A named group of resources, whose names start with its own.
#[derive(Clone, Debug)]
pub struct Component {
    pub(crate) address: Address,
    /// Full names that it had before.
    pub(crate) aliases: Vec<String>,
    /// What holds for its parts.
    pub(crate) options: Arc<Options>,
}

/// One of several configurations of a provider: see [`Stack::provider_named`](crate::Stack::provider_named).
#[derive(Clone, Debug)]
pub struct ProviderHandle(pub(crate) String);

impl ProviderHandle {
    /// The configuration under that name: a provider's local name, or what [`Stack::provider_instance`](crate::Stack::provider_instance) was given. A run fails where the
    /// stack has none of that name.
    pub fn named(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl Component {
    /// Its full name.
    pub fn name(&self) -> &str {
        &self.address.name
    }

    /// What a part of that name was called while the component had other names.
    pub(crate) fn aliases_of(&self, part: &str) -> impl Iterator<Item = String> {
        self.aliases.iter().map(move |alias| format!("{alias}/{part}"))
    }
}

/// To depend on a component is to depend on all of its parts.
impl Declared for Component {
    fn address(&self) -> &Address {
        &self.address
    }
}
