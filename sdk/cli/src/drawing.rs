//! `graph`: what the program declares, and what depends on what, without asking anyone.

use std::process::ExitCode;

use rosa_ecr_engine::{Result, Stack};
use serde_json::json;

use super::arguments::{self, Format};
use super::console::Console;
use super::render::graph::{Graph, dot, mermaid, svg};

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
    let nodes = stack.graph()?.into_iter().map(|(name, node)| {
        // As in HCL, where a resource and a data source may have the same type name.
        let kind = if node.is_lookup { "data " } else { "" };
        (name, (format!("{kind}{}", node.type_name), node.depends_on))
    });
    Ok(Graph { nodes: nodes.collect() })
}
