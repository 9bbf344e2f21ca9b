//! How the process ends, and what is left of it.

use std::time::{Duration, Instant};

use rosa_ecr_proto::tfplugin6::apply_resource_change;
use tonic::Request;

use crate::host::{self, Plugin};
use crate::plugin::{CANCELLED, HANGS};

/// What hosts wait at most is two seconds; less than one is promised.
const PROMPT: Duration = Duration::from_secs(1);

#[track_caller]
fn assert_clean_end(plugin: Plugin, since: Instant) {
    let remains = plugin.remains();
    assert!(since.elapsed() < PROMPT, "it took {:?}", since.elapsed());
    assert!(remains.status.success(), "{remains:?}");
    assert!(remains.files.is_empty(), "{remains:?}");
    assert_eq!(remains.stdout, "", "only the line is on stdout");
}

pub fn shutdown_ends_it_at_once() {
    let (plugin, line) = Plugin::hosted(&[]);
    let since = host::run(async {
        let channel = plugin.connect(&line).await;
        let since = Instant::now();
        host::shutdown(&channel).await;
        since
    });
    assert_clean_end(plugin, since);
}

pub fn shutdown_does_not_wait_for_a_call_that_hangs() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        let channel = plugin.connect(&line).await;
        let mut provider = host::provider(&channel);
        let request = apply_resource_change::Request { type_name: HANGS.to_owned(), ..Default::default() };
        let hanging = tokio::spawn(async move { provider.apply_resource_change(request).await.map(drop) });
        host::applying(&channel).await;
        let since = Instant::now();
        host::shutdown(&channel).await;
        assert!(hanging.await.expect("no panic").is_err(), "it cannot have been answered");
        // While this connection is still open.
        assert_clean_end(plugin, since);
    });
}

pub fn an_interrupt_is_ignored() {
    let (plugin, line) = Plugin::hosted(&[]);
    for _ in 0..3 {
        plugin.signal("INT");
    }
    let since = host::run(async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let channel = plugin.connect(&line).await;
        host::health(&channel, "plugin").await.expect("it is still there");
        let since = Instant::now();
        host::shutdown(&channel).await;
        since
    });
    assert_clean_end(plugin, since);
}

pub fn a_termination_cancels_calls_and_waits_for_their_answers() {
    let (plugin, line) = Plugin::hosted(&[]);
    let since = host::run(async {
        let channel = plugin.connect(&line).await;
        let mut provider = host::provider(&channel);
        let apply = tokio::spawn(async move { provider.apply_resource_change(Request::new(Default::default())).await });
        host::applying(&channel).await;
        let since = Instant::now();
        plugin.signal("TERM");
        let answer = apply.await.expect("no panic").expect("an answer").into_inner();
        assert_eq!(answer.diagnostics.first().map(|diagnostic| diagnostic.summary.as_str()), Some(CANCELLED));
        since
    });
    assert_clean_end(plugin, since);
}
