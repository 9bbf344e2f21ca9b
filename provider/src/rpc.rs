//! The provider service: every RPC of the protocol, over any [`Provider`].
//!
//! ```text
//! request -> answer: a task of its own, watched -> find the kind -> decode -> Kind -> encode -> response
//!                    (panics, durations)                            (wire)           (wire)
//! ```
//!
//! Each RPC is one function that takes the host and the request and gives the response, or diagnostics; what they
//! all need is around them, once:
//!
//! * An answer with nothing but errors takes nothing away: it says again which state there was.
//! * A panic is an answer of that kind, and the next call finds the server as it was.
//! * Work goes on when its caller hangs up, so that a create is not cut in half. What ends it is `StopProvider`.
//! * No RPC needs another one before it, but for `ConfigureProvider` before those that reach out.
//! * The protocol's whole list is answered. What the provider does not have gives an error that says so.
//!
//! The log has, at debug, the name, the subject and the duration of each RPC, and never a value.

mod actions;
mod answer;
mod configuration;
mod data_sources;
mod declaration;
mod ephemeral;
mod functions;
mod generated;
mod host;
mod identity;
mod import;
mod lists;
mod managed;
mod metadata;
mod served;
mod session;
mod sort;
mod state_stores;
mod stored;

use std::fmt;
use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::provider_server;
use rosa_ecr_proto::tfplugin6::*;
use tonic::{Request, Response, Status, Streaming};

use self::answer::{Ask, Events};
use self::host::Host;

/// The provider service of one process.
pub struct Server<P: Provider> {
    host: Arc<Host<P>>,
}

impl<P: Provider> Server<P> {
    /// The service over what `P` offers.
    ///
    /// # Panics
    /// If two things of one sort have one name, or a list lists what is no resource with an identity: a mistake in a
    /// definition, which the first test of it shows.
    pub fn new() -> Self {
        Self { host: Arc::new(Host::new()) }
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

/// The messages of this one RPC are not named like it.
use rosa_ecr_proto::tfplugin6::validate_state_store as validate_state_store_config;

/// Implements the service from a table of RPCs, named like their messages, and the functions that answer them.
macro_rules! serve {
    ($($rpc:ident => $work:path;)*) => {
        #[tonic::async_trait]
        impl<P: Provider> provider_server::Provider for Server<P> {
            type ListResourceStream = Events<list_resource::Event>;
            type InvokeActionStream = Events<invoke_action::Event>;
            type ReadStateBytesStream = Events<read_state_bytes::Response>;

            $(
                async fn $rpc(
                    &self,
                    request: Request<$rpc::Request>,
                ) -> Result<Response<<$rpc::Request as Ask>::Answer>, Status> {
                    answer::answer(&self.host, request.into_inner(), $work).await
                }
            )*

            async fn write_state_bytes(
                &self,
                chunks: Request<Streaming<write_state_bytes::RequestChunk>>,
            ) -> Result<Response<write_state_bytes::Response>, Status> {
                let first = state_stores::first_chunk(chunks.into_inner()).await?;
                answer::answer(&self.host, first, state_stores::absent).await
            }
        }
    };
}

serve! {
    get_metadata => metadata::names;
    get_provider_schema => metadata::schemas;
    get_resource_identity_schemas => identity::schemas;
    get_functions => functions::signatures;

    validate_provider_config => configuration::validate;
    configure_provider => configuration::configure;
    stop_provider => configuration::stop;

    validate_resource_config => managed::validate;
    plan_resource_change => managed::plan;
    apply_resource_change => managed::apply;
    read_resource => managed::read;
    upgrade_resource_state => stored::upgrade;
    move_resource_state => stored::relocate;
    import_resource_state => import::import;
    generate_resource_config => generated::config;
    upgrade_resource_identity => identity::upgrade;

    validate_data_resource_config => data_sources::validate;
    read_data_source => data_sources::read;

    validate_ephemeral_resource_config => ephemeral::validate;
    open_ephemeral_resource => ephemeral::open;
    renew_ephemeral_resource => ephemeral::renew;
    close_ephemeral_resource => ephemeral::close;

    validate_list_resource_config => lists::validate;
    list_resource => lists::list;

    call_function => functions::call;

    validate_action_config => actions::absent;
    plan_action => actions::absent;
    invoke_action => actions::absent;

    validate_state_store_config => state_stores::absent;
    configure_state_store => state_stores::absent;
    read_state_bytes => state_stores::absent;
    lock_state => state_stores::absent;
    unlock_state => state_stores::absent;
    get_states => state_stores::absent;
    delete_state => state_stores::absent;
}
