//! What a query for documents of repositories may say, and the repositories that answer it.

use std::future::Future;

use futures::{StreamExt as _, TryStreamExt as _, future};
use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics};

use super::repository::listing::answering;
use super::repository::{ObservedRepository, RepositoryQuery};
use crate::provider::Aws;
use crate::rules;

/// How many documents are asked for at once.
const AT_ONCE: usize = 8;

/// Policies of repositories of the account, whether rosa-ecr made them or not. A repository without one is left out.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct DocumentQuery {
    /// What the names of the repositories start with, such as `team/`; any where it is not set.
    pub name_prefix: Option<String>,
    /// The cluster that rosa-ecr made the repositories for; any, or none, where it is not set.
    #[attr(check(rules::cluster_name))]
    pub cluster_name: Option<String>,
    /// Region of the repositories; the provider's where it is not set.
    pub region: Option<String>,
}

/// What `read` makes of the repositories that answer the query, sorted by name, and at most `limit`: it gives nothing of one
/// without a document.
pub(super) async fn listed<T, F>(
    call: &Call<Aws>,
    query: DocumentQuery,
    limit: Option<usize>,
    read: impl Fn(String, ObservedRepository) -> F,
) -> Result<Vec<T>, Diagnostics>
where
    F: Future<Output = Result<Option<T>, Diagnostics>>,
{
    let DocumentQuery { name_prefix, cluster_name, region } = query;
    let query = RepositoryQuery { name_prefix, cluster_name, tags: None, region };
    let limit = limit.unwrap_or(usize::MAX);
    let found = answering(call, &query, limit).await?;
    let documents = found.map_ok(|(name, repository)| read(name, repository)).try_buffered(limit.clamp(1, AT_ONCE));
    documents.try_filter_map(future::ok).take(limit).try_collect().await
}

#[cfg(test)]
mod tests;
