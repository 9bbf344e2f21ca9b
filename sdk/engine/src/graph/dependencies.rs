//! What each declaration of a stack comes after.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Address, Diagnostic};

use crate::error::Result;
use crate::graph::{self, Graph};
use crate::stack::Declaration;
use crate::stack::Stack;

/// A resource, or something to look up, in the graph of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its type, such as `rosa_ecr_repository`.
    pub type_name: String,
    /// Whether it is only looked up.
    pub is_lookup: bool,
    /// The names of what it comes after.
    pub depends_on: BTreeSet<String>,
}

impl Stack {
    /// What the stack declares, by name, and what depends on what. Asks no provider.
    ///
    /// # Errors
    /// If something depends on itself, has no provider, or uses an output of another stack.
    pub fn graph(&self) -> Result<BTreeMap<String, Node>> {
        let mut dependencies = dependencies(self)?;
        let nodes = self.declarations().map(|(name, declaration)| {
            let node = Node {
                type_name: declaration.type_name.clone(),
                is_lookup: self.lookups.contains_key(name),
                depends_on: dependencies.remove(name).unwrap_or_default(),
            };
            (name.clone(), node)
        });
        Ok(nodes.collect())
    }
}

/// What each declared resource and lookup comes after: what its arguments, its options and its provider's block name.
///
/// # Errors
/// Where something comes after itself, has no provider, or uses an output of another stack.
pub(crate) fn dependencies(stack: &Stack) -> Result<Graph<String>> {
    let mut found = Graph::new();
    for (name, declaration) in stack.declarations() {
        let mut addresses = declaration.options.depends_on.clone();
        declaration.arguments.dependencies(&mut addresses);
        let Some(provider) = stack.providers.get(&declaration.provider) else {
            let all: Vec<&str> = stack.providers.keys().map(String::as_str).collect();
            let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
            return Err(Diagnostic::error(format!("The provider of \"{name}\" is not in the program"))
                .detail(format!("\"{}\" is not configured. There are: {all}.", declaration.provider))
                .fix("Configure it in the stack, or name another one with `Options::provider`.")
                .into());
        };
        provider.block.dependencies(&mut addresses);
        let mut names = BTreeSet::new();
        for address in addresses {
            if address.stack != stack.id() {
                return Err(foreign(name, declaration, &address).into());
            }
            names.extend(named(stack, &address).cloned());
        }
        names.remove(name);
        found.insert(name.clone(), names);
    }
    match graph::order(&found) {
        Ok(_) => Ok(found),
        Err(cycle) => Err(Diagnostic::error("Resources depend on each other in a circle")
            .detail(format!("None of these can be made first: {}.", cycle.join(", ")))
            .fix("Remove one of the dependencies.")
            .into()),
    }
}

/// What is declared under that name, and the parts of the component of that name.
fn named<'s>(stack: &'s Stack, address: &Address) -> impl Iterator<Item = &'s String> {
    let parts = format!("{}/", address.name);
    let name: &str = &address.name;
    let mut found = Vec::new();
    for declared in [&stack.resources, &stack.lookups] {
        found.extend(declared.get_key_value(name).map(|(name, _)| name));
        let behind = declared.range(parts.clone()..).map(|(name, _)| name);
        found.extend(behind.take_while(|name| name.starts_with(&parts)));
    }
    found.into_iter()
}

fn foreign(name: &str, declaration: &Declaration, address: &Address) -> Diagnostic {
    Diagnostic::error(format!("\"{name}\" uses an output of another stack"))
        .detail(format!(
            "\"{}\" is no resource of this stack. \"{name}\" is declared at {}.",
            address.name, declaration.place
        ))
        .fix("Export it there, and give the exported value of the other stack's `up` to this one.")
}
