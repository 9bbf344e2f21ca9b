//! What a whole plan must not do.

use rosa_ecr_model::{Diagnostic, Diagnostics};
use rosa_ecr_state::Document;

use crate::changes::Action;
use crate::error::{Error, Result};
use crate::plan::step::{ExecutionPlan, PlannedStep};
use crate::run::planning::Planning;

/// Deletes and replacements of what is protected are refused.
pub(crate) fn protection(context: &Planning<'_>, document: &Document, plans: &ExecutionPlan) -> Result<()> {
    let is_protected = |step: &&PlannedStep| {
        let name = &step.step.resource;
        let goes = step.step.action.is_replacement() || matches!(step.step.action, Action::Delete | Action::Forget);
        let declared = context.declaration(name).map(|declaration| declaration.options.protect);
        goes && declared.unwrap_or_else(|| document.resources.get(name).is_some_and(|stored| stored.options.protect))
    };
    let protected: Vec<&PlannedStep> = plans.steps.iter().filter(is_protected).collect();
    if protected.is_empty() {
        return Ok(());
    }
    let diagnostics = protected.iter().map(|step| {
        let name = &step.step.resource;
        let replaces: Vec<&str> =
            step.step.changes.iter().filter(|change| change.replaces).map(|change| change.attribute.as_str()).collect();
        let what = if step.step.tainted && step.step.action.is_replacement() {
            "The plan replaces it, because it was not wholly made.".to_owned()
        } else if step.step.action.is_replacement() {
            format!("The plan replaces it, because of {}.", replaces.join(", "))
        } else {
            "The plan deletes it.".to_owned()
        };
        Diagnostic::error(format!("\"{name}\" is protected"))
            .detail(what)
            .fix("Leave it as it is, or apply it without `protect` first. Nothing was changed.")
    });
    Err(Error::Protected {
        resources: protected.iter().map(|step| step.step.resource.clone()).collect(),
        diagnostics: diagnostics.collect(),
    })
}

/// A create that takes the object of something that is deleted in the same run would lose it.
pub(crate) fn same_objects(context: &Planning<'_>, document: &Document, plans: &ExecutionPlan) -> Result<()> {
    let mut wrong = Diagnostics::new();
    let of = |action: Action| plans.steps.iter().filter(move |step| step.step.action == action);
    for created in of(Action::Create) {
        let Ok(kind) = context.providers.kind(&created.provider, &created.step.type_name) else { continue };
        let new = kind.identity_of(created.planned.state.value());
        for deleted in of(Action::Delete).filter(|deleted| deleted.step.type_name == created.step.type_name) {
            let Some(stored) = document.resources.get(&deleted.step.resource) else { continue };
            let same = context
                .providers
                .existing(stored)
                .is_ok_and(|old| !new.is_null() && kind.identity_of(old.state.value()) == new)
                && !kind.identity().is_empty()
                && deleted.provider == created.provider;
            if same {
                let (old, new) = (&deleted.step.resource, &created.step.resource);
                wrong.push(
                    Diagnostic::error(format!("\"{new}\" is the same object as \"{old}\""))
                        .detail(format!("The plan makes \"{new}\" and deletes \"{old}\", and both are one object."))
                        .fix(format!(
                            "If \"{old}\" was renamed, declare \"{new}\" with `Options::new().aliases([\"{old}\"])`."
                        )),
                );
            }
        }
    }
    wrong.into_result().map(drop).map_err(Error::Invalid)
}
