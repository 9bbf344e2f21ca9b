//! The provider's process: what it is asked to do, and the way to [serving](rosa_ecr_goplugin::Server).
//!
//! ```text
//! arguments   what to do: serve its host, serve a debugger, or print something (manual)
//! goplugin    is there a host; a socket, a certificate; the line that tells the host about the two -> stdout
//! logging     what is traced, and panics -> stderr
//! goplugin    serve the provider's service, until the host or a signal asks to end
//! ```
//!
//! Nothing but that one line is written to stdout, and nothing but JSON lines to stderr.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use rosa_ecr_goplugin::{Environment, Handshake, Reattach, Refusal, Server, Terms, negotiate};
use rosa_ecr_proto::tfplugin6::provider_server::{Provider, ProviderServer};
use rosa_ecr_proto::tfplugin6::stop_provider;
use rosa_ecr_proto::{MAX_MESSAGE_BYTES, PROTOCOL_MAJOR};
use tonic::Request;

use crate::about::Identity;
use crate::arguments::Task;
use crate::{logging, manual};

/// Worker threads: enough for work that waits for a network, few enough to start at once.
const WORKERS: std::ops::RangeInclusive<usize> = 2..=4;

/// The exit code for a wrong command line.
const USAGE: u8 = 2;

/// What [`run`](crate::run) does, for any service.
pub(crate) fn run<S: Provider>(identity: &Identity, service: impl FnOnce() -> S) -> ExitCode {
    let done = match Task::of(std::env::args_os().skip(1)) {
        Ok(Task::Serve) => return serve_host(identity, service),
        Ok(Task::Debug) => return finish(identity, block_on(serve_debugger(identity, service))),
        Ok(Task::Version) => print(&manual::version(identity)),
        Ok(Task::Help) => print(&manual::help(identity)),
        Err(argument) => {
            eprint(&manual::unknown(identity, &argument));
            return ExitCode::from(USAGE);
        }
    };
    finish(identity, done)
}

/// Serves the host that started this process, or says why not.
fn serve_host<S: Provider>(identity: &Identity, service: impl FnOnce() -> S) -> ExitCode {
    let environment = Environment::of_process();
    let refusal = match negotiate(&environment, PROTOCOL_MAJOR) {
        Ok(terms) => {
            logging::install(identity.name());
            return finish(identity, block_on(serve(&environment, terms, service)));
        }
        Err(refusal) => refusal,
    };
    match refusal {
        Refusal::NoHost => {
            eprint(&manual::introduction(identity));
            ExitCode::FAILURE
        }
        Refusal::Version { .. } => {
            let _ = print(&format!("{}\n", Handshake::incompatible(PROTOCOL_MAJOR)));
            finish(identity, Err(format!("{refusal}. Use Terraform 1.0 or later, or any OpenTofu")))
        }
        Refusal::Certificate(_) => finish(identity, Err(refusal)),
    }
}

async fn serve<S: Provider>(
    environment: &Environment,
    terms: Terms,
    service: impl FnOnce() -> S,
) -> Result<(), String> {
    let (server, handshake) = Server::for_host(environment, terms).map_err(text)?;
    print(&format!("{handshake}\n")).map_err(text)?;
    serve_with(server, service()).await;
    Ok(())
}

/// Serves a client that attaches, in plaintext, until Ctrl-C.
async fn serve_debugger<S: Provider>(identity: &Identity, service: impl FnOnce() -> S) -> Result<(), String> {
    logging::install(identity.name());
    let server = Server::for_debugger(&Environment::of_process()).map_err(text)?;
    let running = Reattach { protocol: PROTOCOL_MAJOR, address: server.address().clone() };
    print(&manual::attachment(identity, &running.to_variable(&identity.addresses(), std::process::id())))
        .map_err(text)?;
    serve_with(server, service()).await;
    Ok(())
}

/// Serves the provider's service. Its calls in flight are cancelled as a host would: with StopProvider.
async fn serve_with<S: Provider>(server: Server, service: S) {
    let service = Arc::new(service);
    let stop = async {
        let _ = service.stop_provider(Request::new(stop_provider::Request {})).await;
    };
    let served = ProviderServer::from_arc(service.clone()).max_decoding_message_size(MAX_MESSAGE_BYTES);
    server.serve(served, stop).await;
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
            eprint(&format!("[ERROR] {} {}: {error}.\n", identity.binary(), identity.version));
            ExitCode::FAILURE
        }
    }
}

/// Says to an author that the provider cannot be served as it is described.
pub(crate) fn reject(error: &impl fmt::Display) -> ExitCode {
    eprint(&format!("[ERROR] {error}\n"));
    ExitCode::FAILURE
}

/// Writes to stdout, to the last byte.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes to stderr, where nothing can report that writing fails.
fn eprint(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
