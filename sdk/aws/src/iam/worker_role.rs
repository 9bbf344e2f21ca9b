//! Worker roles: those that EC2 instances may have, and the worker role of ROSA with hosted control planes (HCP), which is
//! one for all clusters of an account.
//!
//! Source: Red Hat OpenShift Service on AWS 4, "Prepare your environment", "Required IAM roles and resources", table
//! "Required account roles and AWS policies": `<prefix>-HCP-ROSA-Worker-Role` is made once an account, and has the policies
//! `ROSAWorkerInstancePolicy` and `AmazonEC2ContainerRegistryReadOnly`.

use aws_sdk_iam::operation::list_roles::ListRolesError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use rosa_ecr_model::{Call, Diagnostic};

use super::policy_document as policies;
use super::pull_permission::PullPermission;
use crate::provider::Aws;

/// How the name of such a role ends. Prefixes are short enough that IAM's 64 characters hold all of it.
const HCP_SUFFIX: &str = "-HCP-ROSA-Worker-Role";

/// Whether all HCP clusters of the account have that role.
pub(crate) fn is_account_wide(role: &str) -> bool {
    role.ends_with(HCP_SUFFIX)
}

/// What a plan says if it gives such a role a permission. `argument` is where the permission is chosen.
pub(crate) fn shared_by_all(role: &str, permission: PullPermission, argument: &str) -> Option<Diagnostic> {
    if !is_account_wide(role) {
        return None;
    }
    let warning = Diagnostic::warning(format!("All HCP clusters of the account have the role {role}"));
    Some(match permission {
        PullPermission::Scoped => warning
            .detail(
                "All of them can pull from the named repositories. ROSA attaches AmazonEC2ContainerRegistryReadOnly to it as \
                 well; while it is there, they can pull from all others, too.",
            )
            .fix("Nothing, if that is meant. Do not detach it: clusters with zero egress pull Red Hat's images with it."),
        _ => warning
            .detail("The role is made once an account, so the nodes of all of them can pull from every repository.")
            .fix(format!("To allow certain repositories only, set {argument} = \"scoped\".")),
    }
    .at(argument))
}

/// What a destroy plan says if it takes a permission from such a role. `keeper` is the argument that would leave it there, if
/// there is one.
pub(crate) fn taken_from_all(
    role: &str,
    permission: PullPermission,
    is_imported: bool,
    keeper: Option<&str>,
) -> Option<Diagnostic> {
    let policy = permission.managed_policy().filter(|_| is_account_wide(role))?;
    let condition = if is_imported {
        "It goes with this resource, which has imported it, unless another registry needs it"
    } else {
        "It goes if this provider attached it and no other registry needs it; one that was there before stays"
    };
    let warning = Diagnostic::warning(format!("{policy} may be detached from {role}")).detail(format!(
        "All HCP clusters of the account have this role. {condition}. Clusters with zero egress pull Red Hat's images with it."
    ));
    Some(match keeper {
        Some(keeper) => warning.fix(format!("To leave it on the role, set {keeper} = true and apply that first.")),
        None => warning,
    })
}

/// The names of all roles that EC2 instances may have.
pub(super) async fn listed(call: &Call<Aws>) -> Result<Vec<String>, SdkError<ListRolesError, HttpResponse>> {
    let mut roles = call.iam().list_roles().into_paginator().items().send();
    let mut names = Vec::new();
    while let Some(role) = roles.next().await {
        let role = role?;
        let trust = policies::decoded(&role.assume_role_policy_document.unwrap_or_default());
        // In China the service's name ends in ".cn".
        if trust.contains("\"ec2.amazonaws.com") {
            names.push(role.role_name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "ManagedOpenShift-HCP-ROSA-Worker-Role";

    #[test]
    fn only_the_role_of_all_hcp_clusters_is_warned_of() {
        for other in ["ManagedOpenShift-Worker-Role", "pool-role"] {
            for permission in PullPermission::ALL {
                assert_eq!(shared_by_all(other, permission, "permission"), None);
                assert_eq!(taken_from_all(other, permission, true, None), None);
            }
        }
        let reported = shared_by_all(ROLE, PullPermission::ReadOnly, "permission").expect("a warning").to_string();
        assert!(reported.contains("every repository") && reported.contains("permission = \"scoped\""), "{reported}");
        let reported = shared_by_all(ROLE, PullPermission::Scoped, "permission").expect("a warning").to_string();
        assert!(reported.contains("the named repositories"), "{reported}");
    }

    #[test]
    fn a_destroy_says_what_may_go() {
        let reported = |permission, is_imported| {
            taken_from_all(ROLE, permission, is_imported, Some("keep_on_destroy")).map(|reported| reported.to_string())
        };
        let own = reported(PullPermission::PullOnly, false).expect("a warning");
        assert!(own.contains("AmazonEC2ContainerRegistryPullOnly") && own.contains("keep_on_destroy = true"), "{own}");
        assert!(reported(PullPermission::ReadOnly, true).is_some_and(|reported| reported.contains("imported")));
        assert_eq!(reported(PullPermission::Scoped, false), None, "nothing else needs its own inline policy");
    }
}
