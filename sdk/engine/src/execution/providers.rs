//! What is told of a provider that is not there, does not have something, or does not take its block.

use rosa_ecr_model::{Diagnostic, Diagnostics, nearest};

/// Errors that are not about a resource, although one may have asked.
pub(super) fn of_provider(provider: &str, errors: Diagnostics) -> Diagnostics {
    let named =
        |error: Diagnostic| Diagnostic { summary: format!("provider \"{provider}\": {}", error.summary), ..error };
    errors.into_iter().map(named).map(Diagnostic::of_provider).collect()
}

pub(super) fn no_provider(provider: &str, type_name: &str) -> Diagnostics {
    Diagnostic::error(format!("The provider \"{provider}\" is not in the program"))
        .detail(format!("The state has a {type_name} of it."))
        .fix(
            "Make it known with `stack.provider(…)`, `stack.provider_named(…)` or `stack.provides::<…>()`, even where \
             nothing is declared.",
        )
        .into()
}

pub(super) fn no_such(
    what: &str,
    provider: &str,
    type_name: &str,
    other: Option<&str>,
    names: &[String],
) -> Diagnostics {
    let meant = nearest(type_name, names.iter().map(String::as_str)).map(|meant| format!("Did you mean \"{meant}\"?"));
    let fix = other.map(str::to_owned).or(meant);
    Diagnostic::error(format!("There is no {what} \"{type_name}\" in the provider \"{provider}\""))
        .fix(fix.unwrap_or_else(|| "Check the type name and the version of the provider.".to_owned()))
        .into()
}
