//! The plan of a registry: what it depends on, what it makes known, and what it refuses. All of it reads or computes;
//! nothing here changes anything.

use rosa_ecr_model::{
    Attributes as _, Call, Change, Diagnostic, Diagnostics, Intent, Known, Path, Resource as _, State,
};

use super::composition::registry_owner;
use super::facts::{Facts, name};
use super::outputs::EcrSummary;
use super::provision::Provision;
use super::surroundings::look;
use super::{RosaEcr, RosaEcrPartial, effective_name, network_plan, pulls};
use crate::ecr::repeated_pattern;
use crate::ecr::repository::{self, name_conflict, not_empty_in_plan, replacement_refused};
use crate::openshift::{HCP, default_mirrors, no_mirrors, refused_sources, resolved_mirrors, shadowing};
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::Owner;
use crate::tags::{self, Tags};
use crate::{claims, region};

/// Completes region, repository name and mirrors: they have a default that the configuration does not show.
pub(super) fn resolve(context: Option<&Aws>, config: &RosaEcrPartial, inputs: &mut RosaEcrPartial) {
    inputs.region = region::resolve(context, &config.region, &inputs.region);
    if inputs.kms_key_arn == Known::Later && config.kms_key_arn == Known::Now(None) {
        inputs.kms_key_arn = Known::Now(None);
    }
    if config.repository_name == Known::Now(None) {
        inputs.repository_name = inputs.cluster_name.clone().map(|cluster| Some(effective_name(&cluster, None)));
    }
    // States of before have Classic's mirrors on every platform. As long as none are generated, that is no difference.
    let is_of_before = inputs.idms_mirrors == Known::Now(Some(default_mirrors()));
    if !is_of_before || inputs.generate_idms != Known::Now(false) {
        inputs.idms_mirrors = resolved_mirrors(&config.idms_mirrors, &inputs.platform);
    }
}

/// Rules that need more than one input.
pub(super) fn validate(inputs: &RosaEcrPartial, report: &mut Diagnostics) {
    tags::check_number(&inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
    if inputs.create_vpc_endpoints == Known::Now(true) {
        let way_out = "to the cluster's; or set create_vpc_endpoints = false where the VPC has endpoints for ECR \
                       already, or needs none.";
        let missing = |name: &str, what: &str| {
            Diagnostic::error(format!("VPC endpoints need {name}"))
                .detail(format!("create_vpc_endpoints is true, which is its default, and {name} {what}."))
                .fix(format!("Set {name} {way_out}"))
                .at(name)
        };
        if inputs.vpc_id == Known::Now(None) {
            report.push(missing("vpc_id", "is not set"));
        }
        if inputs.private_subnet_ids.now().is_some_and(|subnets| subnets.is_empty()) {
            report.push(missing("private_subnet_ids", "is empty"));
        }
        network_plan::check(inputs, report);
    }
    if let (Known::Now(mode), Known::Now(filters)) =
        (&inputs.image_tag_mutability, &inputs.image_tag_mutability_exclusion_filters)
    {
        repository::check_exclusion(mode, filters, report);
    }
    if let (Known::Now(true), Known::Now(tags)) = (&inputs.prevent_destroy, &inputs.tags) {
        repository::check_lifecycle_tag(tags, report);
    }
    if let Known::Now(Some(patterns)) = &inputs.lifecycle_tag_patterns {
        report.extend(repeated_pattern(patterns, Path::from("lifecycle_tag_patterns")));
    }
    if let (Known::Now(true), Known::Now(platform), Known::Now(Some(mirrors))) =
        (&inputs.generate_idms, &inputs.platform, &inputs.idms_mirrors)
    {
        report.extend(refused_sources(platform.as_deref(), mirrors, "idms_mirrors"));
        report.extend(shadowing(platform.as_deref(), mirrors, "idms_mirrors"));
        report.extend(no_mirrors(platform.as_deref(), mirrors, "idms_mirrors"));
    }
}

/// Reads what the plan depends on, all at once.
pub(super) async fn survey(call: &Call<Aws>, intent: Intent<'_, RosaEcr>) -> Result<Facts, Diagnostics> {
    let renaming = call.declaration().renaming(RosaEcr::TYPE);
    let mut facts = Facts { tags: Some(call.tags().clone()), renaming, ..Facts::default() };
    match intent {
        Intent::Create(inputs) => {
            facts.owner = owner(inputs);
            let (identity, repository, around, profiles, misplaced) = futures::try_join!(
                call.identity(),
                find_repository(call, inputs),
                look(call, inputs),
                pulls::find_roles(call, inputs, None),
                network_plan::misplaced(call, inputs, None),
            )?;
            facts.misplaced = misplaced;
            facts.account = identity.map(|identity| identity.account);
            if let (Some(found), Known::Now(name), Known::Now(Some(region))) =
                (&repository, name(inputs), &inputs.region)
                && facts.owner.owns(repository::COMPONENT, &found.tags)
            {
                let object = repository::object(&name, region);
                let claim = found.mark().claim;
                facts.taking_over = claims::taking_over(call, &object, &found.arn, claim, RosaEcr::TYPE);
            }
            let repository = repository.filter(|found| !call.is_marked_for_replacement(&found.arn));
            (facts.repository, facts.around, facts.profiles) = (repository, around, profiles);
        }
        Intent::Update { prior, inputs, replace } => {
            facts.owner = owner(inputs);
            let replace = replace || renamed(prior, inputs).is_some();
            if replace {
                mark_for_replacement(call, prior);
            }
            let kept = (!replace && network_plan::stays(prior, inputs)).then_some(&prior.inputs);
            let looks = replace || network_plan::depends_on_others(prior, inputs);
            let (identity, images, around, profiles, misplaced) = futures::try_join!(
                call.identity(),
                async { if replace { count_lost_images(call, prior).await } else { Ok(0) } },
                async { if looks { look(call, inputs).await } else { Ok(None) } },
                pulls::find_roles(call, inputs, Some(prior)),
                network_plan::misplaced(call, inputs, kept),
            )?;
            facts.misplaced = misplaced;
            facts.account = identity.map(|identity| identity.account);
            (facts.images, facts.around, facts.profiles) = (images, around, profiles);
        }
        Intent::Delete(prior) => facts.images = count_lost_images(call, prior).await?,
    }
    Ok(facts)
}

/// In whose name the registry is made, as far as that is known.
fn owner(inputs: &RosaEcrPartial) -> Owner {
    match inputs.cluster_name.clone().zip(name(inputs)) {
        Known::Now((cluster, name)) => Owner::of_registry(&registry_owner(&cluster, &name)),
        Known::Later => Owner { cluster: inputs.cluster_name.now().cloned(), registry: None },
    }
}

async fn find_repository(
    call: &Call<Aws>,
    inputs: &RosaEcrPartial,
) -> Result<Option<repository::ObservedRepository>, Diagnostics> {
    let (Known::Now(name), Known::Now(Some(region))) = (name(inputs), &inputs.region) else { return Ok(None) };
    repository::find(call, region, &name).await
}

/// The images that would go with the repository, as far as nobody has agreed to that.
pub(super) async fn count_lost_images(call: &Call<Aws>, prior: &State<RosaEcr>) -> Result<usize, Diagnostics> {
    let inputs = &prior.inputs;
    if inputs.prevent_destroy || inputs.force_delete || prior.outputs.repository_arn.is_none() {
        return Ok(0);
    }
    let region = call.region_of(&inputs.region);
    repository::count_images(call, region, &inputs.name()).await
}

/// Terraform plans a replacement as an update and then as a create, which must not take the old objects for a
/// stranger's.
fn mark_for_replacement(call: &Call<Aws>, prior: &State<RosaEcr>) {
    let outputs = &prior.outputs;
    let endpoints = outputs.own_endpoints();
    for id in outputs.repository_arn.iter().chain(endpoints.values()) {
        call.mark_for_replacement(id);
    }
}

/// The attribute whose change gives the repository another name.
fn renamed(prior: &State<RosaEcr>, inputs: &RosaEcrPartial) -> Option<Path> {
    if name(inputs).now() == Some(&prior.inputs.name()) {
        return None;
    }
    let same = inputs.repository_name.now() == Some(&prior.inputs.repository_name);
    Some(Path::from(if same { "cluster_name" } else { "repository_name" }))
}

/// Completes the plan: outputs, replacement, refusals.
pub(super) fn plan(facts: &Facts, change: &mut Change<RosaEcr>, report: &mut Diagnostics) {
    let renamed = change.prior.as_ref().and_then(|prior| renamed(prior, &change.inputs));
    change.replace.extend(renamed);
    report.extend(facts.taking_over.clone());
    refuse(facts, change, report);
    warn(&change.inputs, report);

    let inputs = &change.inputs;
    let prior = change.prior.as_ref().filter(|_| change.replace.is_empty());
    let account = facts.account.clone().or_else(|| prior.and_then(|prior| prior.outputs.registry_id.clone()));
    let place = Known::from(account.clone()).zip(inputs.region.clone().and_then(Known::from));
    let host = place.clone().map(|(account, region)| Partition::of_region(&region).registry_host(&account, &region));
    let url = host.clone().zip(name(inputs)).map(|(host, name)| format!("{host}/{name}"));
    let arn = place
        .zip(name(inputs))
        .map(|((account, region), name)| Partition::of_region(&region).repository_arn(&account, &region, &name));
    let whole = without_network(inputs);
    let mirrored = match inputs.generate_idms {
        Known::Now(false) => Known::Now(None),
        _ => whole.clone().zip(host.clone()).map(|(whole, host)| whole.idms(&host)),
    };
    let outputs = &mut change.outputs;
    outputs.id = inputs.cluster_name.clone().zip(name(inputs)).map(|(cluster, name)| format!("{cluster}/{name}"));
    outputs.registry_id = Known::from(account).map(Some);
    outputs.ecr_summary =
        whole.zip(url.clone().zip(host.clone())).map(|(whole, (url, host))| Some(EcrSummary::of(&whole, &url, &host)));
    outputs.registry_url = host.map(Some);
    outputs.repository_url = url.map(Some);
    outputs.repository_arn = arn.map(Some);
    outputs.idms_config_path = mirrored.clone().map(|idms| idms.map(|idms| idms.output_path));
    outputs.idms_config_content = mirrored.clone().map(|idms| idms.map(|idms| idms.content()));
    outputs.image_mirrors = mirrored.map(|idms| idms.map(|idms| idms.image_mirrors()));
    outputs.vpc_endpoints_enabled = inputs.create_vpc_endpoints;
    outputs.pull_roles = pulls::planned(&facts.profiles, inputs);
    outputs.drift = Known::Now(Vec::new());
    if change.prior.is_none() || !change.replace.is_empty() {
        (outputs.repository_created_at, outputs.claim) = (Known::Later, Known::Later);
    }
    if change.prior.as_ref().is_some_and(|prior| prior.outputs.repository_arn.is_none()) {
        // A repository that is gone is made again.
        outputs.repository_created_at = Known::Later;
    }
    outputs.tags_all = tags::planned(facts.tags.as_ref(), &inputs.tags, tags::OWN_TAGS_WITH_REGISTRY, report);
    network_plan::plan(facts, change);
    pulls::warn(change, report);
}

/// The inputs with nothing in place of those that neither the repository nor the mirrors depend on, so that a VPC that
/// is made in the same apply hides nothing but itself.
fn without_network(inputs: &RosaEcrPartial) -> Known<RosaEcr> {
    let needed = RosaEcrPartial {
        vpc_id: Known::Now(None),
        private_subnet_ids: Known::Now(Default::default()),
        endpoint_security_group_ids: Known::Now(Default::default()),
        vpc_cidr: Known::Now(None),
        create_vpc_endpoints: Known::Now(false),
        use_existing_endpoints: Known::Now(false),
        additional_endpoints: Known::Now(Default::default()),
        route_table_ids: Known::Now(Default::default()),
        worker_role_names: Known::Now(Default::default()),
        instance_profile_names: Known::Now(Default::default()),
        tags: Known::Now(Tags::new()),
        timeouts: Known::Now(None),
        ..inputs.clone()
    };
    RosaEcr::complete(needed).map_or(Known::Later, Known::Now)
}

/// What must not happen.
fn refuse(facts: &Facts, change: &Change<RosaEcr>, report: &mut Diagnostics) {
    let inputs = &change.inputs;
    let keeps = change.prior.as_ref().filter(|_| change.replace.is_empty());
    report.extend(repository_refusal(facts, inputs));
    let mut provision = network_plan::provision(facts, inputs, keeps);
    if let Some(prior) =
        keeps.filter(|prior| RosaEcr::complete(inputs.clone()).is_ok_and(|inputs| inputs == prior.inputs))
    {
        let (without, reported) = network_plan::without_change(provision, prior);
        report.extend(reported);
        provision = without;
    }
    report.extend(network_plan::refusals(facts, provision));
    if let (Some(prior), Some(cause)) = (&change.prior, change.replace.first()) {
        let protected = prior.inputs.prevent_destroy || inputs.prevent_destroy == Known::Now(true);
        report.extend(replacement_refused(&prior.inputs.name(), protected, facts.images, cause));
    }
    if facts.tags.is_some() {
        report.extend(pulls::without_account(inputs, facts.account.as_deref()));
    }
}

/// What must not be made, seen right before it is.
pub(super) fn refusals(facts: &Facts, inputs: &RosaEcrPartial, provision: Known<Provision>) -> Diagnostics {
    let mut report: Diagnostics = repository_refusal(facts, inputs).into_iter().collect();
    report.extend(network_plan::refusals(facts, provision));
    report
}

fn repository_refusal(facts: &Facts, inputs: &RosaEcrPartial) -> Option<Diagnostic> {
    let (Some(found), Known::Now(name)) = (&facts.repository, name(inputs)) else { return None };
    // As long as it is not known whether it may be taken over, nothing speaks against it.
    let adopt = inputs.adopt_existing != Known::Now(false);
    name_conflict(&facts.owner, found, &name, adopt, Path::from("repository_name"), "rosa_ecr")
}

/// What is allowed and probably not meant.
fn warn(inputs: &RosaEcrPartial, report: &mut Diagnostics) {
    let Known::Now(Some(platform)) = &inputs.platform else { return };
    if platform == HCP && inputs.generate_idms == Known::Now(true) {
        report.push(
            Diagnostic::warning("Image mirrors are commands on ROSA with hosted control planes")
                .detail(
                    "The API server of such a cluster refuses ImageDigestMirrorSet objects (ValidatingAdmissionPolicy \
                     \"mirror\"), so idms_config_content holds `rosa create image-mirror` commands.",
                )
                .fix("Run the file with a shell, or give the output image_mirrors to the rhcs provider.")
                .at("generate_idms"),
        );
    }
    if platform != HCP && inputs.instance_profile_names.now().is_some_and(|names| !names.is_empty()) {
        report.push(
            Diagnostic::warning("Instance profiles on ROSA Classic")
                .detail("platform is \"classic\", where all workers share account-level roles, and instance_profile_names is set.")
                .fix("Name the worker roles in worker_role_names; or set platform = \"hcp\".")
                .at("instance_profile_names"),
        );
    }
}

/// What speaks against a delete.
pub(super) fn plan_delete(facts: &Facts, prior: &State<RosaEcr>, report: &mut Diagnostics) {
    report.extend(not_empty_in_plan(&prior.inputs.name(), facts.images, &facts.renaming));
    pulls::warn_of_delete(prior, report);
}
