//! List resources: objects found by a query. There are none yet.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::list_resource;

use super::answer::{Answered, Ask, Events, asks, only};
use super::host::Host;
use crate::wire;

asks! {
    validate_list_resource_config "ValidateListResourceConfig" of type_name;
}

asks! {
    list_resource::Request, "ListResource" of type_name, Events<list_resource::Event>: why => {
        only(list_resource::Event { diagnostic: wire::diagnostics(why), ..list_resource::Event::default() })
    };
}

pub(super) async fn absent<P: Provider, Q: Ask>(host: Arc<Host<P>>, request: Arc<Q>) -> Answered<Q> {
    host.absent("list resource", request.subject())
}
