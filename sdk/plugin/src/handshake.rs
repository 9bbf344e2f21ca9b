//! go-plugin's handshake, from the side of the host: what the provider finds in its environment, and the line that it
//! answers with. `rosa-ecr-provider` has the other side, and describes the line.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use rosa_ecr_model::{Diagnostic, Diagnostics};
use rustls::pki_types::CertificateDer;

/// It tells the provider that a host starts it, and is no secret.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// What a provider that was started by this process's own host may have left in the environment, and would confuse.
pub(crate) const FOREIGN: [&str; 4] =
    ["PLUGIN_UNIX_SOCKET_DIR", "PLUGIN_UNIX_SOCKET_GROUP", "PLUGIN_MULTIPLEX_GRPC", "TF_REATTACH_PROVIDERS"];

/// go-plugin writes base64 without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A version of the plugin protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Five,
    Six,
}

impl Protocol {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Five => 5,
            Self::Six => 6,
        }
    }

    pub(crate) fn of(number: u32) -> Option<Self> {
        [Self::Five, Self::Six].into_iter().find(|protocol| protocol.number() == number)
    }
}

/// Where a provider listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Unix(PathBuf),
    Tcp(String),
}

impl Place {
    pub(crate) fn new(network: &str, address: &str) -> Option<Self> {
        match network {
            "unix" => Some(Self::Unix(address.into())),
            "tcp" => Some(Self::Tcp(address.to_owned())),
            _ => None,
        }
    }
}

/// What a provider says when it is ready.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) protocol: Protocol,
    pub(crate) place: Place,
    /// The certificate of its side; none where it does without TLS.
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

/// What to set in the provider's environment, for a host with this certificate.
pub(crate) fn environment(certificate_pem: &str) -> [(&'static str, String); 5] {
    [
        (COOKIE.0, COOKIE.1.to_owned()),
        ("PLUGIN_PROTOCOL_VERSIONS", "5,6".to_owned()),
        ("PLUGIN_MIN_PORT", "10000".to_owned()),
        ("PLUGIN_MAX_PORT", "25000".to_owned()),
        ("PLUGIN_CLIENT_CERT", certificate_pem.to_owned()),
    ]
}

/// Reads the line.
pub(crate) fn read(line: &str) -> Result<Line, Diagnostics> {
    let refuse = |why: String, fix: &str| {
        Err(Diagnostic::error("The binary does not speak as a provider").detail(why).fix(fix.to_owned()).into())
    };
    let fields: Vec<&str> = line.trim().split('|').collect();
    let [handshake, version, network, address, ref more @ ..] = fields[..] else {
        return refuse(format!("Its first line is no handshake: {}.", shown(line)), "Is it a Terraform provider?");
    };
    if handshake != "1" {
        return refuse(
            format!("Its first line is no handshake of version 1: {}.", shown(line)),
            "Is it a Terraform provider?",
        );
    }
    let Some(protocol) = version.parse().ok().and_then(Protocol::of) else {
        return refuse(
            format!("It speaks version {} of the plugin protocol; this program speaks 5 and 6.", shown(version)),
            "Use a version of the provider that works with Terraform 0.12 or later.",
        );
    };
    let kind = more.first().copied().unwrap_or("netrpc");
    if kind != "grpc" {
        return refuse(
            format!("It makes calls by {}; this program does by gRPC.", shown(kind)),
            "Use a version of the provider that works with Terraform 0.12 or later.",
        );
    }
    let Some(place) = Place::new(network, address) else {
        return refuse(format!("It listens on {}, which is neither unix nor tcp.", shown(network)), "");
    };
    let certificate = match more.get(1).copied().unwrap_or_default() {
        "" => None,
        text => match BASE64.decode(text) {
            Ok(bytes) => Some(CertificateDer::from(bytes)),
            Err(error) => return refuse(format!("Its certificate cannot be read: {error}."), ""),
        },
    };
    Ok(Line { protocol, place, certificate })
}

/// A text in a sentence, as far as it is worth showing.
fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let short: String = text.trim_end().chars().take(MOST).collect();
    let more = if text.trim_end().chars().count() > MOST { "…" } else { "" };
    format!("{short:?}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_and_without_certificate() {
        assert_eq!(
            read("1|5|unix|/tmp/plugin1|grpc|AAECAw\n"),
            Ok(Line {
                protocol: Protocol::Five,
                place: Place::Unix("/tmp/plugin1".into()),
                certificate: Some(vec![0, 1, 2, 3].into()),
            })
        );
        assert_eq!(
            read("1|6|tcp|127.0.0.1:10000|grpc||true"),
            Ok(Line { protocol: Protocol::Six, place: Place::Tcp("127.0.0.1:10000".to_owned()), certificate: None })
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
            ("1|5|pipe|x|grpc|", "\"pipe\""),
            ("1|5|tcp|x|grpc|%", "certificate"),
        ] {
            let error = read(line).expect_err(line).to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
        assert!(read(&"x".repeat(10_000)).expect_err("nonsense").to_string().len() < 400);
    }
}
