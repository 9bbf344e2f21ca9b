//! A stand-in for AWS on this machine, for tests that need real connections.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Listens on the loopback interface until the test's runtime ends.
pub(super) struct Server {
    /// Where it listens, with the scheme.
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// What it says to a request (head and body, as sent): an HTTP status and a body.
type Answer = dyn Fn(&str) -> (u16, String) + Send + Sync;

impl Server {
    /// Answers every request.
    pub async fn answering(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::start("http", None, Some(Arc::new(answer))).await
    }

    /// Answers every request over TLS.
    pub async fn answering_tls(
        tls: TlsAcceptor,
        answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static,
    ) -> Self {
        Self::start("https", Some(tls), Some(Arc::new(answer))).await
    }

    /// Takes requests and never answers.
    pub async fn silent() -> Self {
        Self::start("http", None, None).await
    }

    async fn start(scheme: &str, tls: Option<TlsAcceptor>, answer: Option<Arc<Answer>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("{scheme}://localhost:{}", listener.local_addr().expect("an address").port());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer, tls) = (seen.clone(), answer.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &seen, answer).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, &seen, answer).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { url, requests }
    }

    /// The requests so far, head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// One connection; `None` when it ends.
async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: &Mutex<Vec<String>>,
    answer: Option<Arc<Answer>>,
) -> Option<()> {
    loop {
        let request = read_request(&mut stream).await?;
        seen.lock().expect("no panic").push(request.clone());
        let Some(answer) = &answer else { std::future::pending().await };
        let (status, body) = answer(&request);
        let head = format!("HTTP/1.1 {status} x\r\nx-amzn-requestid: req-1\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.ok()?;
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
            let length: usize = head.lines().find_map(header).unwrap_or(0);
            if body.len() >= length {
                return Some(text);
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await.ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

/// An answer of STS to `GetCallerIdentity`.
pub(super) fn caller(account: &str) -> (u16, String) {
    let result = format!("<Arn>arn:aws:iam::{account}:user/me</Arn><UserId>me</UserId><Account>{account}</Account>");
    sts("GetCallerIdentity", &result)
}

/// An answer of STS that gives out credentials with that access key.
pub(super) fn issued(action: &str, key: &str) -> (u16, String) {
    let credentials = format!(
        "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2199-01-01T00:00:00Z</Expiration></Credentials>"
    );
    sts(action, &credentials)
}

fn sts(action: &str, result: &str) -> (u16, String) {
    let body = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{result}</{action}Result>\
         </{action}Response>"
    );
    (200, body)
}

/// A refusal of a service that speaks the query protocol, such as STS.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> (u16, String) {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    (status, format!("<ErrorResponse>{error}<RequestId>req-1</RequestId></ErrorResponse>"))
}
