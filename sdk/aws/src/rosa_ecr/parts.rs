//! The parts of a registry: which there shall be, which there are, and what the whole says of them.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Call, DeclaredInputs, Known, Output, RealObject, State};

use super::facts::name;
use super::{EcrSummary, RosaEcr, RosaEcrHandles, RosaEcrOutputs, RosaEcrPartial, composition};
use crate::ec2::{self, EndpointSecurityGroup, VpcEndpoint, endpoint_service as services};
use crate::ecr::{self, LifecyclePolicy, Repository, repository};
use crate::iam::PullPolicyAttachment;
use crate::openshift::{Idms, default_mirrors_on};
use crate::partition::Partition;
use crate::provider::Aws;

/// The services that a registry has endpoints for: ECR's two, and additional ones.
pub(super) fn services_of(additional: &BTreeSet<String>) -> Vec<&'static str> {
    let is_wanted = |service: &&'static str| services::is_ecr(service) || additional.contains(*service);
    services::SERVICES.into_iter().filter(is_wanted).collect()
}

/// What names a role's pull permission.
pub(super) fn role_key(role: &str) -> String {
    format!("role/{role}")
}

/// What names the pull permission of an instance profile's role.
pub(super) fn profile_key(profile: &str) -> String {
    format!("instance-profile/{profile}")
}

/// The parts that there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub repository: Option<State<Repository>>,
    pub lifecycle: Option<State<LifecyclePolicy>>,
    pub group: Option<State<EndpointSecurityGroup>>,
    /// The registry's own endpoints, by service.
    pub endpoints: BTreeMap<&'static str, State<VpcEndpoint>>,
    /// The ids of existing endpoints that are used, by service.
    pub used: BTreeMap<&'static str, Vec<String>>,
    /// By [`role_key`] or [`profile_key`].
    pub pulls: BTreeMap<String, State<PullPolicyAttachment>>,
    pub idms: Option<State<Idms>>,
}

impl RosaEcr {
    /// The region that everything is in.
    pub(super) fn place<'a>(&'a self, call: &'a Call<Aws>) -> &'a str {
        call.region_of(&self.region)
    }

    /// The inputs as expressions, for what is composed of them.
    fn composed(&self, call: &Call<Aws>) -> RosaEcrHandles {
        Self { region: Some(self.place(call).to_owned()), ..self.clone() }.to_handles()
    }

    pub(super) fn repository(&self, call: &Call<Aws>) -> Repository {
        complete(self.composed(call).repository())
    }

    pub(super) fn lifecycle(&self, call: &Call<Aws>) -> Option<LifecyclePolicy> {
        self.lifecycle_policy_enabled.then(|| complete(self.composed(call).lifecycle()))
    }

    /// The security group, where none is given.
    pub(super) fn group(&self, call: &Call<Aws>) -> Option<EndpointSecurityGroup> {
        let is_made = self.has_endpoints() && self.endpoint_security_group_ids.is_empty();
        is_made.then(|| complete(self.composed(call).security_group()))
    }

    /// The endpoint of a service, with the group that was made for it if none is given.
    pub(super) fn endpoint(&self, call: &Call<Aws>, service: &str, group: Option<&str>) -> Option<VpcEndpoint> {
        let group = group.map(|group| Output::known(group.to_owned()));
        self.has_endpoints().then(|| complete(self.composed(call).endpoint(service, group)))
    }

    fn has_endpoints(&self) -> bool {
        self.create_vpc_endpoints && self.vpc_id.is_some()
    }

    /// The pull permissions, by [`role_key`] or [`profile_key`]. A scoped one has no repository as long as the account is not
    /// known.
    pub(super) fn pulls(&self, call: &Call<Aws>, account: Option<&str>) -> BTreeMap<String, PullPolicyAttachment> {
        let roles = self.worker_role_names.iter().map(|role| role_key(role));
        let keys = roles.chain(self.instance_profile_names.iter().map(|profile| profile_key(profile)));
        keys.filter_map(|key| Some((key.clone(), self.pull(call, account, &key)?))).collect()
    }

    /// The pull permission of that name.
    pub(super) fn pull(&self, call: &Call<Aws>, account: Option<&str>, key: &str) -> Option<PullPolicyAttachment> {
        let region = self.place(call);
        let arn = account.map(|account| Partition::of_region(region).repository_arn(account, region, &self.name()));
        let (whole, arn) = (self.to_handles(), arn.map(Output::known));
        let (kind, name) = key.split_once('/')?;
        let name = Output::known(name.to_owned());
        match kind {
            "role" => Some(complete(whole.pull_of_role(name, arn))),
            "instance-profile" => Some(complete(whole.pull_of_profile(name, arn))),
            _ => None,
        }
    }

    /// In whose name its roles are marked, and its network is made.
    pub(super) fn owner(&self) -> String {
        composition::registry_owner(&self.cluster_name, &self.name())
    }

    /// The mirror file, for a registry at that host.
    pub(super) fn idms(&self, host: &str) -> Option<Idms> {
        let idms = || complete::<Idms>(self.to_handles().idms(Output::known(host.to_owned())));
        self.generate_idms.then(|| idms().completed())
    }
}

/// The real objects of a registry with these inputs, as far as they are known.
pub(super) fn objects(inputs: &RosaEcrPartial, context: &Aws) -> Vec<RealObject> {
    let region = context.planned_region(&inputs.region);
    let mut objects = Vec::new();
    if let Known::Now(name) = name(inputs)
        && let Some(region) = region
    {
        objects.push(RealObject::new(repository::object(&name, region)));
        if inputs.lifecycle_policy_enabled == Known::Now(true) {
            objects.push(RealObject::new(ecr::lifecycle_policy::object(&name, region)));
        }
    }
    if let (Known::Now(true), Known::Now(Some(vpc)), Known::Now(false), Known::Now(additional)) =
        (&inputs.create_vpc_endpoints, &inputs.vpc_id, &inputs.use_existing_endpoints, &inputs.additional_endpoints)
    {
        // Another registry in the VPC is named by the conflict of the two. Of those that may be used, only the apply knows whose
        // they are.
        let own = services_of(additional).into_iter().map(|service| ec2::endpoint_object(service, vpc).unplanned());
        objects.extend(own);
    }
    objects
}

/// A part whose inputs are known.
///
/// # Panics
/// If they are not, or do not fit: a mistake in the composition, which the first test of the part shows.
fn complete<R: DeclaredInputs>(inputs: R::Handles) -> R {
    R::arguments(inputs).complete().unwrap_or_else(|error| panic!("a part of a registry does not fit: {error}"))
}

/// The state of a whole with these parts. Inputs are what the parts really are, so that the next plan shows what is
/// missing; `drift` is what no input shows.
pub(super) fn assemble(
    call: &Call<Aws>,
    inputs: &RosaEcr,
    parts: &Parts,
    account: Option<&str>,
    drift: Vec<String>,
) -> State<RosaEcr> {
    let mut now = RosaEcr { region: Some(inputs.place(call).to_owned()), ..inputs.clone() };
    if now.repository_name.is_none() {
        now.repository_name = Some(inputs.name());
    }
    now.idms_mirrors.get_or_insert_with(|| default_mirrors_on(inputs.platform.as_deref()));
    let region = inputs.place(call);
    let partition = Partition::of_region(region);
    let account = parts.repository.as_ref().map(|repository| repository.outputs.registry_id.as_str()).or(account);
    let host = account.map(|account| partition.registry_host(account, region));
    let mut tags_all = call.tags().all(&inputs.tags);
    if let Some(repository) = &parts.repository {
        let found = &repository.inputs;
        now.image_tag_mutability.clone_from(&found.image_tag_mutability);
        now.image_tag_mutability_exclusion_filters.clone_from(&found.image_tag_mutability_exclusion_filters);
        now.scan_on_push = found.scan_on_push;
        now.kms_key_arn.clone_from(&found.kms_key_arn);
        now.tags.clone_from(&found.tags);
        tags_all.clone_from(&repository.outputs.tags_all);
    }
    if parts.repository.is_some() {
        match &parts.lifecycle {
            None => now.lifecycle_policy_enabled = false,
            Some(policy) => {
                if let (Some(days), Some(count)) = (policy.inputs.untagged_days, policy.inputs.keep_count) {
                    (now.lifecycle_untagged_days, now.lifecycle_keep_count) = (days, count);
                    now.lifecycle_tag_patterns.clone_from(&policy.inputs.tag_patterns);
                }
            }
        }
    }
    for (service, endpoint) in &parts.endpoints {
        if services::is_gateway(service) {
            if !inputs.route_table_ids.is_empty() {
                now.route_table_ids.clone_from(&endpoint.inputs.route_table_ids);
            }
            continue;
        }
        if endpoint.inputs.subnet_ids != inputs.private_subnet_ids {
            now.private_subnet_ids.clone_from(&endpoint.inputs.subnet_ids);
        }
        if !inputs.endpoint_security_group_ids.is_empty()
            && endpoint.inputs.security_group_ids != inputs.endpoint_security_group_ids
        {
            now.endpoint_security_group_ids.clone_from(&endpoint.inputs.security_group_ids);
        }
    }
    let carries = |key: &String| parts.pulls.get(key).is_some_and(|pull| pull.outputs.attached);
    now.worker_role_names.retain(|role| carries(&role_key(role)));
    now.instance_profile_names.retain(|profile| carries(&profile_key(profile)));

    let there = parts.repository.is_some();
    let url = host.as_ref().filter(|_| there).map(|host| format!("{host}/{}", inputs.name()));
    let summary = url.as_ref().zip(host.as_ref()).map(|(url, host)| EcrSummary::of(&now, url, host));
    let endpoint_id = |service: &str| {
        let own = parts.endpoints.get(service).map(|endpoint| endpoint.outputs.id.clone());
        own.or_else(|| parts.used.get(service)?.first().cloned())
    };
    let additional = services::SERVICES.into_iter().filter(|service| !services::is_ecr(service));
    let additional = additional.filter_map(|service| Some((service.to_owned(), endpoint_id(service)?)));
    let outputs = RosaEcrOutputs {
        id: inputs.id(),
        repository_arn: account
            .filter(|_| there)
            .map(|account| partition.repository_arn(account, region, &inputs.name())),
        registry_id: account.map(str::to_owned),
        registry_url: host,
        repository_url: url,
        ecr_summary: summary,
        idms_config_path: parts.idms.as_ref().map(|idms| idms.inputs.output_path.clone()),
        idms_config_content: parts.idms.as_ref().map(|idms| idms.outputs.content.clone()),
        image_mirrors: parts.idms.as_ref().map(|idms| idms.outputs.image_mirrors.clone()),
        ecr_api_endpoint_id: endpoint_id("api"),
        ecr_dkr_endpoint_id: endpoint_id("dkr"),
        additional_endpoint_ids: inputs.create_vpc_endpoints.then(|| additional.collect()),
        used_endpoint_ids: inputs.create_vpc_endpoints.then(|| parts.used.values().flatten().cloned().collect()),
        endpoint_security_group_id: parts.group.as_ref().map(|group| group.outputs.id.clone()),
        vpc_endpoints_enabled: inputs.create_vpc_endpoints,
        pull_roles: parts
            .pulls
            .iter()
            // Also one that lost the policy by hand: its marks may be left, and a destroy has to remove them.
            .map(|(key, pull)| (key.clone(), pull.outputs.role.clone()))
            .collect(),
        drift,
        tags_all,
        repository_created_at: parts.repository.as_ref().and_then(|repository| repository.outputs.created_at.clone()),
        claim: call.claim().map(str::to_owned),
    };
    State { inputs: now, outputs }
}
