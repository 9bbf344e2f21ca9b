//! The calls of IAM about a role's policies and tags.

use aws_sdk_iam::operation::list_role_policies::ListRolePoliciesError;
use aws_sdk_iam::types::Tag;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use super::refusals::no_room;
use crate::error::{code, failed};
use crate::iam::policy_document as policies;
use crate::provider::Aws;
use crate::tags::Tags;

/// The ARNs of the managed policies that are attached to a role; `None` where there is no such role.
pub(crate) async fn attached_policies(call: &Call<Aws>, role: &str) -> Result<Option<Vec<String>>, Diagnostics> {
    let mut pages = call.iam().list_attached_role_policies().role_name(role).into_paginator().items().send();
    let mut policies = Vec::new();
    while let Some(policy) = pages.next().await {
        match policy {
            Err(error) if code(&error) == Some("NoSuchEntity") => return Ok(None),
            Err(error) => {
                let doing = format!("read the role {role}");
                return Err(failed("iam:ListAttachedRolePolicies", doing, &error).into());
            }
            Ok(policy) => policies.extend(policy.policy_arn),
        }
    }
    Ok(Some(policies))
}

/// The tags of a role; `None` where there is no such role.
pub(super) async fn tags_of(call: &Call<Aws>, role: &str) -> Result<Option<Tags>, Diagnostics> {
    let mut pages = call.iam().list_role_tags().role_name(role).into_paginator().items().send();
    let mut tags = Tags::new();
    while let Some(tag) = pages.next().await {
        match tag {
            Err(error) if code(&error) == Some("NoSuchEntity") => return Ok(None),
            Err(error) => {
                let doing = format!("read the role {role}");
                return Err(failed("iam:ListRoleTags", doing, &error).into());
            }
            Ok(tag) => tags.insert(tag.key, tag.value),
        };
    }
    Ok(Some(tags))
}

/// An inline policy of a role; `None` where there is no such role, or no such policy on it.
pub(crate) async fn inline_policy(call: &Call<Aws>, role: &str, name: &str) -> Result<Option<String>, Diagnostics> {
    match call.iam().get_role_policy().role_name(role).policy_name(name).send().await {
        Ok(policy) => Ok(Some(policies::decoded(&policy.policy_document))),
        Err(error) if code(&error) == Some("NoSuchEntity") => Ok(None),
        Err(error) => {
            let doing = format!("read the policy {name} of the role {role}");
            Err(failed("iam:GetRolePolicy", doing, &error).into())
        }
    }
}

/// The names of the inline policies of a role.
pub(crate) async fn inline_policies(
    call: &Call<Aws>,
    role: &str,
) -> Result<Vec<String>, SdkError<ListRolePoliciesError, HttpResponse>> {
    let mut pages = call.iam().list_role_policies().role_name(role).into_paginator().items().send();
    let mut names = Vec::new();
    while let Some(name) = pages.next().await {
        names.push(name?);
    }
    Ok(names)
}

/// What a write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrote {
    Done,
    /// Another write to the role was under way: look and try again.
    Busy,
    /// The role is not there, or the policy is not on it.
    Missing,
}

fn wrote<O, E>(
    action: &str,
    doing: &str,
    result: Result<O, SdkError<E, HttpResponse>>,
    exceeded: impl FnOnce(Diagnostic) -> Diagnostic,
) -> Result<Wrote, Diagnostics>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let Err(error) = result else { return Ok(Wrote::Done) };
    match code(&error) {
        Some("ConcurrentModification") => Ok(Wrote::Busy),
        Some("NoSuchEntity") => Ok(Wrote::Missing),
        Some("LimitExceeded") => Err(exceeded(failed(action, doing, &error)).into()),
        _ => Err(failed(action, doing, &error).into()),
    }
}

pub(super) async fn tag(call: &Call<Aws>, role: &str, tags: Vec<(String, String)>) -> Result<Wrote, Diagnostics> {
    let doing = format!("tag the role {role}");
    let count = tags.len();
    let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let tags: Vec<Tag> = tags
        .collect::<Result<_, _>>()
        .map_err(|error| Diagnostic::error(format!("Cannot {doing}")).detail(error.to_string()))?;
    let request = call.iam().tag_role().role_name(role).set_tags(Some(tags));
    wrote("iam:TagRole", &doing, request.send().await, |_| no_room(role, count))
}

pub(super) async fn untag(call: &Call<Aws>, role: &str, keys: &[&str]) -> Result<Wrote, Diagnostics> {
    let doing = format!("remove the tags {} of the role {role}", keys.join(", "));
    let request = call.iam().untag_role().role_name(role);
    let request = request.set_tag_keys(Some(keys.iter().map(|key| (*key).to_owned()).collect()));
    wrote("iam:UntagRole", &doing, request.send().await, |error| error)
}

pub(super) async fn attach_policy(call: &Call<Aws>, role: &str, policy: &str) -> Result<Wrote, Diagnostics> {
    let request = call.iam().attach_role_policy().role_name(role).policy_arn(policy);
    wrote("iam:AttachRolePolicy", &format!("attach {policy} to the role {role}"), request.send().await, |error| {
        error.fix(
            "Detach a policy that the role no longer needs, or have the quota \"Managed policies attached to an IAM \
             role\" raised in the Service Quotas console.",
        )
    })
}

pub(super) async fn detach_policy(call: &Call<Aws>, role: &str, policy: &str) -> Result<Wrote, Diagnostics> {
    let request = call.iam().detach_role_policy().role_name(role).policy_arn(policy);
    wrote("iam:DetachRolePolicy", &format!("detach {policy} from the role {role}"), request.send().await, |error| error)
}

pub(super) async fn put_policy(call: &Call<Aws>, role: &str, name: &str, policy: &str) -> Result<Wrote, Diagnostics> {
    let request = call.iam().put_role_policy().role_name(role).policy_name(name).policy_document(policy);
    wrote("iam:PutRolePolicy", &format!("put the policy {name} of the role {role}"), request.send().await, |error| {
        error.fix(
            "The inline policies of a role may have 10,240 characters together. Name repositories by a prefix and /*, \
             delete an inline policy that nothing needs, or set the permission \"pull_only\", which is no inline policy.",
        )
    })
}

pub(super) async fn delete_policy(call: &Call<Aws>, role: &str, name: &str) -> Result<Wrote, Diagnostics> {
    let request = call.iam().delete_role_policy().role_name(role).policy_name(name);
    wrote(
        "iam:DeleteRolePolicy",
        &format!("delete the policy {name} of the role {role}"),
        request.send().await,
        |error| error,
    )
}
