//! Taking away what others have given a role, before it is deleted.

use rosa_ecr_model::{Call, Diagnostics};

use super::calls;
use crate::error::{code, failed};
use crate::provider::Aws;

/// Detaches managed policies, deletes inline ones, and takes the role out of instance profiles.
pub(super) async fn detach(call: &Call<Aws>, name: &str) -> Result<(), Diagnostics> {
    let client = call.iam();
    let mut pages = client.list_attached_role_policies().role_name(name).into_paginator().items().send();
    let mut attached = Vec::new();
    while let Some(policy) = pages.next().await {
        let doing = format!("list the policies that are attached to the role {name}");
        attached.extend(policy.map_err(|error| failed("iam:ListAttachedRolePolicies", doing, &error))?.policy_arn);
    }
    for arn in attached {
        match client.detach_role_policy().role_name(name).policy_arn(&arn).send().await {
            Err(error) if code(&error) != Some("NoSuchEntity") => {
                return Err(failed(
                    "iam:DetachRolePolicy",
                    format!("detach the policy {arn} from the role {name}"),
                    &error,
                )
                .into());
            }
            _ => {}
        }
    }
    for policy_name in calls::inline_policies(call, name).await? {
        match client.delete_role_policy().role_name(name).policy_name(&policy_name).send().await {
            Err(error) if code(&error) != Some("NoSuchEntity") => {
                let doing = format!("delete the policy {policy_name} of the role {name}");
                return Err(failed("iam:DeleteRolePolicy", doing, &error).into());
            }
            _ => {}
        }
    }
    let mut pages = client.list_instance_profiles_for_role().role_name(name).into_paginator().items().send();
    let mut profiles = Vec::new();
    while let Some(profile) = pages.next().await {
        let doing = format!("list the instance profiles of the role {name}");
        profiles.push(
            profile.map_err(|error| failed("iam:ListInstanceProfilesForRole", doing, &error))?.instance_profile_name,
        );
    }
    for profile in profiles {
        let request = client.remove_role_from_instance_profile().instance_profile_name(&profile).role_name(name);
        match request.send().await {
            Err(error) if code(&error) != Some("NoSuchEntity") => {
                let doing = format!("take the role {name} out of the instance profile {profile}");
                return Err(failed("iam:RemoveRoleFromInstanceProfile", doing, &error).into());
            }
            _ => {}
        }
    }
    Ok(())
}
