//! OpenShift: where a cluster's nodes look for images.

mod idms;
mod mirrors;

pub use idms::{Idms, IdmsHandles, IdmsOutputs, ImageMirror};
pub(crate) use idms::{default_name, file_path, registry_host};
pub(crate) use mirrors::{HCP, Mirrors, check_path, check_source, default_mirrors, manifest, refused_sources};
