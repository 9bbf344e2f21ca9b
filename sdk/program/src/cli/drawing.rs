//! `graph`: what the program declares, and what depends on what, without asking anyone.

use std::collections::BTreeSet;
use std::process::ExitCode;

use serde_json::json;

use super::arguments::{self, Format};
use super::console::Console;
use super::render::graph::{Graph, dot, mermaid, svg};
use crate::Stack;

pub(super) fn graph(stack: &Stack, console: &Console, graph: &arguments::Graph) -> ExitCode {
    let declared = declared(stack);
    if console.is_json() {
        for (name, (kind, dependencies)) in &declared.nodes {
            console.object(&json!({ "name": name, "type": kind, "depends_on": dependencies }));
        }
        return ExitCode::SUCCESS;
    }
    console.plain(&match graph.format {
        Format::Dot => dot(stack.name(), &declared),
        Format::Mermaid => mermaid(&declared),
        Format::Svg => svg(stack.name(), &declared),
    });
    ExitCode::SUCCESS
}

fn declared(stack: &Stack) -> Graph {
    let nodes = stack.declarations().map(|(name, declaration)| {
        let mut addresses = declaration.options.depends_on.clone();
        declaration.arguments.dependencies(&mut addresses);
        let mut dependencies = BTreeSet::new();
        for address in addresses {
            // To depend on a component is to depend on its parts.
            let parts = format!("{}/", address.name);
            let named = |other: &&String| **other == *address.name || other.starts_with(&parts);
            dependencies.extend(stack.declarations().map(|(name, _)| name).filter(named).cloned());
        }
        // As in HCL, where a resource and a data source may have the same type name.
        let kind = if stack.lookups.contains_key(name) { "data " } else { "" };
        (name.clone(), (format!("{kind}{}", declaration.type_name), dependencies))
    });
    Graph { nodes: nodes.collect() }
}
