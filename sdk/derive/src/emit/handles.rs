//! The handles: what a program that has declared a resource refers to its attributes by.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Path;

use crate::parse::{Definition, Field, Role};

pub fn emit(definition: &Definition, model: &Path) -> TokenStream {
    let Definition { role, name, vis, fields, .. } = definition;
    let handles = format_ident!("{name}Handles");
    let doc = format!("[`{name}`] of a declared resource: each field is an expression that others can use.");
    let declared =
        fields.iter().map(|Field { docs, vis, ident, ty, .. }| quote!(#(#docs)* #vis #ident: #model::Output<#ty>));
    let referred = fields.iter().map(
        |Field { ident, name, .. }| quote!(#ident: #model::Output::attribute(::core::clone::Clone::clone(of), #name)),
    );
    // Without fields nothing reads it.
    let of = if fields.is_empty() && *role == Role::Inputs { format_ident!("_of") } else { format_ident!("of") };
    match role {
        Role::Outputs => quote! {
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

                fn handles<I>(#of: &#model::Address, inputs: I) -> #handles<I> {
                    #handles { inputs, #(#referred,)* __address: ::core::clone::Clone::clone(of) }
                }
            }

            #[automatically_derived]
            impl<I> #model::Declared for #handles<I> {
                fn address(&self) -> &#model::Address {
                    &self.__address
                }
            }
        },
        _ => quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            #[allow(dead_code, reason = "a program refers to what it needs")]
            #vis struct #handles {
                #(#declared,)*
            }

            #[automatically_derived]
            impl #model::DeclaredInputs for #name {
                type Handles = #handles;

                fn handles(#of: &#model::Address) -> #handles {
                    #handles { #(#referred,)* }
                }
            }
        },
    }
}
