//! Names that begin as a configuration says, and end in what makes them unique.
//!
//! The suffix has the form of the AWS provider's, 26 hexadecimal digits that sort by time, so that both providers know each
//! other's generated names. Source: hashicorp/terraform-provider-aws, `internal/create/naming.go`.

use std::time::{SystemTime, UNIX_EPOCH};

use rosa_ecr_model::{Diagnostic, Diagnostics, Known};

/// How long a suffix is.
pub(crate) const SUFFIX: usize = 26;

/// `name` and `name_prefix` of a resource: as configured, or as they are.
pub(crate) type Names<'a> = (&'a Known<Option<String>>, &'a Known<Option<String>>);

/// A new name with that prefix.
pub(crate) fn generate(prefix: &str) -> String {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let (random, ..) = uuid::Uuid::new_v4().as_fields();
    format!("{prefix}{micros:018}{random:08x}")
}

/// The prefix of a name that was generated.
pub(crate) fn prefix_of(name: &str) -> Option<&str> {
    let (prefix, suffix) = name.split_at_checked(name.len().checked_sub(SUFFIX)?)?;
    (!prefix.is_empty() && suffix.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(prefix)
}

/// Whether the name was generated with that prefix.
pub(crate) fn is_of(name: &str, prefix: &str) -> bool {
    prefix_of(name) == Some(prefix)
}

/// What `name` and `name_prefix` shall be, by what is configured and what they are: a generated name stays as long as its prefix
/// does, and a prefix that is not configured stays as long as it is that of the name.
pub(crate) fn resolve(config: Names<'_>, now: Names<'_>) -> (Known<Option<String>>, Known<Option<String>>) {
    match config {
        (Known::Now(None), Known::Now(None)) => (Known::Now(None), Known::Now(None)),
        (Known::Now(None), prefix) => {
            let is_kept = |name: &String| matches!(prefix, Known::Now(Some(prefix)) if is_of(name, prefix));
            let name = now.0.now().and_then(Option::as_ref).filter(|name| is_kept(name));
            (Known::from(name.cloned().map(Some)), prefix.clone())
        }
        (name, Known::Now(None)) => {
            let is_its_own = |prefix: &String| matches!(name, Known::Now(Some(name)) if is_of(name, prefix));
            let prefix = now.1.now().and_then(Option::as_ref).filter(|prefix| is_its_own(prefix));
            (name.clone(), Known::Now(prefix.cloned()))
        }
        (name, prefix) => (name.clone(), prefix.clone()),
    }
}

/// Reports a resource that has no name, or two.
pub(crate) fn check(names: Names<'_>, report: &mut Diagnostics) {
    match names {
        (Known::Now(None), Known::Now(None)) => report.push(
            Diagnostic::error("There is no name")
                .detail("Neither name nor name_prefix is set.")
                .fix("Set one of them: name, or name_prefix for a name that is made unique.")
                .at("name"),
        ),
        (Known::Now(Some(name)), Known::Now(Some(prefix))) if !is_of(name, prefix) => report.push(
            Diagnostic::error("There are two names")
                .detail(format!(
                    "name is \"{name}\", and name_prefix asks for a generated name that begins with \"{prefix}\"."
                ))
                .fix("Remove one of them.")
                .at("name_prefix"),
        ),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Known<Option<String>> {
        Known::Now(Some(text.to_owned()))
    }

    const NONE: Known<Option<String>> = Known::Now(None);

    #[test]
    fn generated_names_differ_and_tell_their_prefix() {
        let (one, two) = (generate("ecr-"), generate("ecr-"));
        assert_ne!(one, two);
        assert_eq!((one.len(), prefix_of(&one)), (30, Some("ecr-")));
        assert!(is_of(&two, "ecr-") && !is_of(&two, "ecr"));
        // What the AWS provider has generated.
        assert_eq!(prefix_of("web-20260101000000000000000001"), Some("web-"));
        for other in
            ["", "web", "20260101000000000000000001", "web-2026010100000000000000000x", "ünïcödé-ünïcödé-ünïcödé-ü"]
        {
            assert_eq!(prefix_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_generated_name_stays_with_its_prefix() {
        let name = some(&generate("a-"));
        let (a, b) = (some("a-"), some("b-"));
        let open = Known::Later;
        for (config, now, expected) in [
            ((&NONE, &a), (&open, &a), (&open, &a)),
            ((&NONE, &a), (&name, &a), (&name, &a)),
            // An import or a state of before has no prefix.
            ((&NONE, &a), (&name, &NONE), (&name, &a)),
            ((&NONE, &b), (&name, &b), (&open, &b)),
            ((&NONE, &a), (&b, &a), (&open, &a)),
            ((&NONE, &open), (&name, &open), (&open, &open)),
            ((&name, &NONE), (&name, &a), (&name, &a)),
            ((&b, &NONE), (&b, &a), (&b, &NONE)),
            ((&b, &NONE), (&b, &open), (&b, &NONE)),
            ((&NONE, &NONE), (&open, &open), (&NONE, &NONE)),
        ] {
            let (name, prefix) = resolve(config, now);
            assert_eq!((&name, &prefix), expected, "{config:?} {now:?}");
        }
    }

    #[test]
    fn a_name_is_given_once() {
        let reported = |name: &Known<Option<String>>, prefix: &Known<Option<String>>| {
            let mut report = Diagnostics::new();
            check((name, prefix), &mut report);
            report.to_string()
        };
        assert!(reported(&NONE, &NONE).contains("Neither"));
        assert!(reported(&some("x"), &some("a-")).contains("Remove one"));
        for (name, prefix) in
            [(some("x"), NONE), (NONE, some("a-")), (Known::Later, some("a-")), (some(&generate("a-")), some("a-"))]
        {
            assert_eq!(reported(&name, &prefix), "", "{name:?} {prefix:?}");
        }
    }
}
