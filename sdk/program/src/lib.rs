//! Stacks: resources declared in a Rust program, and the engine that brings them about.

pub mod state;
