//! Objects that exist already, found by id or by identity.

use rosa_ecr_model::{Applied, Block, Call, Diagnostic, Diagnostics, Value, validate};
use rosa_ecr_proto::tfplugin6::{ResourceIdentityData, get_resource_identity_schemas, import_resource_state};
use rosa_ecr_wire as wire;
use tonic::Code;

use crate::arguments;
use crate::plugin::{CAPABILITIES, Connection};
use crate::remote::Remote;

impl Remote {
    /// The object of that id or identity, of which messages speak as `told`.
    pub(crate) async fn find(
        &self,
        call: &Call<Connection>,
        id: &str,
        identity: Option<ResourceIdentityData>,
        told: &str,
    ) -> Result<Applied, Diagnostics> {
        let request = import_resource_state::Request {
            type_name: self.type_name.clone(),
            id: id.to_owned(),
            identity,
            client_capabilities: Some(CAPABILITIES),
        };
        let answer = self
            .answer(call, "ImportResourceState", call.context().plugin().service().import_resource_state(request))
            .await?;
        let mut said = wire::read_diagnostics(&answer.diagnostics).into_result()?;
        self.not_deferred(answer.deferred.as_ref())?;
        let absent = || {
            Diagnostic::error(format!("There is no {} {told}", self.type_name))
                .detail(format!("{} found nothing of the kind.", self.plugin.name()))
                .fix("Check the id or identity, and the configuration of the provider.")
        };
        let (own, others): (Vec<_>, Vec<_>) =
            answer.imported_resources.into_iter().partition(|found| found.type_name == self.type_name);
        let found = own.into_iter().next().ok_or_else(absent)?;
        for other in others {
            said.push(Diagnostic::warning(format!("The import of {told} found a {} too", other.type_name)).detail(
                "Other programs would import both at once. Here the other one stays unmanaged until it is imported itself.",
            ));
        }
        let state = self.decode("imported state", found.state.as_ref())?;
        let mut read = self.read_state(call, &state, found.private).await?;
        if read.state.is_null() {
            return Err(absent().into());
        }
        said.extend(std::mem::take(&mut read.diagnostics));
        Ok(Applied { diagnostics: said, ..read })
    }

    /// The object of an identity, whose values have the types that their texts have in the provider's schema of it.
    pub(crate) async fn find_by_identity(
        &self,
        call: &Call<Connection>,
        identity: &Value,
    ) -> Result<Applied, Diagnostics> {
        let block = self.identity_block(call).await?;
        let identity = arguments::fit(&block, identity);
        validate(&block, &identity).into_result()?;
        let encoded = wire::encode(&identity, &block.ty()).map_err(|misfit| self.misfit("identity", &misfit))?;
        let given = identity.entries().into_iter().flatten().filter(|(_, value)| !value.is_null());
        let told: Vec<String> = given.map(|(name, value)| format!("{name} = {}", value.to_json())).collect();
        let told = format!("with {}", told.join(", "));
        self.find(call, "", Some(ResourceIdentityData { identity_data: Some(encoded) }), &told).await
    }

    /// The attributes of an identity. Providers of earlier times know of none.
    async fn identity_block(&self, call: &Call<Connection>) -> Result<Block, Diagnostics> {
        let schemas = async {
            let request = get_resource_identity_schemas::Request {};
            match call.context().plugin().service().get_resource_identity_schemas(request).await {
                Err(status) if status.code() == Code::Unimplemented => Ok(Default::default()),
                answered => answered,
            }
        };
        let answer = self.answer(call, "GetResourceIdentitySchemas", schemas).await?;
        wire::read_diagnostics(&answer.diagnostics).into_result()?;
        let Some(schema) = answer.identity_schemas.get(&self.type_name) else {
            return Err(Diagnostic::error(format!("{} cannot be imported by identity", self.type_name))
                .detail(format!("{} knows it by its id alone.", self.plugin.name()))
                .fix("Import it by id, or use a later version of the provider.")
                .into());
        };
        Ok(wire::read_identity_schema(schema).map_err(|misfit| self.misfit("identity", &misfit))?)
    }
}
