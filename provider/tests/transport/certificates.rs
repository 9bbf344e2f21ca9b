//! Certificates of hosts, as go-plugin makes them: self-signed, ECDSA P-521, marked as an authority.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P521_SHA512};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

/// A certificate and a key that may or may not be its own.
pub struct Certificate {
    pub pem: String,
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Certificate {
    /// A new one.
    pub fn of_a_host() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).expect("a key");
        let mut parameters = CertificateParams::new(["localhost".to_owned()]).expect("parameters");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        Self { pem: certificate.pem(), der: certificate.der().clone(), key: key.into() }
    }

    /// The same certificate with the key of another.
    pub fn with_key_of(&self, other: &Self) -> Self {
        Self { pem: self.pem.clone(), der: self.der.clone(), key: other.key.clone_key() }
    }
}

/// The TLS of a host: it trusts that server alone and shows that certificate, if any.
pub fn client(server: &CertificateDer<'static>, own: Option<&Certificate>) -> ClientConfig {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(server.clone()).expect("the server's certificate is one");
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let mut config = match own {
        None => builder.with_no_client_auth(),
        // Not `with_client_auth_cert`, which checks that the key fits.
        Some(own) => {
            let key = provider.key_provider.load_private_key(own.key.clone_key()).expect("a usable key");
            let certified = CertifiedKey::new(vec![own.der.clone()], key);
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}
