//! The calls of ECR's API for images.

use std::collections::BTreeMap;

use aws_sdk_ecr::types::{
    DescribeImagesFilter, FindingSeverity, ImageDetail, ImageIdentifier, ImageStatusFilter, TagStatus,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rosa_ecr_model::{Call, Diagnostics};

use super::{Image, Images};
use crate::ecr::repository::no_such_repository;
use crate::error::{code, failed};
use crate::partition::Partition;
use crate::provider::Aws;

/// How many scans are asked for at once.
const AT_ONCE: usize = 8;

/// Images of a page, at most: what ECR allows.
const LARGEST_PAGE: i32 = 1000;

/// An image as ECR describes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Described {
    pub registry_id: String,
    pub digest: String,
    pub tags: Vec<String>,
    pub size_bytes: Option<i64>,
    pub pushed_at: DateTime,
    pub last_pulled_at: Option<DateTime>,
    pub status: Option<String>,
    pub archived_at: Option<DateTime>,
    pub media_type: Option<String>,
    pub artifact_media_type: Option<String>,
    /// Digest of the image that it refers to, as a signature does.
    pub subject: Option<String>,
    /// `None` where nothing is known of a scan.
    pub scan: Option<Scan>,
}

/// What is known of a vulnerability scan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scan {
    status: Option<String>,
    completed_at: Option<DateTime>,
    findings: BTreeMap<String, i64>,
}

/// By hand, because times have no default.
impl Default for Described {
    fn default() -> Self {
        Self {
            registry_id: String::new(),
            digest: String::new(),
            tags: Vec::new(),
            size_bytes: None,
            pushed_at: DateTime::from_secs(0),
            last_pulled_at: None,
            status: None,
            archived_at: None,
            media_type: None,
            artifact_media_type: None,
            subject: None,
            scan: None,
        }
    }
}

impl Described {
    /// Whether it is a list of other images, one for each platform.
    ///
    /// Source: OCI image specification, "Image Index"; Docker's image manifest version 2, schema 2, "Manifest List".
    pub(crate) fn is_manifest_list(&self) -> bool {
        let list =
            ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];
        self.media_type.as_deref().is_some_and(|media_type| list.contains(&media_type))
    }

    /// What users see of it.
    pub(super) fn public(self, region: &str, repository: &str) -> Image {
        let host = Partition::of_region(region).registry_host(&self.registry_id, region);
        let scan = self.scan.unwrap_or(Scan { status: None, completed_at: None, findings: BTreeMap::new() });
        Image {
            uri: format!("{host}/{repository}@{}", self.digest),
            digest: self.digest,
            tags: self.tags,
            size_bytes: self.size_bytes,
            pushed_at: text(self.pushed_at),
            last_pulled_at: self.last_pulled_at.map(text),
            status: self.status,
            archived_at: self.archived_at.map(text),
            media_type: self.media_type,
            artifact_media_type: self.artifact_media_type,
            scan_status: scan.status,
            scan_completed_at: scan.completed_at.map(text),
            scan_findings: scan.findings,
        }
    }
}

fn text(time: DateTime) -> String {
    // Times that no calendar has come from no registry.
    time.fmt(Format::DateTime).unwrap_or_default()
}

/// The images that are asked for, as far as ECR selects them.
pub(super) async fn describe(call: &Call<Aws>, region: &str, wanted: &Images) -> Result<Vec<Described>, Diagnostics> {
    let repository = wanted.repository.as_str();
    let doing = format!("list the images of {repository}");
    let request = call.ecr(region).describe_images().repository_name(repository);
    let request = request.set_registry_id(wanted.registry_id.clone());
    let filter = DescribeImagesFilter::builder();
    // Without it ECR gives the active ones.
    let status = Some(wanted.image_status.as_str()).filter(|status| *status != "ACTIVE");
    let filter = filter.set_image_status(status.map(ImageStatusFilter::from));
    let request = match &wanted.image_digest {
        Some(digest) => {
            let id = ImageIdentifier::builder().image_digest(digest).build();
            request.image_ids(id).set_filter(status.is_some().then(|| filter.build()))
        }
        None => request.filter(filter.tag_status(TagStatus::from(wanted.tag_status.as_str())).build()),
    };
    let mut items = request.into_paginator().items().send();
    let mut images = Vec::new();
    while let Some(item) = items.next().await {
        match item {
            Err(error) if code(&error) == Some("RepositoryNotFoundException") => {
                return Err(no_such_repository(repository, region).at("repository").into());
            }
            Err(error) if code(&error) == Some("ImageNotFoundException") && wanted.image_digest.is_some() => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(failed("ecr:DescribeImages", doing, &error).into()),
            Ok(item) => images.push(described(item, &doing)?),
        }
    }
    Ok(images)
}

/// The tags of the image that was pushed last: none without an image, and `None` if the credentials may not list images. That
/// there is no repository is for others to say.
pub(in crate::ecr) async fn newest_tags(
    call: &Call<Aws>,
    region: &str,
    registry: Option<&str>,
    repository: &str,
) -> Result<Option<Vec<String>>, Diagnostics> {
    let doing = format!("look for the newest image of {repository}");
    let request = call.ecr(region).describe_images().repository_name(repository);
    let request = request.set_registry_id(registry.map(str::to_owned));
    let mut items = request.into_paginator().page_size(LARGEST_PAGE).items().send();
    let mut newest: Option<Described> = None;
    while let Some(item) = items.next().await {
        match item {
            Ok(item) => {
                let image = described(item, &doing)?;
                let is_newer = |there: &Described| (image.pushed_at, &there.digest) > (there.pushed_at, &image.digest);
                if newest.as_ref().is_none_or(is_newer) {
                    newest = Some(image);
                }
            }
            Err(error) if code(&error) == Some("RepositoryNotFoundException") => return Ok(Some(Vec::new())),
            Err(error) if code(&error) == Some("AccessDeniedException") => return Ok(None),
            Err(error) => return Err(failed("ecr:DescribeImages", doing, &error).into()),
        }
    }
    Ok(Some(newest.map(|image| image.tags).unwrap_or_default()))
}

/// Where a look for one image ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sought {
    NoRepository,
    NoImage,
    /// The image's digest.
    Image(String),
}

/// The image that a tag or a digest names, or, without either, any image.
pub(crate) async fn seek(
    call: &Call<Aws>,
    region: &str,
    repository: &str,
    tag: Option<&str>,
    digest: Option<&str>,
) -> Result<Sought, Diagnostics> {
    let doing = format!("look for images in {repository}");
    let request = call.ecr(region).describe_images().repository_name(repository);
    let request = match (tag, digest) {
        (None, None) => request.max_results(1),
        (tag, digest) => {
            let id = ImageIdentifier::builder()
                .set_image_tag(tag.map(str::to_owned))
                .set_image_digest(digest.map(str::to_owned));
            request.image_ids(id.build())
        }
    };
    match request.send().await {
        Ok(page) => match page.image_details.unwrap_or_default().into_iter().next() {
            Some(image) => described(image, &doing).map(|image| Sought::Image(image.digest)),
            None => Ok(Sought::NoImage),
        },
        Err(error) => match code(&error) {
            Some("ImageNotFoundException") => Ok(Sought::NoImage),
            Some("RepositoryNotFoundException") => Ok(Sought::NoRepository),
            _ => Err(failed("ecr:DescribeImages", doing, &error).into()),
        },
    }
}

fn described(image: ImageDetail, doing: &str) -> Result<Described, Diagnostics> {
    let (Some(registry_id), Some(digest), Some(pushed_at)) =
        (image.registry_id, image.image_digest, image.image_pushed_at)
    else {
        return Err(crate::error::incomplete("ECR", doing).into());
    };
    let summary = image.image_scan_findings_summary;
    let status = image.image_scan_status.and_then(|status| status.status);
    let scan = (summary.is_some() || status.is_some()).then(|| Scan {
        status: status.map(|status| status.as_str().to_owned()),
        completed_at: summary.as_ref().and_then(|summary| summary.image_scan_completed_at),
        findings: counts(summary.and_then(|summary| summary.finding_severity_counts)),
    });
    let mut tags = image.image_tags.unwrap_or_default();
    tags.sort();
    Ok(Described {
        registry_id,
        digest,
        tags,
        size_bytes: image.image_size_in_bytes,
        pushed_at,
        last_pulled_at: image.last_recorded_pull_time,
        status: image.image_status.map(|status| status.as_str().to_owned()),
        archived_at: image.last_archived_at,
        media_type: image.image_manifest_media_type,
        artifact_media_type: image.artifact_media_type,
        subject: image.subject_manifest_digest,
        scan,
    })
}

pub(crate) fn counts(counts: Option<impl IntoIterator<Item = (FindingSeverity, i32)>>) -> BTreeMap<String, i64> {
    let counts = counts.into_iter().flatten();
    counts.map(|(severity, count)| (severity.as_str().to_owned(), i64::from(count))).collect()
}

/// The images with what is known of their scans: asked for where it is not known yet.
pub(super) async fn scanned(
    call: &Call<Aws>,
    region: &str,
    wanted: &Images,
    images: Vec<Described>,
) -> Result<Vec<Described>, Diagnostics> {
    let scanned = stream::iter(images).map(|image| async move {
        let scan = match image.scan {
            None => scan(call, region, wanted, &image.digest).await?,
            known => known,
        };
        Ok(Described { scan, ..image })
    });
    scanned.buffered(AT_ONCE).try_collect().await
}

async fn scan(call: &Call<Aws>, region: &str, wanted: &Images, digest: &str) -> Result<Option<Scan>, Diagnostics> {
    let repository = &wanted.repository;
    let request = call.ecr(region).describe_image_scan_findings().repository_name(repository);
    let request = request.set_registry_id(wanted.registry_id.clone());
    // The counts are of all findings, however few of them are listed.
    let request = request.image_id(ImageIdentifier::builder().image_digest(digest).build()).max_results(1);
    match request.send().await {
        Ok(answer) => {
            let findings = answer.image_scan_findings;
            Ok(Some(Scan {
                status: answer.image_scan_status.and_then(|scan| scan.status).map(|status| status.as_str().to_owned()),
                completed_at: findings.as_ref().and_then(|findings| findings.image_scan_completed_at),
                findings: counts(findings.and_then(|findings| findings.finding_severity_counts)),
            }))
        }
        // Never scanned, or gone since it was listed.
        Err(error) if matches!(code(&error), Some("ScanNotFoundException" | "ImageNotFoundException")) => Ok(None),
        Err(error) => {
            let problem =
                failed("ecr:DescribeImageScanFindings", format!("read the scan of {repository}@{digest}"), &error);
            let fix = format!("{} Or set scan_summary = false.", problem.fix);
            Err(problem.fix(fix).at("scan_summary").into())
        }
    }
}
