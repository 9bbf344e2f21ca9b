//! Templates that a query finds, no matter what made them. It calls `DescribeRepositoryCreationTemplates`, page by page; templates come
//! sorted by prefix.

use std::collections::BTreeSet;

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Listed, Listing};

use super::{ObservedTemplate, RepositoryCreationTemplate, calls};
use crate::ecr::by_prefix::operations;
use crate::provider::Aws;

/// Repository creation templates of the account, whether rosa-ecr made them or not.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RepositoryCreationTemplateQuery {
    /// What the prefixes start with, such as `team/`; any where it is not set.
    pub prefix: Option<String>,
    /// What the templates are applied for, all of these: `CREATE_ON_PUSH`, `PULL_THROUGH_CACHE`, `REPLICATION`.
    #[attr(default = [], each_one_of("CREATE_ON_PUSH", "PULL_THROUGH_CACHE", "REPLICATION"))]
    pub applied_for: BTreeSet<String>,
    /// Region of the templates; the provider's where it is not set.
    pub region: Option<String>,
}

impl Listed for RepositoryCreationTemplate {
    type Query = RepositoryCreationTemplateQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeRepositoryCreationTemplates"])
    }

    async fn list(
        call: &Call<Aws>,
        query: RepositoryCreationTemplateQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let region = call.region_of(&query.region);
        let mut found = calls::list(call, region).await?;
        found.retain(|found| query.fits(found));
        Ok(operations::listed(call, region, found, limit))
    }
}

impl RepositoryCreationTemplateQuery {
    fn fits(&self, found: &ObservedTemplate) -> bool {
        self.prefix.as_ref().is_none_or(|prefix| found.prefix.starts_with(prefix))
            && self.applied_for.is_subset(&found.applied_for)
    }
}
