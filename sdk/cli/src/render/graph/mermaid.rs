//! Mermaid: a diagram in Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Graph;

/// The graph as a Mermaid flowchart. An arrow leads from a resource to what it depends on.
pub(crate) fn mermaid(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    let ids: BTreeMap<&str, usize> = graph.nodes.keys().enumerate().map(|(id, name)| (name.as_str(), id)).collect();
    for (name, (kind, _)) in &graph.nodes {
        let _ = writeln!(text, "  n{}[\"{}<br/>{}\"]", ids[name.as_str()], escaped(name), escaped(kind));
    }
    for (name, dependency) in graph.edges() {
        let _ = writeln!(text, "  n{} --> n{}", ids[name], ids[dependency]);
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "#amp;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}
