//! Arguments of a program, before their values are known: expressions, typed outputs and inputs, and the structs that they fill. Imports all strata up to `schema`.

pub(crate) mod attributes;
pub mod derive_support;
pub(crate) mod input;
pub(crate) mod interpolate;
pub(crate) mod node;
pub(crate) mod output;
