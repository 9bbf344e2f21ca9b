//! What this server does beyond the protocol's floor.

use rosa_ecr_proto::tfplugin6::ServerCapabilities;

/// What hosts may count on.
pub(super) fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}
