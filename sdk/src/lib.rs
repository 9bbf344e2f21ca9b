//! A ROSA cluster's private container registry, declared in Rust.
