//! `rosa_ecr_vpc_endpoint`: an interface endpoint that gives one of ECR's services addresses inside a VPC.
//!
//! | Operation | Calls of EC2 (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `DescribeVpcEndpoints` |
//! | create | that; `CreateVpcEndpoint` with `CreateTags`; then `DescribeVpcEndpoints` until available |
//! | read | `DescribeVpcEndpoints` |
//! | update | `ModifyVpcEndpoint`, once; `CreateTags` and `DeleteTags` where tags differ; `DescribeSecurityGroups` to go back to the VPC's default group |
//! | delete | `DescribeVpcEndpoints`; `DeleteVpcEndpoints`; then `DescribeVpcEndpoints` until gone |
//!
//! Private DNS needs `route53:AssociateVPCWithHostedZone` too (AWS PrivateLink guide, "Access an AWS service"). `service`,
//! `vpc_id` and `region` force replacement.
//!
//! Endpoints take minutes to come and to go. Beginning and waiting are functions of their own, so that two endpoints can
//! do both together: [`start`] or [`change`], then [`wait_available`]; [`start_delete`], then [`wait_gone`].

mod calls;
mod conflict;
mod convergence;
mod listing;
mod modification;
mod observation;
mod survey;

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Attributes as _, Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource,
    Page, RealObject, Resource, State, Timeouts,
};

pub(crate) use self::calls::{ObservedEndpoint, find, find_owned, start_delete, wait_available, wait_gone};
pub(crate) use self::conflict::conflict;
use self::convergence::{available, is_left};
pub(crate) use self::convergence::{change, start};
pub use self::listing::VpcEndpointQuery;
pub(crate) use self::observation::observed;
use self::observation::settled;
use super::ids;
use crate::claims::{self, Mark};
use crate::iam::policy_document as policies;
use crate::import_id::{self, Imported};
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::tags::{Owner, TagPolicy};
use crate::{move_source, page, region};

/// An interface VPC endpoint for one of ECR's two services.
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
    /// Whether the service's own host names lead to the endpoint inside the VPC. One endpoint of a service in a VPC can
    /// have that.
    #[attr(default = true)]
    pub private_dns_enabled: bool,
    /// Policy of the endpoint, as JSON. Order and layout of it mean nothing. Without it everything is allowed that IAM
    /// allows.
    #[attr(computed, check(policies::check))]
    pub policy: Option<String>,
    /// Addresses of the network interfaces: `ipv4`, `dualstack` or `ipv6`. Where it is not set, EC2 chooses by the
    /// subnets.
    #[attr(computed, one_of("ipv4", "dualstack", "ipv6"))]
    pub ip_address_type: Option<String>,
    /// Region of the VPC; the provider's where it is not set. Changing it makes a new endpoint.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Tags of the endpoint, besides the provider's `default_tags`.
    #[attr(default = {}, keys(tags::check_key), each(tags::check_value))]
    pub tags: Tags,
    /// In whose name the endpoint is made: the cluster's name, or `<cluster>/<repository>` where a cluster has several
    /// registries, as `rosa_ecr` names itself. Its ownership tags carry it, and only the same owner
    /// takes the endpoint back after an interrupted apply; without it, any configuration that declares the same.
    #[attr(check(tags::check_owner))]
    pub owner: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
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
    /// DNS names of the endpoint: its own, those of its zones, and with private DNS the service's.
    pub dns_names: Vec<String>,
    /// The network interfaces.
    pub network_interface_ids: BTreeSet<String>,
    /// All tags, with the provider's `default_tags`.
    pub tags_all: Tags,
    /// The claim of this resource on the endpoint: the value of its tag `rosa-ecr/claim`. An endpoint with another claim
    /// belongs to another resource, and is neither changed nor deleted.
    pub claim: Option<String>,
}

/// What the plan of an endpoint has to know.
#[derive(Debug, Default)]
pub struct VpcEndpointFacts {
    owner: Owner,
    tags: Option<TagPolicy>,
    /// ECR's other endpoints in the VPC, where one of them could be in the way.
    others: Vec<ObservedEndpoint>,
    /// What to say if a create takes one of them over.
    taking_over: Option<Diagnostic>,
    /// The VPC's default group, if the endpoint has it and the plan names one.
    default_group: Option<BTreeSet<String>>,
    /// What speaks against its VPC and subnets.
    misplaced: Vec<Diagnostic>,
}

impl Resource for VpcEndpoint {
    const TYPE: &'static str = "rosa_ecr_vpc_endpoint";
    const PAGE: Page = page::network(&["reach ECR without a way to the internet"]);
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "id", description: "Id of the endpoint.", required: true }, region::IDENTITY];
    /// One endpoint of a service in a VPC can have private DNS, and a create takes its own earlier one.
    const COEXISTS: bool = false;
    const MOVE_SOURCES: &'static [&'static str] = &["aws_vpc_endpoint"];
    type Outputs = VpcEndpointOutputs;
    type Context = Aws;
    type Facts = VpcEndpointFacts;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ec2:CreateTags",
            "ec2:CreateVpcEndpoint",
            "ec2:DeleteTags",
            "ec2:DeleteVpcEndpoints",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcEndpoints",
            "ec2:ModifyVpcEndpoint",
            "route53:AssociateVPCWithHostedZone",
        ])
    }

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
        // An endpoint may have a policy that says what none says.
        let says_nothing = |policy: &Option<String>| policy.as_deref().is_some_and(policies::allows_everything);
        if config.policy == Known::Now(None) && !inputs.policy.now().is_some_and(says_nothing) {
            inputs.policy = Known::Now(None);
        }
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        tags::check_number(&inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
    }

    fn context(inputs: &Self::Partial, context: &Aws) -> Option<Aws> {
        context.of_registry_owner(&inputs.owner)
    }

    fn objects(inputs: &Self::Partial, _: &Aws) -> Vec<RealObject> {
        real_object_of(inputs).into_iter().collect()
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, claims::account_of(&state.outputs.arn)).await
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<VpcEndpointFacts, Diagnostics> {
        let wanted = match &intent {
            Intent::Create(inputs) => Self::complete((*inputs).clone()).ok(),
            _ => None,
        };
        let default_group = match &intent {
            Intent::Update { prior, inputs, replace: false } => survey::default_group(call, prior, inputs).await?,
            _ => None,
        };
        let misplaced = survey::misplaced(call, &intent).await?;
        let is_create = matches!(intent, Intent::Create(_));
        let (owner, tags) = (call.owner().clone(), Some(call.tags().clone()));
        let (inputs, own) = match intent {
            Intent::Create(inputs) => (Some(inputs), None),
            Intent::Update { prior, inputs, replace: false } if !prior.inputs.private_dns_enabled => {
                (Some(inputs), Some(&prior.outputs.id))
            }
            Intent::Update { prior, replace: true, .. } | Intent::Delete(prior) => {
                call.mark_for_replacement(&prior.outputs.id);
                (None, None)
            }
            Intent::Update { .. } => (None, None),
        };
        let mut others = match inputs.map(|inputs| (&inputs.private_dns_enabled, &inputs.region, &inputs.vpc_id)) {
            Some((Known::Now(dns), Known::Now(Some(region)), Known::Now(vpc))) if *dns || wanted.is_some() => {
                find(call, region, vpc).await?
            }
            _ => Vec::new(),
        };
        let service = inputs.and_then(|inputs| inputs.service.now());
        let is_taken_over = |found: &&ObservedEndpoint| match &wanted {
            Some(wanted) => is_left(call, wanted, found),
            None => {
                let is_own = |service: &String| owner.owns(&component(service), &found.tags);
                found.private_dns && found.service() == service.map(String::as_str) && service.is_some_and(is_own)
            }
        };
        let taken_over = others.iter().find(is_taken_over).filter(|_| is_create);
        let taking_over = taken_over
            .and_then(|found| claims::taking_over(call, &found.object(), &found.id, found.mark().claim, Self::TYPE));
        others.retain(|endpoint| Some(&endpoint.id) != own && !call.is_marked_for_replacement(&endpoint.id));
        Ok(VpcEndpointFacts { owner, tags, others, taking_over, default_group, misplaced })
    }

    fn plan(facts: &VpcEndpointFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        report.extend(facts.taking_over.clone());
        report.extend(facts.misplaced.clone());
        if !change.replace.is_empty() {
            change.outputs = Default::default();
        }
        let (inputs, outputs) = (&mut change.inputs, &mut change.outputs);
        if let (Known::Now(service), Known::Now(vpc), Known::Now(dns)) =
            (&inputs.service, &inputs.vpc_id, &inputs.private_dns_enabled)
        {
            // As long as the owner is not known, what is marked may be its own.
            let may_be_own =
                |found: &&ObservedEndpoint| inputs.owner == Known::Later && tags::owner_of(&found.tags).is_some();
            let others: Vec<ObservedEndpoint> =
                facts.others.iter().filter(|found| !may_be_own(found)).cloned().collect();
            report.extend(conflict(&others, &facts.owner, service, vpc, *dns, Self::TYPE));
        }
        if let Some(prior) = &change.prior {
            let now = &prior.inputs;
            if let (Some(now), Known::Now(Some(wanted))) = (&now.policy, &inputs.policy)
                && observation::same_policy(Some(now), Some(wanted))
            {
                inputs.policy = Known::Now(Some(now.clone()));
            }
            if facts.default_group.is_some() && facts.default_group.as_ref() == inputs.security_group_ids.now() {
                // Without any, it has that group already.
                inputs.security_group_ids = Known::Now(BTreeSet::new());
            }
            let keeps_interfaces = inputs.subnet_ids.now() == Some(&now.subnet_ids)
                && inputs.private_dns_enabled == Known::Now(now.private_dns_enabled)
                && inputs.ip_address_type.now() == Some(&now.ip_address_type);
            if !keeps_interfaces {
                outputs.network_interface_ids = Known::Later;
                outputs.dns_names = Known::Later;
            }
        }
        let named = inputs.region.clone().and_then(Known::from).zip(inputs.service.clone());
        outputs.service_name =
            named.map(|(region, service)| Partition::of_region(&region).ecr_service(&region, &service));
        outputs.tags_all = tags::planned(facts.tags.as_ref(), &inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let found = find(call, place(call, &inputs), &inputs.vpc_id).await?;
        available(call, start(call, inputs, &found).await?).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let found = calls::read(call, place(call, &state.inputs), &state.outputs.id).await?;
        let Some(found) = found else { return Ok(None) };
        let call = &claims::reading(call, found.mark());
        // An id is never given twice, so it is still this endpoint.
        let recorded = Mark { claim: call.claim(), unique: None };
        claims::reads(call, &state.inputs.object(), recorded, found.mark());
        Ok(Some(observed(call, &state.inputs, &found)))
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let id = &prior.outputs.id;
        let found = calls::read(call, place(call, &inputs), id).await?.ok_or_else(|| {
            Diagnostic::error(format!("The endpoint {id} is gone"))
                .detail("It was deleted while this was going on.")
                .fix("Run this again: a new one is made.")
        })?;
        claims::changes(call, &prior.inputs.object(), mark(&prior), found.mark())?;
        available(call, change(call, &found, inputs).await?).await
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let (region, ids) = (place(call, &state.inputs), [state.outputs.id.clone()]);
        let found = calls::read(call, region, &state.outputs.id).await?;
        if found.is_some_and(|found| !claims::deletes(call, &state.inputs.object(), mark(&state), found.mark())) {
            return Ok(());
        }
        start_delete(call, region, &ids).await?;
        wait_gone(call, region, &ids).await?;
        Ok(())
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (region, id) = import_id::read(call, Imported::VpcEndpoint, id).await?;
        if let Err(violation) = ids::vpc_endpoint_id(id) {
            let wrong = Diagnostic::error(format!("\"{id}\" is no id of a VPC endpoint"));
            return Err(wrong.detail(violation.rule).fix(violation.fix).into());
        }
        let found = calls::read(call, region, id).await?.ok_or_else(|| {
            Diagnostic::error(format!("There is no VPC endpoint {id} in {region}")).fix(
                "Check the id, and the region and account of the provider. An endpoint in another region is \
                 imported as <id>@<region>.",
            )
        })?;
        let service = found.service().ok_or_else(|| {
            Diagnostic::error(format!("The VPC endpoint {id} does not lead to ECR"))
                .detail(format!("It leads to {}.", found.service_name))
                .fix(
                    "Import the endpoint for ecr.api or ecr.dkr. Others belong to the AWS provider's aws_vpc_endpoint.",
                )
        })?;
        Ok(Self::imported(call, region, service, &found))
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_vpc_endpoint").then(|| {
            let service_name = move_source::required(source, "service_name")?;
            let kind = source.text("vpc_endpoint_type").unwrap_or("Gateway");
            let service = calls::service_of(service_name).filter(|_| kind == "Interface").ok_or_else(|| {
                move_source::refused(
                    source,
                    format!("It is an endpoint of type {kind} for {service_name}, not one of ECR's."),
                )
            })?;
            let policy = source.text("policy").filter(|policy| !policy.is_empty());
            let inputs = Self {
                policy: policy.map(str::to_owned),
                region: move_source::region(source),
                tags: move_source::tags(source),
                ..Self::existing(service, move_source::required(source, "vpc_id")?)
            };
            let outputs = VpcEndpointOutputs {
                id: move_source::required(source, "id")?.to_owned(),
                arn: source.text("arn").unwrap_or_default().to_owned(),
                service_name: service_name.to_owned(),
                dns_names: Vec::new(),
                network_interface_ids: BTreeSet::new(),
                tags_all: Tags::new(),
                claim: claims::unread(),
            };
            Ok(State { inputs, outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let found = find(call, place(call, &inputs), &inputs.vpc_id).await?;
        let left = found.iter().find(|found| is_left(call, &inputs, found));
        Ok(left.map(|found| observed(&found.claiming(call), &inputs, found)))
    }
}

/// The endpoint as a person reads it.
pub(crate) fn object(service: &str, vpc: &str) -> String {
    format!("VPC endpoint for ecr.{service} in {vpc}")
}

/// The endpoint of a service with private DNS, of which a VPC can have one.
pub(crate) fn real_object(service: &str, vpc: &str) -> RealObject {
    RealObject {
        planned: true,
        name: object(service, vpc),
        sharing: "A VPC has one endpoint of a service with private DNS, which all clusters in it can use: set \
                  create_vpc_endpoints = false in all rosa_ecr but one.",
    }
}

/// The endpoint of these inputs. Of those without private DNS, a VPC can have several.
fn real_object_of(inputs: &VpcEndpointPartial) -> Option<RealObject> {
    let (service, vpc) = inputs.service.now().zip(inputs.vpc_id.now())?;
    let real = real_object(service, vpc);
    if *inputs.private_dns_enabled.now()? {
        return Some(real);
    }
    let subnets: Vec<&str> = inputs.subnet_ids.now()?.iter().map(String::as_str).collect();
    let name = format!("{} without private DNS in {}", real.name, subnets.join(", "));
    Some(RealObject { name, sharing: "If both are meant, give them different subnets.", planned: true })
}

/// What the state recorded of its endpoint.
fn mark(state: &State<VpcEndpoint>) -> Mark<'_> {
    Mark { claim: state.outputs.claim.as_deref(), unique: None }
}

/// The component that ownership tags name.
fn component(service: &str) -> String {
    format!("ecr-{service}-endpoint")
}

fn wanted_tags(call: &Call<Aws>, inputs: &VpcEndpoint) -> Tags {
    let mut wanted = call.tags().merged(&inputs.tags);
    wanted.extend(call.owner().tags(&component(&inputs.service)));
    wanted.extend(tags::claim(call.claim()));
    wanted
}

/// The region that the endpoint is in.
fn place<'a>(call: &'a Call<Aws>, inputs: &'a VpcEndpoint) -> &'a str {
    inputs.region.as_deref().unwrap_or_else(|| call.region())
}

#[cfg(test)]
mod tests;
