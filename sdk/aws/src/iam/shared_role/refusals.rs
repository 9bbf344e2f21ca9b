//! Why a role cannot have the policy.

use rosa_ecr_model::Diagnostic;

use crate::tags::{MOST_TAGS, OWN_PREFIX};

pub(in crate::iam) fn no_such_role(role: &str) -> Diagnostic {
    Diagnostic::error(format!("There is no role {role}"))
        .detail("The account of these credentials has none of that name.")
        .fix(
            "Check the name: `rosa list account-roles` lists the worker roles of ROSA. Check that the credentials are \
             those of the cluster's account.",
        )
        .at("role_name")
}

pub(super) fn no_room(role: &str, count: usize) -> Diagnostic {
    Diagnostic::error(format!("The role {role} has no room for another tag"))
        .detail(format!(
            "IAM allows {MOST_TAGS} tags, and the role would have more. Tags on it say which clusters need the pull policy, \
             so that removing one cluster does not take it from the others."
        ))
        .fix(format!("Remove tags of the role that nothing needs: there must be room for {count} more."))
}

pub(super) fn does_not_stay(role: &str) -> Diagnostic {
    Diagnostic::error(format!("The pull policy does not stay on the role {role}"))
        .detail("It was attached and marked with tags, and then was not, or its tags were gone, again and again.")
        .fix(format!(
            "Look in CloudTrail for who calls DetachRolePolicy or UntagRole on {role}. Where another Terraform \
             configuration owns the role, let it ignore policy attachments and the tags that start with \"{OWN_PREFIX}\" \
             (`ignore_tags` of the AWS provider)."
        ))
}

pub(super) fn foreign_policy(role: &str, policy: &str) -> Diagnostic {
    Diagnostic::error(format!("The role {role} has an inline policy {policy} of another origin"))
        .detail("It has the name that this attachment's policy would have, and was not written by it. It was left as it is.")
        .fix(format!(
            "If nothing needs it: `aws iam delete-role-policy --role-name {role} --policy-name {policy}`. Else give this \
             attachment another owner, and its policy has another name."
        ))
        .at("owner")
}
