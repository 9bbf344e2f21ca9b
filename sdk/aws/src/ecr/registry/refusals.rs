//! Diagnostics about a setting that something else has put, or that was changed meanwhile.

use rosa_ecr_model::{Diagnostic, import_command, text};

use super::setting::Found;

/// Why a setting must not be put over one that something else has put there.
pub(super) fn taken(type_name: &str, argument: &'static str, found: &Found) -> Diagnostic {
    let Found { object, text: there, import_id, .. } = found;
    Diagnostic::error(format!("There is another {object} already"))
        .detail(format!("It was not put there by this resource, so it is left alone. It says: {there}"))
        .fix(text![
            "To manage it here, import it: ",
            import_command(type_name, import_id),
            ". The next plan then shows what changes. To replace it, and to have it back after a destroy, set adopt_existing = true.",
        ])
        .at(argument)
        .collision(format!("the {object}"))
}

/// Says in a plan that a create replaces what is there.
pub(super) fn adopting(found: &Found) -> Diagnostic {
    Diagnostic::warning(format!("The {} is replaced", found.object))
        .detail(format!("adopt_existing is true. It says now: {}", found.text))
        .fix("It is kept in `replaced`, and a destroy puts it back.")
}

/// Says in a plan that a create finds what it wants.
pub(super) fn taking_over(found: &Found) -> Diagnostic {
    Diagnostic::warning(format!("The {} exists and is taken over", found.object))
        .detail(
            "It says what this resource wants. An interrupted apply has put it, or something else; or another declaration holds \
             it, which then lets go of it. What was there before it is not known: a destroy leaves what AWS has where nothing is \
             set, unless `replaced` says what to put back. If an interrupted apply has replaced something, its plan has shown what.",
        )
        .fix(&*found.renaming)
}

/// Why a setting was not put: what it replaces is not what the plan has seen.
pub(super) fn not_what_was_replaced(object: &str) -> Diagnostic {
    Diagnostic::error(format!("The {object} was changed meanwhile"))
        .detail("It does not say what `replaced` says: something else has put it since. It was left as it is.")
        .fix("Plan again: the plan shows the difference.")
}

/// Says that a create replaces something else than `replaced` has.
pub(super) fn another_replaced(found: &Found) -> Diagnostic {
    Diagnostic::error(format!("The {} is not what `replaced` says", found.object))
        .detail(format!("A destroy would not put back what is there now. It says: {}", found.text))
        .fix("Remove `replaced`: it is filled in with what is there.")
        .at("replaced")
}

/// Says that a destroy leaves a setting as it is.
pub(super) fn stays(object: &str) -> Diagnostic {
    Diagnostic::warning(format!("The {object} was not changed back")).detail(
        "It says something else than this resource has put: something else has put it since. It stays as it is.",
    )
}
