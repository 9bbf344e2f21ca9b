//! `rosa_ecr_repository`: a private ECR repository.
//!
//! | Operation | Calls of ECR (each needs the IAM action of its name) |
//! |---|---|
//! | plan of a create | `DescribeRepositories`, `ListTagsForResource` where one exists |
//! | create | `CreateRepository`; where one exists already, what read and update call |
//! | read | `DescribeRepositories`, `ListTagsForResource` |
//! | update | of `PutImageTagMutability`, `PutImageScanningConfiguration`, `TagResource`, `UntagResource` what changed |
//! | delete | `ListImages` while planning, `DeleteRepository`, `DescribeRepositories` until it is gone |
//!
//! ECR cannot rename a repository, move it, or change its encryption: `name`, `region`, `encryption_type` and
//! `kms_key_arn` force replacement.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Attributes as _, Call, Change, Diagnostic, Diagnostics, Failure, IdentityAttribute, Intent, Known, MoveSource,
    Page, Path, RealObject, Resource, State, TimeoutDefaults, Timeouts,
};

use super::encryption::{self, Encryption};
use crate::claims::{self, Mark};
use crate::import_id::{self, Imported};
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::{self, Tags};
use crate::tags::{Owner, TagPolicy};
use crate::{move_source, page, region, rules};

mod calls;
mod convergence;
mod exclusion;
pub(super) mod listing;
mod observation;
mod refusals;

pub(super) use calls::sdk_tags;
use calls::{Created, Deleted};
pub(crate) use calls::{ObservedRepository, count_images, find, find_in, tags_of};
pub(crate) use convergence::{Origin, obtain};
use convergence::{converge, retain};
pub use exclusion::ExclusionFilter;
pub(crate) use exclusion::check_exclusion;
pub(super) use exclusion::{filters_for_sdk, filters_of_sdk, malformed};
pub use listing::RepositoryQuery;
pub(crate) use listing::of_clusters;
pub(crate) use refusals::{
    check_lifecycle_tag, count, encryption_mismatch, name_conflict, no_such_repository, not_empty, not_empty_in_plan,
    replacement_refused,
};

/// The component that ownership tags name.
pub(crate) const COMPONENT: &str = "repository";

/// A private ECR repository that survives interrupted applies, and, where wanted, the cluster it was made for.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Repository {
    /// Name of the repository, with its namespaces: `team/app`. Changing it makes a new repository.
    #[attr(replace, check(rules::repository_name))]
    pub name: String,
    /// Whether a tag can be moved to another image: `MUTABLE`, `IMMUTABLE`, or one of them with exceptions,
    /// `MUTABLE_WITH_EXCLUSION` or `IMMUTABLE_WITH_EXCLUSION`.
    #[attr(default = "MUTABLE", one_of("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"))]
    pub image_tag_mutability: String,
    /// The tags that a `*_WITH_EXCLUSION` mode leaves out: at most 5.
    #[attr(default = [], nested, count(0..=5))]
    pub image_tag_mutability_exclusion_filters: BTreeSet<ExclusionFilter>,
    /// Whether images are scanned for vulnerabilities when they are pushed. AWS is deprecating this setting of single repositories in
    /// favour of the registry's, `rosa_ecr_registry_scanning` (Amazon ECR API Reference, `PutImageScanningConfiguration`).
    #[attr(default = true)]
    pub scan_on_push: bool,
    /// Encryption of the images: `AES256`, `KMS` or `KMS_DSSE`. Without it a new repository has `KMS` if `kms_key_arn` is set,
    /// else `AES256`, and one that exists keeps what it has. Changing it makes a new repository.
    #[attr(computed, replace, one_of("AES256", "KMS", "KMS_DSSE"))]
    pub encryption_type: Option<String>,
    /// ARN of the KMS key that encrypts the images. Without it `KMS` uses the key that AWS manages for ECR, and a repository
    /// that exists keeps what it has. Changing it makes a new repository.
    #[attr(computed, replace, check(rules::kms_key_arn))]
    pub kms_key_arn: Option<String>,
    /// Whether a destroy deletes the repository even if it holds images. A destroy reads it from the state: apply a
    /// change of it before you destroy.
    #[attr(default = false)]
    pub force_delete: bool,
    /// Whether the repository and its images stay when this resource is destroyed. It is then tagged
    /// `Lifecycle = "external"`, a replacement is refused, and a later create takes it back.
    #[attr(default = false)]
    pub prevent_destroy: bool,
    /// Whether a repository of this name that something else made is taken over instead of being an error.
    #[attr(default = false)]
    pub adopt_existing: bool,
    /// Region of the repository; the provider's where it is not set. Changing it makes a new repository.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Tags of the repository, besides the provider's `default_tags`.
    #[attr(default = {}, keys(tags::check_key), each(tags::check_value))]
    pub tags: Tags,
    /// In whose name the repository is made, such as the cluster's name. Its ownership tags carry it, and only the same owner
    /// takes the repository back, after an interrupted apply or where a destroy left it; without it, any configuration
    /// that declares the same.
    #[attr(check(tags::check_owner))]
    pub owner: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What a repository says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct RepositoryOutputs {
    /// The name of the repository.
    pub id: String,
    /// ARN of the repository.
    pub arn: String,
    /// The account that the registry belongs to.
    pub registry_id: String,
    /// URL for push and pull, without a tag.
    pub repository_url: String,
    /// Host of the registry, for a login.
    pub registry_url: String,
    /// All tags, with the provider's `default_tags`.
    pub tags_all: Tags,
    /// When the repository was made, as RFC 3339 has it. It distinguishes the repository from a later one of the same name.
    pub created_at: Option<String>,
    /// The claim of this resource on the repository: the value of its tag `rosa-ecr/claim`. A repository with another claim
    /// belongs to another resource, and is neither changed nor deleted.
    pub claim: Option<String>,
}

/// What the plan of a repository has to know.
#[derive(Debug, Default)]
pub struct RepositoryFacts {
    pub(crate) account: Option<String>,
    pub(crate) owner: Owner,
    pub(crate) tags: Option<TagPolicy>,
    /// The repository of that name, if a create would meet one.
    pub(crate) existing: Option<ObservedRepository>,
    /// What to say if the create takes it over.
    pub(crate) taking_over: Option<Diagnostic>,
    /// How to say that the resource was renamed.
    pub(crate) renaming: String,
    /// How many images would be deleted.
    pub(crate) images: usize,
}

impl Resource for Repository {
    const TYPE: &'static str = "rosa_ecr_repository";
    const PAGE: Page =
        page::repositories(&["keep images", "keep images longer than the cluster, or protect them from a destroy"]);
    const IDENTITY: &'static [IdentityAttribute] =
        &[IdentityAttribute { name: "name", description: "Name of the repository.", required: true }, region::IDENTITY];
    const UNIQUE_OUTPUTS: &'static [&'static str] = &["created_at"];
    const MOVE_SOURCES: &'static [&'static str] = &["aws_ecr_repository"];
    const TIMEOUTS: TimeoutDefaults = TimeoutDefaults::minutes(5, 5, 20);
    type Outputs = RepositoryOutputs;
    type Context = Aws;
    type Facts = RepositoryFacts;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from([
            "ecr:CreateRepository",
            "ecr:DeleteRepository",
            "ecr:DescribeRepositories",
            "ecr:ListImages",
            "ecr:ListTagsForResource",
            "ecr:PutImageScanningConfiguration",
            "ecr:PutImageTagMutability",
            "ecr:TagResource",
            "ecr:UntagResource",
        ])
    }

    /// ECR makes and retires grants on the key, with what its caller may do.
    fn permissions_by_argument() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        BTreeMap::from([("kms_key_arn", BTreeSet::from(["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"]))])
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
        tags::check_number(&inputs.tags, tags::OWN_TAGS, report);
        if let (Known::Now(mode), Known::Now(filters)) =
            (&inputs.image_tag_mutability, &inputs.image_tag_mutability_exclusion_filters)
        {
            check_exclusion(mode, filters, report);
        }
        encryption::check(&inputs.encryption_type, &inputs.kms_key_arn, report);
        if let (Known::Now(true), Known::Now(tags)) = (&inputs.prevent_destroy, &inputs.tags) {
            check_lifecycle_tag(tags, report);
        }
    }

    fn context(inputs: &Self::Partial, context: &Aws) -> Option<Aws> {
        context.of_owner(&inputs.owner)
    }

    fn objects(inputs: &Self::Partial, context: &Aws) -> Vec<RealObject> {
        let region = context.planned_region(&inputs.region);
        inputs.name.now().zip(region).map(|(name, region)| RealObject::new(object(name, region))).into_iter().collect()
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

    async fn survey(call: &Call<Aws>, intent: Intent<'_, Self>) -> Result<RepositoryFacts, Diagnostics> {
        let identity = call.identity().await?;
        let mut facts = RepositoryFacts {
            account: identity.map(|identity| identity.account),
            owner: call.owner().clone(),
            tags: Some(call.tags().clone()),
            renaming: call.declaration().renaming(Self::TYPE),
            ..RepositoryFacts::default()
        };
        match intent {
            Intent::Create(inputs) => {
                if let (Known::Now(name), Known::Now(Some(region))) = (&inputs.name, &inputs.region) {
                    let there = find(call, region, name).await?;
                    let owned = there.as_ref().filter(|found| call.owner().owns(COMPONENT, &found.tags));
                    facts.taking_over = owned.and_then(|found| announced(call, name, region, found));
                    facts.existing = there.filter(|found| !call.is_marked_for_replacement(&found.arn));
                }
            }
            Intent::Update { prior, replace: true, .. } | Intent::Delete(prior) => {
                if !prior.inputs.force_delete && !prior.inputs.prevent_destroy {
                    facts.images = count_images(call, call.region_of(&prior.inputs.region), &prior.inputs.name).await?;
                }
                call.mark_for_replacement(&prior.outputs.arn);
            }
            Intent::Update { .. } => {}
        }
        Ok(facts)
    }

    fn plan(facts: &RepositoryFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        let inputs = &change.inputs;
        report.extend(facts.taking_over.clone());
        if let (Some(found), Known::Now(name)) = (&facts.existing, &inputs.name) {
            let adopt = inputs.adopt_existing.now().copied().unwrap_or(true);
            let conflict = name_conflict(&facts.owner, found, name, adopt, Path::from("name"), "rosa_ecr_repository");
            // Which key of its own ECR takes for KMS is known only to ECR.
            let kms_key_arn = Known::Now(inputs.kms_key_arn.now().cloned().flatten());
            let known = RepositoryPartial { kms_key_arn, ..inputs.clone() };
            let wanted = Self::complete(known).ok().filter(|_| conflict.is_none());
            let mismatch = wanted.and_then(|wanted| encryption_mismatch(&facts.owner, &wanted, found));
            report.extend(conflict.or(mismatch));
        }
        if let Some(prior) = &change.prior
            && !change.replace.is_empty()
        {
            let protected = prior.inputs.prevent_destroy || inputs.prevent_destroy.now() == Some(&true);
            report.extend(replacement_refused(&prior.inputs.name, protected, facts.images, &change.replace[0]));
        }
        let account = Known::from(facts.account.clone());
        let region = inputs.region.clone().and_then(Known::from);
        let moved = change.prior.is_none() || !change.replace.is_empty();
        if moved {
            (change.outputs.created_at, change.outputs.claim) = (Known::Later, Known::Later);
            let place = account.clone().zip(region);
            change.outputs.registry_id = account;
            change.outputs.id = inputs.name.clone();
            change.outputs.registry_url =
                place.clone().map(|(account, region)| Partition::of_region(&region).registry_host(&account, &region));
            change.outputs.repository_url = change
                .outputs
                .registry_url
                .clone()
                .zip(inputs.name.clone())
                .map(|(host, name)| format!("{host}/{name}"));
            change.outputs.arn = place.zip(inputs.name.clone()).map(|((account, region), name)| {
                Partition::of_region(&region).repository_arn(&account, &region, &name)
            });
        }
        change.outputs.tags_all = tags::planned(facts.tags.as_ref(), &inputs.tags, tags::OWN_TAGS, report);
    }

    fn plan_delete(facts: &RepositoryFacts, prior: &State<Self>, report: &mut Diagnostics) {
        report.extend(not_empty_in_plan(&prior.inputs.name, facts.images, &facts.renaming));
    }

    async fn create(call: &Call<Aws>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        obtain(call, inputs).await.map(|(state, _)| state)
    }

    async fn read(call: &Call<Aws>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        Self::look(call, &state.inputs, state.outputs.created_at.as_deref()).await
    }

    async fn update(call: &Call<Aws>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let (region, name) = (call.region_of(&prior.inputs.region), &prior.inputs.name);
        let found = find(call, region, name).await?.ok_or_else(|| no_such_repository(name, region))?;
        claims::changes(call, &object(name, region), mark(&prior), found.mark())?;
        let mut state = prior.inputs.observed(call, &found);
        if call.claim() == prior.outputs.claim.as_deref() {
            // The plan has promised it: a state of before has none.
            state.outputs.created_at.clone_from(&prior.outputs.created_at);
        }
        converge(call, state, &inputs, &found.tags).await
    }

    async fn delete(call: &Call<Aws>, state: State<Self>) -> Result<(), Failure<Self>> {
        let (region, name) = (call.region_of(&state.inputs.region), &state.inputs.name);
        let Some(found) = find(call, region, name).await? else { return Ok(()) };
        if !claims::deletes(call, &object(name, region), mark(&state), found.mark()) {
            return Ok(());
        }
        if state.inputs.prevent_destroy {
            return retain(call, &state, &found).await.map_err(Failure::from);
        }
        match calls::delete(call, region, name, &found, state.inputs.force_delete).await? {
            Deleted::Gone => Ok(()),
            Deleted::NotEmpty => {
                let images = count_images(call, region, name).await?.max(1);
                Err(not_empty(name, images).into_iter().collect::<Diagnostics>().into())
            }
        }
    }

    async fn import(call: &Call<Aws>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (region, name) = import_id::read(call, Imported::Repository, id).await?;
        let found = find(call, region, name).await?.ok_or_else(|| no_such_repository(name, region))?;
        Ok(Self::imported(call, region, name, &found))
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        move_source::is_aws(source, "aws_ecr_repository").then(|| {
            let name = move_source::required(source, "name")?;
            let text = |attribute| source.text(attribute).unwrap_or_default().to_owned();
            let inputs = Self {
                // AWS provider 4.22 and later: a wish, which no read can tell.
                force_delete: move_source::truth(source, "force_delete"),
                region: move_source::region(source),
                tags: move_source::tags(source),
                ..Self::existing(name)
            };
            let outputs = RepositoryOutputs {
                id: name.to_owned(),
                arn: text("arn"),
                registry_id: text("registry_id"),
                repository_url: text("repository_url"),
                registry_url: String::new(),
                tags_all: Tags::new(),
                created_at: None,
                claim: claims::unread(),
            };
            Ok(State { inputs, outputs })
        })
    }

    async fn probe(call: &Call<Aws>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        Self::left(call, &inputs).await
    }
}

/// What makes the repository this one, as a person reads it.
pub(crate) fn object(name: &str, region: &str) -> String {
    format!("ECR repository {name} in {region}")
}

/// What a plan says of a repository that its create would take over.
pub(crate) fn announced(call: &Call<Aws>, name: &str, region: &str, found: &ObservedRepository) -> Option<Diagnostic> {
    claims::taking_over(call, &object(name, region), &found.arn, found.mark().claim, Repository::TYPE)
}

/// What the state recorded of its repository.
fn mark(state: &State<Repository>) -> Mark<'_> {
    Mark { claim: state.outputs.claim.as_deref(), unique: state.outputs.created_at.as_deref() }
}

/// Whether a repository with these tags was made by rosa-ecr.
pub(super) fn is_ours(tags: &Tags) -> bool {
    tags.get(tags::COMPONENT).is_some_and(|component| component == COMPONENT)
}

/// Brings the tags of a repository from `actual` to `wanted`.
pub(super) async fn retag(
    call: &Call<Aws>,
    region: &str,
    arn: &str,
    actual: &Tags,
    wanted: &Tags,
) -> Result<(), Diagnostics> {
    calls::retag(call, region, arn, actual, wanted, &[]).await
}

#[cfg(test)]
mod tests;
