//! What is found out, with the calls that find it out.

use futures::future::try_join_all;
use rosa_ecr_model::{Call, Diagnostics};

use super::PullReadiness;
use crate::ec2::pull_path::{PullPath, pull_path};
use crate::ecr::{self, Sought};
use crate::iam::{self, Profile, Source};
use crate::provider::Aws;

/// What is so, whether good or bad.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub image: Sought,
    /// `None` where no VPC is given.
    pub network: Option<PullPath>,
    pub roles: Vec<Role>,
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
    /// The name of the role, and the ARNs of its managed policies.
    Policies(String, Vec<String>),
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
    let roles = inputs.worker_role_names.iter().map(|name| Source::Role(name));
    let profiles = inputs.instance_profile_names.iter().map(|name| Source::InstanceProfile(name));
    let roles = try_join_all(roles.chain(profiles).map(|source| role(call, source)));
    let (image, network, roles) = futures::try_join!(image, network, roles)?;
    Ok(Facts { image, network, roles })
}

async fn role(call: &Call<Aws>, source: Source<'_>) -> Result<Role, Diagnostics> {
    let named = |state| Ok(Role { source: source.to_string(), state });
    let role = match source {
        Source::Role(name) => name.to_owned(),
        Source::InstanceProfile(name) => match iam::look_at_profile(call, name).await? {
            Profile::Missing => return named(RoleState::NoSuchProfile),
            Profile::WithoutRole => return named(RoleState::ProfileWithoutRole),
            Profile::Role(role) => role,
        },
    };
    match iam::attached_policies(call, &role).await? {
        Some(policies) => named(RoleState::Policies(role, policies)),
        None => named(RoleState::NoSuchRole),
    }
}
