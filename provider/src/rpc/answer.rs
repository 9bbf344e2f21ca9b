//! What is around every RPC: a task of its own, a place for panics to end, a line in the log.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use rosa_ecr_model::guard::Panic;
use rosa_ecr_model::{Diagnostic, Diagnostics, Provider};
use tokio::task::JoinHandle;
use tokio_stream::Stream;
use tonic::{Response, Status};
use tracing::{Instrument as _, Span};

use super::registry::Registry;

/// A request, and how to answer it with nothing but errors. Implement it with [`asks!`].
pub trait Ask: Send + Sync + 'static {
    /// The response.
    type Answer: Send + 'static;

    /// The name of the RPC.
    const RPC: &'static str;

    /// The type name that it is about; empty if it is about the provider.
    fn subject(&self) -> &str {
        ""
    }

    /// The answer when it could not be done.
    fn refuse(&self, why: &Diagnostics) -> Self::Answer;
}

/// What an RPC's function gives.
pub(super) type Answered<Q> = Result<<Q as Ask>::Answer, Diagnostics>;

/// A response of several messages.
pub type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// A response of several messages that is only this one.
pub(super) fn only<T: Send + 'static>(event: T) -> Events<T> {
    Box::pin(tokio_stream::once(Ok(event)))
}

/// Implements [`Ask`] for the requests of message modules: `module "RPC"`, then `of` the field with the type name,
/// then which fields of a refusal repeat which fields of the request.
///
/// A refusal's messages are its `diagnostics`; responses that have no such field spell it out behind `=>`.
macro_rules! asks {
    ($($module:ident $rpc:literal $(of $subject:ident)? $(repeats $($answer:ident = $request:ident),+)?;)+) => {$(
        impl $crate::rpc::answer::Ask for rosa_ecr_proto::tfplugin6::$module::Request {
            type Answer = rosa_ecr_proto::tfplugin6::$module::Response;
            const RPC: &'static str = $rpc;

            $(fn subject(&self) -> &str {
                &self.$subject
            })?

            #[allow(clippy::needless_update, reason = "some responses have diagnostics alone")]
            fn refuse(&self, why: &rosa_ecr_model::Diagnostics) -> Self::Answer {
                Self::Answer {
                    diagnostics: rosa_ecr_wire::diagnostics(why),
                    $($($answer: self.$request.clone(),)+)?
                    ..Self::Answer::default()
                }
            }
        }
    )+};
    ($($request:ty, $rpc:literal $(of $subject:ident)?, $answer:ty: $why:ident => $refusal:expr;)+) => {$(
        impl $crate::rpc::answer::Ask for $request {
            type Answer = $answer;
            const RPC: &'static str = $rpc;

            $(fn subject(&self) -> &str {
                &self.$subject
            })?

            fn refuse(&self, $why: &rosa_ecr_model::Diagnostics) -> Self::Answer {
                $refusal
            }
        }
    )+};
}
pub(super) use asks;

/// Answers one RPC with `work`, whatever becomes of it.
pub(super) async fn answer<P, Q, W, F>(
    registry: &Result<Arc<Registry<P>>, Diagnostics>,
    request: Q,
    work: W,
) -> Result<Response<Q::Answer>, Status>
where
    P: Provider,
    Q: Ask,
    W: FnOnce(Arc<Registry<P>>, Arc<Q>) -> F,
    F: Future<Output = Answered<Q>> + Send + 'static,
{
    let registry = match registry {
        Ok(registry) => registry,
        Err(undefined) => return Ok(Response::new(request.refuse(undefined))),
    };
    let request = Arc::new(request);
    let answered = begin(&*request, work(registry.clone(), request.clone())).ended(&*request).await;
    Ok(Response::new(answered.unwrap_or_else(|diagnostics| request.refuse(&diagnostics))))
}

/// Work for a request, under way in a task of its own.
pub(super) struct Begun<T> {
    task: JoinHandle<Result<T, Diagnostics>>,
    started: Instant,
    span: Span,
}

/// Begins the work for a request.
pub(super) fn begin<Q, T, F>(request: &Q, work: F) -> Begun<T>
where
    Q: Ask,
    T: Send + 'static,
    F: Future<Output = Result<T, Diagnostics>> + Send + 'static,
{
    let started = Instant::now();
    // A span of the highest level, so that every line from inside says whose it is.
    let span = tracing::error_span!("rpc", tf_rpc = Q::RPC, tf_type = request.subject());
    Begun { task: tokio::spawn(work.instrument(span.clone())), started, span }
}

impl<T> Begun<T> {
    /// What it came to.
    pub(super) async fn ended<Q: Ask>(self, request: &Q) -> Result<T, Diagnostics> {
        let Self { task, started, span } = self;
        let answered = task.await.unwrap_or_else(|failure| {
            let message = match failure.try_into_panic() {
                Ok(payload) => Panic::of_payload(payload).message().to_owned(),
                Err(_) => "the process is ending".to_owned(),
            };
            span.in_scope(|| tracing::error!("the call panicked"));
            Err(panicked(Q::RPC, request.subject(), &message).into())
        });
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        span.in_scope(|| tracing::debug!(elapsed_ms, refused = answered.is_err(), "answered"));
        answered
    }
}

/// Why there is no provider to ask.
pub(super) fn undefined<P: Provider>(panic: &Panic) -> Diagnostic {
    let whose = match panic.operation() {
        Some((name, method)) => format!("`{method}` of {name}"),
        None => format!("the definitions of {}", P::NAME),
    };
    Diagnostic::error(format!("The provider panicked in {whose}"))
        .detail(format!("This is a bug in the provider. Its message is: {}", panic.message()))
        .fix("Please report it, with the log that TF_LOG=debug gives.")
}

fn panicked(rpc: &str, subject: &str, message: &str) -> Diagnostic {
    let whose = if subject.is_empty() { String::new() } else { format!(" of {subject}") };
    Diagnostic::error(format!("The provider panicked in {rpc}{whose}"))
        .detail(format!("This is a bug in the provider. Its message is: {message}"))
        .fix(
            "Please report it, with the log that TF_LOG=debug gives. What was being done may be done in part: a new plan \
             shows what is there.",
        )
}
