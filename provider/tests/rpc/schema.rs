//! What the provider offers.

use std::fmt::Write as _;

use prost::Message as _;
use rosa_ecr_proto::tfplugin6::schema::{Attribute, Block, nested_block, object};
use rosa_ecr_proto::tfplugin6::{Schema, ServerCapabilities, StringKind, get_metadata, get_provider_schema};

use crate::peer::Peer;

#[tokio::test]
async fn schemas_say_what_the_structs_say() {
    let mut peer = Peer::connect().await;
    let schema =
        peer.client.get_provider_schema(get_provider_schema::Request {}).await.expect("an answer").into_inner();
    assert_eq!(schema.diagnostics, []);
    let mut text = String::new();
    describe(&mut text, "provider", schema.provider.as_ref());
    for (name, schema) in &schema.resource_schemas {
        describe(&mut text, name, Some(schema));
    }
    for (sort, schemas) in [
        ("data", &schema.data_source_schemas),
        ("ephemeral", &schema.ephemeral_resource_schemas),
        ("list", &schema.list_resource_schemas),
    ] {
        for (name, schema) in schemas {
            describe(&mut text, &format!("{sort} {name}"), Some(schema));
        }
    }
    for (name, action) in &schema.action_schemas {
        describe(&mut text, &format!("action {name}"), action.schema.as_ref());
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn schemas_are_the_same_bytes_every_time() {
    let ask = || get_provider_schema::Request {};
    let mut first = Peer::connect().await;
    let bytes = first.client.get_provider_schema(ask()).await.expect("an answer").into_inner().encode_to_vec();
    for _ in 0..10 {
        let again = first.client.get_provider_schema(ask()).await.expect("an answer").into_inner();
        assert_eq!(again.encode_to_vec(), bytes);
        let anew = Peer::connect().await.client.get_provider_schema(ask()).await.expect("an answer").into_inner();
        assert_eq!(anew.encode_to_vec(), bytes);
    }
}

#[tokio::test]
async fn metadata_names_everything_and_what_the_server_can_do() {
    let mut peer = Peer::connect().await;
    let metadata = peer.client.get_metadata(get_metadata::Request {}).await.expect("an answer").into_inner();
    let names: Vec<&str> = metadata.resources.iter().map(|resource| resource.type_name.as_str()).collect();
    assert_eq!(names, ["shelf_book", "shelf_liar", "shelf_trap"]);
    let names = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<_>>().join(", ");
    assert_eq!(names(metadata.data_sources.iter().map(|one| &one.type_name).collect()), "shelf_catalogue");
    assert_eq!(names(metadata.ephemeral_resources.iter().map(|one| &one.type_name).collect()), "shelf_card");
    assert_eq!(names(metadata.list_resources.iter().map(|one| &one.type_name).collect()), "shelf_book");
    assert_eq!(names(metadata.actions.iter().map(|one| &one.type_name).collect()), "shelf_dusting");
    assert_eq!(names(metadata.functions.iter().map(|one| &one.name).collect()), "join, label");
    let capabilities = ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    };
    assert_eq!(metadata.server_capabilities, Some(capabilities));
    let schema =
        peer.client.get_provider_schema(get_provider_schema::Request {}).await.expect("an answer").into_inner();
    assert_eq!(schema.server_capabilities, Some(capabilities));
}

fn describe(text: &mut String, name: &str, schema: Option<&Schema>) {
    let schema = schema.expect("a schema");
    writeln!(text, "{name} version {}", schema.version).expect("memory");
    describe_block(text, schema.block.as_ref().expect("a block"), 1);
}

fn describe_block(text: &mut String, block: &Block, depth: usize) {
    assert_eq!(block.description_kind(), StringKind::Markdown);
    let indent = "  ".repeat(depth);
    writeln!(text, "{indent}# {}", block.description).expect("memory");
    describe_attributes(text, &block.attributes, depth);
    for nested in &block.block_types {
        assert_ne!(nested.nesting(), nested_block::NestingMode::Invalid);
        writeln!(text, "{indent}{} block, {}", nested.type_name, nested.nesting().as_str_name()).expect("memory");
        describe_block(text, nested.block.as_ref().expect("a block"), depth + 1);
    }
}

fn describe_attributes(text: &mut String, attributes: &[Attribute], depth: usize) {
    let indent = "  ".repeat(depth);
    for attribute in attributes {
        assert_eq!(attribute.description_kind(), StringKind::Markdown);
        let flags = [
            (attribute.required, "required"),
            (attribute.optional, "optional"),
            (attribute.computed, "computed"),
            (attribute.sensitive, "sensitive"),
        ];
        let flags: Vec<&str> = flags.into_iter().filter_map(|(is_set, flag)| is_set.then_some(flag)).collect();
        let ty = match &attribute.nested_type {
            Some(nested) => {
                assert!(attribute.r#type.is_empty() && nested.nesting() != object::NestingMode::Invalid);
                nested.nesting().as_str_name().to_owned()
            }
            None => String::from_utf8(attribute.r#type.clone()).expect("JSON"),
        };
        writeln!(text, "{indent}{} {ty}, {}: {}", attribute.name, flags.join(" "), attribute.description)
            .expect("memory");
        if let Some(nested) = &attribute.nested_type {
            describe_attributes(text, &nested.attributes, depth + 1);
        }
    }
}
