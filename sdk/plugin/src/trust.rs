//! Mutual TLS with the one provider that this process started.
//!
//! Each side makes a certificate for this run only and hands it to the other over a channel that nobody else sees. So
//! the question to the other side is whether it holds the key of exactly the certificate that it announced. Providers
//! built with go-plugin announce one that is its own authority (P-521), which no chain-building verifier accepts.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rosa_ecr_model::{Diagnostic, Diagnostics};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
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
        let verifier = Arc::new(Announced { server, algorithms: provider.signature_verification_algorithms });
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

/// Accepts the holder of one certificate's key.
#[derive(Debug)]
struct Announced {
    server: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Announced {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *end_entity == self.server {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
