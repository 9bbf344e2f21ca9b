//! The accept loop: connections that have come through TLS, where there is TLS.

use std::io;
use std::time::Duration;

use futures::Stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::endpoint::Listener;

/// How long a client may take for the TLS handshake.
const TLS_LIMIT: Duration = Duration::from_secs(10);

/// How long to wait after a failed accept. It fails when the process has no file descriptor left, and goes on failing.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Bytes in both directions.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// A connection of any kind. Behind one type, so that the HTTP server is compiled once.
pub(crate) type Connection = Box<dyn Transport>;

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

/// Accepts until the stream is dropped. Every TLS handshake is a task of its own: one that fails or hangs costs the
/// others nothing.
pub(crate) fn connections(listener: Listener, tls: Option<TlsAcceptor>) -> impl Stream<Item = io::Result<Connection>> {
    let (ready, connections) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                () = ready.closed() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok(connection) => drop(tokio::spawn(secure(connection, tls.clone(), ready.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    });
    ReceiverStream::new(connections)
}

async fn secure(connection: Connection, tls: Option<TlsAcceptor>, ready: mpsc::Sender<io::Result<Connection>>) {
    let secured = match tls {
        None => Ok(connection),
        Some(tls) => match tokio::time::timeout(TLS_LIMIT, tls.accept(connection)).await {
            Ok(stream) => stream.map(|stream| Box::new(stream) as Connection),
            Err(late) => Err(io::Error::new(io::ErrorKind::TimedOut, late)),
        },
    };
    match secured {
        // It fails only when the server has stopped.
        Ok(connection) => drop(ready.send(Ok(connection)).await),
        Err(error) => tracing::warn!(%error, "refused a connection"),
    }
}
