//! The provider block.

use std::collections::BTreeSet;
use std::sync::Arc;

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{
    DataKind, Diagnostic, Diagnostics, EphemeralKind, Function, Kind, Known, ListKind, Path, Provider, Secret,
};

use super::blocks::{AssumeRole, AssumeRoleWithWebIdentity, DefaultTags, Endpoints, IgnoreTags};
use super::environment::Environment;
use super::limits::Limits;
use super::{Aws, checks, configure, given, http};
use crate::rules;
use crate::tags::OpenDefaults;

/// ECR registries for ROSA clusters. The arguments are those of the AWS provider, so that a block can be copied over; with
/// none of them, region and credentials come from where the AWS CLI takes them.
#[derive(Clone, Debug, Inputs)]
pub struct RosaProvider {
    /// Region of everything that does not name one. Environment: `AWS_REGION`, `AWS_DEFAULT_REGION`; else the profile's
    /// region, else that of the instance this runs on.
    pub region: Option<String>,
    /// Profile of the shared config and credentials files. Environment: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`.
    pub profile: Option<String>,
    /// Access key, together with `secret_key`. Environment: `AWS_ACCESS_KEY_ID`.
    pub access_key: Option<String>,
    /// Secret key, together with `access_key`. Environment: `AWS_SECRET_ACCESS_KEY`.
    #[attr(sensitive)]
    pub secret_key: Option<Secret>,
    /// Session token of temporary keys. Environment: `AWS_SESSION_TOKEN`.
    #[attr(sensitive)]
    pub token: Option<Secret>,
    /// Shared config files, in place of `~/.aws/config`. Environment: `AWS_CONFIG_FILE`.
    pub shared_config_files: Option<Vec<String>>,
    /// Shared credentials files, in place of `~/.aws/credentials`. Environment: `AWS_SHARED_CREDENTIALS_FILE`.
    pub shared_credentials_files: Option<Vec<String>>,
    /// A role to assume. Several blocks make a chain: each role is assumed with the credentials of the one before.
    #[attr(block)]
    pub assume_role: Vec<AssumeRole>,
    /// A role to assume with a token of an OpenID Connect provider. Roles of `assume_role` blocks are assumed after it.
    #[attr(block)]
    pub assume_role_with_web_identity: Option<AssumeRoleWithWebIdentity>,
    /// Tags for everything that is made.
    #[attr(block)]
    pub default_tags: Option<DefaultTags>,
    /// Tags that are left alone, because something else manages them. Tags by which rosa-ecr knows its objects are written
    /// whatever this says.
    #[attr(block)]
    pub ignore_tags: Option<IgnoreTags>,
    /// The only accounts to work in: with credentials of any other, nothing is done. An empty list is as none. Conflicts with
    /// `forbidden_account_ids`.
    #[attr(each(rules::account))]
    pub allowed_account_ids: Option<BTreeSet<String>>,
    /// Accounts not to work in. Conflicts with `allowed_account_ids`.
    #[attr(each(rules::account))]
    pub forbidden_account_ids: Option<BTreeSet<String>>,
    /// URLs to use instead of AWS's own, for VPC endpoints, gateways and emulators. Of several blocks that name a service,
    /// the last counts.
    #[attr(block)]
    pub endpoints: Vec<Endpoints>,
    /// How often a call is tried again when AWS throttles it or has a fault: `25` unless set. Whatever it is, a call ends
    /// within five minutes, and an address that does not answer is tried four times. Environment: `AWS_MAX_ATTEMPTS`,
    /// which is one more.
    #[attr(range(0..=1000))]
    pub max_retries: Option<i64>,
    /// How retries wait: `standard`, or `adaptive`, which also slows down calls once AWS throttles. Environment:
    /// `AWS_RETRY_MODE`.
    #[attr(check(checks::retry_mode))]
    pub retry_mode: Option<String>,
    /// Whether to call FIPS endpoints, except where `endpoints` has a URL. Environment: `AWS_USE_FIPS_ENDPOINT`.
    pub use_fips_endpoint: Option<bool>,
    /// Whether to call dual-stack endpoints, except where `endpoints` has a URL. Environment:
    /// `AWS_USE_DUALSTACK_ENDPOINT`.
    pub use_dualstack_endpoint: Option<bool>,
    /// File of the certificate authorities to trust (PEM), in place of the system's. Environment: `AWS_CA_BUNDLE`.
    pub custom_ca_bundle: Option<String>,
    /// URL of the proxy for HTTP, and for HTTPS unless `https_proxy` is set. Environment: `HTTP_PROXY`, for HTTP alone.
    #[attr(sensitive, check(checks::proxy))]
    pub http_proxy: Option<Secret>,
    /// URL of the proxy for HTTPS; `""` for none. Environment: `HTTPS_PROXY`.
    #[attr(sensitive, check(checks::proxy))]
    pub https_proxy: Option<Secret>,
    /// Hosts, IP addresses and CIDR blocks that are reached without a proxy, separated by commas. Environment: `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// Accepted for blocks that are copied over: credentials are checked by the first call that needs them.
    pub skip_credentials_validation: Option<bool>,
    /// Whether not to ask the metadata service of the instance this runs on for region and credentials.
    pub skip_metadata_api_check: Option<bool>,
    /// Whether to accept a region that does not look like one of AWS's.
    pub skip_region_validation: Option<bool>,
    /// Whether never to ask for the account: for emulators without STS. What depends on it is then known after apply only.
    pub skip_requesting_account_id: Option<bool>,
}

impl Provider for RosaProvider {
    const NAME: &'static str = "rosa";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    type Context = Aws;

    fn kinds() -> Vec<Arc<dyn Kind<Aws>>> {
        crate::kinds()
    }

    fn data_sources() -> Vec<Arc<dyn DataKind<Aws>>> {
        crate::data_sources()
    }

    fn ephemeral_resources() -> Vec<Arc<dyn EphemeralKind<Aws>>> {
        crate::ephemeral_resources()
    }

    fn list_resources() -> Vec<Arc<dyn ListKind<Aws>>> {
        crate::list_resources()
    }

    fn functions() -> Vec<Function> {
        crate::functions()
    }

    fn validate(config: &RosaProviderPartial, report: &mut Diagnostics) {
        report.extend(check_region(config));
        report.extend(check_keys(config));
        report.extend(check_accounts(config));
        report.extend(check_web_identity(config));
        warn_of_roles(config, report);
        if let Known::Now(bundle) = &config.custom_ca_bundle
            && let Some(bundle) = given(bundle)
        {
            let path = Environment::of_process().path(bundle);
            report.extend(http::read_certificates(&path).err().map(|problem| unusable_certificates(&path, problem)));
        }
    }

    async fn configure(self) -> Result<Aws, Diagnostics> {
        self.configure_open(&[]).await
    }

    /// None of these is needed to read. Which accounts are right is found out at the latest before anything is changed.
    const OPEN: &'static [&'static str] =
        &["default_tags", "allowed_account_ids", "forbidden_account_ids", "max_retries", "retry_mode"];

    async fn configure_open(self, open: &[Path]) -> Result<Aws, Diagnostics> {
        configure::configure(self, &Environment::of_process(), Limits::default(), OpenDefaults::at(open)).await
    }
}

fn check_region(config: &RosaProviderPartial) -> Option<Diagnostic> {
    let (Known::Now(region), Known::Now(skip)) = (&config.region, &config.skip_region_validation) else { return None };
    if *skip == Some(true) { None } else { invalid_region(given(region)?, "region") }
}

/// What is wrong with the region that `source` names.
pub(super) fn invalid_region(region: &str, source: &str) -> Option<Diagnostic> {
    let violation = checks::region(region).err()?;
    Some(
        Diagnostic::error("Invalid region")
            .detail(format!("{source} has the value {region:?}. {}", violation.rule))
            .fix(violation.fix)
            .at("region"),
    )
}

/// What is wrong with a file of certificates.
pub(super) fn unusable_certificates(path: &std::path::Path, problem: String) -> Diagnostic {
    Diagnostic::error("Unusable certificate authorities")
        .detail(problem)
        .fix(format!(
            "Make {} a file with at least one certificate in PEM form, or remove custom_ca_bundle (or AWS_CA_BUNDLE).",
            path.display()
        ))
        .at("custom_ca_bundle")
}

fn check_keys(config: &RosaProviderPartial) -> Option<Diagnostic> {
    let is_set = |secret: &Option<Secret>| secret.as_ref().is_some_and(|secret| !secret.expose().is_empty());
    let key = config.access_key.as_ref().map(|key| given(key).is_some()).now().copied()?;
    let secret = config.secret_key.as_ref().map(is_set).now().copied()?;
    let lonely = |there: &str, missing: &'static str| {
        Diagnostic::error(format!("Missing {missing}"))
            .detail(format!("{there} is set and {missing} is not. AWS needs both."))
            .fix(format!("Set {missing}, or remove {there} and use a profile or the environment."))
            .at(missing)
    };
    match (key, secret) {
        (true, false) => Some(lonely("access_key", "secret_key")),
        (false, true) => Some(lonely("secret_key", "access_key")),
        (false, false) if config.token.now().is_some_and(is_set) => Some(lonely("token", "access_key")),
        _ => None,
    }
}

fn check_accounts(config: &RosaProviderPartial) -> Option<Diagnostic> {
    let is_set = |ids: &Known<Option<BTreeSet<String>>>| {
        ids.now().is_some_and(|ids| ids.as_ref().is_some_and(|ids| !ids.is_empty()))
    };
    let (allowed, forbidden) = (is_set(&config.allowed_account_ids), is_set(&config.forbidden_account_ids));
    if allowed && forbidden {
        return Some(
            Diagnostic::error("Conflicting arguments")
                .detail("allowed_account_ids and forbidden_account_ids are both set: the first forbids all others.")
                .fix("Remove one of them.")
                .at("forbidden_account_ids"),
        );
    }
    let list = if allowed { "allowed_account_ids" } else { "forbidden_account_ids" };
    let skip = config.skip_requesting_account_id.now().is_some_and(|skip| *skip == Some(true));
    ((allowed || forbidden) && skip).then(|| {
        Diagnostic::error("Conflicting arguments")
            .detail(format!("{list} needs the account, and skip_requesting_account_id = true forbids to ask for it."))
            .fix("Remove one of them.")
            .at(list)
    })
}

/// A block that names no role is no mistake in the AWS provider either: a module may leave out the role in an environment.
fn warn_of_roles(config: &RosaProviderPartial, report: &mut Diagnostics) {
    let blocks = config.assume_role.now().into_iter().flatten().enumerate();
    for (index, _) in blocks.filter(|(_, block)| given(&block.role_arn).is_none()) {
        report.push(
            Diagnostic::warning("No role to assume")
                .detail("An assume_role block has no role_arn, so no role is assumed for it.")
                .fix("Set role_arn, or remove the block.")
                .at(Path::from("assume_role").index(index).attribute("role_arn")),
        );
    }
}

fn check_web_identity(config: &RosaProviderPartial) -> Option<Diagnostic> {
    let block = config.assume_role_with_web_identity.now()?.as_ref()?;
    given(&block.web_identity_token_file)?;
    block.web_identity_token.as_ref().filter(|token| !token.expose().is_empty())?;
    Some(
        Diagnostic::error("Conflicting arguments")
            .detail("web_identity_token and web_identity_token_file are both set: there can be one token only.")
            .fix("Remove one of them.")
            .at(Path::from("assume_role_with_web_identity").attribute("web_identity_token_file")),
    )
}

#[cfg(test)]
mod tests;
