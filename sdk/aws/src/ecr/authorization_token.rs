//! Ephemeral resource `rosa_ecr_authorization_token`: a login to the registry, for as long as a run takes.
//!
//! It calls `GetAuthorizationToken` of ECR, which needs the IAM action of that name on `*`. The token lasts 12 hours,
//! longer than any run, so it is never renewed; AWS has no call that gives it back.

use std::collections::BTreeSet;

use aws_smithy_types::date_time::Format;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Ephemeral, Opened, Page, Secret};
use serde_json::json;

use crate::error::failed;
use crate::partition::Partition;
use crate::provider::Aws;
use crate::{page, region, rules};

/// A login to the private ECR registry of the account, with the permissions of the provider's credentials. It is in no
/// plan and in no state: use it to configure another provider, or in write-only arguments.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct AuthorizationToken {
    /// The account of the registry that the login names; that of the credentials where it is not set. One token is good for every
    /// registry that its owner may use (Amazon ECR API Reference, `GetAuthorizationToken`): this only decides which host `registry`,
    /// `proxy_endpoint` and `docker_config_json` have.
    #[attr(check(rules::account))]
    pub registry_id: Option<String>,
    /// Region of the registry; the provider's where it is not set.
    #[attr(computed)]
    pub region: Option<String>,
}

/// What the login is.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct AuthorizationTokenOutputs {
    /// The token as ECR gives it: user name and password, joined by `:`, in base64.
    #[attr(sensitive)]
    pub authorization_token: Secret,
    /// User name for the login: `AWS`.
    pub user_name: String,
    /// Password for the login.
    #[attr(sensitive)]
    pub password: Secret,
    /// Host of the registry, such as `123456789012.dkr.ecr.us-east-1.amazonaws.com`.
    pub registry: String,
    /// URL of the registry: `https://` and the host.
    pub proxy_endpoint: String,
    /// When the token ends, as in RFC 3339, in UTC.
    pub expires_at: String,
    /// The text of a Docker `config.json`, as a pull secret of type `kubernetes.io/dockerconfigjson` holds it.
    #[attr(sensitive)]
    pub docker_config_json: Secret,
}

impl Ephemeral for AuthorizationToken {
    const TYPE: &'static str = "rosa_ecr_authorization_token";
    const PAGE: Page = page::permissions(&["log in to the registry"]);
    type Outputs = AuthorizationTokenOutputs;
    type Context = Aws;

    fn permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ecr:GetAuthorizationToken"])
    }

    fn resolve(context: Option<&Aws>, config: &Self::Partial, inputs: &mut Self::Partial) {
        inputs.region = region::resolve(context, &config.region, &inputs.region);
    }

    async fn open(call: &Call<Aws>, inputs: Self) -> Result<Opened<AuthorizationTokenOutputs>, Diagnostics> {
        let region = call.region_of(&inputs.region);
        let answer = call.ecr(region).get_authorization_token().send().await;
        let answer = answer
            .map_err(|error| failed("ecr:GetAuthorizationToken", format!("log in to ECR in {region}"), &error))?;
        let data = answer.authorization_data.unwrap_or_default().into_iter().next();
        let outputs = data.and_then(|data| {
            let expires_at = data.expires_at?.fmt(Format::DateTime).ok()?;
            let account = inputs.registry_id.as_deref();
            login(&data.authorization_token?, data.proxy_endpoint?, account, region, expires_at)
        });
        let outputs = outputs.ok_or_else(|| unreadable(region))?;
        Ok(Opened { outputs, renew_at: None, private: Vec::new() })
    }
}

/// The parts of a token; `None` where it has not the form that ECR documents.
fn login(
    token: &str,
    proxy_endpoint: String,
    account: Option<&str>,
    region: &str,
    expires_at: String,
) -> Option<AuthorizationTokenOutputs> {
    let decoded = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let (user_name, password) =
        decoded.split_once(':').filter(|(user, password)| !user.is_empty() && !password.is_empty())?;
    let host = proxy_endpoint.split_once("://").map_or(proxy_endpoint.as_str(), |(_, host)| host);
    let host = host.trim_end_matches('/');
    // FIPS endpoints tell a host of their own. The login is for the one that the repositories' URLs have.
    let account = account.or_else(|| host.split('.').next().filter(|account| rules::is_account(account)));
    let registry =
        account.map_or(host.to_owned(), |account| Partition::of_region(region).registry_host(account, region));
    let config = json!({ "auths": { registry.as_str(): {
        "username": user_name,
        "password": password,
        "auth": token,
    } } });
    Some(AuthorizationTokenOutputs {
        authorization_token: Secret::from(token.to_owned()),
        user_name: user_name.to_owned(),
        password: Secret::from(password.to_owned()),
        proxy_endpoint: format!("https://{registry}"),
        registry,
        expires_at,
        docker_config_json: Secret::from(config.to_string()),
    })
}

fn unreadable(region: &str) -> Diagnostic {
    Diagnostic::error(format!("Cannot log in to ECR in {region}"))
        .detail("ECR's answer has no token in it, or not one of user name and password.")
        .fix("Try again. If it stays, check what `endpoints` of the provider points to.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::answers::{Answer, actions, answering, call};

    const ENDPOINT: &str = "https://123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn";

    fn answer(token: &str) -> Answer {
        Answer::ok(
            json!({ "authorizationData": [
                { "authorizationToken": token, "expiresAt": 1_767_225_600, "proxyEndpoint": ENDPOINT }
            ] })
            .to_string(),
        )
    }

    #[tokio::test]
    async fn a_token_is_taken_apart_and_shown_nowhere() {
        let (aws, asked) = answering([("GetAuthorizationToken", answer("QVdTOmh1bnRlcjI="))]);
        let wanted = AuthorizationToken { registry_id: None, region: Some("cn-north-1".to_owned()) };
        let opened = AuthorizationToken::open(&call(aws), wanted).await.expect("a token");
        let outputs = opened.outputs;
        assert_eq!(actions(&asked), ["GetAuthorizationToken"]);
        assert_eq!((outputs.user_name.as_str(), outputs.password.expose()), ("AWS", "hunter2"));
        assert_eq!(outputs.registry, "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn");
        assert_eq!((outputs.proxy_endpoint.as_str(), outputs.expires_at.as_str()), (ENDPOINT, "2026-01-01T00:00:00Z"));
        let config: serde_json::Value = serde_json::from_str(outputs.docker_config_json.expose()).expect("JSON");
        assert_eq!(config["auths"][&outputs.registry]["auth"], "QVdTOmh1bnRlcjI=");
        let shown = format!("{outputs:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("QVdT"), "{shown}");
    }

    #[tokio::test]
    async fn a_login_through_a_fips_endpoint_is_for_the_registrys_host() {
        let data = json!({
            "authorizationToken": "QVdTOmh1bnRlcjI=",
            "expiresAt": 1_767_225_600,
            "proxyEndpoint": "https://123456789012.dkr.ecr-fips.us-east-1.amazonaws.com",
        });
        let answer = Answer::ok(json!({ "authorizationData": [data] }).to_string());
        let (aws, _) = answering([("GetAuthorizationToken", answer)]);
        let opened = AuthorizationToken::open(&call(aws), AuthorizationToken { registry_id: None, region: None })
            .await
            .expect("a token");
        assert_eq!(opened.outputs.registry, "123456789012.dkr.ecr.us-east-1.amazonaws.com");
        assert!(opened.outputs.docker_config_json.expose().contains(".dkr.ecr.us-east-1."));
    }

    #[tokio::test]
    async fn a_login_for_the_registry_of_another_account_has_its_host() {
        let (aws, asked) = answering([("GetAuthorizationToken", answer("QVdTOmh1bnRlcjI="))]);
        let registry_id = Some("210987654321".to_owned());
        let wanted = AuthorizationToken { registry_id, region: Some("cn-north-1".to_owned()) };
        let outputs = AuthorizationToken::open(&call(aws), wanted).await.expect("a token").outputs;
        assert_eq!(outputs.registry, "210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn");
        assert!(outputs.docker_config_json.expose().contains(&outputs.registry));
        let asked = asked.lock().expect("no test panics with it");
        assert!(!asked[0]["Body"].contains("registryIds"), "AWS has given the argument up: {asked:?}");
    }

    #[tokio::test]
    async fn what_is_no_token_is_an_error_without_it() {
        for token in ["AWS:hunter2", "QVdT", ""] {
            let (aws, _) = answering([("GetAuthorizationToken", answer(token))]);
            let opened =
                AuthorizationToken::open(&call(aws), AuthorizationToken { registry_id: None, region: None }).await;
            let error = opened.map(drop).expect_err(token).to_string();
            assert!(error.contains("Cannot log in to ECR in us-east-1") && !error.contains("hunter2"), "{error}");
        }
    }
}
