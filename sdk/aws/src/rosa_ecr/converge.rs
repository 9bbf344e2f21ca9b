//! Making and changing a registry: every part from what it is to what it shall be, independent parts at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use rosa_ecr_model::{Attributes as _, Call, Diagnostic, Diagnostics, Failure, Intent, Known, Resource, State};

use super::facts::Facts;
use super::parts::{Parts, assemble};
use super::provision::Provision;
use super::surroundings::{Surroundings, look};
use super::{RosaEcr, network, network_plan, planning, pulls, reading};
use crate::claims;
use crate::ec2;
use crate::ecr::repository::{Origin, obtain};
use crate::ecr::{LifecyclePolicy, Repository, lifecycle_policy};
use crate::iam::PullPolicyAttachment;
use crate::openshift::Idms;
use crate::partition::Partition;
use crate::provider::Aws;

pub(super) async fn create(call: &Call<Aws>, mut inputs: RosaEcr) -> Result<State<RosaEcr>, Failure<RosaEcr>> {
    inputs.region.get_or_insert_with(|| call.region().to_owned());
    // What the plan could not know yet is found out before anything is made.
    let wanted = inputs.to_partial();
    let facts = planning::survey(call, Intent::Create(&wanted)).await?;
    let provision = network_plan::provision(&facts, &wanted, None);
    planning::refusals(&facts, &wanted, provision.clone()).into_result()?;
    let pre_existing = facts.has_repository();
    let network = Network::of(provision, facts.around);
    let nothing = RosaEcr { create_vpc_endpoints: false, ..inputs.clone() };
    let created = converge(call, &nothing, inputs.clone(), Parts::default(), network).await;
    // Its images are not to go because something else of the registry could not be made.
    created.map_err(|failure| if pre_existing { failure.pre_existing() } else { failure })
}

pub(super) async fn update(
    call: &Call<Aws>,
    prior: State<RosaEcr>,
    inputs: RosaEcr,
) -> Result<State<RosaEcr>, Failure<RosaEcr>> {
    let own = call.with(call.owned_by_registry(&inputs.owner()));
    let wanted = inputs.to_partial();
    // What is there is known by the claim of before, where the plan takes the registry over with a new one.
    let before = call.clone().claiming(prior.outputs.claim.as_deref().map(Into::into));
    let (now, around) = futures::try_join!(reading::observe(&before, &prior), look(&own, &wanted))?;
    if before.claim() == call.claim()
        && let Some(object) = reading::Lost::of(call, &prior).first(&prior, call)
    {
        return Err(claims::held(&object).into());
    }
    let account = call.identity().await?.map(|identity| identity.account);
    let facts = Facts { account, owner: own.owner().clone(), around, ..Facts::default() };
    let network = Network::of(network_plan::observed(&facts, &wanted, &prior, &now), facts.around);
    let Provision { refusals, faults, .. } = &network.provision;
    refusals.iter().chain(faults).cloned().collect::<Diagnostics>().into_result()?;
    let created_at = prior.outputs.repository_created_at.clone();
    let keeps_repository = now.repository.is_some() && before.claim() == call.claim();
    let mut updated = converge(call, &prior.inputs, inputs, now, network).await?;
    if keeps_repository {
        // The plan has promised it: a state of before has none.
        updated.outputs.repository_created_at = created_at;
    }
    Ok(updated)
}

/// What becomes of the endpoints, and those that are in the VPC.
#[derive(Default)]
struct Network {
    provision: Provision,
    found: Vec<ec2::ObservedEndpoint>,
}

impl Network {
    /// Nothing, if no endpoints are wanted: everything else is known by now.
    fn of(provision: Known<Provision>, around: Option<Surroundings>) -> Self {
        match (provision, around) {
            (Known::Now(provision), Some(around)) => Self { provision, found: around.endpoints },
            _ => Self::default(),
        }
    }
}

async fn converge(
    call: &Call<Aws>,
    before: &RosaEcr,
    wanted: RosaEcr,
    now: Parts,
    plan: Network,
) -> Result<State<RosaEcr>, Failure<RosaEcr>> {
    let own = &call.with(call.owned_by(&wanted.cluster_name));
    // The repository is the registry; its network says which one's it is.
    let network = &call.with(call.owned_by_registry(&wanted.owner()));
    let (registry, network, pulls) = tokio::join!(
        registry(own, &wanted, now.repository, now.lifecycle, now.idms),
        network::converge(network, before, &wanted, now.group, now.endpoints, &plan.found, &plan.provision),
        permissions(own, &wanted, now.pulls),
    );
    let Registry { repository, pre_existing, lifecycle, idms, trouble: mut diagnostics } = registry;
    let (group, endpoints, trouble) = network;
    diagnostics.extend(trouble);
    let (pulls, trouble) = pulls;
    diagnostics.extend(trouble);
    let used = plan.provision.used;
    let parts = Parts { repository, lifecycle, group, endpoints, used, pulls, idms };
    let account = call.identity().await.ok().flatten().map(|identity| identity.account);
    let assembled = |inputs: &RosaEcr| assemble(call, inputs, &parts, account.as_deref(), Vec::new());
    if diagnostics.has_errors() {
        let failure = Failure::with_state(assembled(&as_left(wanted, &parts)), diagnostics);
        return Err(if pre_existing { failure.pre_existing() } else { failure });
    }
    hold_endpoints(call, &wanted, &parts);
    let state = assembled(&wanted);
    // What was asked for is there: in the spelling in which it was asked for.
    Ok(State { inputs: RosaEcr { region: state.inputs.region, ..wanted }, outputs: state.outputs })
}

/// Notes which endpoints the registry holds, where it uses others: those are somebody else's.
fn hold_endpoints(call: &Call<Aws>, wanted: &RosaEcr, parts: &Parts) {
    let (true, Some(vpc)) = (wanted.use_existing_endpoints, &wanted.vpc_id) else { return };
    let own: Vec<_> = parts.endpoints.keys().map(|service| ec2::endpoint_object(service, vpc)).collect();
    call.claims().hold(&own, call.declaration(), call.claim().map(Arc::from).as_ref());
}

/// What was wanted, with the network where it really is: an old one that could not go is still the registry's, and the next
/// plan shows again that it is to go.
fn as_left(wanted: RosaEcr, parts: &Parts) -> RosaEcr {
    let of_endpoint = parts.endpoints.values().next().map(|endpoint| &endpoint.inputs.vpc_id);
    match of_endpoint.or(parts.group.as_ref().map(|group| &group.inputs.vpc_id)) {
        Some(vpc) => RosaEcr { vpc_id: Some(vpc.clone()), create_vpc_endpoints: true, ..wanted },
        None => wanted,
    }
}

/// Brings a part from what it is to what it shall be: nothing is called where nothing differs.
async fn settle<R: Resource<Context = Aws> + PartialEq>(
    call: &Call<Aws>,
    now: Option<State<R>>,
    wanted: Option<R>,
    trouble: &mut Diagnostics,
) -> Option<State<R>> {
    let before = now.clone();
    let settled = match (now, wanted) {
        (None, None) => return None,
        (None, Some(wanted)) => R::create(call, wanted).await.map(Some),
        (Some(now), Some(wanted)) if now.inputs == wanted && R::claim(&now) == call.claim() => return Some(now),
        (Some(now), Some(wanted)) => R::update(call, now, wanted).await.map(Some),
        (Some(now), None) => R::delete(call, now).await.map(|()| None),
    };
    settled.unwrap_or_else(|failure| {
        trouble.extend(failure.diagnostics);
        failure.state.map(|state| *state).or(before)
    })
}

/// The repository and what depends on it.
struct Registry {
    repository: Option<State<Repository>>,
    /// Whether the repository was taken over.
    pre_existing: bool,
    lifecycle: Option<State<LifecyclePolicy>>,
    idms: Option<State<Idms>>,
    trouble: Diagnostics,
}

/// The repository, and then what depends on it.
async fn registry(
    call: &Call<Aws>,
    wanted: &RosaEcr,
    repository: Option<State<Repository>>,
    lifecycle: Option<State<LifecyclePolicy>>,
    idms: Option<State<Idms>>,
) -> Registry {
    let mut trouble = Diagnostics::new();
    let (mut origin, mut pre_existing) = (Origin::Created, false);
    let repository = match repository {
        Some(now) => settle(call, Some(now), Some(wanted.repository(call)), &mut trouble).await,
        None => match obtain(call, wanted.repository(call)).await {
            Ok((made, came)) => {
                (origin, pre_existing) = (came, came != Origin::Created);
                Some(made)
            }
            Err(failure) => {
                pre_existing = failure.pre_existing;
                trouble.extend(failure.diagnostics);
                failure.state.map(|state| *state)
            }
        },
    };
    let Some(there) = &repository else { return Registry { repository, pre_existing, lifecycle, idms, trouble } };
    let region = wanted.place(call);
    let host = Partition::of_region(region).registry_host(&there.outputs.registry_id, region);
    let mut more = Diagnostics::new();
    let mirrors = wanted.idms(&host);
    // A file that was changed by hand has the right inputs and another text.
    let idms_now = idms.filter(|idms| {
        mirrors.is_none()
            || idms.outputs.content == idms.inputs.content()
            || idms.inputs != *mirrors.as_ref().unwrap_or(&idms.inputs)
    });
    let policy = async {
        match origin {
            Origin::Owned | Origin::Foreign if !wanted.lifecycle_policy_enabled => {
                trouble.extend(clear_policy(call, wanted, origin).await.err().into_iter().flatten());
                None
            }
            _ => settle_lifecycle(call, lifecycle, wanted, origin, &mut trouble).await,
        }
    };
    let (lifecycle, idms) = tokio::join!(policy, settle(call, idms_now, mirrors, &mut more));
    trouble.extend(more);
    Registry { repository, pre_existing, lifecycle, idms, trouble }
}

/// The lifecycle policy is the registry's as the repository is: only one that another declaration has put is not replaced.
async fn settle_lifecycle(
    call: &Call<Aws>,
    now: Option<State<LifecyclePolicy>>,
    wanted: &RosaEcr,
    origin: Origin,
    trouble: &mut Diagnostics,
) -> Option<State<LifecyclePolicy>> {
    let settled = async {
        match (&now, wanted.lifecycle(call)) {
            (None, None) => Ok(None),
            (Some(now), Some(wanted)) if now.inputs == wanted => Ok(Some(now.clone())),
            (Some(_), Some(wanted)) => lifecycle_policy::put(call, wanted).await.map(Some),
            (None, Some(wanted)) => {
                if origin != Origin::Created {
                    lifecycle_policy::refuse_held(call, &wanted).await?;
                }
                lifecycle_policy::put(call, wanted).await.map(Some)
            }
            (Some(now), None) => Ok(lifecycle_policy::remove(call, &now.inputs).await.map(|()| None)?),
        }
    };
    settled.await.unwrap_or_else(|failure| {
        trouble.extend(failure.diagnostics);
        now
    })
}

/// A repository that was taken over may have a lifecycle policy where none is wanted. One that the registry has written
/// itself goes; any other one may be there for a reason.
async fn clear_policy(call: &Call<Aws>, wanted: &RosaEcr, origin: Origin) -> Result<(), Diagnostics> {
    let as_enabled = RosaEcr { lifecycle_policy_enabled: true, ..wanted.clone() };
    let Some(inputs) = as_enabled.lifecycle(call) else { return Ok(()) };
    let Some(policy) = LifecyclePolicy::look(call, inputs).await? else { return Ok(()) };
    if origin == Origin::Owned && policy.inputs.untagged_days.is_some() {
        return lifecycle_policy::remove(call, &policy.inputs).await;
    }
    let (name, region) = (wanted.name(), wanted.place(call));
    call.warn(
        Diagnostic::warning(format!("The lifecycle policy of {name} stays"))
            .detail(
                "lifecycle_policy_enabled is false, and the repository was taken over with a lifecycle policy that this \
                 registry has not written. Images go on expiring by it.",
            )
            .fix(format!(
                "If nothing else manages it and images are to stay: `aws ecr delete-lifecycle-policy --region {region} \
                 --repository-name {name}`. To replace it, set lifecycle_policy_enabled = true."
            ))
            .at("lifecycle_policy_enabled"),
    );
    Ok(())
}

/// The pull permissions, one a role, all at once.
async fn permissions(
    call: &Call<Aws>,
    wanted: &RosaEcr,
    mut now: BTreeMap<String, State<PullPolicyAttachment>>,
) -> (BTreeMap<String, State<PullPolicyAttachment>>, Diagnostics) {
    let account = match call.identity().await {
        Ok(identity) => identity.map(|identity| identity.account),
        Err(diagnostics) => return (now, diagnostics),
    };
    if let Some(refusal) = pulls::without_account(&wanted.to_partial(), account.as_deref()) {
        return (now, refusal.into());
    }
    let mut wanted = wanted.pulls(call, account.as_deref());
    let keys: BTreeSet<String> = now.keys().chain(wanted.keys()).cloned().collect();
    let settling = keys.into_iter().map(|key| {
        let (now, wanted) = (now.remove(&key), wanted.remove(&key));
        async move {
            let mut trouble = Diagnostics::new();
            let there = permission(call, now, wanted, &mut trouble).await;
            (key, there, trouble)
        }
    });
    let (mut pulls, mut diagnostics) = (BTreeMap::new(), Diagnostics::new());
    for (key, there, trouble) in join_all(settling.collect::<Vec<_>>()).await {
        pulls.extend(there.map(|there| (key, there)));
        diagnostics.extend(trouble);
    }
    (pulls, diagnostics)
}

/// The pull permission of one role, or of the role that an instance profile has by now.
async fn permission(
    call: &Call<Aws>,
    now: Option<State<PullPolicyAttachment>>,
    wanted: Option<PullPolicyAttachment>,
    trouble: &mut Diagnostics,
) -> Option<State<PullPolicyAttachment>> {
    if let (Some(state), Some(inputs)) = (&now, &wanted) {
        // The inputs show neither that the role is another one nor that something is wrong with the permission.
        let is_off = if state.outputs.attached { PullPolicyAttachment::has_moved(call, state).await } else { Ok(true) };
        match is_off {
            Ok(false) => {}
            Ok(true) => {
                let updated = PullPolicyAttachment::update(call, state.clone(), inputs.clone()).await;
                return updated.map(Some).unwrap_or_else(|failure| {
                    trouble.extend(failure.diagnostics);
                    failure.state.map(|state| *state).or(now)
                });
            }
            Err(diagnostics) => {
                trouble.extend(diagnostics);
                return now;
            }
        }
    }
    settle(call, now, wanted, trouble).await
}
