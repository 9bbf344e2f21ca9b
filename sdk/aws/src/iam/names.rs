//! The names of IAM objects, and what is often given in their place.
//!
//! Source: IAM API Reference, `CreateRole`, `RoleName`, and `CreateInstanceProfile`, `InstanceProfileName`.

use rosa_ecr_model::Violation;

/// The name of a role.
///
/// # Errors
/// Where it is an ARN, or nothing that IAM accepts.
pub(crate) fn role_name(name: &str) -> Result<(), Violation> {
    check(name, "a role", "role", 64)
}

/// The name of an instance profile.
///
/// # Errors
/// Where it is an ARN, or nothing that IAM accepts.
pub(crate) fn instance_profile_name(name: &str) -> Result<(), Violation> {
    check(name, "an instance profile", "instance-profile", 128)
}

fn check(name: &str, what: &str, kind: &str, longest: usize) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let is_name = |name: &str| (1..=longest).contains(&name.len()) && name.chars().all(allowed);
    if is_name(name) {
        return Ok(());
    }
    let violation = Violation::rule(format!(
        "The name of {what} has from 1 to {longest} characters: letters and digits of ASCII, and +=,.@_-"
    ));
    let last = name.rsplit('/').next().unwrap_or_default();
    let is_arn = name.starts_with("arn:");
    let way_out = match name.trim() {
        trimmed if trimmed != name && is_name(trimmed) => format!("Remove the white space: \"{trimmed}\"."),
        arn if is_arn && arn.contains(&format!(":{kind}/")) && is_name(last) => {
            format!("This is an ARN. Give the name at its end: \"{last}\".")
        }
        _ if is_arn => format!("This is an ARN, and not that of {what}."),
        path if path.contains('/') && is_name(last) => format!("Leave the path out: \"{last}\"."),
        _ => String::new(),
    };
    Err(violation.fix(way_out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["ManagedOpenShift-Worker-Role", "a", "x+=,.@_-9", &"a".repeat(64)] {
            assert_eq!(role_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a b", "grün", &"a".repeat(65)] {
            assert!(role_name(bad).is_err(), "{bad}");
        }
        assert_eq!(instance_profile_name(&"a".repeat(128)), Ok(()));
    }

    #[test]
    fn what_stands_in_place_of_a_name_has_a_way_out() {
        let cases = [
            ("arn:aws:iam::123456789012:role/rosa/dev-Worker-Role", "\"dev-Worker-Role\""),
            ("arn:aws:iam::123456789012:instance-profile/dev", "not that of a role"),
            ("/rosa/dev-Worker-Role", "Leave the path out: \"dev-Worker-Role\""),
            ("dev ", "white space"),
        ];
        for (text, way_out) in cases {
            let violation = role_name(text).expect_err(text);
            assert!(violation.fix.contains(way_out), "{text}: {}", violation.fix);
        }
    }
}
