//! The provider of vaults, whose block has secrets.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_engine::{AnyContext, ProviderInstance, erase, erase_data_source};
use rosa_ecr_model::{
    Block, Call, DataKind, DataSource, Diagnostics, Field as _, Kind, Object as _, ResourceDescriptor, Value,
    data_kind_from, data_source, kind, kind_from, validate,
};

use super::talkative::Talkative;
use super::tokens::{quoted, secrets};
use super::vault::{Desk, Vault};
use super::world::World;

/// The provider block.
#[derive(Clone, Debug, Inputs)]
pub struct Vaults {
    /// A secret.
    #[attr(sensitive)]
    pub token: Option<String>,
    /// A text.
    pub origin: Option<String>,
}

/// Something to look up.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Look {
    /// What to look for.
    pub query: Option<String>,
    /// A secret.
    #[attr(sensitive)]
    pub password: Option<String>,
}

/// What is found.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct LookOutputs {
    /// Quotes one of the secrets that it is looked up with.
    pub found: String,
    /// A secret.
    #[attr(sensitive)]
    pub token: String,
}

impl DataSource for Look {
    const TYPE: &'static str = "vault_look";
    type Outputs = LookOutputs;
    type Context = Desk;

    async fn read(call: &Call<Desk>, inputs: Self) -> Result<LookOutputs, Diagnostics> {
        let secrets = secrets(&inputs.encode());
        let found = match secrets.is_empty() {
            true => "nothing".to_owned(),
            false => call.world.chance(|random| quoted(&random.pick(&secrets), random)),
        };
        Ok(LookOutputs { found, token: call.world.token() })
    }
}

/// The host of that provider in a world.
pub struct Guarded(pub Arc<World>);

impl ProviderInstance for Guarded {
    fn name(&self) -> &str {
        "vault"
    }

    fn block(&self) -> Block {
        Vaults::block()
    }

    fn kind(&self, type_name: &str) -> Option<Arc<dyn Kind<AnyContext>>> {
        let kind = kind::<Vault>();
        let descriptor = ResourceDescriptor { schema: Vault::schema(kind.schema()), ..kind.descriptor().clone() };
        let talkative = Talkative { kind, world: self.0.clone() };
        (type_name == "vault_vault").then(|| erase(kind_from(descriptor, talkative)))
    }

    fn data_source(&self, type_name: &str) -> Option<Arc<dyn DataKind<AnyContext>>> {
        let kind = data_source::<Look>();
        let descriptor = kind.descriptor().clone();
        let talkative = Talkative { kind, world: self.0.clone() };
        (type_name == "vault_look").then(|| erase_data_source(data_kind_from(descriptor, talkative)))
    }

    fn validate<'a>(&'a self, config: &'a Value) -> BoxFuture<'a, Diagnostics> {
        async {
            let mut said = validate(&Vaults::block(), config);
            said.extend(self.0.say("check", &[config]));
            said
        }
        .boxed()
    }

    fn configure(&self, config: Value) -> BoxFuture<'_, Result<AnyContext, Diagnostics>> {
        async move {
            let warnings = self.0.say("configure", &[&config]).into_result()?;
            let block = Vaults::decode(&config).expect("it is valid");
            let token = block.token.or(block.origin);
            Ok(AnyContext::new(Arc::new(Desk { world: self.0.clone(), token })).warn(warnings))
        }
        .boxed()
    }
}
