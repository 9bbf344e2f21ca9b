//! What another program says, in the model's form: schemas, diagnostics and paths.

use rosa_ecr_model::{
    Attribute, Block, Diagnostic, Diagnostics, NestedBlock, Nesting, Path, Presence, Schema, Severity, Shape, Step,
    Type,
};
use rosa_ecr_proto::tfplugin6::attribute_path::step::Selector;
use rosa_ecr_proto::tfplugin6::diagnostic::Severity as WireSeverity;
use rosa_ecr_proto::tfplugin6::schema::{
    Attribute as WireAttribute, Block as WireBlock, NestedBlock as WireNestedBlock, nested_block, object,
};
use rosa_ecr_proto::tfplugin6::{
    AttributePath, Diagnostic as WireDiagnostic, ResourceIdentitySchema, Schema as WireSchema,
};

use crate::codec_error::CodecError;

/// The schema in the model's form. It has no defaults and no checks: the other program keeps those to itself.
///
/// # Errors
/// If an attribute has no type, or a block no nesting, that is known here.
pub fn read_schema(schema: &WireSchema) -> Result<Schema, CodecError> {
    let block = schema.block.as_ref().map(block).transpose()?.unwrap_or_default();
    Ok(Schema { version: schema.version, block })
}

/// The schema of an identity in the model's form, as a block of its attributes.
///
/// # Errors
/// If an attribute has no type that is known here.
pub fn read_identity_schema(schema: &ResourceIdentitySchema) -> Result<Block, CodecError> {
    let attributes = schema.identity_attributes.iter().map(|identity| WireAttribute {
        name: identity.name.clone(),
        r#type: identity.r#type.clone(),
        description: identity.description.clone(),
        required: identity.required_for_import,
        optional: !identity.required_for_import,
        ..WireAttribute::default()
    });
    Ok(Block { attributes: self::attributes(&attributes.collect::<Vec<_>>())?, ..Block::default() })
}

/// The diagnostics in the model's form, in their order. One of no severity is an error: it is there for a reason.
pub fn read_diagnostics(diagnostics: &[WireDiagnostic]) -> Diagnostics {
    diagnostics.iter().map(diagnostic).collect()
}

/// The path in the model's form.
pub fn read_path(path: &AttributePath) -> Path {
    let steps = path.steps.iter().filter_map(|step| step.selector.as_ref());
    let steps = steps.map(|selector| match selector {
        Selector::AttributeName(name) => Step::Attribute(name.clone()),
        Selector::ElementKeyString(key) => Step::Key(key.clone()),
        Selector::ElementKeyInt(index) => usize::try_from(*index).map_or(Step::Key(index.to_string()), Step::Index),
    });
    steps.fold(Path::root(), Path::step)
}

fn diagnostic(wire: &WireDiagnostic) -> Diagnostic {
    let diagnostic = match wire.severity() {
        WireSeverity::Warning => Diagnostic { severity: Severity::Warning, ..Diagnostic::error(&wire.summary) },
        WireSeverity::Error | WireSeverity::Invalid => Diagnostic::error(&wire.summary),
    };
    diagnostic.detail(&wire.detail).at(wire.attribute.as_ref().map(read_path).unwrap_or_default())
}

fn block(block: &WireBlock) -> Result<Block, CodecError> {
    Ok(Block {
        description: block.description.clone(),
        attributes: attributes(&block.attributes)?,
        blocks: block.block_types.iter().map(nested).collect::<Result<_, _>>()?,
    })
}

fn nested(nested: &WireNestedBlock) -> Result<NestedBlock, CodecError> {
    let behind = |error: CodecError| error.behind(Step::Attribute(nested.type_name.clone()));
    let nesting = match nested.nesting() {
        nested_block::NestingMode::Single => Nesting::Single,
        nested_block::NestingMode::List => Nesting::List,
        nested_block::NestingMode::Set => Nesting::Set,
        nested_block::NestingMode::Map => Nesting::Map,
        nested_block::NestingMode::Group => Nesting::Group,
        nested_block::NestingMode::Invalid => {
            return Err(behind(CodecError::new("the block does not say how it nests")));
        }
    };
    let block = nested.block.as_ref().map(block).transpose().map_err(behind)?.unwrap_or_default();
    Ok(NestedBlock { name: nested.type_name.clone().into(), nesting, block })
}

fn attributes(attributes: &[WireAttribute]) -> Result<Vec<Attribute>, CodecError> {
    let read = |wire: &WireAttribute| attribute(wire).map_err(|error| error.behind(Step::Attribute(wire.name.clone())));
    attributes.iter().map(read).collect()
}

fn attribute(wire: &WireAttribute) -> Result<Attribute, CodecError> {
    let presence = match (wire.required, wire.optional, wire.computed) {
        (true, _, _) => Presence::Required,
        (_, true, false) => Presence::Optional,
        (_, true, true) => Presence::OptionalComputed,
        (_, false, true) => Presence::Computed,
        (_, false, false) => {
            return Err(CodecError::new("nothing sets the attribute: it is neither optional nor computed"));
        }
    };
    Ok(Attribute {
        name: wire.name.clone().into(),
        shape: shape(wire)?,
        presence,
        description: wire.description.clone(),
        default: None,
        forces_replacement: false,
        sensitive: wire.sensitive,
        write_only: wire.write_only,
        checks: Vec::new(),
    })
}

fn shape(wire: &WireAttribute) -> Result<Shape, CodecError> {
    let Some(nested) = &wire.nested_type else {
        let ty = serde_json::from_slice(&wire.r#type).ok().as_ref().and_then(Type::from_json);
        return ty.map(Shape::Type).ok_or_else(|| CodecError::new("the attribute has no type that is known here"));
    };
    let nesting = match nested.nesting() {
        object::NestingMode::Single => Nesting::Single,
        object::NestingMode::List => Nesting::List,
        object::NestingMode::Set => Nesting::Set,
        object::NestingMode::Map => Nesting::Map,
        object::NestingMode::Invalid => return Err(CodecError::new("the attribute does not say how it nests")),
    };
    Ok(Shape::Nested { nesting, attributes: attributes(&nested.attributes)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, shape: Shape, presence: Presence) -> Attribute {
        Attribute {
            description: format!("The {name}."),
            sensitive: name == "secret",
            write_only: name == "secret",
            ..Attribute::new(name.to_owned(), shape, presence)
        }
    }

    #[test]
    fn a_schema_survives_the_way_there_and_back() {
        let inner = vec![attribute("key", Shape::Type(Type::set(Type::Number)), Presence::Required)];
        let nestings = [Nesting::Single, Nesting::List, Nesting::Set, Nesting::Map, Nesting::Group];
        let blocks = nestings.into_iter().map(|nesting| NestedBlock {
            name: format!("in_{nesting:?}").into(),
            nesting,
            block: Block { attributes: inner.clone(), ..Block::default() },
        });
        let mut attributes = vec![
            attribute("any", Shape::Type(Type::Dynamic), Presence::Computed),
            attribute("secret", Shape::Type(Type::String), Presence::Optional),
        ];
        attributes.extend([Nesting::Single, Nesting::List, Nesting::Set, Nesting::Map].map(|nesting| {
            let shape = Shape::Nested { nesting, attributes: inner.clone() };
            attribute(&format!("nested_{nesting:?}"), shape, Presence::OptionalComputed)
        }));
        let mut block = Block { description: "A thing.".to_owned(), attributes, blocks: blocks.collect() };
        block.attributes.sort_by(|a, b| a.name.cmp(&b.name));
        block.blocks.sort_by(|a, b| a.name.cmp(&b.name));
        let schema = Schema { version: 3, block };
        let back = read_schema(&crate::schema(&schema)).expect("it was written from a schema");
        assert_eq!(format!("{back:?}"), format!("{schema:?}"));
    }

    #[test]
    fn what_is_no_schema_says_where() {
        let wire = |ty: &[u8]| WireSchema {
            version: 0,
            block: Some(WireBlock {
                attributes: vec![WireAttribute {
                    name: "a".to_owned(),
                    r#type: ty.to_vec(),
                    optional: true,
                    ..Default::default()
                }],
                ..Default::default()
            }),
        };
        assert!(read_schema(&wire(br#""string""#)).is_ok());
        let error = read_schema(&wire(b"colour")).expect_err("no type");
        assert_eq!(error.to_string(), "a: the attribute has no type that is known here");
    }

    #[test]
    fn diagnostics_survive_too() {
        let error = Diagnostic::error("Bad name").detail("It has a space.").at(Path::from("names").index(1).key("k"));
        let warning = Diagnostic::warning("Adopted").detail("It was there.");
        let both: Diagnostics = [error, warning].into_iter().collect();
        assert_eq!(read_diagnostics(&crate::diagnostics(&both)), both);
    }
}
