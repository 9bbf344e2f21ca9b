//! A Terraform and OpenTofu provider host for any list of resource kinds, and the provider binary.

pub mod wire;
