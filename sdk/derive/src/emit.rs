//! From what the derives know of a struct to Rust: mostly data, in terms of the model's `derive_support`.

mod attributes;
mod builder;
mod handles;
mod object;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Path, Type};

use crate::argument::Default;
use crate::options::Place;
use crate::parse::{Definition, Field};
use crate::role::Role;

/// All that the derive of this struct's role gives, in terms of the model at `model`.
pub fn emit(definition: &Definition, model: &Path) -> TokenStream {
    let object = object::emit(definition, model);
    let attributes = (definition.role != Role::Object).then(|| attributes::emit(definition, model));
    let builder = (definition.role == Role::Inputs).then(|| builder::emit(definition, model));
    let handles = (definition.role != Role::Object).then(|| handles::emit(definition, model));
    quote!(#object #attributes #builder #handles)
}

/// Where errors about a type's traits are shown: at the type, but as the derive's code, which lints leave alone.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}

/// What stands for null, as a function; `None` where the type decides.
fn absent(field: &Field) -> Option<TokenStream> {
    match &field.options.default {
        Some(Default::Literal(literal)) => Some(quote!(|| ::core::convert::From::from(#literal))),
        Some(Default::Empty) => Some(quote!(::core::default::Default::default)),
        Some(Default::Function(function)) => Some(quote!(#function)),
        // Where no block stands there are no objects.
        None if field.options.place == Place::Block => Some(quote!(::core::default::Default::default)),
        None => None,
    }
}

/// The same, as the model's `derive_support` takes it.
fn absent_argument(field: &Field) -> TokenStream {
    let none = || quote!(::core::option::Option::None);
    absent(field).map_or_else(none, |absent| quote!(::core::option::Option::Some(#absent)))
}

/// The name of one field with the call that reads it from `object`.
fn read(field: &Field, function: &TokenStream) -> TokenStream {
    let (ident, name, absent) = (&field.ident, &field.name, absent_argument(field));
    let read = quote_spanned!(at(&field.ty)=> #function(object, #name, #absent)?);
    quote!(#ident: #read)
}
