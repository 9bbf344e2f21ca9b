//! Where credentials come from: the provider block, else the SDK's default chain; then roles, one after the other.
//!
//! Roles are assumed by providers of our own, because the SDK's know neither `source_identity` and transitive tags nor a
//! web identity token that is not in a file. Nothing here calls AWS before a request needs credentials.

use std::path::PathBuf;
use std::time::SystemTime;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, SharedCredentialsProvider, future};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use aws_sdk_sts::operation::assume_role_with_web_identity::builders::AssumeRoleWithWebIdentityFluentBuilder;
use aws_sdk_sts::types::{Credentials as Issued, PolicyDescriptorType, Tag};
use rosa_ecr_model::{Diagnostic, Secret, parse_duration};

use super::blocks::{AssumeRole, AssumeRoleWithWebIdentity};
use super::environment::Environment;
use super::given;
use crate::error::{Explained, failed};

/// The name of a session where the user gives none: CloudTrail shows it.
const SESSION: &str = "rosa-ecr";

/// Credentials that stand in the provider block.
pub(super) fn fixed(key: &str, secret: &Secret, token: Option<&Secret>) -> SharedCredentialsProvider {
    let token = token.map(|token| token.expose().to_owned());
    SharedCredentialsProvider::new(Credentials::new(key, secret.expose(), token, None, "rosa-ecr"))
}

/// What the SDK's default chain finds. With `only_profile` it is the profile alone: one that the provider block names
/// goes before the environment, as in the AWS provider.
pub(super) fn found(
    config: &ProviderConfig,
    files: EnvConfigFiles,
    profile: Option<&str>,
    only_profile: bool,
    skip_instance: bool,
) -> SharedCredentialsProvider {
    let mut profiles = ProfileFileCredentialsProvider::builder().configure(config).profile_files(files);
    if let Some(profile) = profile {
        profiles = profiles.profile_name(profile);
    }
    if only_profile {
        return SharedCredentialsProvider::new(profiles.build());
    }
    let mut chain = CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
        .or_else("Profile", profiles.build())
        .or_else("WebIdentityToken", WebIdentityTokenCredentialsProvider::builder().configure(config).build())
        .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(config).build());
    if !skip_instance {
        chain = chain.or_else("Ec2InstanceMetadata", ImdsCredentialsProvider::builder().configure(config).build());
    }
    SharedCredentialsProvider::new(chain)
}

/// Credentials of a role, by those that `sts` signs with.
pub(super) fn role(sts: &aws_sdk_sts::Client, arn: &str, role: &AssumeRole) -> SharedCredentialsProvider {
    let tags = role.tags.iter().flatten();
    let tags = tags.filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect();
    let request = sts
        .assume_role()
        .role_arn(arn)
        .role_session_name(given(&role.session_name).unwrap_or(SESSION))
        .set_external_id(given(&role.external_id).map(str::to_owned))
        .set_duration_seconds(seconds(role.duration.as_ref()))
        .set_policy(given(&role.policy).map(str::to_owned))
        .set_policy_arns(policies(role.policy_arns.iter().flatten()))
        .set_source_identity(given(&role.source_identity).map(str::to_owned))
        .set_tags(Some(tags))
        .set_transitive_tag_keys(role.transitive_tag_keys.as_ref().map(|keys| keys.iter().cloned().collect()));
    SharedCredentialsProvider::new(Role { arn: arn.to_owned(), request })
}

/// Credentials of a role, by a token of an identity provider that the account trusts.
///
/// # Errors
/// Where neither the block nor the environment says which role, or which token.
pub(super) fn web_identity(
    sts: &aws_sdk_sts::Client,
    block: &AssumeRoleWithWebIdentity,
    environment: &Environment,
) -> std::result::Result<SharedCredentialsProvider, Diagnostic> {
    let missing = |attribute: &str, sources: &str| {
        Diagnostic::error("Incomplete web identity")
            .detail(format!("assume_role_with_web_identity has no {attribute}, and the environment does not either."))
            .fix(format!("Set {sources}."))
            .at(rosa_ecr_model::Path::from("assume_role_with_web_identity").attribute(attribute))
    };
    let arn = given(&block.role_arn).or_else(|| environment.get("AWS_ROLE_ARN"));
    let arn = arn.ok_or_else(|| missing("role_arn", "role_arn or AWS_ROLE_ARN"))?;
    let file = given(&block.web_identity_token_file).or_else(|| environment.get("AWS_WEB_IDENTITY_TOKEN_FILE"));
    let token = match (&block.web_identity_token, file) {
        (Some(token), _) if !token.expose().is_empty() => Token::Text(token.clone()),
        (_, Some(file)) => Token::File(environment.path(file)),
        _ => {
            let sources = "web_identity_token, web_identity_token_file or AWS_WEB_IDENTITY_TOKEN_FILE";
            return Err(missing("web_identity_token_file", sources));
        }
    };
    let session = given(&block.session_name).or_else(|| environment.get("AWS_ROLE_SESSION_NAME"));
    let request = sts
        .assume_role_with_web_identity()
        .role_arn(arn)
        .role_session_name(session.unwrap_or(SESSION))
        .set_duration_seconds(seconds(block.duration.as_ref()))
        .set_policy(given(&block.policy).map(str::to_owned))
        .set_policy_arns(policies(block.policy_arns.iter().flatten()));
    Ok(SharedCredentialsProvider::new(WebIdentity { arn: arn.to_owned(), token, request }))
}

fn seconds(duration: Option<&String>) -> Option<i32> {
    duration.and_then(|text| parse_duration(text)).and_then(|duration| i32::try_from(duration.as_secs()).ok())
}

fn policies<'a>(arns: impl Iterator<Item = &'a String>) -> Option<Vec<PolicyDescriptorType>> {
    let policies: Vec<_> = arns.map(|arn| PolicyDescriptorType::builder().arn(arn).build()).collect();
    (!policies.is_empty()).then_some(policies)
}

#[derive(Debug)]
struct Role {
    arn: String,
    request: AssumeRoleFluentBuilder,
}

impl ProvideCredentials for Role {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let answer = self.request.clone().send().await;
            let answer = answer.map_err(|error| {
                // Credentials below these are explained already.
                explained(failed("sts:AssumeRole", format!("assume the role {}", self.arn), &error))
            })?;
            credentials(&self.arn, answer.credentials)
        })
    }
}

#[derive(Debug)]
struct WebIdentity {
    arn: String,
    token: Token,
    request: AssumeRoleWithWebIdentityFluentBuilder,
}

#[derive(Debug)]
enum Token {
    Text(Secret),
    /// Read each time: whoever issues tokens replaces the file before they expire.
    File(PathBuf),
}

impl WebIdentity {
    async fn token(&self) -> std::result::Result<String, CredentialsError> {
        match &self.token {
            Token::Text(token) => Ok(token.expose().to_owned()),
            Token::File(path) => {
                tokio::fs::read_to_string(path).await.map(|token| token.trim().to_owned()).map_err(|error| {
                    explained(
                        Diagnostic::error("Cannot read the web identity token")
                            .detail(format!("{} cannot be read: {error}.", path.display()))
                            .fix("Check web_identity_token_file and AWS_WEB_IDENTITY_TOKEN_FILE."),
                    )
                })
            }
        }
    }
}

impl ProvideCredentials for WebIdentity {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let answer = self.request.clone().web_identity_token(self.token().await?).send().await;
            let doing = format!("assume the role {} with a web identity", self.arn);
            let answer = answer.map_err(|error| explained(failed("sts:AssumeRoleWithWebIdentity", doing, &error)))?;
            credentials(&self.arn, answer.credentials)
        })
    }
}

fn explained(diagnostic: Diagnostic) -> CredentialsError {
    CredentialsError::provider_error(Explained(diagnostic))
}

fn credentials(arn: &str, issued: Option<Issued>) -> Result {
    let issued = issued.ok_or_else(|| {
        explained(
            Diagnostic::error(format!("Cannot assume the role {arn}"))
                .detail("STS answered without credentials.")
                .fix("Check what `endpoints` of the provider or AWS_ENDPOINT_URL_STS point to."),
        )
    })?;
    let expiry = SystemTime::try_from(issued.expiration).map_err(CredentialsError::unhandled)?;
    let (key, secret, token) = (issued.access_key_id, issued.secret_access_key, issued.session_token);
    Ok(Credentials::new(key, secret, Some(token), Some(expiry), "assumed role"))
}
