//! Data source `rosa_ecr_repositories`: the repositories that there are, no matter what made them.
//!
//! It calls `DescribeRepositories` of ECR, page by page, and `ListTagsForResource` once for each repository whose name fits; each
//! needs the IAM action of its name.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{Call, DataSource, Diagnostics, Page};

use super::repository::listing::answering;
use super::repository::{ObservedRepository, RepositoryQuery};
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::{page, region, rules};

/// The private ECR repositories of the account in a region, whether rosa-ecr made them or not. That there are none is no error.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Repositories {
    /// What the names start with, such as `team/`; any where it is not set.
    pub name_prefix: Option<String>,
    /// The cluster that rosa-ecr made them for; any, or none, where it is not set.
    #[attr(check(rules::cluster_name))]
    pub cluster_name: Option<String>,
    /// Tags that they carry, all of these; whatever tags where it is not set.
    pub tags: Option<Tags>,
    /// Region of the repositories; the provider's where it is not set.
    #[attr(computed)]
    pub region: Option<String>,
}

/// What is found, sorted by name.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct RepositoriesOutputs {
    /// The names.
    pub names: Vec<String>,
    /// The ARNs, in the order of the names.
    pub arns: Vec<String>,
    /// The URLs for push and pull, without a tag, in the order of the names.
    pub repository_urls: Vec<String>,
    /// The repositories with more of what they are, in the order of the names.
    #[attr(nested)]
    pub repositories: Vec<FoundRepository>,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct FoundRepository {
    /// Its name, with its namespaces.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// URL for push and pull, without a tag.
    pub repository_url: String,
    /// The cluster that it was made for; null where rosa-ecr did not make it for one.
    pub cluster_name: Option<String>,
    /// Its tags, without those that are rosa-ecr's own and those that `ignore_tags` of the provider names.
    pub tags: Tags,
    /// When it was made, as in RFC 3339, in UTC.
    pub created_at: Option<String>,
}

impl DataSource for Repositories {
    const TYPE: &'static str = "rosa_ecr_repositories";
    const PAGE: Page = page::repositories(&["list the repositories of an account"]);
    type Outputs = RepositoriesOutputs;
    type Context = Aws;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeRepositories", "ecr:ListTagsForResource"])
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    async fn read(call: &Call<Aws>, inputs: Self) -> Result<RepositoriesOutputs, Diagnostics> {
        let region = inputs.region.clone().unwrap_or_else(|| call.region().to_owned());
        let Self { name_prefix, cluster_name, tags, region: asked } = inputs;
        let query = RepositoryQuery { name_prefix, cluster_name, tags, region: asked };
        let found = answering(call, &query, usize::MAX).await?;
        let found = found.map_ok(|(name, found)| public(call, &region, name, found));
        let repositories: Vec<FoundRepository> = found.try_collect().await?;
        let each = |of: fn(&FoundRepository) -> &String| repositories.iter().map(of).cloned().collect();
        Ok(RepositoriesOutputs {
            names: each(|found| &found.name),
            arns: each(|found| &found.arn),
            repository_urls: each(|found| &found.repository_url),
            repositories,
        })
    }
}

/// What users see of a repository.
fn public(call: &Call<Aws>, region: &str, name: String, found: ObservedRepository) -> FoundRepository {
    let host = Partition::of_region(region).registry_host(&found.registry_id, region);
    FoundRepository {
        repository_url: format!("{host}/{name}"),
        name,
        arn: found.arn,
        cluster_name: tags::cluster_of(&found.tags).map(str::to_owned),
        tags: call.tags().visible(&found.tags),
        created_at: found.created_at,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::ec2::answers::{Answer, acting, call};

    /// An ECR with these repositories, each with the cluster that it was made for, one to a page.
    fn registry(repositories: &'static [(&'static str, &'static str)]) -> Aws {
        let arn = |name: &str| format!("arn:aws-cn:ecr:cn-north-1:123456789012:repository/{name}");
        let act = move |form: &crate::ec2::answers::Form| {
            let body: Json = serde_json::from_str(&form["Body"]).expect("JSON");
            if form["Action"] == "ListTagsForResource" {
                let (_, cluster) =
                    repositories.iter().find(|(name, _)| body["resourceArn"] == arn(name)).expect("ours");
                let tags = json!([{ "Key": tags::CLUSTER, "Value": cluster }, { "Key": "team", "Value": "a" }]);
                return Answer::ok(json!({ "tags": tags }).to_string());
            }
            let place: usize = body["nextToken"].as_str().map_or(0, |token| token.parse().expect("ours"));
            let page = repositories.iter().skip(place).take(1).map(|(name, _)| {
                json!({ "repositoryName": name, "repositoryArn": arn(name), "registryId": "123456789012", "createdAt": 1_767_225_600 })
            });
            let next = (place + 1 < repositories.len()).then(|| (place + 1).to_string());
            Answer::ok(json!({ "repositories": page.collect::<Vec<_>>(), "nextToken": next }).to_string())
        };
        acting(act).0
    }

    #[tokio::test]
    async fn what_fits_is_found_in_one_order() {
        let aws = registry(&[("team/b", "dev"), ("team/a", "prod"), ("other", "dev"), ("team/c", "dev")]);
        let wanted = Repositories {
            name_prefix: Some("team/".to_owned()),
            cluster_name: Some("dev".to_owned()),
            tags: Some(Tags::from([("team".to_owned(), "a".to_owned())])),
            region: Some("cn-north-1".to_owned()),
        };
        let found = Repositories::read(&call(aws), wanted).await.expect("repositories");
        assert_eq!(found.names, ["team/b", "team/c"]);
        assert_eq!(found.arns[1], "arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/c");
        assert_eq!(found.repository_urls[0], "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/b");
        let first = &found.repositories[0];
        assert_eq!((first.name.as_str(), first.cluster_name.as_deref()), ("team/b", Some("dev")));
        assert_eq!(first.tags, Tags::from([("team".to_owned(), "a".to_owned())]), "our own are not shown");
        assert_eq!(first.created_at.as_deref(), Some("2026-01-01T00:00:00Z"));
    }

    #[tokio::test]
    async fn that_there_are_none_is_no_error() {
        let wanted = Repositories { name_prefix: None, cluster_name: None, tags: None, region: None };
        let found = Repositories::read(&call(registry(&[])), wanted).await.expect("none");
        assert!(found.names.is_empty() && found.repositories.is_empty());
    }
}
