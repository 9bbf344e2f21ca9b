//! Mutual TLS with the one provider that this process started: [`Announced`] says whom it trusts, and why.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rosa_ecr_model::{Diagnostic, Diagnostics};
use rosa_ecr_wire::Announced;
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsConnector;

/// The name in both certificates, whatever the socket.
pub(crate) const NAME: &str = "localhost";

/// This side's key and certificate, for one provider.
pub(crate) struct Own {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    /// For the provider's environment.
    pub(crate) pem: String,
}

impl Own {
    /// A new ECDSA P-256 key and its certificate, which go-plugin's servers take for the authority that signed it.
    pub(crate) fn new() -> Result<Self, Diagnostics> {
        let made = || {
            let key = KeyPair::generate()?;
            let mut parameters = CertificateParams::new([NAME.to_owned()])?;
            parameters.distinguished_name.push(DnType::CommonName, NAME);
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
            parameters.extended_key_usages =
                vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
            let certificate = parameters.self_signed(&key)?;
            Ok(Self { pem: certificate.pem(), certificate: certificate.der().clone(), key: key.into() })
        };
        Ok(made().map_err(|error: rcgen::Error| failed(&error))?)
    }

    /// Connects to the provider that announced this certificate, and to no other.
    pub(crate) fn connector(self, server: CertificateDer<'static>) -> Result<TlsConnector, Diagnostics> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Arc::new(Announced::new(server, &provider));
        let made =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().and_then(|builder| {
                let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
                builder.with_client_auth_cert(vec![self.certificate], self.key)
            });
        let mut config = made.map_err(|error| failed(&error))?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.resumption = rustls::client::Resumption::disabled();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

fn failed(error: &dyn std::error::Error) -> Diagnostic {
    Diagnostic::error("Cannot set up TLS for a provider").detail(format!("{error}."))
}

#[cfg(test)]
mod tests {
    use rustls::ServerConfig;
    use rustls::pki_types::ServerName;
    use rustls::sign::{CertifiedKey, SingleCertAndKey};
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// What comes of connecting to a server that shows a certificate and signs with a key, where another one, or the same,
    /// was announced.
    async fn connect(announced: &Own, shown: &Own, signing: &Own) -> std::io::Result<()> {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(server(shown, signing).accept(theirs));
        let connector = Own::new().expect("a certificate").connector(announced.certificate.clone()).expect("TLS");
        let name = ServerName::try_from(NAME).expect("a name");
        let connected = connector.connect(name, ours).await.map(drop);
        server.abort();
        connected
    }

    fn server(shown: &Own, signing: &Own) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        // Not `with_single_cert`, which checks that the key fits.
        let key = provider.key_provider.load_private_key(signing.key.clone_key()).expect("a usable key");
        let certified = CertifiedKey::new(vec![shown.certificate.clone()], key);
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        TlsAcceptor::from(Arc::new(config))
    }

    #[tokio::test]
    async fn only_the_holder_of_the_announced_certificates_key_is_trusted() {
        let [provider, stranger] = [(), ()].map(|()| Own::new().expect("a certificate"));
        connect(&provider, &provider, &provider).await.expect("the provider itself");
        connect(&provider, &stranger, &stranger).await.expect_err("another certificate");
        // The certificate is no secret: whoever may look at the process can see it.
        connect(&provider, &provider, &stranger).await.expect_err("the certificate without its key");
    }
}
