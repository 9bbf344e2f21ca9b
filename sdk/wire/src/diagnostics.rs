//! Diagnostics.

use rosa_ecr_model::{Diagnostic, Diagnostics, Severity};
use rosa_ecr_proto::tfplugin6::Diagnostic as WireDiagnostic;
use rosa_ecr_proto::tfplugin6::diagnostic::Severity as WireSeverity;

use super::path;

/// Diagnostics in the protocol's form, in their order.
pub fn diagnostics(diagnostics: &Diagnostics) -> Vec<WireDiagnostic> {
    diagnostics.iter().map(diagnostic).collect()
}

fn diagnostic(diagnostic: &Diagnostic) -> WireDiagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => WireSeverity::Error,
        Severity::Warning => WireSeverity::Warning,
    };
    let attribute = path(&diagnostic.path);
    WireDiagnostic {
        severity: severity.into(),
        summary: diagnostic.summary.clone(),
        detail: diagnostic.body(),
        // A path without steps would point at the whole value, which hosts do by themselves if there is none.
        attribute: (!attribute.steps.is_empty()).then_some(attribute),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rosa_ecr_model::Path;

    #[test]
    fn a_diagnostic_keeps_everything_it_says() {
        let error = Diagnostic::error("Bad name").detail("It has a space.").fix("Remove it.").at("name");
        let warning = Diagnostic::warning("Adopted");
        let wire = diagnostics(&[error, warning].into_iter().collect());
        assert_eq!(
            wire,
            [
                WireDiagnostic {
                    severity: WireSeverity::Error.into(),
                    summary: "Bad name".to_owned(),
                    detail: "It has a space.\n\nRemove it.".to_owned(),
                    attribute: Some(path(&Path::from("name"))),
                },
                WireDiagnostic {
                    severity: WireSeverity::Warning.into(),
                    summary: "Adopted".to_owned(),
                    ..WireDiagnostic::default()
                },
            ]
        );
    }
}
