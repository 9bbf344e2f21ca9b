//! Rules for single values that more than one resource takes.

use rosa_ecr_model::Violation;

/// The name of an ECR repository.
///
/// Source: Amazon ECR API Reference, `CreateRepository`, `repositoryName`.
///
/// # Errors
/// Where ECR would refuse the name.
pub fn repository_name(name: &str) -> Result<(), Violation> {
    let rule = "A repository name has from 2 to 256 characters: lowercase letters and digits, separated by single \
                periods, hyphens, underscores or slashes (two underscores in a row are allowed).";
    if name.contains("://") || name.contains(".amazonaws.com") {
        return Err(Violation::rule(rule).fix("Give the name only, without the registry's host."));
    }
    let well_formed = name.split('/').all(|part| {
        let separated = part.replace("__", "_");
        !part.is_empty()
            && separated
                .split(['.', '-', '_'])
                .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
    });
    if well_formed && (2..=256).contains(&name.len()) {
        return Ok(());
    }
    let lowered = name.to_ascii_lowercase();
    if lowered != name && repository_name(&lowered).is_ok() {
        return Err(Violation::rule(rule).fix(format!("Write it in lowercase: \"{lowered}\".")));
    }
    Err(Violation::rule(rule).fix("Choose a name such as \"dev-registry\" or \"team/app\"."))
}

/// The name of a ROSA cluster.
///
/// Source: ROSA CLI reference, `rosa create cluster`, `--cluster-name`.
///
/// # Errors
/// Where ROSA would refuse the name.
pub fn cluster_name(name: &str) -> Result<(), Violation> {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let ends = name.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let inside = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if starts && ends && inside && name.len() <= 54 {
        return Ok(());
    }
    Err(Violation::rule(
        "A cluster name has from 1 to 54 lowercase letters, digits and hyphens; it starts with a letter and does not \
         end with a hyphen.",
    )
    .fix("Give the name that `rosa list clusters` shows."))
}

/// The ARN of a KMS key.
///
/// # Errors
/// Where it is no ARN of a key: an alias, a bare key id, or something else.
pub fn kms_key_arn(arn: &str) -> Result<(), Violation> {
    let rule = "It must be the ARN of a KMS key: arn:<partition>:kms:<region>:<account>:key/<id>.";
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    match fields[..] {
        ["arn", partition, "kms", region, account, key]
            if partition.starts_with("aws") && !region.is_empty() && is_account(account) =>
        {
            match key.strip_prefix("key/") {
                Some(id) if !id.is_empty() => Ok(()),
                _ if key.starts_with("alias/") => Err(Violation::rule(rule).fix(
                    "ECR resolves an alias to its key once and forgets it. Give the key's ARN, as `aws kms describe-key \
                     --key-id alias/…` prints it.",
                )),
                _ => Err(Violation::rule(rule)),
            }
        }
        _ => Err(Violation::rule(rule).fix("`aws kms describe-key --key-id …` prints it.")),
    }
}

/// The ARN of an IAM role.
///
/// # Errors
/// Where it is none.
pub fn role_arn(arn: &str) -> Result<(), Violation> {
    iam_arn(arn, "role", "Give the role's ARN: `aws iam get-role --role-name …` shows it.")
}

/// The ARN of an IAM object of that kind, such as `policy`; a policy may be AWS's own.
pub(crate) fn iam_arn(arn: &str, kind: &str, fix: &str) -> Result<(), Violation> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let holds = match fields[..] {
        ["arn", partition, "iam", "", account, name] => {
            partition.starts_with("aws")
                && (is_account(account) || (kind == "policy" && account == "aws"))
                && name.strip_prefix(kind).and_then(|name| name.strip_prefix('/')).is_some_and(|name| !name.is_empty())
        }
        _ => false,
    };
    if holds {
        return Ok(());
    }
    let rule = format!("It must be the ARN of an IAM {kind}: arn:<partition>:iam::<account>:{kind}/<name>.");
    Err(Violation::rule(rule).fix(fix))
}

/// The name of a region.
///
/// # Errors
/// Where it is of no form that the regions of a partition have.
pub fn region(region: &str) -> Result<(), Violation> {
    if is_region(region) {
        return Ok(());
    }
    let rule = Violation::rule("It must be the name of an AWS region, such as \"us-east-1\" or \"us-gov-west-1\".");
    let lower = region.trim().to_lowercase();
    let without_zone = lower.trim_end_matches(|c: char| c.is_ascii_lowercase());
    Err(if is_region(&lower) {
        rule.fix(format!("Write \"{lower}\"."))
    } else if is_region(without_zone) {
        rule.fix(format!("\"{region}\" is an availability zone. Its region is \"{without_zone}\"."))
    } else {
        rule
    })
}

/// Letters, words and a number: the form that the regions of all partitions have.
fn is_region(region: &str) -> bool {
    let Some((words, number)) = region.rsplit_once('-') else { return false };
    let words: Vec<&str> = words.split('-').collect();
    words.len() >= 2
        && words.iter().all(|word| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The tag of an image.
///
/// Source: OCI distribution specification, "Pulling manifests".
///
/// # Errors
/// Where no registry would accept it.
pub fn image_tag(tag: &str) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let fits = (1..=128).contains(&tag.len()) && tag.chars().all(allowed) && !tag.starts_with(['.', '-']);
    if fits {
        return Ok(());
    }
    Err(Violation::rule(
        "A tag has from 1 to 128 letters, digits, '_', '.' and '-', and does not start with '.' or '-'.",
    ))
}

/// The digest of an image.
///
/// Source: Amazon ECR API Reference, `ImageIdentifier`.
///
/// # Errors
/// Where it is none.
pub fn image_digest(digest: &str) -> Result<(), Violation> {
    let is_hex = |hex: &str| hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digest.strip_prefix("sha256:").is_some_and(is_hex) {
        return Ok(());
    }
    Err(Violation::rule("A digest is \"sha256:\" and 64 hexadecimal digits in lowercase."))
}

/// The id of an AWS account.
///
/// # Errors
/// Where it has not 12 digits.
pub fn account(id: &str) -> Result<(), Violation> {
    if is_account(id) {
        return Ok(());
    }
    Err(Violation::rule("The id of an AWS account has 12 digits.")
        .fix("`aws sts get-caller-identity` shows it. Quote an id that starts with 0."))
}

/// Whether it is the id of an AWS account.
pub fn is_account(account: &str) -> bool {
    account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
}

/// A block of IP addresses, such as `10.0.0.0/16`.
///
/// # Errors
/// Where it is no block, or an address inside one.
pub fn cidr(text: &str) -> Result<(), Violation> {
    let rule = "It must be a block of addresses in CIDR notation, such as \"10.0.0.0/16\".";
    let Ok(block) = text.parse::<ipnet::IpNet>() else {
        return Err(Violation::rule(rule));
    };
    if block.trunc() == block {
        return Ok(());
    }
    Err(Violation::rule(rule).fix(format!("{text} is an address inside a block; the block is \"{}\".", block.trunc())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_names() {
        for good in ["dev-registry", "team/app", "a1/b.c_d__e", "00"] {
            assert_eq!(repository_name(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "Dev", "a//b", "-a", "a-", "a..b", "a b", "a/", &"a".repeat(257), "x.amazonaws.com/a"] {
            assert!(repository_name(bad).is_err(), "{bad}");
        }
        let violation = repository_name("Dev-Registry").expect_err("uppercase");
        assert!(violation.fix.contains("\"dev-registry\""), "{}", violation.fix);
    }

    #[test]
    fn cluster_names() {
        for good in ["dev", "a", "my-cluster-2"] {
            assert_eq!(cluster_name(good), Ok(()), "{good}");
        }
        for bad in ["", "2dev", "dev-", "Dev", "a_b", &"a".repeat(55)] {
            assert!(cluster_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys() {
        assert_eq!(kms_key_arn("arn:aws:kms:us-east-1:123456789012:key/abc"), Ok(()));
        assert_eq!(kms_key_arn("arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1"), Ok(()));
        let alias = kms_key_arn("arn:aws:kms:us-east-1:123456789012:alias/x").expect_err("an alias");
        assert!(alias.fix.contains("describe-key"));
        for bad in ["abc", "alias/x", "arn:aws:kms:us-east-1:1:key/abc", "arn:aws:iam::123456789012:role/x"] {
            assert!(kms_key_arn(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn blocks_of_addresses() {
        for good in ["10.0.0.0/16", "0.0.0.0/0", "fd00::/8"] {
            assert_eq!(cidr(good), Ok(()), "{good}");
        }
        let inside = cidr("10.0.0.5/16").expect_err("an address");
        assert!(inside.fix.contains("\"10.0.0.0/16\""));
        for bad in ["10.0.0.0", "10.0.0.0/33", "ten", ""] {
            assert!(cidr(bad).is_err(), "{bad}");
        }
    }
}
