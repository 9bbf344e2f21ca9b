//! `rosa_ecr_vpc_endpoint`: an interface endpoint that gives one of ECR's services addresses inside a VPC.
//!
//! | Operation | Calls of EC2 (each needs the IAM action of its name) |
//! |---|---|
//! | create | `DescribeVpcEndpoints`, `CreateVpcEndpoint` with `CreateTags`; then `DescribeVpcEndpoints` until available |
//! | read | `DescribeVpcEndpoints` |
//! | update | `ModifyVpcEndpoint`, once; `CreateTags` and `DeleteTags` where tags differ |
//! | delete | `DeleteVpcEndpoints`; then `DescribeVpcEndpoints` until gone |
//!
//! Private DNS needs `route53:AssociateVPCWithHostedZone` too (AWS PrivateLink guide, "Access an AWS service"). `service`,
//! `vpc_id` and `region` force replacement.

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, Intent, Known, Resource, State, Timeouts, Violation,
};

use super::vpc_endpoint_calls::{self as calls, Found, wait_available};
use super::{ids, tagging};
use crate::tags::{self, Tags};
use crate::{Aws, Owner, Partition, region};

/// An interface VPC endpoint for ECR.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct VpcEndpoint {
    /// The service: `api`, or `dkr` for push and pull. Changing it makes a new endpoint.
    #[attr(replace, one_of("api", "dkr"))]
    pub service: String,
    /// The VPC. Changing it makes a new endpoint.
    #[attr(replace, check(ids::vpc_id))]
    pub vpc_id: String,
    /// The subnets that get a network interface: at most one an availability zone.
    #[attr(count(1..), each(ids::subnet_id))]
    pub subnet_ids: BTreeSet<String>,
    /// Security groups of the network interfaces. Without any, the VPC's default group.
    #[attr(default = [], each(ids::security_group_id))]
    pub security_group_ids: BTreeSet<String>,
    /// Whether the service's own host names lead to the endpoint inside the VPC.
    #[attr(default = true)]
    pub private_dns_enabled: bool,
    /// Policy of the endpoint, as JSON. Without it everything is allowed that IAM allows.
    #[attr(check(policy))]
    pub policy: Option<String>,
    /// Addresses of the network interfaces: `ipv4`, `dualstack` or `ipv6`.
    #[attr(computed, one_of("ipv4", "dualstack", "ipv6"))]
    pub ip_address_type: Option<String>,
    /// Region of the VPC; the provider's where it is not set. Changing it makes a new endpoint.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Tags of the endpoint, besides the provider's `default_tags`.
    #[attr(default = {}, count(0..=47), keys(tags::check_key), each(tags::check_value))]
    pub tags: Tags,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

fn policy(text: &str) -> Result<(), Violation> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(document) if document.is_object() => Ok(()),
        Ok(_) => Err(Violation::rule("It must be a policy document: a JSON object.")),
        Err(error) => Err(Violation::rule(format!("It must be JSON: {error}.")).fix("Build it with jsonencode().")),
    }
}

/// Whether two policies say the same; none says "everything".
pub(super) fn same_policy(one: Option<&str>, other: Option<&str>) -> bool {
    let parse = |text: Option<&str>| text.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    one == other || (one.is_some() && parse(one) == parse(other))
}

/// What an endpoint says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct VpcEndpointOutputs {
    /// Id of the endpoint.
    pub id: String,
    /// ARN of the endpoint.
    pub arn: String,
    /// Name of the PrivateLink service.
    pub service_name: String,
    /// Names of the endpoint itself.
    pub dns_names: Vec<String>,
    /// The network interfaces.
    pub network_interface_ids: BTreeSet<String>,
    /// All tags, with the provider's `default_tags`.
    pub tags_all: Tags,
}

/// What the plan of an endpoint has to know.
#[derive(Debug, Default)]
pub struct VpcEndpointFacts {
    owner: Owner,
    default_tags: Tags,
    found: Vec<Found>,
}

impl Resource for VpcEndpoint {
    const TYPE: &'static str = "rosa_ecr_vpc_endpoint";
    type Outputs = VpcEndpointOutputs;
    type Context = Aws;
    type Facts = VpcEndpointFacts;

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<VpcEndpointFacts, Diagnostics> {
        let (owner, default_tags) = (call.owner().clone(), call.tags().defaults.clone());
        let found = match intent {
            Intent::Create(inputs) => match (&inputs.region, &inputs.vpc_id) {
                (Known::Now(Some(region)), Known::Now(vpc)) => calls::find(call, region, vpc).await?,
                _ => Vec::new(),
            },
            Intent::Update { prior, replace: true, .. } => {
                call.note_leaving(&prior.outputs.id);
                Vec::new()
            }
            _ => Vec::new(),
        };
        let found = found.into_iter().filter(|endpoint| !call.is_leaving(&endpoint.id)).collect();
        Ok(VpcEndpointFacts { owner, default_tags, found })
    }

    fn plan(facts: &VpcEndpointFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        let inputs = &change.inputs;
        if let (Known::Now(service), Known::Now(vpc), Known::Now(dns)) =
            (&inputs.service, &inputs.vpc_id, &inputs.private_dns_enabled)
        {
            report.extend(conflict(&facts.found, &facts.owner, service, vpc, *dns));
        }
        let named = inputs.region.clone().zip(inputs.service.clone());
        change.outputs.service_name = named.and_then(|(region, service)| {
            Known::from(region.map(|region| Partition::of_region(&region).ecr_service(&region, &service)))
        });
        if let Some(prior) = &change.prior
            && inputs.subnet_ids.now() != Some(&prior.inputs.subnet_ids)
        {
            change.outputs.network_interface_ids = Known::Later;
            change.outputs.dns_names = Known::Later;
        }
        let defaults = facts.default_tags.clone();
        change.outputs.tags_all = inputs.tags.clone().map(|tags| defaults.into_iter().chain(tags).collect());
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let region = region_of(call, &inputs).to_owned();
        let found = calls::find(call, &region, &inputs.vpc_id).await?;
        let state = start(call, inputs, &found).await?;
        available(call, &region, state).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let ids = [state.outputs.id.clone()];
        let found = calls::describe(call, region_of(call, &state.inputs), &ids).await?;
        let found = found.into_iter().find(Found::is_alive);
        Ok(found.map(|found| observed(call, &state.inputs, &found)))
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let region = region_of(call, &inputs).to_owned();
        let ids = [prior.outputs.id.clone()];
        let found = calls::describe(call, &region, &ids).await?.into_iter().find(Found::is_alive);
        let found = found.ok_or_else(|| {
            Diagnostic::error(format!("The endpoint {} is gone", ids[0])).fix("Plan again: it will be made anew.")
        })?;
        let state = change(call, &found, inputs).await?;
        available(call, &region, state).await
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let (region, ids) = (region_of(call, &state.inputs), [state.outputs.id.clone()]);
        calls::start_delete(call, region, &ids).await?;
        calls::wait_gone(call, region, &ids).await?;
        Ok(())
    }
}

/// Waits for an endpoint that was made or changed.
async fn available(
    call: &Call<Aws>,
    region: &str,
    state: State<VpcEndpoint>,
) -> Result<State<VpcEndpoint>, Failure<VpcEndpoint>> {
    match wait_available(call, region, std::slice::from_ref(&state.outputs.id)).await {
        Ok(endpoints) => Ok(endpoints.first().map_or(state.clone(), |found| observed(call, &state.inputs, found))),
        Err(diagnostics) => Err(Failure::with_state(state, diagnostics)),
    }
}

/// Makes an endpoint, or takes the one that an interrupted apply has left among `found`. Does not wait for it.
pub(crate) async fn start(
    call: &Call<Aws>,
    inputs: VpcEndpoint,
    found: &[Found],
) -> Result<State<VpcEndpoint>, Failure<VpcEndpoint>> {
    let region = region_of(call, &inputs).to_owned();
    let service_name = Partition::of_region(&region).ecr_service(&region, &inputs.service);
    if let Some(conflict) = conflict(found, call.owner(), &inputs.service, &inputs.vpc_id, inputs.private_dns_enabled) {
        return Err(conflict.into());
    }
    let component = component(&inputs.service);
    let own = found
        .iter()
        .find(|endpoint| endpoint.service_name == service_name && call.owner().owns(&component, &endpoint.tags));
    if let Some(own) = own {
        call.warn(
            Diagnostic::warning(format!("The endpoint {} was taken over", own.id))
                .detail(format!("An earlier apply has made it for {service_name} in {}.", inputs.vpc_id)),
        );
        return change(call, own, inputs).await;
    }
    let tags = wanted_tags(call, &inputs);
    let created = calls::create(call, &region, &inputs, &service_name, &tags).await?;
    // What EC2 says of a fresh endpoint is not complete yet: what was asked for is.
    let found = Found { subnets: inputs.subnet_ids.clone(), private_dns: inputs.private_dns_enabled, tags, ..created };
    Ok(observed(call, &inputs, &found))
}

/// Brings an endpoint that is there to what is wanted. Does not wait for it.
pub(crate) async fn change(
    call: &Call<Aws>,
    now: &Found,
    inputs: VpcEndpoint,
) -> Result<State<VpcEndpoint>, Failure<VpcEndpoint>> {
    let region = region_of(call, &inputs).to_owned();
    let before = observed(call, &inputs, now);
    let changed = async {
        calls::modify(call, &region, now, &inputs).await?;
        if inputs.policy.is_none() && now.policy.as_deref().is_some_and(|policy| !allows_everything(policy)) {
            calls::reset_policy(call, &region, &now.id).await?;
        }
        tagging::retag(call, &region, &now.id, &now.tags, &wanted_tags(call, &inputs)).await
    };
    if let Err(diagnostics) = changed.await {
        return Err(Failure::with_state(before, diagnostics));
    }
    let outputs = VpcEndpointOutputs { tags_all: call.tags().all(&inputs.tags), ..before.outputs };
    let ip_address_type = inputs.ip_address_type.clone().or(before.inputs.ip_address_type);
    Ok(State { inputs: VpcEndpoint { region: Some(region), ip_address_type, ..inputs }, outputs })
}

/// The state of an endpoint that is there, for a resource with these inputs.
pub(crate) fn observed(call: &Call<Aws>, inputs: &VpcEndpoint, found: &Found) -> State<VpcEndpoint> {
    let region = region_of(call, inputs).to_owned();
    let visible = call.tags().visible(&found.tags);
    let same = same_policy(inputs.policy.as_deref(), found.policy.as_deref());
    let policy =
        if same { inputs.policy.clone() } else { found.policy.clone().filter(|text| !allows_everything(text)) };
    let partition = Partition::of_region(&region).name;
    let account = found.owner_id.as_deref().unwrap_or_default();
    let arn = format!("arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{}", found.id);
    let security_group_ids = if inputs.security_group_ids.is_empty() { BTreeSet::new() } else { found.groups.clone() };
    State {
        inputs: VpcEndpoint {
            vpc_id: found.vpc_id.clone(),
            subnet_ids: found.subnets.clone(),
            security_group_ids,
            private_dns_enabled: found.private_dns,
            policy,
            ip_address_type: found.ip_address_type.clone().or_else(|| inputs.ip_address_type.clone()),
            region: Some(region),
            tags: call.tags().without_defaults(&visible, &inputs.tags),
            ..inputs.clone()
        },
        outputs: VpcEndpointOutputs {
            id: found.id.clone(),
            arn,
            service_name: found.service_name.clone(),
            dns_names: found.dns_names.clone(),
            network_interface_ids: found.interfaces.clone(),
            tags_all: visible,
        },
    }
}

/// Whether a policy is the one that EC2 gives endpoints that were made without one.
fn allows_everything(policy: &str) -> bool {
    let Ok(document) = serde_json::from_str::<serde_json::Value>(policy) else { return false };
    let statements = document["Statement"].as_array();
    statements.is_some_and(|statements| {
        statements.len() == 1
            && statements[0]["Effect"] == "Allow"
            && statements[0]["Action"] == "*"
            && statements[0]["Resource"] == "*"
            && (statements[0]["Principal"] == "*" || statements[0]["Principal"]["AWS"] == "*")
    })
}

/// Why an endpoint must not be made; `None` where nothing speaks against it. A VPC can have one endpoint of a service
/// with private DNS (EC2 API Reference, `CreateVpcEndpoint`, `PrivateDnsEnabled`).
pub(crate) fn conflict(
    found: &[Found],
    owner: &Owner,
    service: &str,
    vpc: &str,
    private_dns: bool,
) -> Option<Diagnostic> {
    let suffix = format!(".ecr.{service}");
    let other = found.iter().find(|endpoint| {
        private_dns
            && endpoint.private_dns
            && endpoint.service_name.ends_with(&suffix)
            && !owner.owns(&component(service), &endpoint.tags)
    })?;
    let whose = match tags::cluster_of(&other.tags).filter(|cluster| !cluster.is_empty()) {
        Some(cluster) => format!("that the cluster {cluster} has made"),
        None => "that was not made by this resource".to_owned(),
    };
    let way_out = match &owner.cluster {
        Some(_) => {
            "Set create_vpc_endpoints = false: the cluster then uses the endpoint that is there. (Look that its security \
             group lets the cluster's subnets in on port 443.)"
                .to_owned()
        }
        None => format!(
            "Import it (`terraform import rosa_ecr_vpc_endpoint.<name> {}`), or set private_dns_enabled = false.",
            other.id
        ),
    };
    Some(
        Diagnostic::error(format!("The VPC {vpc} has an endpoint for {} already", other.service_name))
            .detail(format!(
                "{} is an endpoint with private DNS {whose}, and a VPC can have one of a service.",
                other.id
            ))
            .fix(way_out)
            .at("vpc_id"),
    )
}

/// The component that ownership tags name.
pub(super) fn component(service: &str) -> String {
    format!("ecr-{service}-endpoint")
}

fn wanted_tags(call: &Call<Aws>, inputs: &VpcEndpoint) -> Tags {
    let mut wanted = call.tags().all(&inputs.tags);
    wanted.extend(call.owner().tags(&component(&inputs.service)));
    wanted
}

fn region_of<'a>(call: &'a Call<Aws>, inputs: &'a VpcEndpoint) -> &'a str {
    inputs.region.as_deref().unwrap_or_else(|| call.region())
}
