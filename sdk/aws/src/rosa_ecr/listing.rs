//! Registries that a query finds: each begins with a repository that carries a cluster's ownership tags.
//!
//! It calls what an import of each of them calls, and `DescribeRepositories` and `ListTagsForResource` for all repositories of the
//! account's registry, to find them. What an import would warn of is left for the import.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Listed, Listing};

use super::{RosaEcr, importing};
use crate::ecr::repository;
use crate::provider::Aws;
use crate::rules;

/// How many registries are read at once.
const AT_ONCE: usize = 4;

/// Registries of clusters: what `rosa_ecr` can import. A repository counts if it carries the ownership tags of a cluster, whether
/// `rosa_ecr` or `rosa_ecr_repository` made it.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RegistryQuery {
    /// The cluster whose registries are wanted; of all clusters where it is not set.
    #[attr(check(rules::cluster_name))]
    pub cluster_name: Option<String>,
    /// Region of the registries; the provider's where it is not set.
    #[attr(check(rules::region))]
    pub region: Option<String>,
}

impl Listed for RosaEcr {
    type Query = RegistryQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpcs",
            "ecr:DescribeRepositories",
            "ecr:GetLifecyclePolicy",
            "ecr:ListTagsForResource",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListEntitiesForPolicy",
            "iam:ListRoleTags",
            "iam:ListRoles",
        ])
    }

    async fn list(
        call: &Call<Aws>,
        query: RegistryQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let region = call.region_of(&query.region);
        let owned = repository::of_clusters(call, region, query.cluster_name.as_deref()).await?;
        let read = |(cluster, name): (String, String)| async move {
            let display_name = format!("{cluster}/{name}");
            // An operation of its own, whose warnings are reported nowhere.
            let own = Call::new(call.context().clone(), call.cancelled().clone()).in_run(call.claims().clone());
            let state = importing::import(&own, &format!("{display_name}@{region}")).await?;
            Ok::<_, Diagnostics>(Listing { display_name, state })
        };
        stream::iter(owned).take(limit.unwrap_or(usize::MAX)).map(read).buffered(AT_ONCE).try_collect().await
    }
}
