//! The provider's service in either version of the protocol, called as version 6.
//!
//! Messages that have one name in both versions have the same fields (`proto/tests/services.rs` compares them), so one is
//! read from the bytes of the other. Only schemas differ.

use prost::Message;
use rosa_ecr_proto::tfplugin5::schema as schema5;
use rosa_ecr_proto::tfplugin6::*;
use rosa_ecr_proto::{MAX_MESSAGE_BYTES, tfplugin5};
use tonic::transport::Channel;
use tonic::{Response, Status};

/// The versions of the plugin protocol that this host speaks.
pub(crate) const SUPPORTED: [u32; 2] = [5, 6];

/// A provider's service.
#[derive(Clone, Debug)]
pub(crate) enum Service {
    Five(tfplugin5::provider_client::ProviderClient<Channel>),
    Six(provider_client::ProviderClient<Channel>),
}

/// A call, and how it is named in errors.
macro_rules! rpcs {
    ($($rpc:ident = $five:ident;)*) => {
        impl Service {$(
            pub(crate) async fn $rpc(self, request: $rpc::Request) -> Result<$rpc::Response, Status> {
                match self {
                    Self::Six(mut client) => client.$rpc(request).await.map(Response::into_inner),
                    Self::Five(mut client) => {
                        let request: tfplugin5::$five::Request = recast(&request)?;
                        recast(client.$five(request).await?.get_ref())
                    }
                }
            }
        )*}
    };
}

rpcs! {
    validate_provider_config = prepare_provider_config;
    configure_provider = configure;
    stop_provider = stop;
    validate_resource_config = validate_resource_type_config;
    upgrade_resource_state = upgrade_resource_state;
    read_resource = read_resource;
    plan_resource_change = plan_resource_change;
    apply_resource_change = apply_resource_change;
    get_resource_identity_schemas = get_resource_identity_schemas;
    import_resource_state = import_resource_state;
    validate_data_resource_config = validate_data_source_config;
    read_data_source = read_data_source;
}

impl Service {
    /// The service of a provider that speaks that version, one of those supported.
    pub(crate) fn new(protocol: u32, channel: Channel) -> Self {
        if protocol == 5 {
            let client = tfplugin5::provider_client::ProviderClient::new(channel);
            Self::Five(client.max_decoding_message_size(MAX_MESSAGE_BYTES))
        } else {
            let client = provider_client::ProviderClient::new(channel);
            Self::Six(client.max_decoding_message_size(MAX_MESSAGE_BYTES))
        }
    }

    /// The schemas of the provider block, of resources and of data sources; those of other things are left out.
    pub(crate) async fn get_provider_schema(self) -> Result<get_provider_schema::Response, Status> {
        let mut client = match self {
            Self::Six(mut client) => {
                let response = client.get_provider_schema(get_provider_schema::Request {}).await;
                return response.map(Response::into_inner);
            }
            Self::Five(client) => client,
        };
        let response = client.get_schema(tfplugin5::get_provider_schema::Request {}).await?.into_inner();
        let named = |(name, of_type)| (name, schema(of_type));
        Ok(get_provider_schema::Response {
            provider: response.provider.map(schema),
            provider_meta: response.provider_meta.map(schema),
            resource_schemas: response.resource_schemas.into_iter().map(named).collect(),
            data_source_schemas: response.data_source_schemas.into_iter().map(named).collect(),
            diagnostics: response.diagnostics.iter().map(recast).collect::<Result<_, _>>()?,
            server_capabilities: response.server_capabilities.as_ref().map(recast).transpose()?,
            ..Default::default()
        })
    }
}

/// A message of one version as that of the other.
fn recast<A: Message, B: Message + Default>(from: &A) -> Result<B, Status> {
    B::decode(from.encode_to_vec().as_slice()).map_err(|error| {
        Status::internal(format!("a message of plugin protocol 5 cannot be read as one of 6: {error}"))
    })
}

fn schema(five: tfplugin5::Schema) -> Schema {
    Schema { version: five.version, block: five.block.map(block) }
}

fn block(five: schema5::Block) -> schema::Block {
    schema::Block {
        version: five.version,
        attributes: five.attributes.into_iter().map(attribute).collect(),
        block_types: five.block_types.into_iter().map(nested_block).collect(),
        description: five.description,
        description_kind: five.description_kind,
        deprecated: five.deprecated,
        ..Default::default()
    }
}

fn nested_block(five: schema5::NestedBlock) -> schema::NestedBlock {
    schema::NestedBlock {
        type_name: five.type_name,
        block: five.block.map(block),
        nesting: five.nesting,
        min_items: five.min_items,
        max_items: five.max_items,
    }
}

fn attribute(five: schema5::Attribute) -> schema::Attribute {
    schema::Attribute {
        name: five.name,
        r#type: five.r#type,
        description: five.description,
        required: five.required,
        optional: five.optional,
        computed: five.computed,
        sensitive: five.sensitive,
        description_kind: five.description_kind,
        deprecated: five.deprecated,
        write_only: five.write_only,
        ..Default::default()
    }
}
