//! Data source `rosa_ecr_lifecycle_policy_preview`: what a lifecycle policy would do to the images that there are.
//!
//! | Calls of ECR (each needs the IAM action of its name) | When |
//! |---|---|
//! | `StartLifecyclePolicyPreview` | once; again where the preview of somebody else has taken the place of this one |
//! | `GetLifecyclePolicyPreview` | until the preview is complete, and then page by page |
//!
//! A preview changes no image and no policy. It is not without a trace, however: ECR keeps the last preview of each repository,
//! and takes no other one while one is under way (Amazon ECR API Reference, `StartLifecyclePolicyPreview`).

mod calls;

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{Call, DataSource, Diagnostic, Diagnostics, Page};

use super::lifecycle_document::{self as document, Retention};
use crate::provider::Aws;
use crate::{page, region, rules, wait};

/// What a lifecycle policy would do to the images of a repository now: one that is there, or one that is not put yet. ECR
/// evaluates it, and nothing is deleted or archived. Each read starts a preview, so that a plan takes some seconds longer.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct LifecyclePolicyPreview {
    /// Name of the repository.
    #[attr(check(rules::repository_name))]
    pub repository: String,
    /// The policy as JSON. Without it, and without `untagged_days` and `keep_count`, the policy that the repository has.
    #[attr(check(document::check))]
    pub policy: Option<String>,
    /// Days after which an untagged image expires: 1 or more. As of `rosa_ecr_lifecycle_policy`, with `keep_count`.
    #[attr(range(1..))]
    pub untagged_days: Option<i64>,
    /// How many tagged images stay, the newest ones: 1 or more. As of `rosa_ecr_lifecycle_policy`, with `untagged_days`.
    #[attr(range(1..))]
    pub keep_count: Option<i64>,
    /// The tags that `keep_count` is about, as of `rosa_ecr_lifecycle_policy`: from 1 to 49 patterns.
    #[attr(count(1..=49), each(document::check_pattern))]
    pub tag_patterns: Option<Vec<String>>,
    /// How long to wait for the preview, such as `90s` or `10m`.
    #[attr(default = "5m", check(wait::check_limit))]
    pub timeout: String,
    /// Region of the repository; the provider's where it is not set.
    #[attr(computed)]
    pub region: Option<String>,
}

/// What would happen.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct LifecyclePolicyPreviewOutputs {
    /// The policy that was previewed, as JSON.
    pub lifecycle_policy: String,
    /// The images that would be deleted or archived, newest first. All others stay as they are.
    #[attr(nested)]
    pub images: Vec<PreviewedImage>,
    /// How many images would be deleted.
    pub expiring_count: i64,
    /// How many images would be moved to the archive storage class.
    pub archiving_count: i64,
    /// How many of the images each rule is about, by its `rulePriority`.
    pub counts_by_rule: BTreeMap<String, i64>,
    /// How many of the images are in each storage class now: `STANDARD` or `ARCHIVE`.
    pub counts_by_storage_class: BTreeMap<String, i64>,
    /// How many of the images are signatures, attestations or SBOMs, as far as their tags say it: `sha256-<digest>`, with `.sig`,
    /// `.att` or `.sbom` behind it or nothing.
    pub artifact_count: i64,
}

/// An image that would not stay as it is.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct PreviewedImage {
    /// Digest of the manifest: `sha256:…`.
    pub digest: String,
    /// Its tags, sorted; none for an untagged image.
    pub tags: Vec<String>,
    /// When it was pushed, as in RFC 3339, in UTC.
    pub pushed_at: Option<String>,
    /// What would happen to it: `EXPIRE`, which deletes it, or `TRANSITION`.
    pub action: String,
    /// The storage class that it would be moved to, `ARCHIVE`; null where it would be deleted.
    pub target_storage_class: Option<String>,
    /// The `rulePriority` of the rule that it is up to.
    pub rule_priority: i64,
    /// The storage class that it is in, where ECR says so: `STANDARD` or `ARCHIVE`.
    pub storage_class: Option<String>,
}

impl DataSource for LifecyclePolicyPreview {
    const TYPE: &'static str = "rosa_ecr_lifecycle_policy_preview";
    const PAGE: Page = page::repositories(&["see what a lifecycle policy would delete"]);
    type Outputs = LifecyclePolicyPreviewOutputs;
    type Context = Aws;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:GetLifecyclePolicyPreview", "ecr:StartLifecyclePolicyPreview"])
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        let numbers = (inputs.untagged_days, inputs.keep_count);
        document::check_arguments(numbers, &inputs.tag_patterns, &inputs.policy, false, report);
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    async fn read(call: &Call<Aws>, inputs: Self) -> Result<LifecyclePolicyPreviewOutputs, Diagnostics> {
        let region = call.region_of(&inputs.region);
        let retention = Retention::wanted(inputs.untagged_days, inputs.keep_count, inputs.tag_patterns.as_deref());
        let text = inputs.policy.or_else(|| retention.map(|retention| retention.document()));
        let limit = wait::limit(&inputs.timeout);
        let (text, images) = calls::preview(call, region, &inputs.repository, text, limit).await?;
        let outputs = summary(text, images);
        if let Some(warning) = warning(&inputs.repository, &outputs) {
            call.warn(warning);
        }
        Ok(outputs)
    }
}

/// The images in order, and how many there are of what.
fn summary(lifecycle_policy: String, mut images: Vec<PreviewedImage>) -> LifecyclePolicyPreviewOutputs {
    images.sort_by(|one, other| other.pushed_at.cmp(&one.pushed_at).then_with(|| one.digest.cmp(&other.digest)));
    let count = |is_one: &dyn Fn(&PreviewedImage) -> bool| counted(images.iter().filter(|image| is_one(image)).count());
    let by = |of: &dyn Fn(&PreviewedImage) -> Option<String>| {
        let mut counts = BTreeMap::new();
        images.iter().filter_map(of).for_each(|key| *counts.entry(key).or_default() += 1);
        counts
    };
    LifecyclePolicyPreviewOutputs {
        lifecycle_policy,
        expiring_count: count(&expires),
        archiving_count: count(&|image| !expires(image)),
        counts_by_rule: by(&|image| Some(image.rule_priority.to_string())),
        counts_by_storage_class: by(&|image| image.storage_class.clone()),
        artifact_count: count(&is_artifact),
        images,
    }
}

fn counted(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn expires(image: &PreviewedImage) -> bool {
    image.action == "EXPIRE"
}

/// Whether the tags of an image say that it is a signature, an attestation or an SBOM of another one.
///
/// Sources: cosign's signature specification, "Tag-based discovery"; OCI distribution specification, "Referrers tag schema".
fn is_artifact(image: &PreviewedImage) -> bool {
    let is_of_one = |tag: &String| {
        let name = [".sig", ".att", ".sbom"].iter().find_map(|end| tag.strip_suffix(end)).unwrap_or(tag);
        let digest = name.strip_prefix("sha256-");
        digest.is_some_and(|hex| rules::image_digest(&format!("sha256:{hex}")).is_ok())
    };
    !image.tags.is_empty() && image.tags.iter().all(is_of_one)
}

/// What is allowed and probably not meant.
fn warning(repository: &str, outputs: &LifecyclePolicyPreviewOutputs) -> Option<Diagnostic> {
    let lost = outputs.images.iter().filter(|image| expires(image) && is_artifact(image)).count();
    (lost > 0).then(|| {
        Diagnostic::warning(format!("The policy counts signatures in {repository} as images"))
            .detail(format!(
                "{lost} of the {} images that would be deleted are signatures, attestations or SBOMs, by their tags. Those that \
                 stay take the place of images.",
                outputs.expiring_count
            ))
            .fix("Select images by the patterns of their own tags, such as \"v*\": in tag_patterns, or in tagPatternList of a rule.")
    })
}

#[cfg(test)]
mod tests;
