//! The bytes under gRPC.

use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection of any kind: a unix socket or TCP, with TLS or without. Behind one type, so that HTTP is compiled once.
pub(crate) type BoxedStream = Box<dyn Stream>;
