//! The ids and names of EC2 objects, and what is often given in their place.
//!
//! Sources: EC2 User Guide, "Resource IDs"; EC2 API Reference, `CreateSecurityGroup`.

use rosa_ecr_model::Violation;

/// The id of a VPC.
///
/// # Errors
/// Where it is something else.
pub(crate) fn vpc_id(text: &str) -> Result<(), Violation> {
    id(text, "vpc", "a VPC", "aws ec2 describe-vpcs")
}

/// The id of a subnet.
///
/// # Errors
/// Where it is something else.
pub(crate) fn subnet_id(text: &str) -> Result<(), Violation> {
    id(text, "subnet", "a subnet", "aws ec2 describe-subnets")
}

/// The id of a security group.
///
/// # Errors
/// Where it is something else.
pub(crate) fn security_group_id(text: &str) -> Result<(), Violation> {
    id(text, "sg", "a security group", "aws ec2 describe-security-groups")
}

/// The id of a route table.
///
/// # Errors
/// Where it is something else.
pub(crate) fn route_table_id(text: &str) -> Result<(), Violation> {
    id(text, "rtb", "a route table", "aws ec2 describe-route-tables")
}

/// The id of a VPC endpoint.
///
/// # Errors
/// Where it is something else.
pub(crate) fn vpc_endpoint_id(text: &str) -> Result<(), Violation> {
    id(text, "vpce", "a VPC endpoint", "aws ec2 describe-vpc-endpoints")
}

/// The id of a prefix list.
///
/// # Errors
/// If it is something else.
pub(crate) fn prefix_list_id(text: &str) -> Result<(), Violation> {
    id(text, "pl", "a prefix list", "aws ec2 describe-managed-prefix-lists")
}

/// A security group that a rule names: its id, or `<account>/<id>`.
///
/// # Errors
/// If it is something else.
pub(crate) fn source_group(text: &str) -> Result<(), Violation> {
    match text.split_once('/') {
        Some((account, id)) if crate::rules::is_account(account) => security_group_id(id),
        _ => security_group_id(text),
    }
}

fn id(text: &str, prefix: &str, what: &str, command: &str) -> Result<(), Violation> {
    let is_id = |text: &str| {
        let rest = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase()))
    };
    if is_id(text) {
        return Ok(());
    }
    let violation =
        Violation::rule(format!("It must be the id of {what}: \"{prefix}-\" and lowercase letters and digits."));
    let last = text.rsplit('/').next().unwrap_or_default();
    let way_out = match text.trim() {
        trimmed if trimmed != text && is_id(trimmed) => format!("Remove the white space: \"{trimmed}\"."),
        arn if arn.starts_with("arn:") && is_id(last) => format!("This is an ARN. Give the id at its end: \"{last}\"."),
        arn if arn.starts_with("arn:") => format!("This is an ARN of something else. `{command}` lists the ids."),
        other if is_id(&other.to_ascii_lowercase()) => {
            format!("Write it in lowercase: \"{}\".", other.to_ascii_lowercase())
        }
        _ => format!("If this is a name, look up its id: `{command}` lists both."),
    };
    Err(violation.fix(way_out))
}

/// The name of a security group.
///
/// # Errors
/// Where EC2 would refuse it.
pub(crate) fn security_group_name(name: &str) -> Result<(), Violation> {
    if name.starts_with("sg-") {
        return Err(Violation::rule("The name of a security group must not start with \"sg-\".").fix(
            "If this is the id of a group that exists, give it to the endpoints as one of their security groups, and \
             leave this resource out.",
        ));
    }
    if name == "default" {
        return Err(Violation::rule("The name \"default\" belongs to the VPC's own group.").fix("Choose another name."));
    }
    group_text(name)
}

/// What the generated name of a security group begins with.
///
/// # Errors
/// If EC2 would refuse the name.
pub(crate) fn security_group_name_prefix(prefix: &str) -> Result<(), Violation> {
    let longest = 255 - crate::generated_name::SUFFIX;
    if prefix.len() > longest {
        let rule =
            format!("A name has at most 255 characters, and {} of them are generated.", crate::generated_name::SUFFIX);
        return Err(Violation::rule(rule).fix(format!("Give a prefix of at most {longest}.")));
    }
    if prefix.starts_with("sg-") {
        return Err(
            Violation::rule("The name of a security group must not start with \"sg-\".").fix("Choose another prefix.")
        );
    }
    // Its end is inside the name, so it may be a space.
    group_text(prefix.strip_suffix(' ').unwrap_or(prefix))
}

/// The description of a security group.
///
/// # Errors
/// Where EC2 would refuse it.
pub(crate) fn security_group_description(description: &str) -> Result<(), Violation> {
    group_text(description)
}

fn group_text(text: &str) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if (1..=255).contains(&text.len()) && text.chars().all(allowed) && text.trim() == text {
        return Ok(());
    }
    Err(Violation::rule(
        "It has from 1 to 255 characters: letters and digits of ASCII, spaces inside, and ._-:/()#,@[]+=&;{}!$*",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        assert_eq!(vpc_id("vpc-0a1b2c3d"), Ok(()));
        assert_eq!(subnet_id("subnet-1"), Ok(()));
        assert_eq!(security_group_id("sg-0123456789abcdef0"), Ok(()));
        assert_eq!(vpc_endpoint_id("vpce-1"), Ok(()));
        assert_eq!(route_table_id("rtb-0123456789abcdef0"), Ok(()));
        for bad in ["", "vpc-", "vpc", "my-vpc", "vpc-1 2", "vpce-1"] {
            assert!(vpc_id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_stands_in_place_of_an_id_has_a_way_out() {
        let cases = [
            ("arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1", "\"subnet-1\""),
            ("arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1", "something else"),
            ("private-a", "describe-subnets"),
            (" subnet-1", "white space"),
            ("Subnet-1", "lowercase: \"subnet-1\""),
        ];
        for (text, way_out) in cases {
            let violation = subnet_id(text).expect_err(text);
            assert!(violation.fix.contains(way_out), "{text}: {}", violation.fix);
        }
    }

    #[test]
    fn sources_of_rules() {
        for good in ["sg-1", "210987654321/sg-1"] {
            assert_eq!(source_group(good), Ok(()), "{good}");
        }
        for bad in ["", "workers", "1/sg-1", "210987654321/", "210987654321/pl-1", "pl-1"] {
            assert!(source_group(bad).is_err(), "{bad}");
        }
        assert_eq!(prefix_list_id("pl-63a5400a"), Ok(()));
        assert!(prefix_list_id("com.amazonaws.us-east-1.s3").is_err());
    }

    #[test]
    fn prefixes_of_group_names() {
        for good in ["ecr-", "ECR ", "a", &"a".repeat(229)] {
            assert_eq!(security_group_name_prefix(good), Ok(()), "{good}");
        }
        for bad in ["", " a", "sg-", "grün-", &"a".repeat(230)] {
            assert!(security_group_name_prefix(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn group_names() {
        for good in ["dev-ecr-endpoints", "ECR (dev)", "a"] {
            assert_eq!(security_group_name(good), Ok(()), "{good}");
        }
        for bad in ["", "sg-1", "default", "grün", " a", &"a".repeat(256)] {
            assert!(security_group_name(bad).is_err(), "{bad}");
        }
    }
}
