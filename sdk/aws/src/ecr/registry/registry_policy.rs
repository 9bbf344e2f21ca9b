//! `rosa_ecr_registry_policy`: who besides the account's own identities may use the account's registry.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create, read, list | `GetRegistryPolicy` |
//! | create, update | `GetRegistryPolicy`, `PutRegistryPolicy` |
//! | delete | `GetRegistryPolicy`, `DeleteRegistryPolicy` or, if another policy was there before, `PutRegistryPolicy` |
//!
//! `DescribeRegistry` is called only if `skip_requesting_account_id` is set. `region` forces replacement. An edit is one put, so
//! that there is never a moment without a policy.

use std::collections::BTreeSet;

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{
    Call, Change, Diagnostics, Failure, IdentityAttribute, Intent, Known, Listed, Listing, MoveSource, Page,
    RealObject, Resource, State, Timeouts,
};

use super::operations;
use super::setting::{
    self, ACCOUNT_IDENTITY, Content, Fields, Place, RegistrySettingFacts, RegistrySettingOutputs, RegistrySettingQuery,
    Setting,
};
use crate::claims;
use crate::ecr::principals;
use crate::error::{code, failed};
use crate::iam::policy_document as policies;
use crate::import_id::Imported;
use crate::provider::Aws;
use crate::{move_source, page, region};

/// The policy of the account's registry in a region: which accounts may replicate into it, or use its pull-through caches.
///
/// A registry has only one, so a create never replaces what something else has put, unless `adopt_existing` is true.
/// A destroy puts back what was replaced, or else removes it. If something else has changed it since, it stays, with a warning.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RegistryPolicy {
    /// The policy as JSON. Order and layout of it mean nothing. With the registry's policy scope `V2`, the default, it may name all
    /// actions of ECR, and counts for every request (Amazon ECR User Guide, "Private registry permissions").
    #[attr(check(policies::check))]
    pub policy: String,
    /// Whether a policy that something else has put is replaced instead of being an error. What it says is kept in `replaced`.
    #[attr(default = false)]
    pub adopt_existing: bool,
    /// What a destroy puts back, as JSON: what was there before it was replaced with `adopt_existing = true`. Without it a destroy
    /// removes the policy. It is filled in by the apply; set it only if that was lost, because the apply was interrupted.
    #[attr(computed, check(setting::check_replaced::<Policy>))]
    pub replaced: Option<String>,
    /// Region of the registry; the provider's if it is not set. Changing it makes a new policy.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What a policy says, however it is written.
#[derive(Clone, Debug)]
pub(super) struct Policy(String);

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        policies::same(&self.0, &other.0)
    }
}

impl Content for Policy {
    fn text(&self) -> String {
        self.0.clone()
    }

    fn of_text(text: &str) -> Option<Self> {
        policies::check(text).is_ok().then(|| Self(text.to_owned()))
    }

    fn meaning(&self) -> String {
        policies::meaning(&self.0)
    }
}

impl Resource for RegistryPolicy {
    const TYPE: &'static str = "rosa_ecr_registry_policy";
    const PAGE: Page = page::registry_settings(&["let other accounts replicate images into the registry"]);
    const IDENTITY: &'static [IdentityAttribute] = &[ACCOUNT_IDENTITY, region::IDENTITY];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_registry_policy"];
    setting::resource_operations!();

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ecr:DeleteRegistryPolicy",
            "ecr:DescribeRegistry",
            "ecr:GetRegistryPolicy",
            "ecr:PutRegistryPolicy",
        ])
    }

    fn plan(facts: &RegistrySettingFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        if let Some(prior) = &change.prior
            && let Known::Now(wanted) = &change.inputs.policy
            && policies::same(&prior.inputs.policy, wanted)
        {
            change.inputs.policy = Known::Now(prior.inputs.policy.clone());
        }
        operations::plan(facts, change, report);
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        operations::import(call, Imported::Registry, id).await
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_registry_policy").then(|| {
            let policy = Policy(source.text("policy").unwrap_or_default().to_owned());
            Ok(setting::moved(Self::of("", policy), source))
        })
    }
}

impl Listed for RegistryPolicy {
    type Query = RegistrySettingQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:GetRegistryPolicy"])
    }

    async fn list(
        call: &Call<Aws>,
        query: RegistrySettingQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        operations::list(call, &query, limit, &[""], false).await
    }
}

impl Setting for RegistryPolicy {
    type Content = Policy;

    const WHAT: &'static str = "policy";
    const ARGUMENT: &'static str = "policy";
    setting::common_fields!();

    fn content(&self) -> Policy {
        Policy(self.policy.clone())
    }

    fn planned_content(inputs: &Self::Partial) -> Known<Policy> {
        inputs.policy.clone().map(Policy)
    }

    fn saying(self, Policy(policy): Policy) -> Self {
        Self { policy, ..self }
    }

    fn of(_name: &str, Policy(policy): Policy) -> Self {
        Self { policy, adopt_existing: false, replaced: None, region: None, timeouts: None }
    }

    fn original(_name: &str) -> Option<Policy> {
        None
    }

    async fn get(call: &Call<Aws>, place: Place<'_>) -> Result<Option<Policy>, Diagnostics> {
        match call.ecr(place.region).get_registry_policy().send().await {
            Ok(found) => Ok(found.policy_text.map(Policy)),
            Err(error) if is_gone(code(&error)) => Ok(None),
            Err(error) => {
                Err(failed("ecr:GetRegistryPolicy", "read the policy of the account's registry", &error).into())
            }
        }
    }

    async fn put(call: &Call<Aws>, place: Place<'_>, content: Option<&Policy>) -> Result<(), Diagnostics> {
        let ecr = call.ecr(place.region);
        let Some(Policy(policy)) = content else {
            return match ecr.delete_registry_policy().send().await {
                Ok(_) => Ok(()),
                Err(error) if is_gone(code(&error)) => Ok(()),
                Err(error) => {
                    let doing = "delete the policy of the account's registry";
                    Err(failed("ecr:DeleteRegistryPolicy", doing, &error).into())
                }
            };
        };
        let put = principals::put(call, "ecr:PutRegistryPolicy", "the account's registry", policy, || {
            ecr.put_registry_policy().policy_text(policy).send()
        });
        put.await.map(drop)
    }
}

fn is_gone(code: Option<&str>) -> bool {
    code == Some("RegistryPolicyNotFoundException")
}
