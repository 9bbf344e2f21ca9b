//! OpenShift: where a cluster's nodes look for images.

mod idms;
mod mirror_sets;
mod mirrors;
mod platform;
mod yaml;

pub use idms::{Idms, IdmsHandles, IdmsOutputs, IdmsQuery, ImageMirror};
pub(crate) use idms::{default_name, file_path, registry_host};
pub(crate) use mirror_sets::read as read_mirror_sets;
pub(crate) use mirrors::{HCP, Mirrors, check_path, check_source, default_mirrors, manifest, refused_sources};
pub(crate) use platform::{default_mirrors_on, no_mirrors, resolved_mirrors, shadowing};
