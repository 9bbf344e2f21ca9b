//! The services on a connection.

use rosa_ecr_proto::goplugin::ConnInfo;
use rosa_ecr_proto::goplugin::grpc_broker_client::GrpcBrokerClient;
use rosa_ecr_proto::goplugin::grpc_stdio_client::GrpcStdioClient;
use rosa_ecr_proto::health::health_check_response::ServingStatus;
use rosa_ecr_proto::health::{HealthCheckRequest, HealthListRequest, health_client::HealthClient};
use rosa_ecr_proto::tfplugin6::{DynamicValue, validate_resource_config};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request};

use crate::host::{self, Plugin};
use crate::plugin::PANICS;

/// Mebibytes.
const MIB: usize = 1 << 20;

fn config(type_name: &str, size: usize) -> validate_resource_config::Request {
    validate_resource_config::Request {
        type_name: type_name.to_owned(),
        config: Some(DynamicValue { msgpack: vec![0xc0; size], ..Default::default() }),
        ..Default::default()
    }
}

pub fn the_plugin_is_healthy() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        let channel = plugin.connect(&line).await;
        for service in ["plugin", ""] {
            let answer = host::health(&channel, service).await.expect("an answer").into_inner();
            assert_eq!(answer.status(), ServingStatus::Serving, "`{service}`");
        }
        let unknown = host::health(&channel, "provider").await.expect_err("there is no such service");
        assert_eq!(unknown.code(), Code::NotFound);
        let list = HealthClient::new(channel).list(HealthListRequest {}).await.expect("an answer").into_inner();
        let serving = list.statuses.values().filter(|status| status.status() == ServingStatus::Serving).count();
        assert_eq!((list.statuses.len(), serving), (2, 2), "{list:?}");
    });
}

pub fn health_is_watched_until_the_end() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        let channel = plugin.connect(&line).await;
        for (service, status) in [("plugin", ServingStatus::Serving), ("provider", ServingStatus::ServiceUnknown)] {
            let request = HealthCheckRequest { service: service.to_owned() };
            let mut watch = HealthClient::new(channel.clone()).watch(request).await.expect("an answer").into_inner();
            let first = watch.message().await.expect("no error").expect("a status");
            assert_eq!(first.status(), status, "`{service}`");
        }
    });
}

pub fn output_and_broker_streams_stay_open() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        let channel = plugin.connect(&line).await;
        let mut output = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.expect("a stream").into_inner();
        let knocks = tokio_stream::iter([ConnInfo::default(), ConnInfo::default()]);
        let heard = futures::StreamExt::chain(knocks, futures::stream::pending());
        let mut broker =
            GrpcBrokerClient::new(channel.clone()).start_stream(heard).await.expect("a stream").into_inner();
        let quiet = tokio::time::timeout(std::time::Duration::from_millis(300), async {
            tokio::select! {
                end = output.message() => format!("{end:?}"),
                end = broker.message() => format!("{end:?}"),
            }
        });
        assert!(quiet.await.is_err(), "a stream said something or ended");
        host::shutdown(&channel).await;
        assert!(matches!(output.message().await, Ok(None)), "the stream ends in peace");
        assert!(matches!(broker.message().await, Ok(None)), "the stream ends in peace");
    });
    assert!(plugin.remains().status.success());
}

pub fn large_messages_pass() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        let mut provider = host::provider(&plugin.connect(&line).await);
        for size in [5 * MIB, 40 * MIB] {
            let request = config("weather_report", size);
            let answer = provider.validate_resource_config(request).await.expect("an answer").into_inner();
            let diagnostic = answer.diagnostics.first().expect("a diagnostic");
            assert_eq!((diagnostic.summary.as_str(), diagnostic.detail.len()), (size.to_string().as_str(), size));
        }
    });
}

pub fn a_panic_ends_one_call() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        let channel = plugin.connect(&line).await;
        let (mut provider, mut other) = (host::provider(&channel), host::provider(&channel));
        let in_flight =
            tokio::spawn(async move { other.apply_resource_change(Request::new(Default::default())).await });
        host::applying(&channel).await;
        let error = provider.validate_resource_config(config(PANICS, 0)).await.expect_err("a panic is an error");
        assert_eq!(error.code(), Code::Internal, "{error:?}");
        assert!(!error.message().contains("it rains"), "a panic may quote secrets: {error:?}");
        let answer = provider.validate_resource_config(config("weather_report", 1)).await;
        assert!(answer.is_ok(), "the connection lives on: {answer:?}");
        provider.stop_provider(Request::new(Default::default())).await.expect("an answer");
        let answer = in_flight.await.expect("no panic here");
        assert!(answer.is_ok(), "calls in flight live on: {answer:?}");
    });
}

pub fn an_unknown_service_is_unimplemented() {
    let (plugin, line) = Plugin::hosted(&[]);
    host::run(async {
        let mut client = Grpc::new(plugin.connect(&line).await);
        client.ready().await.expect("a connection");
        let path = PathAndQuery::from_static("/tfplugin5.Provider/GetSchema");
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        let error = client.unary(Request::new(()), path, codec).await.expect_err("it is unknown");
        assert_eq!(error.code(), Code::Unimplemented, "{error:?}");
        assert!(error.message().contains("tfplugin5.Provider"), "{error:?}");
    });
}
