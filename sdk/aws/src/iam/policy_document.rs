//! Policy documents: AWS keeps what a policy says, not how it was written.

use serde_json::{Map, Value as Json, json};

use rosa_ecr_model::{Term, Violation};

use crate::rules::is_account;

/// The rule for the text of a policy.
///
/// # Errors
/// Where it is no JSON object.
pub(crate) fn check(text: &str) -> Result<(), Violation> {
    match serde_json::from_str(text) {
        Ok(Json::Object(document)) => check_effects(document),
        Ok(_) => Err(Violation::rule("A policy must be a JSON object.").fix(Term::WritePolicy)),
        Err(error) => Err(Violation::rule(format!("A policy must be JSON: {error}.")).fix(Term::WritePolicy)),
    }
}

/// AWS takes effects in one spelling only (IAM User Guide, "IAM JSON policy elements: Effect").
fn check_effects(document: Map<String, Json>) -> Result<(), Violation> {
    let mut document = Json::Object(document);
    let mut effects =
        statements(&mut document).filter_map(|statement| statement.get("Effect")?.as_str().map(str::to_owned));
    match effects.find(|effect| !["Allow", "Deny"].contains(&effect.as_str())) {
        None => Ok(()),
        Some(effect) => {
            let rule = format!("The Effect of a statement must be \"Allow\" or \"Deny\", and not \"{effect}\".");
            let meant = ["Allow", "Deny"].into_iter().find(|known| known.eq_ignore_ascii_case(&effect));
            let fix = meant.map(|meant| format!("Write \"{meant}\": upper and lower case count."));
            Err(Violation::rule(rule).fix(fix.unwrap_or_default()))
        }
    }
}

/// A policy as it was before IAM encoded it for its answer (RFC 3986).
pub(crate) fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Whether two policies say the same, whatever the order of their parts and however they are written.
pub(crate) fn same(one: &str, other: &str) -> bool {
    meaning(one) == meaning(other)
}

/// A policy in the one writing that all policies have which say the same. What is no JSON stays as it is.
pub(crate) fn meaning(policy: &str) -> String {
    let document = serde_json::from_str(policy).map(|document| with_account_ids(plain(document)).to_string());
    document.unwrap_or_else(|_| policy.to_owned())
}

/// A plain policy in which principals that are accounts are ids. AWS gives an id back as the ARN of the account's root (IAM
/// User Guide, "AWS JSON policy elements: Principal").
fn with_account_ids(mut policy: Json) -> Json {
    for named in statements(&mut policy).flat_map(aws_principals) {
        let account = account_of_root(named).map(str::to_owned);
        *named = account.unwrap_or_else(|| std::mem::take(named));
    }
    // What has become alike counts once.
    plain(policy)
}

/// The users and roles that a policy names, which AWS has to find before it takes the policy.
pub(crate) fn identities(policy: &str) -> Vec<String> {
    let Ok(mut policy) = serde_json::from_str::<Json>(policy) else { return Vec::new() };
    let is_identity =
        |named: &&mut String| [":role/", ":user/", ":assumed-role/"].iter().any(|kind| named.contains(kind));
    statements(&mut policy).flat_map(aws_principals).filter(is_identity).map(|named| named.clone()).collect()
}

/// A policy of these statements.
pub(super) fn of_statements(statements: &[Json]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// The statements of a policy; none where it is no policy.
pub(super) fn read_statements(policy: &str) -> Vec<Json> {
    match serde_json::from_str::<Json>(policy).map(|mut policy| policy["Statement"].take()) {
        Ok(Json::Array(statements)) => statements,
        Ok(statement @ Json::Object(_)) => vec![statement],
        _ => Vec::new(),
    }
}

/// The texts of an element that may be one, or a list of them.
pub(super) fn texts(element: &Json) -> impl Iterator<Item = String> {
    let texts: Vec<String> = match element {
        Json::String(text) => vec![text.clone()],
        Json::Array(elements) => elements.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    texts.into_iter()
}

fn statements(policy: &mut Json) -> impl Iterator<Item = &mut Json> {
    elements(policy.get_mut("Statement"))
}

/// The accounts and identities that a statement is about.
fn aws_principals(statement: &mut Json) -> impl Iterator<Item = &mut String> {
    let entries = statement.as_object_mut().into_iter().flatten();
    let principals = entries.filter(|(key, _)| ["Principal", "NotPrincipal"].contains(&key.as_str()));
    let named = principals.flat_map(|(_, principal)| elements(principal.get_mut("AWS")));
    named.filter_map(|named| match named {
        Json::String(named) => Some(named),
        _ => None,
    })
}

/// The elements of what may be a list, or stand alone.
fn elements(value: Option<&mut Json>) -> impl Iterator<Item = &mut Json> {
    value.into_iter().flat_map(|value| match value {
        Json::Array(elements) => elements.iter_mut(),
        one => std::slice::from_mut(one).iter_mut(),
    })
}

/// The account whose root that is, as in `arn:aws:iam::123456789012:root`.
fn account_of_root(principal: &str) -> Option<&str> {
    match principal.split(':').collect::<Vec<_>>()[..] {
        ["arn", partition, "iam", "", account, "root"] if partition.starts_with("aws") && is_account(account) => {
            Some(account)
        }
        _ => None,
    }
}

/// Whether a policy allows everyone everything, which is what EC2 gives an endpoint that is made without a policy.
pub(crate) fn allows_everything(text: &str) -> bool {
    let Ok(document) = serde_json::from_str(text).map(plain) else { return false };
    let statement = &document["Statement"];
    let is_any = |principal: &Json| principal == "*" || principal["AWS"] == "*";
    statement["Effect"] == "Allow"
        && statement["Action"] == "*"
        && statement["Resource"] == "*"
        && is_any(&statement["Principal"])
        && statement.get("Condition").is_none()
}

/// The plainest writing of a policy: every list in a policy is a set, one element needs no list, and all scalars are
/// strings (IAM User Guide, "Grammar of the IAM JSON policy language").
fn plain(value: Json) -> Json {
    match value {
        Json::Array(elements) => {
            let mut elements: Vec<Json> = elements.into_iter().map(plain).collect();
            elements.sort_by_key(Json::to_string);
            elements.dedup();
            if elements.len() == 1 { elements.remove(0) } else { Json::Array(elements) }
        }
        Json::Object(entries) => {
            // An empty Sid names nothing.
            let said = entries.into_iter().filter(|(key, value)| key != "Sid" || value != "");
            Json::Object(said.map(|(key, value)| (key, plain(value))).collect::<Map<_, _>>())
        }
        Json::Bool(truth) => Json::String(truth.to_string()),
        Json::Number(number) => Json::String(number.to_string()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_does_not_matter() {
        let written = r#"{"Statement": [{"Action": ["ecr:B", "ecr:A"], "Effect": "Allow", "Principal": {"AWS": ["1"]},
            "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": true}}}], "Version": "2012-10-17"}"#;
        let given_back = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"1"},
            "Action":["ecr:A","ecr:B"],"Resource":["*"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}}}"#;
        assert!(same(written, given_back));
        assert!(!same(written, &given_back.replace("ecr:A", "ecr:C")));
        assert!(!same(written, &given_back.replace("Allow", "Deny")));
        let named = |sid: &str| written.replace("\"Effect\"", &format!("\"Sid\": \"{sid}\", \"Effect\""));
        assert!(same(written, &named("")) && !same(written, &named("Pull")));
    }

    #[test]
    fn an_account_is_its_root_where_it_is_a_principal() {
        let of = |key: &str, named: &str| {
            format!(r#"{{"Statement":{{"Effect":"Allow","{key}":{{"AWS":{named}}},"Action":"ecr:A"}}}}"#)
        };
        let (id, root) = (r#""123456789012""#, r#""arn:aws-us-gov:iam::123456789012:root""#);
        for key in ["Principal", "NotPrincipal"] {
            assert!(same(&of(key, id), &of(key, root)), "{key}");
            assert!(same(&of(key, &format!("[{id}, {root}]")), &of(key, root)), "one account twice");
            let among = |account: &str| of(key, &format!(r#"["arn:aws:iam::1:role/a", {account}]"#));
            assert!(same(&among(id), &among(root)));
            assert!(!same(&of(key, id), &of(key, &root.replace("9012", "9013"))));
            assert!(!same(&of(key, id), &of(key, &root.replace(":root", ":user/root"))));
        }
        assert!(!same(&of("Principal", id), &of("NotPrincipal", id)));
        let elsewhere =
            |value: &str| format!(r#"{{"Statement":{{"Condition":{{"StringEquals":{{"AWS":{value}}}}}}}}}"#);
        assert!(!same(&elsewhere(id), &elsewhere(root)), "a condition compares texts");
        let kind = |value: &str| format!(r#"{{"Statement":{{"Principal":{{"CanonicalUser":{value}}}}}}}"#);
        assert!(!same(&kind(id), &kind(root)));
    }

    #[test]
    fn identities_are_named_as_principals() {
        let of = |named: &str| format!(r#"{{"Statement":[{{"Principal":{{"AWS":{named}}},"Resource":"a:role/b"}}]}}"#);
        let named = identities(&of(r#"["*", "arn:aws:iam::123456789012:role/path/a"]"#));
        assert_eq!(named, ["arn:aws:iam::123456789012:role/path/a"]);
        assert_eq!(identities(&of(r#""arn:aws:iam::123456789012:user/a""#)).len(), 1);
        for nobody in [r#""*""#, r#""123456789012""#, r#""arn:aws:iam::123456789012:root""#] {
            assert!(identities(&of(nobody)).is_empty(), "{nobody}");
        }
        assert!(identities("no policy").is_empty());
    }

    #[test]
    fn full_access_is_recognized() {
        let full =
            r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
        assert!(allows_everything(full));
        assert!(allows_everything(&full.replace(r#""Principal":"*""#, r#""Principal":{"AWS":"*"}"#)));
        assert!(!allows_everything(&full.replace("Allow", "Deny")));
        assert!(!allows_everything(&full.replace(r#""Action":"*""#, r#""Action":"ecr:*""#)));
        let conditional = full.replace(r#""Resource":"*""#, r#""Resource":"*","Condition":{"Bool":{"a":"true"}}"#);
        assert!(!allows_everything(&conditional));
    }

    #[test]
    fn what_iam_encoded_reads_back() {
        assert_eq!(decoded("%7B%22a%22%3A%20%22%C3%BC%2B+%22%7D"), "{\"a\": \"ü++\"}");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz"), "%zz");
    }

    #[test]
    fn effects_have_one_spelling() {
        let of = |effect: &str| format!(r#"{{"Statement":[{{"Effect":"Allow"}},{{"Effect":"{effect}"}}]}}"#);
        assert_eq!((check(&of("Allow")), check(&of("Deny"))), (Ok(()), Ok(())));
        let violation = check(&of("allow")).expect_err("AWS refuses it");
        assert!(violation.rule.contains("\"allow\"") && violation.fix.starts_with("Write \"Allow\""), "{violation:?}");
        assert!(check(&of("Permit")).is_err());
    }

    #[test]
    fn only_objects_are_policies() {
        assert_eq!(check("{}"), Ok(()));
        for bad in ["", "[]", "{", "\"x\""] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
