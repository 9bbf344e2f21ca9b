//! The test's own AWS client: unsigned in earnest, without retries, answers as JSON whatever the service speaks.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use crate::xml;

/// A client for one region. The emulator lets it see and do everything at once, and does not record it.
#[derive(Clone, Debug)]
pub struct Aws {
    address: String,
    region: String,
    agent: Agent,
}

/// A refusal by AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    /// For example `RepositoryNotFoundException`.
    pub code: String,
    /// What AWS says about it.
    pub message: String,
    /// HTTP status.
    pub status: u16,
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (status {}): {}", self.code, self.status, self.message)
    }
}

impl std::error::Error for AwsError {}

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

impl Aws {
    pub(crate) fn new(address: &str, region: &str) -> Self {
        Self { address: address.to_owned(), region: region.to_owned(), agent: agent() }
    }

    /// The client's region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Calls ECR, for example `ecr("DescribeRepositories", json!({}))`.
    ///
    /// # Panics
    ///
    /// If AWS refuses; [`Aws::try_ecr`] returns the refusal.
    #[track_caller]
    pub fn ecr(&self, action: &str, body: Value) -> Value {
        self.try_ecr(action, body).unwrap_or_else(|error| panic!("ecr {action}: {error}"))
    }

    /// Calls EC2 with the query API's flat parameters: `ec2("DescribeVpcEndpoints", &[("VpcEndpointId.1", id)])`.
    ///
    /// # Panics
    ///
    /// If AWS refuses; [`Aws::try_ec2`] returns the refusal.
    #[track_caller]
    pub fn ec2(&self, action: &str, parameters: &[(&str, &str)]) -> Value {
        self.try_ec2(action, parameters).unwrap_or_else(|error| panic!("ec2 {action} {parameters:?}: {error}"))
    }

    /// Calls IAM and gives what is in the `…Result` element.
    ///
    /// # Panics
    ///
    /// If AWS refuses; [`Aws::try_iam`] returns the refusal.
    #[track_caller]
    pub fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Value {
        self.try_iam(action, parameters).unwrap_or_else(|error| panic!("iam {action} {parameters:?}: {error}"))
    }

    /// [`Aws::ecr`] that may be refused.
    ///
    /// # Errors
    ///
    /// What AWS answers with a status of 400 or more.
    #[track_caller]
    pub fn try_ecr(&self, action: &str, body: Value) -> Result<Value, AwsError> {
        self.json("ecr", &format!("AmazonEC2ContainerRegistry_V20150921.{action}"), body)
    }

    /// [`Aws::ec2`] that may be refused.
    ///
    /// # Errors
    ///
    /// What AWS answers with a status of 400 or more.
    #[track_caller]
    pub fn try_ec2(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Value, AwsError> {
        let (status, answer) = self.query("ec2", "2016-11-15", action, parameters);
        if status < 400 { Ok(answer) } else { Err(refusal(&answer["Errors"]["Error"], status)) }
    }

    /// [`Aws::iam`] that may be refused.
    ///
    /// # Errors
    ///
    /// What AWS answers with a status of 400 or more.
    #[track_caller]
    pub fn try_iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Value, AwsError> {
        let (status, mut answer) = self.query("iam", "2010-05-08", action, parameters);
        if status < 400 { Ok(answer[format!("{action}Result")].take()) } else { Err(refusal(&answer["Error"], status)) }
    }

    /// Calls KMS, for example `kms("CreateKey", json!({}))`.
    ///
    /// # Panics
    ///
    /// If AWS refuses.
    #[track_caller]
    pub fn kms(&self, action: &str, body: Value) -> Value {
        let answer = self.json("kms", &format!("TrentService.{action}"), body);
        answer.unwrap_or_else(|error| panic!("kms {action}: {error}"))
    }

    #[track_caller]
    fn json(&self, service: &str, target: &str, body: Value) -> Result<Value, AwsError> {
        let headers = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", target)];
        let (status, text) = self.send(service, &headers, &body.to_string());
        // Some actions answer with nothing.
        let text = if text.is_empty() { "null" } else { &text };
        let answer: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{target} answered:\n{text}"));
        if status < 400 {
            return Ok(answer);
        }
        let code = answer["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default();
        Err(AwsError { code: code.to_owned(), message: text_of(&answer["message"]), status })
    }

    #[track_caller]
    fn query(&self, service: &str, version: &str, action: &str, parameters: &[(&str, &str)]) -> (u16, Value) {
        let all = [("Action", action), ("Version", version)].into_iter().chain(parameters.iter().copied());
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        let (status, text) = self.send(service, &[("Content-Type", FORM)], &body);
        let answer = xml::parse(&text).unwrap_or_else(|error| panic!("{service} {action}: {error} in\n{text}"));
        (status, answer)
    }

    /// Sends it with the scope of a signature, by which the emulator knows service and region, and no signature.
    #[track_caller]
    fn send(&self, service: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let authorization = self.authorization(service);
        let mut request = self.agent.post(&self.address);
        for (name, value) in
            [("Authorization", authorization.as_str()), ("X-Strict-Arrange", "1")].iter().chain(headers)
        {
            request = request.header(*name, *value);
        }
        read(request.send(body))
    }

    /// A PUT to a path, as S3 has them.
    #[track_caller]
    pub(crate) fn put(&self, service: &str, path: &str, body: &str) -> (u16, String) {
        let request = self.agent.put(format!("{}/{path}", self.address));
        let request = request.header("Authorization", self.authorization(service)).header("X-Strict-Arrange", "1");
        read(request.send(body))
    }

    /// A GET of a path.
    #[track_caller]
    pub(crate) fn get(&self, service: &str, path: &str) -> (u16, String) {
        let request = self.agent.get(format!("{}/{path}", self.address));
        let request = request.header("Authorization", self.authorization(service)).header("X-Strict-Arrange", "1");
        read(request.call())
    }

    fn authorization(&self, service: &str) -> String {
        let scope = format!("AKIAIOSFODNN7EXAMPLE/20260101/{}/{service}/aws4_request", self.region);
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none")
    }
}

/// Status and text of an answer.
#[track_caller]
fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, String) {
    let mut answer = answer.unwrap_or_else(|error| panic!("the emulator does not answer: {error}"));
    let text = answer.body_mut().read_to_string().unwrap_or_else(|error| panic!("the emulator's answer: {error}"));
    (answer.status().as_u16(), text)
}

/// An HTTP client that leaves statuses to its user and never waits for ever.
pub(crate) fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(120))).build().into()
}

fn refusal(error: &Value, status: u16) -> AwsError {
    AwsError { code: text_of(&error["Code"]), message: text_of(&error["Message"]), status }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
