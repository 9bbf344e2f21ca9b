//! From the group that is there to the one that is wanted.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::IpPermission;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Failure, State};

use super::calls::{self, Changed, ObservedGroup};
use super::refusals::{gone, otherwise_described, taken, too_many_rules, unknown_sources};
use super::rules::{Repair, Sources};
use super::{COMPONENT, EndpointSecurityGroup, EndpointSecurityGroupOutputs};
use crate::claims;
use crate::ec2::tagging;
use crate::provider::Aws;
use crate::wait::{self, Progress};

/// Takes the group of that name, if an earlier apply has left it, and brings it to what is wanted.
pub(super) async fn adopt(
    call: &Call<Aws>,
    inputs: EndpointSecurityGroup,
    allowed: Sources,
) -> Result<State<EndpointSecurityGroup>, Failure<EndpointSecurityGroup>> {
    let name = inputs.known_name();
    let what = format!("the security group {name} to be readable");
    let found = wait::until(call, &what, || calls::find(call, inputs.place(call), &inputs.vpc_id, name)).await?;
    if !call.owner().owns(COMPONENT, &found.tags) {
        return Err(taken(name, &inputs.vpc_id, &found).into());
    }
    if found.mark().claim.is_some() && found.mark().claim == call.claim() {
        // The answer to the first attempt of this very create was lost.
        return converge(call, found, inputs, allowed).await;
    }
    claims::created_first(call, &found.object(), found.mark())?;
    if found.description != inputs.description {
        return Err(otherwise_described(&inputs, &found).into());
    }
    call.warn(Diagnostic::warning(format!("The security group {} was taken over", found.id)).detail(format!(
        "An earlier apply had made it as {} in {} and was interrupted. If another configuration manages it, take it \
             out of one of them.",
        name, inputs.vpc_id
    )));
    converge(call, found, inputs, allowed).await
}

/// Brings a group that is there to what is wanted, and says what it then is.
pub(super) async fn converge(
    call: &Call<Aws>,
    found: ObservedGroup,
    inputs: EndpointSecurityGroup,
    allowed: Sources,
) -> Result<State<EndpointSecurityGroup>, Failure<EndpointSecurityGroup>> {
    let region = inputs.place(call).to_owned();
    let wanted_tags = inputs.wanted_tags(call);
    let (ruled, tagged) = tokio::join!(
        settle_rules(call, &region, &found.id, &allowed),
        tagging::retag(call, &region, &found.id, &found.tags, &wanted_tags),
    );
    let now = match (ruled, tagged) {
        (Ok(now), Ok(())) => now,
        (ruled, tagged) => {
            let state = inputs.observed(call, ruled.as_ref().unwrap_or(&found));
            let diagnostics = [ruled.err(), tagged.err()].into_iter().flatten().flatten().collect::<Diagnostics>();
            return Err(Failure::with_state(state, diagnostics));
        }
    };
    let outputs = EndpointSecurityGroupOutputs {
        allowed_cidr_blocks: allowed.blocks,
        unexpected_rules: BTreeSet::new(),
        tags_all: call.tags().all(&inputs.tags),
        ..inputs.observed(call, &now).outputs
    };
    Ok(State { inputs: EndpointSecurityGroup { region: Some(region), ..inputs }, outputs })
}

/// Removes old rules first, because there is no room for both. If the new ones cannot be added then, the old ones come back.
async fn exchange(
    call: &Call<Aws>,
    region: &str,
    id: &str,
    new: Vec<IpPermission>,
    old: Vec<IpPermission>,
    wanted: usize,
) -> Result<Changed, Diagnostics> {
    if old.is_empty() {
        return Err(too_many_rules(id, wanted).into());
    }
    let revoked = calls::revoke_ingress(call, region, id, old.clone()).await?;
    if revoked != Changed::Now {
        return Ok(revoked);
    }
    let added = calls::authorize_ingress(call, region, id, new).await;
    if matches!(added, Ok(Changed::Now)) {
        return added;
    }
    let restored = calls::authorize_ingress(call, region, id, old).await;
    let mut trouble = match added {
        Ok(Changed::Full) => too_many_rules(id, wanted).into(),
        added => added.err().unwrap_or_default(),
    };
    trouble.extend(restored.err().into_iter().flatten());
    trouble.into_result().map(|_| Changed::Outdated)
}

/// Brings the rules of a group to what is wanted: looks, changes what differs, and looks again where others were faster.
/// Says what was there at the last look.
async fn settle_rules(
    call: &Call<Aws>,
    region: &str,
    id: &str,
    allowed: &Sources,
) -> Result<ObservedGroup, Diagnostics> {
    wait::until(call, &format!("the rules of the security group {id} to be set"), || async {
        // A group that was made a moment ago may not be known everywhere.
        let Some(found) = calls::describe(call, region, id).await? else {
            return Ok(Progress::unless_news_spreads(gone(id)));
        };
        let Repair { authorize, revoke_ingress, revoke_egress } =
            found.rules.repair(&allowed.of_account(&found.owner_id));
        // New rules come before old ones go, so that nobody is locked out in between.
        let ingress = async {
            match calls::authorize_ingress(call, region, id, authorize.clone()).await? {
                Changed::Now => calls::revoke_ingress(call, region, id, revoke_ingress).await,
                Changed::Full => exchange(call, region, id, authorize, revoke_ingress, allowed.count()).await,
                unchanged => Ok(unchanged),
            }
        };
        let (ingress, egress) = tokio::join!(ingress, calls::revoke_egress(call, region, id, revoke_egress));
        Ok(match (ingress?, egress?) {
            (Changed::Now, Changed::Now) => Progress::Done(found),
            (Changed::Unknown, _) if allowed.names_others() => {
                Progress::unless_it_turns_up(unknown_sources(id, allowed))
            }
            _ => Progress::Pending("changed by others".to_owned()),
        })
    })
    .await
}
