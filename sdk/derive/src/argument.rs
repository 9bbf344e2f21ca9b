//! The arguments of options: strings, functions, ranges and defaults.

use proc_macro2::{Literal, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;
use syn::{Error, Expr, ExprRange, Lit, LitStr, Path, RangeLimits, Result, UnOp};

use crate::form::Form;
use crate::syntax::{Argument, Item, usage};

/// What stands for null.
pub enum Default {
    /// A literal; integers have their suffix.
    Literal(TokenStream),
    /// No elements.
    Empty,
    /// What a function returns.
    Function(Path),
}

/// Of an option that has none.
pub fn nothing(item: &Item) -> Result<()> {
    match &item.argument {
        Argument::Nothing => Ok(()),
        _ => Err(misuse(item)),
    }
}

/// One or more string literals.
pub fn strings(item: &Item) -> Result<Vec<LitStr>> {
    list(item)?
        .into_iter()
        .map(|expr| match expr {
            Expr::Lit(literal) if let Lit::Str(text) = &literal.lit => Ok(text.clone()),
            other => Err(Error::new_spanned(other, format!("this is no string: {}", usage(&item.name)))),
        })
        .collect()
}

/// One or more functions, by their paths.
pub fn functions(item: &Item) -> Result<Vec<Path>> {
    list(item)?.into_iter().map(|expr| function(item, expr)).collect()
}

/// A range of numbers, both ends included; an open end is the least or greatest there is.
pub fn range(item: &Item) -> Result<(i64, i64)> {
    let [Expr::Range(range)] = list(item)?.as_slice() else { return Err(misuse(item)) };
    let ExprRange { start, end, limits, .. } = range;
    let start = start.as_deref().map(integer).transpose()?;
    let end = end.as_deref().map(integer).transpose()?;
    match (start, end) {
        (None, None) => Err(Error::new_spanned(range, format!("this range says nothing: {}", usage(&item.name)))),
        (_, Some(end)) if matches!(limits, RangeLimits::HalfOpen(_)) => {
            let start = start.map(|start| start.to_string()).unwrap_or_default();
            let included = end.saturating_sub(1);
            Err(Error::new_spanned(range, format!("the end is always included: write `{start}..={included}`")))
        }
        (start, end) => {
            let (start, end) = (start.unwrap_or(i64::MIN), end.unwrap_or(i64::MAX));
            if start <= end {
                Ok((start, end))
            } else {
                Err(Error::new_spanned(range, format!("nothing is in this range: write `{end}..={start}`")))
            }
        }
    }
}

/// A range of sizes, both ends included.
pub fn sizes(item: &Item) -> Result<(usize, usize)> {
    let (least, most) = range(item)?;
    let least = if least == i64::MIN { 0 } else { least };
    let most = if most == i64::MAX { Ok(usize::MAX) } else { usize::try_from(most) };
    match (usize::try_from(least), most) {
        (Ok(least), Ok(most)) => Ok((least, most)),
        _ => Err(Error::new_spanned(&item.name, "a collection has no negative size: begin at 0")),
    }
}

/// The `default` of a field whose value has that form.
pub fn default(item: &Item, form: Form<'_>) -> Result<Default> {
    let Argument::Value(expr) = &item.argument else { return Err(misuse(item)) };
    let (default, fits) = match expr {
        Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => (literal_default(expr), matches!(form, Form::Text)),
        Expr::Lit(literal) if matches!(literal.lit, Lit::Bool(_)) => {
            (literal_default(expr), matches!(form, Form::Truth))
        }
        Expr::Array(array) if array.elems.is_empty() => (Default::Empty, matches!(form, Form::List(_) | Form::Set(_))),
        Expr::Block(block) if block.block.stmts.is_empty() => (Default::Empty, matches!(form, Form::Map(_))),
        number => match integer(number) {
            Ok(value) => {
                let mut literal = Literal::i64_suffixed(value);
                literal.set_span(number.span());
                let tokens = quote_spanned!(number.span()=> #literal);
                (Default::Literal(tokens), matches!(form, Form::Integer | Form::Number))
            }
            Err(_) => {
                let message = "a default is a string, a whole number, a bool, `[]` or `{}`; for anything else write a \
                               function and `default_with = function`";
                return Err(Error::new_spanned(expr, message));
            }
        },
    };
    if fits || matches!(form, Form::Other) {
        Ok(default)
    } else {
        Err(Error::new_spanned(expr, format!("this default does not fit: the field is {}", form.phrase())))
    }
}

/// The function of `default_with`.
pub fn default_with(item: &Item) -> Result<Default> {
    match &item.argument {
        Argument::Value(expr) => function(item, expr).map(Default::Function),
        _ => Err(misuse(item)),
    }
}

fn literal_default(expr: &Expr) -> Default {
    Default::Literal(quote_spanned!(expr.span()=> #expr))
}

fn list(item: &Item) -> Result<Vec<&Expr>> {
    match &item.argument {
        Argument::List(list) if !list.is_empty() => Ok(list.iter().collect()),
        _ => Err(misuse(item)),
    }
}

fn function(item: &Item, expr: &Expr) -> Result<Path> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => Ok(path.path.clone()),
        other => Err(Error::new_spanned(other, format!("this is no name of a function: {}", usage(&item.name)))),
    }
}

fn integer(expr: &Expr) -> Result<i64> {
    let (sign, digits) = match expr {
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => ("-", unary.expr.as_ref()),
        other => ("", other),
    };
    let Expr::Lit(literal) = digits else { return Err(Error::new_spanned(expr, "this is no whole number")) };
    let Lit::Int(digits) = &literal.lit else { return Err(Error::new_spanned(expr, "this is no whole number")) };
    if !matches!(digits.suffix(), "" | "i64") {
        return Err(Error::new_spanned(expr, "whole numbers are of type `i64`: drop the suffix"));
    }
    format!("{sign}{digits}", digits = digits.base10_digits())
        .parse()
        .map_err(|_| Error::new_spanned(expr, "this number does not fit an `i64`"))
}

fn misuse(item: &Item) -> Error {
    Error::new_spanned(&item.name, usage(&item.name))
}
