//! A registry in the cluster's network: `cargo run --example quickstart -- preview`.
//!
//! The network comes from the environment: `VPC_ID`, and `SUBNET_IDS` with commas between.

use rosa_ecr::prelude::*;

fn infra(stack: &mut Stack) -> Result<()> {
    let subnets = std::env::var("SUBNET_IDS")?;
    let registry = RosaEcr::builder()
        .cluster_name("dev")
        .vpc_id(std::env::var("VPC_ID")?)
        .private_subnet_ids(subnets.split(',').collect::<Vec<_>>())
        .build()
        .declare(stack, "registry")?;
    stack.export("repository_url", registry.repository_url);
    stack.export("api_endpoint", registry.ecr_api_endpoint_id);
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("dev", infra).await
}
