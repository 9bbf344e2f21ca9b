//! List resources: objects found by a query.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostics, ListKind, Provider, Value, conform};
use rosa_ecr_proto::tfplugin6::{DynamicValue, list_resource, validate_list_resource_config};

use super::answer::{Answered, Events, asks, only};
use super::host::Host;
use super::identity;
use super::served::Served;
use super::session::told;
use rosa_ecr_wire as wire;

asks! {
    validate_list_resource_config "ValidateListResourceConfig" of type_name;
}

asks! {
    list_resource::Request, "ListResource" of type_name, Events<list_resource::Event>: why => {
        only(said(why))
    };
}

pub(super) async fn validate<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<validate_list_resource_config::Request>,
) -> Answered<validate_list_resource_config::Request> {
    let list = host.list(&request.type_name)?;
    let query = read(&list, request.config.as_ref())?;
    Ok(validate_list_resource_config::Response { diagnostics: wire::diagnostics(&list.validate(&query)) })
}

pub(super) async fn list<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<list_resource::Request>,
) -> Answered<list_resource::Request> {
    let (list, kind) = (host.list(&request.type_name)?, host.kind(&request.type_name)?);
    let query = read(&list, request.config.as_ref())?;
    let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0);
    let call = host.session.reading()?;
    let (found, warnings) = told(&call, list.list(&call, &query, limit).await)?;
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
        events.insert(0, said(&warnings));
    }
    Ok(Box::pin(tokio_stream::iter(events.into_iter().map(Ok))))
}

/// The query; one that is not there says nothing.
fn read<C>(list: &Served<dyn ListKind<C>>, config: Option<&DynamicValue>) -> Result<Value, Diagnostics> {
    Ok(match list.read_value("query", config)? {
        Value::Null => conform(&list.schema().block, Value::Map(Default::default())),
        query => query,
    })
}

/// An event without an object.
fn said(diagnostics: &Diagnostics) -> list_resource::Event {
    list_resource::Event { diagnostic: wire::diagnostics(diagnostics), ..list_resource::Event::default() }
}
