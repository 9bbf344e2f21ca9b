//! The encryption of images, as a repository and a template of repositories ask for it.

use rosa_ecr_model::{Diagnostic, Diagnostics, Known};

/// Type and key of an encryption, as far as they are known.
pub(super) struct Encryption<'a> {
    /// `encryption_type`.
    pub kind: &'a mut Known<Option<String>>,
    /// `kms_key_arn`.
    pub key: &'a mut Known<Option<String>>,
}

impl Encryption<'_> {
    /// Completes what the configuration leaves open: what exists keeps what it has, and a key says `KMS`.
    pub fn resolve(self, kind: &Known<Option<String>>, key: &Known<Option<String>>) {
        let stays = |there: &Option<String>, key: &Option<String>| key.is_none() || there.as_deref() != Some("AES256");
        if let Known::Now(key) = key
            && *kind == Known::Now(None)
            && !self.kind.now().is_some_and(|there| stays(there, key))
        {
            *self.kind = Known::Now(Some(encryption_of(key.as_deref()).to_owned()));
        }
        if *self.kind == Known::Now(Some("AES256".to_owned())) && *key == Known::Now(None) {
            *self.key = Known::Now(None);
        }
    }
}

/// The encryption that a key, or none, stands for.
pub(crate) fn encryption_of(key: Option<&str>) -> &'static str {
    if key.is_some() { "KMS" } else { "AES256" }
}

/// Reports a key that the encryption does not use.
pub(super) fn check(kind: &Known<Option<String>>, key: &Known<Option<String>>, report: &mut Diagnostics) {
    if let (Known::Now(Some(kind)), Known::Now(Some(_))) = (kind, key)
        && kind == "AES256"
    {
        report.push(
            Diagnostic::error("A KMS key without KMS encryption")
                .detail("kms_key_arn is set, and encryption_type is \"AES256\", which uses no key.")
                .fix("Remove encryption_type or set it to \"KMS\"; or remove kms_key_arn.")
                .at("kms_key_arn"),
        );
    }
}
