//! `Field` and `Object`: the schema, and the way from and to a value.

use proc_macro2::TokenStream;
use quote::{ToTokens, TokenStreamExt as _, quote, quote_spanned};
use syn::Path;

use super::{absent, at, read};
use crate::form::Form;
use crate::options::{Place, Presence, Rule};
use crate::parse::{Definition, Field};
use crate::role::Role;

pub fn emit(definition: &Definition, model: &Path) -> TokenStream {
    let Definition { role, name, description, fields, .. } = definition;
    let support = quote!(#model::derive_support);
    let decode = quote!(#support::field);
    let decoded = fields.iter().map(|field| read(field, &decode));
    let encoded = fields.iter().map(|field| {
        let (ident, name) = (&field.ident, &field.name);
        let encode = quote_spanned!(at(&field.ty)=> #model::Field::encode(&self.#ident));
        quote!((#name, #encode))
    });
    let (blocks, attributes): (Vec<&Field>, Vec<&Field>) =
        fields.iter().partition(|field| field.options.place == Place::Block);
    let attributes = attributes.into_iter().map(|field| attribute(field, *role, model));
    let blocks = blocks.into_iter().map(|field| {
        let Field { name, description, ty, .. } = field;
        quote_spanned!(at(ty)=> #support::block::<#ty>(#name, #description))
    });
    let assertions = fields.iter().filter_map(|field| assertion(field, model));
    quote! {
        #(#assertions)*

        #[automatically_derived]
        impl #model::Field for #name {
            fn ty() -> #model::Type {
                <Self as #model::Object>::block().ty()
            }

            fn decode(value: &#model::Value) -> ::core::result::Result<Self, #model::DecodeError> {
                #support::decode(value, |object| ::core::result::Result::Ok(Self { #(#decoded),* }))
            }

            fn encode(&self) -> #model::Value {
                #support::object([#(#encoded),*])
            }
        }

        #[automatically_derived]
        impl #model::Object for #name {
            fn block() -> #model::Block {
                #model::Block {
                    description: ::std::string::String::from(#description),
                    attributes: ::std::vec![#(#attributes),*],
                    blocks: ::std::vec![#(#blocks),*],
                }
            }
        }
    }
}

fn attribute(field: &Field, role: Role, model: &Path) -> TokenStream {
    let Field { name, ty, description, options, .. } = field;
    let shape = match (options.place, role) {
        (Place::Nested, Role::Outputs) => quote!(nested_output),
        (Place::Nested, _) => quote!(nested),
        _ => quote!(plain),
    };
    let shape = quote_spanned!(at(ty)=> #model::derive_support::#shape::<#ty>());
    let default = match absent(field) {
        Some(absent) => quote!(#model::derive_support::default::<#ty>(#absent)),
        None => quote!(::core::option::Option::None),
    };
    let (presence, replace, sensitive) = (options.presence, options.replace, options.sensitive);
    let checks = options.rules.iter().map(|rule| check(rule, model));
    quote! {
        #model::Attribute {
            name: ::std::borrow::Cow::Borrowed(#name),
            shape: #shape,
            presence: #model::Presence::#presence,
            description: ::std::string::String::from(#description),
            default: #default,
            forces_replacement: #replace,
            sensitive: #sensitive,
            write_only: false,
            checks: ::std::vec![#(#checks),*],
        }
    }
}

impl ToTokens for Presence {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(match self {
            Self::Required => quote!(Required),
            Self::Optional => quote!(Optional),
            Self::OptionalComputed => quote!(OptionalComputed),
            Self::Computed => quote!(Computed),
        });
    }
}

fn check(rule: &Rule, model: &Path) -> TokenStream {
    match rule {
        Rule::OneOf(allowed) => quote!(#model::Check::OneOf(&[#(#allowed),*])),
        Rule::Range(least, most) => quote!(#model::Check::Range(#least, #most)),
        Rule::Count(least, most) => quote!(#model::Check::Count(#least, #most)),
        Rule::Text(function) => quote!(#model::Check::Text(#function)),
        Rule::Keys(function) => quote!(#model::Check::Keys(#function)),
        Rule::Each(rule) => {
            let check = check(rule, model);
            quote!(#model::Check::Each(::std::boxed::Box::new(#check)))
        }
    }
}

/// Stops the compilation where an alias hides an `Option`: the macro took the field for one that is always there.
fn assertion(field: &Field, model: &Path) -> Option<TokenStream> {
    let Field { name, ty, options, .. } = field;
    let may_hide = matches!(Form::of(ty), Form::Other) && options.presence != Presence::Computed;
    let message = format!("the type of `{name}` allows null: write it as `Option<…>`, so that the field is optional");
    may_hide.then(|| {
        quote_spanned! {at(ty)=>
            const _: () = ::core::assert!(!<#ty as #model::Field>::NULLABLE, #message);
        }
    })
}
