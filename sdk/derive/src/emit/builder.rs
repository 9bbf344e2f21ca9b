//! The builder: one setter for each field, one type parameter for each required field.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt as _;

use super::at;
use crate::form::Form;
use crate::options::Place;
use crate::parse::{Definition, Field};

pub fn emit(definition: &Definition, model: &Path) -> TokenStream {
    let Definition { name, vis, fields, .. } = definition;
    let builder = format_ident!("{name}Builder");
    let required: Vec<&Field> = fields.iter().filter(|field| field.is_required()).collect();
    let states: Vec<Ident> = required.iter().map(|field| format_ident!("Has{}", camel_case(&field.ident))).collect();
    let proofs: Vec<Ident> = states.iter().map(|state| format_ident!("{name}{state}")).collect();
    let marks = required.iter().zip(&proofs).map(|(field, proof)| mark(field, proof, name, model));
    let setters = fields.iter().map(|field| {
        let given = required.iter().position(|other| other.ident == field.ident);
        let after = states
            .iter()
            .enumerate()
            .map(|(place, state)| if Some(place) == given { quote!(#model::Given) } else { quote!(#state) });
        setter(field, &quote!(#builder<#(#after),*>), &builder, model)
    });
    let builder_doc = format!("Takes the arguments of [`{name}`]: the required ones, then `build`.");
    let start_doc = "Starts to take arguments: one method for each, `build` when all required ones are given.";
    quote! {
        #[doc = #builder_doc]
        #[must_use = "arguments are nothing until `build` is called"]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #builder<#(#states = #model::Missing),*> {
            arguments: #model::derive_support::Arguments,
            given: ::core::marker::PhantomData<fn() -> (#(#states,)*)>,
        }

        const _: () = {
            #(#marks)*

            #[automatically_derived]
            impl #name {
                #[doc = #start_doc]
                #vis fn builder() -> #builder {
                    #builder {
                        arguments: ::core::default::Default::default(),
                        given: ::core::marker::PhantomData,
                    }
                }
            }

            #[automatically_derived]
            impl<#(#states),*> #builder<#(#states),*> {
                #(#setters)*

                /// The arguments.
                #vis fn build(self) -> #model::Args<#name>
                where
                    #(#states: #proofs,)*
                {
                    self.arguments.build()
                }
            }
        };
    }
}

/// A trait that only [`Given`] has: its one use is what the compiler says where the field is missing.
fn mark(field: &Field, proof: &Ident, resource: &Ident, model: &Path) -> TokenStream {
    let name = &field.name;
    let method = &field.ident;
    let doc = format!("`{name}` is given.");
    let message = format!("`{name}` is required by `{resource}`, and not given");
    let label = format!("call `.{method}(…)` before this");
    quote! {
        #[doc = #doc]
        #[diagnostic::on_unimplemented(message = #message, label = #label)]
        pub trait #proof {}

        impl #proof for #model::Given {}
    }
}

fn setter(field: &Field, after: &TokenStream, builder: &Ident, model: &Path) -> TokenStream {
    let Field { ident, name, vis, docs, ty, .. } = field;
    let (argument, value) = argument(field, model);
    quote_spanned! {at(ty)=>
        #(#docs)*
        #vis fn #ident(self, value: #argument) -> #after {
            #builder {
                arguments: self.arguments.with(#name, #value),
                given: ::core::marker::PhantomData,
            }
        }
    }
}

/// The type of a setter's argument `value`, and the expression that makes it a value of the model.
fn argument(field: &Field, model: &Path) -> (TokenStream, TokenStream) {
    let ty = &field.ty;
    match (field.options.place, Form::of(ty)) {
        // Objects are given as they are: nothing else turns into them.
        (Place::Nested | Place::Block, Form::List(object) | Form::Set(object)) => (
            quote!(impl ::core::iter::IntoIterator<Item = #object>),
            quote!(#model::Field::encode(&<#ty as ::core::iter::FromIterator<#object>>::from_iter(value))),
        ),
        (Place::Nested | Place::Block, Form::Optional(_)) => (
            quote!(impl ::core::convert::Into<#ty>),
            quote!(#model::Field::encode(&::core::convert::Into::<#ty>::into(value))),
        ),
        _ => (
            quote!(impl ::core::convert::Into<#model::Input<#ty>>),
            quote!(::core::convert::Into::<#model::Input<#ty>>::into(value).into_expression()),
        ),
    }
}

fn camel_case(ident: &Ident) -> String {
    let capitalised = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    ident.unraw().to_string().split('_').filter(|word| !word.is_empty()).map(capitalised).collect()
}
