//! ReadDataSource.

use std::sync::Arc;

use rosa_ecr_model::{Diagnostic, Provider};
use rosa_ecr_proto::tfplugin6::read_data_source;
use rosa_ecr_wire as wire;

use super::answer::{Answered, asks};
use super::registry::Registry;

asks! {
    read_data_source "ReadDataSource" of type_name;
}

/// Hosts ask when the configuration is known, be it in the apply.
pub(super) async fn handle<P: Provider>(
    registry: Arc<Registry<P>>,
    request: Arc<read_data_source::Request>,
) -> Answered<read_data_source::Request> {
    let source = registry.data_source(&request.type_name)?;
    let config = source.read_value("configuration", request.config.as_ref())?;
    if config.is_null() {
        return Err(Diagnostic::error(format!("{} has no configuration", request.type_name)).into());
    }
    let found = source.read(&registry.session.reading()?, &config).await;
    let warnings = found.diagnostics.into_result()?;
    Ok(read_data_source::Response {
        state: source.write_value("state", &found.state)?,
        diagnostics: wire::diagnostics(&warnings),
        ..read_data_source::Response::default()
    })
}
