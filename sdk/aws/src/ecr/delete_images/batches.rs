//! The deletion itself: in batches, in an order that ECR accepts, with each failure reported by its image.

use aws_sdk_ecr::types::{ImageFailure, ImageFailureCode, ImageIdentifier};
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Progress};

use super::selection::{Target, counted};
use crate::ecr::repository::no_such_repository;
use crate::error::{code, failed};
use crate::provider::Aws;

/// How many identifiers ECR takes in one call (Amazon ECR API Reference, `BatchDeleteImage`, `imageIds`).
const BATCH: usize = 100;

/// Deletes these.
///
/// # Errors
/// If something of it could not be deleted. What can be deleted is deleted nevertheless.
pub(super) async fn delete(
    call: &Call<Aws>,
    region: &str,
    repository: &str,
    targets: Vec<Target>,
    progress: &Progress,
) -> Result<(), Diagnostics> {
    let (mut pending, mut deleted, mut failures) = (targets, Vec::new(), Vec::new());
    let referenced = loop {
        let before = deleted.len();
        let mut referenced = Vec::new();
        for batch in pending.chunks(BATCH) {
            if call.cancelled().is_cancelled() {
                return Err(stopped(repository, &deleted).into());
            }
            let mut failed = send(call, region, repository, batch).await?;
            for target in batch {
                match failed.iter().position(|failure| is_of(failure, target)).map(|at| failed.swap_remove(at)) {
                    None => {
                        progress.tell(past(target));
                        deleted.push(target.clone());
                    }
                    Some(failure) => match failure.failure_code {
                        // Somebody else has deleted it.
                        Some(ImageFailureCode::ImageNotFound) => {}
                        Some(ImageFailureCode::ImageReferencedByManifestList) => referenced.push(target.clone()),
                        _ => failures.push(reported(target, &failure)),
                    },
                }
            }
        }
        // A list that is gone may have been what was in the way of others, which may be lists themselves.
        if referenced.is_empty() || deleted.len() == before {
            break referenced;
        }
        pending = referenced;
    };
    for target in &referenced {
        progress.tell(format!("Did not {target}: a manifest list that stays refers to it"));
    }
    progress.tell(format!("Deleted {} of {repository}", counted(&deleted)));
    if failures.is_empty() { Ok(()) } else { Err(incomplete(repository, &failures).into()) }
}

async fn send(
    call: &Call<Aws>,
    region: &str,
    repository: &str,
    batch: &[Target],
) -> Result<Vec<ImageFailure>, Diagnostics> {
    let ids = batch.iter().map(|target| match target {
        Target::Image { digest, .. } => ImageIdentifier::builder().image_digest(digest).build(),
        Target::Tag { tag, .. } => ImageIdentifier::builder().image_tag(tag).build(),
    });
    let request = call.ecr(region).batch_delete_image().repository_name(repository);
    match request.set_image_ids(Some(ids.collect())).send().await {
        Ok(answer) => Ok(answer.failures.unwrap_or_default()),
        Err(error) if code(&error) == Some("RepositoryNotFoundException") => {
            Err(no_such_repository(repository, region).at("repository").into())
        }
        Err(error) => Err(failed("ecr:BatchDeleteImage", format!("delete images of {repository}"), &error).into()),
    }
}

fn is_of(failure: &ImageFailure, target: &Target) -> bool {
    failure.image_id.as_ref().is_some_and(|id| match target {
        Target::Image { digest, .. } => id.image_digest.as_ref() == Some(digest),
        Target::Tag { tag, .. } => id.image_tag.as_ref() == Some(tag),
    })
}

fn past(target: &Target) -> String {
    let text = target.to_string();
    match text.strip_prefix("delete ") {
        Some(image) => format!("Deleted {image}"),
        None => format!("Removed {}", text.trim_start_matches("remove ")),
    }
}

fn reported(target: &Target, failure: &ImageFailure) -> String {
    let code = failure.failure_code.as_ref().map_or("no code", ImageFailureCode::as_str);
    format!("Could not {target}: {code}, \"{}\".", failure.failure_reason.as_deref().unwrap_or_default())
}

fn incomplete(repository: &str, failures: &[String]) -> Diagnostic {
    Diagnostic::error(format!("Not all images of {repository} were deleted"))
        .detail(failures.join("\n"))
        .fix("What is not named here is deleted. Invoke the action again when the cause is gone.")
}

fn stopped(repository: &str, deleted: &[Target]) -> Diagnostic {
    Diagnostic::error(format!("Stopped deleting images of {repository}"))
        .detail(format!("A stop was requested. Deleted so far: {}.", counted(deleted)))
        .fix("Invoke the action again to delete the others.")
}
