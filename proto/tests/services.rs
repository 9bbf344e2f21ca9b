//! Each service has exactly the RPCs of its protocol, streaming the ones that stream.
//!
//! The lists are written from the protocols' sources, not from `idl`, so that an RPC forgotten there fails here.

use prost_types::MethodDescriptorProto;

const IDL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/idl");

/// An RPC as the lists below write it: its name, with `stream` on the side or sides that stream.
fn signature(rpc: &MethodDescriptorProto) -> String {
    let requests = if rpc.client_streaming() { "stream " } else { "" };
    let responses = if rpc.server_streaming() { " -> stream" } else { "" };
    format!("{requests}{}{responses}", rpc.name())
}

#[track_caller]
fn assert_rpcs(file: &str, service: &str, expected: &[&str]) {
    let descriptors = protox::compile([file], [IDL]).unwrap_or_else(|error| panic!("{error:?}"));
    let mut found: Vec<String> = descriptors
        .file
        .iter()
        .flat_map(|file| file.service.iter().map(|service| (file.package(), service)))
        .filter(|(package, descriptor)| format!("{package}.{}", descriptor.name()) == service)
        .flat_map(|(_, descriptor)| descriptor.method.iter().map(signature))
        .collect();
    found.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected, "RPCs of {service} in idl/{file} (left) and in its protocol (right)");
}

#[test]
fn provider_is_version_6_10() {
    assert_eq!((rosa_ecr_proto::PROTOCOL_MAJOR, rosa_ecr_proto::PROTOCOL_MINOR), (6, 10));
    assert_eq!(rosa_ecr_proto::tfplugin6::provider_server::SERVICE_NAME, "tfplugin6.Provider");
    assert_rpcs(
        "tfplugin6.proto",
        "tfplugin6.Provider",
        &[
            "ApplyResourceChange",
            "CallFunction",
            "CloseEphemeralResource",
            "ConfigureProvider",
            "ConfigureStateStore",
            "DeleteState",
            "GenerateResourceConfig",
            "GetFunctions",
            "GetMetadata",
            "GetProviderSchema",
            "GetResourceIdentitySchemas",
            "GetStates",
            "ImportResourceState",
            "InvokeAction -> stream",
            "ListResource -> stream",
            "LockState",
            "MoveResourceState",
            "OpenEphemeralResource",
            "PlanAction",
            "PlanResourceChange",
            "ReadDataSource",
            "ReadResource",
            "ReadStateBytes -> stream",
            "RenewEphemeralResource",
            "StopProvider",
            "UnlockState",
            "UpgradeResourceIdentity",
            "UpgradeResourceState",
            "ValidateActionConfig",
            "ValidateDataResourceConfig",
            "ValidateEphemeralResourceConfig",
            "ValidateListResourceConfig",
            "ValidateProviderConfig",
            "ValidateResourceConfig",
            "ValidateStateStoreConfig",
            "stream WriteStateBytes",
        ],
    );
}

#[test]
fn goplugin_controls_streams_output_and_brokers() {
    assert_rpcs("goplugin.proto", "plugin.GRPCController", &["Shutdown"]);
    assert_rpcs("goplugin.proto", "plugin.GRPCStdio", &["StreamStdio -> stream"]);
    assert_rpcs("goplugin.proto", "plugin.GRPCBroker", &["stream StartStream -> stream"]);
}

#[test]
fn health_checks_lists_and_watches() {
    assert_rpcs("health.proto", "grpc.health.v1.Health", &["Check", "List", "Watch -> stream"]);
}
