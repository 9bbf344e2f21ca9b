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

/// What groups are looked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filtered<'a> {
    pub vpc_id: Option<&'a str>,
    pub name_prefix: Option<&'a str>,
    /// The cluster that they were made for.
    pub cluster: Option<&'a str>,
    pub tags: Option<&'a Tags>,
}

impl Filtered<'_> {
    /// As EC2 takes them. Names and tags may hold * and ?, which a filter takes for wildcards: it may let more through.
    fn filters(&self) -> Vec<Filter> {
        let one = |name: String, value: String| Filter::builder().name(name).values(value).build();
        let tags = self.tags.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
        let tags = tags.chain(self.cluster.map(|cluster| (tags::CLUSTER, cluster)));
        let vpc = self.vpc_id.map(|vpc| one("vpc-id".to_owned(), vpc.to_owned()));
        let name = self.name_prefix.map(|prefix| one("group-name".to_owned(), format!("{prefix}*")));
        let tags = tags.map(|(key, value)| one(format!("tag:{key}"), value.to_owned()));
        vpc.into_iter().chain(name).chain(tags).collect()
    }

    fn fits(&self, group: &ObservedGroup) -> bool {
        self.name_prefix.is_none_or(|prefix| group.name.starts_with(prefix))
            && self.cluster.is_none_or(|cluster| group.tags.get(tags::CLUSTER).is_some_and(|there| there == cluster))
            && self.tags.is_none_or(|tags| tags.iter().all(|(key, value)| group.tags.get(key) == Some(value)))
    }
}

/// The groups that are looked for.
pub(super) async fn list(
    call: &Call<Aws>,
    region: &str,
    filtered: &Filtered<'_>,
) -> Result<Vec<ObservedGroup>, Diagnostics> {
    let filters = Some(filtered.filters()).filter(|filters| !filters.is_empty());
    let request = call.ec2(region).describe_security_groups().set_filters(filters);
    let mut items = request.into_paginator().items().send();
    let mut groups = Vec::new();
    while let Some(item) = items.next().await {
        let group = item.map_err(|error| failed("ec2:DescribeSecurityGroups", "look for security groups", &error))?;
        groups.extend(found(group).filter(|group| filtered.fits(group)));
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
    let name = wanted.known_name();
    let doing = format!("create the security group {name} in {}", wanted.vpc_id);
    let request = call
        .ec2(region)
        .create_security_group()
        .group_name(name)
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
    /// Nothing was changed: the group has other rules. Look again.
    Outdated,
    /// Nothing was changed: the group would have more rules than its quota allows.
    Full,
    /// Nothing was changed: something that the rules name is not known, a group or a prefix list.
    Unknown,
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
            Some("InvalidPermission.Duplicate" | "InvalidPermission.NotFound") => Ok(Changed::Outdated),
            // The group itself, or one that its rules name.
            Some("InvalidGroup.NotFound") => Ok(Changed::Unknown),
            Some("RulesPerSecurityGroupLimitExceeded") => Ok(Changed::Full),
            // EC2's list of error codes has the second, its answers the first.
            Some("InvalidPrefixListID.NotFound" | "InvalidPrefixListId.NotFound") => Ok(Changed::Unknown),
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
