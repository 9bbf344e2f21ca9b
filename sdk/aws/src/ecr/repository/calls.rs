//! The calls of ECR's repository API, each made in one place.

use std::collections::BTreeSet;

use aws_sdk_ecr::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_ecr::types::{
    EncryptionConfiguration, EncryptionType, ImageScanningConfiguration, ImageStatusFilter, ImageTagMutability,
    ListImagesFilter, Repository as Described, Tag,
};
use aws_smithy_types::date_time::Format;
use rosa_ecr_model::{Call, Diagnostics};

use super::Repository;
use super::exclusion::{ExclusionFilter, filters_for_sdk, filters_of_sdk, malformed};
use crate::claims::Mark;
use crate::error::{code, failed};
use crate::partition::Partition;
use crate::provider::Aws;
use crate::tags::Tags;
use crate::wait;

/// A repository as ECR describes it. Its URL is none of it: FIPS endpoints tell one with a host of their own, and a plan has to
/// know it before ECR is asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ObservedRepository {
    pub arn: String,
    pub registry_id: String,
    pub mutability: String,
    pub filters: BTreeSet<ExclusionFilter>,
    pub scan_on_push: bool,
    pub encryption_type: String,
    pub kms_key_arn: Option<String>,
    pub tags: Tags,
    /// As RFC 3339 has it.
    pub created_at: Option<String>,
}

impl ObservedRepository {
    /// What tells it from others of its name.
    pub(crate) fn mark(&self) -> Mark<'_> {
        Mark::of(&self.tags, self.created_at.as_deref())
    }

    /// The call of a declaration that has the claim which the repository carries.
    pub(super) fn claiming(&self, call: &Call<Aws>) -> Call<Aws> {
        call.clone().claiming(self.mark().claim.map(Into::into))
    }
}

/// The repository of that name with its tags; `None` where there is none.
pub(crate) async fn find(
    call: &Call<Aws>,
    region: &str,
    name: &str,
) -> Result<Option<ObservedRepository>, Diagnostics> {
    find_in(call, region, None, name).await
}

/// The same in the registry of another account, whose tags the credentials mostly may not see: it then has none.
pub(crate) async fn find_in(
    call: &Call<Aws>,
    region: &str,
    registry: Option<&str>,
    name: &str,
) -> Result<Option<ObservedRepository>, Diagnostics> {
    let Some(described) = describe(call, region, registry, name).await? else { return Ok(None) };
    if registry.is_some() && registry != call.identity().await?.map(|identity| identity.account).as_deref() {
        return of_another_account(call, region, described).await;
    }
    complete(call, region, described).await
}

async fn of_another_account(
    call: &Call<Aws>,
    region: &str,
    repository: Described,
) -> Result<Option<ObservedRepository>, Diagnostics> {
    let doing = format!("read the repository {}", repository.repository_name().unwrap_or_default());
    let arn = present(repository.repository_arn.clone(), &doing)?;
    let tags = match call.ecr(region).list_tags_for_resource().resource_arn(arn).send().await {
        Ok(listed) => tags_in(listed),
        Err(error) if code(&error) == Some("AccessDeniedException") => Tags::new(),
        Err(error) => return Err(failed("ecr:ListTagsForResource", doing, &error).into()),
    };
    described_as(repository, tags, &doing).map(Some)
}

/// ARN and tags of the repository of that name; `None` where there is none.
pub(crate) async fn tags_of(call: &Call<Aws>, region: &str, name: &str) -> Result<Option<(String, Tags)>, Diagnostics> {
    let Some(identity) = call.identity().await? else {
        return Ok(find(call, region, name).await?.map(|found| (found.arn, found.tags)));
    };
    let arn = Partition::of_region(region).repository_arn(&identity.account, region, name);
    let tags = list_tags(call, region, &arn, &format!("read the tags of the repository {name}")).await?;
    Ok(tags.map(|tags| (arn, tags)))
}

/// The tags of the repository of that ARN; `None` where there is none.
async fn list_tags(call: &Call<Aws>, region: &str, arn: &str, doing: &str) -> Result<Option<Tags>, Diagnostics> {
    match call.ecr(region).list_tags_for_resource().resource_arn(arn).send().await {
        Err(error) if code(&error) == Some("RepositoryNotFoundException") => Ok(None),
        Err(error) => Err(failed("ecr:ListTagsForResource", doing, &error).into()),
        Ok(listed) => Ok(Some(tags_in(listed))),
    }
}

fn tags_in(listed: ListTagsForResourceOutput) -> Tags {
    listed.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}

async fn describe(
    call: &Call<Aws>,
    region: &str,
    registry: Option<&str>,
    name: &str,
) -> Result<Option<Described>, Diagnostics> {
    let request = call.ecr(region).describe_repositories().set_registry_id(registry.map(str::to_owned));
    match request.repository_names(name).send().await {
        Err(error) if code(&error) == Some("RepositoryNotFoundException") => Ok(None),
        Err(error) => Err(failed("ecr:DescribeRepositories", format!("read the repository {name}"), &error).into()),
        Ok(described) => Ok(described.repositories.unwrap_or_default().into_iter().next()),
    }
}

/// The repositories of a region, by name; what they are is for [`complete`] to say.
pub(super) async fn list(call: &Call<Aws>, region: &str) -> Result<Vec<(String, Described)>, Diagnostics> {
    let doing = format!("list the repositories in {region}");
    let mut items = call.ecr(region).describe_repositories().into_paginator().items().send();
    let mut repositories = Vec::new();
    while let Some(item) = items.next().await {
        let repository = item.map_err(|error| failed("ecr:DescribeRepositories", &doing, &error))?;
        repositories.push((present(repository.repository_name.clone(), &doing)?, repository));
    }
    Ok(repositories)
}

/// A repository with its tags; `None` where it is gone meanwhile.
pub(super) async fn complete(
    call: &Call<Aws>,
    region: &str,
    repository: Described,
) -> Result<Option<ObservedRepository>, Diagnostics> {
    let doing = format!("read the repository {}", repository.repository_name().unwrap_or_default());
    let arn = present(repository.repository_arn.clone(), &doing)?;
    let Some(tags) = list_tags(call, region, &arn, &doing).await? else { return Ok(None) };
    described_as(repository, tags, &doing).map(Some)
}

/// The repository of an answer, which has no tags in it.
fn described_as(repository: Described, tags: Tags, doing: &str) -> Result<ObservedRepository, Diagnostics> {
    let created_at = created_at(&repository);
    let encryption = repository.encryption_configuration;
    Ok(ObservedRepository {
        arn: present(repository.repository_arn, doing)?,
        registry_id: present(repository.registry_id, doing)?,
        mutability: repository.image_tag_mutability.map_or("MUTABLE".to_owned(), |mode| mode.as_str().to_owned()),
        filters: filters_of_sdk(repository.image_tag_mutability_exclusion_filters),
        scan_on_push: repository.image_scanning_configuration.is_some_and(|scanning| scanning.scan_on_push),
        encryption_type: encryption
            .as_ref()
            .map_or("AES256".to_owned(), |encryption| encryption.encryption_type.as_str().to_owned()),
        kms_key_arn: encryption.and_then(|encryption| encryption.kms_key),
        tags,
        created_at,
    })
}

fn created_at(repository: &Described) -> Option<String> {
    repository.created_at.and_then(|time| time.fmt(Format::DateTime).ok())
}

/// A part of an answer that must be there: the SDK takes a truncated answer for a whole one.
fn present<T>(part: Option<T>, doing: &str) -> Result<T, Diagnostics> {
    part.ok_or_else(|| crate::error::incomplete("ECR", doing).into())
}

/// How many images the repository holds, archived ones among them, which ECR leaves out unless it is asked for any.
pub(crate) async fn count_images(call: &Call<Aws>, region: &str, name: &str) -> Result<usize, Diagnostics> {
    let client = call.ecr(region);
    let mut digests = BTreeSet::new();
    let any = ListImagesFilter::builder().image_status(ImageStatusFilter::Any).build();
    let mut pages = client.list_images().repository_name(name).filter(any).into_paginator().send();
    while let Some(page) = pages.next().await {
        match page {
            Err(error) if code(&error) == Some("RepositoryNotFoundException") => return Ok(0),
            Err(error) => return Err(failed("ecr:ListImages", format!("count the images of {name}"), &error).into()),
            Ok(page) => digests.extend(page.image_ids.unwrap_or_default().into_iter().filter_map(|id| id.image_digest)),
        }
    }
    Ok(digests.len())
}

/// What became of a create.
pub(crate) enum Created {
    Now(Box<ObservedRepository>),
    /// A repository of that name was there.
    Exists,
}

pub(crate) async fn create(
    call: &Call<Aws>,
    region: &str,
    wanted: &Repository,
    tags: &Tags,
) -> Result<Created, Diagnostics> {
    let encryption = wanted.encryption_type.as_deref().unwrap_or("AES256");
    let request = call
        .ecr(region)
        .create_repository()
        .repository_name(&wanted.name)
        .image_tag_mutability(ImageTagMutability::from(wanted.image_tag_mutability.as_str()))
        .set_image_tag_mutability_exclusion_filters(filters_for_sdk(
            &wanted.name,
            &wanted.image_tag_mutability_exclusion_filters,
        )?)
        .image_scanning_configuration(scanning(wanted))
        .encryption_configuration(
            EncryptionConfiguration::builder()
                .encryption_type(EncryptionType::from(encryption))
                .set_kms_key(wanted.kms_key_arn.clone())
                .build()
                .map_err(|error| malformed(&wanted.name, &error))?,
        )
        .set_tags(Some(sdk_tags(tags)?));
    let doing = format!("create the repository {}", wanted.name);
    match request.send().await {
        Ok(created) => {
            let repository = present(created.repository, &doing)?;
            described_as(repository, tags.clone(), &doing).map(Box::new).map(Created::Now)
        }
        Err(error) if code(&error) == Some("RepositoryAlreadyExistsException") => Ok(Created::Exists),
        Err(error) => Err(failed("ecr:CreateRepository", doing, &error).into()),
    }
}

pub(crate) async fn put_mutability(call: &Call<Aws>, region: &str, wanted: &Repository) -> Result<(), Diagnostics> {
    call.ecr(region)
        .put_image_tag_mutability()
        .repository_name(&wanted.name)
        .image_tag_mutability(ImageTagMutability::from(wanted.image_tag_mutability.as_str()))
        .set_image_tag_mutability_exclusion_filters(filters_for_sdk(
            &wanted.name,
            &wanted.image_tag_mutability_exclusion_filters,
        )?)
        .send()
        .await
        .map_err(|error| {
            failed("ecr:PutImageTagMutability", format!("set the tag mutability of {}", wanted.name), &error)
        })?;
    Ok(())
}

pub(crate) async fn put_scanning(call: &Call<Aws>, region: &str, wanted: &Repository) -> Result<(), Diagnostics> {
    call.ecr(region)
        .put_image_scanning_configuration()
        .repository_name(&wanted.name)
        .image_scanning_configuration(scanning(wanted))
        .send()
        .await
        .map_err(|error| {
            failed("ecr:PutImageScanningConfiguration", format!("set the scanning of {}", wanted.name), &error)
        })?;
    Ok(())
}

/// Brings the tags from `actual` to `wanted`, with as few calls as there are differences. `marks` are keys that are ours.
pub(crate) async fn retag(
    call: &Call<Aws>,
    region: &str,
    arn: &str,
    actual: &Tags,
    wanted: &Tags,
    marks: &[&str],
) -> Result<(), Diagnostics> {
    let (set, removed) = call.tags().difference(actual, wanted, marks);
    let client = call.ecr(region);
    // Those that go make room: an object has at most 50 tags.
    if !removed.is_empty() {
        let request = client.untag_resource().resource_arn(arn).set_tag_keys(Some(removed));
        request.send().await.map_err(|error| failed("ecr:UntagResource", format!("remove tags of {arn}"), &error))?;
    }
    if !set.is_empty() {
        let request = client.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(&set)?));
        request.send().await.map_err(|error| failed("ecr:TagResource", format!("tag {arn}"), &error))?;
    }
    Ok(())
}

/// What became of a delete.
#[derive(Debug, PartialEq)]
pub(crate) enum Deleted {
    Gone,
    /// It holds images, and `force` was not given.
    NotEmpty,
}

/// Deletes the repository, and waits until this very one is gone: one that takes its place would meet it.
pub(crate) async fn delete(
    call: &Call<Aws>,
    region: &str,
    name: &str,
    found: &ObservedRepository,
    force: bool,
) -> Result<Deleted, Diagnostics> {
    match call.ecr(region).delete_repository().repository_name(name).force(force).send().await {
        Ok(_) => {
            let is_it = |described: &Described| created_at(described) == found.created_at;
            let gone = || async {
                let left = describe(call, region, None, name).await?.filter(is_it);
                Ok(left.is_none().then_some(Deleted::Gone))
            };
            wait::until(call, &format!("the repository {name} to be gone"), gone).await
        }
        Err(error) => match code(&error) {
            Some("RepositoryNotFoundException") => Ok(Deleted::Gone),
            Some("RepositoryNotEmptyException") => Ok(Deleted::NotEmpty),
            _ => Err(failed("ecr:DeleteRepository", format!("delete the repository {name}"), &error).into()),
        },
    }
}

fn scanning(wanted: &Repository) -> ImageScanningConfiguration {
    ImageScanningConfiguration::builder().scan_on_push(wanted.scan_on_push).build()
}

/// Tags as the SDK has them.
pub(crate) fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, Diagnostics> {
    let tag = |(key, value): (&String, &String)| {
        Tag::builder().key(key).value(value).build().map_err(|error| malformed(key, &error).into())
    };
    tags.iter().map(tag).collect()
}
