//! The bytes under gRPC: a socket, and TLS where both sides have a certificate.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::codegen::{Service, http::Uri};
use tonic::transport::{Channel, Endpoint};

use crate::address::Address;
use crate::certificate;
use crate::stream::BoxedStream;

/// An error's text is a header, and some providers quote whole documents. As much as Go takes.
const MAX_HEADER_BYTES: u32 = 16 << 20;

/// Connects to a plugin.
pub(crate) async fn connect(address: Address, tls: Option<TlsConnector>) -> Result<Channel, tonic::transport::Error> {
    // This address is for the `:authority` header alone.
    let endpoint = Endpoint::from_static("http://localhost").http2_max_header_list_size(MAX_HEADER_BYTES);
    endpoint.connect_with_connector(Connector { address, tls }).await
}

/// Opens connections for a channel.
#[derive(Clone)]
struct Connector {
    address: Address,
    tls: Option<TlsConnector>,
}

impl Connector {
    async fn open(self) -> io::Result<BoxedStream> {
        let stream: BoxedStream = match self.address {
            #[cfg(unix)]
            Address::Unix(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
            #[cfg(not(unix))]
            Address::Unix(_) => {
                return Err(io::Error::new(io::ErrorKind::Unsupported, "unix sockets are not to be had"));
            }
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        };
        let Some(tls) = self.tls else { return Ok(stream) };
        let name = ServerName::try_from(certificate::NAME).map_err(io::Error::other)?;
        Ok(Box::new(tls.connect(name, stream).await?))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<BoxedStream>;
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
