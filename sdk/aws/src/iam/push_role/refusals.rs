//! Roles of the same name that are in the way.

use rosa_ecr_model::{Diagnostic, Resource as _, import_command, text};

use super::PushRole;
use super::calls::ObservedPushRole;
use crate::iam::role_trust::Trust;
use crate::tags;

pub(super) fn taken(found: &ObservedPushRole) -> Diagnostic {
    let name = found.arn.rsplit('/').next().unwrap_or_default();
    let cluster = tags::cluster_of(&found.tags);
    let whose = match cluster {
        Some(cluster) => format!("was made for the cluster {cluster}"),
        None => "was not made by this resource".to_owned(),
    };
    let fix = if Trust::of(&found.trust_policy).is_empty() {
        "Choose another name: neither service accounts nor principals that it names may have that role, so it is none that this \
         resource manages."
            .into()
    } else {
        text![
            "To manage it here, import it: ",
            import_command(PushRole::TYPE, name),
            ". To leave it alone, choose another name.",
        ]
    };
    Diagnostic::error(format!("The role {name} exists already"))
        .detail(format!("{} {whose}, so it is left alone.", found.arn))
        .fix(fix)
        .at("name")
        .collision(cluster.unwrap_or(&found.arn))
}

/// A role that was made from the prefix for the same purpose, and is for another one by now.
pub(super) fn prefix_taken(found: &ObservedPushRole) -> Diagnostic {
    Diagnostic::error("Another role was made from that prefix for the same purpose")
        .detail(format!(
            "{} had the trust and the repositories of this resource when it was made, and has others by now. It belongs to another \
             declaration, and is left alone.",
            found.arn
        ))
        .fix("Choose another name_prefix, or set name.")
        .at("name_prefix")
}

pub(super) fn elsewhere(found: &ObservedPushRole, path: &str) -> Diagnostic {
    Diagnostic::error("An earlier apply has left the role at another path")
        .detail(format!("{} is there, and its path is to be \"{path}\", which IAM cannot change.", found.arn))
        .fix("Delete that role, or set path to what it has.")
        .at("path")
}
