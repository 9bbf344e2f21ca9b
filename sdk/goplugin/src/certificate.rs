//! Mutual TLS between a plugin and the one host that has started it.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The name in both certificates, whatever the socket.
pub(crate) const NAME: &str = "localhost";

/// The application protocol. Hosts refuse a server that does not choose one.
const ALPN: &[u8] = b"h2";

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The key or the certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    /// The certificate could not be used.
    #[error(transparent)]
    Config(#[from] rustls::Error),
}

/// Trusts the holder of one certificate's key, and of no other: for either side of a connection between two processes.
///
/// Each side makes a certificate for one run and hands it to the other over a channel that no other process sees: the
/// environment and standard output. So there is no authority to ask. The question is whether the other side holds the key
/// of exactly the certificate that it announced: the bytes are equal, and the handshake is signed with that key. A
/// verifier that builds chains asks another question, and says no: go-plugin's certificates are their own authority.
#[derive(Debug)]
pub struct PinnedCertificate {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl PinnedCertificate {
    /// Trusts the holder of that certificate's key.
    pub fn new(certificate: CertificateDer<'static>, provider: &CryptoProvider) -> Self {
        Self { certificate, algorithms: provider.signature_verification_algorithms }
    }

    fn recognise(&self, certificate: &CertificateDer<'_>) -> Result<(), rustls::Error> {
        if *certificate == self.certificate {
            Ok(())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }
}

/// The half that both traits have in common: whether the handshake is signed with the certificate's key.
macro_rules! signatures {
    () => {
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
    };
}

impl ServerCertVerifier for PinnedCertificate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.recognise(end_entity).map(|()| ServerCertVerified::assertion())
    }

    signatures!();
}

impl ClientCertVerifier for PinnedCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.recognise(end_entity).map(|()| ClientCertVerified::assertion())
    }

    signatures!();
}

/// The host's side: its key and certificate, for one plugin.
pub struct ClientIdentity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    pem: String,
}

impl ClientIdentity {
    /// A new ECDSA P-256 key and its certificate, which go-plugin's servers take for the authority that signed it.
    ///
    /// # Errors
    /// If the key or certificate cannot be made.
    pub fn new() -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut parameters = parameters()?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = parameters.self_signed(&key)?;
        Ok(Self { pem: certificate.pem(), certificate: certificate.der().clone(), key: key.into() })
    }

    /// The certificate, for the plugin's environment.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Connects to the plugin that announced this certificate, and to no other.
    ///
    /// # Errors
    /// If the certificate cannot be used.
    pub fn connector(self, server: CertificateDer<'static>) -> Result<TlsConnector, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Arc::new(PinnedCertificate::new(server, &provider));
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_auth_cert(vec![self.certificate], self.key)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.resumption = rustls::client::Resumption::disabled();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

/// The plugin's side: how it accepts connections, and the certificate to announce.
pub struct ServerTls {
    /// Accepts the one client.
    pub acceptor: TlsAcceptor,
    /// For the handshake's line.
    pub certificate: CertificateDer<'static>,
}

impl ServerTls {
    /// A server with a new key and certificate that lets only that client in.
    ///
    /// # Errors
    /// If the key or certificate cannot be made.
    pub fn new(client: CertificateDer<'static>) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut parameters = parameters()?;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate: CertificateDer<'static> = parameters.self_signed(&key)?.into();
        // aws-lc-rs and not ring: hosts sign with P-521.
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Arc::new(PinnedCertificate::new(client, &provider));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate.clone()], key.into())?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        // Without resumption, every connection shows its certificate.
        config.send_tls13_tickets = 0;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
    }
}

/// What both certificates say. rcgen's validity, 1975 to 4096, covers every clock.
fn parameters() -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new([NAME.to_owned()])?;
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, NAME);
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use rustls::sign::{CertifiedKey, SingleCertAndKey};

    use super::*;

    /// What comes of connecting to a server that shows a certificate and signs with a key, where another one, or the same,
    /// was announced.
    async fn connect(
        announced: &ClientIdentity,
        shown: &ClientIdentity,
        signing: &ClientIdentity,
    ) -> std::io::Result<()> {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(server(shown, signing).accept(theirs));
        let connector =
            ClientIdentity::new().expect("a certificate").connector(announced.certificate.clone()).expect("TLS");
        let name = ServerName::try_from(NAME).expect("a name");
        let connected = connector.connect(name, ours).await.map(drop);
        server.abort();
        connected
    }

    fn server(shown: &ClientIdentity, signing: &ClientIdentity) -> TlsAcceptor {
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
        let [provider, other] = [(), ()].map(|()| ClientIdentity::new().expect("a certificate"));
        connect(&provider, &provider, &provider).await.expect("the provider itself");
        connect(&provider, &other, &other).await.expect_err("another certificate");
        // The certificate is no secret: what may look at the process can see it.
        connect(&provider, &provider, &other).await.expect_err("the certificate without its key");
    }

    #[tokio::test]
    async fn the_two_ends_connect() {
        let (client, server) = tokio::io::duplex(1 << 16);
        let identity = ClientIdentity::new().expect("a certificate");
        let tls = ServerTls::new(identity.certificate.clone()).expect("TLS");
        let connector = identity.connector(tls.certificate).expect("TLS");
        let name = ServerName::try_from(NAME).expect("a name");
        let (connected, accepted) = tokio::join!(connector.connect(name, client), tls.acceptor.accept(server));
        let (_, session) = accepted.as_ref().expect("it lets the client in").get_ref();
        assert_eq!(session.alpn_protocol(), Some(ALPN));
        connected.expect("it trusts the server");
    }
}
