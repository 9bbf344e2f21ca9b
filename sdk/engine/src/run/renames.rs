//! Names that resources had before: their aliases.

use std::collections::BTreeMap;

use rosa_ecr_model::{Diagnostic, Diagnostics};
use rosa_ecr_state::Document;

use crate::stack::Declaration;
use crate::stack::Stack;

/// The earlier name by which the state knows a declared resource, or an operation that was begun on it.
fn alias<'d>(stack: &Stack, document: &Document, declaration: &'d Declaration) -> Option<&'d String> {
    declaration.options.aliases.iter().find(|alias| {
        let pending = document.pending.iter().any(|pending| pending.resource == **alias);
        !stack.resources.contains_key(*alias) && (pending || document.resources.contains_key(*alias))
    })
}

/// Two declarations that were called by one name before cannot both have what the state has of that name.
pub(crate) fn contested(stack: &Stack, saved: &Document) -> Diagnostics {
    let mut heirs: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for (name, declaration) in stack.resources.iter().filter(|(name, _)| !saved.resources.contains_key(*name)) {
        if let Some(old) = alias(stack, saved, declaration) {
            heirs.entry(old).or_default().push(name);
        }
    }
    let contested = heirs.into_iter().filter(|(_, heirs)| heirs.len() > 1);
    let error = |(old, heirs): (&String, Vec<&String>)| {
        let names: Vec<String> = heirs.iter().map(|name| format!("\"{name}\"")).collect();
        let places: Vec<String> = heirs.iter().map(|name| stack.resources[*name].place.to_string()).collect();
        Diagnostic::error(format!("{} have one alias", names.join(" and ")))
            .detail(format!(
                "The state has one object as \"{old}\", and only one of them can have it. They are declared at {}.",
                places.join(" and ")
            ))
            .fix(format!("Leave the alias \"{old}\" with the one that the object belongs to."))
    };
    contested.map(error).collect()
}

/// The document with the names that resources have now.
pub(crate) fn renamed(stack: &Stack, mut document: Document) -> Document {
    for (name, declaration) in &stack.resources {
        if document.resources.contains_key(name) {
            continue;
        }
        let Some(old) = alias(stack, &document, declaration).cloned() else { continue };
        if let Some(mut stored) = document.resources.remove(&old) {
            stored.name = name.clone();
            stored.parent = declaration.options.parent.as_ref().map(|parent| parent.name().to_owned());
            document.resources.insert(name.clone(), stored);
        }
        let pending = document.pending.iter_mut().map(|pending| &mut pending.resource);
        let names = pending.chain(document.deposed.iter_mut().map(|deposed| &mut deposed.name));
        names.filter(|other| **other == old).for_each(|other| other.clone_from(name));
        for other in document.resources.values_mut().chain(&mut document.deposed) {
            if other.dependencies.remove(&old) {
                other.dependencies.insert(name.clone());
            }
        }
    }
    document
}

/// The name that the resource has in the state that was saved last.
pub(crate) fn old_name(stack: &Stack, saved: &Document, name: &str) -> Option<String> {
    if saved.resources.contains_key(name) {
        return None;
    }
    let aliases = &stack.resources.get(name)?.options.aliases;
    aliases.iter().find(|alias| saved.resources.contains_key(*alias) && !stack.resources.contains_key(*alias)).cloned()
}
