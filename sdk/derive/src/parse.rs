//! From the tokens of a struct to what the derives need of it.

use syn::ext::IdentExt as _;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Ident, Lit, Meta, Path, Type, Visibility};

use crate::errors::Errors;
use crate::form::{self, Form};
use crate::options::{self, Options, Presence};
use crate::role::Role;
use crate::syntax;

/// A struct.
pub struct Definition {
    /// What it is for.
    pub role: Role,
    /// Its name.
    pub name: Ident,
    /// Its visibility.
    pub vis: Visibility,
    /// Its doc comment.
    pub description: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field of the struct.
pub struct Field {
    /// Its name in Rust.
    pub ident: Ident,
    /// The name of the attribute.
    pub name: String,
    /// Its visibility.
    pub vis: Visibility,
    /// Its type.
    pub ty: Type,
    /// Its doc comment, as attributes.
    pub docs: Vec<Attribute>,
    /// Its doc comment.
    pub description: String,
    /// Its options.
    pub options: Options,
}

impl Field {
    /// Whether the builder insists on it.
    pub fn is_required(&self) -> bool {
        self.options.presence == Presence::Required && self.options.place != options::Place::Block
    }
}

/// The path of the model that `#[model(crate = path)]` gives, if it is there.
///
/// # Errors
/// Where it is not written that way.
pub fn model_path(input: &DeriveInput) -> syn::Result<Option<Path>> {
    let Some(attribute) = input.attrs.iter().find(|attribute| attribute.path().is_ident("model")) else {
        return Ok(None);
    };
    let mut path = None;
    attribute.parse_nested_meta(|meta| {
        if !meta.path.is_ident("crate") {
            return Err(meta.error("write `#[model(crate = path::to::the_model)]`"));
        }
        path = Some(meta.value()?.call(Path::parse_mod_style)?);
        Ok(())
    })?;
    Ok(path)
}

/// Reads a struct.
///
/// # Errors
/// With everything that is wrong with it.
pub fn definition(input: &DeriveInput, role: Role) -> syn::Result<Definition> {
    let mut errors = Errors::default();
    if !input.generics.params.is_empty() {
        errors.push(
            &input.generics,
            "a schema has no parameters: drop them, and write one struct for each type that you need",
        );
    }
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("attr")) {
        errors.push(attribute, "`#[attr(…)]` belongs on the fields");
    }
    let description = errors.result(description(&input.attrs)).unwrap_or_default();
    let fields = named(input, &mut errors).into_iter().map(|field| read(field, role, &mut errors)).collect();
    errors.finish(Definition { role, name: input.ident.clone(), vis: input.vis.clone(), description, fields })
}

fn named<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Vec<&'a syn::Field> {
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            Fields::Unnamed(fields) => {
                errors.push(fields, "attributes have names: write a struct with named fields, `{ name: Type }`");
                None
            }
            Fields::Unit => {
                errors.push(&input.ident, "write a struct with named fields, or `{}` where there are none");
                None
            }
        },
        Data::Enum(_) | Data::Union(_) => {
            errors.push(
                &input.ident,
                "a schema comes from a struct with named fields; for a choice of strings use a field with \
                 `#[attr(one_of(\"A\", \"B\"))]`",
            );
            None
        }
    };
    fields.into_iter().flatten().collect()
}

fn read(field: &syn::Field, role: Role, errors: &mut Errors) -> Field {
    let ident = field.ident.clone().unwrap_or_else(|| Ident::new("unnamed", proc_macro2::Span::call_site()));
    let name = ident.unraw().to_string();
    if let Err(message) = name_fits(&name, role) {
        errors.push(&ident, message);
    }
    if let Some(replacement) = form::replacement(&field.ty) {
        errors.push(&field.ty, format!("this is no attribute type: {replacement}"));
    }
    if let Form::Optional(held) = Form::of(&field.ty)
        && matches!(Form::of(held), Form::Optional(_))
    {
        errors.push(&field.ty, "null is null: one `Option` is enough");
    }
    let description = errors.result(description(&field.attrs));
    if description.as_deref() == Some("") {
        errors.push(&ident, "document the field: its comment is the user documentation");
    }
    let items = syntax::items(&field.attrs, errors);
    Field {
        options: options::options(&items, &field.ty, role, errors),
        docs: field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect(),
        vis: field.vis.clone(),
        ty: field.ty.clone(),
        description: description.unwrap_or_default(),
        name,
        ident,
    }
}

/// Arguments that Terraform keeps for itself in every resource.
const RESERVED: [&str; 7] = ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

fn name_fits(name: &str, role: Role) -> Result<(), String> {
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_plain || name.starts_with('_') {
        return Err("an attribute's name has lower-case letters, digits and underscores, a letter first".to_owned());
    }
    if role != Role::Object && RESERVED.contains(&name) {
        return Err(format!("Terraform keeps `{name}` for itself: choose another name"));
    }
    if role == Role::Inputs && name == "build" {
        return Err("the builder's last method is `build`: choose another name".to_owned());
    }
    if role == Role::Outputs && name == "inputs" {
        return Err("programs reach the inputs by this name: choose another one".to_owned());
    }
    Ok(())
}

/// The doc comment, each line without the space that follows the slashes.
fn description(attributes: &[Attribute]) -> syn::Result<String> {
    let mut lines = Vec::new();
    for attribute in attributes {
        let Meta::NameValue(doc) = &attribute.meta else { continue };
        if !doc.path.is_ident("doc") {
            continue;
        }
        let Expr::Lit(literal) = &doc.value else {
            return Err(syn::Error::new_spanned(&doc.value, "write the documentation as a comment, `/// …`"));
        };
        let Lit::Str(text) = &literal.lit else { continue };
        let text = text.value();
        lines.extend(text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()));
        if text.is_empty() {
            lines.push(String::new());
        }
    }
    Ok(lines.join("\n").trim().to_owned())
}
