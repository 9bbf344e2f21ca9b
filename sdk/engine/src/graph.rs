//! Work in the order of its dependencies, as much at once as there may be.

pub(crate) mod dependencies;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

/// What each piece of work comes after. Pieces that are no keys are done already.
pub(crate) type Graph<K> = BTreeMap<K, BTreeSet<K>>;

/// The pieces, each behind what it comes after.
///
/// # Errors
/// With the pieces that come after themselves, and those after them.
pub(crate) fn order<K: Ord + Clone>(graph: &Graph<K>) -> Result<Vec<K>, Vec<K>> {
    let mut ordered: Vec<K> = Vec::with_capacity(graph.len());
    let mut left: BTreeSet<&K> = graph.keys().collect();
    loop {
        let ready: Vec<&K> =
            left.iter().copied().filter(|piece| graph[*piece].iter().all(|before| !left.contains(before))).collect();
        if ready.is_empty() {
            break;
        }
        for piece in ready {
            left.remove(piece);
            ordered.push(piece.clone());
        }
    }
    if left.is_empty() { Ok(ordered) } else { Err(left.into_iter().cloned().collect()) }
}

/// Everything that these come after, with themselves.
pub(crate) fn closure<K: Ord + Clone>(graph: &Graph<K>, from: impl IntoIterator<Item = K>) -> BTreeSet<K> {
    let mut found = BTreeSet::new();
    let mut open: Vec<K> = from.into_iter().collect();
    while let Some(piece) = open.pop() {
        if let Some(before) = graph.get(&piece).filter(|_| !found.contains(&piece)) {
            open.extend(before.iter().cloned());
        }
        found.insert(piece);
    }
    found
}

/// The graph of some of its pieces: each comes after what it came after through the others.
pub(crate) fn contracted<K: Ord + Clone>(graph: &Graph<K>, keep: impl Fn(&K) -> bool) -> Graph<K> {
    let (kept, between): (Graph<K>, Graph<K>) =
        graph.iter().map(|(piece, before)| (piece.clone(), before.clone())).partition(|(piece, _)| keep(piece));
    let through = |before| closure(&between, before).into_iter().filter(|piece| keep(piece)).collect();
    kept.into_iter().map(|(piece, before)| (piece, through(before))).collect()
}

/// The graph the other way round.
pub(crate) fn reversed<K: Ord + Clone>(graph: &Graph<K>) -> Graph<K> {
    let mut reversed: Graph<K> = graph.keys().map(|piece| (piece.clone(), BTreeSet::new())).collect();
    for (piece, before) in graph {
        for other in before {
            reversed.entry(other.clone()).or_default().insert(piece.clone());
        }
    }
    reversed
}

/// Does every piece once all it comes after is done; at most `limit` at once. `start` returns whether a
/// piece was done. Returns what was not begun: because of which failed piece, or because `proceed` refused.
pub(crate) async fn walk<K, F>(
    graph: &Graph<K>,
    limit: usize,
    proceed: impl Fn() -> bool,
    start: impl Fn(K) -> F,
) -> BTreeMap<K, Option<K>>
where
    K: Ord + Clone,
    F: Future<Output = bool>,
{
    let after = reversed(graph);
    let mut waiting: Graph<K> = graph
        .iter()
        .map(|(piece, before)| {
            (piece.clone(), before.iter().filter(|other| graph.contains_key(other)).cloned().collect())
        })
        .collect();
    let mut skipped = BTreeMap::new();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < limit.max(1) && proceed() {
            let Some(ready) = waiting.iter().find(|(_, before)| before.is_empty()).map(|(piece, _)| piece.clone())
            else {
                break;
            };
            waiting.remove(&ready);
            let work = start(ready.clone());
            running.push(async move { (ready, work.await) });
        }
        let Some((piece, done)) = running.next().await else { break };
        if done {
            for other in after.get(&piece).into_iter().flatten() {
                if let Some(before) = waiting.get_mut(other) {
                    before.remove(&piece);
                }
            }
        } else {
            for other in closure(&after, [piece.clone()]) {
                if waiting.remove(&other).is_some() {
                    skipped.insert(other, Some(piece.clone()));
                }
            }
        }
    }
    skipped.extend(waiting.into_keys().map(|piece| (piece, None)));
    skipped
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn graph(edges: &[(&'static str, &[&'static str])]) -> Graph<&'static str> {
        edges.iter().map(|(piece, before)| (*piece, before.iter().copied().collect())).collect()
    }

    #[test]
    fn cycles_are_found() {
        assert_eq!(order(&graph(&[("b", &["a"]), ("a", &[])])), Ok(vec!["a", "b"]));
        assert_eq!(order(&graph(&[("a", &["b"]), ("b", &["a"]), ("c", &[])])), Err(vec!["a", "b"]));
    }

    #[test]
    fn what_is_left_out_passes_on_what_it_came_after() {
        let whole = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["c", "a"]), ("e", &["c", "elsewhere"])]);
        let wanted = graph(&[("a", &[]), ("d", &["a"]), ("e", &["a", "elsewhere"])]);
        assert_eq!(contracted(&whole, |piece| !["b", "c"].contains(piece)), wanted);
    }

    #[tokio::test]
    async fn a_failure_skips_what_comes_after_and_nothing_else() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &[])]);
        let done = Mutex::new(Vec::new());
        let skipped = walk(
            &graph,
            2,
            || true,
            |piece| {
                let done = &done;
                async move {
                    done.lock().expect("no panic").push(piece);
                    piece != "a"
                }
            },
        )
        .await;
        assert_eq!(skipped, [("b", Some("a")), ("c", Some("a"))].into());
        assert_eq!(*done.lock().expect("no panic"), ["a", "d"]);
    }

    #[tokio::test]
    async fn a_stop_lets_what_runs_come_to_its_end() {
        let graph = graph(&[("a", &[]), ("b", &["a"])]);
        let done = Mutex::new(Vec::new());
        let proceed = || done.lock().expect("no panic").is_empty();
        let skipped = walk(&graph, 2, proceed, |piece| {
            let done = &done;
            async move {
                done.lock().expect("no panic").push(piece);
                true
            }
        })
        .await;
        assert_eq!(skipped, [("b", None)].into());
    }
}
