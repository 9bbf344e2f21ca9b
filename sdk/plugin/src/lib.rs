//! A host for provider binaries: any Terraform provider's resources, over gRPC.
