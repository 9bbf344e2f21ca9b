//! `rosa_ecr_vpc_endpoint`: a way from a VPC to a service. An interface endpoint gives the service addresses inside the VPC, a
//! gateway endpoint, which S3 has, puts routes to it into route tables.
//!
//! | Operation | Calls of EC2 (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `DescribeVpcEndpoints`; `DescribeSubnets` and `DescribeVpcAttribute`, or for S3 `DescribeRouteTables` |
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
mod described;
mod listing;
mod modification;
mod moving;
mod naming;
mod observation;
mod planning;
mod rules;
mod survey;

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource, Page, RealObject,
    Resource, State, Timeouts,
};

pub(crate) use self::calls::{find, find_owned, start_delete, wait_available, wait_gone};
pub(crate) use self::conflict::{Position, conflict};
use self::convergence::{available, is_left};
pub(crate) use self::convergence::{change, start};
pub(crate) use self::described::ObservedEndpoint;
pub use self::listing::VpcEndpointQuery;
pub(crate) use self::naming::{component, listed, real_object};
use self::naming::{mark, place};
pub(crate) use self::observation::observed;
pub use self::survey::VpcEndpointFacts;
use super::{endpoint_service as services, ids};
use crate::claims::{self, Mark};
use crate::iam::policy_document as policies;
use crate::import_id::{self, Imported};
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::{page, region};

/// A VPC endpoint for one of ECR's two services, or for another one that a cluster without a way to the internet needs.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct VpcEndpoint {
    /// The service: `api` for the API of ECR, `dkr` for push and pull; `s3`, which image layers come from; `sts`, `ec2`, `kms`,
    /// `logs` or `elasticloadbalancing`. `s3` gets a gateway endpoint, all others an interface endpoint. Changing it makes a new
    /// endpoint.
    #[attr(replace, one_of("api", "dkr", "s3", "sts", "ec2", "kms", "logs", "elasticloadbalancing"))]
    pub service: String,
    /// The VPC. Changing it makes a new endpoint.
    #[attr(replace, check(ids::vpc_id))]
    pub vpc_id: String,
    /// The subnets that get a network interface: at most one an availability zone. Required, except for `s3`, which has none.
    #[attr(default = [], each(ids::subnet_id))]
    pub subnet_ids: BTreeSet<String>,
    /// The route tables that get a route to `s3`, for which it is required: each leads to one endpoint of a service. Subnets
    /// reach S3 through it by their route table. No other service has any.
    #[attr(default = [], each(ids::route_table_id))]
    pub route_table_ids: BTreeSet<String>,
    /// Security groups of the network interfaces. Without any, the VPC's default group. Not for `s3`.
    #[attr(default = [], each(ids::security_group_id))]
    pub security_group_ids: BTreeSet<String>,
    /// Whether the service's own host names lead to the endpoint inside the VPC. One endpoint of a service in a VPC can
    /// have that. `s3` keeps its public addresses, to which the routes lead, and cannot have it set to false.
    #[attr(default = true)]
    pub private_dns_enabled: bool,
    /// Policy of the endpoint, as JSON. Order and layout of it mean nothing. Without it everything is allowed that IAM
    /// allows.
    #[attr(computed, check(policies::check))]
    pub policy: Option<String>,
    /// Addresses of the network interfaces: `ipv4`, `dualstack` or `ipv6`. Where it is not set, EC2 chooses by the
    /// subnets. Not for `s3`.
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
    /// Name of the service in AWS, such as `com.amazonaws.us-east-1.ecr.api`.
    pub service_name: String,
    /// DNS names of the endpoint: its own, those of its zones, and with private DNS the service's. None for `s3`.
    pub dns_names: Vec<String>,
    /// The network interfaces. None for `s3`.
    pub network_interface_ids: BTreeSet<String>,
    /// All tags, with the provider's `default_tags`.
    pub tags_all: Tags,
    /// The claim of this resource on the endpoint: the value of its tag `rosa-ecr/claim`. An endpoint with another claim
    /// belongs to another resource, and is neither changed nor deleted.
    pub claim: Option<String>,
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
            "ec2:DescribeRouteTables",
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
        if inputs.service.now().is_some_and(|service| services::is_gateway(service))
            && config.ip_address_type == Known::Now(None)
        {
            inputs.ip_address_type = Known::Now(None);
        }
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        tags::check_number(&inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
        rules::check(inputs, report);
    }

    fn context(inputs: &Self::Partial, context: &Aws) -> Option<Aws> {
        context.of_registry_owner(&inputs.owner)
    }

    fn objects(inputs: &Self::Partial, _: &Aws) -> Vec<RealObject> {
        naming::real_objects_of(inputs)
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, claims::account_of(&state.outputs.arn)).await
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<VpcEndpointFacts, Diagnostics> {
        survey::survey(call, intent).await
    }

    fn plan(facts: &VpcEndpointFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        planning::plan(facts, change, report);
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
        let service = found.service().ok_or_else(|| moving::no_service(&found))?;
        Ok(Self::imported(call, region, service, &found))
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        moving::move_state(source)
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let found = find(call, place(call, &inputs), &inputs.vpc_id).await?;
        let left = found.iter().find(|found| is_left(call, &inputs, found));
        Ok(left.map(|found| observed(&found.claiming(call), &inputs, found)))
    }
}

#[cfg(test)]
mod tests;
