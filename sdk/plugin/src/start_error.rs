//! What a user reads about a provider that does not start.

use rosa_ecr_goplugin::{Command, ConnectError, HandshakeError, StartError, StartFailure};
use rosa_ecr_model::Diagnostic;

/// What to use instead of a provider that is too old.
const LATER_VERSION: &str = "Use a version of the provider that works with Terraform 0.12 or later.";

/// The error about the provider that this command starts.
pub(crate) fn start_error(command: &Command, error: &StartError) -> Diagnostic {
    let (name, path) = (&command.name, command.path.display());
    let diagnostic = match &error.reason {
        StartFailure::Tls(reason) => Diagnostic::error("Cannot set up TLS for a provider").detail(format!("{reason}.")),
        StartFailure::Spawn(reason) => Diagnostic::error(format!("{name} cannot be started"))
            .detail(format!("{path}: {reason}."))
            .fix("Is it there, executable, and made for this machine?"),
        StartFailure::ExitedDuringStartup => Diagnostic::error(format!("{name} does not start"))
            .detail("It did not report where it listens.")
            .fix(format!("Is {path} a Terraform provider for this machine? Run it by hand to see.")),
        StartFailure::Timeout(limit) => Diagnostic::error(format!("{name} does not start"))
            .detail(format!("It has written nothing for {} seconds.", limit.as_secs())),
        StartFailure::Handshake(reason) => {
            let error =
                Diagnostic::error("The binary does not speak as a provider").detail(sentence(&reason.to_string()));
            match reason {
                HandshakeError::Form(_) | HandshakeError::Version(_) => error.fix("Is it a Terraform provider?"),
                HandshakeError::Protocol { .. } | HandshakeError::Calls(_) => error.fix(LATER_VERSION),
                HandshakeError::Network(_) | HandshakeError::Certificate(_) => error,
            }
        }
        StartFailure::NoCertificate => Diagnostic::error(format!("{name} cannot be trusted"))
            .detail("It does not answer with a certificate, so anyone could listen in its place.")
            .fix(LATER_VERSION),
        StartFailure::Connect(reason) => unreachable(name, reason),
    };
    explain(diagnostic, name, error.exit.as_deref(), &error.stderr)
}

/// The error with how the provider's process ended, if it has, and what it wrote to stderr last.
pub(crate) fn explain(mut error: Diagnostic, name: &str, exit: Option<&str>, stderr: &str) -> Diagnostic {
    if let Some(exit) = exit {
        error.detail.push_str(&format!("\n{name} has ended: {exit}."));
    }
    if !stderr.is_empty() {
        error.detail.push_str(&format!("\n\nIts last output:\n{stderr}"));
    }
    error
}

/// The error about a provider that does not listen where it should.
pub(crate) fn unreachable(name: &str, error: &ConnectError) -> Diagnostic {
    let mut causes = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        causes.push_str(&format!(": {deeper}"));
        cause = deeper.source();
    }
    Diagnostic::error(format!("Cannot connect to {name}")).detail(format!("{causes}."))
}

/// A clause as a sentence.
pub(crate) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}
