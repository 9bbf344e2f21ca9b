//! The roles that have a permission to pull in an owner's name.

use std::collections::BTreeMap;

use aws_sdk_iam::types::EntityType;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rosa_ecr_model::{Call, Diagnostics};

use super::pull_permission::PullPermission;
use super::shared_role::tagged;
use super::worker_role;
use crate::error::{code, failed};
use crate::provider::Aws;

/// How many roles are looked at at once.
const AT_ONCE: usize = 8;

/// The roles that are marked for an owner, by what the marks say named them, with the permission that they have: of the first
/// permission that any of them has.
///
/// Who has a policy of AWS, IAM tells. For inline policies it takes all roles that EC2 instances may have; without leave to list
/// roles there are none.
pub(crate) async fn marked_roles(
    call: &Call<Aws>,
    owner: &str,
) -> Result<(PullPermission, BTreeMap<String, String>), Diagnostics> {
    for permission in PullPermission::ALL {
        let candidates = match permission.policy_arn(call.region()) {
            Some(policy) => carriers(call, &policy).await?,
            None => match worker_role::listed(call).await {
                Err(error) if code(&error) == Some("AccessDenied") => Vec::new(),
                listed => listed.map_err(|error| failed("iam:ListRoles", "list the roles", &error))?,
            },
        };
        let marked = stream::iter(candidates).map(|role| sources(call, role, permission, owner)).buffered(AT_ONCE);
        let marked: Vec<BTreeMap<String, String>> = marked.try_collect().await?;
        let marked: BTreeMap<String, String> = marked.into_iter().flatten().collect();
        if !marked.is_empty() {
            return Ok((permission, marked));
        }
    }
    Ok((PullPermission::ReadOnly, BTreeMap::new()))
}

/// The roles that a managed policy is attached to.
async fn carriers(call: &Call<Aws>, policy: &str) -> Result<Vec<String>, Diagnostics> {
    let request = call.iam().list_entities_for_policy().policy_arn(policy).entity_filter(EntityType::Role);
    let mut pages = request.into_paginator().send();
    let mut roles = Vec::new();
    while let Some(page) = pages.next().await {
        let doing = format!("list the roles that carry {policy}");
        let page = page.map_err(|error| failed("iam:ListEntitiesForPolicy", doing, &error))?;
        roles.extend(page.policy_roles.unwrap_or_default().into_iter().filter_map(|role| role.role_name));
    }
    Ok(roles)
}

/// What an owner's marks for a permission say named a role, each with the role.
async fn sources(
    call: &Call<Aws>,
    role: String,
    permission: PullPermission,
    owner: &str,
) -> Result<BTreeMap<String, String>, Diagnostics> {
    let Some(found) = tagged(call, &role).await? else { return Ok(BTreeMap::new()) };
    let sources = found.sources_of(owner).filter(|(_, marked)| *marked == permission);
    Ok(sources.map(|(source, _)| (source, role.clone())).collect())
}
