//! The operations of what a registry has one of for each prefix, in one form for creation templates and pull through cache rules.

use std::future::Future;

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Failure, Known, Listing, RealObject, Resource, State};

use super::{ByPrefix, Met, changes};
use crate::claims::{self, Mark};
use crate::provider::Aws;
use crate::{region, wait};

/// What a registry has one of for each prefix.
pub(in crate::ecr) trait OnePerPrefix: Resource<Context = Aws> {
    /// As ECR describes it.
    type Observed: Send + Sync;

    /// What it is.
    const SORT: ByPrefix;

    fn prefix(&self) -> &str;

    /// The region that the inputs name.
    fn region(&self) -> &Option<String>;

    /// The prefix of what is there.
    fn observed_prefix(found: &Self::Observed) -> &str;

    /// When it was made, as RFC 3339 has it, which tells it from a later one.
    fn observed_created_at(found: &Self::Observed) -> Option<&str>;

    /// The same in a state.
    fn created_at(outputs: &mut Self::Outputs) -> &mut Option<String>;

    /// The inputs of one that is there, before it is looked at.
    fn existing(prefix: &str, region: Option<String>) -> Self;

    /// Whether one with these inputs is there.
    fn is_met_by(&self, found: &Self::Observed) -> bool;

    /// What a create says of the one that it meets: a warning that it takes it.
    ///
    /// # Errors
    /// If it must not, or cannot.
    fn judged(&self, found: &Self::Observed, met: &Met) -> Result<Diagnostic, Diagnostic>;

    /// The state of what is there, for a resource with these inputs.
    fn observed(&self, call: &Call<Aws>, found: &Self::Observed) -> State<Self>;

    /// What is there for the prefix.
    fn find(
        call: &Call<Aws>,
        region: &str,
        prefix: &str,
    ) -> impl Future<Output = Result<Option<Self::Observed>, Diagnostics>> + Send;

    /// Makes it; `None` if there is one for the prefix.
    fn make(
        &self,
        call: &Call<Aws>,
        region: &str,
    ) -> impl Future<Output = Result<Option<Self::Observed>, Diagnostics>> + Send;

    /// Changes what is there into what is wanted.
    fn change(
        &self,
        call: &Call<Aws>,
        region: &str,
        found: Self::Observed,
    ) -> impl Future<Output = Result<Self::Observed, Diagnostics>> + Send;

    /// Removes it, if it is there.
    fn remove(call: &Call<Aws>, region: &str, prefix: &str) -> impl Future<Output = Result<(), Diagnostics>> + Send;
}

pub(in crate::ecr) fn objects<P: OnePerPrefix>(
    prefix: &Known<String>,
    region: &Known<Option<String>>,
    context: &Aws,
) -> Vec<RealObject> {
    let named = prefix.now().zip(context.planned_region(region));
    named.map(|(prefix, region)| RealObject::new(P::SORT.object(prefix, region))).into_iter().collect()
}

pub(in crate::ecr) async fn create<P: OnePerPrefix>(call: &Call<Aws>, inputs: P) -> Result<State<P>, Failure<P>> {
    match inputs.make(call, call.region_of(inputs.region())).await? {
        Some(made) => match readable(call, &inputs).await {
            Ok(found) => Ok(inputs.observed(call, &found)),
            Err(diagnostics) => Err(Failure::with_state(inputs.observed(call, &made), diagnostics)),
        },
        None => take(call, inputs).await.map_err(Failure::pre_existing),
    }
}

/// One that was made a moment ago may not be readable yet.
async fn readable<P: OnePerPrefix>(call: &Call<Aws>, inputs: &P) -> Result<P::Observed, Diagnostics> {
    let region = call.region_of(inputs.region());
    let what = format!("the {} to be readable", P::SORT.object(inputs.prefix(), region));
    wait::until(call, &what, || P::find(call, region, inputs.prefix())).await
}

/// Takes what is there for the prefix, if it says the same or may be changed.
async fn take<P: OnePerPrefix>(call: &Call<Aws>, inputs: P) -> Result<State<P>, Failure<P>> {
    let found = readable(call, &inputs).await?;
    let met = P::SORT.met(call, inputs.prefix(), call.region_of(inputs.region()));
    call.warn(inputs.judged(&found, &met)?);
    Ok(converge(call, &inputs, found).await?)
}

/// Changes what is there if it says something else than is wanted.
async fn converge<P: OnePerPrefix>(call: &Call<Aws>, inputs: &P, found: P::Observed) -> Result<State<P>, Diagnostics> {
    let region = call.region_of(inputs.region());
    let now = if inputs.is_met_by(&found) { found } else { inputs.change(call, region, found).await? };
    Ok(inputs.observed(call, &now))
}

pub(in crate::ecr) async fn read<P: OnePerPrefix>(
    call: &Call<Aws>,
    mut state: State<P>,
) -> Result<Option<State<P>>, Diagnostics> {
    let (region, prefix) = (call.region_of(state.inputs.region()), state.inputs.prefix());
    let Some(found) = P::find(call, region, prefix).await? else { return Ok(None) };
    let there = observed_mark::<P>(&found);
    let reading = &claims::reading(call, there);
    let created_at = P::created_at(&mut state.outputs).take();
    let recorded = Mark { claim: reading.claim(), unique: created_at.as_deref() };
    if !claims::reads(reading, &P::SORT.object(prefix, region), recorded, there) {
        return Ok(None);
    }
    let mut read = state.inputs.observed(reading, &found);
    // Of a later one that another declaration holds, the state does not take the time.
    if created_at.is_some() {
        *P::created_at(&mut read.outputs) = created_at;
    }
    Ok(Some(read))
}

pub(in crate::ecr) async fn update<P: OnePerPrefix>(
    call: &Call<Aws>,
    mut prior: State<P>,
    inputs: P,
) -> Result<State<P>, Failure<P>> {
    let (region, prefix) = (call.region_of(inputs.region()), inputs.prefix());
    let found = P::find(call, region, prefix).await?.ok_or_else(|| P::SORT.missing(prefix, region))?;
    let is_known = prior.inputs.is_met_by(&found) || inputs.is_met_by(&found);
    let created_at = P::created_at(&mut prior.outputs).take();
    let recorded = Mark { claim: P::claim(&prior), unique: created_at.as_deref() };
    changes(call, &P::SORT.object(prefix, region), recorded, observed_mark::<P>(&found), is_known)?;
    let mut state = converge(call, &inputs, found).await?;
    if call.claim() == P::claim(&prior) {
        // The plan has promised it.
        *P::created_at(&mut state.outputs) = created_at;
    }
    Ok(state)
}

pub(in crate::ecr) async fn delete<P: OnePerPrefix>(call: &Call<Aws>, mut state: State<P>) -> Result<(), Failure<P>> {
    let created_at = P::created_at(&mut state.outputs).take();
    let (region, prefix) = (call.region_of(state.inputs.region()), state.inputs.prefix());
    let Some(found) = P::find(call, region, prefix).await? else { return Ok(()) };
    let recorded = Mark { claim: P::claim(&state), unique: created_at.as_deref() };
    if claims::deletes(call, &P::SORT.object(prefix, region), recorded, observed_mark::<P>(&found)) {
        P::remove(call, region, prefix).await?;
    }
    Ok(())
}

pub(in crate::ecr) async fn import<P: OnePerPrefix>(call: &Call<Aws>, id: &str) -> Result<State<P>, Diagnostics> {
    let (region, prefix) = region::of_import_id(call, id);
    let found = P::find(call, region, prefix).await?.ok_or_else(|| P::SORT.missing(prefix, region))?;
    Ok(P::existing(prefix, Some(region.to_owned())).observed(call, &found))
}

pub(in crate::ecr) async fn probe<P: OnePerPrefix>(
    call: &Call<Aws>,
    inputs: P,
) -> Result<Option<State<P>>, Diagnostics> {
    let found = P::find(call, call.region_of(inputs.region()), inputs.prefix()).await?;
    Ok(found.filter(|found| inputs.is_met_by(found)).map(|found| inputs.observed(call, &found)))
}

/// What a query found in a region, sorted by prefix, at most `limit`.
pub(in crate::ecr) fn listed<P: OnePerPrefix>(
    call: &Call<Aws>,
    region: &str,
    mut found: Vec<P::Observed>,
    limit: Option<usize>,
) -> Vec<Listing<P>> {
    found.sort_by(|one, other| P::observed_prefix(one).cmp(P::observed_prefix(other)));
    let listing = |found: P::Observed| {
        let prefix = P::observed_prefix(&found);
        let state = P::existing(prefix, Some(region.to_owned())).observed(call, &found);
        Listing { display_name: prefix.to_owned(), state }
    };
    found.into_iter().take(limit.unwrap_or(usize::MAX)).map(listing).collect()
}

/// What tells it from others for its prefix. It carries no tags.
fn observed_mark<P: OnePerPrefix>(found: &P::Observed) -> Mark<'_> {
    Mark { claim: None, unique: P::observed_created_at(found) }
}
