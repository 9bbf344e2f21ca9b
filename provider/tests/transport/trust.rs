//! Mutual TLS: who may connect.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;

use crate::certificates::{self, Certificate};
use crate::host::{self, Line, Plugin};

/// A stranger gets no answer, and the host does, before and after.
#[track_caller]
fn assert_refused(stranger: impl Fn(&Plugin) -> Option<Certificate>) {
    let (plugin, line) = Plugin::hosted(&[]);
    let own = stranger(&plugin);
    host::run(async {
        assert_healthy(&plugin, &line).await;
        let tls = certificates::client(&line.certificate(), own.as_ref());
        // In TLS 1.3 the client's handshake is over before the server has looked at its certificate.
        if let Ok(channel) = host::connect(line.socket(), Some(tls)).await {
            let answer = host::health(&channel, "plugin").await;
            assert!(answer.is_err(), "a stranger was answered: {answer:?}");
        }
        assert_healthy(&plugin, &line).await;
    });
}

async fn assert_healthy(plugin: &Plugin, line: &Line) {
    let answer = host::health(&plugin.connect(line).await, "plugin").await;
    assert!(answer.is_ok(), "{answer:?}");
}

pub fn the_announced_certificate_connects() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(assert_healthy(&plugin, &line));
}

pub fn http_2_is_negotiated() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        let connector =
            TlsConnector::from(Arc::new(certificates::client(&line.certificate(), Some(plugin.certificate()))));
        let stream = UnixStream::connect(line.socket()).await.expect("a connection");
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = connector.connect(name, stream).await.expect("TLS");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    });
}

pub fn another_certificate_is_refused() {
    assert_refused(|_| Some(Certificate::of_a_host()));
}

pub fn the_certificate_without_its_key_is_refused() {
    // The certificate is no secret: whoever may look at the process can see it.
    assert_refused(|plugin| Some(plugin.certificate().with_key_of(&Certificate::of_a_host())));
}

pub fn no_certificate_is_refused() {
    assert_refused(|_| None);
}

pub fn plaintext_is_refused() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        if let Ok(channel) = host::connect(line.socket(), None).await {
            let answer = host::health(&channel, "plugin").await;
            assert!(answer.is_err(), "{answer:?}");
        }
        assert_healthy(&plugin, &line).await;
    });
}

pub fn a_silent_connection_holds_up_nobody() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        let _silent = UnixStream::connect(line.socket()).await.expect("a connection");
        let answered = tokio::time::timeout(Duration::from_secs(5), assert_healthy(&plugin, &line)).await;
        assert!(answered.is_ok(), "the server waits for the silent one");
    });
}
