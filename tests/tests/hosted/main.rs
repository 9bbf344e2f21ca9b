//! Provider binaries hosted by `rosa-ecr-plugin`, against the emulator: our own, and the official one of AWS.

mod aws;
mod dying_providers;
mod host;
mod landscape;
mod lookups;
mod own;
mod shapes;
mod stack;
mod stops;
