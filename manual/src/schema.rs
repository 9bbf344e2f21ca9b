//! The schema sections of a page: arguments by who sets them, then nested objects one after the other.

use std::fmt::Write as _;

use rosa_ecr_model::{Attribute, Block, Check, IdentityAttribute, NestedBlock, Nesting, Presence, Shape, Type, Value};

/// Defaults up to this long stand in the attribute's line; longer ones get a section.
const SHORT: usize = 40;

/// The section "Schema" of a page.
pub(crate) fn section(block: &Block) -> String {
    let mut text = "## Schema\n".to_owned();
    groups(&mut text, block, "", "### ", "\n");
    nested(&mut text, block, "");
    for attribute in &block.attributes {
        if let Some(default) = attribute.default.as_ref().map(hcl).filter(|default| default.len() > SHORT) {
            let _ = write!(text, "\n### Default of `{0}`\n\n```hcl\n{0} = {default}\n```\n", attribute.name);
        }
    }
    text
}

/// The section "Identity Schema" of a page.
pub(crate) fn identity(attributes: &[IdentityAttribute]) -> String {
    let mut text = "### Identity Schema\n".to_owned();
    for (title, required) in [("Required", true), ("Optional", false)] {
        let mut group = attributes.iter().filter(|attribute| attribute.required == required).peekable();
        if group.peek().is_some() {
            let _ = write!(text, "\n#### {title}\n\n");
        }
        for attribute in group {
            let _ = writeln!(text, "- `{}` (String) {}", attribute.name, attribute.description);
        }
    }
    text
}

/// What an attribute's line says behind its name and type: the description, and what the schema adds to it.
pub(crate) fn description(attribute: &Attribute) -> String {
    let mut text = one_line(&attribute.description);
    for check in &attribute.checks {
        if let Check::OneOf(allowed) = check
            && allowed.iter().any(|option| !text.contains(option))
        {
            let allowed: Vec<String> = allowed.iter().map(|option| format!("`{option}`")).collect();
            let _ = write!(text, " One of {}.", allowed.join(", "));
        }
    }
    if attribute.forces_replacement && !text.contains("Changing it") {
        text.push_str(" Changing it makes a new object.");
    }
    text.trim_start().to_owned()
}

/// A default as HCL, where it is one that a reader has to know.
pub(crate) fn default(attribute: &Attribute) -> Option<String> {
    attribute.default.as_ref().filter(|default| !default.is_null()).map(hcl)
}

/// Required, optional and computed attributes and blocks, each group under a heading.
fn groups(text: &mut String, block: &Block, path: &str, before: &str, after: &str) {
    let is_in = |title: &str, presence: Presence| match presence {
        Presence::Required => title == "Required",
        Presence::Optional | Presence::OptionalComputed => title == "Optional",
        Presence::Computed => title == "Read-Only",
    };
    for title in ["Required", "Optional", "Read-Only"] {
        let mut lines: Vec<(&str, String)> = Vec::new();
        for attribute in block.attributes.iter().filter(|attribute| is_in(title, attribute.presence)) {
            lines.push((&attribute.name, attribute_line(attribute, path)));
        }
        if title == "Optional" {
            lines.extend(block.blocks.iter().map(|block| (&*block.name, block_line(block, path))));
        }
        if lines.is_empty() {
            continue;
        }
        lines.sort();
        let _ = write!(text, "\n{before}{title}{}{after}", if before.is_empty() { ":\n" } else { "\n" });
        for (_, line) in lines {
            text.push_str(&line);
        }
    }
}

fn attribute_line(attribute: &Attribute, path: &str) -> String {
    let ty = match &attribute.shape {
        Shape::Type(ty) => type_name(ty),
        Shape::Nested { nesting, .. } => format!("Attributes{}", nesting_name(*nesting)),
    };
    let sensitive = if attribute.sensitive { ", Sensitive" } else { "" };
    let mut line = format!("- `{}` ({ty}{sensitive}) {}", attribute.name, description(attribute));
    match default(attribute) {
        Some(default) if default.len() <= SHORT => {
            let _ = write!(line, " Default: `{default}`.");
        }
        Some(_) => {
            let _ = write!(line, " (see [its default](#default-of-{}))", attribute.name);
        }
        None => {}
    }
    if matches!(attribute.shape, Shape::Nested { .. }) {
        let _ = write!(line, " (see [below for nested schema](#nestedatt--{}))", anchor(path, &attribute.name));
    }
    line.push('\n');
    line
}

fn block_line(block: &NestedBlock, path: &str) -> String {
    let held = match block.nesting {
        Nesting::Single => ", Optional",
        nesting => nesting_name(nesting),
    };
    let description = one_line(&block.block.description);
    let (name, anchor) = (&block.name, anchor(path, &block.name));
    format!("- `{name}` (Block{held}) {description} (see [below for nested schema](#nestedblock--{anchor}))\n")
}

/// The nested objects of a block, each followed by its own.
fn nested(text: &mut String, block: &Block, path: &str) {
    let attributes = block.attributes.iter().filter_map(|attribute| match &attribute.shape {
        Shape::Nested { attributes, .. } => {
            let block = Block { attributes: attributes.clone(), ..Block::default() };
            Some((&*attribute.name, "nestedatt", block))
        }
        Shape::Type(_) => None,
    });
    let blocks = block.blocks.iter().map(|nested| (&*nested.name, "nestedblock", nested.block.clone()));
    let mut all: Vec<_> = attributes.chain(blocks).collect();
    all.sort_by_key(|(name, ..)| *name);
    for (name, what, block) in all {
        let anchor = anchor(path, name);
        let dotted = anchor.replace("--", ".");
        let _ = write!(text, "\n<a id=\"{what}--{anchor}\"></a>\n### Nested Schema for `{dotted}`\n");
        groups(text, &block, &anchor, "", "\n");
        nested(text, &block, &anchor);
    }
}

fn anchor(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}--{name}") }
}

/// A type in the words of the registries' pages.
pub(crate) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", type_name(element)),
        Type::Set(element) => format!("Set of {}", type_name(element)),
        Type::Map(element) => format!("Map of {}", type_name(element)),
        Type::Object(_) => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}

fn nesting_name(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single | Nesting::Group => "",
        Nesting::List => " List",
        Nesting::Set => " Set",
        Nesting::Map => " Map",
    }
}

/// Markdown paragraphs as one line of a list.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value as a person writes it in HCL.
fn hcl(value: &Value) -> String {
    match value {
        Value::List(elements) | Value::Set(elements) => {
            format!("[{}]", elements.iter().map(hcl).collect::<Vec<_>>().join(", "))
        }
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Map(entries) => {
            let width = entries.keys().map(String::len).max().unwrap_or_default() + 2;
            let lines =
                entries.iter().map(|(key, value)| format!("  {:width$} = {}\n", format!("{key:?}"), hcl(value)));
            format!("{{\n{}}}", lines.collect::<String>())
        }
        Value::String(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(bool) => bool.to_string(),
        Value::Null | Value::Unknown => "null".to_owned(),
    }
}
