//! The plugin under test: a provider service that does a few things worth watching.

use std::process::ExitCode;

use futures::stream::BoxStream;
use rosa_ecr_proto::tfplugin6::{self, provider_server::Provider};
use rosa_ecr_provider::{About, run_service};
use tokio::sync::watch;
use tonic::{Request, Response, Status, Streaming};

/// In the environment, it makes this program the plugin.
pub const MARK: &str = "ROSA_ECR_TEST_PLUGIN";
/// In the environment, another source than [`SOURCE`].
pub const SOURCE_OVERRIDE: &str = "ROSA_ECR_TEST_SOURCE";

pub const SOURCE: &str = "acme/weather";
pub const VERSION: &str = "1.2.3";

/// Type names for which ValidateResourceConfig does something of its own.
pub const PANICS: &str = "weather_panics";
pub const LOGS: &str = "weather_logs";
/// The type name for which ValidateResourceConfig answers once an ApplyResourceChange is under way.
pub const AFTER_APPLY: &str = "weather_after_apply";
/// What a call says that was cancelled.
pub const CANCELLED: &str = "cancelled";
/// The type name for which ApplyResourceChange never answers, not even when cancelled.
pub const HANGS: &str = "weather_hangs";

pub fn main() -> ExitCode {
    let source = std::env::var(SOURCE_OVERRIDE).unwrap_or_else(|_| SOURCE.to_owned());
    run_service(About::new(source).installer("make install"), VERSION, Weather::default)
}

#[derive(Default)]
struct Weather {
    applying: watch::Sender<bool>,
    stopped: watch::Sender<bool>,
}

fn told(summary: impl Into<String>) -> tfplugin6::Diagnostic {
    tfplugin6::Diagnostic { summary: summary.into(), ..Default::default() }
}

impl Weather {
    /// Answers with the size of the configuration that came, and as many bytes.
    async fn validate(
        &self,
        request: &tfplugin6::validate_resource_config::Request,
    ) -> tfplugin6::validate_resource_config::Response {
        let size = request.config.as_ref().map_or(0, |config| config.msgpack.len());
        match request.type_name.as_str() {
            PANICS => panic!("it rains"),
            AFTER_APPLY => drop(self.applying.subscribe().wait_for(|applying| *applying).await),
            LOGS => tracing::info!(size, tf_rpc = "ValidateResourceConfig", "the weather is \"fine\""),
            _ => {}
        }
        let detail = "x".repeat(size);
        let diagnostic = tfplugin6::Diagnostic { detail, ..told(size.to_string()) };
        tfplugin6::validate_resource_config::Response { diagnostics: vec![diagnostic] }
    }

    /// Works until it is cancelled.
    async fn apply(
        &self,
        request: &tfplugin6::apply_resource_change::Request,
    ) -> tfplugin6::apply_resource_change::Response {
        self.applying.send_replace(true);
        if request.type_name == HANGS {
            std::future::pending::<()>().await;
        }
        let _ = self.stopped.subscribe().wait_for(|stopped| *stopped).await;
        tracing::info!(CANCELLED);
        tfplugin6::apply_resource_change::Response { diagnostics: vec![told(CANCELLED)], ..Default::default() }
    }

    fn stop(&self) -> tfplugin6::stop_provider::Response {
        self.stopped.send_replace(true);
        tfplugin6::stop_provider::Response::default()
    }
}

/// The service: the RPCs that are given, and all others unimplemented.
macro_rules! service {
    ($($rpc:ident: $module:ident),* $(,)?) => {
        #[tonic::async_trait]
        impl Provider for Weather {
            type ListResourceStream = BoxStream<'static, Result<tfplugin6::list_resource::Event, Status>>;
            type InvokeActionStream = BoxStream<'static, Result<tfplugin6::invoke_action::Event, Status>>;
            type ReadStateBytesStream = BoxStream<'static, Result<tfplugin6::read_state_bytes::Response, Status>>;

            async fn validate_resource_config(
                &self,
                request: Request<tfplugin6::validate_resource_config::Request>,
            ) -> Result<Response<tfplugin6::validate_resource_config::Response>, Status> {
                Ok(Response::new(self.validate(request.get_ref()).await))
            }

            async fn apply_resource_change(
                &self,
                request: Request<tfplugin6::apply_resource_change::Request>,
            ) -> Result<Response<tfplugin6::apply_resource_change::Response>, Status> {
                Ok(Response::new(self.apply(request.get_ref()).await))
            }

            async fn stop_provider(
                &self,
                _: Request<tfplugin6::stop_provider::Request>,
            ) -> Result<Response<tfplugin6::stop_provider::Response>, Status> {
                Ok(Response::new(self.stop()))
            }

            async fn list_resource(
                &self,
                _: Request<tfplugin6::list_resource::Request>,
            ) -> Result<Response<Self::ListResourceStream>, Status> {
                Err(Status::unimplemented(""))
            }

            async fn invoke_action(
                &self,
                _: Request<tfplugin6::invoke_action::Request>,
            ) -> Result<Response<Self::InvokeActionStream>, Status> {
                Err(Status::unimplemented(""))
            }

            async fn read_state_bytes(
                &self,
                _: Request<tfplugin6::read_state_bytes::Request>,
            ) -> Result<Response<Self::ReadStateBytesStream>, Status> {
                Err(Status::unimplemented(""))
            }

            async fn write_state_bytes(
                &self,
                _: Request<Streaming<tfplugin6::write_state_bytes::RequestChunk>>,
            ) -> Result<Response<tfplugin6::write_state_bytes::Response>, Status> {
                Err(Status::unimplemented(""))
            }

            $(
                async fn $rpc(
                    &self,
                    _: Request<tfplugin6::$module::Request>,
                ) -> Result<Response<tfplugin6::$module::Response>, Status> {
                    Err(Status::unimplemented(""))
                }
            )*
        }
    };
}

service! {
    get_metadata: get_metadata,
    get_provider_schema: get_provider_schema,
    get_resource_identity_schemas: get_resource_identity_schemas,
    get_functions: get_functions,
    validate_provider_config: validate_provider_config,
    configure_provider: configure_provider,
    upgrade_resource_state: upgrade_resource_state,
    upgrade_resource_identity: upgrade_resource_identity,
    read_resource: read_resource,
    plan_resource_change: plan_resource_change,
    import_resource_state: import_resource_state,
    move_resource_state: move_resource_state,
    generate_resource_config: generate_resource_config,
    validate_data_resource_config: validate_data_resource_config,
    read_data_source: read_data_source,
    validate_ephemeral_resource_config: validate_ephemeral_resource_config,
    open_ephemeral_resource: open_ephemeral_resource,
    renew_ephemeral_resource: renew_ephemeral_resource,
    close_ephemeral_resource: close_ephemeral_resource,
    validate_list_resource_config: validate_list_resource_config,
    call_function: call_function,
    validate_action_config: validate_action_config,
    plan_action: plan_action,
    validate_state_store_config: validate_state_store,
    configure_state_store: configure_state_store,
    lock_state: lock_state,
    unlock_state: unlock_state,
    get_states: get_states,
    delete_state: delete_state,
}
