//! Action `rosa_ecr_delete_images`: deletes the images of a repository that it names, and no others.
//!
//! | Calls of ECR (each needs the IAM action of its name) | When |
//! |---|---|
//! | `DescribeImages` | in the plan and at the beginning, page by page |
//! | `BatchDeleteImage` | for 100 images at most, unless `dry_run` is true |
//!
//! A tag that matches is removed, and the image goes with its last tag (Amazon ECR API Reference, `BatchDeleteImage`). So an
//! image that has another tag, which does not match, stays.

mod batches;
mod selection;

use std::collections::BTreeSet;
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Action, Call, Diagnostic, Diagnostics, Known, Page, Progress};

use self::selection::{Selection, Target};
use crate::ecr::images::{self, Sought};
use crate::provider::Aws;
use crate::{page, rules};

/// Deletes images of a repository: those whose tags match a pattern, those without a tag, or both. Nothing else is deleted. The
/// progress names each image that is deleted.
///
/// An image that has matching tags and others loses the matching ones only. An image that a manifest list refers to stays as long as
/// the list does; of a list and its images, the list goes first. An untagged artifact that refers to another image, such as a signature,
/// goes only together with that image. Archived images are left alone.
///
/// What is deleted cannot be brought back: a plan warns, and `dry_run` shows what would be deleted. For what shall happen again and
/// again, `rosa_ecr_lifecycle_policy` is better.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct DeleteImages {
    /// Name of the repository.
    #[attr(check(rules::repository_name))]
    pub repository: String,
    /// Which tags are removed, with the images that have no others: at least one of these is like the tag; `*` stands for anything:
    /// `pr-*`, `*-rc`, `v1.0`.
    #[attr(default = [], each(images::tag_pattern))]
    pub tag_patterns: BTreeSet<String>,
    /// Whether images without a tag are deleted.
    #[attr(default = false)]
    pub untagged: bool,
    /// Only images that were pushed more than this many days ago: 1 or more. Of any age where it is not set.
    #[attr(range(1..=36500))]
    pub older_than_days: Option<i64>,
    /// Whether it only says what it would delete.
    #[attr(default = false)]
    pub dry_run: bool,
    /// Region of the repository; the provider's where it is not set.
    #[attr(check(rules::region))]
    pub region: Option<String>,
}

impl Action for DeleteImages {
    const TYPE: &'static str = "rosa_ecr_delete_images";
    const PAGE: Page = page::repositories(&["delete images by their tags"]);
    type Context = Aws;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:BatchDeleteImage", "ecr:DescribeImages"])
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(patterns), Known::Now(false)) = (&inputs.tag_patterns, &inputs.untagged)
            && patterns.is_empty()
        {
            report.push(
                Diagnostic::error("No images are named")
                    .detail("tag_patterns is empty, and untagged is false.")
                    .fix("Set tag_patterns, such as [\"pr-*\"], or untagged = true. All images are both: [\"*\"] and true.")
                    .at("tag_patterns"),
            );
        }
    }

    async fn plan(call: &Call<Aws>, inputs: &Self) -> Result<(), Diagnostics> {
        if inputs.dry_run {
            return Ok(());
        }
        // The same apply may make the repository.
        let any = images::seek(call, inputs.region(call), &inputs.repository, None, None).await?;
        let targets = if any == Sought::NoRepository { Vec::new() } else { inputs.targets(call).await? };
        if !targets.is_empty() {
            call.warn(
                Diagnostic::warning(format!("Images of {} will be deleted", inputs.repository))
                    .detail(format!("As of now: {}.", selection::named(&targets)))
                    .fix("They cannot be brought back. dry_run = true only shows them."),
            );
        }
        Ok(())
    }

    async fn invoke(call: &Call<Aws>, inputs: Self, progress: &Progress) -> Result<(), Diagnostics> {
        let repository = &inputs.repository;
        let region = inputs.region(call);
        let targets = inputs.targets(call).await?;
        if targets.is_empty() {
            progress.tell(format!("No images of {repository} match"));
        } else if inputs.dry_run {
            targets.iter().for_each(|target| progress.tell(format!("Would {target}")));
            progress.tell(format!("Nothing is deleted: dry_run is true. {} would be", selection::counted(&targets)));
        } else {
            batches::delete(call, region, repository, targets, progress).await?;
        }
        Ok(())
    }
}

impl DeleteImages {
    fn region<'a>(&'a self, call: &'a Call<Aws>) -> &'a str {
        call.region_of(&self.region)
    }

    /// What there is to delete.
    async fn targets(&self, call: &Call<Aws>) -> Result<Vec<Target>, Diagnostics> {
        let selection = Selection {
            tag_patterns: &self.tag_patterns,
            untagged: self.untagged,
            pushed_before: self.older_than_days.map(days_ago),
        };
        let images = images::all(call, self.region(call), &self.repository).await?;
        Ok(selection.of(&images))
    }
}

fn days_ago(days: i64) -> DateTime {
    DateTime::from_secs(DateTime::from(SystemTime::now()).secs() - days * 24 * 60 * 60)
}

#[cfg(test)]
mod tests;
