//! A plugin's host: starts the plugin, reads its line, connects, and looks at what it leaves behind.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper_util::rt::TokioIo;
use rosa_ecr_proto::goplugin::{Empty, grpc_controller_client::GrpcControllerClient};
use rosa_ecr_proto::health::{HealthCheckRequest, HealthCheckResponse, health_client::HealthClient};
use rosa_ecr_proto::tfplugin6::{provider_client::ProviderClient, validate_resource_config};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tonic::codegen::{Service, http::Uri};
use tonic::transport::{Channel, Endpoint};
use tonic::{Response, Status};

use crate::certificates::{self, Certificate};
use crate::plugin;

pub const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// What a host sets besides its certificate.
pub const ENVIRONMENT: [(&str, &str); 4] =
    [COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "5,6"), ("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")];

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(15);

/// Starts a plugin and waits for it: a host that can be killed.
const HOST: &str = r#""$0" "$@" & wait"#;

/// A running plugin.
pub struct Plugin {
    /// The plugin, or the host that has started it.
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: Option<JoinHandle<String>>,
    temporary: TempDir,
    certificate: Option<Certificate>,
}

/// What a plugin left behind.
#[derive(Debug)]
pub struct Remains {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    /// What is still in the directory for temporary files.
    pub files: Vec<PathBuf>,
}

/// The handshake line's fields.
pub struct Line(Vec<String>);

impl Line {
    pub fn fields(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }

    pub fn socket(&self) -> &Path {
        Path::new(&self.0[3])
    }

    pub fn certificate(&self) -> CertificateDer<'static> {
        STANDARD_NO_PAD.decode(&self.0[5]).expect("unpadded base64").into()
    }
}

impl Plugin {
    /// Starts the plugin with exactly that environment.
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(arguments);
        Self::run(command, environment)
    }

    fn run(mut command: Command, environment: &[(&str, &str)]) -> Self {
        let temporary = tempfile::tempdir().expect("a directory");
        let mut child = command
            .env_clear()
            .env(plugin::MARK, "1")
            .env("TMPDIR", temporary.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("the plugin starts");
        let stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let mut pipe = child.stderr.take().expect("stderr");
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            pipe.read_to_string(&mut text).expect("stderr is UTF-8");
            text
        });
        Self { child, stdout, stderr: Some(stderr), temporary, certificate: None }
    }

    /// Starts it as Terraform does, with more in the environment.
    pub fn hosted(more: &[(&str, &str)]) -> (Self, Line) {
        Self::started_by_a_host(more, |environment| Self::start(&[], environment))
    }

    /// [`Self::hosted`] by a process other than this one, which [`Self::kill_host`] kills.
    pub fn hosted_by_another(more: &[(&str, &str)]) -> (Self, Line) {
        let mut host = Command::new("/bin/sh");
        host.args(["-c", HOST]).arg(std::env::current_exe().expect("this program"));
        Self::started_by_a_host(more, |environment| Self::run(host, environment))
    }

    fn started_by_a_host(more: &[(&str, &str)], start: impl FnOnce(&[(&str, &str)]) -> Self) -> (Self, Line) {
        let certificate = Certificate::of_a_host();
        let environment: Vec<_> = ENVIRONMENT
            .iter()
            .chain([&("PLUGIN_CLIENT_CERT", certificate.pem.as_str())])
            .chain(more)
            .copied()
            .collect();
        let mut plugin = start(&environment);
        plugin.certificate = Some(certificate);
        let line = plugin.line();
        (plugin, line)
    }

    /// Starts it as Terraform does with `TF_DISABLE_PLUGIN_TLS`.
    pub fn hosted_in_plaintext() -> (Self, Line) {
        let mut plugin = Self::start(&[], &ENVIRONMENT);
        let line = plugin.line();
        (plugin, line)
    }

    /// The next line of stdout.
    pub fn stdout_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("stdout is UTF-8");
        line
    }

    fn line(&mut self) -> Line {
        let line = self.stdout_line();
        assert!(line.ends_with('\n'), "no complete line on stdout: {line:?}");
        Line(line.trim_end_matches('\n').split('|').map(String::from).collect())
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The certificate that the plugin has been told about.
    pub fn certificate(&self) -> &Certificate {
        self.certificate.as_ref().expect("it was started with one")
    }

    /// The connection of its host.
    pub async fn connect(&self, line: &Line) -> Channel {
        let tls = certificates::client(&line.certificate(), Some(self.certificate()));
        connect(line.socket(), Some(tls)).await.expect("a connection")
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.id().to_string()]).status().expect("kill runs");
        assert!(sent.success(), "kill -s {name}: {sent}");
    }

    /// Kills the host of [`Self::hosted_by_another`], and not the plugin.
    pub fn kill_host(&mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("its status");
    }

    /// Waits for the end of the process.
    pub fn remains(mut self) -> Remains {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                break status;
            }
            self.check_patience(started);
            std::thread::sleep(Duration::from_millis(2));
        };
        // Behind a host that was killed, the streams end with the plugin.
        while !self.stderr.as_ref().is_some_and(JoinHandle::is_finished) {
            self.check_patience(started);
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).expect("stdout is UTF-8");
        let stderr = self.stderr_text();
        let files = std::fs::read_dir(self.temporary.path()).expect("the directory is there");
        Remains { status, stdout, stderr, files: files.map(|entry| entry.expect("an entry").path()).collect() }
    }

    fn check_patience(&mut self, started: Instant) {
        if started.elapsed() > PATIENCE {
            self.kill();
            panic!("it does not end. stderr:\n{}", self.stderr_text());
        }
    }

    /// Kills what is left of plugin and host.
    fn kill(&self) {
        let group = format!("-{}", self.id());
        let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).stderr(Stdio::null()).status();
    }

    fn stderr_text(&mut self) -> String {
        self.stderr.take().map(|thread| thread.join().expect("stderr was read")).unwrap_or_default()
    }
}

impl Drop for Plugin {
    /// A test that failed leaves no process behind.
    fn drop(&mut self) {
        // Behind a host that was killed, the group lives as long as the plugin does; `remains` has seen both end.
        if self.stderr.is_some() {
            self.kill();
            let _ = self.child.wait();
        }
    }
}

/// Runs a test's calls.
#[track_caller]
pub fn run<T>(calls: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let limited = async { tokio::time::timeout(PATIENCE, calls).await.expect("the calls take too long") };
    runtime.block_on(limited)
}

/// A gRPC connection over a unix socket, with TLS or without.
pub async fn connect(socket: &Path, tls: Option<ClientConfig>) -> Result<Channel, tonic::transport::Error> {
    // The address is for the `:authority` header alone.
    Endpoint::from_static("http://localhost")
        .connect_with_connector(Connector {
            socket: socket.to_owned(),
            tls: tls.map(|tls| TlsConnector::from(std::sync::Arc::new(tls))),
        })
        .await
}

/// What every host does first and last.
pub async fn health(channel: &Channel, service: &str) -> Result<Response<HealthCheckResponse>, Status> {
    HealthClient::new(channel.clone()).check(HealthCheckRequest { service: service.to_owned() }).await
}

/// Asks the plugin to exit, as every host does last.
pub async fn shutdown(channel: &Channel) {
    GrpcControllerClient::new(channel.clone()).shutdown(Empty {}).await.expect("Shutdown is answered");
}

/// Waits until an ApplyResourceChange is under way.
pub async fn applying(channel: &Channel) {
    let request = validate_resource_config::Request { type_name: plugin::AFTER_APPLY.to_owned(), ..Default::default() };
    provider(channel).validate_resource_config(request).await.expect("an answer");
}

/// The provider's client, with a limit above every message of the tests.
pub fn provider(channel: &Channel) -> ProviderClient<Channel> {
    ProviderClient::new(channel.clone()).max_decoding_message_size(64 << 20)
}

trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// Opens connections for a channel.
#[derive(Clone)]
struct Connector {
    socket: PathBuf,
    tls: Option<TlsConnector>,
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Box<dyn Bytes>>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let Self { socket, tls } = self.clone();
        Box::pin(async move {
            let stream = UnixStream::connect(socket).await?;
            let bytes: Box<dyn Bytes> = match tls {
                None => Box::new(stream),
                Some(tls) => {
                    let name = ServerName::try_from("localhost").expect("a name");
                    Box::new(tls.connect(name, stream).await?)
                }
            };
            Ok(TokioIo::new(bytes))
        })
    }
}
