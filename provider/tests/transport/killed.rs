//! Hosts that are killed, and so call no Shutdown.

use std::time::{Duration, Instant};

use rosa_ecr_proto::tfplugin6::apply_resource_change;
use tonic::transport::Channel;

use crate::host::{self, Line, Plugin};
use crate::plugin::{CANCELLED, HANGS};

/// How long a plugin may stay after its host.
const SECONDS: Duration = Duration::from_secs(8);

#[track_caller]
fn assert_clean_end(plugin: Plugin, since: Instant) -> String {
    let remains = plugin.remains();
    assert!(since.elapsed() < SECONDS, "it took {:?}", since.elapsed());
    assert!(remains.files.is_empty(), "{remains:?}");
    assert_eq!(remains.stdout, "", "only the line is on stdout");
    remains.stderr
}

/// The connection of the host, with an ApplyResourceChange under way.
async fn applying(plugin: &Plugin, line: &Line, type_name: &str) -> Channel {
    let channel = plugin.connect(line).await;
    let mut provider = host::provider(&channel);
    let request = apply_resource_change::Request { type_name: type_name.to_owned(), ..Default::default() };
    tokio::spawn(async move { provider.apply_resource_change(request).await.map(drop) });
    host::applying(&channel).await;
    channel
}

/// The end of the runtime closes the connection, as the kernel does for a process that is gone.
fn kill_while_applying(type_name: &str) -> (Plugin, Instant) {
    let (mut plugin, line) = Plugin::hosted_by_another(&[("TF_LOG", "INFO")]);
    host::run(async {
        let _open = applying(&plugin, &line, type_name).await;
        plugin.kill_host();
    });
    (plugin, Instant::now())
}

pub fn a_host_that_is_killed_in_a_call_takes_the_plugin_along() {
    let (plugin, since) = kill_while_applying("");
    let log = assert_clean_end(plugin, since);
    assert!(log.contains(CANCELLED), "the call ends as it does after a signal: {log}");
}

pub fn a_call_that_hangs_delays_that_by_seconds() {
    let (plugin, since) = kill_while_applying(HANGS);
    let log = assert_clean_end(plugin, since);
    assert!(log.contains("unanswered"), "{log}");
}

pub fn a_host_that_is_killed_before_it_connects_takes_the_plugin_along() {
    let (mut plugin, _) = Plugin::hosted_by_another(&[]);
    plugin.kill_host();
    assert_clean_end(plugin, Instant::now());
}

pub fn a_host_that_hands_the_plugin_over_does_not() {
    let (mut plugin, line) = Plugin::hosted_by_another(&[]);
    let since = host::run(async {
        let channel = plugin.connect(&line).await;
        plugin.kill_host();
        // Longer than a plugin without clients stays.
        let handed_over = Instant::now();
        while handed_over.elapsed() < Duration::from_secs(4) {
            host::health(&channel, "plugin").await.expect("its client is there");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Instant::now()
    });
    assert_clean_end(plugin, since);
}
