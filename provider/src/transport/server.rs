//! The server's life: from a bound endpoint to the last answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rosa_ecr_proto::tfplugin6::provider_server::Provider;
use rosa_ecr_proto::tfplugin6::stop_provider;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::Request;

use super::accept;
use super::count::Count;
use super::dispatch::Dispatch;
use super::endpoint::Endpoint;
use super::parent::Parent;
use super::services::Process;

/// How long answers may take after the host asked to exit. It has taken all that it waits for, and kills the process
/// after two seconds.
const EXIT_GRACE: Duration = Duration::from_millis(500);

/// How long calls in flight may take to come to an end after a signal: what they return is the state of real objects.
const SIGNAL_GRACE: Duration = Duration::from_secs(10);

/// How long they may take when the host is gone, and nobody reads what they return.
const ABANDONED_GRACE: Duration = Duration::from_secs(3);

/// Serves until the host asks to exit, `signal` resolves, or the host is gone, where there is one. The last two cancel
/// calls in flight, as the host would, and wait for what they return.
pub(crate) async fn serve<S: Provider>(
    endpoint: Endpoint,
    tls: Option<TlsAcceptor>,
    service: S,
    signal: impl Future<Output = ()>,
    host: Option<Parent>,
) {
    let service = Arc::new(service);
    let stop = CancellationToken::new();
    let (connections, calls) = (Count::default(), Count::default());
    // What is left of the endpoint, its files, goes with the end of this function.
    let Endpoint { listener, address, .. } = endpoint;
    let serving = tonic::transport::Server::builder().serve_with_incoming_shutdown(
        Dispatch::new(service.clone(), Process { stop: stop.clone() }, calls.clone()),
        accept::connections(listener, tls, connections.clone()),
        stop.clone().cancelled_owned(),
    );
    tokio::pin!(serving);
    tracing::debug!(address, "serving");
    let abandoned = async {
        match host {
            Some(host) => host.gone(&connections).await,
            None => std::future::pending().await,
        }
    };
    let (grace, reason) = tokio::select! {
        _ = &mut serving => return,
        () = stop.cancelled() => (EXIT_GRACE, None),
        () = signal => (SIGNAL_GRACE, Some("a signal asks to exit")),
        () = abandoned => (ABANDONED_GRACE, Some("the host is gone")),
    };
    let end = async {
        if let Some(reason) = reason {
            tracing::info!("{reason}: cancelling calls in flight");
            let _ = service.stop_provider(Request::new(stop_provider::Request {})).await;
            stop.cancel();
        }
        let _ = serving.await;
        calls.none().await;
    };
    if tokio::time::timeout(grace, end).await.is_err() {
        tracing::warn!("exiting with calls unanswered");
    }
}
