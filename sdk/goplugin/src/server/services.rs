//! go-plugin's own services and gRPC's health service: what a host asks about the process and not about the provider.

use futures::stream::{self, BoxStream, StreamExt as _};
use rosa_ecr_proto::goplugin::grpc_broker_server::GrpcBroker;
use rosa_ecr_proto::goplugin::grpc_controller_server::GrpcController;
use rosa_ecr_proto::goplugin::grpc_stdio_server::GrpcStdio;
use rosa_ecr_proto::goplugin::{ConnInfo, Empty, StdioData};
use rosa_ecr_proto::health::health_check_response::ServingStatus;
use rosa_ecr_proto::health::health_server::Health;
use rosa_ecr_proto::health::{HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

/// The services that are up as long as the process is: go-plugin's name for the plugin, and the server as a whole.
const HEALTHY: [&str; 2] = ["plugin", ""];

/// This process as its host sees it.
#[derive(Clone)]
pub(crate) struct Process {
    /// Ends the server, and with it every stream below.
    pub(crate) stop: CancellationToken,
}

impl Process {
    /// A stream of nothing that ends with the server.
    fn silence<T: Send + 'static>(&self) -> BoxStream<'static, Result<T, Status>> {
        stream::pending().take_until(self.stop.clone().cancelled_owned()).boxed()
    }
}

#[tonic::async_trait]
impl GrpcController for Process {
    /// The server answers what it has begun to answer, this call too, before it stops.
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("the host asks to exit");
        self.stop.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Process {
    type StreamStdioStream = BoxStream<'static, Result<StdioData, Status>>;

    /// Hosts read the real stderr, where the logs go, and throw away what this carries. So it carries nothing, and
    /// stays open: a host that sees it end takes the process for dead.
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(self.silence()))
    }
}

#[tonic::async_trait]
impl GrpcBroker for Process {
    type StartStreamStream = BoxStream<'static, Result<ConnInfo, Status>>;

    /// A provider opens no further connections and uses none, so it says nothing and reads what the host says to the
    /// end.
    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let heard = request.into_inner().filter_map(async |_| None);
        Ok(Response::new(heard.take_until(self.stop.clone().cancelled_owned()).boxed()))
    }
}

#[tonic::async_trait]
impl Health for Process {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let service = &request.get_ref().service;
        if HEALTHY.contains(&service.as_str()) {
            Ok(Response::new(status(ServingStatus::Serving)))
        } else {
            Err(Status::not_found(format!("there is no service `{service}`; the provider is `plugin`")))
        }
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        let statuses = HEALTHY.map(|service| (service.to_owned(), status(ServingStatus::Serving))).into();
        Ok(Response::new(HealthListResponse { statuses }))
    }

    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let known = HEALTHY.contains(&request.get_ref().service.as_str());
        let first = status(if known { ServingStatus::Serving } else { ServingStatus::ServiceUnknown });
        Ok(Response::new(stream::iter([Ok(first)]).chain(self.silence()).boxed()))
    }
}

fn status(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
