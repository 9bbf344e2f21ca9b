//! Data: what a configuration or a state consists of, and the paths in it. Imports no other stratum.

pub(crate) mod known;
pub(crate) mod nulls;
pub(crate) mod number;
pub(crate) mod path;
pub(crate) mod tree;
pub(crate) mod types;
