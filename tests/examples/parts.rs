//! A stack of granular resources, for the tests. With `VPC_ID` and `SUBNET_IDS` it has endpoints, too.

use std::env;

use rosa_ecr::prelude::*;

const PULL: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Pull","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":["ecr:BatchGetImage"]}]}"#;

fn infra(stack: &mut Stack) -> Result<()> {
    let images = stack.component("images")?;
    let repository = stack.within(&images, |stack| {
        let mutability = env::var("MUTABILITY").unwrap_or_else(|_| "MUTABLE".to_owned());
        let repository = Repository::builder()
            .name("dev/tools")
            .image_tag_mutability(mutability)
            .build()
            .declare(stack, "repository")?;
        let name = &repository.inputs.name;
        LifecyclePolicy::builder()
            .repository(name.clone())
            .untagged_days(7)
            .keep_count(5)
            .build()
            .declare(stack, "lifecycle")?;
        RepositoryPolicy::builder().repository(name.clone()).policy(PULL).build().declare(stack, "policy")?;
        Ok(repository)
    })?;
    PushRole::builder()
        .name("dev-push")
        .repository_arns([repository.arn])
        .oidc_provider_arn("arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc")
        .service_accounts(["ci:builder"])
        .build()
        .declare(stack, "push")?;
    if let (Ok(vpc), Ok(subnets)) = (env::var("VPC_ID"), env::var("SUBNET_IDS")) {
        let group = EndpointSecurityGroup::builder().name("ecr-endpoints").vpc_id(vpc.clone()).build();
        let group = group.declare(stack, "group")?;
        for service in ["api", "dkr"] {
            VpcEndpoint::builder()
                .service(service)
                .vpc_id(vpc.clone())
                .subnet_ids(subnets.split(',').collect::<Vec<_>>())
                .security_group_ids([group.id.clone()])
                .build()
                .declare(stack, service)?;
        }
    }
    stack.export("repository_url", repository.repository_url);
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("parts", infra).await
}
