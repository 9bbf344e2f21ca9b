//! The calls of IAM's role API, each made in one place.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_iam::types::{Role, Tag};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use super::PushRole;
use crate::claims::Mark;
use crate::error::{code, failed};
use crate::iam::policy_document as policies;
use crate::iam::push_policy::Pushes;
use crate::iam::role_trust::Trust;
use crate::provider::Aws;
use crate::tags::Tags;
use crate::wait::{self, Progress};

/// A role as IAM describes it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ObservedPushRole {
    pub arn: String,
    pub path: String,
    pub trust_policy: String,
    /// The inline policy, where there is one of the name that was asked for.
    pub push_policy: Option<String>,
    pub description: String,
    pub max_session_duration: i64,
    pub permissions_boundary: Option<String>,
    pub tags: Tags,
    pub unique_id: String,
}

impl ObservedPushRole {
    /// What tells it from others of its name.
    pub fn mark(&self) -> Mark<'_> {
        Mark::of(&self.tags, Some(self.unique_id.as_str()).filter(|id| !id.is_empty()))
    }

    /// The call of a declaration that has the claim which the role carries.
    pub fn claiming(&self, call: &Call<Aws>) -> Call<Aws> {
        call.clone().claiming(self.mark().claim.map(Into::into))
    }
}

fn found(role: Role) -> ObservedPushRole {
    let tags = role.tags.unwrap_or_default();
    ObservedPushRole {
        arn: role.arn,
        path: role.path,
        trust_policy: policies::decoded(&role.assume_role_policy_document.unwrap_or_default()),
        push_policy: None,
        description: role.description.unwrap_or_default(),
        max_session_duration: role.max_session_duration.map_or(3600, i64::from),
        permissions_boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
        tags: tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        unique_id: role.role_id,
    }
}

/// The role of that name, with the inline policy of that name; `None` where there is no role.
pub(super) async fn find(
    call: &Call<Aws>,
    name: &str,
    policy_name: &str,
) -> Result<Option<ObservedPushRole>, Diagnostics> {
    let Some(found) = find_role(call, name).await? else { return Ok(None) };
    let push_policy = inline_policy(call, name, policy_name).await?;
    Ok(Some(ObservedPushRole { push_policy, ..found }))
}

/// The role of that name, without its inline policy; `None` where there is none.
pub(super) async fn find_role(call: &Call<Aws>, name: &str) -> Result<Option<ObservedPushRole>, Diagnostics> {
    let role = match call.iam().get_role().role_name(name).send().await {
        Err(error) if code(&error) == Some("NoSuchEntity") => return Ok(None),
        Err(error) => return Err(failed("iam:GetRole", format!("read the role {name}"), &error).into()),
        Ok(answer) => answer.role,
    };
    let role = role
        .filter(|role| role.assume_role_policy_document.is_some())
        .ok_or_else(|| crate::error::incomplete("IAM", format_args!("read the role {name}")))?;
    Ok(Some(found(role)))
}

/// The role of that name, with its inline policy as [`with_policy`] finds it.
pub(super) async fn find_with_policy(
    call: &Call<Aws>,
    name: &str,
    preferred: &str,
) -> Result<Option<(ObservedPushRole, String)>, Diagnostics> {
    match find_role(call, name).await? {
        Some(found) => with_policy(call, name, found, preferred).await.map(Some),
        None => Ok(None),
    }
}

/// The role with its inline policy of the preferred name or, where there is none, the first that lets push.
pub(super) async fn with_policy(
    call: &Call<Aws>,
    name: &str,
    mut found: ObservedPushRole,
    preferred: &str,
) -> Result<(ObservedPushRole, String), Diagnostics> {
    found.push_policy = inline_policy(call, name, preferred).await?;
    if found.push_policy.is_some() {
        return Ok((found, preferred.to_owned()));
    }
    for policy_name in inline_policies(call, name).await? {
        let policy = inline_policy(call, name, &policy_name).await?;
        if policy.as_deref().is_some_and(|policy| !Pushes::of(policy).repository_arns.is_empty()) {
            found.push_policy = policy;
            return Ok((found, policy_name));
        }
    }
    Ok((found, preferred.to_owned()))
}

/// The names of the roles below a path, or of all, that service accounts or principals may have. IAM lists roles without
/// their tags.
pub(super) async fn list(call: &Call<Aws>, path_prefix: Option<&str>) -> Result<Vec<String>, Diagnostics> {
    let request = call.iam().list_roles().set_path_prefix(path_prefix.map(str::to_owned));
    let mut roles = request.into_paginator().items().send();
    let mut names = Vec::new();
    while let Some(role) = roles.next().await {
        let role = role.map_err(|error| failed("iam:ListRoles", "list the roles", &error))?;
        let trust = policies::decoded(&role.assume_role_policy_document.unwrap_or_default());
        if !Trust::of(&trust).is_empty() {
            names.push(role.role_name);
        }
    }
    Ok(names)
}

async fn inline_policy(call: &Call<Aws>, name: &str, policy_name: &str) -> Result<Option<String>, Diagnostics> {
    match call.iam().get_role_policy().role_name(name).policy_name(policy_name).send().await {
        Ok(policy) => Ok(Some(policies::decoded(&policy.policy_document))),
        Err(error) if code(&error) == Some("NoSuchEntity") => Ok(None),
        Err(error) => {
            let doing = format!("read the policy {policy_name} of the role {name}");
            Err(failed("iam:GetRolePolicy", doing, &error).into())
        }
    }
}

/// The names of all inline policies of a role.
pub(super) async fn inline_policies(call: &Call<Aws>, name: &str) -> Result<Vec<String>, Diagnostics> {
    let mut pages = call.iam().list_role_policies().role_name(name).into_paginator().items().send();
    let mut names = Vec::new();
    while let Some(policy) = pages.next().await {
        let doing = format!("list the policies of the role {name}");
        names.push(policy.map_err(|error| failed("iam:ListRolePolicies", doing, &error))?);
    }
    Ok(names)
}

/// What became of a create.
pub(super) enum Created {
    Now(Box<ObservedPushRole>),
    /// A role of that name was there.
    Exists,
}

pub(super) async fn create(
    call: &Call<Aws>,
    wanted: &PushRole,
    trust: &str,
    tags: &Tags,
) -> Result<Created, Diagnostics> {
    let name = wanted.role();
    let (doing, tags_of_sdk) = (format!("create the role {name}"), sdk_tags(tags)?);
    let duration = session(wanted.max_session_duration);
    let created = patiently(call, &doing, &["MalformedPolicyDocument"], || async {
        let request = call
            .iam()
            .create_role()
            .role_name(name)
            .path(&wanted.path)
            .assume_role_policy_document(trust)
            .set_description(wanted.description.clone())
            .max_session_duration(duration)
            .set_permissions_boundary(wanted.boundary().map(str::to_owned))
            .set_tags(Some(tags_of_sdk.clone()));
        match request.send().await {
            Ok(created) => Ok(Some(created)),
            Err(error) if code(&error) == Some("EntityAlreadyExists") => Ok(None),
            Err(error) => Err(refused("iam:CreateRole", &doing, &error)),
        }
    })
    .await?;
    let Some(created) = created else { return Ok(Created::Exists) };
    let role = created.role.ok_or_else(|| {
        Diagnostic::error(format!("Cannot create the role {name}"))
            .detail("IAM's answer was incomplete. The role may be there: the next run takes it over.")
            .fix("Run this again.")
    })?;
    Ok(Created::Now(Box::new(ObservedPushRole {
        trust_policy: trust.to_owned(),
        description: wanted.description.clone().unwrap_or_default(),
        permissions_boundary: wanted.boundary().map(str::to_owned),
        max_session_duration: wanted.max_session_duration,
        tags: tags.clone(),
        ..found(role)
    })))
}

/// Puts who may have the role. Its principal may have been made a moment ago; IAM then takes the policy for wrong.
pub(super) async fn put_trust(call: &Call<Aws>, name: &str, policy: &str) -> Result<(), Diagnostics> {
    let doing = format!("put the trust policy of the role {name}");
    patiently(call, &doing, &["MalformedPolicyDocument", "NoSuchEntity"], || async {
        let request = call.iam().update_assume_role_policy().role_name(name).policy_document(policy);
        request.send().await.map(drop).map_err(|error| refused("iam:UpdateAssumeRolePolicy", &doing, &error))
    })
    .await
}

/// Puts what the role may do. A role that was made a moment ago may not be known everywhere.
pub(super) async fn put_policy(
    call: &Call<Aws>,
    name: &str,
    policy_name: &str,
    policy: &str,
) -> Result<(), Diagnostics> {
    let doing = format!("put the policy {policy_name} of the role {name}");
    patiently(call, &doing, &["NoSuchEntity"], || async {
        let request = call.iam().put_role_policy().role_name(name).policy_name(policy_name).policy_document(policy);
        request.send().await.map(drop).map_err(|error| refused("iam:PutRolePolicy", &doing, &error))
    })
    .await
}

/// Puts description and session duration, always both: what a call leaves out, IAM may set back to its default.
pub(super) async fn put_properties(
    call: &Call<Aws>,
    name: &str,
    description: &str,
    seconds: i64,
) -> Result<(), Diagnostics> {
    let doing = format!("set description and session duration of the role {name}");
    patiently(call, &doing, &[], || async {
        let request = call.iam().update_role().role_name(name);
        let request = request.description(description).max_session_duration(session(seconds));
        request.send().await.map(drop).map_err(|error| refused("iam:UpdateRole", &doing, &error))
    })
    .await
}

pub(super) async fn put_boundary(call: &Call<Aws>, name: &str, boundary: Option<&str>) -> Result<(), Diagnostics> {
    let doing = format!("set the permissions boundary of the role {name}");
    patiently(call, &doing, &[], || async {
        match boundary {
            Some(arn) => {
                let request = call.iam().put_role_permissions_boundary().role_name(name).permissions_boundary(arn);
                let put = request.send().await.map(drop);
                put.map_err(|error| refused("iam:PutRolePermissionsBoundary", &doing, &error))
            }
            None => match call.iam().delete_role_permissions_boundary().role_name(name).send().await {
                Ok(_) => Ok(()),
                Err(error) if code(&error) == Some("NoSuchEntity") => Ok(()),
                Err(error) => Err(refused("iam:DeleteRolePermissionsBoundary", &doing, &error)),
            },
        }
    })
    .await
}

/// Brings the tags to what is wanted, with as few calls as there are differences.
pub(super) async fn retag(call: &Call<Aws>, name: &str, actual: &mut Tags, wanted: &Tags) -> Result<(), Diagnostics> {
    let (set, removed) = call.tags().difference(actual, wanted, &[]);
    // Those that go make room: an object has at most 50 tags.
    if !removed.is_empty() {
        let doing = format!("remove tags of the role {name}");
        patiently(call, &doing, &[], || async {
            let request = call.iam().untag_role().role_name(name).set_tag_keys(Some(removed.clone()));
            request.send().await.map(drop).map_err(|error| refused("iam:UntagRole", &doing, &error))
        })
        .await?;
        actual.retain(|key, _| !removed.contains(key));
    }
    if !set.is_empty() {
        let (doing, tags) = (format!("tag the role {name}"), sdk_tags(&set)?);
        patiently(call, &doing, &[], || async {
            let request = call.iam().tag_role().role_name(name).set_tags(Some(tags.clone()));
            request.send().await.map(drop).map_err(|error| refused("iam:TagRole", &doing, &error))
        })
        .await?;
        actual.extend(set);
    }
    Ok(())
}

pub(super) async fn delete(call: &Call<Aws>, name: &str, policy_name: &str) -> Result<(), Diagnostics> {
    let doing = format!("delete the policy {policy_name} of the role {name}");
    patiently(call, &doing, &[], || async {
        match call.iam().delete_role_policy().role_name(name).policy_name(policy_name).send().await {
            Err(error) if code(&error) != Some("NoSuchEntity") => Err(refused("iam:DeleteRolePolicy", &doing, &error)),
            _ => Ok(()),
        }
    })
    .await?;
    // The policy that has just been deleted may be in the way for a while.
    let (doing, is_used) = (format!("delete the role {name}"), AtomicBool::new(false));
    let deleted = patiently(call, &doing, &["DeleteConflict"], || async {
        match call.iam().delete_role().role_name(name).send().await {
            Err(error) if code(&error) != Some("NoSuchEntity") => {
                is_used.store(code(&error) == Some("DeleteConflict"), Ordering::Relaxed);
                Err(refused("iam:DeleteRole", &doing, &error))
            }
            _ => Ok(()),
        }
    })
    .await;
    match deleted {
        Err(refused) if is_used.load(Ordering::Relaxed) && !call.cancelled().is_cancelled() => {
            let users = users(call, name).await;
            Err(refused.into_iter().map(|refused| still_used(refused, name, &users)).collect())
        }
        deleted => deleted,
    }
}

/// What is in the way of a delete, as far as that can be found out: it only goes into an error.
async fn users(call: &Call<Aws>, name: &str) -> Vec<String> {
    let client = call.iam();
    let (attached, inline, profiles) = tokio::join!(
        client.list_attached_role_policies().role_name(name).send(),
        inline_policies(call, name),
        client.list_instance_profiles_for_role().role_name(name).send(),
    );
    let attached = attached.ok().and_then(|answer| answer.attached_policies).unwrap_or_default();
    let attached = attached.into_iter().filter_map(|policy| Some(format!("the policy {}", policy.policy_arn?)));
    let inline = inline.unwrap_or_default().into_iter().map(|policy| format!("the inline policy {policy}"));
    let profiles = profiles.map(|answer| answer.instance_profiles).unwrap_or_default();
    let profiles =
        profiles.into_iter().map(|profile| format!("the instance profile {}", profile.instance_profile_name));
    attached.chain(inline).chain(profiles).collect()
}

fn still_used(refused: Diagnostic, name: &str, users: &[String]) -> Diagnostic {
    let by = match users {
        [] => "IAM does not say with what.".to_owned(),
        users => format!("Others have given it {}.", users.join(", ")),
    };
    let detail = format!("{} {by}", refused.detail);
    refused.detail(detail).fix(format!("Take that away from the role {name}, and run this again."))
}

/// A refusal and its code.
fn refused<E>(action: &str, doing: &str, error: &SdkError<E, HttpResponse>) -> (Option<String>, Diagnostic)
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    (code(error).map(str::to_owned), failed(action, doing, error))
}

/// Tries again for a while where IAM refuses with one of these codes, or says that another change is under way.
async fn patiently<T, F, Fut>(call: &Call<Aws>, doing: &str, codes: &[&str], attempt: F) -> Result<T, Diagnostics>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, (Option<String>, Diagnostic)>>,
{
    let passes = |code: &Option<String>| {
        code.as_deref().is_some_and(|code| code.starts_with("ConcurrentModification") || codes.contains(&code))
    };
    wait::until(call, &format!("IAM to let us {doing}"), || {
        let attempted = attempt();
        async move {
            match attempted.await {
                Ok(done) => Ok(Progress::Done(done)),
                Err((code, refused)) if passes(&code) => Ok(Progress::unless_news_spreads(refused)),
                Err((_, refused)) => Err(refused.into()),
            }
        }
    })
    .await
}

/// Validation keeps it in range.
fn session(seconds: i64) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, Diagnostics> {
    let tag = |(key, value): (&String, &String)| {
        Tag::builder().key(key).value(value).build().map_err(|error| {
            Diagnostic::error(format!("Cannot describe the tag {key} to IAM")).detail(error.to_string()).into()
        })
    };
    tags.iter().map(tag).collect()
}
