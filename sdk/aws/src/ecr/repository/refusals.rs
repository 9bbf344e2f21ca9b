//! What a repository refuses, and why: pure rules over what is wanted and what is there.

use rosa_ecr_model::{Diagnostic, Diagnostics, Path, Resource as _, Term, import_command, text};

use super::{COMPONENT, ObservedRepository, Repository};
use crate::ecr::encryption::encryption_of;
use crate::tags::Owner;
use crate::tags::{self, Tags, cluster_of};

/// Why a repository that is there must not be taken; `None` where it may.
pub(crate) fn name_conflict(
    owner: &Owner,
    found: &ObservedRepository,
    name: &str,
    adopt_existing: bool,
    path: Path,
    type_name: &str,
) -> Option<Diagnostic> {
    if owner.owns(COMPONENT, &found.tags) {
        return None;
    }
    let other = cluster_of(&found.tags).filter(|cluster| Some(*cluster) != owner.cluster.as_deref());
    if let Some(cluster) = other {
        return Some(
            Diagnostic::error(format!("The repository {name} belongs to the cluster {cluster}"))
                .detail(format!("{} carries the tag {} = \"{cluster}\".", found.arn, tags::CLUSTER))
                .fix(format!(
                    "Choose another name. If the cluster {cluster} is gone and its repository is to be taken over, \
                     remove that tag from it and set adopt_existing = true."
                ))
                .at(path)
                .collision(cluster),
        );
    }
    if adopt_existing {
        return None;
    }
    let id = match &owner.cluster {
        Some(cluster) if type_name != Repository::TYPE => format!("{cluster}/{name}"),
        _ => name.to_owned(),
    };
    Some(
        Diagnostic::error(format!("The repository {name} exists already"))
            .detail(format!("{} was not made by this resource, so it is left alone.", found.arn))
            .fix(text![
                "To manage it here, import it (`",
                import_command(type_name, id),
                "`) or set adopt_existing = true. To leave it alone, choose another name.",
            ])
            .at(path)
            .collision(&found.arn),
    )
}

/// Why a repository that is there cannot become what is wanted.
pub(crate) fn encryption_mismatch(
    owner: &Owner,
    wanted: &Repository,
    found: &ObservedRepository,
) -> Option<Diagnostic> {
    let encryption = wanted.encryption_type.as_deref().unwrap_or(encryption_of(wanted.kms_key_arn.as_deref()));
    let key = wanted.kms_key_arn.as_ref().filter(|key| found.kms_key_arn.as_ref() != Some(key));
    if encryption == found.encryption_type && key.is_none() {
        return None;
    }
    let there = found.kms_key_arn.as_deref().unwrap_or(&found.encryption_type);
    let wanted_one = wanted.kms_key_arn.as_deref().unwrap_or(encryption);
    let way_out = format!("{}; or choose another name; or delete the repository.", keeping(wanted, found));
    let fix = match owner.owns(COMPONENT, &found.tags) {
        true => text!["If this is to replace it, ", Term::DeleteFirst, format!(". To keep it, {way_out}")],
        false => text![format!("To take it over, {way_out}")],
    };
    Some(
        Diagnostic::error(format!("The repository {} has another encryption", wanted.name))
            .detail(format!(
                "{} is encrypted with {there}, and {wanted_one} is wanted. ECR cannot change that.",
                found.arn
            ))
            .fix(fix)
            .at("kms_key_arn"),
    )
}

/// How to want the encryption that a repository has. `rosa_ecr` has no `encryption_type`.
fn keeping(wanted: &Repository, found: &ObservedRepository) -> String {
    let there = &found.encryption_type;
    let key = found.kms_key_arn.as_ref().map(|key| format!("kms_key_arn = \"{key}\""));
    let has_type = wanted.encryption_type.is_some();
    match (key, there.as_str()) {
        (None, _) if has_type => format!("set encryption_type = \"{there}\" and remove kms_key_arn"),
        (None, _) => "remove kms_key_arn".to_owned(),
        (Some(key), "KMS") if !has_type => format!("set {key}"),
        (Some(key), _) => format!("set encryption_type = \"{there}\" and {key}, which rosa_ecr_repository has"),
    }
}

/// Why a repository must not be replaced; `None` where nothing speaks against it.
pub(crate) fn replacement_refused(name: &str, protected: bool, images: usize, cause: &Path) -> Option<Diagnostic> {
    if protected {
        return Some(
            Diagnostic::error(format!("The repository {name} is protected and would be replaced"))
                .detail(format!("prevent_destroy is true, and a change of {cause} makes a new repository."))
                .fix(format!(
                    "Undo the change of {cause}. Or set prevent_destroy = false, apply that alone, and then make the \
                     change."
                ))
                .at(cause.clone()),
        );
    }
    not_empty(name, images).map(|error| {
        Diagnostic { detail: format!("A change of {cause} makes a new repository. {}", error.detail).into(), ..error }
            .at(cause.clone())
    })
}

/// Why a repository with images is not deleted.
pub(crate) fn not_empty(name: &str, images: usize) -> Option<Diagnostic> {
    (images > 0).then(|| {
        Diagnostic::error(format!("The repository {name} is not empty"))
            .detail(format!("It holds {}, and force_delete is false. Nothing was deleted.", count(images)))
            .fix(text![
                "If it is to be replaced because it is tainted, ",
                Term::Untaint,
                format!(": what is there is completed, and keeps its images. Otherwise: {KEEP_OR_DELETE}"),
            ])
            .at("force_delete")
    })
}

/// The same in the plan of a delete, where the resource may just have been renamed.
pub(crate) fn not_empty_in_plan(name: &str, images: usize, renaming: &str) -> Option<Diagnostic> {
    not_empty(name, images).map(|error| error.fix(format!("{KEEP_OR_DELETE}\n\n{renaming}")))
}

const KEEP_OR_DELETE: &str = "Delete the images. Or set force_delete = true, apply that, and destroy: a destroy reads it from \
                              the state. Or set prevent_destroy = true and apply to keep the repository when the rest is \
                              destroyed.";

pub(crate) fn count(images: usize) -> String {
    if images == 1 { "1 image".to_owned() } else { format!("{images} images") }
}

pub(crate) fn no_such_repository(name: &str, region: &str) -> Diagnostic {
    Diagnostic::error(format!("There is no repository {name} in {region}"))
        .fix("Check the name, and the region and account of the provider.")
}

/// The `Lifecycle` tag is ours while the repository is protected.
pub(crate) fn check_lifecycle_tag(user_tags: &Tags, report: &mut Diagnostics) {
    if user_tags.get(tags::LIFECYCLE).is_some_and(|value| value != tags::EXTERNAL) {
        report.push(
            Diagnostic::error("The tag Lifecycle is taken")
                .detail("prevent_destroy is true: the repository is tagged Lifecycle = \"external\".")
                .fix("Remove Lifecycle from tags, or set prevent_destroy = false.")
                .at(Path::from("tags").key(tags::LIFECYCLE)),
        );
    }
}
