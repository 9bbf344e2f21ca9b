//! An AWS for tests, whose answers a function gives.
//!
//! The AWS SDK has such clients, too, as a feature of the crate that ships. That feature would give JSON another order and
//! time another clock in everything that is built together with the tests, which then would test another program than the
//! one that ships, and build the AWS crates a second time.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;

/// A client that answers every request with what the function makes of it.
///
/// ```
/// let aws = rosa_ecr_recorded::answering(|request| {
///     assert_eq!(request.uri().path(), "/");
///     http::Response::builder().status(404).body(String::new()).expect("a response")
/// });
/// ```
pub fn answering<B: Into<SdkBody>>(
    answer: impl Fn(http::Request<SdkBody>) -> http::Response<B> + Send + Sync + 'static,
) -> impl HttpClient + Clone + 'static {
    answering_or_hanging(move |request| Some(answer(request)))
}

/// The same; where the function makes nothing of a request, there is never an answer.
pub fn answering_or_hanging<B: Into<SdkBody>>(
    answer: impl Fn(http::Request<SdkBody>) -> Option<http::Response<B>> + Send + Sync + 'static,
) -> impl HttpClient + Clone + 'static {
    let connector = SharedHttpConnector::new(Answering(answer));
    http_client_fn(move |_, _| connector.clone())
}

struct Answering<F>(F);

impl<F> std::fmt::Debug for Answering<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answering")
    }
}

impl<B, F> HttpConnector for Answering<F>
where
    B: Into<SdkBody>,
    F: Fn(http::Request<SdkBody>) -> Option<http::Response<B>> + Send + Sync,
{
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = || {
            let request = request.try_into_http1x()?;
            (self.0)(request).map(|response| Response::try_from(response.map(Into::into))).transpose()
        };
        match answer().map_err(|error| ConnectorError::user(error.into())).transpose() {
            Some(answer) => HttpConnectorFuture::ready(answer),
            None => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}
