//! The handles: a struct of expressions, such as those by which a program refers to what it has declared.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Path;

use crate::parse::{Definition, Field};
use crate::role::Role;

pub fn emit(definition: &Definition, model: &Path) -> TokenStream {
    let Definition { role, name, vis, fields, .. } = definition;
    let handles = format_ident!("{name}Handles");
    let doc = format!("[`{name}`] as expressions, such as those of a declared resource.");
    let declared =
        fields.iter().map(|Field { docs, vis, ident, ty, .. }| quote!(#(#docs)* #vis #ident: #model::Output<#ty>));
    // Without fields nothing reads it.
    let unread = fields.is_empty();
    match role {
        Role::Outputs => {
            let referred = fields.iter().map(|Field { ident, name, .. }| {
                quote!(#ident: #model::Output::attribute(::core::clone::Clone::clone(of), #name))
            });
            quote! {
                #[doc = #doc]
                #[derive(::core::clone::Clone, ::core::fmt::Debug)]
                #[allow(dead_code, reason = "a program refers to what it needs")]
                #vis struct #handles<I> {
                    /// The inputs, as they are after apply.
                    pub inputs: I,
                    #(#declared,)*
                    __address: #model::Address,
                }

                #[automatically_derived]
                impl #model::DeclaredOutputs for #name {
                    type Handles<I> = #handles<I>;

                    fn handles<I>(of: &#model::Address, inputs: I) -> #handles<I> {
                        #handles { inputs, #(#referred,)* __address: ::core::clone::Clone::clone(of) }
                    }
                }

                #[automatically_derived]
                impl<I> #model::Declared for #handles<I> {
                    fn address(&self) -> &#model::Address {
                        &self.__address
                    }
                }
            }
        }
        _ => {
            let attribute = if unread { format_ident!("_attribute") } else { format_ident!("attribute") };
            let given = if unread { format_ident!("_handles") } else { format_ident!("handles") };
            let expressed =
                fields.iter().map(|Field { ident, name, .. }| quote!(#ident: #model::Output::new(attribute(#name))));
            let arguments = fields
                .iter()
                .map(|Field { ident, name, .. }| quote!(.with(#name, #model::Output::into_expression(handles.#ident))));
            quote! {
                #[doc = #doc]
                #[derive(::core::clone::Clone, ::core::fmt::Debug)]
                #[allow(dead_code, reason = "a program refers to what it needs")]
                #vis struct #handles {
                    #(#declared,)*
                }

                #[automatically_derived]
                impl #model::DeclaredInputs for #name {
                    type Handles = #handles;

                    fn expressed(#attribute: impl ::core::ops::Fn(&str) -> #model::Expression) -> #handles {
                        #handles { #(#expressed,)* }
                    }

                    fn arguments(#given: #handles) -> #model::Args<Self> {
                        let arguments: #model::derive_support::Arguments = ::core::default::Default::default();
                        arguments #(#arguments)* .build()
                    }
                }
            }
        }
    }
}
