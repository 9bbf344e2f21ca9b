//! State stores: providers that keep the host's state. This one never does.

use std::sync::Arc;

use rosa_ecr_model::Provider;
use rosa_ecr_proto::tfplugin6::{RequestChunkMeta, read_state_bytes, write_state_bytes};
use rosa_ecr_wire as wire;
use tonic::{Status, Streaming};

use super::answer::{Answered, Ask, Events, asks, only};
use super::block_kind::BlockKind;
use super::registry::Registry;

asks! {
    validate_state_store "ValidateStateStoreConfig" of type_name;
    configure_state_store "ConfigureStateStore" of type_name;
    lock_state "LockState" of type_name;
    unlock_state "UnlockState" of type_name;
    get_states "GetStates" of type_name;
    delete_state "DeleteState" of type_name;
}

asks! {
    read_state_bytes::Request, "ReadStateBytes" of type_name, Events<read_state_bytes::Response>: why => {
        only(read_state_bytes::Response { diagnostics: wire::diagnostics(why), ..Default::default() })
    };
    RequestChunkMeta, "WriteStateBytes" of type_name, write_state_bytes::Response: why => {
        write_state_bytes::Response { diagnostics: wire::diagnostics(why) }
    };
}

/// Which state a stream of chunks is for: its first chunk says so.
///
/// # Errors
/// If the stream breaks.
pub(super) async fn first_chunk(
    mut chunks: Streaming<write_state_bytes::RequestChunk>,
) -> Result<RequestChunkMeta, Status> {
    let first = chunks.message().await?;
    Ok(first.and_then(|chunk| chunk.meta).unwrap_or_default())
}

pub(super) async fn absent<P: Provider, Q: Ask>(registry: Arc<Registry<P>>, request: Arc<Q>) -> Answered<Q> {
    Err(registry.no_such(BlockKind::StateStore, request.subject()))
}
