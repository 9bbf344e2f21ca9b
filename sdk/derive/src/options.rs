//! What the options of a field mean, and which of them go together.

use proc_macro2::TokenStream;
use syn::{Ident, Lit, LitStr, Path, Type};

use crate::argument::{self, Default};
use crate::errors::Errors;
use crate::form::Form;
use crate::role::Role;
use crate::syntax::Item;

/// The options of one field, checked against its type and against each other.
pub struct Options {
    /// Where in the schema it goes.
    pub place: Place,
    /// Who sets it.
    pub presence: Presence,
    /// What stands for null.
    pub default: Option<Default>,
    /// `replace`
    pub replace: bool,
    /// `sensitive`
    pub sensitive: bool,
    /// What its value must satisfy.
    pub rules: Vec<Rule>,
}

/// Where in the schema a field goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// An attribute of a plain type.
    Plain,
    /// An attribute that holds objects.
    Nested,
    /// A block.
    Block,
}

/// Who sets an attribute, by the model's names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The user must.
    Required,
    /// The user may.
    Optional,
    /// The user may, else the resource does.
    OptionalComputed,
    /// The resource does.
    Computed,
}

/// What a value must satisfy, by the model's `Check`s.
pub enum Rule {
    /// `one_of`
    OneOf(Vec<LitStr>),
    /// `range`
    Range(i64, i64),
    /// `count`
    Count(usize, usize),
    /// `check`
    Text(Path),
    /// `each`, `each_one_of`
    Each(Box<Rule>),
    /// `keys`
    Keys(Path),
}

/// Reads the options of a field of that type. After errors the result stands in for a right one.
pub fn options(items: &[Item], ty: &Type, role: Role, errors: &mut Errors) -> Options {
    let form = Form::of(ty);
    let is_optional = matches!(form, Form::Optional(_));
    let has = |name: &str| items.iter().any(|item| item.name == name);
    let place = if has("block") {
        Place::Block
    } else if has("nested") {
        Place::Nested
    } else {
        Place::Plain
    };
    let presence = match role {
        Role::Outputs => Presence::Computed,
        _ if has("default") || has("default_with") || (is_optional && has("computed")) => Presence::OptionalComputed,
        _ if is_optional => Presence::Optional,
        _ => Presence::Required,
    };
    let mut options = Options {
        place,
        presence,
        default: None,
        replace: has("replace"),
        sensitive: has("sensitive"),
        rules: Vec::new(),
    };
    for item in items {
        if let Err(message) = fits(item, place, role) {
            errors.push(&item.name, message);
        } else if let Some(()) = errors.result(read(item, ty, &mut options))
            && let Err(message) = suits(&item.name, form, &has)
        {
            errors.push(&item.name, message);
        }
    }
    if let Some(Default::Literal(default)) = &options.default {
        satisfies(default, &options.rules, errors);
    }
    options
}

/// Whether the option may stand in a struct of that role, at a field of that place.
fn fits(item: &Item, place: Place, role: Role) -> Result<(), String> {
    let name = item.name.to_string();
    match (role, name.as_str()) {
        (Role::Outputs, "sensitive" | "nested") => Ok(()),
        (Role::Outputs, _) => Err(format!(
            "an output takes no `{name}`, since only the resource sets it: drop `{name}`, or move the field to the inputs"
        )),
        (Role::Object, "replace") => {
            Err("`replace` has no effect inside an object: put it on the field that holds the object".to_owned())
        }
        (_, "block") => Ok(()),
        _ if place == Place::Block => {
            Err(format!("a block takes no `{name}`: drop it, or put it on the fields of the block's own struct"))
        }
        _ => Ok(()),
    }
}

/// Reads the argument of an option.
fn read(item: &Item, ty: &Type, options: &mut Options) -> syn::Result<()> {
    let texts = |functions: Vec<Path>| functions.into_iter().map(Rule::Text);
    match item.name.to_string().as_str() {
        "default" => options.default = Some(argument::default(item, Form::of_value(ty))?),
        "default_with" => options.default = Some(argument::default_with(item)?),
        "one_of" => options.rules.push(Rule::OneOf(argument::strings(item)?)),
        "range" => {
            let (least, most) = argument::range(item)?;
            options.rules.push(Rule::Range(least, most));
        }
        "count" => {
            let (least, most) = argument::sizes(item)?;
            options.rules.push(Rule::Count(least, most));
        }
        "check" => options.rules.extend(texts(argument::functions(item)?)),
        "each" => {
            options.rules.extend(texts(argument::functions(item)?).map(|rule| Rule::Each(Box::new(rule))));
        }
        "each_one_of" => options.rules.push(Rule::Each(Box::new(Rule::OneOf(argument::strings(item)?)))),
        "keys" => options.rules.extend(argument::functions(item)?.into_iter().map(Rule::Keys)),
        _ => argument::nothing(item)?,
    }
    Ok(())
}

/// Whether the option suits the field's type and the other options.
fn suits(name: &Ident, form: Form<'_>, has: &impl Fn(&str) -> bool) -> Result<(), String> {
    let value = match form {
        Form::Optional(held) => Form::of(held),
        form => form,
    };
    let element = value.element().map(Form::of);
    let is_optional = matches!(form, Form::Optional(_));
    let wrong = |wanted: &str, instead: &str| {
        Err(format!("`{name}` is a rule for {wanted}, and this field is {}{instead}", value.phrase()))
    };
    match name.to_string().as_str() {
        "default" | "default_with" if is_optional => {
            Err("a default always gives a value: drop the `Option`".to_owned())
        }
        "default_with" if has("default") => Err("a field has one default: drop this one or `default`".to_owned()),
        "computed" if has("default") || has("default_with") => {
            Err("a field with a default is never left to the resource: drop `computed` or the default".to_owned())
        }
        "computed" if !is_optional => {
            Err("the user may leave a computed field out: make its type `Option<…>`".to_owned())
        }
        "nested" | "block" => holds_objects(name, form),
        "one_of" | "check" if !matches!(value, Form::Text | Form::Other) => match value {
            Form::Integer | Form::Number => wrong("strings", ": use `range(…)`"),
            Form::List(_) | Form::Set(_) | Form::Map(_) if name == "check" => wrong("strings", ": use `each(…)`"),
            Form::List(_) | Form::Set(_) | Form::Map(_) => wrong("strings", ": use `each_one_of(…)`"),
            _ => wrong("strings", ""),
        },
        "range" if !matches!(value, Form::Integer | Form::Number | Form::Other) => match value {
            Form::Text => wrong("numbers", ": use `check(…)`"),
            Form::List(_) | Form::Set(_) | Form::Map(_) => wrong("numbers", ": use `count(…)`"),
            _ => wrong("numbers", ""),
        },
        "count" if !matches!(value, Form::Other) && element.is_none() => wrong("collections", ""),
        "each" | "each_one_of" if has("nested") => {
            Err(format!("the elements are objects: put `{name}`'s rule on their fields"))
        }
        "each" | "each_one_of" if !matches!(value, Form::Other) => match element {
            Some(Form::Text | Form::Other) => Ok(()),
            _ => wrong("collections of strings", ""),
        },
        "keys" if !matches!(value, Form::Map(_) | Form::Other) => wrong("maps", ""),
        _ => Ok(()),
    }
}

/// Whether a type can hold objects, for `nested` and `block`.
fn holds_objects(name: &Ident, form: Form<'_>) -> Result<(), String> {
    match form {
        Form::Optional(held) | Form::List(held) | Form::Set(held) if matches!(Form::of(held), Form::Other) => Ok(()),
        Form::Optional(held) if matches!(Form::of(held), Form::List(_) | Form::Set(_)) && name == "block" => {
            Err("where no block stands, the collection is empty: drop the `Option`".to_owned())
        }
        // Null stands for "there is no list", as in an output of a part that is off.
        Form::Optional(held) if matches!(Form::of(held), Form::List(_)) => Ok(()),
        _ => Err(format!(
            "`{name}` is for objects: make the type `Option<T>`, `Vec<T>` or `BTreeSet<T>` of a struct `T` with `#[derive(Object)]`"
        )),
    }
}

/// Reports a default that breaks the field's own rules.
fn satisfies(default: &TokenStream, rules: &[Rule], errors: &mut Errors) {
    for rule in rules {
        match (rule, syn::parse2(default.clone())) {
            (Rule::OneOf(allowed), Ok(Lit::Str(text))) if allowed.iter().all(|one| one.value() != text.value()) => {
                errors.push(default, "this default is not in `one_of(…)`: correct one of them");
            }
            (Rule::Range(least, most), Ok(Lit::Int(number)))
                if number.base10_parse().is_ok_and(|number: i64| !(*least..=*most).contains(&number)) =>
            {
                errors.push(default, "this default is not in `range(…)`: correct one of them");
            }
            _ => {}
        }
    }
}
