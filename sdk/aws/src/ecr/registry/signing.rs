//! `rosa_ecr_signing`: with which signing profiles the account's registry signs images.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create, read, list | `GetSigningConfiguration` |
//! | create, update | `GetSigningConfiguration`, `PutSigningConfiguration` |
//! | delete | `GetSigningConfiguration`, `DeleteSigningConfiguration` or, if another one was there before, `PutSigningConfiguration` |
//!
//! `DescribeRegistry` is called only if `skip_requesting_account_id` is set. `region` forces replacement.

use std::collections::BTreeSet;

use aws_sdk_ecr::error::BuildError;
use aws_sdk_ecr::types;
use rosa_ecr_derive::{Inputs, Object};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, Listed, Listing, MoveSource,
    Page, RealObject, Resource, State, Timeouts, Violation,
};

use super::filters;
use super::operations;
use super::setting::{
    self, ACCOUNT_IDENTITY, Content, Fields, Place, RegistrySettingFacts, RegistrySettingOutputs, RegistrySettingQuery,
    Setting,
};
use crate::claims;
use crate::error::{code, failed};
use crate::import_id::Imported;
use crate::provider::Aws;
use crate::rules::is_account;
use crate::{move_source, page, region};

/// With which signing profiles of AWS Signer the account's registry in a region signs images when they are pushed. Whoever pushes
/// an image needs `signer:SignPayload` on the profile (Amazon ECR User Guide, "Managed signing"). Signatures stay after a destroy.
///
/// A registry has only one, so a create never replaces what something else has put, unless `adopt_existing` is true.
/// A destroy puts back what was replaced, or else removes it. If something else has changed it since, it stays, with a warning.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Signing {
    /// What is signed, and with which profile: from 1 to 10.
    #[attr(nested, count(1..=10))]
    pub rule: BTreeSet<SigningRule>,
    /// Whether a configuration that something else has put is replaced instead of being an error. What it says is kept in `replaced`.
    #[attr(default = false)]
    pub adopt_existing: bool,
    /// What a destroy puts back, as JSON: what was there before it was replaced with `adopt_existing = true`. Without it a destroy
    /// ends the signing. It is filled in by the apply; set it only if that was lost, because the apply was interrupted.
    #[attr(computed, check(setting::check_replaced::<Rules>))]
    pub replaced: Option<String>,
    /// Region of the registry; the provider's if it is not set. Changing it makes a new configuration.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What is signed, and with which profile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct SigningRule {
    /// ARN of the signing profile.
    #[attr(check(signing_profile_arn))]
    pub signing_profile_arn: String,
    /// Whose images are signed: those of repositories that one of the filters fits, at most 100 filters; all if there is none.
    #[attr(default = [], nested, count(0..=100))]
    pub repository_filter: BTreeSet<SigningFilter>,
}

/// A filter for names of repositories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct SigningFilter {
    /// The name, with `*` for any characters: lowercase letters, digits, `.`, `_`, `-`, `/` and `*`.
    #[attr(check(filters::wildcard))]
    pub filter: String,
    /// How `filter` is read: `WILDCARD_MATCH`.
    #[attr(default = "WILDCARD_MATCH", one_of("WILDCARD_MATCH"))]
    pub filter_type: String,
}

/// What a signing configuration says.
type Rules = BTreeSet<SigningRule>;

impl Content for Rules {
    fn text(&self) -> String {
        setting::to_json(self)
    }

    fn of_text(text: &str) -> Option<Self> {
        setting::from_json(text)
    }
}

impl Resource for Signing {
    const TYPE: &'static str = "rosa_ecr_signing";
    const PAGE: Page = page::registry_settings(&["have images signed when they are pushed"]);
    const IDENTITY: &'static [IdentityAttribute] = &[ACCOUNT_IDENTITY, region::IDENTITY];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_signing_configuration"];
    setting::resource_operations!();

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ecr:DeleteSigningConfiguration",
            "ecr:DescribeRegistry",
            "ecr:GetSigningConfiguration",
            "ecr:PutSigningConfiguration",
        ])
    }

    fn plan(facts: &RegistrySettingFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        operations::plan(facts, change, report);
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        operations::import(call, Imported::Registry, id).await
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_signing_configuration")
            .then(|| Ok(setting::moved(Self::of("", Rules::new()), source)))
    }
}

impl Listed for Signing {
    type Query = RegistrySettingQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:GetSigningConfiguration"])
    }

    async fn list(
        call: &Call<Aws>,
        query: RegistrySettingQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        operations::list(call, &query, limit, &[""], false).await
    }
}

impl Setting for Signing {
    type Content = Rules;

    const WHAT: &'static str = "signing configuration";
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
        let found = match call.ecr(place.region).get_signing_configuration().send().await {
            Ok(found) => found.signing_configuration,
            Err(error) if is_gone(code(&error)) => None,
            Err(error) => {
                let doing = "read the signing configuration of the account's registry";
                return Err(failed("ecr:GetSigningConfiguration", doing, &error).into());
            }
        };
        let rules = found.iter().flat_map(|found| &found.rules).map(SigningRule::of).collect::<Rules>();
        Ok(Some(rules).filter(|rules| !rules.is_empty()))
    }

    async fn put(call: &Call<Aws>, place: Place<'_>, content: Option<&Rules>) -> Result<(), Diagnostics> {
        let ecr = call.ecr(place.region);
        let Some(rules) = content else {
            return match ecr.delete_signing_configuration().send().await {
                Ok(_) => Ok(()),
                Err(error) if is_gone(code(&error)) => Ok(()),
                Err(error) => {
                    let doing = "delete the signing configuration of the account's registry";
                    Err(failed("ecr:DeleteSigningConfiguration", doing, &error).into())
                }
            };
        };
        let doing = "put the signing configuration of the account's registry";
        let incomplete = |error: BuildError| Diagnostic::error(format!("Cannot {doing}")).detail(error.to_string());
        let rules = rules.iter().map(SigningRule::asked).collect::<Result<_, _>>().map_err(incomplete)?;
        let asked = types::SigningConfiguration::builder().set_rules(Some(rules)).build().map_err(incomplete)?;
        let put = ecr.put_signing_configuration().signing_configuration(asked).send().await;
        put.map(drop).map_err(|error| failed("ecr:PutSigningConfiguration", doing, &error).at(Self::ARGUMENT).into())
    }
}

impl SigningRule {
    fn of(rule: &types::SigningRule) -> Self {
        let filter = |filter: &types::SigningRepositoryFilter| SigningFilter {
            filter: filter.filter.clone(),
            filter_type: filter.filter_type.as_str().to_owned(),
        };
        Self {
            signing_profile_arn: rule.signing_profile_arn.clone(),
            repository_filter: rule.repository_filters().iter().map(filter).collect(),
        }
    }

    fn asked(&self) -> Result<types::SigningRule, BuildError> {
        let filter = |filter: &SigningFilter| {
            let asked = types::SigningRepositoryFilter::builder().filter(&filter.filter);
            asked.filter_type(filter.filter_type.as_str().into()).build()
        };
        let filters: Vec<_> = self.repository_filter.iter().map(filter).collect::<Result<_, _>>()?;
        let rule = types::SigningRule::builder().signing_profile_arn(&self.signing_profile_arn);
        rule.set_repository_filters(Some(filters).filter(|filters| !filters.is_empty())).build()
    }
}

fn is_gone(code: Option<&str>) -> bool {
    code == Some("SigningConfigurationNotFoundException")
}

/// Source: Amazon ECR API Reference, `SigningRule`.
fn signing_profile_arn(arn: &str) -> Result<(), Violation> {
    let is_name = |name: &str| name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let fits = match arn.split(':').collect::<Vec<_>>()[..] {
        ["arn", partition, "signer", region, account, resource] => {
            let name = resource.strip_prefix("/signing-profiles/");
            partition.starts_with("aws") && !region.is_empty() && is_account(account) && name.is_some_and(is_name)
        }
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(Violation::rule(
        "It must be the ARN of a signing profile: arn:aws:signer:<region>:<account>:/signing-profiles/<name>.",
    )
    .fix("`aws signer list-signing-profiles` shows it."))
}
