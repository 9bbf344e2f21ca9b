//! Objects that exist already, found by id or by identity.

use rosa_ecr_model::{Applied, Block, Call, Diagnostic, Diagnostics, Value, validate};
use rosa_ecr_proto::tfplugin6::{ResourceIdentityData, get_resource_identity_schemas, import_resource_state};
use rosa_ecr_wire as wire;
use tonic::Code;

use crate::arguments;
use crate::connection::Connection;
use crate::plugin::CAPABILITIES;
use crate::remote::Remote;
use crate::rpc::Service;

impl Remote {
    /// The object of that id or identity, which messages call `description`.
    pub(crate) async fn find(
        &self,
        call: &Call<Connection>,
        id: &str,
        identity: Option<ResourceIdentityData>,
        description: &str,
    ) -> Result<Applied, Diagnostics> {
        Ok(self.find_if_there(call, id, identity, description).await?.ok_or_else(|| {
            Diagnostic::error(format!("There is no {} {description}", self.type_name))
                .detail(format!("{} found nothing of the kind.", self.plugin.name()))
                .fix("Check the id or identity, and the configuration of the provider.")
        })?)
    }

    /// The same, or that the provider knows of none. Some say so with an error.
    pub(crate) async fn find_if_there(
        &self,
        call: &Call<Connection>,
        id: &str,
        identity: Option<ResourceIdentityData>,
        description: &str,
    ) -> Result<Option<Applied>, Diagnostics> {
        let request = import_resource_state::Request {
            type_name: self.type_name.clone(),
            id: id.to_owned(),
            identity,
            client_capabilities: Some(CAPABILITIES),
        };
        let answer = self.answer(call, "ImportResourceState", |it| it.import_resource_state(request.clone())).await?;
        let mut report = wire::read_diagnostics(&answer.diagnostics).into_result()?;
        self.not_deferred(answer.deferred.as_ref())?;
        let (own, others): (Vec<_>, Vec<_>) =
            answer.imported_resources.into_iter().partition(|found| found.type_name == self.type_name);
        let Some(found) = own.into_iter().next() else { return Ok(None) };
        for other in others {
            report.push(Diagnostic::warning(format!("The import of {description} found a {} too", other.type_name)).detail(
                "Other programs would import both at once. Here the other one stays unmanaged until it is imported itself.",
            ));
        }
        let state = self.decode("imported state", found.state.as_ref())?;
        if state.is_null() {
            return Ok(None);
        }
        let mut read = self.read_state(call, &state, found.private).await?;
        report.extend(std::mem::take(&mut read.diagnostics));
        Ok((!read.state.is_null()).then_some(Applied { diagnostics: report, ..read }))
    }

    /// The object of an identity, whose values have the types that their texts have in the provider's schema of it.
    pub(crate) async fn find_by_identity(
        &self,
        call: &Call<Connection>,
        identity: &Value,
    ) -> Result<Applied, Diagnostics> {
        let Some(block) = self.identity_block(call).await? else {
            return Err(Diagnostic::error(format!("{} cannot be imported by identity", self.type_name))
                .detail(format!("{} knows it by its id alone.", self.plugin.name()))
                .fix("Import it by id, or use a later version of the provider.")
                .into());
        };
        let identity = arguments::fit(&block, identity);
        validate(&block, &identity).into_result()?;
        let encoded = wire::encode(&identity, &block.ty()).map_err(|error| self.codec_error("identity", &error))?;
        let identity_data = Some(ResourceIdentityData { identity_data: Some(encoded) });
        self.find(call, "", identity_data, &with(&identity)).await
    }

    /// The attributes of an identity. Providers of earlier times know of none.
    pub(crate) async fn identity_block(&self, call: &Call<Connection>) -> Result<Option<Block>, Diagnostics> {
        let schemas = async |service: Service| match service
            .get_resource_identity_schemas(get_resource_identity_schemas::Request {})
            .await
        {
            Err(status) if status.code() == Code::Unimplemented => Ok(Default::default()),
            answered => answered,
        };
        let answer = self.answer(call, "GetResourceIdentitySchemas", schemas).await?;
        wire::read_diagnostics(&answer.diagnostics).into_result()?;
        let block = answer.identity_schemas.get(&self.type_name).map(wire::read_identity_schema).transpose();
        Ok(block.map_err(|error| self.codec_error("identity", &error))?)
    }
}

/// An identity in a sentence, behind the type name.
pub(crate) fn with(identity: &Value) -> String {
    let given = identity.entries().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let parts: Vec<String> = given.map(|(name, value)| format!("{name} = {}", value.to_json())).collect();
    format!("with {}", parts.join(", "))
}
