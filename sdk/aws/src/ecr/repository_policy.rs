//! `rosa_ecr_repository_policy`: who besides the account's own identities may use a repository.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `GetRepositoryPolicy` |
//! | create, update | `GetRepositoryPolicy`, `ListTagsForResource` and `TagResource` of the repository, `SetRepositoryPolicy` |
//! | read | `GetRepositoryPolicy` |
//! | delete | `GetRepositoryPolicy`, `ListTagsForResource`, `DeleteRepositoryPolicy` |
//!
//! `repository` and `region` force replacement. An edit is one put, so that there is never a moment without a policy.

use std::collections::BTreeSet;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource, Page, RealObject,
    Resource, State, Timeouts,
};

use super::document::{Holder, There};
use super::{REPOSITORY_POLICY, principals, taken};
use crate::claims;
use crate::error::{code, failed};
use crate::iam::policy_document as policies;
use crate::import_id::{self, Imported};
use crate::provider::Aws;
use crate::{move_source, page, region, rules};

mod listing;

/// The policy of a repository: who may pull from it or push to it.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RepositoryPolicy {
    /// Name of the repository. Changing it makes a new policy.
    #[attr(replace, check(rules::repository_name))]
    pub repository: String,
    /// The policy as JSON. Order and layout of it mean nothing.
    #[attr(check(policies::check))]
    pub policy: String,
    /// Region of the repository; the provider's where it is not set. Changing it makes a new policy.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What a repository policy says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct RepositoryPolicyOutputs {
    /// The name of the repository.
    pub id: String,
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// The claim of this resource on the policy. On a repository that rosa-ecr has made it is the value of the tag
    /// `rosa-ecr/repository-policy`: a policy with another claim belongs to another resource, and is neither changed nor
    /// deleted.
    pub claim: Option<String>,
}

/// What the plan of a repository policy has to know.
#[derive(Debug, Default)]
pub struct RepositoryPolicyFacts {
    account: Option<String>,
    /// The policy that a create would replace.
    existing: Option<String>,
    /// What to say if the create takes it over.
    taking_over: Option<Diagnostic>,
}

impl Resource for RepositoryPolicy {
    const TYPE: &'static str = "rosa_ecr_repository_policy";
    const PAGE: Page = page::repositories(&["let other accounts pull or push"]);
    const IDENTITY: &'static [IdentityAttribute] = &[super::REPOSITORY_IDENTITY, region::IDENTITY];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_repository_policy"];
    type Outputs = RepositoryPolicyOutputs;
    type Context = Aws;
    type Facts = RepositoryPolicyFacts;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ecr:DeleteRepositoryPolicy",
            "ecr:GetRepositoryPolicy",
            "ecr:ListTagsForResource",
            "ecr:SetRepositoryPolicy",
            "ecr:TagResource",
        ])
    }

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
        let region = context.planned_region(&inputs.region);
        let named = inputs.repository.now().zip(region);
        named.map(|(name, region)| RealObject::new(REPOSITORY_POLICY.object(name, region))).into_iter().collect()
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, Some(&state.outputs.registry_id)).await
    }

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<RepositoryPolicyFacts, Diagnostics> {
        let account = call.identity().await?.map(|identity| identity.account);
        let mut facts = RepositoryPolicyFacts { account, ..RepositoryPolicyFacts::default() };
        if let Intent::Create(inputs) = intent
            && let (Known::Now(name), Known::Now(Some(region))) = (&inputs.repository, &inputs.region)
        {
            facts.existing = get(call, region, name).await?.map(|(text, _)| text);
            let object = REPOSITORY_POLICY.object(name, region);
            let there = facts.existing.is_some();
            facts.taking_over = there.then(|| super::taking_over(call, &object, Self::TYPE));
        }
        Ok(facts)
    }

    fn plan(facts: &RepositoryPolicyFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        let inputs = &change.inputs;
        if let (Some(existing), Known::Now(wanted), Known::Now(name)) =
            (&facts.existing, &inputs.policy, &inputs.repository)
            && !policies::same(existing, wanted)
        {
            report.push(taken(Self::TYPE, REPOSITORY_POLICY.what, name));
        } else {
            report.extend(facts.taking_over.clone());
        }
        if let Some(prior) = &change.prior
            && let Known::Now(wanted) = &inputs.policy
            && policies::same(&prior.inputs.policy, wanted)
        {
            change.inputs.policy = Known::Now(prior.inputs.policy.clone());
        }
        if change.prior.is_none() || !change.replace.is_empty() {
            change.outputs.id = change.inputs.repository.clone();
            change.outputs.registry_id = facts.account.clone().into();
            change.outputs.claim = Known::Later;
        }
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let (text, holder) = there(call, &inputs).await?;
        if text.is_some_and(|text| !policies::same(&text, &inputs.policy)) {
            return Err(taken(Self::TYPE, REPOSITORY_POLICY.what, &inputs.repository).into());
        }
        if let Some(holder) = holder {
            holder.note(call, call.region_of(&inputs.region)).await?;
        }
        Ok(put(call, inputs).await?)
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let inputs = state.inputs;
        let region = call.region_of(&inputs.region).to_owned();
        let call = &REPOSITORY_POLICY.reading(call, &region, &inputs.repository).await?;
        let there = get(call, &region, &inputs.repository).await?;
        Ok(there.map(|(text, registry_id)| {
            let claim = call.claim().map(str::to_owned);
            let outputs = RepositoryPolicyOutputs { id: inputs.repository.clone(), registry_id, claim };
            let policy = if policies::same(&inputs.policy, &text) { inputs.policy.clone() } else { text };
            State { inputs: Self { policy, region: Some(region), ..inputs }, outputs }
        }))
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let (text, holder) = there(call, &inputs).await?;
        let there = There { text: text.as_deref(), holder: holder.as_ref() };
        let says = |text: &str| policies::same(text, &prior.inputs.policy) || policies::same(text, &inputs.policy);
        there.changes(call, &inputs.object(call), prior.outputs.claim.as_deref(), says)?;
        Ok(put(call, inputs).await?)
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let (text, holder) = there(call, &state.inputs).await?;
        let there = There { text: text.as_deref(), holder: holder.as_ref() };
        let says = |text: &str| policies::same(text, &state.inputs.policy);
        if !there.deletes(call, &state.inputs.object(call), state.outputs.claim.as_deref(), says) {
            return Ok(());
        }
        let name = &state.inputs.repository;
        let request = call.ecr(call.region_of(&state.inputs.region)).delete_repository_policy().repository_name(name);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if is_gone(code(&error)) => Ok(()),
            Err(error) => {
                Err(failed("ecr:DeleteRepositoryPolicy", format!("delete the policy of the repository {name}"), &error)
                    .into())
            }
        }
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (region, name) = import_id::read(call, Imported::Repository, id).await?;
        let wanted = Self {
            repository: name.to_owned(),
            policy: String::new(),
            region: Some(region.to_owned()),
            timeouts: None,
        };
        let outputs = RepositoryPolicyOutputs { id: name.to_owned(), registry_id: String::new(), claim: None };
        let mut there = Self::read(call, State { inputs: wanted, outputs }).await?.ok_or_else(|| {
            Diagnostic::error(format!("The repository {name} in {region} has no policy"))
                .fix("Check the name of the repository, and the region and account of the provider.")
        })?;
        there.outputs.claim = REPOSITORY_POLICY.claim(call, region, name).await?;
        Ok(there)
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_repository_policy").then(|| {
            let repository = move_source::required(source, "repository")?.to_owned();
            let outputs = RepositoryPolicyOutputs {
                id: repository.clone(),
                registry_id: source.text("registry_id").unwrap_or_default().to_owned(),
                claim: claims::unread(),
            };
            let policy = source.text("policy").unwrap_or_default().to_owned();
            let inputs = Self { repository, policy, region: move_source::region(source), timeouts: None };
            Ok(State { inputs, outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let (wanted, region, name) =
            (inputs.policy.clone(), call.region_of(&inputs.region).to_owned(), inputs.repository.clone());
        let outputs = RepositoryPolicyOutputs { id: name.clone(), registry_id: String::new(), claim: None };
        let there = Self::read(call, State { inputs, outputs }).await?;
        let Some(mut there) = there.filter(|there| there.inputs.policy == wanted) else { return Ok(None) };
        there.outputs.claim = REPOSITORY_POLICY.claim(call, &region, &name).await?;
        Ok(Some(there))
    }
}

impl RepositoryPolicy {
    /// The policy as a person reads it.
    fn object(&self, call: &Call<Aws>) -> String {
        REPOSITORY_POLICY.object(&self.repository, call.region_of(&self.region))
    }
}

/// The text of the policy that is there, and who holds it.
async fn there(call: &Call<Aws>, inputs: &RepositoryPolicy) -> Result<(Option<String>, Option<Holder>), Diagnostics> {
    let (region, name) = (call.region_of(&inputs.region), &inputs.repository);
    let (policy, holder) = futures::try_join!(get(call, region, name), REPOSITORY_POLICY.holder(call, region, name))?;
    Ok((policy.map(|(text, _)| text), holder))
}

/// The policy text of a repository and its registry; `None` where there is no policy, or no repository.
async fn get(call: &Call<Aws>, region: &str, repository: &str) -> Result<Option<(String, String)>, Diagnostics> {
    match call.ecr(region).get_repository_policy().repository_name(repository).send().await {
        Ok(policy) => Ok(policy.policy_text.zip(policy.registry_id)),
        Err(error) if is_gone(code(&error)) => Ok(None),
        Err(error) => {
            let doing = format!("read the policy of the repository {repository}");
            Err(failed("ecr:GetRepositoryPolicy", doing, &error).into())
        }
    }
}

async fn put(call: &Call<Aws>, inputs: RepositoryPolicy) -> Result<State<RepositoryPolicy>, Diagnostics> {
    let region = call.region_of(&inputs.region).to_owned();
    let name = &inputs.repository;
    let object = format!("the repository {name}");
    let put = principals::put(call, "ecr:SetRepositoryPolicy", &object, &inputs.policy, || {
        call.ecr(&region).set_repository_policy().repository_name(name).policy_text(&inputs.policy).send()
    });
    let registry_id = put.await?.registry_id.unwrap_or_default();
    let outputs = RepositoryPolicyOutputs { id: name.clone(), registry_id, claim: call.claim().map(str::to_owned) };
    Ok(State { inputs: RepositoryPolicy { region: Some(region), ..inputs }, outputs })
}

fn is_gone(code: Option<&str>) -> bool {
    matches!(code, Some("RepositoryPolicyNotFoundException" | "RepositoryNotFoundException"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::ec2::answers::{Answer, acting, call, identity};

    fn inputs(principal: &str) -> RepositoryPolicy {
        let statement =
            format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"ecr:BatchGetImage"}}"#);
        RepositoryPolicy {
            repository: "team/app".to_owned(),
            policy: format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#),
            region: None,
            timeouts: None,
        }
    }

    /// How many seconds a create takes of a policy that ECR accepts only after some, and whether it succeeds.
    async fn created(principal: &str, accepted_after: u64) -> (u64, bool) {
        let start = Instant::now();
        let (aws, _) = acting(move |form| match form["Action"].as_str() {
            "GetCallerIdentity" => identity(),
            "GetRepositoryPolicy" => Answer::ecr_error("RepositoryPolicyNotFoundException"),
            "ListTagsForResource" => Answer::ok("{\"tags\": []}"),
            _ if start.elapsed() >= Duration::from_secs(accepted_after) => {
                Answer::ok("{\"registryId\": \"123456789012\"}")
            }
            _ => Answer::ecr_error("InvalidParameterException"),
        });
        let created = RepositoryPolicy::create(&call(aws), inputs(principal)).await;
        (start.elapsed().as_secs(), created.is_ok())
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_principal_that_may_be_new_is_waited_for() {
        let (role, root) = ("arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:root");
        let (waited, is_made) = created(role, 50).await;
        assert!(is_made && (50..=60).contains(&waited), "{waited} s");
        assert_eq!(created(role, 1000).await, (60, false), "nobody waits for long for a role that is misspelt");
        assert_eq!(created(root, 1000).await, (0, false));
    }

    #[tokio::test]
    async fn a_policy_that_was_put_is_recognized_however_ecr_writes_it() {
        let rewritten = inputs("arn:aws:iam::123456789012:root").policy;
        let answer = serde_json::json!({ "policyText": rewritten, "registryId": "123456789012" }).to_string();
        let (aws, _) = acting(move |form| match form["Action"].as_str() {
            "GetCallerIdentity" => identity(),
            _ => Answer::ok(answer.clone()),
        });
        let wanted = inputs("123456789012");
        let there = RepositoryPolicy::probe(&call(aws), wanted.clone()).await.expect("readable");
        let Some(there) = there else { panic!("it is there") };
        assert_eq!(there.inputs.policy, wanted.policy);
    }
}
