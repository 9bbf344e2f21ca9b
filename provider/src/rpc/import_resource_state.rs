//! ImportResourceState: an object that exists already.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Diagnostics, Provider};
use rosa_ecr_proto::tfplugin6::import_resource_state;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::identity;
use super::private_state;
use super::registry::Registry;

asks! {
    import_resource_state "ImportResourceState" of type_name;
}

pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<import_resource_state::Request>,
) -> Answered<import_resource_state::Request> {
    let kind = registry.kind(&request.type_name)?;
    let given = identity::read(&kind, request.identity.as_ref())?;
    let id = match (request.id.as_str(), &given) {
        ("", identity) if identity.is_null() => return Err(nothing_given(&request.type_name)),
        ("", identity) => kind.import_id(identity)?,
        (id, _) => id.to_owned(),
    };
    let imported = kind.import(&registry.session.reading()?, &id).await;
    let warnings = imported.diagnostics.into_result()?;
    if imported.state.is_null() {
        return Err(Diagnostic::error(format!("There is no {} \"{id}\"", request.type_name))
            .detail("Nothing of that id was found.")
            .fix("Check the id, and the account and region of the provider.")
            .into());
    }
    let identity = identity::merge(&kind, &given, &kind.identity_of(&imported.state)).map_err(|name| {
        Diagnostic::error(format!("The {} \"{id}\" is not the one to import", request.type_name))
            .detail(format!("What was found has another \"{name}\" than the identity that is given."))
            .fix(format!("Correct \"{name}\", leave it out, or choose the provider configuration that it belongs to."))
            .at(name)
    })?;
    let resource = import_resource_state::ImportedResource {
        type_name: request.type_name.clone(),
        state: kind.write_value("imported state", &imported.state)?,
        identity: identity::write(&kind, &identity)?,
        private: private_state::new_token(),
    };
    Ok(import_resource_state::Response {
        imported_resources: vec![resource],
        diagnostics: wire::diagnostics(&warnings),
        ..import_resource_state::Response::default()
    })
}

fn nothing_given(type_name: &str) -> Diagnostics {
    Diagnostic::error(format!("{type_name} is imported by id"))
        .detail("The import has neither an id nor an identity.")
        .fix("Set \"id\" or \"identity\" in the \"import\" block, or give an id to the import command.")
        .into()
}
