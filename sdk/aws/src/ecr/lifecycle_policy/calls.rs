//! The calls of ECR's lifecycle policy API, each made in one place.

use rosa_ecr_model::{Call, Diagnostics, Failure, Resource as _, State};

use super::{LifecyclePolicy, LifecyclePolicyOutputs};
use crate::ecr::document::Holder;
use crate::ecr::{LIFECYCLE_POLICY, taken};
use crate::error::{code, failed};
use crate::provider::Aws;

/// The policy text of a repository and its registry; `None` where there is no policy, or no repository.
pub(super) async fn get(
    call: &Call<Aws>,
    region: &str,
    repository: &str,
) -> Result<Option<(String, String)>, Diagnostics> {
    match call.ecr(region).get_lifecycle_policy().repository_name(repository).send().await {
        Ok(policy) => Ok(policy.lifecycle_policy_text.zip(policy.registry_id)),
        Err(error) if is_gone(code(&error)) => Ok(None),
        Err(error) => {
            Err(failed("ecr:GetLifecyclePolicy", format!("read the lifecycle policy of {repository}"), &error).into())
        }
    }
}

/// The text of the policy that is there, and who holds it.
pub(super) async fn there(
    call: &Call<Aws>,
    inputs: &LifecyclePolicy,
) -> Result<(Option<String>, Option<Holder>), Diagnostics> {
    let (region, name) = (call.region_of(&inputs.region), &inputs.repository);
    let (policy, holder) = futures::try_join!(get(call, region, name), LIFECYCLE_POLICY.holder(call, region, name))?;
    Ok((policy.map(|(text, _)| text), holder))
}

/// Refuses to put a policy where another declaration holds one.
///
/// # Errors
/// If one does.
pub(crate) async fn refuse_held(call: &Call<Aws>, inputs: &LifecyclePolicy) -> Result<(), Diagnostics> {
    let holder = LIFECYCLE_POLICY.holder(call, call.region_of(&inputs.region), &inputs.repository).await?;
    match holder.as_ref().and_then(|holder| holder.claim(call)) {
        Some(claim) if Some(claim) != call.claim() && LifecyclePolicy::look(call, inputs.clone()).await?.is_some() => {
            Err(taken(LifecyclePolicy::TYPE, LIFECYCLE_POLICY.what, &inputs.repository).into())
        }
        _ => Ok(()),
    }
}

/// Removes the policy.
pub(crate) async fn remove(call: &Call<Aws>, inputs: &LifecyclePolicy) -> Result<(), Diagnostics> {
    let name = &inputs.repository;
    match call.ecr(call.region_of(&inputs.region)).delete_lifecycle_policy().repository_name(name).send().await {
        Ok(_) => Ok(()),
        Err(error) if is_gone(code(&error)) => Ok(()),
        Err(error) => {
            let doing = format!("delete the lifecycle policy of {name}");
            Err(failed("ecr:DeleteLifecyclePolicy", doing, &error).into())
        }
    }
}

/// Puts the policy, whatever is there.
pub(crate) async fn put(
    call: &Call<Aws>,
    mut inputs: LifecyclePolicy,
) -> Result<State<LifecyclePolicy>, Failure<LifecyclePolicy>> {
    let region = call.region_of(&inputs.region).to_owned();
    let text = inputs.text()?;
    inputs.policy = Some(text.clone());
    let doing = format!("put the lifecycle policy of {}", inputs.repository);
    let request =
        call.ecr(&region).put_lifecycle_policy().repository_name(&inputs.repository).lifecycle_policy_text(text);
    let put = request.send().await.map_err(|error| failed("ecr:PutLifecyclePolicy", &doing, &error))?;
    let outputs = LifecyclePolicyOutputs {
        id: inputs.repository.clone(),
        registry_id: put.registry_id.unwrap_or_default(),
        claim: call.claim().map(str::to_owned),
    };
    inputs.region = Some(region);
    Ok(State { inputs, outputs })
}

fn is_gone(code: Option<&str>) -> bool {
    matches!(code, Some("LifecyclePolicyNotFoundException" | "RepositoryNotFoundException"))
}
