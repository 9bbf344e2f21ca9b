//! The syntax of `#[attr(…)]`: names with values or lists, and which names there are.

use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, Token, parenthesized, token};

use crate::errors::Errors;

/// The options there are, each with how it is written.
const OPTIONS: [(&str, &str); 14] = [
    ("block", "block"),
    ("check", "check(function)"),
    ("computed", "computed"),
    ("count", "count(1..=5)"),
    ("default", "default = \"value\""),
    ("default_with", "default_with = function"),
    ("each", "each(function)"),
    ("each_one_of", "each_one_of(\"A\", \"B\")"),
    ("keys", "keys(function)"),
    ("nested", "nested"),
    ("one_of", "one_of(\"A\", \"B\")"),
    ("range", "range(1..=30)"),
    ("replace", "replace"),
    ("sensitive", "sensitive"),
];

/// Names that one would look for in vain, with what does their job.
const ELSEWHERE: [(&str, &str); 10] = [
    ("description", "the field's doc comment is its description"),
    ("doc", "the field's doc comment is its description"),
    ("force_new", "write `replace`"),
    ("forces_replacement", "write `replace`"),
    ("max", "write `range(..=most)` for a number, `count(..=most)` for a collection"),
    ("min", "write `range(least..)` for a number, `count(least..)` for a collection"),
    ("optional", "a field of type `Option<T>` is optional, and so is one with a `default`"),
    ("rename", "an attribute has the name of its field; `r#type` gives `type`"),
    ("required", "a field is required unless it is an `Option`, or has a `default`"),
    ("validate", "write `check(function)`"),
];

/// One option, as it is written.
pub struct Item {
    /// Its name.
    pub name: Ident,
    /// What comes with it.
    pub argument: Argument,
}

/// What comes with an option.
pub enum Argument {
    /// `name`
    Nothing,
    /// `name = value`
    Value(Expr),
    /// `name(one, two)`
    List(Punctuated<Expr, Token![,]>),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let argument = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Argument::Value(input.parse()?)
        } else if input.peek(token::Paren) {
            let list;
            parenthesized!(list in input);
            Argument::List(Punctuated::parse_terminated(&list)?)
        } else {
            Argument::Nothing
        };
        Ok(Self { name, argument })
    }
}

/// The options in the `#[attr(…)]` of one field: known ones, each once.
pub fn items(attributes: &[Attribute], errors: &mut Errors) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("attr")) {
        let parsed = attribute.parse_args_with(Punctuated::<Item, Token![,]>::parse_terminated);
        for item in errors.result(parsed).into_iter().flatten() {
            let name = item.name.to_string();
            if !OPTIONS.iter().any(|(option, _)| *option == name) {
                errors.push(&item.name, unknown(&name));
            } else if items.iter().any(|earlier| earlier.name == item.name) {
                errors.push(&item.name, format!("`{name}` is given twice: drop one"));
            } else {
                items.push(item);
            }
        }
    }
    items
}

/// How an option is written, for errors about its argument.
pub fn usage(name: &Ident) -> String {
    let written = OPTIONS.iter().find(|(option, _)| name == option).map_or("", |(_, written)| written);
    format!("write `{written}`")
}

fn unknown(name: &str) -> String {
    if let Some((_, instead)) = ELSEWHERE.iter().find(|(other, _)| *other == name) {
        return format!("there is no option `{name}`: {instead}");
    }
    let near = OPTIONS.iter().map(|(option, written)| (distance(name, option), written)).min();
    match near {
        Some((distance, written)) if distance <= name.len() / 3 => {
            format!("there is no option `{name}`; did you mean `{written}`?")
        }
        _ => {
            let names: Vec<&str> = OPTIONS.iter().map(|(option, _)| *option).collect();
            format!("there is no option `{name}`; there are: {}", names.join(", "))
        }
    }
}

/// How many letters must be added, dropped or changed to get from one name to the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, target) in other.bytes().enumerate() {
            let change = diagonal + usize::from(letter != target);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
