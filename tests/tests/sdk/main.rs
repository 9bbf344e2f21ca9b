//! Programs of the SDK, which are the examples in `examples/rust`, against the emulator.

mod advice;
mod component;
mod drift;
mod examples;
mod interruption;
mod locks;
mod own_provider;
mod s3_state;
mod same_objects;
mod secrets;
mod signals;
