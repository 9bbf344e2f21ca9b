//! What the plan of a registry has to know, and what follows from it.

use std::collections::BTreeMap;

use rosa_ecr_model::{Diagnostic, Known};

use super::surroundings::Surroundings;
use super::{RosaEcrPartial, effective_name};
use crate::ecr::repository;
use crate::partition::Partition;
use crate::tags::{Owner, TagPolicy};

/// What the plan of a registry has to know.
#[derive(Debug, Default)]
pub struct Facts {
    pub(super) account: Option<String>,
    pub(super) owner: Owner,
    pub(super) tags: Option<TagPolicy>,
    /// The repository of that name, if a create would meet one.
    pub(super) repository: Option<repository::ObservedRepository>,
    /// What to say if a create takes the repository over.
    pub(super) taking_over: Option<Diagnostic>,
    /// How to say that the resource was renamed.
    pub(super) renaming: String,
    /// What is in the VPC, if endpoints are to be there and depend on it.
    pub(super) around: Option<Surroundings>,
    /// Roles of instance profiles; none for a profile that does not exist yet.
    pub(super) profiles: BTreeMap<String, Option<String>>,
    /// How many images would be deleted.
    pub(super) images: usize,
    /// What speaks against the VPC and the subnets of the endpoints.
    pub(super) misplaced: Vec<Diagnostic>,
}

impl Facts {
    /// Whether a create meets a repository of that name.
    pub(super) fn has_repository(&self) -> bool {
        self.repository.is_some()
    }

    /// The ARN of the repository, if it is known.
    pub(super) fn repository_arn(&self, inputs: &RosaEcrPartial) -> Option<String> {
        let (Known::Now(name), Known::Now(Some(region))) = (name(inputs), &inputs.region) else {
            return None;
        };
        let account = self.account.as_deref()?;
        Some(Partition::of_region(region).repository_arn(account, region, &name))
    }
}

/// The name of the repository, where cluster and name are known.
pub(super) fn name(inputs: &RosaEcrPartial) -> Known<String> {
    let named = inputs.cluster_name.clone().zip(inputs.repository_name.clone());
    named.map(|(cluster, name)| effective_name(&cluster, name.as_deref()))
}
