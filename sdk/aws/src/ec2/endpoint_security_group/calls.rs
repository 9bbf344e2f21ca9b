//! The calls of EC2's security group API, each made in one place.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_ec2::types::{Filter, IpPermission, ResourceType, SecurityGroup};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Term, text};

use super::EndpointSecurityGroup;
use super::rules::Rules;
use crate::claims::Mark;
use crate::ec2::{present, tagging};
use crate::error::{code, failed};
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::wait::{self, Progress};

/// A security group as EC2 describes it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ObservedGroup {
    pub id: String,
    pub name: String,
    pub vpc_id: String,
    pub owner_id: String,
    pub description: String,
    pub rules: Rules,
    pub tags: Tags,
}

impl ObservedGroup {
    /// The group as a person reads it.
    pub fn object(&self) -> String {
        super::object(&self.name, &self.vpc_id)
    }

    /// What tells whose it is: an id is never given twice.
    pub fn mark(&self) -> Mark<'_> {
        Mark::of(&self.tags, None)
    }

    /// The call of a declaration that has the claim which the group carries.
    pub fn claiming(&self, call: &Call<Aws>) -> Call<Aws> {
        call.clone().claiming(self.mark().claim.map(Into::into))
    }
}

fn found(group: SecurityGroup) -> Option<ObservedGroup> {
    let rules = Rules::of(&group);
    Some(ObservedGroup {
        id: group.group_id?,
        name: group.group_name?,
        vpc_id: group.vpc_id?,
        owner_id: group.owner_id?,
        description: group.description?,
        rules,
        tags: tagging::tags_of(group.tags.as_deref()),
    })
}

/// The group of that id; `None` where there is none.
pub(super) async fn describe(call: &Call<Aws>, region: &str, id: &str) -> Result<Option<ObservedGroup>, Diagnostics> {
    let doing = format!("read the security group {id}");
    match call.ec2(region).describe_security_groups().group_ids(id).send().await {
        Ok(described) => {
            present(described.security_groups.unwrap_or_default().into_iter().find_map(found), &doing).map(Some)
        }
        Err(error) if code(&error) == Some("InvalidGroup.NotFound") => Ok(None),
        Err(error) => Err(failed("ec2:DescribeSecurityGroups", doing, &error).into()),
    }
}

/// The group of that name in a VPC; `None` where there is none.
pub(super) async fn find(
    call: &Call<Aws>,
    region: &str,
    vpc_id: &str,
    name: &str,
) -> Result<Option<ObservedGroup>, Diagnostics> {
    let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
    let request = call
        .ec2(region)
        .describe_security_groups()
        .filters(filter("vpc-id", vpc_id))
        .filters(filter("group-name", name));
    let described = request.send().await;
    let described = described
        .map_err(|error| failed("ec2:DescribeSecurityGroups", format!("look for the security group {name}"), &error))?;
    // A filter takes * and ? for wildcards, which names may hold.
    Ok(described.security_groups.unwrap_or_default().into_iter().filter_map(found).find(|group| group.name == name))
}

/// The groups that were made for a cluster.
pub(super) async fn find_tagged(
    call: &Call<Aws>,
    region: &str,
    cluster: &str,
) -> Result<Vec<ObservedGroup>, Diagnostics> {
    let filter = Filter::builder().name(format!("tag:{}", tags::CLUSTER)).values(cluster).build();
    let mut items = call.ec2(region).describe_security_groups().filters(filter).into_paginator().items().send();
    let mut groups = Vec::new();
    while let Some(item) = items.next().await {
        let doing = "look for the cluster's security group";
        groups.extend(found(item.map_err(|error| failed("ec2:DescribeSecurityGroups", doing, &error))?));
    }
    Ok(groups)
}

/// Makes the group and says its id; `None` where there is one of that name.
pub(super) async fn create(
    call: &Call<Aws>,
    region: &str,
    wanted: &EndpointSecurityGroup,
    tags: &Tags,
) -> Result<Option<String>, Diagnostics> {
    let doing = format!("create the security group {} in {}", wanted.name, wanted.vpc_id);
    let request = call
        .ec2(region)
        .create_security_group()
        .group_name(&wanted.name)
        .description(&wanted.description)
        .vpc_id(&wanted.vpc_id)
        .tag_specifications(tagging::specification(ResourceType::SecurityGroup, tags));
    match request.send().await {
        Ok(created) => present(created.group_id, &doing).map(Some),
        Err(error) if code(&error) == Some("InvalidGroup.Duplicate") => Ok(None),
        Err(error) => Err(failed("ec2:CreateSecurityGroup", doing, &error).into()),
    }
}

/// What became of a change of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    Now,
    /// Nothing was changed: the group has other rules, or is not known yet where the change was asked for. Look again.
    Outdated,
    /// Nothing was changed: the group would have more rules than its quota allows.
    Full,
}

/// What a change of rules came to: some refusals only say that the group is not what it was thought to be.
fn changed<T, E>(
    action: &str,
    doing: String,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Changed, Diagnostics>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match answer {
        Ok(_) => Ok(Changed::Now),
        Err(error) => match code(&error) {
            Some("InvalidPermission.Duplicate" | "InvalidPermission.NotFound" | "InvalidGroup.NotFound") => {
                Ok(Changed::Outdated)
            }
            Some("RulesPerSecurityGroupLimitExceeded") => Ok(Changed::Full),
            _ => Err(failed(action, doing, &error).into()),
        },
    }
}

pub(super) async fn authorize_ingress(
    call: &Call<Aws>,
    region: &str,
    id: &str,
    rules: Vec<IpPermission>,
) -> Result<Changed, Diagnostics> {
    if rules.is_empty() {
        return Ok(Changed::Now);
    }
    let request = call.ec2(region).authorize_security_group_ingress().group_id(id).set_ip_permissions(Some(rules));
    changed("ec2:AuthorizeSecurityGroupIngress", format!("add rules to {id}"), request.send().await)
}

pub(super) async fn revoke_ingress(
    call: &Call<Aws>,
    region: &str,
    id: &str,
    rules: Vec<IpPermission>,
) -> Result<Changed, Diagnostics> {
    if rules.is_empty() {
        return Ok(Changed::Now);
    }
    let request = call.ec2(region).revoke_security_group_ingress().group_id(id).set_ip_permissions(Some(rules));
    changed("ec2:RevokeSecurityGroupIngress", format!("remove rules of {id}"), request.send().await)
}

pub(super) async fn revoke_egress(
    call: &Call<Aws>,
    region: &str,
    id: &str,
    rules: Vec<IpPermission>,
) -> Result<Changed, Diagnostics> {
    if rules.is_empty() {
        return Ok(Changed::Now);
    }
    let request = call.ec2(region).revoke_security_group_egress().group_id(id).set_ip_permissions(Some(rules));
    changed("ec2:RevokeSecurityGroupEgress", format!("remove rules of {id}"), request.send().await)
}

/// Deletes the group as soon as nothing uses it: network interfaces of a deleted endpoint linger for a while.
pub(super) async fn delete(call: &Call<Aws>, region: &str, id: &str) -> Result<(), Diagnostics> {
    let is_used = AtomicBool::new(false);
    let deleted = wait::until(call, &format!("the security group {id} to be free"), || async {
        is_used.store(false, Ordering::Relaxed);
        match call.ec2(region).delete_security_group().group_id(id).send().await {
            Ok(_) => Ok(Progress::Done(())),
            Err(error) => match code(&error) {
                Some("InvalidGroup.NotFound") => Ok(Progress::Done(())),
                Some("DependencyViolation") => {
                    is_used.store(true, Ordering::Relaxed);
                    Ok(Progress::Pending("in use".to_owned()))
                }
                _ => Err(failed("ec2:DeleteSecurityGroup", format!("delete the security group {id}"), &error).into()),
            },
        }
    })
    .await;
    match deleted {
        Err(_) if is_used.load(Ordering::Relaxed) && !call.cancelled().is_cancelled() => {
            Err(still_used(id, &users(call, region, id).await).into())
        }
        deleted => deleted,
    }
}

/// What still uses the group, as far as that can be found out: it only goes into an error.
async fn users(call: &Call<Aws>, region: &str, id: &str) -> Vec<String> {
    let client = call.ec2(region);
    let filter = |name: &str| Filter::builder().name(name).values(id).build();
    let (interfaces, groups) = tokio::join!(
        client.describe_network_interfaces().filters(filter("group-id")).send(),
        client.describe_security_groups().filters(filter("ip-permission.group-id")).send(),
    );
    let interfaces = interfaces.ok().and_then(|answer| answer.network_interfaces).unwrap_or_default();
    let interfaces = interfaces.into_iter().filter_map(|interface| {
        let purpose = interface.description.filter(|text| !text.is_empty()).map(|text| format!(" ({text})"));
        Some(format!("the network interface {}{}", interface.network_interface_id?, purpose.unwrap_or_default()))
    });
    let groups = groups.ok().and_then(|answer| answer.security_groups).unwrap_or_default();
    let groups =
        groups.into_iter().filter_map(|group| Some(format!("a rule of the security group {}", group.group_id?)));
    interfaces.chain(groups).collect()
}

fn still_used(id: &str, users: &[String]) -> Diagnostic {
    let by = match users {
        [] => "EC2 does not say by what.".to_owned(),
        users => format!("It is used by {}.", users.join(", ")),
    };
    Diagnostic::error(format!("The security group {id} is still in use"))
        .detail(format!("EC2 refused to delete it (DependencyViolation) until the operation's time was over. {by}"))
        .fix(text![
            "Give what uses it another group, and run this again. If it is to be replaced while endpoints use it, give the new one \
             another name and ",
            Term::CreateFirst,
            ": a VPC has one group of a name. If it is an endpoint that is being deleted, waiting is enough: raise `delete` in ",
            Term::Timeouts,
            ". A delete reads it from the state: apply the change first.",
        ])
}
