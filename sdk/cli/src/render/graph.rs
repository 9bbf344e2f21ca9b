//! The graph of a stack: DOT for Graphviz, Mermaid for Markdown, SVG for a browser.

mod dot;
mod layout;
mod mermaid;
mod svg;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use dot::dot;
pub(crate) use mermaid::mermaid;
pub(crate) use svg::svg;

/// Resources, and what each of them comes after.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    /// By full name: the type, and the names that it depends on.
    pub nodes: BTreeMap<String, (String, BTreeSet<String>)>,
}

impl Graph {
    /// Pairs of a resource and what it depends on. Names that are no nodes are left out.
    fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nodes.iter().flat_map(|(name, (_, dependencies))| {
            let known = dependencies.iter().filter(|dependency| self.nodes.contains_key(*dependency));
            known.map(move |dependency| (name.as_str(), dependency.as_str()))
        })
    }

    /// The edges but for those that a longer way has already: a picture of all of them hides the others.
    fn direct_edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.edges().filter(|(name, dependency)| {
            let mut seen = BTreeSet::new();
            let mut open: Vec<&str> = self.after(name).filter(|other| other != dependency).collect();
            while let Some(other) = open.pop() {
                if other == *dependency {
                    return false;
                }
                if seen.insert(other) {
                    open.extend(self.after(other));
                }
            }
            true
        })
    }

    /// What a resource comes after.
    fn after(&self, name: &str) -> impl Iterator<Item = &str> {
        self.nodes.get(name).into_iter().flat_map(|(_, dependencies)| dependencies.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn example() -> Graph {
        let node = |kind: &str, after: &[&str]| {
            (format!("rosa_ecr_{kind}"), after.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>())
        };
        let nodes = [
            ("registry".to_owned(), node("repository", &[])),
            ("net/group".to_owned(), node("endpoint_security_group", &[])),
            ("net/api".to_owned(), node("vpc_endpoint", &["net/group", "gone"])),
            ("push \"<role>\"".to_owned(), node("push_role", &["registry", "net/api"])),
        ];
        Graph { nodes: nodes.into() }
    }

    #[test]
    fn what_a_longer_way_says_is_not_drawn() {
        let mut graph = example();
        graph.nodes.get_mut("push \"<role>\"").expect("it is there").1.insert("net/group".to_owned());
        assert_eq!((graph.edges().count(), graph.direct_edges().count()), (4, 3));
    }

    #[test]
    fn each_form_has_every_node_and_edge() {
        insta::assert_snapshot!("dot", dot("dev", &example()));
        insta::assert_snapshot!("mermaid", mermaid(&example()));
        insta::assert_snapshot!("svg", svg("dev", &example()));
    }
}
