//! Importing a registry: its repository is found by name, everything else by the tags of ownership.
//!
//! What others have made carries no such tags, so there is no telling that it belongs to the cluster: it is left alone, and a
//! warning says what to do.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, State, Text, Violation};

use super::parts::{Parts, assemble};
use super::surroundings::{route_tables_of, tables_for};
use super::{RosaEcr, reading};
use crate::ec2::{self, EndpointSecurityGroup, endpoint_service as services};
use crate::ecr::Repository;
use crate::ecr::repository::{self, name_conflict};
use crate::iam::pull_permission::PullPermission;
use crate::openshift::Idms;
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::{self, CLUSTER, COMPONENT, Tags};
use crate::{iam, region, rules};

/// Where `generate_idms` writes by default.
const IDMS_PATH: &str = "outputs/idms-config.yaml";

/// Finds the registry `<cluster_name>/<repository_name>`, in another region with `@<region>` behind it.
pub(super) async fn import(call: &Call<Aws>, id: &str) -> Result<State<RosaEcr>, Diagnostics> {
    let (region, name) = region::of_import_id(call, id);
    let (cluster, name) = split(name)?;
    let own = &call.with(call.owned_by(cluster));
    let found = repository::find(own, region, name).await?.ok_or_else(|| {
        Diagnostic::error(format!("There is no repository {name} in {region}")).fix(
            "Check the name, and the region and account of the provider. A registry in another region is imported as \
             <cluster_name>/<repository_name>@<region>.",
        )
    })?;
    // A stranger's may be imported, another cluster's not.
    name_conflict(own.owner(), &found, name, true, "repository_name".into(), "rosa_ecr").map_or(Ok(()), Err)?;

    let mut inputs = bare(cluster, name, region);
    inputs.prevent_destroy = tags::is_external(&found.tags);
    if let Some(repository) = Repository::left(own, &inputs.repository(own)).await? {
        inputs.tags = repository.inputs.tags;
    }
    let call = &call.clone().claiming(found.mark().claim.map(Into::into));
    let owner = inputs.owner();
    let network = &call.with(call.owned_by_registry(&owner));
    let host = Partition::of_region(region).registry_host(&found.registry_id, region);
    let (endpoints, group, (permission, pulls), idms) = futures::try_join!(
        ec2::find_owned(network, region),
        EndpointSecurityGroup::find_owned(network, region),
        iam::marked_roles(call, &owner),
        async { Ok::<_, Diagnostics>(Idms::parse(IDMS_PATH).await) },
    )?;

    let vpc = endpoints.first().map(|endpoint| &endpoint.vpc_id).or(group.as_ref().map(|group| &group.inputs.vpc_id));
    inputs.vpc_id = vpc.cloned();
    inputs.create_vpc_endpoints = inputs.vpc_id.is_some();
    let own: BTreeMap<&'static str, &ec2::ObservedEndpoint> = endpoints
        .iter()
        .filter(|endpoint| Some(&endpoint.vpc_id) == inputs.vpc_id.as_ref())
        .filter_map(|endpoint| Some((endpoint.service()?, endpoint)))
        .collect();
    let group = group.filter(|group| Some(&group.inputs.vpc_id) == inputs.vpc_id.as_ref());
    if let Some(one) = own.values().find(|endpoint| !endpoint.is_gateway) {
        inputs.private_subnet_ids.clone_from(&one.subnets);
        if group.is_none() {
            inputs.endpoint_security_group_ids.clone_from(&one.groups);
        }
    }
    let additional = own.keys().filter(|service| !services::is_ecr(service));
    inputs.additional_endpoints = additional.map(|service| (*service).to_owned()).collect();
    if let Some(gateway) = own.get(services::S3) {
        let tables = route_tables_of(call, region, &gateway.vpc_id).await?;
        let of_subnets = tables_for(&BTreeSet::new(), &inputs.private_subnet_ids, &tables).ok();
        if of_subnets.as_ref() != Some(&gateway.route_tables) {
            inputs.route_table_ids.clone_from(&gateway.route_tables);
        }
    }
    let used = match &inputs.vpc_id {
        Some(vpc) if services::ECR.iter().any(|service| !own.contains_key(service)) => {
            used_endpoints(call, region, vpc, &own).await?
        }
        _ => BTreeMap::new(),
    };
    inputs.use_existing_endpoints = !used.is_empty();
    if let Some(group) = &group {
        // One block that is not all of the VPC's was asked for.
        let mut allowed = group.inputs.ingress_cidr_blocks.iter().flatten();
        inputs.vpc_cidr = allowed.next().cloned().filter(|_| group.outputs.allowed_cidr_blocks.len() == 1);
    }
    inputs.pull_permission = permission.name().to_owned();
    for key in pulls.keys() {
        if let Some(role) = key.strip_prefix("role/") {
            inputs.worker_role_names.insert(role.to_owned());
        } else if let Some(profile) = key.strip_prefix("instance-profile/") {
            inputs.instance_profile_names.insert(profile.to_owned());
        }
    }
    let idms = idms.filter(|idms| idms.registry_url == host && idms.cluster_name.as_deref() == Some(cluster));
    if let Some(idms) = &idms {
        inputs.generate_idms = true;
        inputs.idms_mirrors.clone_from(&idms.mirrors);
        inputs.platform.clone_from(&idms.platform);
    }

    let mut state = assemble(call, &inputs, &Parts::default(), Some(&found.registry_id), Vec::new());
    state.inputs = inputs;
    state.outputs.repository_arn = Some(found.arn);
    let endpoint = |service: &str| own.get(service).map(|own| own.id.clone()).or_else(|| used.get(service).cloned());
    (state.outputs.ecr_api_endpoint_id, state.outputs.ecr_dkr_endpoint_id) = (endpoint("api"), endpoint("dkr"));
    let additional = state.inputs.additional_endpoints.iter();
    let additional = additional.filter_map(|service| Some((service.clone(), endpoint(service)?))).collect();
    state.outputs.additional_endpoint_ids = Some(additional);
    state.outputs.used_endpoint_ids = Some(used.values().cloned().collect());
    state.outputs.endpoint_security_group_id = group.map(|group| group.outputs.id);
    state.outputs.pull_roles = pulls;
    state.outputs.idms_config_path = idms.map(|idms| idms.output_path);
    warn(call, &state);
    reading::read(call, state).await?.ok_or_else(|| {
        Diagnostic::error(format!("The registry {id} is gone"))
            .detail("It was deleted while it was being imported.")
            .fix("Leave the import out: the next apply makes a new one.")
            .into()
    })
}

/// The endpoints for ECR of others that serve a VPC in which the registry has some of its own, by service.
async fn used_endpoints(
    call: &Call<Aws>,
    region: &str,
    vpc: &str,
    own: &BTreeMap<&'static str, &ec2::ObservedEndpoint>,
) -> Result<BTreeMap<&'static str, String>, Diagnostics> {
    let found = ec2::find(call, region, vpc).await?;
    let others = found.into_iter().filter(|found| found.private_dns).filter_map(|found| {
        let service = found.service().filter(|service| services::is_ecr(service) && !own.contains_key(service))?;
        Some((service, found.id))
    });
    Ok(others.collect())
}

/// Cluster and repository of an import id.
fn split(id: &str) -> Result<(&str, &str), Diagnostics> {
    let wrong = |rule: String, fix: Text| {
        let wrong = Diagnostic::error(format!("\"{id}\" is no id of a registry")).detail(rule);
        Diagnostics::from(wrong.fix(if fix.is_empty() {
            Text::from("Write it like \"dev/dev-registry\".")
        } else {
            fix
        }))
    };
    let (cluster, name) = id
        .split_once('/')
        .ok_or_else(|| wrong("It must be <cluster_name>/<repository_name>.".to_owned(), Text::default()))?;
    let checked = rules::cluster_name(cluster).and_then(|()| rules::repository_name(name));
    checked.map_err(|Violation { rule, fix }| wrong(rule, fix))?;
    Ok((cluster, name))
}

/// A registry of which only the repository is known.
fn bare(cluster: &str, name: &str, region: &str) -> RosaEcr {
    RosaEcr {
        cluster_name: cluster.to_owned(),
        repository_name: Some(name.to_owned()),
        kms_key_arn: None,
        prevent_destroy: false,
        image_tag_mutability: "MUTABLE".to_owned(),
        image_tag_mutability_exclusion_filters: BTreeSet::new(),
        scan_on_push: true,
        lifecycle_policy_enabled: true,
        lifecycle_untagged_days: 14,
        lifecycle_keep_count: 30,
        lifecycle_tag_patterns: None,
        force_delete: false,
        generate_idms: false,
        tags: Tags::new(),
        create_vpc_endpoints: false,
        use_existing_endpoints: false,
        additional_endpoints: BTreeSet::new(),
        route_table_ids: BTreeSet::new(),
        vpc_id: None,
        private_subnet_ids: BTreeSet::new(),
        endpoint_security_group_ids: BTreeSet::new(),
        vpc_cidr: None,
        worker_role_names: BTreeSet::new(),
        instance_profile_names: BTreeSet::new(),
        pull_permission: PullPermission::ReadOnly.name().to_owned(),
        platform: None,
        idms_mirrors: None,
        idms_output_path: IDMS_PATH.to_owned(),
        adopt_existing: false,
        region: Some(region.to_owned()),
        timeouts: None,
    }
}

/// Says what was not found, and how it can be added.
fn warn(call: &Call<Aws>, state: &State<RosaEcr>) {
    let (inputs, outputs) = (&state.inputs, &state.outputs);
    let cluster = &inputs.cluster_name;
    let mut ways_out = Vec::new();
    let mut missing = Vec::new();
    if outputs.ecr_api_endpoint_id.is_none() && outputs.ecr_dkr_endpoint_id.is_none() {
        missing.push(format!("no VPC endpoint with the tag {CLUSTER} = \"{cluster}\""));
        ways_out.push(format!(
            "If the VPC has endpoints for ECR that something else made, set use_existing_endpoints = true to use them, or \
             create_vpc_endpoints = false to leave them alone; or tag them {CLUSTER} = \"{cluster}\" and {COMPONENT} = \"ecr-api-endpoint\" or \"ecr-dkr-endpoint\", \
             their security group {COMPONENT} = \"endpoint-security-group\", and import again."
        ));
    }
    if outputs.pull_roles.is_empty() {
        missing.push("no role that has the pull permission for this registry".to_owned());
        ways_out.push(
            "Name the cluster's roles in worker_role_names or instance_profile_names: the next apply adds them, and a \
             policy that they have already stays."
                .to_owned(),
        );
    }
    if !missing.is_empty() {
        call.warn(
            Diagnostic::warning(format!("Only a part of the registry {} was found", outputs.id))
                .detail(format!("There is {}.", missing.join(", and ")))
                .fix(ways_out.join(" ")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_cluster_and_repository() {
        assert_eq!(split("dev/team/app").expect("an id"), ("dev", "team/app"));
        for (id, told) in [
            ("dev-registry", "<cluster_name>/<repository_name>"),
            ("Dev/app", "A cluster name"),
            ("dev/App", "\"app\""),
            ("dev/", "A repository name"),
        ] {
            let error = split(id).expect_err(id).to_string();
            assert!(error.contains(told), "{id}: {error}");
        }
    }
}
