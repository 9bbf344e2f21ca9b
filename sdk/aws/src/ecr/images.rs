//! Data source `rosa_ecr_images`: the images of a repository, newest first.
//!
//! | Calls of ECR (each needs the IAM action of its name) | When |
//! |---|---|
//! | `DescribeImages` | always, page by page |
//! | `DescribeImageScanFindings` | once for each image that is given out and whose scan `DescribeImages` does not tell, unless `scan_summary` is false |
//!
//! The present version of basic scanning tells its results only through the second call (Amazon ECR API Reference,
//! `DescribeImages`), so it is made where the first one is silent.

mod calls;
mod selection;

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{Call, DataSource, Diagnostic, Diagnostics, Known, Page, Violation};

pub(super) use calls::newest_tags;
pub(crate) use calls::{Described, Sought, counts, seek};
use selection::Selection;

use crate::provider::Aws;
use crate::{page, region, rules};

/// The images of a repository, newest first. Archived images are left out unless `image_status` asks for them: they cannot be
/// pulled.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Images {
    /// Name of the repository.
    #[attr(check(rules::repository_name))]
    pub repository: String,
    /// Which images: `TAGGED`, `UNTAGGED` or `ANY`.
    #[attr(default = "ANY", one_of("ANY", "TAGGED", "UNTAGGED"))]
    pub tag_status: String,
    /// Only images with a tag like this; `*` stands for anything: `v1.*`, `*-rc`, `latest`.
    #[attr(check(tag_pattern))]
    pub tag_pattern: Option<String>,
    /// Only the image of this digest, `sha256:…`; none if the repository lacks it. Conflicts with all that selects by tags or number.
    #[attr(check(rules::image_digest))]
    pub image_digest: Option<String>,
    /// Images in this state: `ACTIVE`, `ARCHIVED`, `ACTIVATING` (restored from archive, which takes some minutes) or `ANY`.
    #[attr(default = "ACTIVE", one_of("ACTIVE", "ARCHIVED", "ACTIVATING", "ANY"))]
    pub image_status: String,
    /// Only the newest image. Conflicts with `limit`.
    #[attr(default = false)]
    pub most_recent: bool,
    /// At most this many images, the newest ones: 1 or more. All where it is not set.
    #[attr(range(1..))]
    pub limit: Option<i64>,
    /// Whether to look up what scans have found. It may take a call for each image: set it to false where there are
    /// many, or where `ecr:DescribeImageScanFindings` is not allowed.
    #[attr(default = true)]
    pub scan_summary: bool,
    /// The account of the registry; that of the credentials where it is not set. The policy of a repository of another account has
    /// to allow `ecr:DescribeImages`.
    #[attr(check(rules::account))]
    pub registry_id: Option<String>,
    /// Region of the repository; the provider's where it is not set.
    #[attr(computed)]
    pub region: Option<String>,
}

pub(crate) fn tag_pattern(pattern: &str) -> Result<(), Violation> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-*".contains(c);
    if (1..=128).contains(&pattern.len()) && pattern.chars().all(allowed) {
        return Ok(());
    }
    Err(Violation::rule("It has from 1 to 128 letters, digits, '_', '.', '-', and '*', which stands for anything."))
}

/// What is found.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct ImagesOutputs {
    /// The images, newest first.
    #[attr(nested)]
    pub images: Vec<Image>,
}

/// An image.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct Image {
    /// Digest of the manifest: `sha256:…`.
    pub digest: String,
    /// Name for a pull of exactly this image: host, repository and digest.
    pub uri: String,
    /// Its tags, sorted; none for an untagged image.
    pub tags: Vec<String>,
    /// Size in bytes, compressed as in the registry; of a manifest list, that of its largest image.
    pub size_bytes: Option<i64>,
    /// When it was pushed, as in RFC 3339, in UTC.
    pub pushed_at: String,
    /// When a pull of it was last recorded, which is up to 24 hours late; null before the first pull.
    pub last_pulled_at: Option<String>,
    /// Its state: `ACTIVE`, `ARCHIVED` or `ACTIVATING`; null where ECR does not say.
    pub status: Option<String>,
    /// When it was last moved to archive, as in RFC 3339, in UTC; null if it never was.
    pub archived_at: Option<String>,
    /// Media type of the manifest.
    pub media_type: Option<String>,
    /// Media type of what it holds, where it says so.
    pub artifact_media_type: Option<String>,
    /// State of the vulnerability scan, such as `COMPLETE`, `IN_PROGRESS`, `FAILED` or `ACTIVE`; null where there was
    /// none.
    pub scan_status: Option<String>,
    /// When the last scan ended, as in RFC 3339; null where none has.
    pub scan_completed_at: Option<String>,
    /// How many vulnerabilities the last scan found, by severity, such as `CRITICAL`.
    pub scan_findings: BTreeMap<String, i64>,
}

/// All images of a repository but archived ones.
pub(crate) async fn all(call: &Call<Aws>, region: &str, repository: &str) -> Result<Vec<Described>, Diagnostics> {
    let wanted = Images {
        repository: repository.to_owned(),
        tag_status: "ANY".to_owned(),
        tag_pattern: None,
        image_digest: None,
        image_status: "ACTIVE".to_owned(),
        most_recent: false,
        limit: None,
        scan_summary: false,
        registry_id: None,
        region: Some(region.to_owned()),
    };
    calls::describe(call, region, &wanted).await
}

/// The newest of the images, at most that many.
pub(crate) fn newest(images: Vec<Described>, limit: Option<usize>) -> Vec<Described> {
    Selection { tag_pattern: None, limit }.of(images)
}

impl DataSource for Images {
    const TYPE: &'static str = "rosa_ecr_images";
    const PAGE: Page = page::repositories(&["deploy the newest image, or one by its digest"]);
    type Outputs = ImagesOutputs;
    type Context = Aws;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeImageScanFindings", "ecr:DescribeImages"])
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(true), Known::Now(Some(limit))) = (&inputs.most_recent, &inputs.limit) {
            report.push(
                Diagnostic::error("Both most_recent and limit")
                    .detail(format!("most_recent asks for one image, and limit is {limit}."))
                    .fix("Remove one of them.")
                    .at("limit"),
            );
        }
        if let Known::Now(Some(_)) = &inputs.image_digest {
            let beside = [
                ("tag_pattern", matches!(&inputs.tag_pattern, Known::Now(Some(_)))),
                ("limit", matches!(&inputs.limit, Known::Now(Some(_)))),
                ("most_recent", inputs.most_recent == Known::Now(true)),
                ("tag_status", inputs.tag_status.now().is_some_and(|status| status != "ANY")),
            ];
            report.extend(beside.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| {
                Diagnostic::error(format!("Both image_digest and {name}"))
                    .detail("A digest names one image, whatever its tags.")
                    .fix("Remove one of them.")
                    .at(name)
            }));
        }
        if let (Known::Now(status), Known::Now(Some(pattern))) = (&inputs.tag_status, &inputs.tag_pattern)
            && status == "UNTAGGED"
        {
            report.push(
                Diagnostic::error("A pattern for tags of untagged images")
                    .detail(format!("tag_status is \"UNTAGGED\", and tag_pattern is \"{pattern}\"."))
                    .fix("Remove one of them.")
                    .at("tag_pattern"),
            );
        }
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    async fn read(call: &Call<Aws>, inputs: Self) -> Result<ImagesOutputs, Diagnostics> {
        let region = call.region_of(&inputs.region);
        let described = calls::describe(call, region, &inputs).await?;
        let limit = if inputs.most_recent { Some(1) } else { inputs.limit };
        let selection = Selection {
            tag_pattern: inputs.tag_pattern.as_deref(),
            limit: limit.and_then(|limit| usize::try_from(limit).ok()),
        };
        let mut images = selection.of(described);
        if inputs.scan_summary {
            images = calls::scanned(call, region, &inputs, images).await?;
        }
        let images = images.into_iter().map(|image| image.public(region, &inputs.repository));
        Ok(ImagesOutputs { images: images.collect() })
    }
}

#[cfg(test)]
mod tests;
