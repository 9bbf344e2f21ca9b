//! What a registry is composed of: the inputs of each part, from those of the whole.
//!
//! They are expressions, so that this is said once: `rosa_ecr` as one resource knows all values when it makes its parts,
//! and a program that declares the parts one by one has outputs of other resources among them.

use std::collections::BTreeSet;

use rosa_ecr_model::{Output, interpolate};
use sha2::{Digest as _, Sha256};

use super::{RosaEcrHandles, effective_name};
use crate::ec2::{EndpointSecurityGroupHandles, VpcEndpointHandles, endpoint_service as services};
use crate::ecr::encryption::encryption_of;
use crate::ecr::{LifecyclePolicyHandles, RepositoryHandles, Retention};
use crate::iam::PullPolicyAttachmentHandles;
use crate::iam::pull_permission::PullPermission;
use crate::openshift::IdmsHandles;

impl RosaEcrHandles {
    /// The name of the repository.
    pub fn name(&self) -> Output<String> {
        let names = self.cluster_name.clone().zip(self.repository_name.clone());
        names.map(|(cluster, name)| effective_name(&cluster, name.as_deref()))
    }

    /// The repository.
    pub fn repository(&self) -> RepositoryHandles {
        RepositoryHandles {
            name: self.name(),
            image_tag_mutability: self.image_tag_mutability.clone(),
            image_tag_mutability_exclusion_filters: self.image_tag_mutability_exclusion_filters.clone(),
            scan_on_push: self.scan_on_push.clone(),
            encryption_type: self.kms_key_arn.clone().map(|key| Some(encryption_of(key.as_deref()).to_owned())),
            kms_key_arn: self.kms_key_arn.clone(),
            force_delete: self.force_delete.clone(),
            prevent_destroy: self.prevent_destroy.clone(),
            adopt_existing: self.adopt_existing.clone(),
            region: self.region.clone(),
            tags: self.tags.clone(),
            owner: self.cluster_name.clone().map(Some),
            timeouts: Output::known(None),
        }
    }

    /// In whose name it has what each registry of a cluster has of its own.
    fn owner(&self) -> Output<Option<String>> {
        let names = self.cluster_name.clone().zip(self.name());
        names.map(|(cluster, name)| Some(registry_owner(&cluster, &name)))
    }

    /// The lifecycle policy, where it is enabled.
    pub fn lifecycle(&self) -> LifecyclePolicyHandles {
        let (untagged_days, keep_count) = (self.lifecycle_untagged_days.clone(), self.lifecycle_keep_count.clone());
        let tag_patterns = self.lifecycle_tag_patterns.clone();
        let retention = untagged_days.clone().zip(keep_count.clone()).zip(tag_patterns.clone());
        LifecyclePolicyHandles {
            repository: self.name(),
            policy: retention.map(|((untagged_days, keep_count), tag_patterns)| {
                Some(Retention { untagged_days, keep_count, tag_patterns }.document())
            }),
            untagged_days: untagged_days.map(Some),
            keep_count: keep_count.map(Some),
            tag_patterns,
            region: self.region.clone(),
            timeouts: Output::known(None),
        }
    }

    /// The security group, where endpoints are made and no group is given for them.
    pub fn security_group(&self) -> EndpointSecurityGroupHandles {
        EndpointSecurityGroupHandles {
            // Not the cluster's name first: the name of a group must not start with "sg-".
            name: interpolate!("rosa-ecr-endpoints-{}", self.cluster_name.clone()).map(Some),
            name_prefix: Output::known(None),
            vpc_id: self.vpc_id.clone().present(),
            ingress_cidr_blocks: self.vpc_cidr.clone().map(|cidr| cidr.map(|cidr| BTreeSet::from([cidr]))),
            ingress_security_group_ids: Output::known(None),
            ingress_prefix_list_ids: Output::known(None),
            description: interpolate!(
                "ECR VPC endpoints of the ROSA cluster {}: HTTPS from the VPC",
                self.cluster_name.clone()
            ),
            region: self.region.clone(),
            tags: self.tags.clone(),
            owner: self.owner(),
            timeouts: Output::known(None),
        }
    }

    /// The endpoint of a service, where endpoints are made. `group` is what was made for it.
    pub fn endpoint(&self, service: &str, group: Option<Output<String>>) -> VpcEndpointHandles {
        let endpoint = VpcEndpointHandles {
            service: Output::known(service.to_owned()),
            vpc_id: self.vpc_id.clone().present(),
            subnet_ids: Output::known(BTreeSet::new()),
            route_table_ids: Output::known(BTreeSet::new()),
            security_group_ids: Output::known(BTreeSet::new()),
            private_dns_enabled: Output::known(true),
            policy: Output::known(None),
            ip_address_type: Output::known(None),
            region: self.region.clone(),
            tags: self.tags.clone(),
            owner: self.owner(),
            timeouts: Output::known(None),
        };
        if services::is_gateway(service) {
            return VpcEndpointHandles { route_table_ids: self.route_table_ids.clone(), ..endpoint };
        }
        let given = self.endpoint_security_group_ids.clone();
        let security_group_ids = match group {
            None => given,
            Some(group) => given.zip(group).map(|(mut groups, group)| {
                groups.insert(group);
                groups
            }),
        };
        VpcEndpointHandles { subnet_ids: self.private_subnet_ids.clone(), security_group_ids, ..endpoint }
    }

    /// The pull permission of a role. `repository` is the ARN of the repository, which a scoped permission names.
    pub fn pull_of_role(
        &self,
        role: Output<String>,
        repository: Option<Output<String>>,
    ) -> PullPolicyAttachmentHandles {
        self.pull(role.map(Some), Output::known(None), repository)
    }

    /// The pull permission of an instance profile's role. `repository` is the ARN of the repository, which a scoped permission
    /// names.
    pub fn pull_of_profile(
        &self,
        profile: Output<String>,
        repository: Option<Output<String>>,
    ) -> PullPolicyAttachmentHandles {
        self.pull(Output::known(None), profile.map(Some), repository)
    }

    fn pull(
        &self,
        role_name: Output<Option<String>>,
        instance_profile_name: Output<Option<String>>,
        repository: Option<Output<String>>,
    ) -> PullPolicyAttachmentHandles {
        let permission = self.pull_permission.clone();
        let repository_arns = match repository {
            None => Output::known(BTreeSet::new()),
            Some(arn) => permission.clone().zip(arn).map(|(permission, arn)| {
                let is_named = permission == PullPermission::Scoped.name();
                BTreeSet::from_iter(is_named.then_some(arn))
            }),
        };
        PullPolicyAttachmentHandles {
            role_name,
            instance_profile_name,
            permission,
            repository_arns,
            keep_on_destroy: Output::known(false),
            owner: self.owner(),
            timeouts: Output::known(None),
        }
    }

    /// The mirror file for a registry at that host, where it is generated.
    pub fn idms(&self, host: Output<String>) -> IdmsHandles {
        IdmsHandles {
            registry_url: host,
            mirrors: self.idms_mirrors.clone(),
            name: interpolate!("{}-ecr-mirrors", self.cluster_name.clone()),
            output_path: self.idms_output_path.clone(),
            platform: self.platform.clone(),
            cluster_name: self.cluster_name.clone().map(Some),
        }
    }
}

/// In whose name a registry marks roles and has a network: a cluster can have several that share roles and a VPC.
pub(super) fn registry_owner(cluster: &str, repository: &str) -> String {
    let name = format!("{cluster}/{repository}");
    // A tag's key has at most 128 characters, a repository's name 256.
    if name.len() <= 100 {
        return name;
    }
    let digest = Sha256::digest(name.as_bytes());
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{cluster}/{short}")
}
