//! Rules that a query finds, no matter what made them. It calls `DescribePullThroughCacheRules`, page by page; rules come sorted by prefix.

use std::collections::BTreeSet;

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Listed, Listing};

use super::{ObservedRule, PullThroughCacheRule, calls};
use crate::ecr::by_prefix::operations;
use crate::provider::Aws;

/// Pull through cache rules of the account, whether rosa-ecr made them or not.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct PullThroughCacheRuleQuery {
    /// What the prefixes start with, such as `team/`; any where it is not set.
    pub prefix: Option<String>,
    /// Host of the registry that images come from, such as `quay.io`; any where it is not set.
    pub upstream_registry_url: Option<String>,
    /// Region of the rules; the provider's where it is not set.
    pub region: Option<String>,
}

impl Listed for PullThroughCacheRule {
    type Query = PullThroughCacheRuleQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribePullThroughCacheRules"])
    }

    async fn list(
        call: &Call<Aws>,
        query: PullThroughCacheRuleQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let region = call.region_of(&query.region);
        let mut found = calls::list(call, region).await?;
        found.retain(|found| query.fits(found));
        Ok(operations::listed(call, region, found, limit))
    }
}

impl PullThroughCacheRuleQuery {
    fn fits(&self, found: &ObservedRule) -> bool {
        self.prefix.as_ref().is_none_or(|prefix| found.prefix.starts_with(prefix))
            && self.upstream_registry_url.as_ref().is_none_or(|url| found.upstream_registry_url == *url)
    }
}
