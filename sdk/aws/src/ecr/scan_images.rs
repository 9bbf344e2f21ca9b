//! Action `rosa_ecr_scan_images`: scans images of a repository for vulnerabilities, and waits for what is found.
//!
//! | Calls of ECR (each needs the IAM action of its name) | When |
//! |---|---|
//! | `DescribeImages` | at the beginning: to find the images |
//! | `DescribeImageScanFindings` | before a scan, and until it has ended |
//! | `StartImageScan` | for each image without a scan of the last 24 hours |
//!
//! ECR scans an image once in 24 hours, a scan on push included, and 100 000 images a day (Amazon ECR API Reference, `StartImageScan`).

mod findings;
mod scans;

use std::collections::BTreeSet;

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Action, Call, Diagnostic, Diagnostics, Known, Page, Progress};

use self::findings::{Chosen, ChosenImage};
use crate::ecr::images::{self, Sought};
use crate::ecr::repository::{count, no_such_repository};
use crate::provider::Aws;
use crate::{page, rules, wait};

/// Scans images of a repository for vulnerabilities with ECR's basic scanning, waits until that is done, and says what was found. With
/// `fail_on` it fails if that is too severe.
///
/// ECR scans an image once in 24 hours: what an earlier scan of that time has found counts. Manifest lists are not scanned, but their
/// images are. Where the account's registry has enhanced scanning, images are scanned without being asked, and this action fails.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct ScanImages {
    /// Name of the repository.
    #[attr(check(rules::repository_name))]
    pub repository: String,
    /// Tags of the images to scan. Without `image_tags` and `image_digests`, these are all images of the repository, or the newest ones:
    /// see `limit`.
    #[attr(default = [], each(rules::image_tag))]
    pub image_tags: BTreeSet<String>,
    /// Digests of the images to scan: `sha256:…`.
    #[attr(default = [], each(rules::image_digest))]
    pub image_digests: BTreeSet<String>,
    /// How many images are scanned at most, the newest ones, where neither tags nor digests say which: 1 or more. All where it is not
    /// set.
    #[attr(range(1..))]
    pub limit: Option<i64>,
    /// The severity with which a finding makes the action fail, as does any higher one. Without it findings are only reported.
    #[attr(one_of("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"))]
    pub fail_on: Option<String>,
    /// How long all scans together may take, such as `90s`, `10m` or `1h30m`.
    #[attr(default = "30m", check(wait::check_limit))]
    pub timeout: String,
    /// Region of the repository; the provider's where it is not set.
    #[attr(check(rules::region))]
    pub region: Option<String>,
}

impl Action for ScanImages {
    const TYPE: &'static str = "rosa_ecr_scan_images";
    const PAGE: Page = page::repositories(&["scan images for vulnerabilities"]);
    type Context = Aws;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeImageScanFindings", "ecr:DescribeImages", "ecr:StartImageScan"])
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        let (Known::Now(tags), Known::Now(digests)) = (&inputs.image_tags, &inputs.image_digests) else { return };
        if let Known::Now(Some(limit)) = &inputs.limit
            && !(tags.is_empty() && digests.is_empty())
        {
            report.push(
                Diagnostic::error("A limit for images that are named")
                    .detail(format!("limit is {limit}, and image_tags or image_digests say which images are scanned."))
                    .fix("Remove limit, or the tags and digests.")
                    .at("limit"),
            );
        }
    }

    async fn invoke(call: &Call<Aws>, inputs: Self, progress: &Progress) -> Result<(), Diagnostics> {
        let images = inputs.images(call).await?;
        if images.is_empty() {
            progress.tell(format!("{} has no images to scan", inputs.repository));
            return Ok(());
        }
        progress.tell(format!("Scanning {} of {}", count(images.len()), inputs.repository));
        let limit = wait::limit(&inputs.timeout);
        let repository = scans::Repository { call, region: inputs.region(call), name: &inputs.repository };
        let outcomes = repository.scan(images, limit, progress).await?;
        let (warnings, errors) = findings::judged(&inputs.repository, &outcomes, inputs.fail_on.as_deref());
        warnings.into_iter().for_each(|warning| call.warn(warning));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl ScanImages {
    fn region<'a>(&'a self, call: &'a Call<Aws>) -> &'a str {
        call.region_of(&self.region)
    }

    /// The images to scan, each once.
    async fn images(&self, call: &Call<Aws>) -> Result<Vec<ChosenImage>, Diagnostics> {
        if self.image_tags.is_empty() && self.image_digests.is_empty() {
            self.newest(call).await
        } else {
            self.named(call).await
        }
    }

    async fn newest(&self, call: &Call<Aws>) -> Result<Vec<ChosenImage>, Diagnostics> {
        let limit = self.limit.and_then(|limit| usize::try_from(limit).ok());
        let mut found = images::all(call, self.region(call), &self.repository).await?;
        found.retain(|image| !image.is_manifest_list());
        let newest = images::newest(found, limit).into_iter();
        Ok(newest
            .map(|image| ChosenImage { digest: image.digest, tags: image.tags, chosen: Chosen::AsOneOfAll })
            .collect())
    }

    async fn named(&self, call: &Call<Aws>) -> Result<Vec<ChosenImage>, Diagnostics> {
        let (region, repository) = (self.region(call), &self.repository);
        let tags = self.image_tags.iter().map(|tag| (Some(tag.as_str()), None));
        let digests = self.image_digests.iter().map(|digest| (None, Some(digest.as_str())));
        let mut images: Vec<ChosenImage> = Vec::new();
        let mut missing = Diagnostics::default();
        for (tag, digest) in tags.chain(digests) {
            match images::seek(call, region, repository, tag, digest).await? {
                Sought::NoRepository => return Err(no_such_repository(repository, region).at("repository").into()),
                Sought::NoImage => missing.push(no_such_image(repository, tag, digest)),
                Sought::Image(found) => match images.iter_mut().find(|image| image.digest == found) {
                    Some(image) => image.tags.extend(tag.map(str::to_owned)),
                    None => {
                        let tags = tag.map(str::to_owned).into_iter().collect();
                        images.push(ChosenImage { digest: found, tags, chosen: Chosen::ByName });
                    }
                },
            }
        }
        missing.into_result().map(|_| images)
    }
}

fn no_such_image(repository: &str, tag: Option<&str>, digest: Option<&str>) -> Diagnostic {
    let (name, attribute) = match (tag, digest) {
        (Some(tag), _) => (format!("{repository}:{tag}"), "image_tags"),
        (None, digest) => (format!("{repository}@{}", digest.unwrap_or_default()), "image_digests"),
    };
    Diagnostic::error(format!("There is no image {name}"))
        .fix("Push it first, or remove it here. An action that is triggered by a new repository finds no images yet.")
        .at(attribute)
}

#[cfg(test)]
mod tests;
