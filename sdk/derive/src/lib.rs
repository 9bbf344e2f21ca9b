//! Derive macros of the resource model.

mod argument;
mod emit;
mod errors;
mod form;
mod model;
mod options;
mod parse;
mod role;
mod syntax;

use proc_macro::TokenStream;
use proc_macro2::Span;
use syn::{DeriveInput, parse_macro_input};

use crate::role::Role;

/// A struct that is a value inside attributes.
#[proc_macro_derive(Object, attributes(attr, model))]
pub fn object(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input), Role::Object)
}

/// A struct of what the user sets.
#[proc_macro_derive(Inputs, attributes(attr, model))]
pub fn inputs(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input), Role::Inputs)
}

/// A struct of what the resource sets.
#[proc_macro_derive(Outputs, attributes(attr, model))]
pub fn outputs(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input), Role::Outputs)
}

fn derive(input: &DeriveInput, role: Role) -> TokenStream {
    let output = || {
        let definition = parse::definition(input, role)?;
        let model = match parse::model_path(input)? {
            Some(path) => path,
            None => model::path().map_err(|message| syn::Error::new(Span::call_site(), message))?,
        };
        Ok(emit::emit(&definition, &model))
    };
    output().unwrap_or_else(|error: syn::Error| error.into_compile_error()).into()
}
