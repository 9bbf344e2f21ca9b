//! What a provider has of one kind of block.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block_kind::BlockKind;

/// The entries of one kind of block, by name.
pub(super) struct Entries<K: ?Sized>(BTreeMap<String, Arc<K>>);

impl<K: ?Sized> Entries<K> {
    /// # Panics
    /// If two have one name: a mistake in a definition, which the first test of it shows.
    pub(super) fn new(of: BlockKind, entries: impl IntoIterator<Item = Arc<K>>, name: impl Fn(&K) -> &str) -> Self {
        let mut named = BTreeMap::new();
        for entry in entries {
            let name = name(&entry).to_owned();
            assert!(named.insert(name.clone(), entry).is_none(), "two {}s have the name {name}", of.name());
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
        self.0.iter().map(|(name, entry)| (name.clone(), make(entry))).collect()
    }
}
