//! `push_policy(repository_arns)` and `irsa_trust_policy(oidc_provider_arn, service_accounts)`: the two policies of a role
//! that a build pipeline pushes with, as the resource `rosa_ecr_push_role` writes them.

use std::collections::BTreeSet;

use rosa_ecr_model::{Function, FunctionBody, FunctionError, Parameter, Type, Value, Violation};

use super::{argument, refused};
use crate::iam::{irsa, push_policy as push};

pub(super) fn push_policy() -> Function {
    Function {
        name: "push_policy",
        summary: "IAM policy that lets a role push to repositories",
        description: "Gives the JSON of an IAM policy with what pushing takes on exactly these repositories, and the login \
                      that comes before it. It is the policy of `rosa_ecr_push_role`.",
        parameters: vec![Parameter::new(
            "repository_arns",
            Type::set(Type::String),
            "ARNs of the repositories, at least one, without wildcards.",
        )],
        variadic: None,
        returns: Type::String,
        call: FunctionBody::new(|arguments| {
            let repositories = each(arguments, 0, "repository_arns", push::repository_arn)?;
            Ok(push::push_policy(&repositories).into())
        }),
    }
}

pub(super) fn irsa_trust_policy() -> Function {
    Function {
        name: "irsa_trust_policy",
        summary: "Trust policy of a role for service accounts of a cluster",
        description: "Gives the JSON of a trust policy by which exactly these service accounts of the cluster with that \
                      OIDC provider may have a role (IRSA). It is the trust policy of `rosa_ecr_push_role`.",
        parameters: vec![
            Parameter::new(
                "oidc_provider_arn",
                Type::String,
                "ARN of the cluster's OIDC provider: `arn:<partition>:iam::<account>:oidc-provider/<issuer>`.",
            ),
            Parameter::new(
                "service_accounts",
                Type::set(Type::String),
                "Service accounts, at least one, each as `namespace:name`, without wildcards.",
            ),
        ],
        variadic: None,
        returns: Type::String,
        call: FunctionBody::new(|arguments| {
            let provider: String = argument(arguments, 0)?;
            irsa::oidc_provider_arn(&provider)
                .map_err(|violation| refused(0, "oidc_provider_arn", &provider, &violation))?;
            let accounts = each(arguments, 1, "service_accounts", irsa::service_account)?;
            let policy = irsa::trust_policy(&provider, &accounts);
            policy.map(Value::from).map_err(|violation| FunctionError::new(violation.rule))
        }),
    }
}

/// The set of texts at that index: not empty, each satisfying the rule.
fn each(
    arguments: &[Value],
    index: usize,
    name: &str,
    rule: fn(&str) -> Result<(), Violation>,
) -> Result<BTreeSet<String>, FunctionError> {
    let texts: BTreeSet<String> = argument(arguments, index)?;
    if texts.is_empty() {
        return Err(FunctionError::new(format!("{name} is empty. Name at least one.")).at(index));
    }
    for text in &texts {
        rule(text).map_err(|violation| refused(index, name, text, &violation))?;
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVIDER: &str = "arn:aws-us-gov:iam::123456789012:oidc-provider/oidc.example.com/abc";
    const REPOSITORY: &str = "arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/team/app";

    fn set(texts: &[&str]) -> Value {
        Value::set(texts.iter().map(|text| Value::from(*text)))
    }

    #[test]
    fn they_are_the_policies_of_the_push_role() {
        let given = push_policy().invoke(&[set(&[REPOSITORY])]);
        assert_eq!(given, Ok(push::push_policy(&BTreeSet::from([REPOSITORY.to_owned()])).into()));
        let trust = irsa_trust_policy().invoke(&[PROVIDER.into(), set(&["ci:builder"])]).expect("a policy");
        let wanted = irsa::trust_policy(PROVIDER, &BTreeSet::from(["ci:builder".to_owned()])).expect("a policy");
        assert_eq!(trust, wanted.into());
    }

    #[test]
    fn wrong_elements_are_named() {
        let cases = [
            (push_policy().invoke(&[set(&[])]), 0, "Name at least one"),
            (push_policy().invoke(&[set(&[REPOSITORY, "dev-registry"])]), 0, "\"dev-registry\""),
            (
                irsa_trust_policy().invoke(&["oidc.example.com/abc".into(), set(&["ci:builder"])]),
                0,
                "oidc_provider_arn",
            ),
            (irsa_trust_policy().invoke(&[PROVIDER.into(), set(&["ci:*"])]), 1, "wildcard"),
            (irsa_trust_policy().invoke(&[PROVIDER.into(), set(&[])]), 1, "service_accounts is empty"),
        ];
        for (result, argument, words) in cases {
            let error = result.expect_err(words);
            assert!(error.argument == Some(argument) && error.text.contains(words), "{error}");
        }
    }
}
