//! `rosa_ecr_replication`: where the account's registry copies images to.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create, read, list | `DescribeRegistry` |
//! | create, update, delete | `DescribeRegistry`, `PutReplicationConfiguration` |
//!
//! `region` forces replacement. The first configuration of an account makes ECR's service-linked role, which takes
//! `iam:CreateServiceLinkedRole` (Amazon ECR API Reference, `PutReplicationConfiguration`).

use std::collections::BTreeSet;

use aws_sdk_ecr::error::BuildError;
use aws_sdk_ecr::types;
use rosa_ecr_derive::{Inputs, Object};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, Listed, Listing, MoveSource,
    Page, RealObject, Resource, State, Timeouts,
};

use super::filters;
use super::operations;
use super::setting::{
    self, ACCOUNT_IDENTITY, Content, Fields, Place, RegistrySettingFacts, RegistrySettingOutputs, RegistrySettingQuery,
    Setting,
};
use crate::error::failed;
use crate::import_id::Imported;
use crate::provider::Aws;
use crate::{claims, move_source, page, region, rules};

/// Where the account's registry in a region copies images to when they are pushed. Images that are there already are not copied
/// (Amazon ECR User Guide, "Private image replication"). Another account has to allow it in the policy of its registry.
///
/// A registry has only one, so a create never replaces what something else has put, unless `adopt_existing` is true.
/// A destroy puts back what was replaced, or else ends the replication. If something else has changed it since, it stays, with a warning.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Replication {
    /// What is copied, and where to: from 1 to 25.
    #[attr(nested, count(1..=25))]
    pub rule: BTreeSet<ReplicationRule>,
    /// Whether a configuration that something else has put is replaced instead of being an error. What it says is kept in `replaced`.
    #[attr(default = false)]
    pub adopt_existing: bool,
    /// What a destroy puts back, as JSON: what was there before it was replaced with `adopt_existing = true`. Without it a destroy
    /// ends the replication. It is filled in by the apply; set it only if that was lost, because the apply was interrupted.
    #[attr(computed, check(setting::check_replaced::<Rules>))]
    pub replaced: Option<String>,
    /// Region of the registry; the provider's if it is not set. Changing it makes a new configuration.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What is copied, and where to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct ReplicationRule {
    /// The registries that get the images: from 1 to 100.
    #[attr(nested, count(1..=100))]
    pub destination: BTreeSet<ReplicationDestination>,
    /// Which repositories are copied: those that one of the filters fits, at most 100 filters; all if there is none.
    #[attr(default = [], nested, count(0..=100))]
    pub repository_filter: BTreeSet<ReplicationFilter>,
}

/// A registry that gets images.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct ReplicationDestination {
    /// Its region.
    pub region: String,
    /// Its account: the own one for a copy in another region.
    #[attr(check(rules::account))]
    pub registry_id: String,
}

/// A filter for names of repositories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct ReplicationFilter {
    /// What the names start with: from 2 to 256 lowercase letters, digits, `.`, `_`, `-` and `/`.
    #[attr(check(filters::prefix))]
    pub filter: String,
    /// How `filter` is read: `PREFIX_MATCH`.
    #[attr(default = "PREFIX_MATCH", one_of("PREFIX_MATCH"))]
    pub filter_type: String,
}

/// What a replication configuration says.
type Rules = BTreeSet<ReplicationRule>;

impl Content for Rules {
    fn text(&self) -> String {
        setting::to_json(self)
    }

    fn of_text(text: &str) -> Option<Self> {
        setting::from_json(text)
    }
}

impl Resource for Replication {
    const TYPE: &'static str = "rosa_ecr_replication";
    const PAGE: Page = page::registry_settings(&["copy images to other regions or accounts"]);
    const IDENTITY: &'static [IdentityAttribute] = &[ACCOUNT_IDENTITY, region::IDENTITY];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_replication_configuration"];
    setting::resource_operations!();

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeRegistry", "ecr:PutReplicationConfiguration"])
    }

    fn plan(facts: &RegistrySettingFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        if let (Some(account), Known::Now(Some(region)), Known::Now(rules)) =
            (&facts.account, &change.inputs.region, &change.inputs.rule)
        {
            report.extend(to_itself(account, region, rules));
        }
        operations::plan(facts, change, report);
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        operations::import(call, Imported::Registry, id).await
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_replication_configuration")
            .then(|| Ok(setting::moved(Self::of("", Rules::new()), source)))
    }
}

impl Listed for Replication {
    type Query = RegistrySettingQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeRegistry"])
    }

    async fn list(
        call: &Call<Aws>,
        query: RegistrySettingQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        operations::list(call, &query, limit, &[""], false).await
    }
}

impl Setting for Replication {
    type Content = Rules;

    const WHAT: &'static str = "replication configuration";
    const ARGUMENT: &'static str = "rule";
    setting::common_fields!();

    fn content(&self) -> Rules {
        self.rule.clone()
    }

    fn planned_content(inputs: &Self::Partial) -> Known<Rules> {
        inputs.rule.clone()
    }

    fn saying(self, rule: Rules) -> Self {
        Self { rule, ..self }
    }

    fn of(_name: &str, rule: Rules) -> Self {
        Self { rule, adopt_existing: false, replaced: None, region: None, timeouts: None }
    }

    fn original(_name: &str) -> Option<Rules> {
        None
    }

    async fn get(call: &Call<Aws>, place: Place<'_>) -> Result<Option<Rules>, Diagnostics> {
        let doing = "read the replication configuration of the account's registry";
        let found = call.ecr(place.region).describe_registry().send().await;
        let found = found.map_err(|error| failed("ecr:DescribeRegistry", doing, &error))?.replication_configuration;
        let rules = found.iter().flat_map(|found| &found.rules).map(ReplicationRule::of).collect::<Rules>();
        Ok(Some(rules).filter(|rules| !rules.is_empty()))
    }

    async fn put(call: &Call<Aws>, place: Place<'_>, content: Option<&Rules>) -> Result<(), Diagnostics> {
        let doing = "put the replication configuration of the account's registry";
        let incomplete = |error: BuildError| Diagnostic::error(format!("Cannot {doing}")).detail(error.to_string());
        let rules = content.into_iter().flatten().map(ReplicationRule::asked).collect::<Result<_, _>>();
        let asked = types::ReplicationConfiguration::builder().set_rules(Some(rules.map_err(incomplete)?)).build();
        let put = call.ecr(place.region).put_replication_configuration();
        let put = put.replication_configuration(asked.map_err(incomplete)?).send().await;
        put.map(drop)
            .map_err(|error| failed("ecr:PutReplicationConfiguration", doing, &error).at(Self::ARGUMENT).into())
    }
}

impl ReplicationRule {
    fn of(rule: &types::ReplicationRule) -> Self {
        let destination = |destination: &types::ReplicationDestination| ReplicationDestination {
            region: destination.region.clone(),
            registry_id: destination.registry_id.clone(),
        };
        let filter = |filter: &types::RepositoryFilter| ReplicationFilter {
            filter: filter.filter.clone(),
            filter_type: filter.filter_type.as_str().to_owned(),
        };
        Self {
            destination: rule.destinations.iter().map(destination).collect(),
            repository_filter: rule.repository_filters().iter().map(filter).collect(),
        }
    }

    fn asked(&self) -> Result<types::ReplicationRule, BuildError> {
        let destination = |to: &ReplicationDestination| {
            types::ReplicationDestination::builder().region(&to.region).registry_id(&to.registry_id).build()
        };
        let filter = |filter: &ReplicationFilter| {
            let asked = types::RepositoryFilter::builder().filter(&filter.filter);
            asked.filter_type(filter.filter_type.as_str().into()).build()
        };
        let destinations = self.destination.iter().map(destination).collect::<Result<_, _>>()?;
        let filters: Vec<_> = self.repository_filter.iter().map(filter).collect::<Result<_, _>>()?;
        let rule = types::ReplicationRule::builder().set_destinations(Some(destinations));
        rule.set_repository_filters(Some(filters).filter(|filters| !filters.is_empty())).build()
    }
}

/// A registry cannot copy to itself.
fn to_itself(account: &str, region: &str, rules: &Rules) -> Option<Diagnostic> {
    let mut destinations = rules.iter().flat_map(|rule| &rule.destination);
    let is_own = |to: &ReplicationDestination| to.registry_id == account && to.region == region;
    destinations.any(is_own).then(|| {
        Diagnostic::error("A registry is to copy images to itself")
            .detail(format!("A destination is the account {account} in {region}, which is where the images come from."))
            .fix("Name another region or another account.")
            .at("rule")
    })
}
