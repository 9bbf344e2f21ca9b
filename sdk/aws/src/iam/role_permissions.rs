//! What a role may do with repositories: as IAM's policy simulator says or, without leave to ask it, as its policies say.
//!
//! What cannot be read for want of leave is left out and named; an error is only what prevents any answer. Sources: IAM API
//! Reference, `SimulatePrincipalPolicy`, which evaluates the policies of a role with its permissions boundary and the account's
//! service control policies; since it tells the decision of several resources in one, each is asked for by itself.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{EvaluationResult, PolicyEvaluationDecisionType};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::future::try_join_all;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use super::policy_document as policies;
use super::pull_permission::{PULL_OF_ALL, pull_questions};
use super::shared_role::{attached_policies, inline_policies};
use crate::error::{code, failed};
use crate::provider::Aws;

/// The managed policies of AWS that let a role pull from all repositories (Amazon ECR User Guide, "AWS managed policies for Amazon
/// Elastic Container Registry").
const PULL_POLICIES: [&str; 4] = [
    "AmazonEC2ContainerRegistryFullAccess",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
];

/// What is known of a role's permissions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RolePermissions {
    pub name: String,
    /// Unknown without leave to read the role.
    pub arn: Option<String>,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    pub policies: Vec<RolePolicy>,
    /// What is on the role and cannot be read.
    pub unread: Vec<String>,
    /// The simulator's answers, by the repository's ARN; `None` if it could not be asked.
    pub simulated: Option<BTreeMap<String, Vec<Simulated>>>,
}

/// A policy of a role.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RolePolicy {
    pub name: String,
    pub text: String,
}

/// What the simulator says of an action.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Simulated {
    pub action: String,
    pub decision: Decision,
}

/// A decision of the simulator.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Decision {
    /// By these policies.
    Allowed(BTreeSet<String>),
    /// By a `Deny` of these policies.
    Denied(BTreeSet<String>),
    NotAllowed,
    ByBoundary,
    ByOrganization,
}

/// Finds out what a role may do with these repositories; `None` if there is no such role.
///
/// # Errors
/// If its managed policies cannot be listed, or a call fails for another reason than want of leave.
pub(crate) async fn permissions_of(
    call: &Call<Aws>,
    role: &str,
    repository_arns: &[String],
) -> Result<Option<RolePermissions>, Diagnostics> {
    let Some(attached) = attached_policies(call, role).await? else { return Ok(None) };
    let mut found = RolePermissions { name: role.to_owned(), ..RolePermissions::default() };
    let doing = || format!("read the role {role}");
    let described = permitted("iam:GetRole", doing, call.iam().get_role().role_name(role).send().await)?;
    if let Some(described) = described.and_then(|answer| answer.role) {
        found.boundary = described.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
        found.simulated = simulated(call, &described.arn, repository_arns).await?;
        found.arn = Some(described.arn);
    }
    if found.simulated.is_none() {
        read_policies(call, role, attached, &mut found).await?;
    }
    Ok(Some(found))
}

/// Asks the simulator; `None` if it cannot be asked.
async fn simulated(
    call: &Call<Aws>,
    role_arn: &str,
    repository_arns: &[String],
) -> Result<Option<BTreeMap<String, Vec<Simulated>>>, Diagnostics> {
    let asked = repository_arns.iter().map(|arn| async move {
        let questions = pull_questions(arn).map(|(resource, actions)| simulate(call, role_arn, resource, actions));
        let answers = try_join_all(questions).await?;
        let answers: Option<Vec<Vec<Simulated>>> = answers.into_iter().collect();
        Ok::<_, Diagnostics>(answers.map(|answers| (arn.clone(), answers.concat())))
    });
    Ok(try_join_all(asked).await?.into_iter().collect())
}

async fn simulate(
    call: &Call<Aws>,
    role_arn: &str,
    resource: &str,
    actions: &[&str],
) -> Result<Option<Vec<Simulated>>, Diagnostics> {
    let request = call.iam().simulate_principal_policy().policy_source_arn(role_arn).resource_arns(resource);
    let request = request.set_action_names(Some(actions.iter().map(|action| (*action).to_owned()).collect()));
    let doing = || format!("simulate the policies of {role_arn}");
    let answer = match request.send().await {
        // Emulators of AWS may have no simulator.
        Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 501) => return Ok(None),
        answer => permitted("iam:SimulatePrincipalPolicy", doing, answer)?,
    };
    let Some(answer) = answer else { return Ok(None) };
    let results = answer.evaluation_results.unwrap_or_default();
    if results.len() != actions.len() {
        return Err(crate::error::incomplete("IAM", doing()).into());
    }
    Ok(Some(results.into_iter().map(result).collect()))
}

fn result(result: EvaluationResult) -> Simulated {
    let by: BTreeSet<String> = result
        .matched_statements()
        .iter()
        .filter_map(|statement| statement.source_policy_id().map(policy_name))
        .collect();
    let decision = match result.eval_decision() {
        PolicyEvaluationDecisionType::Allowed => Decision::Allowed(by),
        _ if result.organizations_decision_detail().is_some_and(|detail| !detail.allowed_by_organizations()) => {
            Decision::ByOrganization
        }
        PolicyEvaluationDecisionType::ExplicitDeny => Decision::Denied(by),
        _ if result
            .permissions_boundary_decision_detail()
            .is_some_and(|detail| !detail.allowed_by_permissions_boundary()) =>
        {
            Decision::ByBoundary
        }
        _ => Decision::NotAllowed,
    };
    Simulated { action: result.eval_action_name, decision }
}

/// The name of a policy in what the simulator calls it: `role_<role>_<policy>` for an inline policy.
fn policy_name(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_owned()
}

/// Reads the policies of a role. Those of AWS that are known are not read.
async fn read_policies(
    call: &Call<Aws>,
    role: &str,
    attached: Vec<String>,
    found: &mut RolePermissions,
) -> Result<(), Diagnostics> {
    for arn in attached {
        let name = policy_name(&arn);
        let is_known = arn.contains(":iam::aws:policy/") && PULL_POLICIES.contains(&name.as_str());
        let text = if is_known { Some(PULL_OF_ALL.to_owned()) } else { managed_policy(call, &arn).await? };
        match text {
            Some(text) => found.policies.push(RolePolicy { name, text }),
            None => found.unread.push(name),
        }
    }
    let doing = || format!("list the policies of the role {role}");
    let Some(inline) = permitted("iam:ListRolePolicies", doing, inline_policies(call, role).await)? else {
        found.unread.push("its inline policies".to_owned());
        return Ok(());
    };
    for name in inline {
        let doing = || format!("read the policy {name} of the role {role}");
        let read = call.iam().get_role_policy().role_name(role).policy_name(&name).send().await;
        match permitted("iam:GetRolePolicy", doing, read)? {
            Some(read) => found.policies.push(RolePolicy { text: policies::decoded(&read.policy_document), name }),
            None => found.unread.push(name),
        }
    }
    Ok(())
}

/// The text of a managed policy, as it is in force.
async fn managed_policy(call: &Call<Aws>, arn: &str) -> Result<Option<String>, Diagnostics> {
    let doing = || format!("read the policy {arn}");
    let policy = permitted("iam:GetPolicy", doing, call.iam().get_policy().policy_arn(arn).send().await)?;
    let Some(version) = policy.and_then(|answer| answer.policy?.default_version_id) else { return Ok(None) };
    let request = call.iam().get_policy_version().policy_arn(arn).version_id(version);
    let version = permitted("iam:GetPolicyVersion", doing, request.send().await)?;
    Ok(version.and_then(|answer| answer.policy_version?.document).map(|text| policies::decoded(&text)))
}

/// The answer; `None` if the credentials have no leave to ask.
fn permitted<T, E>(
    action: &str,
    doing: impl FnOnce() -> String,
    answer: Result<T, SdkError<E, HttpResponse>>,
) -> Result<Option<T>, Diagnostic>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if code(&error) == Some("AccessDenied") => Ok(None),
        Err(error) => Err(failed(action, doing(), &error)),
    }
}
