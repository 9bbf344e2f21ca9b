//! go-plugin's handshake: the line with which a plugin answers the host that has started it.
//!
//! The host starts the binary with a cookie, the versions that it speaks and, for mutual TLS, its certificate in the
//! environment. The plugin opens a socket and writes one line to stdout:
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
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use rustls::pki_types::CertificateDer;

use crate::address::Address;

/// Version of the handshake itself.
const VERSION: &str = "1";

/// How calls are made.
const GRPC: &str = "grpc";

/// How they were made before there was gRPC, when the line did not say.
const NET_RPC: &str = "netrpc";

/// go-plugin writes base64 without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The line. Displayed as it is written, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The version of the plugin protocol.
    pub protocol: u32,
    /// Where the plugin listens.
    pub address: Address,
    /// The certificate of its side; none if it does without TLS.
    pub certificate: Option<CertificateDer<'static>>,
    /// Whether it multiplexes; none if it was not asked.
    pub multiplexing: Option<bool>,
}

/// Why a line is no handshake with this host. Displayed as a clause of which the plugin is the subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// It is something else: this.
    #[error("its first line is no handshake: {}", shown(.0))]
    Form(String),
    /// It is a handshake of another version.
    #[error("its first line is no handshake of version {VERSION}: {}", shown(.0))]
    Version(String),
    /// The plugin speaks another version of the plugin protocol.
    #[error("it speaks version {} of the plugin protocol; this program speaks {}", shown(.found), listed(.supported))]
    Protocol {
        /// What the line says.
        found: String,
        /// What the host supports.
        supported: Vec<u32>,
    },
    /// The plugin makes calls in another way.
    #[error("it makes calls by {}; this program does by gRPC", shown(.0))]
    Calls(String),
    /// The plugin listens on another network.
    #[error("it listens on {}, which is neither unix nor tcp", shown(.0))]
    Network(String),
    /// The certificate is not base64.
    #[error("its certificate cannot be read: {0}")]
    Certificate(base64::DecodeError),
}

impl Handshake {
    /// The line for a host that does not speak that version, which makes it name both sides' versions to its user. It
    /// compares them before it looks at the address. Silence would make it guess at a damaged file.
    pub fn incompatible(protocol: u32) -> Self {
        Self { protocol, address: Address::Unix(PathBuf::new()), certificate: None, multiplexing: None }
    }

    /// Reads the line of a plugin, for a host that supports these versions of the plugin protocol.
    ///
    /// # Errors
    /// If it is no such line, or the host does not support what it says.
    pub fn parse(line: &str, supported: &[u32]) -> Result<Self, HandshakeError> {
        let fields: Vec<&str> = line.trim().split('|').collect();
        let [handshake, version, network, address, ref more @ ..] = fields[..] else {
            return Err(HandshakeError::Form(line.to_owned()));
        };
        if handshake != VERSION {
            return Err(HandshakeError::Version(line.to_owned()));
        }
        let protocol =
            version.parse().ok().filter(|protocol| supported.contains(protocol)).ok_or_else(|| {
                HandshakeError::Protocol { found: version.to_owned(), supported: supported.to_owned() }
            })?;
        let calls = more.first().copied().unwrap_or(NET_RPC);
        if calls != GRPC {
            return Err(HandshakeError::Calls(calls.to_owned()));
        }
        let address = Address::new(network, address).ok_or_else(|| HandshakeError::Network(network.to_owned()))?;
        let certificate = match more.get(1).copied().unwrap_or_default() {
            "" => None,
            text => Some(BASE64.decode(text).map_err(HandshakeError::Certificate)?.into()),
        };
        let multiplexing = more.get(2).and_then(|text| text.parse().ok());
        Ok(Self { protocol, address, certificate, multiplexing })
    }
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, address, certificate, multiplexing } = self;
        let certificate = certificate.as_ref().map(|der| BASE64.encode(der)).unwrap_or_default();
        write!(f, "{VERSION}|{protocol}|{}|{address}|{GRPC}|{certificate}", address.network())?;
        match multiplexing {
            Some(multiplexing) => write!(f, "|{multiplexing}"),
            None => Ok(()),
        }
    }
}

/// A text in a sentence, as far as it is worth showing.
fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let short: String = text.trim_end().chars().take(MOST).collect();
    let more = if text.trim_end().chars().count() > MOST { "…" } else { "" };
    format!("{short:?}{more}")
}

/// Versions in a sentence: `5 and 6`.
fn listed(versions: &[u32]) -> String {
    versions.iter().map(u32::to_string).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Handshake, HandshakeError> {
        Handshake::parse(line, &[5, 6])
    }

    #[test]
    fn a_line_is_read_with_and_without_certificate() {
        assert_eq!(
            read("1|5|unix|/tmp/plugin1|grpc|AAECAw\n"),
            Ok(Handshake {
                protocol: 5,
                address: Address::Unix("/tmp/plugin1".into()),
                certificate: Some(vec![0, 1, 2, 3].into()),
                multiplexing: None,
            })
        );
        assert_eq!(
            read("1|6|tcp|127.0.0.1:10000|grpc||true"),
            Ok(Handshake {
                protocol: 6,
                address: Address::Tcp("127.0.0.1:10000".to_owned()),
                certificate: None,
                multiplexing: Some(true),
            })
        );
    }

    #[test]
    fn what_is_not_understood_is_quoted() {
        for (line, part) in [
            ("Hello, world!", "\"Hello, world!\""),
            ("", "\"\""),
            ("2|6|unix|/tmp/x|grpc|", "\"2|6"),
            ("1|7|unix|/tmp/x|grpc|", "version \"7\""),
            ("1|4|unix|/tmp/x", "version \"4\""),
            ("1|5|unix|/tmp/x|netrpc|", "\"netrpc\""),
            ("1|5|unix|/tmp/x", "\"netrpc\""),
            ("1|5|pipe|x|grpc|", "\"pipe\""),
            ("1|5|tcp|x|grpc|%", "certificate"),
        ] {
            let error = read(line).expect_err(line).to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
        assert!(read("1|7|unix|/tmp/x|grpc|").expect_err("not supported").to_string().ends_with("speaks 5 and 6"));
        assert!(read(&"x".repeat(10_000)).expect_err("nonsense").to_string().len() < 400);
    }

    #[test]
    fn the_line_has_a_seventh_field_when_asked() {
        let plain = Handshake {
            protocol: 6,
            address: Address::Unix("/tmp/x/plugin".into()),
            certificate: None,
            multiplexing: None,
        };
        assert_eq!(plain.to_string(), "1|6|unix|/tmp/x/plugin|grpc|");
        let asked = Handshake {
            address: Address::Tcp("127.0.0.1:10000".to_owned()),
            // Two bytes would have one character of padding.
            certificate: Some(vec![0xfb, 0xff].into()),
            multiplexing: Some(false),
            ..plain.clone()
        };
        assert_eq!(asked.to_string(), "1|6|tcp|127.0.0.1:10000|grpc|+/8|false");
        for written in [plain, asked] {
            assert_eq!(read(&written.to_string()), Ok(written));
        }
    }
}
