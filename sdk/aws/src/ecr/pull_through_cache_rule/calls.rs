//! The calls of ECR's API for pull through cache rules, each made in one place.

use aws_sdk_ecr::types::PullThroughCacheRule as Described;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use super::PullThroughCacheRule;
use crate::ecr::by_prefix::ROOT;
use crate::error::{code, failed, incomplete};
use crate::provider::Aws;

/// A rule as ECR describes it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ecr) struct ObservedRule {
    pub prefix: String,
    pub upstream_registry_url: String,
    pub upstream_repository_prefix: String,
    pub credential_arn: Option<String>,
    pub custom_role_arn: Option<String>,
    pub registry_id: String,
    /// As RFC 3339 has it.
    pub created_at: Option<String>,
}

impl ObservedRule {
    fn of(rule: Described, doing: &str) -> Result<Self, Diagnostics> {
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (Some(prefix), Some(upstream_registry_url), Some(registry_id)) =
            (rule.ecr_repository_prefix, rule.upstream_registry_url, rule.registry_id)
        else {
            return Err(incomplete("ECR", doing).into());
        };
        Ok(Self {
            prefix,
            upstream_registry_url,
            upstream_repository_prefix: text(rule.upstream_repository_prefix).unwrap_or_else(|| ROOT.to_owned()),
            credential_arn: text(rule.credential_arn),
            custom_role_arn: text(rule.custom_role_arn),
            registry_id,
            created_at: rfc3339(rule.created_at),
        })
    }
}

fn rfc3339(time: Option<DateTime>) -> Option<String> {
    time.and_then(|time| time.fmt(Format::DateTime).ok())
}

/// The rule for that prefix; `None` if there is none.
pub(super) async fn find(call: &Call<Aws>, region: &str, prefix: &str) -> Result<Option<ObservedRule>, Diagnostics> {
    let doing = format!("read the pull through cache rule for {prefix}");
    match call.ecr(region).describe_pull_through_cache_rules().ecr_repository_prefixes(prefix).send().await {
        Err(error) if is_gone(code(&error)) => Ok(None),
        Err(error) => Err(failed("ecr:DescribePullThroughCacheRules", doing, &error).into()),
        Ok(described) => {
            let rule = described.pull_through_cache_rules.unwrap_or_default().into_iter().next();
            rule.map(|rule| ObservedRule::of(rule, &doing)).transpose()
        }
    }
}

/// All rules of a region.
pub(super) async fn list(call: &Call<Aws>, region: &str) -> Result<Vec<ObservedRule>, Diagnostics> {
    let doing = format!("list the pull through cache rules in {region}");
    let mut items = call.ecr(region).describe_pull_through_cache_rules().into_paginator().items().send();
    let mut rules = Vec::new();
    while let Some(item) = items.next().await {
        let rule = item.map_err(|error| failed("ecr:DescribePullThroughCacheRules", &doing, &error))?;
        rules.push(ObservedRule::of(rule, &doing)?);
    }
    Ok(rules)
}

/// Creates it; `None` if there is one for the prefix.
pub(super) async fn create(
    call: &Call<Aws>,
    region: &str,
    wanted: &PullThroughCacheRule,
) -> Result<Option<ObservedRule>, Diagnostics> {
    let doing = format!("create the pull through cache rule for {}", wanted.prefix);
    let upstream_prefix = Some(wanted.upstream_repository_prefix.clone()).filter(|prefix| prefix != ROOT);
    let request = call
        .ecr(region)
        .create_pull_through_cache_rule()
        .ecr_repository_prefix(&wanted.prefix)
        .upstream_registry_url(&wanted.upstream_registry_url)
        .set_upstream_repository_prefix(upstream_prefix)
        .set_credential_arn(wanted.credential_arn.clone())
        .set_custom_role_arn(wanted.custom_role_arn.clone());
    match request.send().await {
        Ok(created) => Ok(Some(ObservedRule {
            prefix: wanted.prefix.clone(),
            upstream_registry_url: wanted.upstream_registry_url.clone(),
            upstream_repository_prefix: wanted.upstream_repository_prefix.clone(),
            credential_arn: wanted.credential_arn.clone(),
            custom_role_arn: wanted.custom_role_arn.clone(),
            registry_id: created.registry_id.ok_or_else(|| incomplete("ECR", &doing))?,
            created_at: rfc3339(created.created_at),
        })),
        Err(error) if code(&error) == Some("PullThroughCacheRuleAlreadyExistsException") => Ok(None),
        Err(error) => {
            let refused = failed("ecr:CreatePullThroughCacheRule", doing, &error);
            Err(about_argument(refused, code(&error), region).into())
        }
    }
}

/// Puts secret and role: all that ECR can change.
pub(super) async fn update(call: &Call<Aws>, region: &str, wanted: &PullThroughCacheRule) -> Result<(), Diagnostics> {
    let request = call
        .ecr(region)
        .update_pull_through_cache_rule()
        .ecr_repository_prefix(&wanted.prefix)
        .set_credential_arn(wanted.credential_arn.clone())
        .set_custom_role_arn(wanted.custom_role_arn.clone());
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let doing = format!("change the pull through cache rule for {}", wanted.prefix);
            let refused = failed("ecr:UpdatePullThroughCacheRule", doing, &error);
            Err(about_argument(refused, code(&error), region).into())
        }
    }
}

/// Deletes the rule, if it is there.
pub(super) async fn delete(call: &Call<Aws>, region: &str, prefix: &str) -> Result<(), Diagnostics> {
    match call.ecr(region).delete_pull_through_cache_rule().ecr_repository_prefix(prefix).send().await {
        Ok(_) => Ok(()),
        Err(error) if is_gone(code(&error)) => Ok(()),
        Err(error) => {
            let doing = format!("delete the pull through cache rule for {prefix}");
            Err(failed("ecr:DeletePullThroughCacheRule", doing, &error).into())
        }
    }
}

fn is_gone(code: Option<&str>) -> bool {
    code == Some("PullThroughCacheRuleNotFoundException")
}

/// The refusal with the argument that it is about.
fn about_argument(refused: Diagnostic, code: Option<&str>, region: &str) -> Diagnostic {
    match code {
        Some(
            "SecretNotFoundException" | "UnableToAccessSecretException" | "UnableToDecryptSecretValueException",
        ) => refused
            .fix(format!(
                "Check that the secret exists in {region}, in the account of the registry, and that neither its resource policy \
                 nor the policy of its KMS key keeps ECR out."
            ))
            .at("credential_arn"),
        Some("UnsupportedUpstreamRegistryException") => refused.at("upstream_registry_url"),
        _ => refused,
    }
}
