//! The provider `rosa-ecr/rosa`: what Terraform and OpenTofu start.

use std::process::ExitCode;

fn main() -> ExitCode {
    rosa_ecr_provider::run::<rosa_ecr_aws::RosaProvider>("rosa-ecr/rosa")
}
