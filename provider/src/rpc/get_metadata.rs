//! GetMetadata: the names of what the provider has.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::get_metadata;

use super::answer::{Answered, asks};
use super::capabilities::capabilities;
use super::registry::Registry;

asks! {
    get_metadata "GetMetadata";
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    _: Arc<get_metadata::Request>,
) -> Answered<get_metadata::Request> {
    Ok(get_metadata::Response {
        server_capabilities: Some(capabilities()),
        resources: named(registry.kinds.names(), |type_name| get_metadata::ResourceMetadata { type_name }),
        data_sources: named(registry.data_sources.names(), |type_name| get_metadata::DataSourceMetadata { type_name }),
        ephemeral_resources: named(registry.ephemeral.names(), |type_name| get_metadata::EphemeralMetadata {
            type_name,
        }),
        list_resources: named(registry.lists.names(), |type_name| get_metadata::ListResourceMetadata { type_name }),
        actions: named(registry.actions.names(), |type_name| get_metadata::ActionMetadata { type_name }),
        functions: named(registry.functions.names(), |name| get_metadata::FunctionMetadata { name }),
        ..get_metadata::Response::default()
    })
}

fn named<T>(names: Vec<&str>, metadata: impl Fn(String) -> T) -> Vec<T> {
    names.into_iter().map(|name| metadata(name.to_owned())).collect()
}
