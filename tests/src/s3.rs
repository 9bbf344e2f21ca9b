//! The test's own hand on S3.

use crate::aws::Aws;

impl Aws {
    /// Creates a bucket.
    ///
    /// # Panics
    ///
    /// If S3 refuses.
    #[track_caller]
    pub fn bucket(&self, name: &str) {
        let (status, answer) = self.put("s3", name);
        assert!(status < 400, "s3 CreateBucket {name}: {status} {answer}");
    }
}
