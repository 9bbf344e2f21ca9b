//! go-plugin's handshake: how a host recognises a plugin, and what the two agree on before the first byte of gRPC.
//!
//! The host starts the binary with a cookie, the versions that it speaks and, for mutual TLS, its certificate in the
//! environment. The plugin opens a socket and answers with one line on stdout:
//!
//! ```text
//! 1|6|unix|/tmp/…/plugin|grpc|<certificate>|<multiplexing>
//! | | |    |             |    |             `- only when the host asks about it, see below
//! | | |    |             |    `- the server's certificate, DER in base64 without padding; empty without TLS
//! | | |    |             `- how calls are made
//! | | `----`- where it listens
//! | `- version of the plugin protocol that was chosen
//! `- version of the handshake
//! ```
//!
//! Multiplexing means several gRPC connections over one socket, for plugins that call back into their host. A provider
//! never does, so the answer is `false`; a host that insists says so and stops, others go on.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rosa_ecr_proto::PROTOCOL_MAJOR;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::environment::Environment;

/// Set by Terraform and OpenTofu for every provider. It is no secret: it tells being started by a host from being
/// started by hand.
pub(crate) const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

const VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";
const CERTIFICATE: &str = "PLUGIN_CLIENT_CERT";
const MULTIPLEXING: &str = "PLUGIN_MULTIPLEX_GRPC";

/// Version of the handshake itself.
const HANDSHAKE: u32 = 1;

/// What the host asks for and we can do.
#[derive(Debug)]
pub(crate) struct Terms {
    /// The only client to let in; none where the host turned TLS off.
    pub(crate) client: Option<CertificateDer<'static>>,
    multiplexing_asked: bool,
}

/// Why this process serves nobody.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It was not started by a host.
    NoHost,
    /// The host speaks other versions: these.
    Version(String),
    /// The host's certificate cannot be read.
    Certificate(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHost => write!(f, "{} is absent or wrong", COOKIE.0),
            Self::Version(offered) => write!(
                f,
                "this provider speaks version {PROTOCOL_MAJOR} of the plugin protocol, the host offers {offered}. \
                 Use Terraform 1.0 or later, or any OpenTofu"
            ),
            Self::Certificate(reason) => write!(f, "the host's certificate in {CERTIFICATE} cannot be read: {reason}"),
        }
    }
}

/// Reads the host's side of the handshake.
pub(crate) fn agree(environment: &Environment) -> Result<Terms, Refusal> {
    if environment.get(COOKIE.0) != Some(COOKIE.1) {
        return Err(Refusal::NoHost);
    }
    // A host that is too old to send its versions checks the answered one itself.
    if let Some(offered) = environment.get(VERSIONS)
        && !offered.split(',').any(|version| version.trim().parse() == Ok(PROTOCOL_MAJOR))
    {
        return Err(Refusal::Version(offered.to_owned()));
    }
    // Never fall back to plaintext: a host that sent a certificate expects TLS.
    let client = environment
        .get(CERTIFICATE)
        .map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()))
        .transpose()
        .map_err(|error| Refusal::Certificate(error.to_string()))?;
    Ok(Terms { client, multiplexing_asked: environment.get(MULTIPLEXING).is_some() })
}

/// Our side of the handshake, with its line break.
pub(crate) fn line(terms: &Terms, network: &str, address: &str, certificate: Option<&CertificateDer<'_>>) -> String {
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let multiplexing = if terms.multiplexing_asked { "|false" } else { "" };
    format!("{HANDSHAKE}|{PROTOCOL_MAJOR}|{network}|{address}|grpc|{certificate}{multiplexing}\n")
}

/// The line for a host that speaks other versions, which makes it name both sides' versions to its user. It compares
/// them before it looks at the address. Silence would make it guess at a damaged file.
pub(crate) fn incompatible() -> String {
    format!("{HANDSHAKE}|{PROTOCOL_MAJOR}|unix||grpc|\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(variables: &[(&str, &str)]) -> Result<Terms, Refusal> {
        agree(&variables.iter().copied().chain([COOKIE]).collect())
    }

    #[test]
    fn versions_come_in_any_order() {
        for offered in ["6", "5,6", "6,5", "4, 6"] {
            assert!(agreed(&[(VERSIONS, offered)]).is_ok(), "{offered}");
        }
        for offered in ["5", "4,5", "66", "sixty", "6.0"] {
            assert!(matches!(agreed(&[(VERSIONS, offered)]), Err(Refusal::Version(v)) if v == offered), "{offered}");
        }
        assert!(agreed(&[]).is_ok(), "a host that says nothing");
    }

    #[test]
    fn a_damaged_certificate_is_no_licence_for_plaintext() {
        for pem in ["certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            assert!(matches!(agreed(&[(CERTIFICATE, pem)]), Err(Refusal::Certificate(_))), "{pem}");
        }
        assert!(agreed(&[(CERTIFICATE, "")]).is_ok_and(|terms| terms.client.is_none()), "empty is absent");
    }

    #[test]
    fn the_line_has_a_seventh_field_when_asked() {
        let plain = agreed(&[]).map(|terms| line(&terms, "unix", "/tmp/x/plugin", None));
        assert!(matches!(plain.as_deref(), Ok("1|6|unix|/tmp/x/plugin|grpc|\n")), "{plain:?}");
        // Two bytes would have one character of padding.
        let certificate = CertificateDer::from(vec![0xfb, 0xff]);
        let asked =
            agreed(&[(MULTIPLEXING, "true")]).map(|terms| line(&terms, "tcp", "127.0.0.1:10000", Some(&certificate)));
        assert!(matches!(asked.as_deref(), Ok("1|6|tcp|127.0.0.1:10000|grpc|+/8|false\n")), "{asked:?}");
    }
}
