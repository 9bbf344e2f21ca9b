//! The plugin's end: from the host's terms to the last answer.
//!
//! ```text
//! negotiation  is there a host, which versions, which certificate      <- environment
//! endpoint     a socket
//! Server       accept -> dispatch -> the plugin's service, or the process's own (services)
//!              until the host calls Shutdown or is gone (parent), or a signal asks to end (signals)
//! ```

pub(crate) mod accept;
pub(crate) mod count;
pub(crate) mod dispatch;
pub(crate) mod endpoint;
pub(crate) mod negotiation;
pub(crate) mod parent;
pub(crate) mod services;
pub(crate) mod signals;

use std::future::Future;
use std::io;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use self::count::Count;
use self::dispatch::Dispatch;
pub use self::dispatch::PluginService;
use self::endpoint::{BindError, Endpoint};
use self::negotiation::Terms;
use self::parent::Parent;
use self::services::Process;
use self::signals::Interrupt;
use crate::address::Address;
use crate::certificate::{ServerTls, TlsError};
use crate::environment::Environment;
use crate::handshake::Handshake;

/// How long answers may take after the host asked to exit. It has taken all that it waits for, and kills the process
/// after two seconds.
const EXIT_GRACE: Duration = Duration::from_millis(500);

/// How long calls in flight may take to come to an end after a signal: what they return is the state of real objects.
const SIGNAL_GRACE: Duration = Duration::from_secs(10);

/// How long they may take when the host is gone, and nothing reads what they return.
const ABANDONED_GRACE: Duration = Duration::from_secs(3);

/// A plugin that listens, and serves as soon as somebody knows where.
pub struct Server {
    endpoint: Endpoint,
    tls: Option<ServerTls>,
    /// Resolves when a signal asks to end.
    signal: BoxFuture<'static, ()>,
    /// The process that has started this one, if it is a host.
    host: Option<Parent>,
}

/// Why it does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Signals cannot be handled.
    #[error(transparent)]
    Signals(io::Error),
    /// There is nothing to listen on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// There is no TLS.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] TlsError),
}

impl Server {
    /// Listens for the host that started this process, and gives the line that tells it where, which goes to stdout. From
    /// now on an interrupt is the host's to act on. It has to be called within a tokio runtime.
    ///
    /// # Errors
    /// If there is no socket, or no certificate, to be had.
    pub fn for_host(environment: &Environment, terms: Terms) -> Result<(Self, Handshake), ServeError> {
        // Before the line is printed: a host that is gone by then cannot read it.
        let host = Some(Parent::of_process());
        let signal = signals::asking_to_end(Interrupt::Ignored).map_err(ServeError::Signals)?;
        let endpoint = Endpoint::bind(environment)?;
        let tls = terms.client.map(ServerTls::new).transpose()?;
        let handshake = Handshake {
            protocol: terms.protocol,
            address: endpoint.address.clone(),
            certificate: tls.as_ref().map(|tls| tls.certificate.clone()),
            multiplexing: terms.multiplexing_asked.then_some(false),
        };
        Ok((Self { endpoint, tls, signal: Box::pin(signal), host }, handshake))
    }

    /// Listens for a client that attaches, in plaintext, until an interrupt. It has to be called within a tokio runtime.
    ///
    /// # Errors
    /// If there is no socket to be had.
    pub fn for_debugger(environment: &Environment) -> Result<Self, ServeError> {
        let signal = signals::asking_to_end(Interrupt::Ends).map_err(ServeError::Signals)?;
        Ok(Self { endpoint: Endpoint::bind(environment)?, tls: None, signal: Box::pin(signal), host: None })
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.endpoint.address
    }

    /// Serves until the host asks to exit, a signal asks to end, or the host is gone, if there is one. The last two run
    /// `cancel`, which cancels calls in flight as the host would, and wait for what they return.
    pub async fn serve(self, plugin: impl PluginService, cancel: impl Future<Output = ()>) {
        let Self { endpoint, tls, signal, host } = self;
        let stop = CancellationToken::new();
        let (connections, calls) = (Count::default(), Count::default());
        // What is left of the endpoint, its files, goes with the end of this function.
        let Endpoint { listener, address, .. } = endpoint;
        let serving = tonic::transport::Server::builder().serve_with_incoming_shutdown(
            Dispatch::new(plugin, Process { stop: stop.clone() }, calls.clone()),
            accept::connections(listener, tls.map(|tls| tls.acceptor), connections.clone()),
            stop.clone().cancelled_owned(),
        );
        tokio::pin!(serving);
        tracing::debug!(%address, "serving");
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
                cancel.await;
                stop.cancel();
            }
            let _ = serving.await;
            calls.none().await;
        };
        if tokio::time::timeout(grace, end).await.is_err() {
            tracing::warn!("exiting with calls unanswered");
        }
    }
}
