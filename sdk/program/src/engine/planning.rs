//! The plan: what is done with each resource.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rosa_ecr_model::{Attribute, Diagnostic, Diagnostics, Kind, Path, Planned, Value};

use super::checks;
use super::graph::{self, Graph};
use super::lookups;
use super::objects;
use super::stored::{self, Existing};
use super::world::World;
use crate::changes::{Action, Step, differences};
use crate::host::AnyContext;
use crate::stack::Declaration;
use crate::state::{Document, ResourceState};
use crate::{Error, Result};

/// What a run shall do.
pub(super) struct Plans {
    /// In an order in which it could be done.
    pub steps: Vec<PlannedStep>,
    pub warnings: BTreeMap<String, Diagnostics>,
    /// What each declared resource comes after, and each lookup that is among the steps.
    pub dependencies: Graph<String>,
    /// What the run is about; `None` for everything.
    pub targets: Option<BTreeSet<String>>,
}

/// What is done with one resource.
#[derive(Clone)]
pub(super) struct PlannedStep {
    pub step: Step,
    pub provider: String,
    /// The arguments in full shape, as far as they were known.
    pub config: Value,
    pub planned: Intended,
    /// Whether the object goes without a call.
    pub retain: bool,
}

/// What the plan comes to.
#[derive(Clone, Default)]
pub(super) struct Intended {
    /// Null for a delete.
    pub state: Value,
    pub private: Vec<u8>,
    /// The attributes that are secret.
    pub secrets: BTreeSet<String>,
}

/// A plan with what it says besides. No step: it was looked up, and nothing is left to do.
pub(super) type Said = (Option<PlannedStep>, Diagnostics);

/// Plans all resources of the run.
///
/// # Errors
/// With everything that speaks against it.
pub(super) async fn plan(world: &World<'_>) -> Result<Plans> {
    let dependencies = &world.dependencies;
    let document = world.document().await;
    let targets = world.targets(&document)?;
    let order = graph::order(dependencies).unwrap_or_default();
    let planned: Mutex<BTreeMap<String, Result<Said, Diagnostics>>> = Mutex::default();
    if !world.settings.destroy {
        let mut targeted = dependencies.clone();
        targeted.retain(|name, _| world.is_targeted(name, &targets));
        let plan_one = |name: String| {
            let (planned, document) = (&planned, &document);
            async move {
                let result = match world.lookup(&name) {
                    Some(declaration) => {
                        let waits = {
                            let planned = planned.lock().unwrap_or_else(PoisonError::into_inner);
                            dependencies[&name].iter().any(|other| planned.get(other).is_some_and(is_open))
                        };
                        lookups::plan(world, document, &name, declaration, waits).await
                    }
                    None => plan_declared(world, document, &name).await,
                };
                planned.lock().unwrap_or_else(PoisonError::into_inner).insert(name, result);
                // What comes after is planned nevertheless, so that all errors are told at once.
                true
            }
        };
        graph::walk(&targeted, world.settings.parallel, || world.proceeds(), plan_one).await;
    }
    let mut planned = planned.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut results: Vec<(String, Result<Said, Diagnostics>)> =
        order.iter().filter_map(|name| planned.remove(name).map(|result| (name.clone(), result))).collect();
    for stored in gone(world, &document, &targets) {
        world.proceed()?;
        results.push((stored.name.clone(), plan_delete(world, stored).await));
    }
    // A plan without what was not planned would look like a whole one.
    world.proceed()?;
    let mut plans = Plans { steps: Vec::new(), warnings: BTreeMap::new(), dependencies: Graph::new(), targets };
    let mut wrong = Diagnostics::new();
    let mut of_providers = BTreeSet::new();
    let mut collision = None;
    for (name, result) in results {
        match result {
            Ok((step, warnings)) => {
                if !warnings.is_empty() {
                    plans.warnings.insert(name, world.redact_all(warnings));
                }
                plans.steps.extend(step);
            }
            Err(diagnostics) => {
                for diagnostic in world.redact_all(world.addressed(&name, diagnostics)) {
                    // One who asked a provider in vain is enough.
                    if diagnostic.is_of_provider() && !of_providers.insert(diagnostic.to_string()) {
                        continue;
                    }
                    world.say(Some(&name), &diagnostic);
                    if let (None, Some(owner)) = (&collision, diagnostic.owner()) {
                        collision = Some((name.clone(), owner.to_owned()));
                    }
                    wrong.push(Diagnostic { summary: format!("{name}: {}", diagnostic.summary), ..diagnostic });
                }
            }
        }
    }
    if let Some((resource, owner)) = collision {
        return Err(Error::Collision { resource, owner, diagnostics: wrong, report: Box::default() });
    }
    if wrong.has_errors() {
        return Err(Error::Invalid(wrong));
    }
    let is_left =
        |name: &String| world.lookup(name).is_none() || plans.steps.iter().any(|step| step.step.resource == *name);
    plans.dependencies = graph::contracted(dependencies, is_left);
    order_replacements(world, &document, &mut plans);
    checks::protection(world, &document, &plans)?;
    checks::same_objects(world, &document, &plans)?;
    objects::shared(world, &document, &plans)?;
    Ok(plans)
}

/// Whether what comes after it has to wait: it is going to change, or is not known.
fn is_open(planned: &Result<Said, Diagnostics>) -> bool {
    match planned {
        Ok((step, _)) => step.as_ref().is_some_and(|step| step.step.action != Action::Keep),
        Err(_) => true,
    }
}

/// Where the first secret is that the plan would make; `None` where there is none.
pub(super) fn first_secret(world: &World<'_>, plans: &Plans) -> Option<String> {
    let has_secret = |step: &&PlannedStep| {
        if step.step.action == Action::Read {
            return false;
        }
        let Ok(kind) = world.kind(&step.provider, &step.step.type_name) else { return false };
        let (block, state) = (&kind.schema().block, &step.planned.state);
        // What is not known yet will most likely be something.
        stored::contents(block, state, &step.planned.secrets).has_secrets()
            || step.planned.secrets.iter().any(|name| !state.get(name).is_wholly_known())
    };
    plans.steps.iter().find(has_secret).map(|step| format!("resource/{}", step.step.resource))
}

/// What the state has and the program, or a destroy, has not.
fn gone<'d>(world: &World<'_>, document: &'d Document, targets: &Option<BTreeSet<String>>) -> Vec<&'d ResourceState> {
    let gone = document.resources.values().filter(|stored| {
        (world.settings.destroy || world.declaration(&stored.name).is_none())
            && world.is_targeted(&stored.name, targets)
    });
    gone.collect()
}

async fn plan_declared(world: &World<'_>, document: &Document, name: &str) -> Result<Said, Diagnostics> {
    let Some(declaration) = world.declaration(name) else { unreachable!("only declared resources are planned") };
    let kind = world.kind(&declaration.provider, &declaration.type_name)?;
    let prior = match document.resources.get(name) {
        Some(stored) if stored.type_name != declaration.type_name => {
            return Err(Diagnostic::error(format!("\"{name}\" is of another type by now"))
                .detail(format!(
                    "The state has a {} of that name, and the program a {}.",
                    stored.type_name, declaration.type_name
                ))
                .fix("Give it another name: the old object is then deleted.")
                .into());
        }
        Some(stored) => world.existing(stored)?,
        None => Existing::default(),
    };
    let planned = plan_change(world, &kind, name, declaration, &prior, Replacing::Allowed).await?;
    let secrets = &planned.planned.secrets;
    let state = Existing { value: planned.planned.state.clone(), secrets: secrets.clone(), ..Existing::default() };
    world.publish(name, state);
    let is_secret = |attribute: &str| secrets.contains(attribute) || prior.secrets.contains(attribute);
    let block = &kind.schema().block;
    let changes = match planned.action {
        Action::Keep => Vec::new(),
        _ => differences(block, &prior.value, &planned.planned.state, &planned.replace, &is_secret),
    };
    let step = Step {
        resource: name.to_owned(),
        type_name: declaration.type_name.clone(),
        parent: declaration.options.parent.as_ref().map(|parent| parent.name().to_owned()),
        action: planned.action,
        renamed_from: world.renamed_from(name).await,
        tainted: prior.tainted,
        changes,
        depends_on: Vec::new(),
    };
    let step = PlannedStep {
        step,
        provider: declaration.provider.clone(),
        config: planned.config,
        planned: planned.planned,
        retain: declaration.options.retain,
    };
    Ok((Some(step), planned.warnings))
}

/// The plan of one change.
pub(super) struct PlannedChange {
    pub action: Action,
    pub config: Value,
    pub planned: Intended,
    pub replace: Vec<Path>,
    pub warnings: Diagnostics,
}

/// Whether a change may make a new object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Replacing {
    Allowed,
    /// The plan that was shown says that it is changed in place.
    Refused,
}

/// Plans a create or an update with what is known now.
pub(super) async fn plan_change(
    world: &World<'_>,
    kind: &Arc<dyn Kind<AnyContext>>,
    name: &str,
    declaration: &Declaration,
    prior: &Existing,
    replacing: Replacing,
) -> Result<PlannedChange, Diagnostics> {
    let (config, secrets) = configuration(world, kind, declaration, prior)?;
    let mut warnings = kind.validate(&config).into_result()?;
    let call = world.call(&declaration.provider).await?.map(|call| call.keeping(prior.private.clone()));
    let mut planned = Planned::default();
    // What is tainted is replaced, whatever an update would do.
    if !prior.tainted {
        planned = kind.plan(call.as_ref(), &prior.value, &config).await;
        warnings.extend(planned.diagnostics.clone().into_result()?);
    }
    let replace = planned.replace.clone();
    let (action, planned) = if prior.value.is_null() {
        (Action::Create, planned)
    } else if replace.is_empty() && !prior.tainted {
        (if planned.state == prior.value { Action::Keep } else { Action::Update }, planned)
    } else if replacing == Replacing::Refused {
        let paths: Vec<String> = replace.iter().map(Path::to_string).collect();
        return Err(Diagnostic::error(format!("\"{name}\" would have to be replaced"))
            .detail(format!("The plan was to change it in place. Now that all is known, {} differ.", paths.join(", ")))
            .fix("Run again: the next plan knows.")
            .into());
    } else {
        // A replacement is planned as an update, which found out, and then as a create, which keeps what that has kept.
        let call = call.map(|call| call.keeping(planned.private));
        let created = kind.plan(call.as_ref(), &Value::Null, &config).await;
        warnings.extend(created.diagnostics.clone().into_result()?);
        let side_by_side = kind.coexists() && differ(kind, &prior.value, &created.state);
        let is_first = declaration.options.delete_before_replace || !(declaration.options.retain || side_by_side);
        (if is_first { Action::DeleteThenCreate } else { Action::Replace }, created)
    };
    // What the object has kept of a secret that the program no longer has stays one.
    let block = &kind.schema().block;
    let is_kept = |name: &&String| {
        let kept = planned.state.get(name);
        config.get(name).is_null() && !kept.is_null() && kept == prior.value.get(name)
    };
    let secrets = secrets.into_iter().chain(prior.secrets.iter().filter(is_kept).cloned());
    let secrets = world.secrets(block, &planned.state, secrets, &config);
    let planned = Intended { state: planned.state, private: planned.private, secrets };
    Ok(PlannedChange { action, config, planned, replace, warnings })
}

/// Whether both objects can exist at once, because they are known to be two. Where that is not certain, a create might take
/// the old object for its own.
fn differ(kind: &Arc<dyn Kind<AnyContext>>, prior: &Value, planned: &Value) -> bool {
    let differ = |old: &Value, new: &Value| !old.is_null() && !new.is_null() && new.is_wholly_known() && old != new;
    let (old, new) = (kind.identity_of(prior), kind.identity_of(planned));
    kind.identity().iter().any(|attribute| differ(old.get(attribute.name), new.get(attribute.name)))
        || kind.natural_key().iter().any(|name| differ(prior.get(name), planned.get(name)))
}

/// The arguments in full shape, with what is ignored as it is, and which of them are secret.
fn configuration(
    world: &World<'_>,
    kind: &Arc<dyn Kind<AnyContext>>,
    declaration: &Declaration,
    prior: &Existing,
) -> Result<(Value, BTreeSet<String>), Diagnostics> {
    let (mut config, mut secrets) = world.arguments(&kind.schema().block, declaration)?;
    let block = &kind.schema().block;
    let is_argument = |name: &str| block.attribute(name).is_some_and(Attribute::is_configurable);
    for name in &declaration.options.ignore_changes {
        if !is_argument(name) {
            return Err(Diagnostic::error(format!("\"{name}\" cannot be ignored"))
                .detail(format!("{} has no argument of that name.", declaration.type_name))
                .fix("Correct `ignore_changes`.")
                .into());
        }
    }
    // What a component ignores is no argument of all of its parts.
    let there = declaration.options.ignore_changes_if_there.iter().filter(|name| is_argument(name));
    for name in declaration.options.ignore_changes.iter().chain(there) {
        if let (Value::Map(entries), false) = (&mut config, prior.value.is_null()) {
            entries.insert(name.clone(), prior.value.get(name).clone());
            secrets.extend(prior.secrets.get(name).cloned());
        }
    }
    Ok((config, secrets))
}

async fn plan_delete(world: &World<'_>, stored: &ResourceState) -> Result<Said, Diagnostics> {
    let mut warnings = Diagnostics::new();
    let mut changes = Vec::new();
    if !stored.options.retain {
        let kind = world.kind(&stored.provider, &stored.type_name)?;
        let existing = world.existing(stored)?;
        let call = world.call(&stored.provider).await?.map(|call| call.keeping(existing.private.clone()));
        let planned = kind.plan(call.as_ref(), &existing.value, &Value::Null).await;
        warnings = planned.diagnostics.into_result()?;
        let is_secret = |attribute: &str| existing.secrets.contains(attribute);
        changes = differences(&kind.schema().block, &existing.value, &Value::Null, &[], &is_secret);
    }
    let step = Step {
        resource: stored.name.clone(),
        type_name: stored.type_name.clone(),
        parent: stored.parent.clone(),
        action: if stored.options.retain { Action::Forget } else { Action::Delete },
        renamed_from: None,
        tainted: stored.tainted,
        changes,
        depends_on: stored.dependencies.iter().cloned().collect(),
    };
    let planned = PlannedStep {
        step,
        provider: stored.provider.clone(),
        config: Value::Null,
        planned: Intended::default(),
        retain: stored.options.retain,
    };
    Ok((Some(planned), warnings))
}

/// The delete of an object that was replaced in an earlier run, which did not come to that.
pub(super) fn discarded(stored: &ResourceState) -> Step {
    Step {
        resource: stored.name.clone(),
        type_name: stored.type_name.clone(),
        parent: stored.parent.clone(),
        action: Action::Delete,
        renamed_from: None,
        tainted: stored.tainted,
        changes: Vec::new(),
        depends_on: Vec::new(),
    }
}

/// What is replaced and depends on what is deleted first has to go first itself.
fn order_replacements(world: &World<'_>, document: &Document, plans: &mut Plans) {
    loop {
        let first: BTreeSet<&str> = plans
            .steps
            .iter()
            .filter(|step| step.step.action == Action::DeleteThenCreate)
            .map(|step| step.step.resource.as_str())
            .collect();
        let depends = |step: &&mut PlannedStep, first: &BTreeSet<String>| {
            let stored = document.resources.get(&step.step.resource);
            step.step.action == Action::Replace && stored.is_some_and(|stored| !stored.dependencies.is_disjoint(first))
        };
        let first: BTreeSet<String> = first.into_iter().map(str::to_owned).collect();
        let Some(step) = plans.steps.iter_mut().find(|step| depends(step, &first)) else { break };
        step.step.action = Action::DeleteThenCreate;
    }
    let planned: BTreeSet<String> = plans.steps.iter().map(|step| step.step.resource.clone()).collect();
    for step in &mut plans.steps {
        if let (Some(before), false) = (plans.dependencies.get(&step.step.resource), world.settings.destroy) {
            step.step.depends_on = before.intersection(&planned).cloned().collect();
        }
    }
}
