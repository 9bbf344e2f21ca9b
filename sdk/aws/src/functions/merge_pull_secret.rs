//! `merge_pull_secret(existing, registry_url, token)`: a pull secret with the registry's login in it.
//!
//! No error quotes an argument: each of them may be the secret, if they were given in another order.
//!
//! Sources: Kubernetes documentation, "Pull an Image from a Private Registry" (`.dockerconfigjson`); Amazon ECR User Guide,
//! "Private registry authentication" (the token is the user name `AWS` and the password, joined by `:`, in base64).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosa_ecr_model::{Function, FunctionBody, FunctionError, Parameter, Type, Value};
use serde_json::{Map, Value as Json, json};

use super::argument;
use crate::openshift::registry_host;

/// The user of every token of ECR.
const USER: &str = "AWS:";

pub(super) fn function() -> Function {
    Function {
        name: "merge_pull_secret",
        summary: "Pull secret with the registry's login merged into it",
        description: "Gives the text of a `.dockerconfigjson` that has everything that is in an existing one, and the login to the \
                      registry. A login to that registry that is there already is replaced; those to other registries, also below a path \
                      of this one, stay as they are. A global pull secret holds logins that the cluster and others need, on \
                      a zero-egress cluster that to the platform's own registry: one that is replaced as a whole cuts the cluster off \
                      from them. Terraform treats the result as \
                      sensitive or ephemeral if an argument is.",
        parameters: vec![
            Parameter {
                allow_null: true,
                ..Parameter::new(
                    "existing",
                    Type::String,
                    "The text of the existing `.dockerconfigjson`: JSON, or JSON in base64 as Kubernetes prints it. Null or an empty \
                     text if there is none.",
                )
            },
            Parameter::new(
                "registry_url",
                Type::String,
                "Host of the registry, such as the `registry_url` of a `rosa_ecr` or the `registry` of an authorization token.",
            ),
            Parameter::new(
                "token",
                Type::String,
                "The login: the `authorization_token` or the `password` of `rosa_ecr_authorization_token`, or what `aws ecr \
                 get-login-password` prints.",
            ),
        ],
        variadic: None,
        returns: Type::String,
        call: FunctionBody::new(|arguments| {
            let existing: Option<String> = argument(arguments, 0)?;
            merge(
                existing.as_deref().unwrap_or_default(),
                &argument::<String>(arguments, 1)?,
                &argument::<String>(arguments, 2)?,
            )
        }),
    }
}

fn merge(existing: &str, registry_url: &str, token: &str) -> Result<Value, FunctionError> {
    registry_host(registry_url).map_err(|violation| {
        FunctionError::new(format!("registry_url is no host. {} {}", violation.rule, violation.fix).trim_end()).at(1)
    })?;
    let login = login(token)?;
    let mut secret = parsed(existing.trim())?;
    let auths = match secret.entry("auths").or_insert_with(|| json!({})) {
        Json::Object(auths) => auths,
        _ => return Err(wrong("\"auths\" is no object in it.")),
    };
    auths.retain(|key, _| !is_host(key, registry_url));
    auths.insert(registry_url.to_owned(), json!({ "auth": login }));
    Ok(Json::Object(secret).to_string().into())
}

/// User and password in base64.
fn login(token: &str) -> Result<String, FunctionError> {
    let token = token.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let text = "token is empty, or has white space in it. Give the authorization_token or the password of \
                    rosa_ecr_authorization_token.";
        return Err(FunctionError::new(text).at(2));
    }
    let is_whole = STANDARD.decode(token).is_ok_and(|decoded| decoded.starts_with(USER.as_bytes()));
    Ok(if is_whole { token.to_owned() } else { STANDARD.encode(format!("{USER}{token}")) })
}

/// The existing secret; an empty one where there is none.
fn parsed(existing: &str) -> Result<Map<String, Json>, FunctionError> {
    if existing.is_empty() {
        return Ok(Map::new());
    }
    let decoded = if existing.starts_with('{') { None } else { STANDARD.decode(existing).ok() };
    let text = decoded.as_deref().unwrap_or(existing.as_bytes());
    let Json::Object(secret) = serde_json::from_slice(text).map_err(|error| {
        wrong(&format!("It is no JSON, plain or in base64: see line {}, column {}.", error.line(), error.column()))
    })?
    else {
        return Err(wrong("It is no JSON object."));
    };
    let is_old = !secret.contains_key("auths") && secret.values().any(|value| value.get("auth").is_some());
    if is_old {
        return Err(wrong(
            "It has logins and no \"auths\", which is the older format of kubernetes.io/dockercfg. Put it below \"auths\".",
        ));
    }
    Ok(secret)
}

fn wrong(what: &str) -> FunctionError {
    FunctionError::new(format!("existing is no .dockerconfigjson. {what}")).at(0)
}

/// Whether a key of `auths` means the host as a whole, as `docker login` and others write it.
fn is_host(key: &str, host: &str) -> bool {
    let bare = ["https://", "http://"].iter().find_map(|scheme| key.strip_prefix(scheme)).unwrap_or(key);
    bare.trim_end_matches('/').eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    const EXISTING: &str = r#"{"auths":{"950916221866.dkr.ecr.us-east-1.amazonaws.com":{"auth":"QVdTOm90aGVy","email":"a@b.c"},
        "quay.io/team":{"auth":"eDp5"}},"credHelpers":{"x.io":"y"}}"#;

    fn merged(existing: &str, token: &str) -> Json {
        let text = merge(existing, HOST, token).expect("a secret");
        serde_json::from_str(text.as_str().expect("a text")).expect("JSON")
    }

    #[test]
    fn all_else_stays() {
        let mut expected: Json = serde_json::from_str(EXISTING).expect("JSON");
        expected["auths"][HOST] = json!({ "auth": STANDARD.encode("AWS:password") });
        assert_eq!(merged(EXISTING, "password"), expected);
        assert_eq!(merged(&STANDARD.encode(EXISTING), "password\n"), expected, "in base64, and with a newline");
        assert_eq!(merged(&expected.to_string(), "password"), expected, "twice is once");
    }

    #[test]
    fn a_whole_token_is_taken_as_it_is() {
        let token = STANDARD.encode("AWS:password");
        assert_eq!(merged("", &token), json!({ "auths": { HOST: { "auth": token } } }));
        let none = function().invoke(&[Value::Null, HOST.into(), token.into()]).expect("a secret");
        assert!(none.as_str().is_some_and(|text| text.contains(HOST)));
    }

    #[test]
    fn an_old_login_goes_however_it_is_written() {
        for key in [HOST.to_owned(), format!("https://{HOST}"), format!("https://{HOST}/"), format!("http://{HOST}")] {
            let existing = json!({ "auths": { key: { "username": "AWS", "password": "old" } } }).to_string();
            assert_eq!(merged(&existing, "new"), json!({ "auths": { HOST: { "auth": STANDARD.encode("AWS:new") } } }));
        }
        let below = format!("{HOST}/team");
        let existing = json!({ "auths": { below.as_str(): { "auth": "a" } } }).to_string();
        assert_eq!(merged(&existing, "new")["auths"][&below], json!({ "auth": "a" }), "another login");
    }

    #[test]
    fn no_error_quotes_a_secret() {
        let secret = "c2VjcmV0LXRva2Vu";
        let cases = [
            (secret, HOST, secret, 0),
            ("{\"auths\": c2VjcmV0LXRva2Vu}", HOST, secret, 0),
            ("[\"c2VjcmV0LXRva2Vu\"]", HOST, secret, 0),
            (r#"{"auths":"c2VjcmV0LXRva2Vu"}"#, HOST, secret, 0),
            (r#"{"quay.io":{"auth":"c2VjcmV0LXRva2Vu"}}"#, HOST, secret, 0),
            ("{}", secret, HOST, 1),
            ("{}", "https://123456789012.dkr.ecr.us-east-1.amazonaws.com", secret, 1),
            ("{}", HOST, "c2VjcmV0LXRva2Vu c2VjcmV0LXRva2Vu", 2),
            ("{}", HOST, " ", 2),
        ];
        for (existing, host, token, argument) in cases {
            let error = function().invoke(&[existing.into(), host.into(), token.into()]).expect_err(existing);
            assert_eq!(error.argument, Some(argument), "{error}");
            assert!(!error.text.contains("c2VjcmV0"), "{error}");
        }
    }
}
