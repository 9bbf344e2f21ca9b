//! The test's own hand on S3.

use std::collections::BTreeMap;

use roxmltree::Document;

use crate::aws::Aws;

impl Aws {
    /// Creates a bucket.
    ///
    /// # Panics
    ///
    /// If S3 refuses. Likewise below.
    #[track_caller]
    pub fn bucket(&self, name: &str) {
        let (status, answer) = self.put("s3", name, "");
        assert!(status < 400, "s3 CreateBucket {name}: {status} {answer}");
    }

    /// Puts an object of that text.
    #[track_caller]
    pub fn put_object(&self, bucket: &str, key: &str, text: &str) {
        let (status, answer) = self.put("s3", &format!("{bucket}/{key}"), text);
        assert!(status < 400, "s3 PutObject {bucket}/{key}: {status} {answer}");
    }

    /// All objects of a bucket, as text, by key.
    #[must_use]
    #[track_caller]
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, String> {
        let (status, answer) = self.get("s3", bucket);
        assert!(status < 400, "s3 ListObjects {bucket}: {status} {answer}");
        let listed = Document::parse(&answer).unwrap_or_else(|error| panic!("s3 ListObjects: {error} in\n{answer}"));
        let keys = listed.descendants().filter(|node| node.tag_name().name() == "Key").filter_map(|node| node.text());
        let read = |key: &str| {
            let (status, text) = self.get("s3", &format!("{bucket}/{key}"));
            assert!(status < 400, "s3 GetObject {bucket}/{key}: {status} {text}");
            (key.to_owned(), text)
        };
        keys.map(read).collect()
    }
}
