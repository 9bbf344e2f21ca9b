//! The HTTP client under all AWS clients: one pool of connections, the user's certificates and proxies.
//!
//! Requests over HTTP and HTTPS can have different proxies, so there is one connector for each scheme. Both are made when
//! the first request needs them: reading the system's certificates is most of the work, and a process that calls nothing
//! does not do it.

use std::fmt;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector, HttpClientError};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use http::Uri;
use rosa_ecr_model::{Diagnostic, Secret};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::environment::Environment;

/// Hosts that no proxy can reach for us: this machine, and the metadata services of instances and containers.
const NEVER_PROXIED: &str =
    "localhost,127.0.0.0/8,::1,169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23";

/// Where requests go first.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    /// For requests over HTTP. A URL can hold a password.
    pub http: Option<Secret>,
    /// For requests over HTTPS.
    pub https: Option<Secret>,
    /// Hosts that are reached without a proxy, separated by commas.
    pub except: String,
}

impl Proxies {
    /// As the AWS provider has it: the block first, then the environment; `http_proxy` of the block stands for
    /// `https_proxy` too unless that is set, be it to nothing.
    ///
    /// # Errors
    /// Where one of them cannot be used: going without it would be going where nobody looks.
    pub fn new(
        http: Option<&Secret>,
        https: Option<&Secret>,
        except: Option<&str>,
        environment: &Environment,
    ) -> Result<Self, Diagnostic> {
        let variable = |name: &'static str| Some((name, environment.get(name)?));
        let either = |upper, lower| variable(upper).or_else(|| variable(lower));
        let given = |name, proxy: Option<&'_ Secret>| {
            let url = proxy.map(Secret::expose).filter(|url| !url.is_empty());
            url.map(|url| (name, url.to_owned()))
        };
        let in_environment = |upper, lower| either(upper, lower).map(|(name, url)| (name, url.to_owned()));
        let usable = |proxy: Option<(&'static str, String)>| proxy.map(|(name, url)| usable(name, &url)).transpose();
        let of_block = given("http_proxy", http);
        let except = except.or_else(|| Some(either("NO_PROXY", "no_proxy")?.1)).unwrap_or_default();
        Ok(Self {
            https: usable(match https {
                Some(https) => given("https_proxy", Some(https)),
                None => of_block.clone().or_else(|| in_environment("HTTPS_PROXY", "https_proxy")),
            })?,
            http: usable(of_block.or_else(|| in_environment("HTTP_PROXY", "http_proxy")))?,
            except: [except, NEVER_PROXIED].join(","),
        })
    }
}

/// The URL of a proxy that `source` names. Without a scheme it is one over HTTP, as for other programs.
fn usable(source: &str, url: &str) -> Result<Secret, Diagnostic> {
    let whole = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    if is_http_url(&whole) && ProxyConfig::all(whole.as_str()).is_ok() {
        return Ok(Secret::from(whole));
    }
    // The value is not shown: it may hold a password.
    Err(Diagnostic::error(format!("Unusable proxy in {source}"))
        .detail(format!("{source} is not the URL of a proxy that starts with http:// or https://."))
        .fix(format!("Write {source} like \"http://proxy.example.com:3128\", or unset it to use no proxy.")))
}

/// The client. `certificates` (PEM) replaces the certificate authorities of the system.
///
/// # Errors
/// Where the TLS library refuses the certificates.
pub(super) fn client(certificates: Option<Vec<u8>>, proxies: &Proxies) -> Result<SharedHttpClient, HttpClientError> {
    let trust = match certificates {
        Some(pem) => TrustStore::empty().with_pem_certificate(pem),
        None => TrustStore::default(),
    };
    // Over HTTP, only a proxy can want TLS.
    let to_proxy = match &proxies.http {
        Some(proxy) if proxy.expose().starts_with("https:") => trust.clone(),
        _ => TrustStore::empty(),
    };
    // `Proxies` has none that cannot be used.
    let http = proxies.http.as_ref().and_then(|url| ProxyConfig::http(url.expose()).ok());
    let https = proxies.https.as_ref().and_then(|url| ProxyConfig::https(url.expose()).ok());
    Ok(SharedHttpClient::new(ByScheme {
        plain: connector(to_proxy, http, &proxies.except)?,
        secure: connector(trust, https, &proxies.except)?,
    }))
}

fn connector(trust: TrustStore, proxy: Option<ProxyConfig>, except: &str) -> Result<SharedHttpClient, HttpClientError> {
    let context = TlsContext::builder().with_trust_store(trust).build()?;
    let proxy = proxy.unwrap_or_else(ProxyConfig::disabled).no_proxy(except);
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().proxy_config(proxy.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.tls_provider(Provider::rustls(CryptoMode::AwsLc)).tls_context(context.clone()).build()
    }))
}

#[derive(Clone)]
struct ByScheme {
    plain: SharedHttpClient,
    secure: SharedHttpClient,
}

/// By hand: a proxy's URL may hold a password.
impl fmt::Debug for ByScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByScheme")
    }
}

impl HttpClient for ByScheme {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Route {
            client: self.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }
}

#[derive(Debug)]
struct Route {
    client: ByScheme,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for Route {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = if request.uri().starts_with("https:") { &self.client.secure } else { &self.client.plain };
        client.http_connector(&self.settings, &self.components).call(request)
    }
}

/// Reads a file of certificates (PEM).
///
/// # Errors
/// What is wrong with it, as a sentence. The HTTP client would panic over it.
pub(super) fn read_certificates(path: &std::path::Path) -> Result<Vec<u8>, String> {
    let pem = std::fs::read(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
    let mut store = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| format!("{} is no PEM file: {error}.", path.display()))?;
        store
            .add(certificate)
            .map_err(|error| format!("{} has a certificate that cannot be used: {error}.", path.display()))?;
    }
    if store.is_empty() {
        return Err(format!("{} has no certificate in it.", path.display()));
    }
    Ok(pem)
}

/// Whether requests can be sent to that URL.
pub(super) fn is_http_url(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
}

#[cfg(test)]
mod tests;
