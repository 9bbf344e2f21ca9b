//! Repository policies that a query finds, no matter what put them.
//!
//! It calls `DescribeRepositories`, page by page, `ListTagsForResource` once for each repository whose name fits, and
//! `GetRepositoryPolicy` once for each that fits altogether, until there are enough. They come sorted by repository.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, Diagnostics, Listed, Listing, State};

use super::{RepositoryPolicy, RepositoryPolicyOutputs, get};
use crate::ecr::REPOSITORY_POLICY;
use crate::ecr::document_query::{self, DocumentQuery};
use crate::provider::Aws;

impl Listed for RepositoryPolicy {
    type Query = DocumentQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeRepositories", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource"])
    }

    async fn list(
        call: &Call<Aws>,
        query: DocumentQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let region = query.region.clone().unwrap_or_else(|| call.region().to_owned());
        let region = region.as_str();
        document_query::listed(call, query, limit, |name, found| async move {
            let there = get(call, region, &name).await?;
            Ok(there.map(|(policy, registry_id)| {
                let claim = REPOSITORY_POLICY.holder_of(found).claim(call).map(str::to_owned);
                let outputs = RepositoryPolicyOutputs { id: name.clone(), registry_id, claim };
                let region = Some(region.to_owned());
                let inputs = Self { repository: name.clone(), policy, region, timeouts: None };
                Listing { display_name: name, state: State { inputs, outputs } }
            }))
        })
        .await
    }
}
