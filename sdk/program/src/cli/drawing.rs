//! `graph`: what the program declares, and what depends on what, without asking anyone.

use std::process::ExitCode;

use serde_json::json;

use super::arguments::{self, Format};
use super::console::Console;
use super::render::graph::{Graph, dot, mermaid, svg};
use crate::engine::dependencies;
use crate::{Result, Stack};

pub(super) fn graph(stack: &Stack, console: &Console, graph: &arguments::Graph) -> Result<ExitCode> {
    let declared = declared(stack)?;
    if console.is_json() {
        for (name, (kind, dependencies)) in &declared.nodes {
            console.object(&json!({ "name": name, "type": kind, "depends_on": dependencies }));
        }
        return Ok(ExitCode::SUCCESS);
    }
    console.plain(&match graph.format {
        Format::Dot => dot(stack.name(), &declared),
        Format::Mermaid => mermaid(&declared),
        Format::Svg => svg(stack.name(), &declared),
    });
    Ok(ExitCode::SUCCESS)
}

fn declared(stack: &Stack) -> Result<Graph> {
    let mut dependencies = dependencies(stack)?;
    let nodes = stack.declarations().map(|(name, declaration)| {
        // As in HCL, where a resource and a data source may have the same type name.
        let kind = if stack.lookups.contains_key(name) { "data " } else { "" };
        let label = format!("{kind}{}", declaration.type_name);
        (name.clone(), (label, dependencies.remove(name).unwrap_or_default()))
    });
    Ok(Graph { nodes: nodes.collect() })
}
