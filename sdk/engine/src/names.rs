//! Messages about a name that does not exist.

use rosa_ecr_model::{Diagnostic, suggest};

/// How many names are listed at most.
const LISTED: usize = 20;

/// The error with the names that there are, and the one that was most likely meant; where none is like it, with that fix.
pub fn with_suggestion<'a>(
    error: Diagnostic,
    meant: &str,
    names: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> Diagnostic {
    let names: Vec<&str> = names.into_iter().collect();
    let detail = match names.len() {
        0 => "There are none.".to_owned(),
        count if count > LISTED => format!("There are: {} and {} more.", names[..LISTED].join(", "), count - LISTED),
        _ => format!("There are: {}.", names.join(", ")),
    };
    let fix = match suggest(meant, names.iter().copied()) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None => otherwise.to_owned(),
    };
    let space = if error.detail.is_empty() { "" } else { " " };
    let detail = format!("{}{space}{detail}", error.detail);
    error.detail(detail).fix(fix)
}

/// The components that a resource of that full name is part of, outermost first, and the resource.
pub(crate) fn with_components(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(end, _)| &name[..end]).chain([name])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_like_one_is_taken_for_it() {
        let message =
            |meant, names: &[&str]| with_suggestion(Diagnostic::error("No"), meant, names.iter().copied(), "Look.").fix;
        assert_eq!(message("registy", &["push", "registry"]), "Did you mean \"registry\"?");
        assert_eq!(
            message("registry/repo", &["registry", "registry/repository"]),
            "Did you mean \"registry/repository\"?"
        );
        assert_eq!(message("x", &["push", "registry"]), "Look.");
    }

    #[test]
    fn not_all_of_many_names_are_listed() {
        let names: Vec<String> = (0..30).map(|number| format!("n{number}")).collect();
        let message = |count: usize| {
            with_suggestion(Diagnostic::error("No").detail("So."), "x", names[..count].iter().map(String::as_str), "")
                .detail
        };
        assert_eq!((message(0).as_str(), message(2).as_str()), ("So. There are none.", "So. There are: n0, n1."));
        assert!(message(30).ends_with(" n19 and 10 more."), "{}", message(30));
    }
}
