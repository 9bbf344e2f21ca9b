//! ListResource: objects found by a query.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostics, Provider};
use rosa_ecr_proto::tfplugin6::list_resource;
use rosa_ecr_wire as wire;

use super::answer::{Answered, Events, asks, only};
use super::identity;
use super::list_query;
use super::registry::Registry;
use super::session::with_warnings;

asks! {
    list_resource::Request, "ListResource" of type_name, Events<list_resource::Event>: why => {
        only(message(why))
    };
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<list_resource::Request>,
) -> Answered<list_resource::Request> {
    let (list, kind) = (registry.list(&request.type_name)?, registry.kind(&request.type_name)?);
    let query = list_query::read(&list, request.config.as_ref())?;
    let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0);
    let call = registry.session.reading()?;
    let (found, warnings) = with_warnings(&call, list.list(&call, &query, limit).await)?;
    let objects = found.into_iter().map(|object| {
        let resource_object = match request.include_resource_object {
            true => kind.write_value("state", &object.state)?,
            false => None,
        };
        Ok(list_resource::Event {
            identity: identity::write(&kind, &object.identity)?,
            display_name: object.display_name,
            resource_object,
            ..list_resource::Event::default()
        })
    });
    let mut events = objects.collect::<Result<Vec<_>, Diagnostics>>()?;
    if !warnings.is_empty() {
        events.insert(0, message(&warnings));
    }
    Ok(Box::pin(tokio_stream::iter(events.into_iter().map(Ok))))
}

/// An event without an object.
fn message(diagnostics: &Diagnostics) -> list_resource::Event {
    list_resource::Event { diagnostic: wire::diagnostics(diagnostics), ..list_resource::Event::default() }
}
