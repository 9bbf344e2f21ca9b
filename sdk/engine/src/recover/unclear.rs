//! Messages about a create that an earlier run did not see the end of, if it cannot be found out whether it made an object.

use rosa_ecr_model::{Diagnostic, Diagnostics};
use rosa_ecr_state::Pending;
use time::format_description::well_known::Rfc3339;

use crate::run::context::RunContext;

/// What was looked for, as the kind describes it.
pub(crate) fn details(warnings: &Diagnostics) -> String {
    warnings.iter().map(|warning| &*warning.detail).collect::<Vec<&str>>().join(" ")
}

/// It is created again, or the run is not about it.
pub(crate) fn may_exist(pending: &Pending, sought: &str) -> Diagnostic {
    let name = &pending.resource;
    Diagnostic::warning(format!("\"{name}\" may exist already"))
        .detail(format!(
            "{} If there is one nevertheless, creating it again makes a second one.",
            begun(pending, sought)
        ))
        .fix(format!("Look for it. If it is there, take it into the state before anything else: `import {name} ID`."))
}

/// It would be left behind.
pub(crate) fn left_behind(context: &RunContext<'_>, pending: &Pending, sought: &str) -> Diagnostic {
    let name = &pending.resource;
    let is_declared = context.declaration(name).is_some_and(|declaration| declaration.type_name == pending.type_name);
    let run = match (context.settings.destroy, is_declared) {
        (true, _) => "A destroy deletes what is in the state, and this is not.",
        (false, true) => "The program declares it with another provider configuration.",
        (false, false) => "The program does not declare it any more.",
    };
    let again = if is_declared { "" } else { "declare it again and " };
    Diagnostic::error(format!("\"{name}\" may exist, and would be left behind"))
        .detail(format!("{} {run} Nothing was changed.", begun(pending, sought)))
        .fix(format!(
            "Look for it. If it exists, {again}take it into the state with `import {name} ID`. If it does not, run \
             `state forget {name} --pending`."
        ))
}

fn begun(pending: &Pending, sought: &str) -> String {
    let since = pending.started_at.replace_nanosecond(0).unwrap_or(pending.started_at);
    let since = since.format(&Rfc3339).unwrap_or_default();
    format!("An earlier run began to create it, a {}, at {since}, and did not see the end. {sought}", pending.type_name)
}
