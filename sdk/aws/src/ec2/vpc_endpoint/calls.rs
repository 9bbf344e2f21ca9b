//! The calls of EC2's endpoint API, each made in one place.

use aws_sdk_ec2::operation::describe_vpc_endpoints::builders::DescribeVpcEndpointsFluentBuilder;
use aws_sdk_ec2::types::{ResourceType, VpcEndpointType};
use aws_types::request_id::RequestId as _;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use super::VpcEndpoint;
use super::described::{ObservedEndpoint, found, whole};
use super::modification::{Modification, Policy};
use super::naming::component;
use crate::ec2::{endpoint_service as services, filter, present, tagging};
use crate::error::{code, failed, listed_errors};
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::wait::{self, Progress};

async fn describe(
    request: DescribeVpcEndpointsFluentBuilder,
    doing: &str,
) -> Result<Vec<ObservedEndpoint>, Diagnostics> {
    let mut items = request.into_paginator().items().send();
    let mut endpoints = Vec::new();
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| failed("ec2:DescribeVpcEndpoints", doing, &error))?;
        endpoints.push(present(whole(item), doing)?);
    }
    Ok(endpoints)
}

/// The living endpoints in a VPC, of all services that a closed cluster needs.
pub(crate) async fn find(call: &Call<Aws>, region: &str, vpc_id: &str) -> Result<Vec<ObservedEndpoint>, Diagnostics> {
    list(call, region, Some(vpc_id)).await
}

/// The living endpoints that were made for the owner's cluster.
pub(crate) async fn find_owned(call: &Call<Aws>, region: &str) -> Result<Vec<ObservedEndpoint>, Diagnostics> {
    let cluster = call.owner().cluster.clone().unwrap_or_default();
    let request = call.ec2(region).describe_vpc_endpoints();
    let request = request.filters(filter(&format!("tag:{}", tags::CLUSTER), [cluster]));
    let request = request.filters(filter("service-name", services::names(region)));
    let mut endpoints = describe(request, "look for the cluster's endpoints").await?;
    endpoints.retain(|endpoint| {
        let is_own = |service| call.owner().owns(&component(service), &endpoint.tags);
        endpoint.is_alive() && endpoint.service().is_some_and(is_own)
    });
    Ok(endpoints)
}

/// The same in a VPC or in any.
pub(super) async fn list(
    call: &Call<Aws>,
    region: &str,
    vpc_id: Option<&str>,
) -> Result<Vec<ObservedEndpoint>, Diagnostics> {
    let in_vpc = vpc_id.map(|vpc| filter("vpc-id", [vpc.to_owned()]));
    let filters = std::iter::once(filter("service-name", services::names(region))).chain(in_vpc).collect();
    let request = call.ec2(region).describe_vpc_endpoints().set_filters(Some(filters));
    let mut endpoints = describe(request, &format!("list the endpoints in {}", vpc_id.unwrap_or(region))).await?;
    endpoints.retain(|endpoint| endpoint.is_alive() && endpoint.service().is_some());
    Ok(endpoints)
}

/// The endpoints of services in a VPC, whatever their state.
async fn find_all(
    call: &Call<Aws>,
    region: &str,
    vpc_id: &str,
    services: Vec<String>,
) -> Result<Vec<ObservedEndpoint>, Diagnostics> {
    let request = call.ec2(region).describe_vpc_endpoints();
    let request = request.filters(filter("vpc-id", [vpc_id.to_owned()])).filters(filter("service-name", services));
    describe(request, &format!("look for endpoints in {vpc_id}")).await
}

/// The endpoint of that id; `None` where there is none, or where it is being deleted.
pub(super) async fn read(call: &Call<Aws>, region: &str, id: &str) -> Result<Option<ObservedEndpoint>, Diagnostics> {
    let found = of_ids(call, region, &[id.to_owned()]).await?;
    Ok(found.into_iter().flatten().find(|found| !found.is_leaving()))
}

/// Both spellings are in EC2's documentation of its error codes.
fn is_unknown(code: Option<&str>) -> bool {
    matches!(code, Some("InvalidVpcEndpointId.NotFound" | "InvalidVpcEndpoint.NotFound"))
}

/// The endpoints of those ids that EC2 knows, whatever their state.
async fn known(call: &Call<Aws>, region: &str, ids: &[String]) -> Result<Vec<ObservedEndpoint>, Diagnostics> {
    if let Some(found) = of_ids(call, region, ids).await? {
        return Ok(found);
    }
    // One unknown id fails the whole call. There is a filter for ids, which emulators do not have.
    let alone = ids.iter().filter(|_| ids.len() > 1).map(|id| of_ids(call, region, std::slice::from_ref(id)));
    let found = futures::future::try_join_all(alone).await?;
    Ok(found.into_iter().flatten().flatten().collect())
}

/// The endpoints of those ids; `None` if EC2 does not know one of them.
async fn of_ids(call: &Call<Aws>, region: &str, ids: &[String]) -> Result<Option<Vec<ObservedEndpoint>>, Diagnostics> {
    let doing = format!("read the endpoint{} {}", if ids.len() == 1 { "" } else { "s" }, ids.join(", "));
    match call.ec2(region).describe_vpc_endpoints().set_vpc_endpoint_ids(Some(ids.to_vec())).send().await {
        Ok(described) => {
            let found: Vec<ObservedEndpoint> =
                described.vpc_endpoints.unwrap_or_default().into_iter().filter_map(whole).collect();
            present((found.len() == ids.len()).then_some(found), &doing).map(Some)
        }
        Err(error) if is_unknown(code(&error)) => Ok(None),
        Err(error) => Err(failed("ec2:DescribeVpcEndpoints", doing, &error).into()),
    }
}

/// The security group that a VPC comes with.
pub(super) async fn default_group(call: &Call<Aws>, region: &str, vpc_id: &str) -> Result<String, Diagnostics> {
    let doing = format!("find the default security group of {vpc_id}");
    let request = call.ec2(region).describe_security_groups();
    let request =
        request.filters(filter("vpc-id", [vpc_id.to_owned()])).filters(filter("group-name", ["default".to_owned()]));
    let described = request.send().await.map_err(|error| failed("ec2:DescribeSecurityGroups", &doing, &error))?;
    present(described.security_groups.unwrap_or_default().into_iter().find_map(|group| group.group_id), &doing)
}

/// What became of a create.
pub(super) enum Created {
    Now(Box<ObservedEndpoint>),
    /// EC2 takes the request for wrong, or another endpoint is in its way: one code stands for both. Where a route table leads to
    /// the service already, there is another one.
    Refused(Diagnostic),
}

pub(super) async fn create(
    call: &Call<Aws>,
    region: &str,
    wanted: &VpcEndpoint,
    service_name: &str,
    tags: &Tags,
) -> Result<Created, Diagnostics> {
    let doing = format!("create the endpoint for {service_name} in {}", wanted.vpc_id);
    let request = call.ec2(region).create_vpc_endpoint();
    let request = if services::is_gateway(&wanted.service) {
        request
            .vpc_endpoint_type(VpcEndpointType::Gateway)
            .set_route_table_ids(some(wanted.route_table_ids.iter().cloned().collect()))
    } else {
        request
            .vpc_endpoint_type(VpcEndpointType::Interface)
            .set_subnet_ids(some(wanted.subnet_ids.iter().cloned().collect()))
            .set_security_group_ids(some(wanted.security_group_ids.iter().cloned().collect()))
            .private_dns_enabled(wanted.private_dns_enabled)
            .set_ip_address_type(wanted.ip_address_type.as_deref().map(Into::into))
    };
    let request = request
        .vpc_id(&wanted.vpc_id)
        .service_name(service_name)
        .set_policy_document(wanted.policy.clone())
        // A token for this one call: the SDK's retries of it make one endpoint.
        .client_token(uuid::Uuid::new_v4().to_string())
        .tag_specifications(tagging::specification(ResourceType::VpcEndpoint, tags));
    match request.send().await {
        Ok(created) => present(created.vpc_endpoint.and_then(found), &doing).map(Box::new).map(Created::Now),
        Err(error) => {
            let refusal = failed("ec2:CreateVpcEndpoint", &doing, &error);
            let is_in_the_way = matches!(code(&error), Some("InvalidParameter" | "RouteAlreadyExists"));
            if is_in_the_way { Ok(Created::Refused(refusal)) } else { Err(refusal.into()) }
        }
    }
}

/// Waits until the endpoints of a service are gone that are on their way out, after asking those to go that will never
/// work and that `is_own` claims: both keep their DNS names until then. Says whether there were any.
pub(super) async fn clear(
    call: &Call<Aws>,
    region: &str,
    vpc_id: &str,
    service_name: &str,
    is_own: impl Fn(&ObservedEndpoint) -> bool,
) -> Result<bool, Diagnostics> {
    let endpoints = find_all(call, region, vpc_id, vec![service_name.to_owned()]).await?;
    let ids = |of: &dyn Fn(&ObservedEndpoint) -> bool| -> Vec<String> {
        endpoints.iter().filter(|endpoint| of(endpoint)).map(|endpoint| endpoint.id.clone()).collect()
    };
    let broken = ids(&|endpoint| endpoint.is_broken() && is_own(endpoint));
    let leaving = ids(&|endpoint| endpoint.state == "deleting");
    start_delete(call, region, &broken).await?;
    let ids = [broken, leaving].concat();
    wait_gone(call, region, &ids).await?;
    Ok(!ids.is_empty())
}

/// Changes what differs, in one call.
pub(super) async fn modify(call: &Call<Aws>, region: &str, id: &str, change: Modification) -> Result<(), Diagnostics> {
    let (policy, reset) = match change.policy {
        Some(Policy::Put(policy)) => (Some(policy), None),
        Some(Policy::Reset) => (None, Some(true)),
        None => (None, None),
    };
    let request = call
        .ec2(region)
        .modify_vpc_endpoint()
        .vpc_endpoint_id(id)
        .set_add_route_table_ids(some(change.add_route_tables))
        .set_remove_route_table_ids(some(change.remove_route_tables))
        .set_add_subnet_ids(some(change.add_subnets))
        .set_remove_subnet_ids(some(change.remove_subnets))
        .set_add_security_group_ids(some(change.add_groups))
        .set_remove_security_group_ids(some(change.remove_groups))
        .set_private_dns_enabled(change.private_dns)
        .set_ip_address_type(change.ip_address_type.as_deref().map(Into::into))
        .set_policy_document(policy)
        .set_reset_policy(reset);
    let modified = request.send().await;
    modified.map_err(|error| failed("ec2:ModifyVpcEndpoint", format!("change the endpoint {id}"), &error))?;
    Ok(())
}

fn some(ids: Vec<String>) -> Option<Vec<String>> {
    (!ids.is_empty()).then_some(ids)
}

/// Begins to delete endpoints. Those that are gone already are no error.
pub(crate) async fn start_delete(call: &Call<Aws>, region: &str, ids: &[String]) -> Result<(), Diagnostics> {
    if ids.is_empty() {
        return Ok(());
    }
    let doing = format!("delete the endpoints {}", ids.join(", "));
    let deleted = call.ec2(region).delete_vpc_endpoints().set_vpc_endpoint_ids(Some(ids.to_vec())).send().await;
    let deleted = deleted.map_err(|error| failed("ec2:DeleteVpcEndpoints", &doing, &error))?;
    let request = deleted.request_id().unwrap_or("unknown").to_owned();
    // EC2 answers with success and a list of what it did not delete.
    let refused = deleted.unsuccessful.unwrap_or_default().into_iter().filter_map(|item| {
        let (id, error) = (item.resource_id.unwrap_or_default(), item.error?);
        (!is_unknown(error.code())).then(|| {
            let (code, message) = (error.code().unwrap_or("no code"), error.message().unwrap_or("no message"));
            Diagnostic::error(format!("Cannot delete the endpoint {id}"))
                .detail(format!("EC2 answered: {message} ({code}, request id {request})."))
                .fix(format!("Resolve what EC2 names, and run this again. {}", listed_errors("ec2:DeleteVpcEndpoints")))
        })
    });
    refused.collect::<Diagnostics>().into_result().map(|_| ())
}

/// Waits until the endpoints are available, with one question for all of them. One that has failed is asked to go, since
/// it would keep the place of the next one.
pub(crate) async fn wait_available(
    call: &Call<Aws>,
    region: &str,
    ids: &[String],
) -> Result<Vec<ObservedEndpoint>, Diagnostics> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let what = format!("{} to become available", ids.join(" and "));
    let waited = wait::until(call, &what, || async {
        let endpoints = known(call, region, ids).await?;
        if endpoints.iter().any(|endpoint| !endpoint.is_alive()) {
            return Ok(Progress::Done(endpoints));
        }
        let pending = endpoints.iter().find(|endpoint| endpoint.state != "available");
        Ok(match pending {
            Some(endpoint) => Progress::Pending(endpoint.state.clone()),
            None if endpoints.len() < ids.len() => Progress::Pending("not readable yet".to_owned()),
            None => Progress::Done(endpoints),
        })
    });
    let endpoints = waited.await?;
    let (alive, lost): (Vec<ObservedEndpoint>, Vec<ObservedEndpoint>) =
        endpoints.into_iter().partition(ObservedEndpoint::is_alive);
    if lost.is_empty() {
        return Ok(alive);
    }
    let broken: Vec<String> = lost.iter().filter(|found| found.is_broken()).map(|found| found.id.clone()).collect();
    let cleaned = start_delete(call, region, &broken).await;
    Err(lost.iter().map(not_available).chain(cleaned.err().into_iter().flatten()).collect())
}

fn not_available(endpoint: &ObservedEndpoint) -> Diagnostic {
    let (id, state) = (&endpoint.id, &endpoint.state);
    let reason = endpoint.error.as_deref().unwrap_or("EC2 gives no reason.");
    Diagnostic::error(format!("The endpoint {id} did not become available"))
        .detail(format!("Its state is \"{state}\". {reason}"))
        .fix("Resolve the reason and run this again: another one is made, and what is left of this one is removed.")
}

/// Waits until the endpoints are gone, with one question for all of them.
pub(crate) async fn wait_gone(call: &Call<Aws>, region: &str, ids: &[String]) -> Result<(), Diagnostics> {
    if ids.is_empty() {
        return Ok(());
    }
    wait::until(call, &format!("{} to be deleted", ids.join(" and ")), || async {
        let endpoints = known(call, region, ids).await?;
        // Deleted endpoints stay listed for a while.
        let left = endpoints.iter().find(|endpoint| endpoint.state != "deleted");
        Ok(left.map_or(Progress::Done(()), |endpoint| Progress::Pending(endpoint.state.clone())))
    })
    .await
}
