//! The sorts of things that a provider may have, and the things of one sort.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What something is to a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Resource,
    DataSource,
    Ephemeral,
    List,
    Function,
    Action,
    StateStore,
}

impl Sort {
    /// As it is called in a sentence.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::DataSource => "data source",
            Self::Ephemeral => "ephemeral resource",
            Self::List => "list resource",
            Self::Function => "function",
            Self::Action => "action",
            Self::StateStore => "state store",
        }
    }

    /// The same with an article.
    pub(super) fn one(self) -> String {
        format!("{} {}", article(self.name()), self.name())
    }

    /// How a configuration uses it; `name` is its own.
    pub(super) fn usage(self, provider: &str, name: &str) -> String {
        let block = match self {
            Self::Resource => "resource",
            Self::DataSource => "data",
            Self::Ephemeral => "ephemeral",
            Self::List => "list",
            Self::Action => "action",
            Self::StateStore => "state_store",
            Self::Function => return format!("call it as provider::{provider}::{name}(…)"),
        };
        format!("declare it in {} \"{block}\" block", article(block))
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// The things of one sort, by name.
pub(super) struct Things<K: ?Sized>(BTreeMap<String, Arc<K>>);

impl<K: ?Sized> Things<K> {
    /// # Panics
    /// If two have one name: a mistake in a definition, which the first test of it shows.
    pub(super) fn new(sort: Sort, things: impl IntoIterator<Item = Arc<K>>, name: impl Fn(&K) -> &str) -> Self {
        let mut named = BTreeMap::new();
        for thing in things {
            let name = name(&thing).to_owned();
            assert!(named.insert(name.clone(), thing).is_none(), "two {}s have the name {name}", sort.name());
        }
        Self(named)
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<K>> {
        self.0.get(name).cloned()
    }

    /// Sorted.
    pub(super) fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Made into something by name.
    pub(super) fn map<T, B: FromIterator<(String, T)>>(&self, make: impl Fn(&K) -> T) -> B {
        self.0.iter().map(|(name, thing)| (name.clone(), make(thing))).collect()
    }
}
