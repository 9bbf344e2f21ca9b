//! The state that a role as it is comes to.

use std::collections::BTreeMap;

use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Known, State};

use super::calls::ObservedPushRole;
use super::{COMPONENT, PushRole, PushRoleOutputs, PushRolePartial};
use crate::iam::irsa;
use crate::iam::policy_document as policies;
use crate::iam::push_policy::Pushes;
use crate::iam::role_trust::Trust;
use crate::provider::Aws;
use crate::tags::{self, Tags};

/// Whom the role is to trust, as far as that is known.
pub(super) fn trust(inputs: &PushRolePartial) -> Known<Trust> {
    let pods = inputs.oidc_provider_arn.clone().zip(inputs.service_accounts.clone());
    pods.zip(inputs.trusted_principals.clone()).map(|((oidc_provider_arn, service_accounts), principals)| Trust {
        oidc_provider_arn,
        service_accounts,
        principals,
    })
}

/// Where the role is to push, as far as that is known.
pub(super) fn pushes(inputs: &PushRolePartial) -> Known<Pushes> {
    let known = inputs.repository_arns.clone().zip(inputs.create_repositories);
    known.map(|(repository_arns, create_repositories)| Pushes { repository_arns, create_repositories })
}

impl PushRole {
    /// The name of the role, which every operation knows.
    pub(super) fn role(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Whom it trusts.
    pub(super) fn trust(&self) -> Trust {
        Trust {
            oidc_provider_arn: self.oidc_provider_arn.clone(),
            service_accounts: self.service_accounts.clone(),
            principals: self.trusted_principals.clone(),
        }
    }

    /// Where it pushes.
    pub(super) fn pushes(&self) -> Pushes {
        Pushes { repository_arns: self.repository_arns.clone(), create_repositories: self.create_repositories }
    }

    /// The policy that bounds it, if any does.
    pub(super) fn boundary(&self) -> Option<&str> {
        self.permissions_boundary.as_deref().filter(|arn| !arn.is_empty())
    }

    /// Who may have the role, as a policy.
    ///
    /// # Errors
    /// Where no policy can say that.
    pub(super) fn trust_policy(&self) -> Result<String, Diagnostics> {
        self.trust().policy().map_err(|violation| {
            Diagnostic::error("No policy can name these service accounts")
                .detail(violation.rule)
                .fix(violation.fix)
                .at("service_accounts")
                .into()
        })
    }

    /// All tags that the role shall carry, ours among them.
    pub(super) fn wanted_tags(&self, call: &Call<Aws>) -> Tags {
        let mut wanted = call.tags().merged(&self.tags);
        wanted.extend(call.owner().tags(COMPONENT));
        wanted.extend(tags::claim(call.claim()));
        wanted
    }

    /// The state of a role that is there, as an import gives it.
    ///
    /// # Errors
    /// Where the role is none that inputs could describe.
    pub(super) fn imported(
        call: &Call<Aws>,
        name: &str,
        found: &ObservedPushRole,
        policy_name: &str,
    ) -> Result<State<Self>, Diagnostics> {
        let trust = Trust::of(&found.trust_policy);
        if trust.is_empty() {
            return Err(Diagnostic::error(format!("The role {name} is none that pushes"))
                .detail(
                    "Its trust policy names no OIDC provider with service accounts, and no role, user or account that may assume \
                     it without conditions.",
                )
                .fix("Import a role that pods or principals of IAM use. Others belong to the AWS provider's aws_iam_role.")
                .into());
        }
        let pushes = found.push_policy.as_deref().map(Pushes::of).unwrap_or_default();
        let inputs = Self {
            name: Some(name.to_owned()),
            name_prefix: None,
            repository_arns: pushes.repository_arns,
            create_repositories: pushes.create_repositories,
            oidc_provider_arn: trust.oidc_provider_arn,
            service_accounts: trust.service_accounts,
            trusted_principals: trust.principals,
            description: None,
            path: found.path.clone(),
            permissions_boundary: None,
            force_detach_policies: false,
            max_session_duration: found.max_session_duration,
            tags: Tags::new(),
            timeouts: None,
        };
        Ok(inputs.observed(&found.claiming(call), found, policy_name))
    }

    /// The state of a role that is there, for a resource with these inputs. Policies that say what the inputs say, or what
    /// other inputs would, show as those inputs; any other shows as itself.
    pub(super) fn observed(&self, call: &Call<Aws>, found: &ObservedPushRole, policy_name: &str) -> State<Self> {
        let visible = call.tags().visible(&found.tags);
        let says = |trust: Trust| {
            let own = trust.policy().ok()?;
            policies::same(&own, &found.trust_policy).then_some((trust, own))
        };
        let (trust, trust_policy) = says(self.trust())
            .or_else(|| says(Trust::of(&found.trust_policy)))
            .unwrap_or_else(|| (self.trust(), found.trust_policy.clone()));
        let there = found.push_policy.as_deref();
        let says = |pushes: Pushes| {
            let own = pushes.policy();
            there.is_some_and(|there| policies::same(&own, there)).then_some((pushes, Some(own)))
        };
        let (pushes, push_policy) = says(self.pushes())
            .or_else(|| says(Pushes::of(there?)))
            .unwrap_or_else(|| (self.pushes(), found.push_policy.clone()));
        // No boundary stays written as it is.
        let unbounded = found.permissions_boundary.is_none() && self.boundary().is_none();
        let boundary = if unbounded { &self.permissions_boundary } else { &found.permissions_boundary };
        State {
            inputs: Self {
                name: self.name.clone(),
                name_prefix: self.name_prefix.clone(),
                repository_arns: pushes.repository_arns,
                create_repositories: pushes.create_repositories,
                oidc_provider_arn: trust.oidc_provider_arn,
                service_accounts: trust.service_accounts,
                trusted_principals: trust.principals,
                description: Some(found.description.clone()),
                path: found.path.clone(),
                permissions_boundary: boundary.clone(),
                force_detach_policies: self.force_detach_policies,
                max_session_duration: found.max_session_duration,
                tags: call.tags().without_defaults(&visible, &self.tags),
                timeouts: self.timeouts.clone(),
            },
            outputs: PushRoleOutputs {
                id: self.role().to_owned(),
                arn: found.arn.clone(),
                service_account_annotations: annotations(found.arn.clone()),
                trust_policy,
                push_policy,
                push_policy_name: policy_name.to_owned(),
                tags_all: visible,
                unique_id: Some(found.unique_id.clone()).filter(|id| !id.is_empty()),
                claim: call.claim().map(str::to_owned),
            },
        }
    }
}

/// What a service account carries to have the role.
pub(super) fn annotations(arn: String) -> BTreeMap<String, String> {
    BTreeMap::from([(irsa::ANNOTATION.to_owned(), arn)])
}
