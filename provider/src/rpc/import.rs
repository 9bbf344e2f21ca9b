//! Objects that exist already.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Provider};
use rosa_ecr_proto::tfplugin6::{generate_resource_config, import_resource_state};

use super::answer::{Answered, asks};
use super::host::Host;
use crate::wire;

asks! {
    import_resource_state "ImportResourceState" of type_name;
    generate_resource_config "GenerateResourceConfig" of type_name;
}

pub(super) async fn import<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<import_resource_state::Request>,
) -> Answered<import_resource_state::Request> {
    let kind = host.kind(&request.type_name)?;
    if request.id.is_empty() {
        return Err(Diagnostic::error(format!("{} is imported by id", request.type_name))
            .detail("The import has no id.")
            .fix("Set \"id\" in the \"import\" block, or give it to the import command.")
            .into());
    }
    let imported = kind.import(&host.session.call()?, &request.id).await;
    let warnings = imported.diagnostics.into_result()?;
    if imported.state.is_null() {
        return Err(Diagnostic::error(format!("There is no {} \"{}\"", request.type_name, request.id))
            .detail("Nothing of that id was found.")
            .fix("Check the id, and the account and region of the provider.")
            .into());
    }
    let resource = import_resource_state::ImportedResource {
        type_name: request.type_name.clone(),
        state: kind.write_value("imported state", &imported.state)?,
        ..import_resource_state::ImportedResource::default()
    };
    Ok(import_resource_state::Response {
        imported_resources: vec![resource],
        diagnostics: wire::diagnostics(&warnings),
        ..import_resource_state::Response::default()
    })
}

/// Hosts derive the configuration from the schema by themselves, unless the server has the capability.
pub(super) async fn generate<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<generate_resource_config::Request>,
) -> Answered<generate_resource_config::Request> {
    let kind = host.kind(&request.type_name)?;
    Err(Diagnostic::error(format!("{} does not write its configuration", kind.type_name()))
        .detail(format!("{} {} leaves that to its host.", P::NAME, P::VERSION))
        .fix("Write the \"resource\" block by hand, or let Terraform do it: \"terraform plan -generate-config-out=…\".")
        .into())
}
