//! The calls of ECR's API for repository creation templates, each made in one place.

use std::collections::BTreeSet;

use aws_sdk_ecr::types::{
    EncryptionConfigurationForRepositoryCreationTemplate as EncryptionConfiguration, EncryptionType,
    ImageTagMutability, RctAppliedFor, RepositoryCreationTemplate as Described,
};
use aws_smithy_types::date_time::Format;
use rosa_ecr_model::{Call, Diagnostics};

use super::RepositoryCreationTemplate;
use crate::ecr::repository::{ExclusionFilter, filters_for_sdk, filters_of_sdk, malformed, sdk_tags};
use crate::error::{code, failed, incomplete};
use crate::provider::Aws;
use crate::tags::Tags;

/// A template as ECR describes it.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ecr) struct ObservedTemplate {
    pub prefix: String,
    pub applied_for: BTreeSet<String>,
    pub description: Option<String>,
    pub mutability: String,
    pub filters: BTreeSet<ExclusionFilter>,
    pub encryption_type: String,
    pub kms_key_arn: Option<String>,
    pub lifecycle_policy: Option<String>,
    pub repository_policy: Option<String>,
    pub resource_tags: Tags,
    pub custom_role_arn: Option<String>,
    pub registry_id: String,
    /// As RFC 3339 has it.
    pub created_at: Option<String>,
}

impl ObservedTemplate {
    /// The template of an answer. What was taken away comes back as an empty text.
    fn of(template: Described, registry_id: Option<String>, doing: &str) -> Result<Self, Diagnostics> {
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (prefix, registry_id) = template.prefix.zip(registry_id).ok_or_else(|| incomplete("ECR", doing))?;
        let encryption = template.encryption_configuration;
        let kind = |encryption: &EncryptionConfiguration| encryption.encryption_type.as_str().to_owned();
        let purposes = template.applied_for.unwrap_or_default();
        let tags = template.resource_tags.unwrap_or_default();
        Ok(Self {
            prefix,
            applied_for: purposes.iter().map(|purpose| purpose.as_str().to_owned()).collect(),
            description: text(template.description),
            mutability: template.image_tag_mutability.map_or("MUTABLE".to_owned(), |mode| mode.as_str().to_owned()),
            filters: filters_of_sdk(template.image_tag_mutability_exclusion_filters),
            encryption_type: encryption.as_ref().map_or("AES256".to_owned(), kind),
            kms_key_arn: text(encryption.and_then(|encryption| encryption.kms_key)),
            lifecycle_policy: text(template.lifecycle_policy),
            repository_policy: text(template.repository_policy),
            resource_tags: tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
            custom_role_arn: text(template.custom_role_arn),
            registry_id,
            created_at: template.created_at.and_then(|time| time.fmt(Format::DateTime).ok()),
        })
    }
}

/// The template for that prefix; `None` if there is none.
pub(super) async fn find(
    call: &Call<Aws>,
    region: &str,
    prefix: &str,
) -> Result<Option<ObservedTemplate>, Diagnostics> {
    let doing = format!("read the repository creation template for {prefix}");
    match call.ecr(region).describe_repository_creation_templates().prefixes(prefix).send().await {
        Err(error) if is_gone(code(&error)) => Ok(None),
        Err(error) => Err(failed("ecr:DescribeRepositoryCreationTemplates", doing, &error).into()),
        Ok(described) => {
            let template = described.repository_creation_templates.unwrap_or_default().into_iter().next();
            template.map(|template| ObservedTemplate::of(template, described.registry_id, &doing)).transpose()
        }
    }
}

/// All templates of a region.
pub(super) async fn list(call: &Call<Aws>, region: &str) -> Result<Vec<ObservedTemplate>, Diagnostics> {
    let doing = format!("list the repository creation templates in {region}");
    let mut pages = call.ecr(region).describe_repository_creation_templates().into_paginator().send();
    let mut templates = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failed("ecr:DescribeRepositoryCreationTemplates", &doing, &error))?;
        for template in page.repository_creation_templates.unwrap_or_default() {
            templates.push(ObservedTemplate::of(template, page.registry_id.clone(), &doing)?);
        }
    }
    Ok(templates)
}

/// Creates it; `None` if there is one for the prefix.
pub(super) async fn create(
    call: &Call<Aws>,
    region: &str,
    wanted: &RepositoryCreationTemplate,
) -> Result<Option<ObservedTemplate>, Diagnostics> {
    let doing = format!("create the repository creation template for {}", wanted.prefix);
    let request = call
        .ecr(region)
        .create_repository_creation_template()
        .prefix(&wanted.prefix)
        .set_applied_for(Some(purposes(wanted)))
        .set_description(wanted.description.clone().filter(|text| !text.is_empty()))
        .image_tag_mutability(ImageTagMutability::from(wanted.image_tag_mutability.as_str()))
        .set_image_tag_mutability_exclusion_filters(filters_for_sdk(
            &wanted.prefix,
            &wanted.image_tag_mutability_exclusion_filters,
        )?)
        .encryption_configuration(encryption(wanted)?)
        .set_lifecycle_policy(wanted.lifecycle_policy.clone())
        .set_repository_policy(wanted.repository_policy.clone())
        .set_resource_tags(Some(sdk_tags(&wanted.resource_tags)?).filter(|tags| !tags.is_empty()))
        .set_custom_role_arn(wanted.custom_role_arn.clone());
    match request.send().await {
        Ok(created) => {
            let template = created.repository_creation_template.ok_or_else(|| incomplete("ECR", &doing))?;
            ObservedTemplate::of(template, created.registry_id, &doing).map(Some)
        }
        Err(error) if code(&error) == Some("TemplateAlreadyExistsException") => Ok(None),
        Err(error) => Err(failed("ecr:CreateRepositoryCreationTemplate", doing, &error).into()),
    }
}

/// Puts all settings: what is left out of the request would stay, and an empty text takes a setting away.
pub(super) async fn update(
    call: &Call<Aws>,
    region: &str,
    wanted: &RepositoryCreationTemplate,
) -> Result<ObservedTemplate, Diagnostics> {
    let doing = format!("change the repository creation template for {}", wanted.prefix);
    let request = call
        .ecr(region)
        .update_repository_creation_template()
        .prefix(&wanted.prefix)
        .set_applied_for(Some(purposes(wanted)))
        .description(wanted.description.as_deref().unwrap_or_default())
        .image_tag_mutability(ImageTagMutability::from(wanted.image_tag_mutability.as_str()))
        .set_image_tag_mutability_exclusion_filters(filters_for_sdk(
            &wanted.prefix,
            &wanted.image_tag_mutability_exclusion_filters,
        )?)
        .encryption_configuration(encryption(wanted)?)
        .lifecycle_policy(wanted.lifecycle_policy.as_deref().unwrap_or_default())
        .repository_policy(wanted.repository_policy.as_deref().unwrap_or_default())
        .set_resource_tags(Some(sdk_tags(&wanted.resource_tags)?))
        .custom_role_arn(wanted.custom_role_arn.as_deref().unwrap_or_default());
    let updated =
        request.send().await.map_err(|error| failed("ecr:UpdateRepositoryCreationTemplate", &doing, &error))?;
    let template = updated.repository_creation_template.ok_or_else(|| incomplete("ECR", &doing))?;
    ObservedTemplate::of(template, updated.registry_id, &doing)
}

/// Deletes the template, if it is there.
pub(super) async fn delete(call: &Call<Aws>, region: &str, prefix: &str) -> Result<(), Diagnostics> {
    match call.ecr(region).delete_repository_creation_template().prefix(prefix).send().await {
        Ok(_) => Ok(()),
        Err(error) if is_gone(code(&error)) => Ok(()),
        Err(error) => {
            let doing = format!("delete the repository creation template for {prefix}");
            Err(failed("ecr:DeleteRepositoryCreationTemplate", doing, &error).into())
        }
    }
}

fn is_gone(code: Option<&str>) -> bool {
    code == Some("TemplateNotFoundException")
}

fn purposes(wanted: &RepositoryCreationTemplate) -> Vec<RctAppliedFor> {
    wanted.applied_for.iter().map(|purpose| RctAppliedFor::from(purpose.as_str())).collect()
}

fn encryption(wanted: &RepositoryCreationTemplate) -> Result<EncryptionConfiguration, Diagnostics> {
    let configuration = EncryptionConfiguration::builder()
        .encryption_type(EncryptionType::from(wanted.encryption_type()))
        .set_kms_key(wanted.kms_key_arn.clone())
        .build();
    configuration.map_err(|error| malformed(&wanted.prefix, &error).into())
}
