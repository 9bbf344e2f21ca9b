//! Data sources.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Provider};
use rosa_ecr_proto::tfplugin6::{read_data_source, validate_data_resource_config};

use super::answer::{Answered, asks};
use super::host::Host;
use rosa_ecr_wire as wire;

asks! {
    validate_data_resource_config "ValidateDataResourceConfig" of type_name;
    read_data_source "ReadDataSource" of type_name;
}

pub(super) async fn validate<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<validate_data_resource_config::Request>,
) -> Answered<validate_data_resource_config::Request> {
    let source = host.data_source(&request.type_name)?;
    let config = source.read_value("configuration", request.config.as_ref())?;
    Ok(validate_data_resource_config::Response { diagnostics: wire::diagnostics(&source.validate(&config)) })
}

/// Hosts ask when the configuration is known, be it in the apply.
pub(super) async fn read<P: Provider>(
    host: Arc<Host<P>>,
    request: Arc<read_data_source::Request>,
) -> Answered<read_data_source::Request> {
    let source = host.data_source(&request.type_name)?;
    let config = source.read_value("configuration", request.config.as_ref())?;
    if config.is_null() {
        return Err(Diagnostic::error(format!("{} has no configuration", request.type_name)).into());
    }
    let found = source.read(&host.session.reading()?, &config).await;
    let warnings = found.diagnostics.into_result()?;
    Ok(read_data_source::Response {
        state: source.write_value("state", &found.state)?,
        diagnostics: wire::diagnostics(&warnings),
        ..read_data_source::Response::default()
    })
}
