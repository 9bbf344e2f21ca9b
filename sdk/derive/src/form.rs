//! What a field's type looks like. A macro sees no types, only their spelling: whatever it does not recognise it leaves
//! to the compiler.

use syn::{GenericArgument, PathArguments, Type};

/// The spelling of a type, as far as options depend on it.
#[derive(Clone, Copy)]
pub enum Form<'a> {
    /// `String`, `Secret`
    Text,
    /// `bool`
    Truth,
    /// `i64`
    Integer,
    /// `Number`
    Number,
    /// `Option<T>`
    Optional(&'a Type),
    /// `Vec<T>`
    List(&'a Type),
    /// `BTreeSet<T>`
    Set(&'a Type),
    /// `BTreeMap<String, T>`
    Map(&'a Type),
    /// Anything else: an object, an alias, an author's own type.
    Other,
}

impl<'a> Form<'a> {
    /// Of a type as it is written.
    pub fn of(ty: &'a Type) -> Self {
        let Some((name, arguments)) = last_segment(ty) else { return Self::Other };
        match (name.as_str(), arguments.as_slice()) {
            ("String" | "Secret", []) => Self::Text,
            ("bool", []) => Self::Truth,
            ("i64", []) => Self::Integer,
            ("Number", []) => Self::Number,
            ("Option", [held]) => Self::Optional(held),
            ("Vec", [element]) => Self::List(element),
            ("BTreeSet", [element]) => Self::Set(element),
            ("BTreeMap", [_, element]) => Self::Map(element),
            _ => Self::Other,
        }
    }

    /// Of the value, if there is one: what is in an `Option`.
    pub fn of_value(ty: &'a Type) -> Self {
        match Self::of(ty) {
            Self::Optional(held) => Self::of(held),
            form => form,
        }
    }

    /// The elements of a collection.
    pub fn element(self) -> Option<&'a Type> {
        match self {
            Self::List(element) | Self::Set(element) | Self::Map(element) => Some(element),
            _ => None,
        }
    }

    /// In a sentence: "this field is …".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Truth => "a bool",
            Self::Integer | Self::Number => "a number",
            Self::Optional(_) => "an `Option`",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Other => "of a type of your own",
        }
    }
}

/// What to write instead of a common type that is no attribute type.
pub fn replacement(ty: &Type) -> Option<&'static str> {
    let (name, arguments) = last_segment(ty)?;
    let here = match name.as_str() {
        "i8" | "i16" | "i32" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => {
            Some("a whole number is an `i64`; bound it with `#[attr(range(…))]`")
        }
        "f32" | "f64" => Some("a number with a fraction is a `Number`"),
        "HashMap" => Some("a map is a `BTreeMap<String, T>`, so that its order is stable"),
        "HashSet" => Some("a set is a `BTreeSet<T>`, so that its order is stable"),
        _ => None,
    };
    here.or_else(|| arguments.into_iter().find_map(replacement))
}

fn last_segment(ty: &Type) -> Option<(String, Vec<&Type>)> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Some((segment.ident.to_string(), arguments))
}
