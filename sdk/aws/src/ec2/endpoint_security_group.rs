//! `rosa_ecr_endpoint_security_group`: who may reach the endpoints of a VPC.
//!
//! | Operation | Calls of EC2 (each needs the IAM action of its name) |
//! |---|---|
//! | plan | `DescribeVpcs` where no addresses are given; of a create, `DescribeSecurityGroups` |
//! | create | that; `CreateSecurityGroup` with `CreateTags`; then what update calls |
//! | read | `DescribeSecurityGroups` |
//! | update | `DescribeSecurityGroups`; of `AuthorizeSecurityGroupIngress`, `RevokeSecurityGroupIngress`, `RevokeSecurityGroupEgress`, `CreateTags`, `DeleteTags` what differs |
//! | delete | `DescribeSecurityGroups`; `DeleteSecurityGroup` until nothing is in the way; `DescribeNetworkInterfaces`, `DescribeSecurityGroups` to say what stayed |
//!
//! HTTPS comes in from the VPC, or from the sources that are named; nothing goes out; every other rule is removed. EC2 cannot
//! rename a group, change its description or move it: `name`, `name_prefix`, `description`, `vpc_id` and `region` force replacement.
//!
//! A generated name is made by the create and in no plan, so nothing leads a later create to what an interrupted one has left:
//! two declarations may have one prefix, and both have groups. Only a group with a `name` is taken back.

mod calls;
mod convergence;
mod listing;
mod moving;
mod observation;
mod refusals;
mod rules;

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource, Page, RealObject,
    Resource, State, TimeoutDefaults, Timeouts,
};

use self::calls::ObservedGroup;
use self::convergence::{adopt, converge};
pub use self::listing::EndpointSecurityGroupQuery;
use self::refusals::{gone, taken};
pub(crate) use self::rules::canonical_set;
use super::{ids, vpc_cidrs};
use crate::claims::{self, Mark};
use crate::import_id::{self, Imported};
use crate::provider::Aws;
use crate::tags::TagPolicy;
use crate::tags::{self, Tags};
use crate::{generated_name, page, region};

/// The component that ownership tags name.
const COMPONENT: &str = "endpoint-security-group";

/// A security group for VPC endpoints: HTTPS in from the VPC, or from the sources that are named, and nothing out. Other rules
/// are removed.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct EndpointSecurityGroup {
    /// Name of the group. Changing it makes a new group. Either it or `name_prefix` is required.
    #[attr(computed, replace, check(ids::security_group_name))]
    pub name: Option<String>,
    /// What the name begins with, at most 229 characters: the rest is generated, so that no other group has the name, which is
    /// known after the create. So a replacement can be made while endpoints still use the old group. Changing it makes a new
    /// group. What a create leaves that is interrupted is found again by a `name` only; the list resource finds the group by
    /// its prefix.
    #[attr(computed, check(ids::security_group_name_prefix))]
    pub name_prefix: Option<String>,
    /// The VPC. Changing it makes a new group.
    #[attr(replace, check(ids::vpc_id))]
    pub vpc_id: String,
    /// The blocks of IPv4 and IPv6 addresses that may come in, such as `10.0.0.0/16`. If it is not set, these are all of the
    /// VPC's; but none if `ingress_security_group_ids` or `ingress_prefix_list_ids` names who may.
    #[attr(count(1..), each(crate::rules::cidr))]
    pub ingress_cidr_blocks: Option<BTreeSet<String>>,
    /// Ids of the security groups whose members may come in, such as that of the cluster's nodes: of this VPC, or of one that
    /// is peered with it, as `<account>/<id>` if that is another account's.
    #[attr(each(ids::source_group))]
    pub ingress_security_group_ids: Option<BTreeSet<String>>,
    /// Ids of the prefix lists whose addresses may come in. Each counts as as many rules as the list can have entries.
    #[attr(each(ids::prefix_list_id))]
    pub ingress_prefix_list_ids: Option<BTreeSet<String>>,
    /// Description of the group. Changing it makes a new group; where it is not set, a group keeps what it has.
    #[attr(default = "ECR VPC endpoints: HTTPS from the VPC", replace, check(ids::security_group_description))]
    pub description: String,
    /// Region of the VPC; the provider's where it is not set. Changing it makes a new group.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Tags of the group, besides the provider's `default_tags`.
    #[attr(default = {}, keys(tags::check_key), each(tags::check_value))]
    pub tags: Tags,
    /// In whose name the group is made: the cluster's name, or `<cluster>/<repository>` where a cluster has several
    /// registries, as `rosa_ecr` names itself. Its ownership tags carry it, and only the same owner
    /// takes the group back after an interrupted apply; without it, any configuration that declares the same.
    #[attr(check(tags::check_owner))]
    pub owner: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What a security group says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct EndpointSecurityGroupOutputs {
    /// Id of the group.
    pub id: String,
    /// ARN of the group.
    pub arn: String,
    /// The account that the group belongs to.
    pub owner_id: Option<String>,
    /// The blocks of addresses that really may come in on 443/tcp.
    pub allowed_cidr_blocks: BTreeSet<String>,
    /// Rules that the group has and should not have, such as `ingress tcp 22 from 0.0.0.0/0`. The next apply removes them.
    pub unexpected_rules: BTreeSet<String>,
    /// All tags, with the provider's `default_tags`.
    pub tags_all: Tags,
    /// The claim of this resource on the group: the value of its tag `rosa-ecr/claim`. A group with another claim belongs to
    /// another resource, and is neither changed nor deleted.
    pub claim: Option<String>,
}

/// What the plan of a group has to know.
#[derive(Debug, Default)]
pub struct EndpointSecurityGroupFacts {
    tags: Option<TagPolicy>,
    vpc_cidrs: Option<BTreeSet<String>>,
    /// What to say of the group of that name that a create would meet.
    there: Option<Diagnostic>,
}

impl Resource for EndpointSecurityGroup {
    const TYPE: &'static str = "rosa_ecr_endpoint_security_group";
    const PAGE: Page = page::network(&["say who may reach the endpoints"]);
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "id", description: "Id of the group.", required: true }, region::IDENTITY];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_security_group"];
    const TIMEOUTS: TimeoutDefaults = TimeoutDefaults::minutes(10, 10, 15);
    // EC2 has one group of a name in a VPC.
    const NATURAL_KEY: &'static [&'static str] = &["name", "vpc_id", "region"];
    type Outputs = EndpointSecurityGroupOutputs;
    type Context = Aws;
    type Facts = EndpointSecurityGroupFacts;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:CreateSecurityGroup",
            "ec2:CreateTags",
            "ec2:DeleteSecurityGroup",
            "ec2:DeleteTags",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVpcs",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ])
    }

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
        let (configured, now) = ((&config.name, &config.name_prefix), (&inputs.name, &inputs.name_prefix));
        (inputs.name, inputs.name_prefix) = generated_name::resolve(configured, now);
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        generated_name::check((&inputs.name, &inputs.name_prefix), report);
        tags::check_number(&inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
    }

    fn context(inputs: &Self::Partial, context: &Aws) -> Option<Aws> {
        context.of_registry_owner(&inputs.owner)
    }

    fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
        let region = context.planned_region(&inputs.region);
        let name = inputs.name.now().and_then(Option::as_ref);
        let named = name.zip(inputs.vpc_id.now()).zip(region);
        named.map(|((name, vpc), _)| RealObject::new(object(name, vpc))).into_iter().collect()
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, claims::account_of(&state.outputs.arn)).await
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<EndpointSecurityGroupFacts, Diagnostics> {
        let mut there = None;
        let inputs = match intent {
            Intent::Create(inputs) => {
                if let (Known::Now(Some(name)), Known::Now(vpc), Known::Now(Some(region))) =
                    (&inputs.name, &inputs.vpc_id, &inputs.region)
                {
                    there = Self::met(call, region, vpc, name).await?;
                }
                inputs
            }
            Intent::Update { prior, inputs, replace } => {
                if replace {
                    call.mark_for_replacement(&prior.outputs.id);
                }
                inputs
            }
            Intent::Delete(prior) => {
                call.mark_for_replacement(&prior.outputs.id);
                return Ok(EndpointSecurityGroupFacts::default());
            }
        };
        let is_vpc_meant = inputs.ingress_cidr_blocks == Known::Now(None) && names_sources(inputs) == Known::Now(false);
        let vpc_cidrs = match (&inputs.vpc_id, &inputs.region) {
            (Known::Now(vpc), Known::Now(Some(region))) if is_vpc_meant => Some(vpc_cidrs(call, region, vpc).await?),
            _ => None,
        };
        Ok(EndpointSecurityGroupFacts { tags: Some(call.tags().clone()), vpc_cidrs, there })
    }

    fn plan(facts: &EndpointSecurityGroupFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        report.extend(facts.there.clone());
        if !change.replace.is_empty() {
            change.outputs = Default::default();
        }
        let (inputs, outputs) = (&change.inputs, &mut change.outputs);
        outputs.allowed_cidr_blocks = inputs.ingress_cidr_blocks.as_ref().and_then(|blocks| match blocks {
            Some(blocks) => Known::Now(canonical_set(blocks)),
            None => names_sources(inputs).and_then(|has_others| match has_others {
                true => Known::Now(BTreeSet::new()),
                false => Known::from(facts.vpc_cidrs.as_ref().map(canonical_set)),
            }),
        });
        outputs.unexpected_rules = Known::Now(BTreeSet::new());
        outputs.tags_all = tags::planned(facts.tags.as_ref(), &inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
    }

    async fn create(call: &Call<Aws>, mut inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let region = inputs.region.get_or_insert_with(|| call.region().to_owned()).clone();
        if let (None, Some(prefix)) = (&inputs.name, &inputs.name_prefix) {
            inputs.name = Some(generated_name::generate(prefix));
        }
        let tags = inputs.wanted_tags(call);
        let (created, allowed) =
            tokio::join!(calls::create(call, &region, &inputs, &tags), inputs.wanted_sources(call));
        let Some(id) = created? else { return adopt(call, inputs, allowed?).await };
        let fresh = ObservedGroup {
            id,
            name: inputs.known_name().to_owned(),
            vpc_id: inputs.vpc_id.clone(),
            owner_id: String::new(),
            description: inputs.description.clone(),
            rules: Default::default(),
            tags,
        };
        match allowed {
            Ok(allowed) => converge(call, fresh, inputs, allowed).await,
            Err(diagnostics) => Err(Failure::with_state(inputs.observed(call, &fresh), diagnostics)),
        }
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        Self::look(call, state.inputs, &state.outputs.id).await
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let (region, id) = (inputs.place(call).to_owned(), prior.outputs.id);
        let (found, allowed) = tokio::try_join!(calls::describe(call, &region, &id), inputs.wanted_sources(call))?;
        let found = found.ok_or_else(|| gone(&id))?;
        claims::changes(
            call,
            &found.object(),
            Mark { claim: prior.outputs.claim.as_deref(), unique: None },
            found.mark(),
        )?;
        let mut updated = converge(call, found, inputs, allowed).await?;
        // The plan has promised it: a state of before has none.
        updated.outputs.owner_id = prior.outputs.owner_id;
        Ok(updated)
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let found = calls::describe(call, state.inputs.place(call), &state.outputs.id).await?;
        let Some(found) = found else { return Ok(()) };
        let recorded = Mark { claim: state.outputs.claim.as_deref(), unique: None };
        if !claims::deletes(call, &found.object(), recorded, found.mark()) {
            return Ok(());
        }
        Ok(calls::delete(call, state.inputs.place(call), &state.outputs.id).await?)
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (region, id) = import_id::read(call, Imported::SecurityGroup, id).await?;
        let found = calls::describe(call, region, id).await?.ok_or_else(|| {
            Diagnostic::error(format!("There is no security group {id} in {region}")).fix(
                "Check the id, and the region and account of the provider. A group in another region is imported \
                 as <id>@<region>.",
            )
        })?;
        Self::imported(call, region, &found).await
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        moving::from_aws(source)
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        Self::left(call, &inputs).await
    }
}

/// The group as a person reads it.
fn object(name: &str, vpc: &str) -> String {
    format!("security group {name} in {vpc}")
}

/// Whether sources are named besides blocks of addresses.
fn names_sources(inputs: &EndpointSecurityGroupPartial) -> Known<bool> {
    let is_any = |ids: &Option<BTreeSet<String>>| ids.as_ref().is_some_and(|ids| !ids.is_empty());
    let [groups, lists] =
        [&inputs.ingress_security_group_ids, &inputs.ingress_prefix_list_ids].map(|ids| ids.as_ref().map(is_any));
    match (groups, lists) {
        (Known::Now(true), _) | (_, Known::Now(true)) => Known::Now(true),
        (groups, lists) => groups.zip(lists).map(|(groups, lists)| groups || lists),
    }
}

impl EndpointSecurityGroup {
    /// What a plan says of a group that its create would meet: that it takes it over, or that it must not.
    async fn met(call: &Call<Aws>, region: &str, vpc: &str, name: &str) -> Result<Option<Diagnostic>, Diagnostics> {
        let Some(found) = calls::find(call, region, vpc, name).await? else { return Ok(None) };
        if call.owner().owns(COMPONENT, &found.tags) {
            let claim = found.mark().claim;
            return Ok(claims::taking_over(call, &found.object(), &found.id, claim, Self::TYPE));
        }
        Ok((!call.is_marked_for_replacement(&found.id)).then(|| taken(name, vpc, &found)))
    }
}

#[cfg(test)]
mod tests;
