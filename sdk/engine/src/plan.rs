//! The plan: what is done with each resource.

pub(crate) mod change;
pub(crate) mod checks;
pub(crate) mod discards;
pub(crate) mod lookups;
pub(crate) mod objects;
pub(crate) mod replacing;
pub(crate) mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use rosa_ecr_model::{Diagnostic, Diagnostics, Value};
use rosa_ecr_state::{Document, ResourceState};
use serde_json::Value as Json;

use crate::changes::{Action, AttributeChange, Step};
use crate::error::{Error, Result};
use crate::graph::{self, Graph};
use crate::plan::change::Replacing;
use crate::plan::step::{Discards, ExecutionPlan, PlanOutcome, PlannedState, PlannedStep};
use crate::run::events;
use crate::run::planning::Planning;
use crate::run::renames;
use crate::run::secrecy::Marked;
use crate::run::stored::Existing;

/// Plans all resources of the run. `document` is the state, and `saved` the same with the names that resources had when it was saved.
///
/// # Errors
/// With everything that speaks against it.
pub(crate) async fn plan(context: &Planning<'_>, document: &Document, saved: &Document) -> Result<ExecutionPlan> {
    let dependencies = &context.dependencies;
    let targets = context.targets(document)?;
    let order = graph::order(dependencies).unwrap_or_default();
    let planned: Mutex<BTreeMap<String, Result<PlanOutcome, Diagnostics>>> = Mutex::default();
    if !context.settings.destroy {
        let mut targeted = dependencies.clone();
        targeted.retain(|name, _| context.is_targeted(name, &targets));
        let plan_one = |name: String| {
            let planned = &planned;
            async move {
                let result = match context.lookup(&name) {
                    Some(declaration) => {
                        let waits = {
                            let planned = planned.lock().unwrap_or_else(PoisonError::into_inner);
                            dependencies[&name].iter().any(|other| planned.get(other).is_some_and(is_open))
                        };
                        lookups::plan(context, document, &name, declaration, waits).await
                    }
                    None => plan_declared(context, document, saved, &name).await,
                };
                planned.lock().unwrap_or_else(PoisonError::into_inner).insert(name, result);
                // What comes after is planned nevertheless, so that all errors are reported at once.
                true
            }
        };
        graph::walk(&targeted, context.settings.parallel, || context.proceeds(), plan_one).await;
    }
    let mut planned = planned.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut results: Vec<(String, Result<PlanOutcome, Diagnostics>)> =
        order.iter().filter_map(|name| planned.remove(name).map(|result| (name.clone(), result))).collect();
    for stored in gone(context, document, &targets) {
        context.proceed()?;
        results.push((stored.name.clone(), plan_delete(context, stored).await));
    }
    // A plan without what was not planned would look like a whole one.
    context.proceed()?;
    let mut plans = ExecutionPlan {
        steps: Vec::new(),
        warnings: BTreeMap::new(),
        dependencies: Graph::new(),
        discards: Discards::default(),
        targets,
    };
    let mut wrong = Diagnostics::new();
    let mut of_providers = BTreeSet::new();
    let mut collision = None;
    for (name, result) in results {
        match result {
            Ok((step, warnings)) => {
                if !warnings.is_empty() {
                    plans.warnings.insert(name, context.secrecy.redact_all(warnings));
                }
                plans.steps.extend(step);
            }
            Err(diagnostics) => {
                for diagnostic in context.secrecy.redact_all(events::addressed(&name, diagnostics)) {
                    // One failed question to a provider is enough.
                    if diagnostic.is_of_provider() && !of_providers.insert(diagnostic.to_string()) {
                        continue;
                    }
                    context.events.report(Some(&name), &diagnostic);
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
        |name: &String| context.lookup(name).is_none() || plans.steps.iter().any(|step| step.step.resource == *name);
    plans.dependencies = graph::contracted(dependencies, is_left);
    order_replacements(context, document, &mut plans);
    plans.discards = discards::discards(document, &plans);
    for (name, warning) in plans.discards.warnings() {
        plans.warnings.entry(name).or_default().push(warning);
    }
    checks::protection(context, document, &plans)?;
    checks::same_objects(context, document, &plans)?;
    objects::shared(context, document, &plans)?;
    Ok(plans)
}

/// Whether what comes after it has to wait: it is going to change, or is not known.
fn is_open(planned: &Result<PlanOutcome, Diagnostics>) -> bool {
    match planned {
        Ok((step, _)) => step.as_ref().is_some_and(|step| step.step.action != Action::Keep),
        Err(_) => true,
    }
}

/// What the state has and the program, or a destroy, has not.
fn gone<'d>(
    context: &Planning<'_>,
    document: &'d Document,
    targets: &Option<BTreeSet<String>>,
) -> Vec<&'d ResourceState> {
    let gone = document.resources.values().filter(|stored| {
        (context.settings.destroy || context.declaration(&stored.name).is_none())
            && context.is_targeted(&stored.name, targets)
    });
    gone.collect()
}

async fn plan_declared(
    context: &Planning<'_>,
    document: &Document,
    saved: &Document,
    name: &str,
) -> Result<PlanOutcome, Diagnostics> {
    let Some(declaration) = context.declaration(name) else { unreachable!("only declared resources are planned") };
    let kind = context.providers.kind(&declaration.provider, &declaration.type_name)?;
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
        Some(stored) => context.providers.existing(stored)?,
        None => Existing::default(),
    };
    let planned = change::plan_change(context, &kind, name, declaration, &prior, Replacing::Allowed).await?;
    let state = &planned.planned.state;
    context.values.set_resolved(name, state);
    let mut changes = match planned.action {
        Action::Keep => Vec::new(),
        _ => prior.state.differences(state, &kind.schema().block, &planned.replace),
    };
    if prior.is_of_another(&declaration.provider) {
        changes.insert(0, moved(&prior.provider, &declaration.provider));
    }
    let step = Step {
        resource: name.to_owned(),
        type_name: declaration.type_name.clone(),
        parent: declaration.options.parent.as_ref().map(|parent| parent.name().to_owned()),
        action: planned.action,
        renamed_from: renames::old_name(context.stack, saved, name),
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

async fn plan_delete(context: &Planning<'_>, stored: &ResourceState) -> Result<PlanOutcome, Diagnostics> {
    let mut warnings = Diagnostics::new();
    let mut changes = Vec::new();
    if !stored.options.retain {
        let kind = context.providers.kind(&stored.provider, &stored.type_name)?;
        let existing = context.providers.existing(stored)?;
        warnings = change::plan_removal(context, &stored.type_name, &existing).await?;
        changes = existing.state.differences(&Marked::default(), &kind.schema().block, &[]);
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
        planned: PlannedState::default(),
        retain: stored.options.retain,
    };
    Ok((Some(planned), warnings))
}

/// That an object gets another provider configuration, which makes a new one, as the plan shows it.
fn moved(old: &str, new: &str) -> AttributeChange {
    AttributeChange {
        attribute: "provider".to_owned(),
        before: Json::from(old),
        after: Json::from(new),
        unknown: false,
        replaces: true,
        secret: false,
    }
}

/// The delete of an object that was replaced in an earlier run, which did not come to that.
pub(crate) fn discarded(stored: &ResourceState) -> Step {
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
fn order_replacements(context: &Planning<'_>, document: &Document, plans: &mut ExecutionPlan) {
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
        if let (Some(before), false) = (plans.dependencies.get(&step.step.resource), context.settings.destroy) {
            step.step.depends_on = before.intersection(&planned).cloned().collect();
        }
    }
}
