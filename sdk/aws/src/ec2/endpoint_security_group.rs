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
//! HTTPS comes in from the VPC, nothing goes out; every other rule is removed. EC2 cannot rename a group, describe it anew
//! or move it: `name`, `description`, `vpc_id` and `region` force replacement.

mod calls;
mod convergence;
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
use self::refusals::{gone, taken};
pub(crate) use self::rules::canonical_set;
use super::{ids, tagging, vpc_cidrs};
use crate::claims::{self, Mark};
use crate::import_id::{self, Imported};
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::TagPolicy;
use crate::tags::{self, Tags};
use crate::{move_source, page, region};

/// The component that ownership tags name.
const COMPONENT: &str = "endpoint-security-group";

/// A security group for VPC endpoints: HTTPS in from the VPC, nothing out. Other rules are removed.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct EndpointSecurityGroup {
    /// Name of the group. Changing it makes a new group.
    #[attr(replace, check(ids::security_group_name))]
    pub name: String,
    /// The VPC. Changing it makes a new group.
    #[attr(replace, check(ids::vpc_id))]
    pub vpc_id: String,
    /// The blocks of addresses that may come in, such as `10.0.0.0/16`; all of the VPC's where it is not set.
    #[attr(count(1..), each(crate::rules::cidr))]
    pub ingress_cidr_blocks: Option<BTreeSet<String>>,
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
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        tags::check_number(&inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
    }

    fn context(inputs: &Self::Partial, context: &Aws) -> Option<Aws> {
        context.of_registry_owner(&inputs.owner)
    }

    fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
        let region = inputs.region.now().map(|region| region.as_deref().unwrap_or_else(|| context.region()));
        let named = inputs.name.now().zip(inputs.vpc_id.now()).zip(region);
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
                if let (Known::Now(name), Known::Now(vpc), Known::Now(Some(region))) =
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
        let vpc_cidrs = match (&inputs.ingress_cidr_blocks, &inputs.vpc_id, &inputs.region) {
            (Known::Now(None), Known::Now(vpc), Known::Now(Some(region))) => Some(vpc_cidrs(call, region, vpc).await?),
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
        let given = inputs.ingress_cidr_blocks.clone();
        outputs.allowed_cidr_blocks = given.and_then(|blocks| {
            Known::from(blocks.or_else(|| facts.vpc_cidrs.clone()).map(|blocks| canonical_set(&blocks)))
        });
        outputs.unexpected_rules = Known::Now(BTreeSet::new());
        outputs.tags_all = tags::planned(facts.tags.as_ref(), &inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
    }

    async fn create(call: &Call<Aws>, mut inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let region = inputs.region.get_or_insert_with(|| call.region().to_owned()).clone();
        let tags = inputs.wanted_tags(call);
        let (created, allowed) = tokio::join!(calls::create(call, &region, &inputs, &tags), inputs.wanted_blocks(call));
        let Some(id) = created? else { return adopt(call, inputs, allowed?).await };
        let fresh = ObservedGroup {
            id,
            name: inputs.name.clone(),
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
        let (found, allowed) = tokio::try_join!(calls::describe(call, &region, &id), inputs.wanted_blocks(call))?;
        let found = found.ok_or_else(|| gone(&id))?;
        claims::changes(
            call,
            &found.object(),
            Mark { claim: prior.outputs.claim.as_deref(), unique: None },
            found.mark(),
        )?;
        converge(call, found, inputs, allowed).await
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
        move_source::is_aws(source, "aws_security_group").then(|| {
            let (id, name) = (move_source::required(source, "id")?, move_source::required(source, "name")?);
            if let Err(violation) = ids::security_group_name(name) {
                return Err(move_source::refused(source, format!("It is {id}, \"{name}\". {}", violation.rule)));
            }
            let inputs = Self {
                name: name.to_owned(),
                vpc_id: move_source::required(source, "vpc_id")?.to_owned(),
                // The first read puts the addresses here that really may come in.
                ingress_cidr_blocks: Some(BTreeSet::new()),
                description: source.text("description").unwrap_or_default().to_owned(),
                region: move_source::region(source),
                tags: move_source::tags(source),
                owner: None,
                timeouts: None,
            };
            let outputs = EndpointSecurityGroupOutputs {
                id: id.to_owned(),
                arn: source.text("arn").unwrap_or_default().to_owned(),
                allowed_cidr_blocks: BTreeSet::new(),
                unexpected_rules: BTreeSet::new(),
                tags_all: Tags::new(),
                claim: claims::unread(),
            };
            Ok(State { inputs, outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        Self::left(call, &inputs).await
    }
}

/// The group as a person reads it.
pub(crate) fn object(name: &str, vpc: &str) -> String {
    format!("security group {name} in {vpc}")
}

impl EndpointSecurityGroup {
    /// The group that an interrupted create with these inputs has left.
    pub(crate) async fn left(call: &Call<Aws>, inputs: &Self) -> Result<Option<State<Self>>, Diagnostics> {
        let found = calls::find(call, inputs.place(call), &inputs.vpc_id, &inputs.name).await?;
        let own = found.filter(|found| call.owner().owns(COMPONENT, &found.tags));
        Ok(own.map(|found| inputs.observed(&found.claiming(call), &found)))
    }

    /// Takes the claim off the group and leaves it where it is, for the declaration that needs it.
    pub(crate) async fn let_go(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        let region = state.inputs.place(call);
        let Some(found) = calls::describe(call, region, &state.outputs.id).await? else { return Ok(()) };
        let mut unclaimed = found.tags.clone();
        unclaimed.remove(tags::CLAIM);
        tagging::retag(call, region, &found.id, &found.tags, &unclaimed).await
    }

    /// What a plan says of a group that its create would meet: that it takes it over, or that it must not.
    async fn met(call: &Call<Aws>, region: &str, vpc: &str, name: &str) -> Result<Option<Diagnostic>, Diagnostics> {
        let Some(found) = calls::find(call, region, vpc, name).await? else { return Ok(None) };
        if call.owner().owns(COMPONENT, &found.tags) {
            let claim = found.mark().claim;
            return Ok(claims::taking_over(call, &found.object(), &found.id, claim, Self::TYPE));
        }
        Ok((!call.is_marked_for_replacement(&found.id)).then(|| taken(name, vpc, &found)))
    }

    /// The state of a group that some configuration is to take over: all of the VPC's addresses are none in particular.
    async fn imported(call: &Call<Aws>, region: &str, found: &ObservedGroup) -> Result<State<Self>, Diagnostics> {
        let of_vpc = vpc_cidrs(call, region, &found.vpc_id).await?;
        let inputs = Self {
            name: found.name.clone(),
            vpc_id: found.vpc_id.clone(),
            ingress_cidr_blocks: (found.rules.allowed != canonical_set(&of_vpc)).then(BTreeSet::new),
            description: found.description.clone(),
            region: Some(region.to_owned()),
            tags: Tags::new(),
            owner: tags::owner_of(&found.tags),
            timeouts: None,
        };
        Ok(inputs.observed(&found.claiming(call), found))
    }

    /// The group that was made for the owner's cluster, if there is one.
    pub(crate) async fn find_owned(call: &Call<Aws>, region: &str) -> Result<Option<State<Self>>, Diagnostics> {
        let cluster = call.owner().cluster.clone().unwrap_or_default();
        let groups = calls::find_tagged(call, region, &cluster).await?;
        match groups.iter().find(|group| call.owner().owns(COMPONENT, &group.tags)) {
            Some(group) => Self::imported(call, region, group).await.map(Some),
            None => Ok(None),
        }
    }

    /// The group of that id, if it is there, for a resource with these inputs.
    pub(crate) async fn look(call: &Call<Aws>, inputs: Self, id: &str) -> Result<Option<State<Self>>, Diagnostics> {
        let Some(found) = calls::describe(call, inputs.place(call), id).await? else { return Ok(None) };
        let call = &claims::reading(call, found.mark());
        // An id is never given twice, so it is still this group.
        let recorded = Mark { claim: call.claim(), unique: None };
        claims::reads(call, &found.object(), recorded, found.mark());
        Ok(Some(inputs.observed(call, &found)))
    }

    /// The region that the group is in.
    fn place<'a>(&'a self, call: &'a Call<Aws>) -> &'a str {
        self.region.as_deref().unwrap_or_else(|| call.region())
    }

    /// The blocks of addresses that shall come in.
    async fn wanted_blocks(&self, call: &Call<Aws>) -> Result<BTreeSet<String>, Diagnostics> {
        match &self.ingress_cidr_blocks {
            Some(blocks) => Ok(canonical_set(blocks)),
            None => Ok(canonical_set(&vpc_cidrs(call, self.place(call), &self.vpc_id).await?)),
        }
    }

    /// All tags that the group shall carry, ours among them.
    fn wanted_tags(&self, call: &Call<Aws>) -> Tags {
        let mut wanted = call.tags().merged(&self.tags);
        wanted.extend(call.owner().tags(COMPONENT));
        wanted.extend(tags::claim(call.claim()));
        wanted
    }

    /// The state of a group that is there, for a resource with these inputs.
    fn observed(&self, call: &Call<Aws>, found: &ObservedGroup) -> State<Self> {
        let region = self.place(call);
        let (partition, account) = (Partition::of_region(region).name, &found.owner_id);
        let arn = format!("arn:{partition}:ec2:{region}:{account}:security-group/{}", found.id);
        let visible = call.tags().visible(&found.tags);
        let allowed = &found.rules.allowed;
        let as_written = |blocks: &BTreeSet<String>| {
            if canonical_set(blocks) == *allowed { blocks.clone() } else { allowed.clone() }
        };
        State {
            inputs: Self {
                name: found.name.clone(),
                vpc_id: found.vpc_id.clone(),
                ingress_cidr_blocks: self.ingress_cidr_blocks.as_ref().map(as_written),
                description: found.description.clone(),
                region: Some(region.to_owned()),
                tags: call.tags().without_defaults(&visible, &self.tags),
                owner: self.owner.clone(),
                timeouts: self.timeouts.clone(),
            },
            outputs: EndpointSecurityGroupOutputs {
                id: found.id.clone(),
                arn,
                allowed_cidr_blocks: allowed.clone(),
                unexpected_rules: found.rules.unexpected(),
                tags_all: visible,
                claim: call.claim().map(str::to_owned),
            },
        }
    }
}

#[cfg(test)]
mod tests;
