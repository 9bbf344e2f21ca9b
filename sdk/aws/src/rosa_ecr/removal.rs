//! Removing a registry: the repository first, because only it can refuse; then everything else at once.

use futures::future::join_all;
use rosa_ecr_model::{Call, Diagnostics, Failure, Resource as _, State};

use super::RosaEcr;
use super::parts::{Parts, assemble};
use super::planning::count_lost_images;
use super::{network, reading};
use crate::claims;
use crate::ec2::EndpointSecurityGroup;
use crate::ecr::Repository;
use crate::ecr::repository::not_empty;
use crate::iam::PullPolicyAttachment;
use crate::openshift::Idms;
use crate::provider::Aws;

pub(super) async fn delete(call: &Call<Aws>, state: State<RosaEcr>) -> Result<(), Failure<RosaEcr>> {
    let mut parts = reading::observe(call, &state).await?;
    let lost = reading::Lost::of(call, &state);
    if !lost.repository {
        let images = count_lost_images(call, &state).await?;
        if let Some(refusal) = not_empty(&state.inputs.name(), images) {
            return Err(refusal.into());
        }
    }
    lost.let_go(call, &state, &mut parts);
    let own = call.with(call.owned_by(&state.inputs.cluster_name));
    if let Some(repository) = &parts.repository {
        Repository::delete(&own, repository.clone()).await.map_err(|failure| Failure::from(failure.diagnostics))?;
    }
    parts.repository = None;
    parts.lifecycle = None;
    if !lost.endpoints.is_empty()
        && let Some(group) = parts.group.take()
    {
        // The endpoints that stay use it, and whoever holds them needs it, too.
        EndpointSecurityGroup::let_go(&own, &group).await?;
        call.warn(claims::kept(&group.inputs.object()));
    }
    let (network, pulls, idms) = tokio::join!(
        network::remove(&own, &state.inputs, parts.group.take(), std::mem::take(&mut parts.endpoints)),
        release(call, &mut parts.pulls),
        remove_file(&own, parts.idms.take()),
    );
    let (group, endpoints, mut diagnostics) = network;
    diagnostics.extend(pulls);
    diagnostics.extend(idms);
    if !diagnostics.has_errors() {
        return Ok(());
    }
    let left = Parts { group, endpoints, ..parts };
    let account = state.outputs.registry_id.as_deref();
    Err(Failure::with_state(assemble(call, &state.inputs, &left, account, Vec::new()), diagnostics))
}

async fn release(
    call: &Call<Aws>,
    pulls: &mut std::collections::BTreeMap<String, State<PullPolicyAttachment>>,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let releases = std::mem::take(pulls).into_iter().map(|(key, pull)| async move {
        let released = PullPolicyAttachment::delete(call, pull.clone()).await;
        (key, pull, released)
    });
    for (key, pull, released) in join_all(releases).await {
        if let Err(failure) = released {
            diagnostics.extend(failure.diagnostics);
            pulls.insert(key, pull);
        }
    }
    diagnostics
}

async fn remove_file(call: &Call<Aws>, idms: Option<State<Idms>>) -> Diagnostics {
    match idms {
        Some(idms) => Idms::delete(call, idms).await.err().map(|failure| failure.diagnostics).unwrap_or_default(),
        None => Diagnostics::new(),
    }
}
