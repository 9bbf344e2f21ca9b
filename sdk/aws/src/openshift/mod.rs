//! OpenShift: where a cluster's nodes look for images.

mod idms;
mod mirrors;

pub(crate) use idms::file_path;
pub use idms::{Idms, IdmsOutputs, ImageMirror};
pub(crate) use mirrors::{HCP, check_path, check_source, default_mirrors, refused_sources};
