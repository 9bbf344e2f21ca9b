//! The plan as far as the schema alone decides it, and the way from a configuration to the struct of inputs. Imports all strata up to `expression`.

pub(crate) mod configuration;
pub(crate) mod propose;

pub use propose::{propose, replaced, settle};
