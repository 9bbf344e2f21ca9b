//! The provider: what it has, what it checks of its block, and how it makes its context.

use super::block::{RosaProvider, RosaProviderPartial};
use super::checks::{invalid_region, unusable_certificates};
use super::environment::Environment;
use super::limits::Limits;
use super::{Aws, configure, given, http};
use crate::tags::OpenDefaults;
use rosa_ecr_model::{
    ActionKind, DataKind, Diagnostic, Diagnostics, EphemeralKind, Function, Kind, Known, ListKind, Path, Provider,
    Secret,
};
use std::collections::BTreeSet;
use std::sync::Arc;

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

    fn actions() -> Vec<Arc<dyn ActionKind<Aws>>> {
        crate::actions()
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
