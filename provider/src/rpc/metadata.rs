//! What the provider offers: names, schemas and capabilities.

use std::sync::Arc;

use rosa_ecr_model::{Provider, Schema};
use rosa_ecr_proto::tfplugin6::{ServerCapabilities, get_metadata, get_provider_schema};

use super::answer::{Answered, asks};
use super::host::Host;
use rosa_ecr_wire as wire;

asks! {
    get_metadata "GetMetadata";
    get_provider_schema "GetProviderSchema";
}

/// What this server does beyond the protocol's floor.
fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}

pub(super) async fn names<P: Provider>(
    host: Arc<Host<P>>,
    _: Arc<get_metadata::Request>,
) -> Answered<get_metadata::Request> {
    Ok(get_metadata::Response {
        server_capabilities: Some(capabilities()),
        resources: named(host.kinds.names(), |type_name| get_metadata::ResourceMetadata { type_name }),
        data_sources: named(host.data_sources.names(), |type_name| get_metadata::DataSourceMetadata { type_name }),
        ephemeral_resources: named(host.ephemeral.names(), |type_name| get_metadata::EphemeralMetadata { type_name }),
        list_resources: named(host.lists.names(), |type_name| get_metadata::ListResourceMetadata { type_name }),
        functions: named(host.functions.names(), |name| get_metadata::FunctionMetadata { name }),
        ..get_metadata::Response::default()
    })
}

fn named<T>(names: Vec<&str>, metadata: impl Fn(String) -> T) -> Vec<T> {
    names.into_iter().map(|name| metadata(name.to_owned())).collect()
}

pub(super) async fn schemas<P: Provider>(
    host: Arc<Host<P>>,
    _: Arc<get_provider_schema::Request>,
) -> Answered<get_provider_schema::Request> {
    Ok(get_provider_schema::Response {
        provider: Some(wire::schema(&Schema { version: 0, block: host.block.clone() })),
        resource_schemas: host.kinds.map(|kind| wire::schema(kind.schema())),
        data_source_schemas: host.data_sources.map(|kind| wire::schema(kind.schema())),
        ephemeral_resource_schemas: host.ephemeral.map(|kind| wire::schema(kind.schema())),
        list_resource_schemas: host.lists.map(|kind| wire::schema(kind.schema())),
        functions: host.functions.map(wire::function),
        server_capabilities: Some(capabilities()),
        ..get_provider_schema::Response::default()
    })
}
