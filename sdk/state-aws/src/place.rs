//! The place of a state, as a person names it.

use std::sync::Arc;

use rosa_ecr_state::{Backend, LocalBackend, StateError};

use crate::s3::S3Backend;

/// The place that `--state` names: `s3://bucket/key`, or the path of a file.
///
/// # Errors
/// Where it is neither.
pub async fn place(location: &str) -> Result<Arc<dyn Backend>, StateError> {
    let bad = |what: String| Err(StateError::BadLocation { location: format!("{location:?}"), what });
    if location.starts_with("s3://") {
        return Ok(Arc::new(S3Backend::from_environment(location).await?));
    }
    if location.is_empty() {
        return bad("it is empty".into());
    }
    if location.starts_with("s3:") {
        return bad("behind s3: come two slashes, the bucket, a slash and the key".into());
    }
    if let Some((scheme, _)) = location.split_once("://") {
        return bad(format!("there is no place called {scheme}"));
    }
    Ok(Arc::new(LocalBackend::new(location)))
}
