//! The calls of EC2's endpoint API, each made in one place.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{Filter, ResourceType, VpcEndpoint as Described, VpcEndpointType};
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use super::vpc_endpoint::VpcEndpoint;
use super::{present, tagging};
use crate::error::{code, failed};
use crate::tags::Tags;
use crate::wait::{self, Progress};
use crate::{Aws, Partition};

/// An endpoint as EC2 describes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub id: String,
    pub service_name: String,
    pub vpc_id: String,
    /// In lower case: EC2's own spelling differs from its documentation.
    pub state: String,
    pub private_dns: bool,
    pub subnets: BTreeSet<String>,
    pub groups: BTreeSet<String>,
    pub policy: Option<String>,
    pub ip_address_type: Option<String>,
    pub interfaces: BTreeSet<String>,
    pub dns_names: Vec<String>,
    pub owner_id: Option<String>,
    pub error: Option<String>,
    pub tags: Tags,
}

impl Found {
    /// Whether it is there or on its way: not failed, and not on its way out.
    pub(crate) fn is_alive(&self) -> bool {
        !["deleting", "deleted", "failed", "rejected", "expired"].contains(&self.state.as_str())
    }
}

fn found(endpoint: Described) -> Option<Found> {
    let tags = tagging::tags_of(endpoint.tags.as_deref());
    Some(Found {
        id: endpoint.vpc_endpoint_id?,
        service_name: endpoint.service_name.unwrap_or_default(),
        vpc_id: endpoint.vpc_id.unwrap_or_default(),
        state: endpoint.state.map_or_else(String::new, |state| state.as_str().to_ascii_lowercase()),
        private_dns: endpoint.private_dns_enabled.unwrap_or_default(),
        subnets: endpoint.subnet_ids.unwrap_or_default().into_iter().collect(),
        groups: endpoint.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_id).collect(),
        policy: endpoint.policy_document,
        ip_address_type: endpoint.ip_address_type.map(|kind| kind.as_str().to_owned()),
        interfaces: endpoint.network_interface_ids.unwrap_or_default().into_iter().collect(),
        dns_names: endpoint.dns_entries.unwrap_or_default().into_iter().filter_map(|entry| entry.dns_name).collect(),
        owner_id: endpoint.owner_id,
        error: endpoint.last_error.and_then(|error| error.message),
        tags,
    })
}

/// The living endpoints of ECR's two services in a VPC.
pub(crate) async fn find(call: &Call<Aws>, region: &str, vpc_id: &str) -> Result<Vec<Found>, Diagnostics> {
    let partition = Partition::of_region(region);
    let services = ["api", "dkr"].map(|service| partition.ecr_service(region, service));
    let client = call.ec2(region);
    let mut pages = client
        .describe_vpc_endpoints()
        .filters(Filter::builder().name("vpc-id").values(vpc_id).build())
        .filters(Filter::builder().name("service-name").set_values(Some(services.to_vec())).build())
        .into_paginator()
        .send();
    let mut endpoints = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            failed("ec2:DescribeVpcEndpoints", format!("look for ECR endpoints in {vpc_id}"), &error)
        })?;
        endpoints.extend(page.vpc_endpoints.unwrap_or_default().into_iter().filter_map(found).filter(Found::is_alive));
    }
    Ok(endpoints)
}

/// The endpoints of those ids that EC2 still knows, whatever their state.
pub(super) async fn describe(call: &Call<Aws>, region: &str, ids: &[String]) -> Result<Vec<Found>, Diagnostics> {
    // A filter and not the ids themselves, because one unknown id would fail the whole call.
    let filter = Filter::builder().name("vpc-endpoint-id").set_values(Some(ids.to_vec())).build();
    let described = call.ec2(region).describe_vpc_endpoints().filters(filter).send().await;
    match described {
        Ok(described) => Ok(described.vpc_endpoints.unwrap_or_default().into_iter().filter_map(found).collect()),
        Err(error) if code(&error) == Some("InvalidVpcEndpointId.NotFound") => Ok(Vec::new()),
        Err(error) => {
            Err(failed("ec2:DescribeVpcEndpoints", format!("read the endpoints {}", ids.join(", ")), &error).into())
        }
    }
}

pub(super) async fn create(
    call: &Call<Aws>,
    region: &str,
    wanted: &VpcEndpoint,
    service_name: &str,
    tags: &Tags,
) -> Result<Found, Diagnostics> {
    let doing = format!("create the endpoint {service_name} in {}", wanted.vpc_id);
    let request = call
        .ec2(region)
        .create_vpc_endpoint()
        .vpc_endpoint_type(VpcEndpointType::Interface)
        .vpc_id(&wanted.vpc_id)
        .service_name(service_name)
        .set_subnet_ids(Some(wanted.subnet_ids.iter().cloned().collect()))
        .set_security_group_ids(
            (!wanted.security_group_ids.is_empty()).then(|| wanted.security_group_ids.iter().cloned().collect()),
        )
        .private_dns_enabled(wanted.private_dns_enabled)
        .set_policy_document(wanted.policy.clone())
        .set_ip_address_type(wanted.ip_address_type.as_deref().map(Into::into))
        // A token for this one call: the SDK's retries of it make one endpoint.
        .client_token(uuid::Uuid::new_v4().to_string())
        .tag_specifications(tagging::specification(ResourceType::VpcEndpoint, tags));
    let created = request.send().await.map_err(|error| failed("ec2:CreateVpcEndpoint", &doing, &error))?;
    present(created.vpc_endpoint.and_then(found), &doing)
}

/// Changes what differs, in one call; calls nothing where nothing does.
pub(super) async fn modify(
    call: &Call<Aws>,
    region: &str,
    now: &Found,
    wanted: &VpcEndpoint,
) -> Result<bool, Diagnostics> {
    let difference = |from: &BTreeSet<String>, what: &BTreeSet<String>| {
        let rest: Vec<String> = from.difference(what).cloned().collect();
        (!rest.is_empty()).then_some(rest)
    };
    let (add_subnets, drop_subnets) =
        (difference(&wanted.subnet_ids, &now.subnets), difference(&now.subnets, &wanted.subnet_ids));
    let groups = if wanted.security_group_ids.is_empty() { &now.groups } else { &wanted.security_group_ids };
    let (add_groups, drop_groups) = (difference(groups, &now.groups), difference(&now.groups, groups));
    let dns = (now.private_dns != wanted.private_dns_enabled).then_some(wanted.private_dns_enabled);
    let policy =
        wanted.policy.clone().filter(|policy| !super::vpc_endpoint::same_policy(Some(policy), now.policy.as_deref()));
    let kind = wanted.ip_address_type.clone().filter(|kind| Some(kind) != now.ip_address_type.as_ref());
    let changes = [&add_subnets, &drop_subnets, &add_groups, &drop_groups].into_iter().any(Option::is_some);
    if !changes && dns.is_none() && policy.is_none() && kind.is_none() {
        return Ok(false);
    }
    let request = call
        .ec2(region)
        .modify_vpc_endpoint()
        .vpc_endpoint_id(&now.id)
        .set_add_subnet_ids(add_subnets)
        .set_remove_subnet_ids(drop_subnets)
        .set_add_security_group_ids(add_groups)
        .set_remove_security_group_ids(drop_groups)
        .set_private_dns_enabled(dns)
        .set_policy_document(policy)
        .set_ip_address_type(kind.as_deref().map(Into::into));
    request
        .send()
        .await
        .map_err(|error| failed("ec2:ModifyVpcEndpoint", format!("change the endpoint {}", now.id), &error))?;
    Ok(true)
}

/// Gives an endpoint the policy that allows everything, which is what none means.
pub(super) async fn reset_policy(call: &Call<Aws>, region: &str, id: &str) -> Result<(), Diagnostics> {
    let request = call.ec2(region).modify_vpc_endpoint().vpc_endpoint_id(id).reset_policy(true);
    request
        .send()
        .await
        .map_err(|error| failed("ec2:ModifyVpcEndpoint", format!("reset the policy of {id}"), &error))?;
    Ok(())
}

/// Begins to delete endpoints. Those that are gone already are no error.
pub(crate) async fn start_delete(call: &Call<Aws>, region: &str, ids: &[String]) -> Result<(), Diagnostics> {
    if ids.is_empty() {
        return Ok(());
    }
    let doing = format!("delete the endpoints {}", ids.join(", "));
    let deleted = call.ec2(region).delete_vpc_endpoints().set_vpc_endpoint_ids(Some(ids.to_vec())).send().await;
    let deleted = deleted.map_err(|error| failed("ec2:DeleteVpcEndpoints", &doing, &error))?;
    // EC2 answers with success and a list of what it did not delete.
    let refused = deleted.unsuccessful.unwrap_or_default().into_iter().filter_map(|item| {
        let error = item.error?;
        let error_code = error.code.unwrap_or_default();
        (error_code != "InvalidVpcEndpoint.NotFound" && error_code != "InvalidVpcEndpointId.NotFound").then(|| {
            Diagnostic::error(format!("Cannot {doing}")).detail(format!(
                "{}: {} ({error_code})",
                item.resource_id.unwrap_or_default(),
                error.message.unwrap_or_default()
            ))
        })
    });
    refused.collect::<Diagnostics>().into_result().map(|_| ())
}

/// Waits until the endpoints are available, with one question for all of them.
pub(crate) async fn wait_available(call: &Call<Aws>, region: &str, ids: &[String]) -> Result<Vec<Found>, Diagnostics> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let what = format!("{} to become available", ids.join(" and "));
    wait::until(call, &what, || async {
        let endpoints = describe(call, region, ids).await?;
        if let Some(failed) = endpoints.iter().find(|endpoint| !endpoint.is_alive()) {
            return Err(Diagnostic::error(format!("The endpoint {} is {}", failed.id, failed.state))
                .detail(failed.error.clone().unwrap_or_else(|| "EC2 gives no reason.".to_owned()))
                .fix("Apply again: it is replaced. If it fails again, the reason is in the VPC console.")
                .into());
        }
        let missing = endpoints.len() < ids.len();
        let pending = endpoints.iter().find(|endpoint| endpoint.state != "available");
        Ok(match pending {
            None if !missing => Progress::Done(endpoints),
            None => Progress::Pending("not readable yet".to_owned()),
            Some(endpoint) => Progress::Pending(endpoint.state.clone()),
        })
    })
    .await
}

/// Waits until the endpoints are gone, with one question for all of them.
pub(crate) async fn wait_gone(call: &Call<Aws>, region: &str, ids: &[String]) -> Result<(), Diagnostics> {
    if ids.is_empty() {
        return Ok(());
    }
    wait::until(call, &format!("{} to be deleted", ids.join(" and ")), || async {
        let endpoints = describe(call, region, ids).await?;
        let left = endpoints.iter().find(|endpoint| endpoint.state != "deleted");
        Ok(left.map_or(Progress::Done(()), |endpoint| Progress::Pending(endpoint.state.clone())))
    })
    .await
}
