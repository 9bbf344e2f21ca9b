//! ROSA with hosted control planes: the roles of the machine pools' instance profiles pull from the registry, which
//! outlives its cluster.
//!
//! The instance profile comes from the environment: `INSTANCE_PROFILE`.

use rosa_ecr::prelude::*;

fn infra(stack: &mut Stack) -> Result<()> {
    let registry = RosaEcr::builder()
        .cluster_name("hcp")
        .platform("hcp")
        .instance_profile_names([std::env::var("INSTANCE_PROFILE")?])
        .create_vpc_endpoints(false)
        .prevent_destroy(true)
        .build()
        .declare(stack, "registry")?;
    stack.export("repository_arn", registry.repository_arn);
    stack.export("pull_roles", registry.pull_roles);
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("hcp", infra).await
}
