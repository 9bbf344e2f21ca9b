//! `rosa_ecr_account_setting`: a setting of the account's registry that has a name and a value.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create, read, list | `GetAccountSetting` |
//! | create, update, delete | `GetAccountSetting`, `PutAccountSetting` |
//!
//! `DescribeRegistry` is called only if `skip_requesting_account_id` is set. `name` and `region` force replacement.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, Listed, Listing, MoveSource,
    Page, RealObject, Resource, State, Timeouts,
};

use super::operations;
use super::setting::{
    self, ACCOUNT_IDENTITY, Content, Fields, Place, RegistrySettingFacts, RegistrySettingOutputs, RegistrySettingQuery,
    Setting,
};
use crate::claims;
use crate::error::{code, failed};
use crate::import_id::Imported;
use crate::provider::Aws;
use crate::{move_source, page, region};

/// The settings that there are, with their values, and what AWS has if none is set.
///
/// Sources: Amazon ECR API Reference, `PutAccountSetting`; User Guide, "Basic scanning" (`AWS_NATIVE` is the only one left), "Private
/// registry permissions" (`V2` is the default) and "Blob mounting" (it has to be turned on).
const SETTINGS: [(&str, &[&str], &str); 3] = [
    ("BASIC_SCAN_TYPE_VERSION", &["AWS_NATIVE"], "AWS_NATIVE"),
    ("BLOB_MOUNTING", &["ENABLED", "DISABLED"], "DISABLED"),
    ("REGISTRY_POLICY_SCOPE", &["V2"], "V2"),
];

/// A setting of the account's registry in a region that has a name and a value.
///
/// A registry has each only once, so a create never replaces a value that something else has put, unless `adopt_existing` is true. A
/// destroy puts back what was replaced, or else AWS's default. If something else has changed the value since, it stays, with a
/// warning.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct AccountSetting {
    /// Name of the setting: `BASIC_SCAN_TYPE_VERSION`, the scanner of basic scanning; `BLOB_MOUNTING`, whether repositories with equal
    /// encryption share layers; or `REGISTRY_POLICY_SCOPE`, which actions the registry's policy counts for. Changing it makes a new
    /// setting.
    #[attr(replace, one_of("BASIC_SCAN_TYPE_VERSION", "BLOB_MOUNTING", "REGISTRY_POLICY_SCOPE"))]
    pub name: String,
    /// Value of the setting: `AWS_NATIVE` of `BASIC_SCAN_TYPE_VERSION`, `ENABLED` or `DISABLED` (AWS's default) of `BLOB_MOUNTING`, `V2`
    /// of `REGISTRY_POLICY_SCOPE`. AWS no longer takes the earlier values `CLAIR` and `V1` (Amazon ECR API Reference,
    /// `PutAccountSetting`).
    pub value: String,
    /// Whether a value that something else has put is replaced instead of being an error. It is kept in `replaced`.
    #[attr(default = false)]
    pub adopt_existing: bool,
    /// The value that a destroy puts back: what was there before it was replaced with `adopt_existing = true`. Without it, or if AWS no
    /// longer takes it, a destroy puts AWS's default. It is filled in by the apply; set it only if that was lost, because the apply
    /// was interrupted.
    #[attr(computed)]
    pub replaced: Option<String>,
    /// Region of the registry; the provider's if it is not set. Changing it makes a new setting.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

impl Content for String {
    fn text(&self) -> String {
        self.clone()
    }

    fn of_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Resource for AccountSetting {
    const TYPE: &'static str = "rosa_ecr_account_setting";
    const PAGE: Page = page::registry_settings(&["choose a setting of the account in ECR"]);
    const IDENTITY: &'static [IdentityAttribute] = &[ACCOUNT_IDENTITY, NAME_IDENTITY, region::IDENTITY];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_account_setting"];
    setting::resource_operations!();

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:DescribeRegistry", "ecr:GetAccountSetting", "ecr:PutAccountSetting"])
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(name), Known::Now(value)) = (&inputs.name, &inputs.value) {
            report.extend(check_value(name, value));
        }
    }

    fn plan(facts: &RegistrySettingFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        operations::plan(facts, change, report);
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        operations::import(call, Imported::AccountSetting, id).await
    }

    fn import_id(identity: &BTreeMap<String, String>) -> Result<String, Diagnostics> {
        let of = |name: &str| identity.get(name).map(String::as_str);
        let id = Self::id(of("registry_id").unwrap_or_default(), of("name").unwrap_or_default());
        Ok(of("region").map_or_else(|| id.clone(), |region| format!("{id}@{region}")))
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_account_setting").then(|| {
            let value = source.text("value").unwrap_or_default().to_owned();
            Ok(setting::moved(Self::of(move_source::required(source, "name")?, value), source))
        })
    }
}

impl Listed for AccountSetting {
    type Query = RegistrySettingQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:GetAccountSetting"])
    }

    async fn list(
        call: &Call<Aws>,
        query: RegistrySettingQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let names = SETTINGS.map(|(name, ..)| name);
        operations::list(call, &query, limit, &names, true).await
    }
}

impl Setting for AccountSetting {
    type Content = String;

    const WHAT: &'static str = "setting";
    const ARGUMENT: &'static str = "value";
    setting::common_fields!();

    fn name(&self) -> &str {
        &self.name
    }

    fn planned_name(inputs: &Self::Partial) -> Known<String> {
        inputs.name.clone()
    }

    fn content(&self) -> String {
        self.value.clone()
    }

    fn planned_content(inputs: &Self::Partial) -> Known<String> {
        inputs.value.clone()
    }

    fn saying(self, value: String) -> Self {
        Self { value, ..self }
    }

    fn of(name: &str, value: String) -> Self {
        Self { name: name.to_owned(), value, adopt_existing: false, replaced: None, region: None, timeouts: None }
    }

    fn original(name: &str) -> Option<String> {
        SETTINGS.into_iter().find(|setting| setting.0 == name).map(|(.., original)| original.to_owned())
    }

    fn not_taken_back(place: Place<'_>, before: &String) -> Option<Diagnostic> {
        check_value(place.name, before).map(|_| not_put_back(&Self::object(place), before))
    }

    async fn get(call: &Call<Aws>, place: Place<'_>) -> Result<Option<String>, Diagnostics> {
        match call.ecr(place.region).get_account_setting().name(place.name).send().await {
            Ok(found) => Ok(found.value),
            // A partition may not have it.
            Err(error) if code(&error) == Some("InvalidParameterException") => Ok(None),
            Err(error) => {
                let doing = format!("read the {}", Self::object(place));
                Err(failed("ecr:GetAccountSetting", doing, &error).into())
            }
        }
    }

    async fn put(call: &Call<Aws>, place: Place<'_>, content: Option<&String>) -> Result<(), Diagnostics> {
        let Some(value) = content else { return Ok(()) };
        let put = call.ecr(place.region).put_account_setting().name(place.name).value(value).send().await;
        put.map(drop).map_err(|error| {
            let doing = format!("set the {} to {value}", Self::object(place));
            failed("ecr:PutAccountSetting", doing, &error).at(Self::ARGUMENT).into()
        })
    }
}

/// The name of a setting in its identity.
const NAME_IDENTITY: IdentityAttribute =
    IdentityAttribute { name: "name", description: "Name of the setting.", required: true };

fn check_value(name: &str, value: &str) -> Option<Diagnostic> {
    let (_, values, _) = SETTINGS.into_iter().find(|setting| setting.0 == name)?;
    if values.contains(&value) {
        return None;
    }
    let quoted: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    let error = Diagnostic::error(format!("{name} cannot have that value"))
        .detail(format!(
            "AWS takes {} (Amazon ECR API Reference, PutAccountSetting), and value is \"{value}\".",
            quoted.join(" or ")
        ))
        .fix(format!("Set value to {}.", quoted.join(" or ")));
    Some(error.at("value"))
}

/// Says that a destroy cannot put back what was there.
fn not_put_back(object: &str, value: &str) -> Diagnostic {
    Diagnostic::warning(format!("The {object} does not get back the value {value}"))
        .detail("AWS no longer takes it (Amazon ECR API Reference, PutAccountSetting). It gets AWS's default.")
}
