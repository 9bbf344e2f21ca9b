//! The registry as a component: each of its parts is a resource of its own, which others can refer to.
//!
//! VPC, subnets and role come from the environment: `VPC_ID`, `SUBNET_IDS` with commas between them, `WORKER_ROLE`. So may
//! the name of the cluster: `CLUSTER_NAME`.

use rosa_ecr::prelude::*;

fn infra(stack: &mut Stack) -> Result<()> {
    let subnets = std::env::var("SUBNET_IDS")?;
    let registry = RosaEcr::builder()
        .cluster_name(std::env::var("CLUSTER_NAME").unwrap_or_else(|_| "dev".to_owned()))
        .vpc_id(std::env::var("VPC_ID")?)
        .private_subnet_ids(subnets.split(',').collect::<Vec<_>>())
        .worker_role_names([std::env::var("WORKER_ROLE")?])
        .build()
        .declare_parts(stack, "registry")?;

    // Another account may pull, once the cluster's own nodes can.
    let policy = r#"{
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::210987654321:root" },
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        }]
    }"#;
    RepositoryPolicy::builder().repository(registry.repository.inputs.name).policy(policy).build().declare_with(
        stack,
        "sharing",
        Options::new().depends_on(&registry.component),
    )?;

    stack.export("repository_url", registry.repository.repository_url);
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("dev", infra).await
}
