//! ValidateListResourceConfig: what is wrong with a list block, as far as it is known.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::validate_list_resource_config;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::list_query;
use super::registry::Registry;

asks! {
    validate_list_resource_config "ValidateListResourceConfig" of type_name;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<validate_list_resource_config::Request>,
) -> Answered<validate_list_resource_config::Request> {
    let list = registry.list(&request.type_name)?;
    let query = list_query::read(&list, request.config.as_ref())?;
    Ok(validate_list_resource_config::Response { diagnostics: wire::diagnostics(&list.validate(&query)) })
}
