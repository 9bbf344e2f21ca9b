//! States in S3, and the keys of their secrets in AWS KMS: a [`Backend`](rosa_ecr_state::Backend) and a
//! [`KeyService`](rosa_ecr_state::KeyService).
//!
//! Credentials, region and endpoint come from the environment and the profile, as the AWS CLI takes them.

mod clients;
mod failure;
mod kms;
mod place;
mod s3;

pub use kms::{Kms, environment_keys};
pub use place::place;
pub use s3::S3Backend;
