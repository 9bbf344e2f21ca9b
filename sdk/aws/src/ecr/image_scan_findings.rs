//! Data source `rosa_ecr_image_scan_findings`: what a vulnerability scan has found in an image.
//!
//! It calls `DescribeImageScanFindings` of ECR, page by page, which needs the IAM action of that name. While a scan is under way
//! it asks again. Findings of basic and of enhanced scanning have one form here; the latter come from Amazon Inspector.

mod calls;

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{Call, DataSource, Diagnostic, Diagnostics, Known, Number, Page};

use crate::provider::Aws;
use crate::{page, region, rules, wait};

/// What the last vulnerability scan has found in an image: made for `check` blocks and pipelines. A scan that is under way is
/// waited for; an image that was never scanned is an error.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct ImageScanFindings {
    /// Name of the repository.
    #[attr(check(rules::repository_name))]
    pub repository: String,
    /// Tag of the image. Either it or `image_digest`.
    #[attr(check(rules::image_tag))]
    pub image_tag: Option<String>,
    /// Digest of the image: `sha256:…`. Either it or `image_tag`.
    #[attr(check(rules::image_digest))]
    pub image_digest: Option<String>,
    /// At most this many findings, in the order in which ECR gives them. The counts are of all of them.
    #[attr(default = 1000, range(0..=10_000))]
    pub max_findings: i64,
    /// How long to wait for a scan that is under way, such as `90s` or `10m`. A scan that takes longer is an error, so that
    /// nothing is taken for harmless that was not looked at yet.
    #[attr(default = "5m", check(wait::check_limit))]
    pub timeout: String,
    /// The account of the registry; that of the credentials where it is not set. The policy of the repository has to allow it.
    #[attr(check(rules::account))]
    pub registry_id: Option<String>,
    /// Region of the repository; the provider's where it is not set.
    #[attr(computed)]
    pub region: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct ImageScanFindingsOutputs {
    /// Digest of the image that was scanned.
    pub digest: String,
    /// State of the scan: `COMPLETE`, or `ACTIVE` where Amazon Inspector goes on scanning. Others, such as `FAILED`,
    /// `UNSUPPORTED_IMAGE`, `SCAN_ELIGIBILITY_EXPIRED` or `IMAGE_ARCHIVED`, have no findings: check it before you rely on
    /// `severity_counts`.
    pub status: String,
    /// What ECR says of the state.
    pub status_description: Option<String>,
    /// When the last scan ended, as in RFC 3339, in UTC.
    pub completed_at: Option<String>,
    /// When the vulnerability data was last brought up to date, as in RFC 3339, in UTC.
    pub vulnerability_source_updated_at: Option<String>,
    /// How many vulnerabilities there are, by severity, such as `CRITICAL`. A severity without any is left out.
    pub severity_counts: BTreeMap<String, i64>,
    /// The vulnerabilities.
    #[attr(nested)]
    pub findings: Vec<ScanFinding>,
    /// Whether there are more findings than `max_findings`.
    pub truncated: bool,
}

/// A vulnerability.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct ScanFinding {
    /// Its name, mostly the number of a CVE; of enhanced scanning the id of the vulnerability, else the title of the finding.
    pub name: String,
    /// How bad it is, such as `CRITICAL`.
    pub severity: String,
    /// What it is about.
    pub description: Option<String>,
    /// Where it is described in more detail.
    pub uri: Option<String>,
    /// The packages of the image that have it.
    #[attr(nested)]
    pub packages: Vec<VulnerablePackage>,
    /// Enhanced scanning: whether a newer version mends it: `YES`, `NO` or `PARTIAL`.
    pub fix_available: Option<String>,
    /// Enhanced scanning: whether an exploit is known: `YES` or `NO`.
    pub exploit_available: Option<String>,
    /// Enhanced scanning: the score of Amazon Inspector, from 0 to 10.
    pub score: Option<Number>,
    /// Basic scanning: what else ECR reports of it, such as `CVSS3_SCORE`.
    pub attributes: BTreeMap<String, String>,
}

/// A package with a vulnerability.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct VulnerablePackage {
    /// Its name.
    pub name: Option<String>,
    /// The version in the image.
    pub version: Option<String>,
    /// Enhanced scanning: the version that mends it, where there is one.
    pub fixed_version: Option<String>,
    /// Enhanced scanning: what manages it, such as `OS` or `NPM`.
    pub package_manager: Option<String>,
    /// Enhanced scanning: where it is in the image.
    pub file_path: Option<String>,
}

impl DataSource for ImageScanFindings {
    const TYPE: &'static str = "rosa_ecr_image_scan_findings";
    const PAGE: Page = page::repositories(&["see which vulnerabilities an image has"]);
    type Outputs = ImageScanFindingsOutputs;
    type Context = Aws;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeImageScanFindings"])
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        let Known::Now((tag, digest)) = inputs.image_tag.clone().zip(inputs.image_digest.clone()) else { return };
        let wrong =
            |detail: &str, fix: &str| Diagnostic::error("One image is scanned").detail(detail).fix(fix).at("image_tag");
        match (tag, digest) {
            (None, None) => report.push(wrong("Neither image_tag nor image_digest is set.", "Set one of them.")),
            (Some(_), Some(_)) => report.push(wrong("Both image_tag and image_digest are set.", "Remove one of them.")),
            _ => {}
        }
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    async fn read(call: &Call<Aws>, inputs: Self) -> Result<ImageScanFindingsOutputs, Diagnostics> {
        let region = call.region_of(&inputs.region);
        calls::findings(call, region, &inputs).await
    }
}

#[cfg(test)]
mod tests;
