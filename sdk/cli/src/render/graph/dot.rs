//! Graphviz: `graph --format dot | dot -Tpng`.

use std::fmt::Write as _;

use super::Graph;

/// The graph in the DOT language. An arrow leads from a resource to what it depends on.
pub(crate) fn dot(stack: &str, graph: &Graph) -> String {
    let mut text = format!("digraph {} {{\n  rankdir = LR;\n  node [shape = box, style = rounded];\n", quoted(stack));
    for (name, (kind, _)) in &graph.nodes {
        let label = format!("{}\\n{}", escaped(name), escaped(kind));
        let _ = writeln!(text, "  {} [label = \"{label}\"];", quoted(name));
    }
    for (name, dependency) in graph.edges() {
        let _ = writeln!(text, "  {} -> {};", quoted(name), quoted(dependency));
    }
    text.push_str("}\n");
    text
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}
