//! Which service a call is for, and what becomes of a call that panics, or whose connection breaks.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use rosa_ecr_proto::MAX_MESSAGE_BYTES;
use rosa_ecr_proto::goplugin::grpc_broker_server::{self, GrpcBrokerServer};
use rosa_ecr_proto::goplugin::grpc_controller_server::{self, GrpcControllerServer};
use rosa_ecr_proto::goplugin::grpc_stdio_server::{self, GrpcStdioServer};
use rosa_ecr_proto::health::health_server::{self, HealthServer};
use rosa_ecr_proto::tfplugin6::provider_server::{self, Provider, ProviderServer};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};

use super::count::Count;
use super::services::Process;

/// All services of the connection.
pub(crate) struct Dispatch<S> {
    provider: ProviderServer<S>,
    controller: GrpcControllerServer<Process>,
    stdio: GrpcStdioServer<Process>,
    broker: GrpcBrokerServer<Process>,
    health: HealthServer<Process>,
    calls: Count,
}

impl<S> Dispatch<S> {
    /// The provider's service and the process's own. Calls in flight are counted.
    pub(crate) fn new(provider: Arc<S>, process: Process, calls: Count) -> Self {
        let process = Arc::new(process);
        Self {
            provider: ProviderServer::from_arc(provider).max_decoding_message_size(MAX_MESSAGE_BYTES),
            controller: GrpcControllerServer::from_arc(process.clone()),
            stdio: GrpcStdioServer::from_arc(process.clone()),
            broker: GrpcBrokerServer::from_arc(process.clone()),
            health: HealthServer::from_arc(process),
            calls,
        }
    }
}

// Derived, it would want `S: Clone`.
impl<S> Clone for Dispatch<S> {
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            controller: self.controller.clone(),
            stdio: self.stdio.clone(),
            broker: self.broker.clone(),
            health: self.health.clone(),
            calls: self.calls.clone(),
        }
    }
}

impl<S: Provider> Service<http::Request<Body>> for Dispatch<S> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        // A path is `/<service>/<method>`.
        let service = request.uri().path().split('/').nth(1).unwrap_or_default();
        let answer = match service {
            provider_server::SERVICE_NAME => self.provider.call(request),
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
