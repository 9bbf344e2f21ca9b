//! The plugin's side of the handshake: what the host asks for, and whether that can be done.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::cookie::COOKIE;
use crate::environment::{CLIENT_CERTIFICATE, Environment, MULTIPLEXING, VERSIONS};

/// What the host asks for and the plugin can do.
#[derive(Debug)]
pub struct Terms {
    /// The version of the plugin protocol.
    pub(crate) protocol: u32,
    /// The only client to let in; none if the host turned TLS off.
    pub(crate) client: Option<CertificateDer<'static>>,
    /// Whether the host asks about multiplexing.
    pub(crate) multiplexing_asked: bool,
}

/// Why this process does not serve.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It was not started by a host.
    #[error("{} is absent or wrong", COOKIE.0)]
    NoHost,
    /// The host speaks other versions of the plugin protocol.
    #[error("this provider speaks version {own} of the plugin protocol, the host offers {offered}")]
    Version {
        /// The plugin's version.
        own: u32,
        /// What the host says.
        offered: String,
    },
    /// The host's certificate cannot be read.
    #[error("the host's certificate in {CLIENT_CERTIFICATE} cannot be read: {0}")]
    Certificate(rustls::pki_types::pem::Error),
}

/// Reads the host's side of the handshake, for a plugin of that version of the plugin protocol.
///
/// # Errors
/// If there is no host, or it asks for what the plugin cannot do.
pub fn negotiate(environment: &Environment, protocol: u32) -> Result<Terms, Refusal> {
    if environment.get(COOKIE.0) != Some(COOKIE.1) {
        return Err(Refusal::NoHost);
    }
    // A host that is too old to send its versions checks the answered one itself.
    if let Some(offered) = environment.get(VERSIONS)
        && !offered.split(',').any(|version| version.trim().parse() == Ok(protocol))
    {
        return Err(Refusal::Version { own: protocol, offered: offered.to_owned() });
    }
    // Never fall back to plaintext: a host that sent a certificate expects TLS.
    let client = environment
        .get(CLIENT_CERTIFICATE)
        .map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()))
        .transpose()
        .map_err(Refusal::Certificate)?;
    Ok(Terms { protocol, client, multiplexing_asked: environment.get(MULTIPLEXING).is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiated(variables: &[(&str, &str)]) -> Result<Terms, Refusal> {
        negotiate(&variables.iter().copied().chain([COOKIE]).collect(), 6)
    }

    #[test]
    fn versions_come_in_any_order() {
        for offered in ["6", "5,6", "6,5", "4, 6"] {
            assert!(negotiated(&[(VERSIONS, offered)]).is_ok(), "{offered}");
        }
        for versions in ["5", "4,5", "66", "sixty", "6.0"] {
            let refused = negotiated(&[(VERSIONS, versions)]);
            assert!(matches!(refused, Err(Refusal::Version { own: 6, offered }) if offered == versions), "{versions}");
        }
        assert!(negotiated(&[]).is_ok(), "a host that says nothing");
    }

    #[test]
    fn a_damaged_certificate_is_no_licence_for_plaintext() {
        for pem in ["certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            assert!(matches!(negotiated(&[(CLIENT_CERTIFICATE, pem)]), Err(Refusal::Certificate(_))), "{pem}");
        }
        assert!(negotiated(&[(CLIENT_CERTIFICATE, "")]).is_ok_and(|terms| terms.client.is_none()), "empty is absent");
    }

    #[test]
    fn multiplexing_counts_when_it_is_asked_for() {
        assert!(negotiated(&[]).is_ok_and(|terms| !terms.multiplexing_asked));
        assert!(negotiated(&[(MULTIPLEXING, "true")]).is_ok_and(|terms| terms.multiplexing_asked));
    }
}
