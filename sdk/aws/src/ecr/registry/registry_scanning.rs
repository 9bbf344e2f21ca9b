//! `rosa_ecr_registry_scanning`: how the account's registry scans images for vulnerabilities.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create, read, list | `GetRegistryScanningConfiguration` |
//! | create, update, delete | `GetRegistryScanningConfiguration`, `PutRegistryScanningConfiguration` |
//!
//! `DescribeRegistry` is called only if `skip_requesting_account_id` is set. `region` forces replacement. ECR always has a
//! configuration: if none is set, it is basic scanning without rules.

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
use crate::claims;
use crate::error::{failed, incomplete};
use crate::import_id::Imported;
use crate::provider::Aws;
use crate::{move_source, page, region};

/// How the account's registry in a region scans images for vulnerabilities. It takes the place of `scan_on_push` of single
/// repositories, whose API AWS is deprecating (Amazon ECR API Reference, `PutImageScanningConfiguration`).
///
/// A registry has only one, so a create never replaces what something else has put, unless `adopt_existing` is true.
/// A destroy puts back what was replaced, or else basic scanning without rules. If something else has changed it since, it stays, with a warning.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RegistryScanning {
    /// How images are scanned: `BASIC`, by ECR itself, or `ENHANCED`, by Amazon Inspector, which scans packages of programming
    /// languages as well, and costs what Inspector costs for each image (Amazon ECR User Guide, "Enhanced scanning"). Whoever sets
    /// `ENHANCED` needs the IAM actions of Inspector that are named there.
    #[attr(one_of("BASIC", "ENHANCED"))]
    pub scan_type: String,
    /// Which repositories are scanned, and when: at most 2. Others are scanned only by hand.
    #[attr(default = [], nested, count(0..=2))]
    pub rule: BTreeSet<ScanningRule>,
    /// Whether a configuration that something else has put is replaced instead of being an error. What it says is kept in `replaced`.
    #[attr(default = false)]
    pub adopt_existing: bool,
    /// What a destroy puts back, as JSON: what was there before it was replaced with `adopt_existing = true`. Without it a destroy
    /// puts basic scanning without rules. It is filled in by the apply; set it only if that was lost, because the apply was interrupted.
    #[attr(computed, check(setting::check_replaced::<Scanning>))]
    pub replaced: Option<String>,
    /// Region of the registry; the provider's if it is not set. Changing it makes a new configuration.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// When the images of some repositories are scanned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct ScanningRule {
    /// When: `SCAN_ON_PUSH`; with `ENHANCED` also `CONTINUOUS_SCAN`, whenever a vulnerability becomes known; with `BASIC` also
    /// `MANUAL`.
    #[attr(one_of("SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"))]
    pub scan_frequency: String,
    /// Which repositories: those that one of the filters fits, from 1 to 100.
    #[attr(nested, count(1..=100))]
    pub repository_filter: BTreeSet<ScanningFilter>,
}

/// A filter for names of repositories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct ScanningFilter {
    /// A part of the name or, with `*` for any characters, the whole name: lowercase letters, digits, `.`, `_`, `-`, `/` and `*`.
    #[attr(check(filters::wildcard))]
    pub filter: String,
    /// How `filter` is read: `WILDCARD`.
    #[attr(default = "WILDCARD", one_of("WILDCARD"))]
    pub filter_type: String,
}

/// What a scanning configuration says.
#[derive(Clone, Debug, PartialEq, Object)]
pub(super) struct Scanning {
    /// How images are scanned.
    scan_type: String,
    /// Which repositories are scanned, and when.
    rule: BTreeSet<ScanningRule>,
}

impl Content for Scanning {
    fn text(&self) -> String {
        setting::to_json(self)
    }

    fn of_text(text: &str) -> Option<Self> {
        setting::from_json(text)
    }
}

impl Resource for RegistryScanning {
    const TYPE: &'static str = "rosa_ecr_registry_scanning";
    const PAGE: Page = page::registry_settings(&["choose which images are scanned, and how"]);
    const IDENTITY: &'static [IdentityAttribute] = &[ACCOUNT_IDENTITY, region::IDENTITY];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_registry_scanning_configuration"];
    setting::resource_operations!();

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ecr:DescribeRegistry",
            "ecr:GetRegistryScanningConfiguration",
            "ecr:PutRegistryScanningConfiguration",
        ])
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(scan_type), Known::Now(rules)) = (&inputs.scan_type, &inputs.rule) {
            report.extend(rules.iter().find_map(|rule| check_frequency(scan_type, &rule.scan_frequency)));
        }
    }

    fn plan(facts: &RegistrySettingFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        operations::plan(facts, change, report);
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        operations::import(call, Imported::Registry, id).await
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_registry_scanning_configuration").then(|| {
            let scan_type = move_source::required(source, "scan_type")?.to_owned();
            let scanning = Scanning { scan_type, rule: BTreeSet::new() };
            Ok(setting::moved(Self::of("", scanning), source))
        })
    }
}

impl Listed for RegistryScanning {
    type Query = RegistrySettingQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:GetRegistryScanningConfiguration"])
    }

    async fn list(
        call: &Call<Aws>,
        query: RegistrySettingQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        operations::list(call, &query, limit, &[""], false).await
    }
}

impl Setting for RegistryScanning {
    type Content = Scanning;

    const WHAT: &'static str = "scanning configuration";
    const ARGUMENT: &'static str = "scan_type";
    setting::common_fields!();

    fn content(&self) -> Scanning {
        Scanning { scan_type: self.scan_type.clone(), rule: self.rule.clone() }
    }

    fn planned_content(inputs: &Self::Partial) -> Known<Scanning> {
        let both = inputs.scan_type.clone().zip(inputs.rule.clone());
        both.map(|(scan_type, rule)| Scanning { scan_type, rule })
    }

    fn saying(self, Scanning { scan_type, rule }: Scanning) -> Self {
        Self { scan_type, rule, ..self }
    }

    fn of(_name: &str, Scanning { scan_type, rule }: Scanning) -> Self {
        Self { scan_type, rule, adopt_existing: false, replaced: None, region: None, timeouts: None }
    }

    fn original(_name: &str) -> Option<Scanning> {
        Some(Scanning { scan_type: "BASIC".to_owned(), rule: BTreeSet::new() })
    }

    async fn get(call: &Call<Aws>, place: Place<'_>) -> Result<Option<Scanning>, Diagnostics> {
        let doing = "read the scanning configuration of the account's registry";
        let found = call.ecr(place.region).get_registry_scanning_configuration().send().await;
        let found = found.map_err(|error| failed("ecr:GetRegistryScanningConfiguration", doing, &error))?;
        let found = found.scanning_configuration.ok_or_else(|| incomplete("ECR", doing))?;
        let scan_type = found.scan_type.as_ref().ok_or_else(|| incomplete("ECR", doing))?.as_str().to_owned();
        Ok(Some(Scanning { scan_type, rule: found.rules().iter().map(ScanningRule::of).collect() }))
    }

    async fn put(call: &Call<Aws>, place: Place<'_>, content: Option<&Scanning>) -> Result<(), Diagnostics> {
        let doing = "put the scanning configuration of the account's registry";
        let original = Self::original(place.name);
        let Some(Scanning { scan_type, rule }) = content.or(original.as_ref()) else { return Ok(()) };
        let rules = rule.iter().map(ScanningRule::asked).collect::<Result<_, _>>();
        let rules = rules.map_err(|error| Diagnostic::error(format!("Cannot {doing}")).detail(error.to_string()))?;
        let put = call.ecr(place.region).put_registry_scanning_configuration();
        let put = put.scan_type(scan_type.as_str().into()).set_rules(Some(rules)).send().await;
        put.map(drop)
            .map_err(|error| failed("ecr:PutRegistryScanningConfiguration", doing, &error).at(Self::ARGUMENT).into())
    }
}

impl ScanningRule {
    fn of(rule: &types::RegistryScanningRule) -> Self {
        let filter = |filter: &types::ScanningRepositoryFilter| ScanningFilter {
            filter: filter.filter.clone(),
            filter_type: filter.filter_type.as_str().to_owned(),
        };
        Self {
            scan_frequency: rule.scan_frequency.as_str().to_owned(),
            repository_filter: rule.repository_filters.iter().map(filter).collect(),
        }
    }

    fn asked(&self) -> Result<types::RegistryScanningRule, BuildError> {
        let filter = |filter: &ScanningFilter| {
            let asked = types::ScanningRepositoryFilter::builder().filter(&filter.filter);
            asked.filter_type(filter.filter_type.as_str().into()).build()
        };
        let filters = self.repository_filter.iter().map(filter).collect::<Result<_, _>>()?;
        let rule = types::RegistryScanningRule::builder().scan_frequency(self.scan_frequency.as_str().into());
        rule.set_repository_filters(Some(filters)).build()
    }
}

/// Source: Amazon ECR API Reference, `RegistryScanningRule`.
fn check_frequency(scan_type: &str, frequency: &str) -> Option<Diagnostic> {
    let instead = match (scan_type, frequency) {
        ("BASIC", "CONTINUOUS_SCAN") => "\"SCAN_ON_PUSH\" or \"MANUAL\", or scan_type to \"ENHANCED\"",
        ("ENHANCED", "MANUAL") => "\"SCAN_ON_PUSH\" or \"CONTINUOUS_SCAN\", or scan_type to \"BASIC\"",
        _ => return None,
    };
    let error = Diagnostic::error(format!("A scan_frequency that {scan_type} scanning does not have"))
        .detail(format!("scan_type is \"{scan_type}\", and a rule has scan_frequency = \"{frequency}\"."))
        .fix(format!("Set scan_frequency to {instead}."));
    Some(error.at("rule"))
}
