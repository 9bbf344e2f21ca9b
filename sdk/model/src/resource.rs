//! What an author writes, and what hosts serve: resources, data sources, ephemeral and list resources, actions, functions, providers. Imports all other strata.

pub(crate) mod action;
pub(crate) mod call;
pub(crate) mod claiming;
pub(crate) mod claims;
pub(crate) mod data_source;
pub(crate) mod definition;
pub(crate) mod descriptor;
pub(crate) mod ephemeral;
pub(crate) mod function;
pub mod guard;
pub(crate) mod hosted;
pub(crate) mod identity;
pub(crate) mod kind;
pub(crate) mod list;
pub(crate) mod move_source;
pub(crate) mod page;
pub(crate) mod provider;
pub(crate) mod typed;
