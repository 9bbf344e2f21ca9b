//! Data source `rosa_ecr_repository`: a repository that is there, whoever made it.
//!
//! It calls `DescribeRepositories`, `ListTagsForResource` and `DescribeImages` of ECR; each needs the IAM action of its name. A
//! repository that is not there is an error. What the credentials may not see of it is null or empty: of a repository of another
//! account mostly its tags, of any the tags of its newest image.

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{Call, DataSource, Diagnostics, Page};

use super::images::newest_tags;
use super::repository::{ExclusionFilter, find_in, no_such_repository};
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::{page, region, rules};

/// A private ECR repository that is there.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RepositoryLookup {
    /// Name of the repository, with its namespaces: `team/app`.
    #[attr(check(rules::repository_name))]
    pub name: String,
    /// The account of the registry; that of the credentials where it is not set. The policy of a repository of another account has
    /// to allow `ecr:DescribeRepositories`, and `ecr:ListTagsForResource` if its tags are to be seen.
    #[attr(computed, check(rules::account))]
    pub registry_id: Option<String>,
    /// Region of the repository; the provider's where it is not set.
    #[attr(computed)]
    pub region: Option<String>,
}

/// What is found.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct RepositoryLookupOutputs {
    /// The name of the repository.
    pub id: String,
    /// ARN of the repository.
    pub arn: String,
    /// URL for push and pull, without a tag.
    pub repository_url: String,
    /// Host of the registry, for a login.
    pub registry_url: String,
    /// The tags of the image that was pushed last, sorted; none if that has no tags or there is no image, and null if the
    /// credentials may not list images.
    pub most_recent_image_tags: Option<Vec<String>>,
    /// Whether a tag can be moved to another image: `MUTABLE`, `IMMUTABLE`, or one of them with exceptions.
    pub image_tag_mutability: String,
    /// The tags that a `*_WITH_EXCLUSION` mode leaves out.
    #[attr(nested)]
    pub image_tag_mutability_exclusion_filters: BTreeSet<ExclusionFilter>,
    /// Whether images are scanned for vulnerabilities when they are pushed.
    pub scan_on_push: bool,
    /// Encryption of the images: `AES256`, `KMS` or `KMS_DSSE`.
    pub encryption_type: String,
    /// ARN of the KMS key that encrypts the images; null without one.
    pub kms_key_arn: Option<String>,
    /// The cluster that rosa-ecr made it for; null where it was made for none, or by something else.
    pub cluster_name: Option<String>,
    /// Whether it is marked to outlive its cluster, with the tag `Lifecycle = "external"`.
    pub prevent_destroy: bool,
    /// All tags, without those that `ignore_tags` of the provider names.
    pub tags: Tags,
}

impl DataSource for RepositoryLookup {
    const TYPE: &'static str = "rosa_ecr_repository";
    const PAGE: Page = page::repositories(&["refer to a repository that something else manages"]);
    type Outputs = RepositoryLookupOutputs;
    type Context = Aws;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:ListTagsForResource"])
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    async fn read(call: &Call<Aws>, inputs: Self) -> Result<RepositoryLookupOutputs, Diagnostics> {
        let region = call.region_of(&inputs.region);
        let registry = inputs.registry_id.as_deref();
        let (found, newest) = futures::try_join!(
            find_in(call, region, registry, &inputs.name),
            newest_tags(call, region, registry, &inputs.name),
        )?;
        let found = found.ok_or_else(|| no_such_repository(&inputs.name, region).at("name"))?;
        let host = Partition::of_region(region).registry_host(&found.registry_id, region);
        Ok(RepositoryLookupOutputs {
            repository_url: format!("{host}/{}", inputs.name),
            registry_url: host,
            most_recent_image_tags: newest,
            cluster_name: tags::cluster_of(&found.tags).map(str::to_owned),
            prevent_destroy: tags::is_external(&found.tags),
            tags: call.tags().visible(&found.tags),
            id: inputs.name,
            arn: found.arn,
            image_tag_mutability: found.mutability,
            image_tag_mutability_exclusion_filters: found.filters,
            scan_on_push: found.scan_on_push,
            encryption_type: found.encryption_type,
            kms_key_arn: found.kms_key_arn,
        })
    }

    fn settle(inputs: &mut Self, outputs: &RepositoryLookupOutputs) {
        // arn:<partition>:ecr:<region>:<account>:repository/<name>
        inputs.registry_id = outputs.arn.split(':').nth(4).map(str::to_owned);
    }
}

#[cfg(test)]
mod tests;
