//! What the provider offers: names, schemas and capabilities.

use std::sync::Arc;

use rosa_ecr_model::{Provider, Schema};
use rosa_ecr_proto::tfplugin6::{ServerCapabilities, get_metadata, get_provider_schema};

use super::answer::{Answered, asks};
use super::host::Host;
use crate::wire;

asks! {
    get_metadata "GetMetadata";
    get_provider_schema "GetProviderSchema";
}

/// What this server does beyond the protocol's floor.
fn capabilities() -> ServerCapabilities {
    ServerCapabilities { plan_destroy: true, get_provider_schema_optional: true, ..ServerCapabilities::default() }
}

pub(super) async fn names<P: Provider>(
    host: Arc<Host<P>>,
    _: Arc<get_metadata::Request>,
) -> Answered<get_metadata::Request> {
    let names = host.kinds.keys().map(|name| (*name).to_owned());
    Ok(get_metadata::Response {
        server_capabilities: Some(capabilities()),
        resources: names.map(|type_name| get_metadata::ResourceMetadata { type_name }).collect(),
        ..get_metadata::Response::default()
    })
}

pub(super) async fn schemas<P: Provider>(
    host: Arc<Host<P>>,
    _: Arc<get_provider_schema::Request>,
) -> Answered<get_provider_schema::Request> {
    let resources = host.kinds.iter().map(|(name, kind)| ((*name).to_owned(), wire::schema(kind.schema())));
    Ok(get_provider_schema::Response {
        provider: Some(wire::schema(&Schema { version: 0, block: host.block.clone() })),
        resource_schemas: resources.collect(),
        server_capabilities: Some(capabilities()),
        ..get_provider_schema::Response::default()
    })
}
