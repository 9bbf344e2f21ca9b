//! Bringing a repository that is there to what is wanted: one of ours that an interrupted apply has left, one that may be
//! taken over, and one that outlives its resource.

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Failure, Path, State};

use super::{
    COMPONENT, Created, ObservedRepository, Repository, calls, count, count_images, encryption_mismatch, find,
    name_conflict, object,
};
use crate::claims;
use crate::provider::Aws;
use crate::tags::{self, Tags};

/// A repository that was made a moment ago may not be readable yet.
async fn find_created(call: &Call<Aws>, inputs: &Repository) -> Result<ObservedRepository, Diagnostics> {
    let region = call.region_of(&inputs.region);
    crate::wait::until(call, &format!("the repository {} to be readable", inputs.name), || {
        find(call, region, &inputs.name)
    })
    .await
}

/// How a repository came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It was made.
    Created,
    /// One of ours was there, as an interrupted create leaves it, or a destroy that keeps it.
    Owned,
    /// Somebody else's was there.
    Foreign,
}

/// Makes the repository, or takes the one of that name, and says which of both it was.
pub(crate) async fn obtain(
    call: &Call<Aws>,
    mut inputs: Repository,
) -> Result<(State<Repository>, Origin), Failure<Repository>> {
    inputs.region.get_or_insert_with(|| call.region().to_owned());
    let wanted = inputs.wanted_tags(call);
    match calls::create(call, call.region_of(&inputs.region), &inputs, &wanted).await? {
        Created::Now(created) => match find_created(call, &inputs).await {
            // ECR may tell the tags only later. They are those that the call has made.
            Ok(found) => Ok((inputs.observed(call, &ObservedRepository { tags: wanted, ..found }), Origin::Created)),
            Err(diagnostics) => Err(Failure::with_state(inputs.observed(call, &created), diagnostics)),
        },
        Created::Exists => adopt(call, inputs).await,
    }
}

/// Takes a repository of that name, if it is ours or may be taken over, and brings it to what is wanted.
async fn adopt(call: &Call<Aws>, inputs: Repository) -> Result<(State<Repository>, Origin), Failure<Repository>> {
    let found = find_created(call, &inputs).await?;
    if found.mark().claim.is_some() && found.mark().claim == call.claim() {
        // The answer to the first attempt of this very create was lost.
        return Ok((inputs.observed(call, &found), Origin::Created));
    }
    claims::created_first(call, &object(&inputs.name, call.region_of(&inputs.region)), found.mark())?;
    let conflict = name_conflict(
        call.owner(),
        &found,
        &inputs.name,
        inputs.adopt_existing,
        Path::from("name"),
        "rosa_ecr_repository",
    );
    if let Some(conflict) = conflict {
        return Err(conflict.into());
    }
    take(call, inputs, found).await.map_err(Failure::pre_existing)
}

/// Takes a repository that may be taken: whatever happens, its images must not be lost by it.
async fn take(
    call: &Call<Aws>,
    inputs: Repository,
    found: ObservedRepository,
) -> Result<(State<Repository>, Origin), Failure<Repository>> {
    if let Some(mismatch) = encryption_mismatch(call.owner(), &inputs, &found) {
        return Err(mismatch.into());
    }
    let images = count_images(call, call.region_of(&inputs.region), &inputs.name).await?;
    let (origin, whose) = match call.owner().owns(COMPONENT, &found.tags) {
        true => (Origin::Owned, "was made by an earlier apply"),
        false => (Origin::Foreign, "existed already"),
    };
    call.warn(
        Diagnostic::warning(format!("The repository {} was taken over", inputs.name))
            .detail(format!("It {whose} and holds {}. Nothing in it was changed.", count(images))),
    );
    let state = converge(call, inputs.observed(call, &found), &inputs, &found.tags).await?;
    Ok((state, origin))
}

/// Changes what differs, one put each. A failure carries what was changed by then.
pub(super) async fn converge(
    call: &Call<Aws>,
    mut state: State<Repository>,
    wanted: &Repository,
    actual_tags: &Tags,
) -> Result<State<Repository>, Failure<Repository>> {
    match put_differences(call, &mut state, wanted, actual_tags).await {
        Ok(()) => Ok(state),
        Err(diagnostics) => Err(Failure::with_state(state, diagnostics)),
    }
}

async fn put_differences(
    call: &Call<Aws>,
    state: &mut State<Repository>,
    wanted: &Repository,
    actual_tags: &Tags,
) -> Result<(), Diagnostics> {
    let (region, wanted_tags) = (call.region_of(&wanted.region).to_owned(), wanted.wanted_tags(call));
    // The mark of a repository that is or was protected is ours, whatever the provider ignores.
    let marks: &[&str] = if state.inputs.prevent_destroy || wanted.prevent_destroy { &[tags::LIFECYCLE] } else { &[] };
    // What is taken over is claimed first: from then on, another declaration lets go of it.
    let is_taken_over = tags::claim_of(actual_tags) != call.claim();
    if is_taken_over {
        calls::retag(call, &region, &state.outputs.arn, actual_tags, &wanted_tags, marks).await?;
    }
    let now = &mut state.inputs;
    let filters = &wanted.image_tag_mutability_exclusion_filters;
    if now.image_tag_mutability != wanted.image_tag_mutability || now.image_tag_mutability_exclusion_filters != *filters
    {
        calls::put_mutability(call, &region, wanted).await?;
        now.image_tag_mutability.clone_from(&wanted.image_tag_mutability);
        now.image_tag_mutability_exclusion_filters.clone_from(filters);
    }
    if now.scan_on_push != wanted.scan_on_push {
        calls::put_scanning(call, &region, wanted).await?;
        now.scan_on_push = wanted.scan_on_push;
    }
    if !is_taken_over {
        calls::retag(call, &region, &state.outputs.arn, actual_tags, &wanted_tags, marks).await?;
    }
    state.outputs.tags_all = call.tags().all(&wanted.tags);
    // What ECR says of the encryption stays: it differs at most in what was left to ECR.
    let now = &mut state.inputs;
    let (encryption_type, kms_key_arn) = (now.encryption_type.take(), now.kms_key_arn.take());
    *now = Repository { encryption_type, kms_key_arn, region: Some(region), ..wanted.clone() };
    Ok(())
}

/// Leaves a protected repository behind, marked so that a later create finds it, and without a claim: it is free.
pub(super) async fn retain(
    call: &Call<Aws>,
    state: &State<Repository>,
    found: &ObservedRepository,
) -> Result<(), Diagnostics> {
    let (region, name) = (call.region_of(&state.inputs.region), &state.inputs.name);
    let mut wanted = found.tags.clone();
    wanted.remove(tags::CLAIM);
    wanted.extend(call.owner().tags(COMPONENT));
    wanted.extend(tags::external());
    calls::retag(call, region, &found.arn, &found.tags, &wanted, &[tags::LIFECYCLE]).await?;
    let images = count_images(call, region, name).await?;
    let force = if images > 0 { " and force_delete = true" } else { "" };
    call.warn(
        Diagnostic::warning(format!("The repository {name} was kept"))
            .detail(format!(
                "prevent_destroy is true: the repository {} stays, with {} and its lifecycle policy. A later create \
                 with the same cluster and name takes it back.",
                found.arn,
                count(images)
            ))
            .fix(format!(
                "To delete it: set prevent_destroy = false{force}, apply, which takes it back, and destroy; or run `aws ecr \
                 delete-repository --region {region} --repository-name {name} --force`."
            )),
    );
    Ok(())
}
