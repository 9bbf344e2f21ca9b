//! Import ids of attachments.

use rosa_ecr_model::{Diagnostic, Diagnostics, Violation};

use super::{PullPolicyAttachment, names, shared_role};

impl PullPolicyAttachment {
    /// The inputs that an import id stands for.
    pub(super) fn of_id(id: &str) -> Result<Self, Diagnostics> {
        let (mut role, profile) = (id.strip_prefix("role/"), id.strip_prefix("instance-profile/"));
        // As the AWS provider has it: `<role>/<ARN of the policy>`.
        if let Some((name, arn)) = id.split_once('/').filter(|(_, policy)| policy.starts_with("arn:")) {
            if !shared_role::is_pull_policy(arn) {
                return Err(Diagnostic::error(format!("\"{id}\" is an attachment of another policy"))
                    .detail(format!(
                        "It attaches {arn}, and this resource attaches AmazonEC2ContainerRegistryReadOnly."
                    ))
                    .fix("Import it as aws_iam_role_policy_attachment of the AWS provider.")
                    .into());
            }
            role = Some(name);
        }
        let inputs = Self {
            role_name: role.map(str::to_owned),
            instance_profile_name: profile.map(str::to_owned),
            ..Self::nobodys()
        };
        let violation = match (role, profile) {
            (Some(role), _) => names::role_name(role).err(),
            (_, Some(profile)) => names::instance_profile_name(profile).err(),
            _ => {
                Some(Violation::rule("It must be role/<name>, instance-profile/<name> or <role>/<ARN of the policy>."))
            }
        };
        match violation {
            None => Ok(inputs),
            Some(violation) => Err(Diagnostic::error(format!("\"{id}\" is no id of an attachment"))
                .detail(violation.rule)
                .fix(violation.fix)
                .into()),
        }
    }
}
