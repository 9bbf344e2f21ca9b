//! Results are held against their plans: dependents were planned with what was known then, and have it by now.

use std::sync::Arc;

use rosa_ecr_model::{Applied, Diagnostic, Kind, Path, Presence, Secrets, Step, Value, plan};

use crate::conformance;
use crate::provider_instance::AnyContext;

/// What an operation was to do.
pub(crate) struct Conformance<'a> {
    pub kind: &'a Arc<dyn Kind<AnyContext>>,
    pub before: &'a Value,
    pub planned: &'a Value,
    /// The attributes that are secret.
    pub secrets: &'a Secrets,
}

impl Conformance<'_> {
    /// Adds an error for everything in the result that is not as it was planned. The object is as in the result, so
    /// nothing of that is changed, but for what is still unknown: no state can keep that.
    ///
    /// An output that an update was to leave as it was is a warning: a kind whose plan decides nothing promises that of all of its
    /// outputs, without meaning to.
    pub(crate) fn check(&self, applied: &mut Applied) {
        let block = &self.kind.schema().block;
        let mut broken = conformance::of_apply(block, self.planned, &applied.state);
        if !applied.state.is_wholly_known() {
            let unknown = block.names().filter(|name| !applied.state.get(name).is_wholly_known());
            let what = "it is unknown, and nothing is left to be done";
            broken.extend(unknown.map(|name| (Path::from(name), what.to_owned())));
            applied.state = plan::settle(&applied.state);
        }
        applied.diagnostics.extend(broken.iter().map(|(path, what)| self.fault(path, what)).collect::<Vec<_>>());
    }

    fn fault(&self, path: &Path, what: &str) -> Diagnostic {
        let type_name = self.kind.type_name();
        let attribute = match path.steps().first() {
            Some(Step::Attribute(name)) => self.kind.schema().block.attribute(name),
            _ => None,
        };
        let is_secret = matches!(path.steps().first(), Some(Step::Attribute(name)) if self.secrets.has(name));
        let what = if is_secret { "it is secret, and another one than was planned" } else { what };
        let at = if path.steps().is_empty() { "The object".to_owned() } else { format!("`{path}`") };
        let (severity, go_on) = match attribute {
            Some(output) if output.presence == Presence::Computed => {
                let name = output.name.as_ref();
                let is_kept = !self.before.is_null() && self.planned.get(name) == self.before.get(name);
                let go_on = "To go on, run again: the next plan starts from the object as it is.".to_owned();
                (if is_kept { Diagnostic::warning } else { Diagnostic::error }, go_on)
            }
            Some(argument) => {
                let name = &argument.name;
                let go_on = format!(
                    "To go on, give `{name}` the value that the object has, or leave it to the object with \
                     `Options::ignore_changes([\"{name}\"])`."
                );
                (Diagnostic::error as fn(String) -> Diagnostic, go_on)
            }
            None => (Diagnostic::error as fn(String) -> Diagnostic, "To go on, run again.".to_owned()),
        };
        let doing = if self.before.is_null() { "create" } else { "update" };
        severity(format!("{type_name} did something else than it had planned"))
            .detail(format!(
                "{at}: {what}. The {doing} was done, and the object is in the state as it is. What depends on it was planned \
                 with something else. That is a bug of {type_name}, not of the program."
            ))
            .fix(format!("Report it to the authors of {type_name}. {go_on}"))
            .at(path.clone())
    }
}
