//! The provider service: every RPC of the protocol, over any [`Provider`].
//!
//! ```text
//! request -> answer: a task of its own, watched -> find the kind -> decode -> Kind -> encode -> response
//!                    (panics, durations)                            (wire)           (wire)
//! ```
//!
//! Each RPC is the function `handle` in the file of its name. It takes the registry of what the provider has and the request,
//! and gives the response, or diagnostics. What they all need is around them, once:
//!
//! * An answer with nothing but errors takes nothing away: it says again which state there was.
//! * A panic is an answer of that kind, and the next call finds the server as it was. So is one of the definitions themselves.
//! * Work goes on when its caller hangs up, so that a create is not cut in half. What ends it is `StopProvider`.
//! * No RPC needs another one before it, but for `ConfigureProvider` before those that reach out.
//! * The protocol's whole list is answered. What the provider does not have gives an error that says so.
//!
//! The log has, at debug, the name, the subject and the duration of each RPC, and never a value.

mod action_config;
mod answer;
mod apply_resource_change;
mod block_kind;
mod bound_type;
mod call_function;
mod capabilities;
mod close_ephemeral_resource;
mod configure_provider;
mod entries;
mod generate_resource_config;
mod get_functions;
mod get_metadata;
mod get_provider_schema;
mod get_resource_identity_schemas;
mod identity;
mod import_resource_state;
mod invoke_action;
mod list_query;
mod list_resource;
mod move_resource_state;
mod open_ephemeral_resource;
mod plan_action;
mod plan_resource_change;
mod private_state;
mod provider_config;
mod read_data_source;
mod read_resource;
mod registry;
mod renew_ephemeral_resource;
mod session;
mod state_stores;
mod stop_provider;
mod stored_state;
mod upgrade_resource_identity;
mod upgrade_resource_state;
mod validate_action_config;
mod validate_data_resource_config;
mod validate_ephemeral_resource_config;
mod validate_list_resource_config;
mod validate_provider_config;
mod validate_resource_config;

use std::fmt;
use std::panic::catch_unwind;
use std::sync::Arc;

use rosa_ecr_model::guard::Panic;
use rosa_ecr_model::{Diagnostics, Provider};
use rosa_ecr_proto::tfplugin6::{self, provider_server};
use tonic::{Request, Response, Status, Streaming};

use self::answer::{Ask, Events};
use self::registry::Registry;

/// The provider service of one process.
pub struct Server<P: Provider> {
    /// Or why there is none.
    registry: Result<Arc<Registry<P>>, Diagnostics>,
}

impl<P: Provider> Server<P> {
    /// The service over what `P` offers. If its definitions panic, every RPC is answered with an error that describes it. That is also
    /// what happens if two resources, or two of anything else, have one name, or a list lists what is no resource with an identity.
    pub fn new() -> Self {
        let registry = catch_unwind(|| Arc::new(Registry::new()));
        Self { registry: registry.map_err(|payload| answer::undefined::<P>(&Panic::of_payload(payload)).into()) }
    }
}

impl<P: Provider> Default for Server<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Provider> fmt::Debug for Server<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({} {})", P::NAME, P::VERSION)
    }
}

/// The messages of each RPC, under its name.
mod messages {
    pub(super) use rosa_ecr_proto::tfplugin6::validate_state_store as validate_state_store_config;
    pub(super) use rosa_ecr_proto::tfplugin6::*;
}

/// Implements the service from a table of RPCs and the functions that answer them.
macro_rules! serve {
    ($($rpc:ident => $handle:path;)*) => {
        #[tonic::async_trait]
        impl<P: Provider> provider_server::Provider for Server<P> {
            type ListResourceStream = Events<tfplugin6::list_resource::Event>;
            type InvokeActionStream = Events<tfplugin6::invoke_action::Event>;
            type ReadStateBytesStream = Events<tfplugin6::read_state_bytes::Response>;

            $(
                async fn $rpc(
                    &self,
                    request: Request<messages::$rpc::Request>,
                ) -> Result<Response<<messages::$rpc::Request as Ask>::Answer>, Status> {
                    answer::answer(&self.registry, request.into_inner(), $handle).await
                }
            )*

            async fn write_state_bytes(
                &self,
                chunks: Request<Streaming<tfplugin6::write_state_bytes::RequestChunk>>,
            ) -> Result<Response<tfplugin6::write_state_bytes::Response>, Status> {
                let first = state_stores::first_chunk(chunks.into_inner()).await?;
                answer::answer(&self.registry, first, state_stores::absent).await
            }
        }
    };
}

serve! {
    get_metadata => get_metadata::handle;
    get_provider_schema => get_provider_schema::handle;
    get_resource_identity_schemas => get_resource_identity_schemas::handle;
    get_functions => get_functions::handle;

    validate_provider_config => validate_provider_config::handle;
    configure_provider => configure_provider::handle;
    stop_provider => stop_provider::handle;

    validate_resource_config => validate_resource_config::handle;
    plan_resource_change => plan_resource_change::handle;
    apply_resource_change => apply_resource_change::handle;
    read_resource => read_resource::handle;
    upgrade_resource_state => upgrade_resource_state::handle;
    move_resource_state => move_resource_state::handle;
    import_resource_state => import_resource_state::handle;
    generate_resource_config => generate_resource_config::handle;
    upgrade_resource_identity => upgrade_resource_identity::handle;

    validate_data_resource_config => validate_data_resource_config::handle;
    read_data_source => read_data_source::handle;

    validate_ephemeral_resource_config => validate_ephemeral_resource_config::handle;
    open_ephemeral_resource => open_ephemeral_resource::handle;
    renew_ephemeral_resource => renew_ephemeral_resource::handle;
    close_ephemeral_resource => close_ephemeral_resource::handle;

    validate_list_resource_config => validate_list_resource_config::handle;
    list_resource => list_resource::handle;

    call_function => call_function::handle;

    validate_action_config => validate_action_config::handle;
    plan_action => plan_action::handle;
    invoke_action => invoke_action::handle;

    validate_state_store_config => state_stores::absent;
    configure_state_store => state_stores::absent;
    read_state_bytes => state_stores::absent;
    lock_state => state_stores::absent;
    unlock_state => state_stores::absent;
    get_states => state_stores::absent;
    delete_state => state_stores::absent;
}
