//! `Attributes`, with the twin struct whose fields may be unknown.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Path;

use super::read;
use crate::parse::{Definition, Field};

pub fn emit(definition: &Definition, model: &Path) -> TokenStream {
    let Definition { name, vis, fields, .. } = definition;
    let twin = format_ident!("{name}Partial");
    let doc = format!("[`{name}`] while planning: each field is known now, or only after apply.");
    let declared =
        fields.iter().map(|Field { docs, vis, ident, ty, .. }| quote!(#(#docs)* #vis #ident: #model::Known<#ty>));
    let support = quote!(#model::derive_support);
    let known = quote!(#support::known);
    let read = fields.iter().map(|field| read(field, &known));
    let composed = fields.iter().map(|Field { ident, name, .. }| quote!((#name, #support::encode(&partial.#ident))));
    let completed =
        fields.iter().map(|Field { ident, name, .. }| quote!(#ident: #support::complete(partial.#ident, #name)?));
    let cloned = fields
        .iter()
        .map(|Field { ident, .. }| quote!(#ident: #model::Known::Now(::core::clone::Clone::clone(&self.#ident))));
    // Without fields nothing reads it.
    let partial = if fields.is_empty() { format_ident!("_partial") } else { format_ident!("partial") };
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::default::Default)]
        #vis struct #twin {
            #(#declared,)*
        }

        #[automatically_derived]
        impl #model::Attributes for #name {
            type Partial = #twin;

            fn partial(value: &#model::Value) -> ::core::result::Result<#twin, #model::DecodeError> {
                #support::partial::<Self>(value, |object| ::core::result::Result::Ok(#twin { #(#read),* }))
            }

            fn compose(#partial: &#twin, onto: &#model::Value) -> #model::Value {
                #support::compose(onto, [#(#composed),*])
            }

            fn complete(#partial: #twin) -> ::core::result::Result<Self, #model::NotKnown> {
                ::core::result::Result::Ok(Self { #(#completed),* })
            }

            fn to_partial(&self) -> #twin {
                #twin { #(#cloned),* }
            }
        }
    }
}
