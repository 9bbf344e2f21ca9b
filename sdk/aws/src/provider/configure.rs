//! From the provider block to the context: which region, whose credentials, how calls are made.
//!
//! Nothing is sent to AWS here, with two exceptions: the block restricts accounts, so that a wrong one must be found
//! before anything is done; or nothing at all names a region, and the instance this runs on is asked for its own.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aws_config::identity::IdentityCache;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::profile::ProfileSet;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, FrameworkMetadata, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::{RetryConfig, RetryMode};
use aws_types::os_shim_internal::Fs;
use rosa_ecr_model::{Diagnostic, Diagnostics};

use super::aws::{Aws, Settings, sts};
use super::block::RosaProvider;
use super::blocks::Endpoints;
use super::checks::{invalid_region, unusable_certificates};
use super::environment::Environment;
use super::http::{self, Proxies};
use super::limits::{Limits, MAX_RETRIES};
use super::{credentials, given};
use crate::error::reasons;
use crate::tags::{OpenDefaults, TagPolicy};

/// The context of a provider block.
///
/// # Errors
/// Where the block, the environment and the profile do not make sense together, and where the account is a wrong one.
pub(super) async fn configure(
    block: RosaProvider,
    environment: &Environment,
    limits: Limits,
    open: OpenDefaults,
) -> Result<Aws, Diagnostics> {
    let http = http_client(&block, environment)?;
    let files = files(&block, environment);
    let profile = Profile::of(&block, environment);
    let profiles = profiles(&block, environment, &files, &profile).await?;
    let region = region(&block, environment, &profiles, &http).await?;
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.clone()))
        .http_client(http.clone())
        .timeout_config(limits.timeouts())
        .retry_config(retries(&block, environment, &profiles))
        .identity_cache(IdentityCache::lazy().load_timeout(limits.load_credentials()).build())
        .profile_files(files.clone())
        .no_credentials();
    #[cfg(test)]
    let loader = loader.empty_test_environment();
    let loader = match FrameworkMetadata::new("rosa-ecr", Some(env!("CARGO_PKG_VERSION"))) {
        Ok(user_agent) => loader.framework_metadata(user_agent),
        Err(_) => loader,
    };
    let loader = match profile.name {
        Some(name) => loader.profile_name(name),
        None => loader,
    };
    let loader = block.use_fips_endpoint.into_iter().fold(loader, |loader, fips| loader.use_fips(fips));
    let loader = block.use_dualstack_endpoint.into_iter().fold(loader, |loader, dual| loader.use_dual_stack(dual));
    let config = loader.load().await;
    let endpoints = Endpoints::merge(block.endpoints.clone());
    let credentials = credentials(&block, environment, &config, &endpoints, files, &profile, limits)?;
    let config = config.into_builder().credentials_provider(credentials).build();
    let skip_account = block.skip_requesting_account_id == Some(true);
    let tags = TagPolicy { open, ..tag_policy(&block, environment) };
    let aws = Aws::new(Settings { config, region, endpoints, limits, tags, skip_account });
    check_account(&block, &aws).await?;
    Ok(aws)
}

fn http_client(block: &RosaProvider, environment: &Environment) -> Result<SharedHttpClient, Diagnostic> {
    let bundle = given(&block.custom_ca_bundle).or_else(|| environment.get("AWS_CA_BUNDLE"));
    let certificates = bundle.map(|bundle| {
        let path = environment.path(bundle);
        http::read_certificates(&path).map_err(|problem| unusable_certificates(&path, problem))
    });
    let proxies =
        Proxies::new(block.http_proxy.as_ref(), block.https_proxy.as_ref(), given(&block.no_proxy), environment)?;
    http::client(certificates.transpose()?, &proxies)
        .map_err(|error| Diagnostic::error("Cannot set up TLS").detail(format!("{}.", reasons(Some(&error)))))
}

/// The profile that is used where it has what is looked for.
struct Profile<'a> {
    name: Option<&'a str>,
    /// Whether the provider block names it, so that it goes before the environment.
    in_block: bool,
}

impl<'a> Profile<'a> {
    fn of(block: &'a RosaProvider, environment: &'a Environment) -> Self {
        let in_block = given(&block.profile);
        let variable = || environment.get("AWS_PROFILE").or_else(|| environment.get("AWS_DEFAULT_PROFILE"));
        Self { name: in_block.or_else(variable), in_block: in_block.is_some() }
    }
}

fn files(block: &RosaProvider, environment: &Environment) -> EnvConfigFiles {
    let paths = |files: &Option<Vec<String>>| -> Vec<_> {
        files.iter().flatten().filter(|file| !file.is_empty()).map(|file| environment.path(file)).collect()
    };
    let (config, credentials) = (paths(&block.shared_config_files), paths(&block.shared_credentials_files));
    let mut files = EnvConfigFiles::builder()
        .include_default_config_file(config.is_empty())
        .include_default_credentials_file(credentials.is_empty());
    for path in config {
        files = files.with_file(EnvConfigFileKind::Config, path);
    }
    for path in credentials {
        files = files.with_file(EnvConfigFileKind::Credentials, path);
    }
    files.build()
}

async fn profiles(
    block: &RosaProvider,
    environment: &Environment,
    files: &EnvConfigFiles,
    profile: &Profile<'_>,
) -> Result<ProfileSet, Diagnostic> {
    let name = profile.name.map(|name| Cow::Owned(name.to_owned()));
    let profiles = aws_config::profile::load(&Fs::real(), &environment.for_sdk(), files, name).await;
    let profiles = profiles.map_err(|error| {
        let problem = Diagnostic::error("Cannot read the shared config and credentials files")
            .detail(format!("{}.", reasons(Some(&error))))
            .fix("Correct the file, or name others in shared_config_files and shared_credentials_files.");
        match (&block.shared_config_files, &block.shared_credentials_files) {
            (Some(_), _) => problem.at("shared_config_files"),
            (None, Some(_)) => problem.at("shared_credentials_files"),
            (None, None) => problem,
        }
    })?;
    match profile.name {
        Some(name) if profile.in_block && profiles.get_profile(name).is_none() => {
            let there: Vec<&str> = profiles.profiles().collect();
            let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
            Err(Diagnostic::error(format!("There is no profile \"{name}\""))
                .detail(format!("The shared config and credentials files have these profiles: {there}."))
                .fix(format!("Name one of them, or make it: `aws configure --profile {name}`."))
                .at("profile"))
        }
        _ => Ok(profiles),
    }
}

async fn region(
    block: &RosaProvider,
    environment: &Environment,
    profiles: &ProfileSet,
    http: &SharedHttpClient,
) -> Result<String, Diagnostic> {
    let variable = |name| Some((environment.get(name)?.to_owned(), name));
    let named = given(&block.region)
        .map(|region| (region.to_owned(), "region"))
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| Some((profiles.get("region")?.to_owned(), "The profile's region")));
    // Whoever brings keys along does not mean the instance.
    let has_keys = given(&block.access_key).is_some() || environment.get("AWS_ACCESS_KEY_ID").is_some();
    let named = match named {
        None if !has_keys && block.skip_metadata_api_check != Some(true) => {
            let config = ProviderConfig::without_region().with_http_client(http.clone());
            let region = ImdsRegionProvider::builder().configure(&config).build().region().await;
            region.map(|region| (region.to_string(), "The instance's region"))
        }
        named => named,
    };
    let (region, source) = named.ok_or_else(|| {
        Diagnostic::error("No region")
            .detail("Neither the provider's configuration nor AWS_REGION, AWS_DEFAULT_REGION or the profile names a region.")
            .fix("Set region in the provider's configuration, such as region = \"us-east-1\", or AWS_REGION, or the profile's region.")
            .at("region")
    })?;
    let check = block.skip_region_validation != Some(true);
    match check.then(|| invalid_region(&region, source)).flatten() {
        Some(problem) => Err(problem),
        None => Ok(region),
    }
}

fn retries(block: &RosaProvider, environment: &Environment, profiles: &ProfileSet) -> RetryConfig {
    let elsewhere = |variable: &str, key: &str| environment.get(variable).or_else(|| profiles.get(key));
    let attempts = match block.max_retries {
        Some(retries) => u32::try_from(retries).ok().map(|retries| retries.saturating_add(1)),
        None => elsewhere("AWS_MAX_ATTEMPTS", "max_attempts").and_then(|attempts| attempts.trim().parse().ok()),
    };
    let mode = given(&block.retry_mode).or_else(|| elsewhere("AWS_RETRY_MODE", "retry_mode"));
    // Others' modes, such as the AWS CLI's "legacy", are near enough to the standard one.
    let adaptive = mode.is_some_and(|mode| mode.trim().eq_ignore_ascii_case("adaptive"));
    RetryConfig::standard()
        .with_retry_mode(if adaptive { RetryMode::Adaptive } else { RetryMode::Standard })
        .with_max_attempts(attempts.unwrap_or(MAX_RETRIES + 1).max(1))
}

fn credentials(
    block: &RosaProvider,
    environment: &Environment,
    config: &SdkConfig,
    endpoints: &Endpoints,
    files: EnvConfigFiles,
    profile: &Profile<'_>,
    limits: Limits,
) -> Result<SharedCredentialsProvider, Diagnostic> {
    let limits = limits.for_credentials();
    let client = |credentials: Option<SharedCredentialsProvider>| {
        let cache = IdentityCache::lazy().load_timeout(limits.operation).build();
        let mut config = config.to_builder().timeout_config(limits.timeouts()).identity_cache(cache);
        config.set_credentials_provider(credentials);
        sts(&config.build(), endpoints, limits)
    };
    let base = match (&block.assume_role_with_web_identity, given(&block.access_key), &block.secret_key) {
        (Some(web_identity), _, _) => credentials::web_identity(&client(None), web_identity, environment)?,
        (None, Some(key), Some(secret)) => credentials::fixed(key, secret, block.token.as_ref()),
        _ => {
            let chain = ProviderConfig::without_region()
                .with_behavior_version(Some(BehaviorVersion::latest()))
                .with_region(config.region().cloned())
                .with_use_fips(config.use_fips())
                .with_use_dual_stack(config.use_dual_stack())
                .with_timeout_config(limits.timeouts());
            let chain = config.http_client().into_iter().fold(chain, ProviderConfig::with_http_client);
            let skip_instance = block.skip_metadata_api_check == Some(true);
            credentials::found(&chain, files, profile.name, profile.in_block, skip_instance)
        }
    };
    let roles = block.assume_role.iter().filter_map(|role| Some((given(&role.role_arn)?, role)));
    Ok(roles.fold(base, |credentials, (arn, role)| credentials::role(&client(Some(credentials)), arn, role)))
}

fn tag_policy(block: &RosaProvider, environment: &Environment) -> TagPolicy {
    let mut defaults = environment.default_tags();
    defaults.extend(block.default_tags.iter().filter_map(|block| block.tags.clone()).flatten());
    let ignored = |variable: &str, named: Option<&BTreeSet<String>>| {
        named.into_iter().flatten().cloned().chain(environment.list(variable)).collect()
    };
    let ignore = block.ignore_tags.as_ref();
    TagPolicy {
        defaults,
        open: OpenDefaults::None,
        ignored_keys: ignored("TF_AWS_IGNORE_TAGS_KEYS", ignore.and_then(|block| block.keys.as_ref())),
        ignored_prefixes: ignored(
            "TF_AWS_IGNORE_TAGS_KEY_PREFIXES",
            ignore.and_then(|block| block.key_prefixes.as_ref()),
        ),
    }
}

async fn check_account(block: &RosaProvider, aws: &Aws) -> Result<(), Diagnostics> {
    let set = |ids: &Option<BTreeSet<String>>| ids.clone().filter(|ids| !ids.is_empty());
    let (allowed, forbidden) = (set(&block.allowed_account_ids), set(&block.forbidden_account_ids));
    if allowed.is_none() && forbidden.is_none() {
        return Ok(());
    }
    let Some(identity) = aws.identity().await? else { return Ok(()) };
    let list = |ids: &BTreeSet<String>| ids.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (rule, attribute) = match (&allowed, &forbidden) {
        (Some(allowed), _) if !allowed.contains(&identity.account) => {
            (format!("allowed_account_ids has only {}", list(allowed)), "allowed_account_ids")
        }
        (_, Some(forbidden)) if forbidden.contains(&identity.account) => {
            ("forbidden_account_ids has it".to_owned(), "forbidden_account_ids")
        }
        _ => return Ok(()),
    };
    Err(Diagnostic::error(format!("Account {} must not be worked in", identity.account))
        .detail(format!("The credentials are those of {}, and {rule}. Nothing was done.", identity.arn))
        .fix("Use credentials of another account (profile, AWS_PROFILE, assume_role), or change the list.")
        .at(attribute)
        .into())
}

#[cfg(test)]
mod tests;
