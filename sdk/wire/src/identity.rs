//! Schemas of identities.

use rosa_ecr_model::{IdentityAttribute, Type};
use rosa_ecr_proto::tfplugin6::ResourceIdentitySchema;
use rosa_ecr_proto::tfplugin6::resource_identity_schema::IdentityAttribute as WireAttribute;

use crate::schema::type_bytes;

/// The schema of an identity in the protocol's form, its attributes sorted by name.
pub fn identity_schema(attributes: &[IdentityAttribute]) -> ResourceIdentitySchema {
    let mut identity_attributes: Vec<WireAttribute> = attributes
        .iter()
        .map(|attribute| WireAttribute {
            name: attribute.name.to_owned(),
            r#type: type_bytes(&Type::String),
            required_for_import: attribute.required,
            optional_for_import: !attribute.required,
            description: attribute.description.to_owned(),
        })
        .collect();
    identity_attributes.sort_by(|a, b| a.name.cmp(&b.name));
    ResourceIdentitySchema { version: 0, identity_attributes }
}
