//! Which repositories the rules of a registry are for.

use rosa_ecr_model::Violation;

/// A filter with wildcards.
///
/// Sources: Amazon ECR API Reference, `ScanningRepositoryFilter` and `SigningRepositoryFilter`; the latter may be one longer.
///
/// # Errors
/// If it is none.
pub(super) fn wildcard(filter: &str) -> Result<(), Violation> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '*';
    let parts = filter.split(['.', '_', '-', '/']);
    if (1..=255).contains(&filter.len()) && parts.into_iter().all(|part| !part.is_empty() && part.chars().all(is_name))
    {
        return Ok(());
    }
    Err(Violation::rule(
        "A filter has from 1 to 255 lowercase letters, digits and '*', with single '.', '_', '-' and '/' between them.",
    ))
}

/// What the names of repositories start with.
///
/// Source: Amazon ECR API Reference, `RepositoryFilter`.
///
/// # Errors
/// If no name starts so.
pub(super) fn prefix(filter: &str) -> Result<(), Violation> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_fit = |c: char| is_plain(c) || "._-/".contains(c);
    let starts = |namespace: &str| namespace.starts_with(is_plain);
    let namespaces = filter.rsplit_once('/').map_or("", |(namespaces, _)| namespaces);
    let are_names = namespaces.is_empty() || namespaces.split('/').all(starts);
    if (2..=256).contains(&filter.len()) && filter.chars().all(is_fit) && !filter.starts_with('/') && are_names {
        return Ok(());
    }
    Err(Violation::rule(
        "It is the beginning of repository names: from 2 to 256 lowercase letters, digits, '.', '_', '-' and '/'.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_with_wildcards() {
        for good in ["*", "prod", "prod-*", "team/*/app", "a_b.c-d", "**"] {
            assert_eq!(wildcard(good), Ok(()), "{good}");
        }
        for bad in ["", "Prod", "/a", "a/", "a--b", "a.", "a b", &"a".repeat(256)] {
            assert!(wildcard(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn prefixes() {
        for good in ["team/", "te", "team/app-", "a1/b.c"] {
            assert_eq!(prefix(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "Team", "team/*", "/team", "a//b", "-a/b", &"a".repeat(257)] {
            assert!(prefix(bad).is_err(), "{bad}");
        }
    }
}
