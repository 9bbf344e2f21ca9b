//! Calls without an answer.

use std::error::Error;

use rosa_ecr_goplugin::Client;
use rosa_ecr_model::{Diagnostic, Diagnostics};
use tonic::{Code, ConnectError, Status};

use crate::start_error::explain;

/// Why a call has no answer.
///
/// Only two things are certain: a provider that could not be reached has not heard of the call, and one that does not have
/// the procedure has not begun it. Every other status may come from halfway: from a connection that broke, from a process
/// that died, or from a service behind the provider, whose status it passes on.
#[derive(Debug)]
pub(crate) struct Unanswered {
    pub(crate) errors: Diagnostics,
    /// Whether the provider has, or may have, heard of the call.
    pub(crate) was_sent: bool,
    /// Whether the provider may have done what it was asked to do.
    pub(crate) may_be_done: bool,
}

impl Unanswered {
    /// The call of that name to that provider, with that status.
    pub(crate) async fn new(provider: &Client, rpc: &str, status: &Status) -> Self {
        let name = provider.name();
        let mut error = Diagnostic::error(format!("{name} did not answer {rpc}")).detail(format!(
            "{:?}: {}.",
            status.code(),
            status.message().trim_end_matches('.')
        ));
        // What is left where the connection broke.
        let is_broken = matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Internal | Code::Cancelled);
        if is_broken {
            let exit = provider.exit().await;
            error = explain(error, name, exit.as_deref(), &provider.stderr());
        }
        let was_sent = !is_unreachable(status);
        Self { errors: error.into(), was_sent, may_be_done: was_sent && status.code() != Code::Unimplemented }
    }
}

/// Nothing was sent.
impl From<Diagnostics> for Unanswered {
    fn from(errors: Diagnostics) -> Self {
        Self { errors, was_sent: false, may_be_done: false }
    }
}

impl From<Unanswered> for Diagnostics {
    fn from(unanswered: Unanswered) -> Self {
        unanswered.errors
    }
}

/// Whether there was no connection to send it on.
fn is_unreachable(status: &Status) -> bool {
    let mut reason = status.source();
    while let Some(error) = reason {
        if error.is::<ConnectError>() {
            return true;
        }
        reason = error.source();
    }
    false
}
