//! `rosa_ecr_repository_creation_template`: what the repositories are like that ECR makes by itself.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `DescribeRepositoryCreationTemplates` |
//! | create | `CreateRepositoryCreationTemplate`, `DescribeRepositoryCreationTemplates`; if there is one already, what an update calls |
//! | read | `DescribeRepositoryCreationTemplates` |
//! | update | `DescribeRepositoryCreationTemplates`, `UpdateRepositoryCreationTemplate` |
//! | delete | `DescribeRepositoryCreationTemplates`, `DeleteRepositoryCreationTemplate` |
//!
//! `prefix` and `region` force replacement. A template is no owner of the repositories that are made by it: they stay as they are
//! if it changes or goes.
//!
//! Source: Amazon ECR User Guide, "Templates to control repositories created during a pull through cache, create on push, or
//! replication action".

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Attributes as _, Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource,
    Page, RealObject, Resource, State, TimeoutDefaults, Timeouts, Violation,
};

use super::by_prefix::operations::{self, OnePerPrefix};
use super::by_prefix::{self, Met};
use super::encryption::{self, Encryption};
use super::lifecycle_document;
use super::repository::{ExclusionFilter, check_exclusion};
use crate::claims;
use crate::iam::policy_document as policies;
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::{move_source, page, region, rules};

mod calls;
mod listing;
mod observation;

use calls::ObservedTemplate;
pub use listing::RepositoryCreationTemplateQuery;

/// A template for the repositories that ECR makes by itself: at the first push, through a pull through cache rule, or by
/// replication. It holds for repositories that are made from then on.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct RepositoryCreationTemplate {
    /// What the names of the repositories begin with: `mirror` is for `mirror/app` and for `mirror/team/app`. `ROOT` is for all
    /// that no other template is for. From 1 to 256 characters. Changing it makes a new template.
    #[attr(replace, check(by_prefix::template_prefix))]
    pub prefix: String,
    /// What may make repositories by it: `CREATE_ON_PUSH` (a push to a repository that does not exist), `PULL_THROUGH_CACHE`,
    /// `REPLICATION`.
    #[attr(count(1..=3), each_one_of("CREATE_ON_PUSH", "PULL_THROUGH_CACHE", "REPLICATION"))]
    pub applied_for: BTreeSet<String>,
    /// What the template is for: at most 256 characters.
    #[attr(check(description))]
    pub description: Option<String>,
    /// Whether a tag can be moved to another image: `MUTABLE`, `IMMUTABLE`, or one of them with exceptions,
    /// `MUTABLE_WITH_EXCLUSION` or `IMMUTABLE_WITH_EXCLUSION`.
    #[attr(default = "MUTABLE", one_of("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"))]
    pub image_tag_mutability: String,
    /// The tags that a `*_WITH_EXCLUSION` mode leaves out: at most 5.
    #[attr(default = [], nested, count(0..=5))]
    pub image_tag_mutability_exclusion_filters: BTreeSet<ExclusionFilter>,
    /// Encryption of the images: `AES256`, `KMS` or `KMS_DSSE`. Without it a new template has `KMS` if `kms_key_arn` is set,
    /// else `AES256`, and one that exists keeps what it has. `KMS` and `KMS_DSSE` need `custom_role_arn`.
    #[attr(computed, one_of("AES256", "KMS", "KMS_DSSE"))]
    pub encryption_type: Option<String>,
    /// ARN of the KMS key that encrypts the images, in the region of the template. Without it `KMS` uses the key that AWS
    /// manages for ECR, and a template that exists keeps what it has.
    #[attr(computed, check(rules::kms_key_arn))]
    pub kms_key_arn: Option<String>,
    /// The lifecycle policy of the repositories as JSON. Order and layout of it mean nothing.
    #[attr(check(lifecycle_document::check))]
    pub lifecycle_policy: Option<String>,
    /// The policy of the repositories as JSON: who may pull from them or push to them. Order and layout of it mean nothing.
    #[attr(check(policies::check))]
    pub repository_policy: Option<String>,
    /// Tags of the repositories: at most 50. The provider's `default_tags` are not among them. They need `custom_role_arn`.
    #[attr(default = {}, count(0..=50), keys(tags::check_key), each(tags::check_value))]
    pub resource_tags: Tags,
    /// ARN of the role that ECR assumes to make the repositories, in the account of the registry. `ecr.amazonaws.com` must be
    /// trusted to assume it, and it needs `ecr:CreateRepository`, `ecr:ReplicateImage` and `ecr:TagResource`; for KMS also
    /// `kms:CreateGrant`, `kms:RetireGrant` and `kms:DescribeKey`. Without it ECR uses its service-linked role.
    #[attr(check(rules::role_arn))]
    pub custom_role_arn: Option<String>,
    /// Whether a template for this prefix that something else made is changed into this one instead of being an error.
    #[attr(default = false)]
    pub adopt_existing: bool,
    /// Region of the template; the provider's where it is not set. Changing it makes a new template.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What a repository creation template says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct RepositoryCreationTemplateOutputs {
    /// The prefix.
    pub id: String,
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// When the template was made, as RFC 3339 has it. It distinguishes the template from a later one for the same prefix, which
    /// is neither changed nor deleted.
    pub created_at: Option<String>,
    /// The claim of this resource on the template. A template carries no tags, so only the state has it: it tells declarations of
    /// one run from each other.
    pub claim: Option<String>,
}

/// What the plan of a repository creation template has to know.
#[derive(Debug, Default)]
pub struct RepositoryCreationTemplateFacts {
    account: Option<String>,
    /// The template that a create would meet, and what to say of it.
    existing: Option<(ObservedTemplate, Met)>,
}

impl Resource for RepositoryCreationTemplate {
    const TYPE: &'static str = "rosa_ecr_repository_creation_template";
    const PAGE: Page = page::repositories(&["have repositories made by the first push"]);
    const IDENTITY: &'static [IdentityAttribute] = &[by_prefix::IDENTITY, region::IDENTITY];
    const UNIQUE_OUTPUTS: &'static [&'static str] = &["created_at"];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_repository_creation_template"];
    const TIMEOUTS: TimeoutDefaults = TimeoutDefaults::minutes(2, 2, 2);
    type Outputs = RepositoryCreationTemplateOutputs;
    type Context = Aws;
    type Facts = RepositoryCreationTemplateFacts;

    /// Source: Amazon ECR User Guide, "Creating a repository creation template", which asks for `ecr:CreateRepository` too.
    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ecr:CreateRepository",
            "ecr:CreateRepositoryCreationTemplate",
            "ecr:DeleteRepositoryCreationTemplate",
            "ecr:DescribeRepositoryCreationTemplates",
            "ecr:UpdateRepositoryCreationTemplate",
        ])
    }

    /// Source: the same.
    fn permissions_by_argument() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        BTreeMap::from([
            ("custom_role_arn", BTreeSet::from(["iam:PassRole"])),
            ("lifecycle_policy", BTreeSet::from(["ecr:PutLifecyclePolicy"])),
            ("repository_policy", BTreeSet::from(["ecr:SetRepositoryPolicy"])),
        ])
    }

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
        let encryption = Encryption { kind: &mut inputs.encryption_type, key: &mut inputs.kms_key_arn };
        encryption.resolve(&config.encryption_type, &config.kms_key_arn);
    }

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(mode), Known::Now(filters)) =
            (&inputs.image_tag_mutability, &inputs.image_tag_mutability_exclusion_filters)
        {
            check_exclusion(mode, filters, report);
        }
        encryption::check(&inputs.encryption_type, &inputs.kms_key_arn, report);
        report.extend(role_missing(inputs));
    }

    fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
        operations::objects::<Self>(&inputs.prefix, &inputs.region, context)
    }

    fn claim(state: &State<Self>) -> Option<&str> {
        state.outputs.claim.as_deref()
    }

    fn takes_over(inputs: &Self::Partial) -> bool {
        inputs.adopt_existing == Known::Now(true)
    }

    async fn verify(call: &Call<Aws>, state: &State<Self>) -> Result<(), Diagnostics> {
        claims::same_account(call, Some(&state.outputs.registry_id)).await
    }

    async fn survey(
        call: &Call<Aws>,
        intent: Intent<'_, Self>,
    ) -> Result<RepositoryCreationTemplateFacts, Diagnostics> {
        let account = call.identity().await?.map(|identity| identity.account);
        let mut facts = RepositoryCreationTemplateFacts { account, ..RepositoryCreationTemplateFacts::default() };
        if let Intent::Create(inputs) = intent
            && let (Known::Now(prefix), Known::Now(Some(region))) = (&inputs.prefix, &inputs.region)
        {
            let there = calls::find(call, region, prefix).await?;
            facts.existing = there.map(|found| (found, Self::SORT.met(call, prefix, region)));
        }
        Ok(facts)
    }

    fn plan(facts: &RepositoryCreationTemplateFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        by_prefix::check_role(facts.account.as_deref(), &change.inputs.custom_role_arn, report);
        if let Some((found, met)) = &facts.existing {
            // Which key of its own ECR takes for KMS is known only to ECR.
            let kms_key_arn = Known::Now(change.inputs.kms_key_arn.now().cloned().flatten());
            let wanted = Self::complete(RepositoryCreationTemplatePartial { kms_key_arn, ..change.inputs.clone() });
            let judged = wanted.ok().map(|wanted| wanted.judged(found, met));
            report.extend(judged.map(|judged| judged.unwrap_or_else(|refused| refused)));
        }
        if let Some(prior) = &change.prior {
            let inputs = &mut change.inputs;
            keep_spelling(&prior.inputs.lifecycle_policy, &mut inputs.lifecycle_policy, lifecycle_document::same);
            keep_spelling(&prior.inputs.repository_policy, &mut inputs.repository_policy, policies::same);
            let uses_key = |kind: &Option<String>| kind.as_deref() != Some("AES256");
            if !uses_key(&prior.inputs.encryption_type)
                && inputs.encryption_type.now().is_some_and(uses_key)
                && inputs.kms_key_arn == Known::Now(None)
            {
                inputs.kms_key_arn = Known::Later;
            }
        }
        if change.prior.is_none() || !change.replace.is_empty() {
            change.outputs.id = change.inputs.prefix.clone();
            change.outputs.registry_id = facts.account.clone().into();
            (change.outputs.created_at, change.outputs.claim) = (Known::Later, Known::Later);
        }
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        operations::create(call, inputs).await
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        operations::read(call, state).await
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        operations::update(call, prior, inputs).await
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        operations::delete(call, state).await
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        operations::import(call, id).await
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_repository_creation_template").then(|| {
            let prefix = move_source::required(source, "prefix")?;
            let outputs = RepositoryCreationTemplateOutputs {
                id: prefix.to_owned(),
                registry_id: source.text("registry_id").unwrap_or_default().to_owned(),
                created_at: None,
                claim: claims::unread(),
            };
            Ok(State { inputs: Self::existing(prefix, move_source::region(source)), outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        operations::probe(call, inputs).await
    }
}

/// A policy that says the same as before stays as it was written.
fn keep_spelling(prior: &Option<String>, wanted: &mut Known<Option<String>>, same: fn(&str, &str) -> bool) {
    if let (Some(prior), Known::Now(Some(text))) = (prior, &mut *wanted)
        && same(prior, text)
    {
        text.clone_from(prior);
    }
}

/// Why ECR cannot make repositories like these.
///
/// Source: Amazon ECR User Guide, "Creating a repository creation template": templates with KMS keys or resource tags need a role
/// of one's own.
fn role_missing(inputs: &RepositoryCreationTemplatePartial) -> Option<Diagnostic> {
    let is_tagged = inputs.resource_tags.now().is_some_and(|tags| !tags.is_empty());
    let is_kms = inputs.encryption_type.now().is_some_and(|kind| kind.as_deref().is_some_and(|kind| kind != "AES256"));
    let needed_by = match (is_tagged, is_kms) {
        (true, _) => "resource_tags",
        (false, true) => "encryption_type",
        (false, false) => return None,
    };
    (inputs.custom_role_arn == Known::Now(None)).then(|| {
        Diagnostic::error(format!("{needed_by} needs a role"))
            .detail("ECR tags and encrypts with KMS only repositories that it makes with a role of yours.")
            .fix(format!(
                "Set custom_role_arn to a role that ecr.amazonaws.com may assume; the documentation of the argument says what \
                 it needs. Or leave out {}.",
                if is_tagged { "resource_tags" } else { "kms_key_arn, and set encryption_type = \"AES256\"" }
            ))
            .at("custom_role_arn")
    })
}

/// Source: Amazon ECR API Reference, `CreateRepositoryCreationTemplate`, `description`.
fn description(text: &str) -> Result<(), Violation> {
    if text.chars().count() <= 256 { Ok(()) } else { Err(Violation::rule("It has at most 256 characters.")) }
}

#[cfg(test)]
mod tests;
