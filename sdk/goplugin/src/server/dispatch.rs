//! Which service a call is for, and what becomes of a call that panics, or whose connection breaks.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use rosa_ecr_proto::goplugin::grpc_broker_server::{self, GrpcBrokerServer};
use rosa_ecr_proto::goplugin::grpc_controller_server::{self, GrpcControllerServer};
use rosa_ecr_proto::goplugin::grpc_stdio_server::{self, GrpcStdioServer};
use rosa_ecr_proto::health::health_server::{self, HealthServer};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::NamedService;

use super::count::Count;
use super::services::Process;

/// The plugin's own service: what tonic generates for a server.
pub trait PluginService:
    Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible, Future = Answer>
    + NamedService
    + Clone
    + Send
    + 'static
{
}

impl<S> PluginService for S where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible, Future = Answer>
        + NamedService
        + Clone
        + Send
        + 'static
{
}

type Answer = BoxFuture<http::Response<Body>, Infallible>;

/// All services of the connection.
#[derive(Clone)]
pub(crate) struct Dispatch<S> {
    plugin: S,
    controller: GrpcControllerServer<Process>,
    stdio: GrpcStdioServer<Process>,
    broker: GrpcBrokerServer<Process>,
    health: HealthServer<Process>,
    calls: Count,
}

impl<S> Dispatch<S> {
    /// The plugin's service and the process's own. Calls in flight are counted.
    pub(crate) fn new(plugin: S, process: Process, calls: Count) -> Self {
        let process = Arc::new(process);
        Self {
            plugin,
            controller: GrpcControllerServer::from_arc(process.clone()),
            stdio: GrpcStdioServer::from_arc(process.clone()),
            broker: GrpcBrokerServer::from_arc(process.clone()),
            health: HealthServer::from_arc(process),
            calls,
        }
    }
}

impl<S: PluginService> Service<http::Request<Body>> for Dispatch<S> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        // A path is `/<service>/<method>`.
        let answer = match request.uri().path().split('/').nth(1).unwrap_or_default() {
            plugin if plugin == S::NAME => self.plugin.call(request),
            grpc_controller_server::SERVICE_NAME => self.controller.call(request),
            grpc_stdio_server::SERVICE_NAME => self.stdio.call(request),
            grpc_broker_server::SERVICE_NAME => self.broker.call(request),
            health_server::SERVICE_NAME => self.health.call(request),
            unknown => {
                let status = Status::unimplemented(format!("there is no service `{unknown}`"));
                return Box::pin(async move { Ok(status.into_http()) });
            }
        };
        // A task of its own: with its connection gone, a call that is changing objects still comes to an end.
        let counted = self.calls.enter();
        let call = tokio::spawn(async move {
            let _counted = counted;
            answer.await
        });
        Box::pin(async move {
            call.await.unwrap_or_else(|_| {
                // What panicked, and where, is in the log: the panic hook has seen it.
                Ok(Status::internal("the provider panicked, which is a bug in it; its log says where").into_http())
            })
        })
    }
}
