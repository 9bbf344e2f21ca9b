//! The process around the service: how hosts find, trust, watch and stop a provider.
//!
//! Terraform and OpenTofu run a provider as a process of its own, by the rules of HashiCorp's go-plugin. The way of one
//! process, a module a step:
//!
//! ```text
//! arguments   what to do: serve its host, serve a debugger, or print something (manual)
//! handshake   is there a host, which versions, which certificate      <- environment
//! endpoint    a socket
//! tls         a certificate for this run; one client may connect
//! handshake   the line that tells the host about the two              -> stdout
//! server      accept -> dispatch -> the provider's service, or the process's own (services)
//!             until the host calls Shutdown or is gone (parent), or a signal asks to end (signals)
//! ```
//!
//! What it guarantees:
//!
//! * Nothing but that one line is written to stdout, and nothing but JSON lines (logging) to stderr.
//! * A connection without the announced certificate, or a call that panics, fails alone.
//! * The process exits within a second of Shutdown, and within seconds of a host that was killed. It leaves no socket
//!   behind.

mod about;
mod accept;
mod arguments;
mod count;
mod dispatch;
mod endpoint;
mod environment;
mod handshake;
mod logging;
mod manual;
mod parent;
mod reattach;
mod server;
mod services;
mod signals;
mod tls;

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use rosa_ecr_proto::tfplugin6::provider_server::Provider;

pub use about::About;
pub(crate) use about::Identity;
use arguments::Task;
use endpoint::Endpoint;
use environment::Environment;
use handshake::Refusal;
use parent::Parent;
use signals::Interrupt;
use tls::Mutual;

/// Worker threads: enough for work that waits for a network, few enough to start at once.
const WORKERS: std::ops::RangeInclusive<usize> = 2..=4;

/// The exit code for a wrong command line.
const USAGE: u8 = 2;

/// What `run` does, for any service.
pub(crate) fn run<S: Provider>(identity: &Identity, service: impl FnOnce() -> S) -> ExitCode {
    let done = match Task::of(std::env::args_os().skip(1)) {
        Ok(Task::Serve) => return serve_host(identity, service),
        Ok(Task::Debug) => return finish(identity, block_on(serve_anyone(identity, service))),
        Ok(Task::Version) => print(&manual::version(identity)),
        Ok(Task::Help) => print(&manual::help(identity)),
        Err(argument) => {
            complain(&manual::unknown(identity, &argument));
            return ExitCode::from(USAGE);
        }
    };
    finish(identity, done)
}

/// Serves the host that started this process, or says why not.
fn serve_host<S: Provider>(identity: &Identity, service: impl FnOnce() -> S) -> ExitCode {
    let environment = Environment::of_process();
    let terms = match handshake::agree(&environment) {
        Ok(terms) => terms,
        Err(Refusal::NoHost) => {
            complain(&manual::introduction(identity));
            return ExitCode::FAILURE;
        }
        Err(refusal) => {
            if matches!(refusal, Refusal::Version(_)) {
                let _ = print(&handshake::incompatible());
            }
            return finish(identity, Err(refusal));
        }
    };
    logging::install(&environment, identity.name());
    finish(
        identity,
        block_on(async {
            let host = Parent::of_process();
            let signal = signals::asking_to_end(Interrupt::Ignored).map_err(text)?;
            let endpoint = Endpoint::bind(&environment).map_err(text)?;
            let mutual = terms.client.clone().map(Mutual::with).transpose().map_err(text)?;
            let certificate = mutual.as_ref().map(|mutual| &mutual.certificate);
            print(&handshake::line(&terms, endpoint.network, &endpoint.address, certificate)).map_err(text)?;
            server::serve(endpoint, mutual.map(|mutual| mutual.acceptor), service(), signal, Some(host)).await;
            Ok(())
        }),
    )
}

/// Serves whoever attaches, in plaintext, until Ctrl-C.
async fn serve_anyone<S: Provider>(identity: &Identity, service: impl FnOnce() -> S) -> Result<(), String> {
    let environment = Environment::of_process();
    logging::install(&environment, identity.name());
    let signal = signals::asking_to_end(Interrupt::Ends).map_err(text)?;
    let endpoint = Endpoint::bind(&environment).map_err(text)?;
    print(&reattach::instructions(identity, &endpoint)).map_err(text)?;
    server::serve(endpoint, None, service(), signal, None).await;
    Ok(())
}

/// Runs the process's one future. Whatever blocks a thread after it does not keep the process.
fn block_on(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let processors = std::thread::available_parallelism().map_or(*WORKERS.start(), usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors.clamp(*WORKERS.start(), *WORKERS.end()))
        .enable_all()
        .build()
        .map_err(text)?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_background();
    outcome
}

fn text(error: impl fmt::Display) -> String {
    error.to_string()
}

/// The exit code, and one line about what went wrong. Hosts log a line that begins with `[ERROR]` as an error.
fn finish(identity: &Identity, outcome: Result<(), impl fmt::Display>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("[ERROR] {} {}: {error}.\n", identity.binary(), identity.version));
            ExitCode::FAILURE
        }
    }
}

/// Tells an author that the provider cannot be served as it is described.
pub(crate) fn reject(error: &impl fmt::Display) -> ExitCode {
    complain(&format!("[ERROR] {error}\n"));
    ExitCode::FAILURE
}

/// Writes to stdout, to the last byte.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes to stderr, where failing to write cannot be told to anybody.
fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
