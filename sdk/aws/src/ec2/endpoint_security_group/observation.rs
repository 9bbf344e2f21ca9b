//! A security group that is there, and the states that follow.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, Diagnostics, State};

use super::calls::{self, ObservedGroup};
use super::refusals::maybe_left;
use super::rules::{self, Sources, canonical_set};
use super::{COMPONENT, EndpointSecurityGroup, EndpointSecurityGroupOutputs};
use crate::claims::{self, Mark};
use crate::ec2::{tagging, vpc_cidrs};
use crate::generated_name;
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::{self, Tags};

impl EndpointSecurityGroup {
    /// The group as a person reads it.
    pub(crate) fn object(&self) -> String {
        super::object(self.known_name(), &self.vpc_id)
    }

    /// The name; empty if it is still to be generated.
    pub(super) fn known_name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// The group that an interrupted create with these inputs has left.
    pub(crate) async fn left(call: &Call<Aws>, inputs: &Self) -> Result<Option<State<Self>>, Diagnostics> {
        let (region, vpc) = (inputs.place(call), &inputs.vpc_id);
        let is_own = |found: &ObservedGroup| call.owner().owns(COMPONENT, &found.tags);
        if let (None, Some(prefix)) = (&inputs.name, &inputs.name_prefix) {
            let filter = calls::Filtered { vpc_id: Some(vpc), name_prefix: Some(prefix), ..calls::Filtered::default() };
            let found = calls::list(call, region, &filter).await?;
            let maybe = found.iter().filter(|found| is_own(found) && generated_name::is_of(&found.name, prefix));
            let maybe: Vec<&str> = maybe.map(|found| found.id.as_str()).collect();
            if !maybe.is_empty() {
                call.warn(maybe_left(prefix, vpc, &maybe));
            }
            return Ok(None);
        }
        let found = calls::find(call, region, vpc, inputs.known_name()).await?;
        let own = found.filter(is_own);
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

    /// The group that was made for the owner's cluster, if there is one.
    pub(crate) async fn find_owned(call: &Call<Aws>, region: &str) -> Result<Option<State<Self>>, Diagnostics> {
        let cluster = call.owner().cluster.clone().unwrap_or_default();
        let filter = calls::Filtered { cluster: Some(&cluster), ..calls::Filtered::default() };
        let groups = calls::list(call, region, &filter).await?;
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

    /// The state of a group that some configuration is to take over.
    pub(super) async fn imported(
        call: &Call<Aws>,
        region: &str,
        found: &ObservedGroup,
    ) -> Result<State<Self>, Diagnostics> {
        Ok(Self::taken_over(call, region, found, &vpc_cidrs(call, region, &found.vpc_id).await?))
    }

    /// The same with the blocks of the VPC: all of its addresses are none in particular, and so are none beside other sources.
    pub(super) fn taken_over(
        call: &Call<Aws>,
        region: &str,
        found: &ObservedGroup,
        of_vpc: &BTreeSet<String>,
    ) -> State<Self> {
        let Sources { blocks, groups, prefix_lists } = &found.rules.allowed;
        let meant = if groups.is_empty() && prefix_lists.is_empty() { canonical_set(of_vpc) } else { BTreeSet::new() };
        let some = |ids: &BTreeSet<String>| (!ids.is_empty()).then(|| ids.clone());
        let inputs = Self {
            name: Some(found.name.clone()),
            name_prefix: generated_name::prefix_of(&found.name).map(str::to_owned),
            vpc_id: found.vpc_id.clone(),
            ingress_cidr_blocks: (*blocks != meant).then(BTreeSet::new),
            ingress_security_group_ids: some(groups),
            ingress_prefix_list_ids: some(prefix_lists),
            description: found.description.clone(),
            region: Some(region.to_owned()),
            tags: Tags::new(),
            owner: tags::owner_of(&found.tags),
            timeouts: None,
        };
        inputs.observed(&found.claiming(call), found)
    }

    /// The region that the group is in.
    pub(super) fn place<'a>(&'a self, call: &'a Call<Aws>) -> &'a str {
        call.region_of(&self.region)
    }

    /// Where HTTPS shall come in from.
    pub(super) async fn wanted_sources(&self, call: &Call<Aws>) -> Result<Sources, Diagnostics> {
        let groups = self.ingress_security_group_ids.clone().unwrap_or_default();
        let prefix_lists = self.ingress_prefix_list_ids.clone().unwrap_or_default();
        let blocks = match &self.ingress_cidr_blocks {
            Some(blocks) => canonical_set(blocks),
            None if groups.is_empty() && prefix_lists.is_empty() => {
                canonical_set(&vpc_cidrs(call, self.place(call), &self.vpc_id).await?)
            }
            None => BTreeSet::new(),
        };
        Ok(Sources { blocks, groups, prefix_lists })
    }

    /// All tags that the group shall carry, ours among them.
    pub(super) fn wanted_tags(&self, call: &Call<Aws>) -> Tags {
        let mut wanted = call.tags().merged(&self.tags);
        wanted.extend(call.owner().tags(COMPONENT));
        wanted.extend(tags::claim(call.claim()));
        wanted
    }

    /// The state of a group that is there, for a resource with these inputs.
    pub(super) fn observed(&self, call: &Call<Aws>, found: &ObservedGroup) -> State<Self> {
        let region = self.place(call);
        let (partition, account) = (Partition::of_region(region).name, &found.owner_id);
        let arn = format!("arn:{partition}:ec2:{region}:{account}:security-group/{}", found.id);
        let visible = call.tags().visible(&found.tags);
        let allowed = &found.rules.allowed;
        // As it is written, if it comes to what is there.
        let blocks = |written: &BTreeSet<String>| as_written(written, &allowed.blocks, canonical_set);
        let bare = |ids: &BTreeSet<String>| ids.iter().map(|id| rules::of_account(id, account).to_owned()).collect();
        let groups = |written: &BTreeSet<String>| as_written(written, &allowed.groups, bare);
        let inputs = Self {
            name: Some(found.name.clone()),
            name_prefix: self.name_prefix.clone(),
            vpc_id: found.vpc_id.clone(),
            ingress_cidr_blocks: self.ingress_cidr_blocks.as_ref().map(blocks),
            ingress_security_group_ids: self.ingress_security_group_ids.as_ref().map(groups),
            ingress_prefix_list_ids: self.ingress_prefix_list_ids.as_ref().map(|_| allowed.prefix_lists.clone()),
            description: found.description.clone(),
            region: Some(region.to_owned()),
            tags: call.tags().without_defaults(&visible, &self.tags),
            owner: self.owner.clone(),
            timeouts: self.timeouts.clone(),
        };
        let shown = Sources {
            blocks: allowed.blocks.clone(),
            groups: bare(inputs.ingress_security_group_ids.as_ref().unwrap_or(&BTreeSet::new())),
            prefix_lists: inputs.ingress_prefix_list_ids.clone().unwrap_or_default(),
        };
        let outputs = EndpointSecurityGroupOutputs {
            id: found.id.clone(),
            arn,
            owner_id: Some(account.clone()).filter(|account| !account.is_empty()),
            allowed_cidr_blocks: allowed.blocks.clone(),
            unexpected_rules: found.rules.unexpected(&shown),
            tags_all: visible,
            claim: call.claim().map(str::to_owned),
        };
        State { inputs, outputs }
    }
}

/// What is written, if it comes to what is there; else what is there.
fn as_written(
    written: &BTreeSet<String>,
    there: &BTreeSet<String>,
    meaning: impl Fn(&BTreeSet<String>) -> BTreeSet<String>,
) -> BTreeSet<String> {
    if meaning(written) == *there { written.clone() } else { there.clone() }
}
