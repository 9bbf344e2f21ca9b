//! End-to-end tests: a real Terraform, the real binary, a real AWS emulator.
