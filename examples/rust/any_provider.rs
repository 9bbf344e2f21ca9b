//! Resources and data sources of any Terraform provider in a Rust program: here a repository of hashicorp/aws, its lifecycle
//! policy, and its repository policy, whose text a data source makes.
//!
//! The provider must be installed where Terraform looks for it, for instance by `terraform providers mirror`, unpacked.
//!
//! ```sh
//! cargo run --example any_provider -- preview
//! ```

use rosa_ecr::plugin::{Binary, Dynamic};
use rosa_ecr::prelude::*;
use serde_json::{Value, json};

fn infra(stack: &mut Stack) -> Result<()> {
    Binary::find("hashicorp/aws", "*")?.provide(stack, "aws", provider_block());

    let tools = Dynamic::new("aws_ecr_repository")
        .arg("name", "tools")
        .arg("image_tag_mutability", "IMMUTABLE")
        .arg("image_scanning_configuration", json!({ "scan_on_push": true }))
        .declare(stack, "tools")?;
    let name: Output<String> = tools.output("name");
    let expire = json!({ "rules": [{
        "rulePriority": 1,
        "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14 },
        "action": { "type": "expire" },
    }] });
    Dynamic::new("aws_ecr_lifecycle_policy")
        .arg("repository", name.clone())
        .arg("policy", expire.to_string())
        .declare(stack, "expire-untagged")?;

    let pull = Dynamic::new("aws_iam_policy_document")
        .arg(
            "statement",
            json!({
                "actions": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                "principals": { "type": "AWS", "identifiers": ["arn:aws:iam::123456789012:root"] },
            }),
        )
        .look_up(stack, "pull")?;
    Dynamic::new("aws_ecr_repository_policy")
        .arg("repository", name)
        .arg("policy", pull.output::<String>("json"))
        .declare(stack, "let-others-pull")?;

    stack.export("repository_url", tools.output::<String>("repository_url"));
    Ok(())
}

/// The provider's arguments. Old versions do not read `AWS_ENDPOINT_URL`, which stands for an AWS that is not Amazon's.
fn provider_block() -> Value {
    let region = std::env::var("AWS_REGION").unwrap_or_else(|_| "us-east-1".to_owned());
    match std::env::var("AWS_ENDPOINT_URL") {
        Err(_) => json!({ "region": region }),
        Ok(at) => json!({
            "region": region,
            "endpoints": { "ecr": at, "sts": at, "iam": at, "ec2": at },
            "skip_credentials_validation": true,
            "skip_requesting_account_id": true,
            "skip_metadata_api_check": true,
        }),
    }
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    rosa_ecr::cli::run("any-provider", infra).await
}
