//! The provider `rosa-ecr/rosa`: what Terraform and OpenTofu start.

use std::process::ExitCode;

use rosa_ecr_aws::RosaProvider;
use rosa_ecr_provider::About;

fn main() -> ExitCode {
    let about =
        About::new("rosa-ecr/rosa").installer("make install").documentation("README.md and docs in the sources");
    rosa_ecr_provider::run::<RosaProvider>(about)
}
