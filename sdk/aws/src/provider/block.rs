//! The provider block.

use std::collections::BTreeSet;

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::Secret;

use super::blocks::{AssumeRole, AssumeRoleWithWebIdentity, DefaultTags, Endpoints, IgnoreTags};
use super::checks::{self};
use crate::rules;

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
