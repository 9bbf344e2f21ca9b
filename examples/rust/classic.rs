//! ROSA Classic: worker roles pull from the registry, and pushed images expire.
//!
//! The role comes from the environment: `WORKER_ROLE`.

use rosa_ecr::prelude::*;

fn infra(stack: &mut Stack) -> Result<()> {
    let registry = RosaEcr::builder()
        .cluster_name("classic")
        .platform("classic")
        .worker_role_names([std::env::var("WORKER_ROLE")?])
        .create_vpc_endpoints(false)
        .lifecycle_untagged_days(7)
        .lifecycle_keep_count(100)
        .tags([("team", "platform")])
        .build()
        .declare(stack, "registry")?;
    let image = interpolate!("{}:latest", registry.repository_url);
    stack.export("image", image);
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("classic", infra).await
}
