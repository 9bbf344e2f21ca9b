//! Each service has exactly the RPCs of its protocol, streaming the ones that stream.
//!
//! The lists are written from the protocols' sources, not from `idl`, so that an RPC forgotten there fails here.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::{DescriptorProto, MethodDescriptorProto};

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

/// All but provisioners, list resources and actions.
#[test]
fn the_provider_of_version_5_manages_resources() {
    assert_eq!(rosa_ecr_proto::tfplugin5::provider_server::SERVICE_NAME, "tfplugin5.Provider");
    assert_rpcs(
        "tfplugin5.proto",
        "tfplugin5.Provider",
        &[
            "ApplyResourceChange",
            "CallFunction",
            "CloseEphemeralResource",
            "Configure",
            "GetFunctions",
            "GetMetadata",
            "GetResourceIdentitySchemas",
            "GetSchema",
            "ImportResourceState",
            "MoveResourceState",
            "OpenEphemeralResource",
            "PlanResourceChange",
            "PrepareProviderConfig",
            "ReadDataSource",
            "ReadResource",
            "RenewEphemeralResource",
            "Stop",
            "UpgradeResourceIdentity",
            "UpgradeResourceState",
            "ValidateDataSourceConfig",
            "ValidateEphemeralResourceConfig",
            "ValidateResourceTypeConfig",
        ],
    );
}

/// A host that speaks both passes messages of one version on as messages of the other.
#[test]
fn messages_of_one_name_have_the_same_fields_in_both_versions() {
    let (five, six) = (messages("tfplugin5.proto"), messages("tfplugin6.proto"));
    let renamed = [
        ("Configure", "ConfigureProvider"),
        ("Stop", "StopProvider"),
        ("ValidateDataSourceConfig", "ValidateDataResourceConfig"),
        ("ValidateResourceTypeConfig", "ValidateResourceConfig"),
    ];
    // Schemas differ, and protocol 6 has more of what a provider offers.
    let differ = ["PrepareProviderConfig", "Schema", "ServerCapabilities", "GetMetadata", "GetProviderSchema"];
    let mut compared = 0;
    for (name, message) in &five {
        if differ.contains(&name.as_str()) {
            continue;
        }
        let other = renamed.iter().find(|(five, _)| five == name).map_or(name.as_str(), |(_, six)| six);
        assert_eq!(fields(message), fields(&six[other]), "{name}");
        compared += 1;
    }
    assert!(compared > 20, "{compared} messages");
}

/// The messages of a file, by name.
fn messages(file: &str) -> BTreeMap<String, DescriptorProto> {
    let descriptors = protox::compile([file], [IDL]).unwrap_or_else(|error| panic!("{error:?}"));
    let own = descriptors.file.into_iter().filter(|descriptor| descriptor.name() == file);
    own.flat_map(|file| file.message_type).map(|message| (message.name().to_owned(), message)).collect()
}

/// What the bytes of a message depend on, without the version in the names of types.
fn fields(message: &DescriptorProto) -> BTreeSet<String> {
    let nested = message
        .nested_type
        .iter()
        .flat_map(|nested| fields(nested).into_iter().map(move |field| format!("{}.{field}", nested.name())));
    let own = message.field.iter().map(|field| {
        let ty = field.type_name().trim_start_matches(".tfplugin5.").trim_start_matches(".tfplugin6.");
        let ty = ty.split_once('.').map_or(ty, |(_, inner)| inner);
        format!("{} = {} {:?} {:?} {ty}", field.name(), field.number(), field.r#type(), field.label())
    });
    own.chain(nested).collect()
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
