//! Repositories that a query finds, no matter what made them.
//!
//! It calls `DescribeRepositories`, page by page, and `ListTagsForResource` once for each repository whose name fits, until
//! there are enough. Repositories come sorted by name.

use std::collections::BTreeSet;

use futures::{Stream, StreamExt as _, TryStreamExt as _, future, stream};
use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Listed, Listing};

use super::{ObservedRepository, Repository, calls};
use crate::provider::Aws;
use crate::rules;
use crate::tags::{self, Tags};

/// How many repositories' tags are asked for at once.
const AT_ONCE: usize = 8;

/// Repositories of the account, whether rosa-ecr made them or not.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RepositoryQuery {
    /// What the names start with, such as `team/`; any where it is not set.
    pub name_prefix: Option<String>,
    /// The cluster that rosa-ecr made them for; any, or none, where it is not set.
    #[attr(check(rules::cluster_name))]
    pub cluster_name: Option<String>,
    /// Tags that they carry, all of these.
    pub tags: Option<Tags>,
    /// Region of the repositories; the provider's where it is not set.
    pub region: Option<String>,
}

impl Listed for Repository {
    type Query = RepositoryQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeRepositories", "ecr:ListTagsForResource"])
    }

    async fn list(
        call: &Call<Aws>,
        query: RepositoryQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let region = call.region_of(&query.region);
        let limit = limit.unwrap_or(usize::MAX);
        let found = answering(call, &query, limit).await?;
        let listings = found.take(limit).map_ok(|(name, found)| {
            let state = Repository::imported(call, region, &name, &found);
            Listing { display_name: name, state }
        });
        listings.try_collect().await
    }
}

/// The repositories that answer the query, with their names, sorted by them. Of how many are `wanted` depends how many are asked
/// for at once.
pub(crate) async fn answering<'a>(
    call: &'a Call<Aws>,
    query: &'a RepositoryQuery,
    wanted: usize,
) -> Result<impl Stream<Item = Result<(String, ObservedRepository), Diagnostics>> + Send + 'a, Diagnostics> {
    let region = call.region_of(&query.region);
    let mut named = calls::list(call, region).await?;
    named.retain(|(name, _)| query.name_prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix)));
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    let complete = move |(name, described)| async move {
        let found = calls::complete(call, region, described).await?;
        Ok::<_, Diagnostics>(found.map(|found| (name, found)))
    };
    let found = stream::iter(named).map(complete).buffered(wanted.clamp(1, AT_ONCE));
    Ok(found.try_filter_map(|found| future::ok(found.filter(|(_, found)| query.fits(found)))))
}

/// The repositories of a cluster, or of all clusters: the cluster and the repository of each, sorted by the repository's name.
pub(crate) async fn of_clusters(
    call: &Call<Aws>,
    region: &str,
    cluster: Option<&str>,
) -> Result<Vec<(String, String)>, Diagnostics> {
    let query = RepositoryQuery {
        name_prefix: None,
        cluster_name: cluster.map(str::to_owned),
        tags: None,
        region: Some(region.to_owned()),
    };
    let found = answering(call, &query, AT_ONCE).await?;
    let owned = found.try_filter_map(|(name, found)| {
        future::ok(tags::cluster_of(&found.tags).map(|cluster| (cluster.to_owned(), name)))
    });
    owned.try_collect().await
}

impl RepositoryQuery {
    fn fits(&self, found: &ObservedRepository) -> bool {
        let is_made_for = |cluster: &String| tags::cluster_of(&found.tags) == Some(cluster);
        let carries = |wanted: &Tags| wanted.iter().all(|(key, value)| found.tags.get(key) == Some(value));
        self.cluster_name.as_ref().is_none_or(is_made_for) && self.tags.as_ref().is_none_or(carries)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::ec2::answers::{Answer, Asked, acting, call};

    const ANY: RepositoryQuery = RepositoryQuery { name_prefix: None, cluster_name: None, tags: None, region: None };

    fn arn(name: &str) -> String {
        format!("arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/{name}")
    }

    /// An ECR with these repositories, each with the cluster it was made for, two to a page.
    fn registry(repositories: &'static [(&'static str, &'static str)]) -> (Aws, Asked) {
        acting(move |form| {
            let body: Json = serde_json::from_str(&form["Body"]).expect("JSON");
            let answer = match form["Action"].as_str() {
                "DescribeRepositories" => {
                    let start: usize = body["nextToken"].as_str().map_or(0, |token| token.parse().expect("ours"));
                    let page = repositories.iter().skip(start).take(2).map(|(name, _)| {
                        let uri = format!("123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/{name}");
                        json!({ "repositoryName": name, "repositoryArn": arn(name), "registryId": "123456789012", "repositoryUri": uri })
                    });
                    let next = (start + 2 < repositories.len()).then(|| (start + 2).to_string());
                    json!({ "repositories": page.collect::<Vec<_>>(), "nextToken": next })
                }
                "ListTagsForResource" => {
                    let of = |(name, _): &&(&str, &str)| body["resourceArn"] == arn(name);
                    let (_, cluster) = repositories.iter().find(of).expect("it is one of ours");
                    json!({ "tags": [{ "Key": tags::CLUSTER, "Value": cluster }, { "Key": "team", "Value": "a" }] })
                }
                other => panic!("{other} was not expected"),
            };
            Answer::ok(answer.to_string())
        })
    }

    async fn names(aws: Aws, query: RepositoryQuery, limit: Option<usize>) -> Vec<String> {
        let query = RepositoryQuery { region: Some("us-gov-west-1".to_owned()), ..query };
        let listed = Repository::list(&call(aws), query, limit).await.expect("a list");
        listed.into_iter().map(|listing| listing.display_name).collect()
    }

    fn asked_for_tags(asked: &Asked) -> usize {
        let asked = asked.lock().expect("no test panics with it");
        asked.iter().filter(|form| form["Action"] == "ListTagsForResource").count()
    }

    const SHELF: &[(&str, &str)] = &[("team/b", "dev"), ("team/a", "prod"), ("other", ""), ("team/c", "dev")];

    #[tokio::test]
    async fn all_pages_are_read_and_names_are_sorted() {
        let (aws, _) = registry(SHELF);
        assert_eq!(names(aws, ANY, None).await, ["other", "team/a", "team/b", "team/c"]);
    }

    #[tokio::test]
    async fn filters_go_together_and_the_limit_counts_what_fits() {
        let (aws, asked) = registry(SHELF);
        let prefix = RepositoryQuery { name_prefix: Some("team/".to_owned()), ..ANY };
        assert_eq!(names(aws.clone(), prefix.clone(), None).await, ["team/a", "team/b", "team/c"]);
        assert_eq!(asked_for_tags(&asked), 3, "only of those whose name fits");
        let of_dev = RepositoryQuery { cluster_name: Some("dev".to_owned()), ..prefix };
        assert_eq!(names(aws.clone(), of_dev.clone(), None).await, ["team/b", "team/c"]);
        assert_eq!(names(aws.clone(), of_dev, Some(1)).await, ["team/b"]);
        let tagged =
            |value: &str| RepositoryQuery { tags: Some(Tags::from([("team".to_owned(), value.to_owned())])), ..ANY };
        assert_eq!(names(aws.clone(), tagged("a"), None).await.len(), 4);
        assert!(names(aws, tagged("b"), None).await.is_empty());
    }

    #[tokio::test]
    async fn a_limit_saves_calls() {
        let (aws, asked) = registry(SHELF);
        assert_eq!(names(aws, ANY, Some(2)).await, ["other", "team/a"]);
        assert_eq!(asked_for_tags(&asked), 2);
    }

    #[tokio::test]
    async fn a_listed_object_is_what_an_import_finds() {
        let (aws, _) = registry(SHELF);
        let query = RepositoryQuery { region: Some("us-gov-west-1".to_owned()), ..ANY };
        let listed = Repository::list(&call(aws), query, Some(1)).await.expect("a list").remove(0);
        assert_eq!(listed.state.inputs.name, "other");
        assert_eq!(listed.state.inputs.region.as_deref(), Some("us-gov-west-1"));
        assert_eq!(listed.state.outputs.arn, arn("other"));
        assert_eq!(
            listed.state.inputs.tags,
            Tags::from([("team".to_owned(), "a".to_owned())]),
            "our own are not shown"
        );
    }
}
