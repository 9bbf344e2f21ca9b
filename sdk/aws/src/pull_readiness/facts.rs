//! What is found out, with the calls that find it out.

use futures::future::try_join_all;
use rosa_ecr_model::{Call, Diagnostics};

use super::PullReadiness;
use crate::ec2::pull_path::{PullPath, pull_path};
use crate::ecr::{self, Sought};
use crate::iam::role_permissions::{RolePermissions, permissions_of};
use crate::iam::{self, Profile, Source};
use crate::partition::Partition;
use crate::provider::Aws;

/// What is so, whether good or bad.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub image: Sought,
    /// Whether the other repositories have images, by name.
    pub other_images: Vec<(String, Sought)>,
    /// The ARNs of all repositories, in their order.
    pub repositories: Vec<Repository>,
    /// `None` where no VPC is given.
    pub network: Option<PullPath>,
    pub roles: Vec<Role>,
}

/// A repository that is pulled from.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    pub name: String,
    /// Without the account, where it is not known, nothing but wildcards fits.
    pub arn: String,
}

/// A role, as it is named.
#[derive(Clone, Debug)]
pub(super) struct Role {
    /// `role/…` or `instance-profile/…`.
    pub source: String,
    pub state: RoleState,
}

/// What a role, or the instance profile that stands for it, is.
#[derive(Clone, Debug)]
pub(super) enum RoleState {
    NoSuchRole,
    NoSuchProfile,
    ProfileWithoutRole,
    /// What the role may do.
    There(RolePermissions),
}

/// Finds it all out at once.
pub(super) async fn gather(call: &Call<Aws>, region: &str, inputs: &PullReadiness) -> Result<Facts, Diagnostics> {
    let image =
        ecr::seek(call, region, &inputs.repository, inputs.image_tag.as_deref(), inputs.image_digest.as_deref());
    let network = async {
        match &inputs.vpc_id {
            Some(vpc) => pull_path(call, region, vpc, &inputs.private_subnet_ids).await.map(Some),
            None => Ok(None),
        }
    };
    let others = inputs.other_repositories().map(|name| async move {
        Ok::<_, Diagnostics>((name.clone(), ecr::seek(call, region, name, None, None).await?))
    });
    let account = call.identity().await?.map(|identity| identity.account);
    let repositories = repositories(region, account.as_deref(), inputs);
    let arns: Vec<String> = repositories.iter().map(|repository| repository.arn.clone()).collect();
    let sources = inputs.worker_role_names.iter().map(|name| Source::Role(name));
    let sources = sources.chain(inputs.instance_profile_names.iter().map(|name| Source::InstanceProfile(name)));
    let roles = try_join_all(sources.map(|source| role(call, source, &arns)));
    let (image, other_images, network, roles) = futures::try_join!(image, try_join_all(others), network, roles)?;
    Ok(Facts { image, other_images, repositories, network, roles })
}

/// The repositories that are pulled from.
pub(super) fn repositories(region: &str, account: Option<&str>, inputs: &PullReadiness) -> Vec<Repository> {
    let arn = |name: &str| Partition::of_region(region).repository_arn(account.unwrap_or("*"), region, name);
    let names = std::iter::once(&inputs.repository).chain(inputs.other_repositories());
    names.map(|name| Repository { name: name.clone(), arn: arn(name) }).collect()
}

async fn role(call: &Call<Aws>, source: Source<'_>, repository_arns: &[String]) -> Result<Role, Diagnostics> {
    let named = |state| Ok(Role { source: source.to_string(), state });
    let role = match source {
        Source::Role(name) => name.to_owned(),
        Source::InstanceProfile(name) => match iam::look_at_profile(call, name).await? {
            Profile::Missing => return named(RoleState::NoSuchProfile),
            Profile::WithoutRole => return named(RoleState::ProfileWithoutRole),
            Profile::Role(role) => role,
        },
    };
    match permissions_of(call, &role, repository_arns).await? {
        Some(permissions) => named(RoleState::There(permissions)),
        None => named(RoleState::NoSuchRole),
    }
}
