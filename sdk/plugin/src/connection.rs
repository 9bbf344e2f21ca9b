//! The bytes under gRPC: a socket, and TLS where both sides have a certificate.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::codegen::{Service, http::Uri};
use tonic::transport::{Channel, Endpoint};

use crate::handshake::Place;
use crate::trust;

/// An error's text is a header, and some providers quote whole documents. As much as Go takes.
const MAX_HEADER_BYTES: u32 = 16 << 20;

/// Connects to a provider.
pub(crate) async fn connect(place: Place, tls: Option<TlsConnector>) -> Result<Channel, tonic::transport::Error> {
    // The address is for the `:authority` header alone.
    let endpoint = Endpoint::from_static("http://localhost").http2_max_header_list_size(MAX_HEADER_BYTES);
    endpoint.connect_with_connector(Connector { place, tls }).await
}

trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// Opens connections for a channel.
#[derive(Clone)]
struct Connector {
    place: Place,
    tls: Option<TlsConnector>,
}

impl Connector {
    async fn open(self) -> io::Result<Box<dyn Bytes>> {
        let stream: Box<dyn Bytes> = match self.place {
            #[cfg(unix)]
            Place::Unix(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
            #[cfg(not(unix))]
            Place::Unix(_) => return Err(io::Error::new(io::ErrorKind::Unsupported, "unix sockets are not to be had")),
            Place::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        };
        let Some(tls) = self.tls else { return Ok(stream) };
        let name = ServerName::try_from(trust::NAME).map_err(io::Error::other)?;
        Ok(Box::new(tls.connect(name, stream).await?))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Box<dyn Bytes>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.open().await.map(TokioIo::new) })
    }
}
