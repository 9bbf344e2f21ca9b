//! From a repository that is there to the state of a resource.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, Diagnostics, State};

use super::{COMPONENT, ObservedRepository, Repository, RepositoryOutputs, find, object};
use crate::claims::{self, Mark};
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::{self, Tags};

impl Repository {
    /// The state of a repository that is there, as an import gives it.
    pub(super) fn imported(call: &Call<Aws>, region: &str, name: &str, found: &ObservedRepository) -> State<Self> {
        let prevent_destroy = tags::is_external(&found.tags);
        let owner = tags::cluster_of(&found.tags).map(str::to_owned);
        let inputs = Self { prevent_destroy, region: Some(region.to_owned()), owner, ..Self::existing(name) };
        inputs.observed(&found.claiming(call), found)
    }

    /// The repository that an interrupted create with these inputs has left.
    pub(crate) async fn left(call: &Call<Aws>, inputs: &Self) -> Result<Option<State<Self>>, Diagnostics> {
        let found = find(call, call.region_of(&inputs.region), &inputs.name).await?;
        let own = found.filter(|found| call.owner().owns(COMPONENT, &found.tags));
        Ok(own.map(|found| inputs.observed(&found.claiming(call), &found)))
    }

    /// The inputs of a repository that is there, before it is looked at.
    pub(super) fn existing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            image_tag_mutability: String::new(),
            image_tag_mutability_exclusion_filters: BTreeSet::new(),
            scan_on_push: false,
            encryption_type: None,
            kms_key_arn: None,
            force_delete: false,
            prevent_destroy: false,
            adopt_existing: false,
            region: None,
            tags: Tags::new(),
            owner: None,
            timeouts: None,
        }
    }

    /// The repository that a resource with these inputs has, if it is there: the one that was made at that time, where its
    /// state says.
    pub(crate) async fn look(
        call: &Call<Aws>,
        inputs: &Self,
        created_at: Option<&str>,
    ) -> Result<Option<State<Self>>, Diagnostics> {
        let region = call.region_of(&inputs.region);
        let Some(found) = find(call, region, &inputs.name).await? else { return Ok(None) };
        let call = &claims::reading(call, found.mark());
        let recorded = Mark { claim: call.claim(), unique: created_at };
        if !claims::reads(call, &object(&inputs.name, region), recorded, found.mark()) {
            return Ok(None);
        }
        let mut state = inputs.observed(call, &found);
        // Of a later repository that another declaration holds, the state does not take the time.
        state.outputs.created_at = created_at.map(str::to_owned).or(found.created_at);
        Ok(Some(state))
    }

    /// All tags that the repository shall carry, ours among them.
    pub(super) fn wanted_tags(&self, call: &Call<Aws>) -> Tags {
        let mut wanted = call.tags().merged(&self.tags);
        wanted.extend(call.owner().tags(COMPONENT));
        wanted.extend(tags::claim(call.claim()));
        if self.prevent_destroy {
            wanted.extend(tags::external());
        }
        wanted
    }

    /// The state of a repository that is there, for a resource with these inputs.
    pub(super) fn observed(&self, call: &Call<Aws>, found: &ObservedRepository) -> State<Self> {
        let mut actual = found.tags.clone();
        // Our mark stands in the place of a default that the provider may have for that key.
        if self.prevent_destroy && !self.tags.contains_key(tags::LIFECYCLE) && tags::is_external(&actual) {
            actual.remove(tags::LIFECYCLE);
            let default = call.tags().defaults.get_key_value(tags::LIFECYCLE);
            actual.extend(default.map(|(key, value)| (key.clone(), value.clone())));
        }
        let visible = call.tags().visible(&actual);
        let region = call.region_of(&self.region);
        let host = Partition::of_region(region).registry_host(&found.registry_id, region);
        State {
            inputs: Self {
                image_tag_mutability: found.mutability.clone(),
                image_tag_mutability_exclusion_filters: found.filters.clone(),
                scan_on_push: found.scan_on_push,
                encryption_type: Some(found.encryption_type.clone()),
                kms_key_arn: found.kms_key_arn.clone(),
                region: Some(region.to_owned()),
                tags: call.tags().without_defaults(&visible, &self.tags),
                ..self.clone()
            },
            outputs: RepositoryOutputs {
                id: self.name.clone(),
                arn: found.arn.clone(),
                registry_id: found.registry_id.clone(),
                repository_url: format!("{host}/{}", self.name),
                registry_url: host,
                tags_all: visible,
                created_at: found.created_at.clone(),
                claim: call.claim().map(str::to_owned),
            },
        }
    }
}
