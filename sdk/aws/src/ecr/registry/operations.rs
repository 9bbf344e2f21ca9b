//! The operations of all settings of the account's registry.

use rosa_ecr_model::{Call, Change, Diagnostic, Diagnostics, Failure, Intent, Known, Listing, RealObject, State};

use super::refusals;
use super::setting::{
    Content as _, Found, Place, RegistrySettingFacts, RegistrySettingOutputs, RegistrySettingQuery, Setting,
};
use crate::claims::{self, Mark};
use crate::ecr::document::changed_meanwhile;
use crate::error::{failed, incomplete};
use crate::import_id::{self, Imported};
use crate::provider::Aws;

pub(super) fn objects<S: Setting>(inputs: &S::Partial, context: &Aws) -> Vec<RealObject> {
    let name = S::planned_name(inputs);
    let mut inputs = inputs.clone();
    let region = context.planned_region(S::planned_fields(&mut inputs).region);
    let place = name.now().zip(region).map(|(name, region)| Place { region, name });
    place.map(|place| RealObject::new(S::object(place))).into_iter().collect()
}

pub(super) async fn survey<S: Setting>(
    call: &Call<Aws>,
    intent: Intent<'_, S>,
) -> Result<RegistrySettingFacts, Diagnostics> {
    let account = call.identity().await?.map(|identity| identity.account);
    let Intent::Create(inputs) = intent else { return Ok(RegistrySettingFacts { account, found: None }) };
    let (name, wanted) = (S::planned_name(inputs), S::planned_content(inputs));
    let mut inputs = inputs.clone();
    let fields = S::planned_fields(&mut inputs);
    let (Known::Now(name), Known::Now(Some(region))) = (&name, &*fields.region) else {
        return Ok(RegistrySettingFacts { account, found: None });
    };
    let place = Place { region, name };
    let there = S::get(call, place).await?.filter(|there| S::original(name).as_ref() != Some(there));
    let found = there.map(|there| Found {
        is_wanted: wanted.now().map(|wanted| *wanted == there),
        is_kept: kept::<S>(fields.replaced.now().and_then(Option::as_deref)).map(|kept| kept == there),
        ..found::<S>(call, place, account.as_deref(), &there)
    });
    Ok(RegistrySettingFacts { account, found })
}

/// What a diagnostic says of what is there.
fn found<S: Setting>(call: &Call<Aws>, place: Place<'_>, account: Option<&str>, there: &S::Content) -> Found {
    let id = S::id(account.unwrap_or("<account>"), place.name);
    let is_elsewhere = place.region != call.region();
    Found {
        object: S::object(place),
        text: there.text(),
        is_wanted: Some(false),
        is_kept: None,
        import_id: if is_elsewhere { format!("{id}@{}", place.region) } else { id },
        renaming: call.declaration().renaming(S::TYPE),
    }
}

/// What `replaced` says.
fn kept<S: Setting>(replaced: Option<&str>) -> Option<S::Content> {
    replaced.and_then(S::Content::of_text)
}

pub(super) fn plan<S: Setting>(facts: &RegistrySettingFacts, change: &mut Change<S>, report: &mut Diagnostics) {
    change.outputs.digest = S::planned_content(&change.inputs).map(|content| Some(content.digest()));
    if change.prior.is_some() && change.replace.is_empty() {
        return;
    }
    let name = S::planned_name(&change.inputs);
    let account = Known::from(facts.account.clone());
    change.outputs.id = account.clone().zip(name).map(|(account, name)| S::id(&account, &name));
    change.outputs.registry_id = account;
    change.outputs.claim = Known::Later;
    let fields = S::planned_fields(&mut change.inputs);
    let replaces = facts.found.as_ref().filter(|found| found.is_wanted == Some(false));
    match (&facts.found, &*fields.adopt_existing) {
        (Some(found), _) if found.is_wanted == Some(true) => report.push(refusals::taking_over(found)),
        (Some(found), Known::Now(false)) if found.is_wanted == Some(false) => {
            report.push(refusals::taken(S::TYPE, S::ARGUMENT, found));
        }
        (Some(found), Known::Now(true)) if found.is_wanted == Some(false) => {
            let is_other = found.is_kept == Some(false);
            report.push(if is_other { refusals::another_replaced(found) } else { refusals::adopting(found) });
        }
        _ => {}
    }
    if !fields.replaced.is_now() {
        *fields.replaced = match (&*fields.adopt_existing, replaces) {
            (Known::Now(false), _) => Known::Now(None),
            (Known::Now(true), Some(found)) => Known::Now(Some(found.text.clone())),
            // Something else may put it until the apply, which then adopts it.
            _ => Known::Later,
        };
    }
}

pub(super) async fn create<S: Setting>(call: &Call<Aws>, mut inputs: S) -> Result<State<S>, Failure<S>> {
    let (region, name, wanted) = (region_of(call, &mut inputs), inputs.name().to_owned(), inputs.content());
    let place = Place { region: &region, name: &name };
    let there = S::get(call, place).await?;
    let account = account(call, place.region).await?;
    if there.as_ref() != Some(&wanted) {
        let foreign = there.filter(|there| S::original(&name).as_ref() != Some(there));
        let fields = inputs.fields();
        match (&foreign, &*fields.replaced) {
            (Some(there), _) if !*fields.adopt_existing => {
                let found = found::<S>(call, place, Some(&account), there);
                return Err(refusals::taken(S::TYPE, S::ARGUMENT, &found).into());
            }
            (there, Some(replaced)) if there.as_ref() != kept::<S>(Some(replaced)).as_ref() => {
                return Err(refusals::not_what_was_replaced(&S::object(place)).into());
            }
            (Some(there), None) => *fields.replaced = Some(there.text()),
            _ => {}
        }
        S::put(call, place, Some(&wanted)).await?;
    }
    Ok(state(call, inputs, region, account))
}

/// The state of a setting that says what the inputs say.
fn state<S: Setting>(call: &Call<Aws>, mut inputs: S, region: String, account: String) -> State<S> {
    let outputs = RegistrySettingOutputs {
        id: S::id(&account, inputs.name()),
        registry_id: account,
        digest: Some(inputs.content().digest()),
        claim: call.claim().map(str::to_owned),
    };
    *inputs.fields().region = Some(region);
    State { inputs, outputs }
}

pub(super) async fn read<S: Setting>(call: &Call<Aws>, state: State<S>) -> Result<Option<State<S>>, Diagnostics> {
    let State { mut inputs, mut outputs } = state;
    let (region, name) = (region_of(call, &mut inputs), inputs.name().to_owned());
    let place = Place { region: &region, name: &name };
    let Some(there) = S::get(call, place).await? else { return Ok(None) };
    if outputs.registry_id.is_empty() {
        outputs.registry_id = account(call, place.region).await?;
        outputs.id = S::id(&outputs.registry_id, &name);
    }
    outputs.digest.get_or_insert_with(|| there.digest());
    outputs.claim = claims::reading(call, Mark::default()).claim().map(str::to_owned);
    let mut inputs = if inputs.content() == there { inputs } else { inputs.saying(there) };
    *inputs.fields().region = Some(region);
    Ok(Some(State { inputs, outputs }))
}

pub(super) async fn update<S: Setting>(
    call: &Call<Aws>,
    mut prior: State<S>,
    inputs: S,
) -> Result<State<S>, Failure<S>> {
    let (region, name, wanted) = (region_of(call, &mut prior.inputs), inputs.name().to_owned(), inputs.content());
    let place = Place { region: &region, name: &name };
    let object = S::object(place);
    let there = S::get(call, place).await?;
    claims::changes(call, &object, Mark { claim: prior.outputs.claim.as_deref(), unique: None }, Mark::default())?;
    if there.as_ref() != Some(&wanted) {
        if there.is_some_and(|there| there != prior.inputs.content()) {
            return Err(changed_meanwhile(&object).into());
        }
        S::put(call, place, Some(&wanted)).await?;
    }
    Ok(state(call, inputs, region, prior.outputs.registry_id))
}

pub(super) async fn delete<S: Setting>(call: &Call<Aws>, mut state: State<S>) -> Result<(), Failure<S>> {
    let (region, name) = (region_of(call, &mut state.inputs), state.inputs.name().to_owned());
    let place = Place { region: &region, name: &name };
    let mut before = kept::<S>(state.inputs.fields().replaced.as_deref());
    if let Some(warning) = before.as_ref().and_then(|before| S::not_taken_back(place, before)) {
        call.warn(warning);
        before = None;
    }
    let before = before.or_else(|| S::original(&name));
    let there = S::get(call, place).await?;
    let Some(there) = there.filter(|there| before.as_ref() != Some(there)) else { return Ok(()) };
    let object = S::object(place);
    let recorded = Mark { claim: state.outputs.claim.as_deref(), unique: None };
    if !claims::deletes(call, &object, recorded, Mark::default()) {
        return Ok(());
    }
    let put = state.outputs.digest.unwrap_or_else(|| state.inputs.content().digest());
    if there.digest() != put {
        call.warn(refusals::stays(&object));
        return Ok(());
    }
    Ok(S::put(call, place, before.as_ref()).await?)
}

/// Finds a setting by its import id.
pub(super) async fn import<S: Setting>(
    call: &Call<Aws>,
    imported: Imported,
    id: &str,
) -> Result<State<S>, Diagnostics> {
    let (region, name) = import_id::read(call, imported, id).await?;
    let place = Place { region, name };
    let Some(there) = S::get(call, place).await? else {
        return Err(Diagnostic::error(format!("There is no {}", S::object(place)))
            .detail("None was put, so there is nothing to import.")
            .fix("Declare it, and it is made. Otherwise check the region and account of the provider.")
            .into());
    };
    let account = account(call, place.region).await?;
    Ok(state(call, S::of(name, there), region.to_owned(), account))
}

/// What there is of the settings of these names where the query looks, at most `limit`. What is not set counts `if_unset`.
pub(super) async fn list<S: Setting>(
    call: &Call<Aws>,
    query: &RegistrySettingQuery,
    limit: Option<usize>,
    names: &[&str],
    if_unset: bool,
) -> Result<Vec<Listing<S>>, Diagnostics> {
    let region = call.region_of(&query.region);
    let mut found = Vec::new();
    for &name in names {
        let there = S::get(call, Place { region, name }).await?;
        let there = there.filter(|there| if_unset || S::original(name).as_ref() != Some(there));
        found.extend(there.map(|there| (name, there)));
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let account = account(call, region).await?;
    let listing = |(name, there): (&str, S::Content)| Listing {
        display_name: S::object(Place { region, name }),
        state: state(call, S::of(name, there), region.to_owned(), account.clone()),
    };
    Ok(found.into_iter().take(limit.unwrap_or(usize::MAX)).map(listing).collect())
}

pub(super) async fn probe<S: Setting>(call: &Call<Aws>, mut inputs: S) -> Result<Option<State<S>>, Diagnostics> {
    let (region, name) = (region_of(call, &mut inputs), inputs.name().to_owned());
    let place = Place { region: &region, name: &name };
    if S::get(call, place).await? != Some(inputs.content()) {
        return Ok(None);
    }
    let account = account(call, place.region).await?;
    Ok(Some(state(call, inputs, region, account)))
}

fn region_of<S: Setting>(call: &Call<Aws>, inputs: &mut S) -> String {
    call.region_of(inputs.fields().region).to_owned()
}

/// The account of the registry. ECR tells it if the provider's block forbids to ask STS.
async fn account(call: &Call<Aws>, region: &str) -> Result<String, Diagnostics> {
    if let Some(identity) = call.identity().await? {
        return Ok(identity.account);
    }
    let doing = "find out which account the registry belongs to";
    let described = call.ecr(region).describe_registry().send().await;
    let described = described.map_err(|error| failed("ecr:DescribeRegistry", doing, &error))?;
    described.registry_id.ok_or_else(|| incomplete("ECR", doing).into())
}

#[cfg(test)]
mod tests;
