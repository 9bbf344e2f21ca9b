//! Where the boxes go: in layers, each resource to the right of everything that it depends on.

use std::collections::BTreeMap;

use super::Graph;

/// The layers, leftmost first, each from top to bottom.
pub(super) fn layers(graph: &Graph) -> Vec<Vec<&str>> {
    let mut depths = BTreeMap::new();
    for name in graph.nodes.keys() {
        depth(graph, name, &mut depths);
    }
    let mut layers: Vec<Vec<&str>> = vec![Vec::new(); depths.values().max().map_or(0, |depth| depth + 1)];
    for name in graph.nodes.keys() {
        layers[depths[name.as_str()]].push(name);
    }
    // Each resource as near as can be to the middle of what it depends on, so that few lines cross.
    for right in 1..layers.len() {
        let places: BTreeMap<&str, usize> = layers[..right]
            .iter()
            .flat_map(|layer| layer.iter().enumerate().map(|(place, name)| (*name, place)))
            .collect();
        let middle = |name: &&str| {
            let (_, dependencies) = &graph.nodes[*name];
            let known: Vec<usize> = dependencies.iter().filter_map(|name| places.get(name.as_str()).copied()).collect();
            known.iter().sum::<usize>() * 1000 / known.len().max(1)
        };
        layers[right].sort_by_key(middle);
    }
    layers
}

/// How many steps the longest way from a resource without dependencies has.
fn depth<'a>(graph: &'a Graph, name: &'a str, depths: &mut BTreeMap<&'a str, usize>) -> usize {
    if let Some(known) = depths.get(name) {
        return *known;
    }
    // A graph of a stack has no circles; a state that was made by hand may have one, and this ends all the same.
    depths.insert(name, 0);
    let (_, dependencies) = &graph.nodes[name];
    let below = dependencies.iter().filter(|dependency| graph.nodes.contains_key(*dependency));
    let found = below.map(|dependency| depth(graph, dependency, depths) + 1).max().unwrap_or(0);
    depths.insert(name, found);
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::example;
    use super::*;

    #[test]
    fn everything_is_to_the_right_of_what_it_needs() {
        let graph = example();
        assert_eq!(layers(&graph), [vec!["net/group", "registry"], vec!["net/api"], vec!["push \"<role>\""]]);
        let circle = Graph {
            nodes: [("a", "b"), ("b", "a")]
                .map(|(name, after)| (name.to_owned(), (String::new(), [after.to_owned()].into())))
                .into(),
        };
        assert_eq!(layers(&circle).iter().map(Vec::len).sum::<usize>(), 2);
    }
}
