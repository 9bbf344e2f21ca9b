use std::sync::Arc;

use rosa_ecr_model::{Field as _, Object as _, Value, conform};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::error::failed;
use crate::provider::RosaProvider;
use crate::provider::configure::configure;
use crate::provider::limits::Limits;
use crate::provider::test_server::Server;
use crate::tags::OpenDefaults;

const EMPTY: &str = r#"{"repositories":[]}"#;

/// A call of ECR at that URL, through a provider block with these arguments.
async fn call<const N: usize>(ecr: &str, arguments: [(&str, Value); N]) -> Result<(), String> {
    let mut block = Value::map([
        ("region", "eu-west-1".into()),
        ("access_key", "AKIA".into()),
        ("secret_key", "s".into()),
        ("max_retries", 0_i64.into()),
        ("endpoints", Value::List(vec![Value::map([("ecr", ecr.into())])])),
    ]);
    if let Value::Map(entries) = &mut block {
        entries.extend(arguments.map(|(name, value)| (name.to_owned(), value)));
    }
    let block = RosaProvider::decode(&conform(&RosaProvider::block(), block)).expect("it fits the schema");
    let aws = configure(block, &Environment::default(), Limits::default(), OpenDefaults::None)
        .await
        .map_err(|report| report.to_string())?;
    let answer = aws.ecr("eu-west-1").describe_repositories().send().await;
    answer.map(|_| ()).map_err(|error| failed("ecr:DescribeRepositories", "look", &error).to_string())
}

#[tokio::test]
async fn a_proxy_gets_what_is_not_excepted() {
    let proxy = Server::answering(|_| (200, EMPTY.to_owned())).await;
    let server = Server::answering(|_| (200, EMPTY.to_owned())).await;
    let url = proxy.url.replace("http://", "http://user:pass@");
    let through = || ("http_proxy", Value::from(url.as_str()));
    call("http://ecr.example.test", [through()]).await.expect("the proxy answers");
    call(&server.url, [through()]).await.expect("the server answers");
    let requests = proxy.requests();
    assert_eq!(requests.len(), 1, "this machine is reached directly");
    assert!(requests[0].starts_with("POST http://ecr.example.test/ HTTP/1.1"), "{}", requests[0]);
    assert!(requests[0].contains("proxy-authorization: Basic dXNlcjpwYXNz"), "{}", requests[0]);
    assert_eq!(server.requests().len(), 1);
    let excepted = call("http://ecr.example.test", [through(), ("no_proxy", "example.test".into())]).await;
    assert!(excepted.is_err(), "there is no such host");
    assert_eq!(proxy.requests().len(), 1);
}

#[tokio::test]
async fn https_goes_through_the_http_proxy_unless_told_otherwise() {
    let proxy = Server::answering(|_| (403, String::new())).await;
    let through = || ("http_proxy", Value::from(proxy.url.as_str()));
    call("https://ecr.example.test", [through()]).await.expect_err("the proxy refuses");
    assert!(proxy.requests()[0].starts_with("CONNECT ecr.example.test:443"), "{:?}", proxy.requests());
    call("https://ecr.example.test", [through(), ("https_proxy", "".into())]).await.expect_err("there is no such host");
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn the_environment_names_proxies_where_the_block_does_not() {
    let environment = Environment::from([("HTTP_PROXY", "http://a"), ("https_proxy", "http://b"), ("NO_PROXY", "c")]);
    let own = Secret::from("http://own".to_owned());
    let shown = |proxy: &Option<Secret>| proxy.as_ref().map(|proxy| proxy.expose().to_owned());
    let proxies = Proxies::new(None, None, None, &environment).expect("URLs");
    assert_eq!(
        (shown(&proxies.http).as_deref(), shown(&proxies.https).as_deref()),
        (Some("http://a"), Some("http://b"))
    );
    assert!(proxies.except.starts_with("c,localhost"), "{}", proxies.except);
    let proxies = Proxies::new(Some(&own), None, Some("d"), &environment).expect("URLs");
    assert_eq!(shown(&proxies.https).as_deref(), Some("http://own"));
    assert!(proxies.except.starts_with("d,localhost"), "{}", proxies.except);
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_that_names_its_variable() {
    let told = |name: &'static str, url: &'static str| {
        let proxies = Proxies::new(None, None, None, &Environment::from([(name, url)]));
        proxies.map(|proxies| proxies.https.map(|url| url.expose().to_owned())).map_err(|error| error.to_string())
    };
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
        let error = told(name, "socks5://user:hunter2@proxy:1080").expect_err(name);
        assert!(error.contains(&format!("Unusable proxy in {name}")) && !error.contains("hunter2"), "{error}");
    }
    assert!(told("HTTPS_PROXY", "proxy example").is_err());
    assert_eq!(told("HTTPS_PROXY", "proxy.example.com:3128"), Ok(Some("http://proxy.example.com:3128".to_owned())));
    assert_eq!(told("HTTPS_PROXY", "https://u:p@proxy"), Ok(Some("https://u:p@proxy".to_owned())));
    let none = Proxies::new(None, Some(&Secret::from(String::new())), None, &[("HTTPS_PROXY", "nonsense://")].into());
    assert!(none.is_ok(), "a variable that the block overrides is not looked at");
}

#[tokio::test]
async fn own_certificates_replace_the_systems() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(made.cert.der().to_vec())], key)
        .expect("a configuration");
    let server = Server::answering_tls(TlsAcceptor::from(Arc::new(config)), |_| (200, EMPTY.to_owned())).await;
    let directory = tempfile::tempdir().expect("a directory");
    let bundle = directory.path().join("ca.pem");
    std::fs::write(&bundle, made.cert.pem()).expect("a file");
    let trusting = ("custom_ca_bundle", Value::from(bundle.to_string_lossy().into_owned()));
    assert_eq!(call(&server.url, [trusting]).await, Ok(()));
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    std::fs::write(&bundle, other.cert.pem()).expect("a file");
    let trusting = ("custom_ca_bundle", Value::from(bundle.to_string_lossy().into_owned()));
    let report = call(&server.url, [trusting]).await.expect_err("not trusted");
    assert!(report.contains("certificate") && report.contains("custom_ca_bundle"), "{report}");
}

#[test]
fn unusable_certificates_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("ca.pem");
    assert!(read_certificates(&file).is_err_and(|problem| problem.contains("cannot be read")));
    std::fs::write(&file, "hello").expect("a file");
    assert!(read_certificates(&file).is_err_and(|problem| problem.contains("no certificate")));
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n").expect("a file");
    assert!(read_certificates(&file).is_err_and(|problem| problem.contains("cannot be used")));
}

#[test]
fn urls_have_a_scheme_and_a_host() {
    for good in
        ["http://127.0.0.1:4566", "https://ecr.example.com/path", "http://user:pass@proxy:3128", "http://[::1]:1"]
    {
        assert!(is_http_url(good), "{good}");
    }
    for bad in ["", "127.0.0.1:4566", "ftp://host", "http://", "http:// host", "localhost"] {
        assert!(!is_http_url(bad), "{bad}");
    }
}
