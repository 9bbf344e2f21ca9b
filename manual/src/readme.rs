//! The reference in README.md: inputs and outputs of one resource, between two markers.

use std::fmt::Write as _;

use rosa_ecr_model::{Attribute, Presence, Provider, Shape, Type};

use crate::schema;

const BEGIN: &str = "<!-- Written by `make docs` from the schema. -->";
const END: &str = "<!-- Up to here. -->";

/// The README with what is between its markers written anew; `None` where it has no such markers, or the provider no
/// such resource.
pub fn with_reference<P: Provider>(readme: &str, type_name: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let kind = P::kinds().into_iter().find(|kind| kind.type_name() == type_name)?;
    let block = &kind.schema().block;
    let mut text = format!("{before}{BEGIN}\n\n| Input | Type | Default | |\n|---|---|---|---|\n");
    for attribute in block.attributes.iter().filter(|attribute| attribute.is_configurable()) {
        let default = match attribute.presence {
            Presence::Required => "required".to_owned(),
            _ => schema::default(attribute).map_or_else(String::new, |default| code(&default)),
        };
        let description = cell(&schema::description(attribute));
        let _ = writeln!(text, "| `{}` | {} | {default} | {description} |", attribute.name, code(&ty(attribute)));
    }
    for block in &block.blocks {
        let _ =
            writeln!(text, "| `{}` | block | | {} |", block.name, cell(&schema::one_line(&block.block.description)));
    }
    text.push_str("\n| Output | Type | |\n|---|---|---|\n");
    for attribute in block.attributes.iter().filter(|attribute| !attribute.is_configurable()) {
        let description = cell(&schema::description(attribute));
        let _ = writeln!(text, "| `{}` | {} | {description} |", attribute.name, code(&ty(attribute)));
    }
    let _ = write!(text, "\n{END}{after}");
    Some(text)
}

/// Nested objects have a type of their own, which the page of the resource shows.
fn ty(attribute: &Attribute) -> String {
    match &attribute.shape {
        Shape::Type(ty) => ty.to_string(),
        Shape::Nested { nesting, .. } => {
            nesting.of(Type::object::<String>([])).to_string().replace("object({})", "object")
        }
    }
}

/// A value of several lines is too much for a cell.
fn code(text: &str) -> String {
    if text.contains('\n') { "see its page".to_owned() } else { format!("`{text}`") }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
