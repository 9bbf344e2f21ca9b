//! Import ids of attachments, and which permission they find.

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Violation};

use super::PullPolicyAttachment;
use crate::iam::names;
use crate::iam::pull_permission::PullPermission;
use crate::iam::shared_role::{self, ObservedRole};
use crate::provider::Aws;

impl PullPolicyAttachment {
    /// The inputs that an import id stands for, with the permission if the id says which.
    pub(super) fn of_id(id: &str) -> Result<(Self, Option<PullPermission>), Diagnostics> {
        let (mut role, profile) = (id.strip_prefix("role/"), id.strip_prefix("instance-profile/"));
        let mut permission = None;
        // As the AWS provider has it: `<role>/<ARN of the policy>`.
        if let Some((name, arn)) = id.split_once('/').filter(|(_, policy)| policy.starts_with("arn:")) {
            permission = PullPermission::of_policy(arn);
            if permission.is_none() {
                return Err(Diagnostic::error(format!("\"{id}\" is an attachment of another policy"))
                    .detail(format!(
                        "It attaches {arn}, and this resource attaches AmazonEC2ContainerRegistryReadOnly or \
                         AmazonEC2ContainerRegistryPullOnly."
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
            None => Ok((inputs, permission)),
            Some(violation) => Err(Diagnostic::error(format!("\"{id}\" is no id of an attachment"))
                .detail(violation.rule)
                .fix(violation.fix)
                .into()),
        }
    }

    /// The attachment that a role has: with that permission, or with the one that our marks speak of, or with the one that is
    /// there.
    ///
    /// # Errors
    /// If it has none.
    pub(super) async fn recognized(
        self,
        call: &Call<Aws>,
        role: &str,
        found: &ObservedRole,
        permission: Option<PullPermission>,
    ) -> Result<Self, Diagnostics> {
        let marks = self.marks(None)?;
        let scoped = marks.iter().find(|mark| mark.permission == PullPermission::Scoped);
        let scope = match scoped.filter(|_| permission.is_none()) {
            Some(mark) => shared_role::scope_of(call, role, mark).await?,
            None => None,
        };
        if let Some(repository_arns) = scope {
            let permission = PullPermission::Scoped.name().to_owned();
            return Ok(Self { permission, repository_arns, ..self });
        }
        let attached = marks.iter().filter(|mark| found.has(mark.permission));
        let of_id = attached.filter(|mark| permission.is_none_or(|permission| permission == mark.permission));
        // Of two the marked one, then the first.
        let best = of_id.min_by_key(|mark| (!found.carries(mark), mark.permission));
        let best = best.map(|mark| mark.permission.name().to_owned());
        best.map(|permission| Self { permission, ..self }).ok_or_else(|| {
            let policies = PullPermission::ALL.into_iter().filter(|one| permission.is_none_or(|named| named == *one));
            let arns: Vec<String> = policies.filter_map(|one| one.policy_arn(call.region())).collect();
            Diagnostic::error(format!("The role {role} does not have the pull policy"))
                .detail(format!("{} is not attached to it, so there is no attachment to import.", arns.join(" or ")))
                .fix("Leave the import out: the next apply attaches it.")
                .into()
        })
    }
}
