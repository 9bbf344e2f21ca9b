//! Mutual TLS with the one client that started this process: [`Announced`] says whom it lets in, and why.

use std::fmt;
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rosa_ecr_wire::Announced;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// The name that hosts expect in the server's certificate, whatever the socket.
const SERVER_NAME: &str = "localhost";

/// The server's half: how it accepts connections, and the certificate to announce.
pub(crate) struct Mutual {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) certificate: CertificateDer<'static>,
}

/// Why there is no TLS: the key or certificate could not be made.
#[derive(Debug)]
pub(crate) struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot set up TLS: {}", self.0)
    }
}

impl Mutual {
    /// A server with a new key and certificate that lets only that client in.
    pub(crate) fn with(client: CertificateDer<'static>) -> Result<Self, TlsError> {
        let (certificate, key) = certificate().map_err(|error| TlsError(error.to_string()))?;
        let config = config(client, certificate.clone(), key).map_err(|error| TlsError(error.to_string()))?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
    }
}

/// A new ECDSA P-256 key and its certificate. rcgen's validity, 1975 to 4096, covers every clock.
fn certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut parameters = CertificateParams::new([SERVER_NAME.to_owned()])?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, SERVER_NAME);
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = parameters.self_signed(&key)?;
    Ok((certificate.into(), key.into()))
}

fn config(
    client: CertificateDer<'static>,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    // aws-lc-rs and not ring: hosts sign with P-521.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(Announced::new(client, &provider));
    let mut config = builder(provider)?.with_client_cert_verifier(verifier).with_single_cert(vec![certificate], key)?;
    // Hosts refuse a server that does not choose a protocol.
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Without resumption, every connection shows its certificate.
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, rustls::Error> {
    ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13])
}
