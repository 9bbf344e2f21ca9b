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
use super::dispatch::Dispatch;
use super::endpoint::Endpoint;
use super::services::Process;

/// How long answers may take after the host asked to exit. It has taken all that it waits for, and kills the process
/// after two seconds.
const EXIT_GRACE: Duration = Duration::from_millis(500);

/// How long calls in flight may take to come to an end after a signal: what they return is the state of real objects.
const SIGNAL_GRACE: Duration = Duration::from_secs(10);

/// Serves until the host asks to exit or `signal` resolves. A signal cancels calls in flight, as the host would, and
/// waits for what they return.
pub(crate) async fn serve<S: Provider>(
    endpoint: Endpoint,
    tls: Option<TlsAcceptor>,
    service: S,
    signal: impl Future<Output = ()>,
) {
    let service = Arc::new(service);
    let stop = CancellationToken::new();
    // What is left of the endpoint, its files, goes with the end of this function.
    let Endpoint { listener, address, .. } = endpoint;
    let serving = tonic::transport::Server::builder().serve_with_incoming_shutdown(
        Dispatch::new(service.clone(), Process { stop: stop.clone() }),
        accept::connections(listener, tls),
        stop.clone().cancelled_owned(),
    );
    tokio::pin!(serving);
    tracing::debug!(address, "serving");
    let grace = tokio::select! {
        _ = &mut serving => return,
        () = stop.cancelled() => EXIT_GRACE,
        () = signal => SIGNAL_GRACE,
    };
    let end = async {
        if !stop.is_cancelled() {
            tracing::info!("a signal asks to exit: cancelling calls in flight");
            let _ = service.stop_provider(Request::new(stop_provider::Request {})).await;
            stop.cancel();
        }
        serving.await
    };
    if tokio::time::timeout(grace, end).await.is_err() {
        tracing::warn!("exiting with calls unanswered");
    }
}
