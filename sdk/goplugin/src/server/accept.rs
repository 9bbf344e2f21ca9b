//! The accept loop: connections that have come through TLS, if there is TLS.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::count::{Count, Counted};
use super::endpoint::Listener;
use crate::stream::BoxedStream;

/// How long a client may take for the TLS handshake.
const TLS_LIMIT: Duration = Duration::from_secs(10);

/// How long to wait after a failed accept. It fails when the process has no file descriptor left, and goes on failing.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

impl Connected for BoxedStream {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

/// Accepts until the stream is dropped, and counts the connections that are open. Every TLS handshake is a task of its
/// own: one that fails or hangs costs the others nothing.
pub(crate) fn connections(
    listener: Listener,
    tls: Option<TlsAcceptor>,
    open: Count,
) -> impl Stream<Item = io::Result<BoxedStream>> {
    let (ready, connections) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                () = ready.closed() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok(connection) => drop(tokio::spawn(secure(connection, tls.clone(), open.clone(), ready.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    });
    ReceiverStream::new(connections)
}

async fn secure(
    connection: BoxedStream,
    tls: Option<TlsAcceptor>,
    open: Count,
    ready: mpsc::Sender<io::Result<BoxedStream>>,
) {
    let secured = match tls {
        None => Ok(connection),
        Some(tls) => match tokio::time::timeout(TLS_LIMIT, tls.accept(connection)).await {
            Ok(stream) => stream.map(|stream| Box::new(stream) as BoxedStream),
            Err(late) => Err(io::Error::new(io::ErrorKind::TimedOut, late)),
        },
    };
    match secured {
        // It fails only when the server has stopped.
        Ok(connection) => drop(ready.send(Ok(Box::new(Open { connection, _counted: open.enter() }))).await),
        Err(error) => tracing::warn!(%error, "refused a connection"),
    }
}

/// A connection that is counted while it is open.
struct Open {
    connection: BoxedStream,
    _counted: Counted,
}

impl AsyncRead for Open {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Open {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }
}
