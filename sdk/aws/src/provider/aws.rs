//! The context of every operation: clients by region, the caller, tags, and in whose name objects are made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ecr::config::retry::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_types::service_config::ServiceConfigKey;
use rosa_ecr_model::{Diagnostic, Diagnostics, Known, Provided};
use tokio::sync::OnceCell;

use super::RosaProvider;
use super::blocks::Endpoints;
use super::limits::{FewerWhenSilent, Limits, QuotaIsFinal};
use super::whole::WholeAnswers;
use crate::error::failed;
use crate::tags::{Owner, TagPolicy};
use rosa_ecr_aws_errors::CountedAttempts;

/// The context of every operation. Clones share everything but the owner.
#[derive(Clone)]
pub struct Aws {
    shared: Arc<Shared>,
    owner: Owner,
}

struct Shared {
    settings: Settings,
    identity: OnceCell<Identity>,
    ecr: ByRegion<aws_sdk_ecr::Client>,
    ec2: ByRegion<aws_sdk_ec2::Client>,
    iam: OnceLock<aws_sdk_iam::Client>,
    to_replace: Mutex<BTreeSet<String>>,
}

/// What a context is made of.
pub(super) struct Settings {
    /// With credentials and the HTTP client.
    pub config: SdkConfig,
    /// The provider's region.
    pub region: String,
    /// The block's URLs.
    pub endpoints: Endpoints,
    /// For every call.
    pub limits: Limits,
    /// The provider's rules for tags.
    pub tags: TagPolicy,
    /// Whether not to ask for the identity.
    pub skip_account: bool,
}

/// Whose credentials are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account: 12 digits.
    pub account: String,
    /// The ARN of the user, or of the session of a role.
    pub arn: String,
}

/// A program that declares resources need not name their provider.
impl Provided for Aws {
    type Provider = RosaProvider;
}

/// By hand: the settings have credentials in them.
impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws").field("region", &self.region()).field("owner", &self.owner).finish_non_exhaustive()
    }
}

/// A client of a service, set up as all of them are. A service with a URL of its own has no FIPS or dual-stack endpoint.
///
/// The SDK's retry quota, which makes calls in parallel share their retries, is off: a burst of throttling would end an
/// apply, and limits for each call are there already.
macro_rules! client {
    ($service:ident, $id:literal, $config:expr, $limits:expr, $region:expr, $url:expr $(, $set:ident($value:expr))*) => {{
        let (config, region): (&SdkConfig, Region) = ($config, $region);
        let retries = RetryPartition::custom(format!("{}-{region}", $id)).token_bucket(TokenBucket::unlimited()).build();
        let mut builder = $service::config::Builder::from(config)
            .region(region)
            .retry_partition(retries)
            .interceptor(FewerWhenSilent($limits))
            .interceptor(WholeAnswers)
            .interceptor(CountedAttempts)
            $(.$set($value))*;
        if let Some(url) = $url.clone().or_else(|| url_in_environment(config, $id)) {
            builder = builder.endpoint_url(url).use_fips(false).use_dual_stack(false);
        }
        $service::Client::from_conf(builder.build())
    }};
}

/// STS, for the identity and for roles.
pub(super) fn sts(config: &SdkConfig, endpoints: &Endpoints, limits: Limits) -> aws_sdk_sts::Client {
    let region = config.region().cloned().unwrap_or(Region::from_static("us-east-1"));
    client!(aws_sdk_sts, "STS", config, limits, region, endpoints.sts)
}

/// What `AWS_ENDPOINT_URL_<service>`, `AWS_ENDPOINT_URL` or the profile say.
fn url_in_environment(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let own = config.service_config().zip(key.ok()).and_then(|(source, key)| source.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

impl Aws {
    pub(super) fn new(settings: Settings) -> Self {
        let shared = Shared {
            settings,
            identity: OnceCell::new(),
            ecr: ByRegion::default(),
            ec2: ByRegion::default(),
            iam: OnceLock::new(),
            to_replace: Mutex::default(),
        };
        Self { shared: Arc::new(shared), owner: Owner::default() }
    }

    /// The provider's region.
    pub fn region(&self) -> &str {
        &self.shared.settings.region
    }

    /// The region that an input names, or else the provider's.
    pub fn region_of<'a>(&'a self, named: &'a Option<String>) -> &'a str {
        named.as_deref().unwrap_or_else(|| self.region())
    }

    /// The same in a plan, if it is known.
    pub fn planned_region<'a>(&'a self, named: &'a Known<Option<String>>) -> Option<&'a str> {
        named.now().map(|named| self.region_of(named))
    }

    /// ECR in that region.
    pub fn ecr(&self, region: &str) -> aws_sdk_ecr::Client {
        let Settings { config, endpoints, limits, .. } = &self.shared.settings;
        self.shared.ecr.get(region, |region| {
            client!(aws_sdk_ecr, "ECR", config, *limits, region, endpoints.ecr, retry_classifier(QuotaIsFinal))
        })
    }

    /// EC2 in that region.
    pub fn ec2(&self, region: &str) -> aws_sdk_ec2::Client {
        let Settings { config, endpoints, limits, .. } = &self.shared.settings;
        self.shared.ec2.get(region, |region| client!(aws_sdk_ec2, "EC2", config, *limits, region, endpoints.ec2))
    }

    /// IAM of the partition that the provider's region is in.
    pub fn iam(&self) -> aws_sdk_iam::Client {
        let Settings { config, endpoints, limits, region, .. } = &self.shared.settings;
        let client = || client!(aws_sdk_iam, "IAM", config, *limits, Region::new(region.clone()), endpoints.iam);
        self.shared.iam.get_or_init(client).clone()
    }

    /// Whose credentials these are: asked for once, when something needs it first. None where the block forbids to ask.
    ///
    /// # Errors
    /// Where STS does not say. The next call asks again.
    pub async fn identity(&self) -> Result<Option<Identity>, Diagnostics> {
        if self.shared.settings.skip_account {
            return Ok(None);
        }
        self.shared.identity.get_or_try_init(|| self.ask_identity()).await.cloned().map(Some)
    }

    async fn ask_identity(&self) -> Result<Identity, Diagnostics> {
        let Settings { config, endpoints, limits, .. } = &self.shared.settings;
        let doing = "find out which account the credentials belong to";
        let caller = sts(config, endpoints, *limits).get_caller_identity().send().await;
        let caller = caller.map_err(|error| failed("sts:GetCallerIdentity", doing, &error))?;
        match (caller.account, caller.arn) {
            (Some(account), Some(arn)) => Ok(Identity { account, arn }),
            _ => Err(Diagnostic::error(format!("Cannot {doing}"))
                .detail("STS answered without an account or an ARN.")
                .fix(
                    "Check what `endpoints` of the provider or AWS_ENDPOINT_URL point to. Where there is no STS, \
                      set skip_requesting_account_id = true.",
                )
                .into()),
        }
    }

    /// The provider's rules for tags.
    pub fn tags(&self) -> &TagPolicy {
        &self.shared.settings.tags
    }

    /// In whose name objects are made.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The same context, in the name of a cluster.
    #[must_use]
    pub fn owned_by(&self, cluster: &str) -> Self {
        Self { shared: self.shared.clone(), owner: Owner::of_cluster(cluster) }
    }

    /// The same context, in the name of one of a cluster's registries, which is `<cluster>/<registry>`.
    #[must_use]
    pub fn owned_by_registry(&self, name: &str) -> Self {
        Self { shared: self.shared.clone(), owner: Owner::of_registry(name) }
    }

    /// The same for an object with this `owner` argument; `None` where it has none or none that is known.
    pub(crate) fn of_owner(&self, owner: &Known<Option<String>>) -> Option<Self> {
        owner.now()?.as_deref().map(|owner| self.owned_by(owner))
    }

    /// The same for an object that each registry of a cluster may have.
    pub(crate) fn of_registry_owner(&self, owner: &Known<Option<String>>) -> Option<Self> {
        owner.now()?.as_deref().map(|owner| self.owned_by_registry(owner))
    }

    /// Remembers that this plan replaces the object of that id or ARN: the create that the plan goes on with must not take
    /// it for a stranger's.
    pub(crate) fn mark_for_replacement(&self, id: &str) {
        self.shared.to_replace.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Whether this plan replaces that object.
    pub(crate) fn is_marked_for_replacement(&self, id: &str) -> bool {
        self.shared.to_replace.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// A context whose calls are made by `client` in the name of that account, with credentials that are made up and nothing
    /// from the environment: for tests of what is built on the resources, with an AWS of their own. A call is tried `attempts`
    /// times at most.
    pub fn over(client: impl HttpClient + 'static, region: &str, account: &str, attempts: u32) -> Self {
        let retries = RetryConfig::standard().with_max_attempts(attempts);
        let mut aws = Self::made_up(client, region, TagPolicy::default(), retries);
        if let Some(shared) = Arc::get_mut(&mut aws.shared) {
            let arn = format!("arn:aws:iam::{account}:user/made-up");
            shared.identity = OnceCell::new_with(Some(Identity { account: account.to_owned(), arn }));
        }
        aws
    }

    /// A context whose calls are answered by `client`, for tests. Nothing is tried twice.
    #[cfg(test)]
    pub(crate) fn recorded(client: impl HttpClient + 'static, region: &str) -> Self {
        Self::recorded_tagged(client, region, TagPolicy::default())
    }

    /// The same for a provider with those rules for tags.
    #[cfg(test)]
    pub(crate) fn recorded_tagged(client: impl HttpClient + 'static, region: &str, tags: TagPolicy) -> Self {
        Self::made_up(client, region, tags, RetryConfig::disabled())
    }

    fn made_up(client: impl HttpClient + 'static, region: &str, tags: TagPolicy, retries: RetryConfig) -> Self {
        let credentials = Credentials::new("AKIDEXAMPLE", "an example", None, None, "made up");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(retries)
            .http_client(client)
            .build();
        Self::new(Settings {
            config,
            region: region.to_owned(),
            endpoints: Endpoints::default(),
            limits: Limits::default(),
            tags,
            skip_account: false,
        })
    }
}

/// One client for each region, made when it is asked for first.
struct ByRegion<C>(Mutex<BTreeMap<String, C>>);

impl<C> Default for ByRegion<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: Clone> ByRegion<C> {
    fn get(&self, region: &str, make: impl FnOnce(Region) -> C) -> C {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.to_owned()).or_insert_with_key(|region| make(Region::new(region.clone()))).clone()
    }
}

#[cfg(test)]
mod tests;
