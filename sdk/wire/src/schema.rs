//! Schemas.
//!
//! Attributes and blocks go out sorted by name, so that the same definition has the same bytes whatever order its
//! fields are in.

use rosa_ecr_model::{Attribute, Block, NestedBlock, Nesting, Presence, Schema, Shape, Type};
use rosa_ecr_proto::tfplugin6::schema::{
    Attribute as WireAttribute, Block as WireBlock, NestedBlock as WireNestedBlock, Object, nested_block, object,
};
use rosa_ecr_proto::tfplugin6::{Schema as WireSchema, StringKind};

/// A schema in the protocol's form.
pub fn schema(schema: &Schema) -> WireSchema {
    WireSchema { version: schema.version, block: Some(block(&schema.block)) }
}

fn block(block: &Block) -> WireBlock {
    let mut block_types: Vec<WireNestedBlock> = block.blocks.iter().map(nested_block).collect();
    block_types.sort_by(|a, b| a.type_name.cmp(&b.type_name));
    WireBlock {
        attributes: attributes(&block.attributes),
        block_types,
        description: block.description.clone(),
        description_kind: StringKind::Markdown.into(),
        ..WireBlock::default()
    }
}

fn nested_block(nested: &NestedBlock) -> WireNestedBlock {
    let nesting = match nested.nesting {
        Nesting::Single => nested_block::NestingMode::Single,
        Nesting::List => nested_block::NestingMode::List,
        Nesting::Set => nested_block::NestingMode::Set,
        Nesting::Map => nested_block::NestingMode::Map,
        Nesting::Group => nested_block::NestingMode::Group,
    };
    WireNestedBlock {
        type_name: nested.name.clone().into_owned(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        ..WireNestedBlock::default()
    }
}

fn attributes(attributes: &[Attribute]) -> Vec<WireAttribute> {
    let mut attributes: Vec<WireAttribute> = attributes.iter().map(attribute).collect();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    attributes
}

fn attribute(attribute: &Attribute) -> WireAttribute {
    let (ty, nested_type) = match &attribute.shape {
        Shape::Type(ty) => (type_bytes(ty), None),
        Shape::Nested { nesting, attributes } => (Vec::new(), Some(nested_type(*nesting, attributes))),
    };
    WireAttribute {
        name: attribute.name.clone().into_owned(),
        r#type: ty,
        nested_type,
        description: attribute.description.clone(),
        description_kind: StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional: matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        ..WireAttribute::default()
    }
}

fn nested_type(nesting: Nesting, nested: &[Attribute]) -> Object {
    let nesting = match nesting {
        // A group of attributes is not in the protocol; an object that is null with nothing set comes closest.
        Nesting::Single | Nesting::Group => object::NestingMode::Single,
        Nesting::List => object::NestingMode::List,
        Nesting::Set => object::NestingMode::Set,
        Nesting::Map => object::NestingMode::Map,
    };
    Object { attributes: attributes(nested), nesting: nesting.into(), ..Object::default() }
}

/// A type as the JSON that messages carry.
pub(crate) fn type_bytes(ty: &Type) -> Vec<u8> {
    ty.to_json().to_string().into_bytes()
}
