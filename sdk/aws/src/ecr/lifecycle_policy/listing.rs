//! Lifecycle policies that a query finds, no matter what put them.
//!
//! It calls `DescribeRepositories`, page by page, `ListTagsForResource` once for each repository whose name fits, and
//! `GetLifecyclePolicy` once for each that fits altogether, until there are enough. They come sorted by repository.

use std::collections::BTreeSet;

use rosa_ecr_model::{Call, Diagnostics, Listed, Listing, State};

use super::{LifecyclePolicy, LifecyclePolicyOutputs, calls};
use crate::ecr::LIFECYCLE_POLICY;
use crate::ecr::document_query::{self, DocumentQuery};
use crate::provider::Aws;

impl Listed for LifecyclePolicy {
    type Query = DocumentQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"])
    }

    async fn list(
        call: &Call<Aws>,
        query: DocumentQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let region = query.region.clone().unwrap_or_else(|| call.region().to_owned());
        let region = region.as_str();
        document_query::listed(call, query, limit, |name, found| async move {
            let there = calls::get(call, region, &name).await?;
            Ok(there.map(|(text, registry_id)| {
                let claim = LIFECYCLE_POLICY.holder_of(found).claim(call).map(str::to_owned);
                let outputs = LifecyclePolicyOutputs { id: name.clone(), registry_id, claim };
                let state = State { inputs: Self::imported(region, &name, text), outputs };
                Listing { display_name: name, state }
            }))
        })
        .await
    }
}
