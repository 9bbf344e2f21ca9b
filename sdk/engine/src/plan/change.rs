//! The plan of one change: whether an object is kept, changed in place, or replaced, and in which order then.

use std::sync::Arc;

use rosa_ecr_model::{Attribute, Diagnostic, Diagnostics, Kind, Path, Planned, Secrets, Value};

use crate::changes::Action;
use crate::plan::replacing;
use crate::plan::step::PlannedState;
use crate::provider_instance::AnyContext;
use crate::run::planning::Planning;
use crate::run::secrecy::Marked;
use crate::run::stored::Existing;
use crate::stack::Declaration;

/// The plan of one change.
pub(crate) struct PlannedChange {
    pub action: Action,
    pub config: Value,
    pub planned: PlannedState,
    pub replace: Vec<Path>,
    pub warnings: Diagnostics,
}

/// Whether a change may make a new object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replacing {
    Allowed,
    /// In the plan that was shown it is changed in place.
    Refused,
}

/// Plans a create or an update with what is known now.
///
/// An object of another provider configuration is replaced, whatever its attributes are: what the state has of it holds
/// in its own configuration alone, so the other one is asked for the plan of a create and sees nothing of it.
pub(crate) async fn plan_change(
    context: &Planning<'_>,
    kind: &Arc<dyn Kind<AnyContext>>,
    name: &str,
    declaration: &Declaration,
    prior: &Existing,
    replacing: Replacing,
) -> Result<PlannedChange, Diagnostics> {
    let is_moved = prior.is_of_another(&declaration.provider);
    let arguments = context.arguments(&kind.schema().block, declaration)?;
    let (config, secrets) = configuration(kind, declaration, &arguments, prior)?;
    // What is planned may quote what the object has and what it shall have, and so may the messages about the plan.
    let block = &kind.schema().block;
    let mark = |planned: &Planned, secrets: &Secrets| {
        context.secrecy.mark(block, planned.state.clone(), secrets, &[&arguments, &prior.state])
    };
    let mut warnings = kind.validate(&config).into_result()?;
    let call = context.providers.call_of(name, &declaration.provider).await?;
    let call = call.map(|call| if is_moved { call } else { call.keeping(prior.private.clone()) });
    let mut planned = Planned::default();
    if is_moved {
        if !declaration.options.retain {
            warnings.extend(plan_removal(context, &declaration.type_name, prior).await?);
        }
    } else if !prior.tainted {
        // What is tainted is replaced, whatever an update would do.
        planned = kind.plan(call.as_ref(), prior.state.value(), &config).await;
        mark(&planned, &secrets);
        warnings.extend(planned.diagnostics.clone().into_result()?);
    }
    let replace = planned.replace.clone();
    let (action, planned) = if prior.state.value().is_null() {
        (Action::Create, planned)
    } else if replace.is_empty() && !prior.tainted && !is_moved {
        (if planned.state == *prior.state.value() { Action::Keep } else { Action::Update }, planned)
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
        mark(&created, &secrets);
        warnings.extend(created.diagnostics.clone().into_result()?);
        let side_by_side = replacing::side_by_side(kind.descriptor(), prior.state.value(), &created.state);
        let is_first = declaration.options.delete_before_replace || !(declaration.options.retain || side_by_side);
        (if is_first { Action::DeleteThenCreate } else { Action::Replace }, created)
    };
    // What the object has kept of a secret that the program no longer has stays one.
    let is_kept = |name: &str| {
        let kept = planned.state.get(name);
        config.get(name).is_null() && !kept.is_null() && kept == prior.state.value().get(name)
    };
    let kept = block.names().filter(|name| prior.state.secrets().has(name) && is_kept(name));
    let secrets = secrets.into_iter().chain(kept.map(Path::from)).collect();
    let planned = PlannedState { state: mark(&planned, &secrets), private: planned.private };
    Ok(PlannedChange { action, config, planned, replace, warnings })
}

/// The warnings about the delete of an object, by the provider configuration that the state records.
pub(crate) async fn plan_removal(
    context: &Planning<'_>,
    type_name: &str,
    existing: &Existing,
) -> Result<Diagnostics, Diagnostics> {
    let kind = context.providers.kind(&existing.provider, type_name)?;
    let call = context.providers.call(&existing.provider).await?.map(|call| call.keeping(existing.private.clone()));
    kind.plan(call.as_ref(), existing.state.value(), &Value::Null).await.diagnostics.into_result()
}

/// The arguments in full shape, with what is ignored as it is, and which of them are secret.
fn configuration(
    kind: &Arc<dyn Kind<AnyContext>>,
    declaration: &Declaration,
    arguments: &Marked,
    prior: &Existing,
) -> Result<(Value, Secrets), Diagnostics> {
    let block = &kind.schema().block;
    let (mut config, mut secrets) = (arguments.value().clone(), arguments.secrets().clone());
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
        if let (Value::Map(entries), false) = (&mut config, prior.state.value().is_null()) {
            entries.insert(name.clone(), prior.state.value().get(name).clone());
            if prior.state.secrets().has(name) {
                secrets.extend([Path::from(name.as_str())]);
            }
        }
    }
    Ok((config, secrets))
}
