//! The resource `rosa_ecr`, driven by every engine that is here.

mod bad_days;
mod changes;
mod closed;
mod drift;
mod examples;
mod existing;
mod expiry;
mod interruption;
mod mirrors;
mod neighbours;
mod network;
mod planning;
mod protection;
mod refusals;
mod roles;
mod scene;
mod takeover;
