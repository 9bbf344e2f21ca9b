//! What policies say of an action on a resource, as far as that is known without the request. Pure.
//!
//! Conditions are not evaluated, since they depend on the request: what they decide counts as conditional. Sources: IAM User Guide,
//! "Policy evaluation logic" and "IAM JSON policy elements".

use serde_json::Value as Json;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub action: &'a str,
    /// The ARN of the resource, or `*`.
    pub resource: &'a str,
    /// The ARN of the role that asks, for policies that name principals. Without it: what is allowed to anyone, and denied to everyone.
    pub principal: Option<&'a str>,
}

/// What comes of it; the last one of several policies holds. Each names its statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// No statement is about it.
    Silent,
    AllowedIf(String),
    Allowed(String),
    DeniedIf(String),
    Denied(String),
}

/// What a policy says. `name` is what the policy is called.
pub(crate) fn evaluate(name: &str, policy: &str, question: Question<'_>) -> Verdict {
    let Ok(policy) = serde_json::from_str::<Json>(policy) else { return Verdict::Silent };
    let statements = elements(&policy["Statement"]).enumerate();
    let verdicts = statements.filter(|(_, statement)| is_about(statement, question)).map(|(n, statement)| {
        let named = match statement["Sid"].as_str().filter(|sid| !sid.is_empty()) {
            Some(sid) => format!("statement {sid} of {name}"),
            None => format!("statement {} of {name}", n + 1),
        };
        match (statement["Effect"] == "Allow", depends_on_request(statement)) {
            (true, true) => Verdict::AllowedIf(named),
            (true, false) => Verdict::Allowed(named),
            (false, true) => Verdict::DeniedIf(named),
            (false, false) => Verdict::Denied(named),
        }
    });
    verdicts.max().unwrap_or(Verdict::Silent)
}

/// Whether a statement has a condition, or policy variables such as `${aws:PrincipalAccount}`.
fn depends_on_request(statement: &Json) -> bool {
    let resources = ["Resource", "NotResource"].into_iter().flat_map(|element| texts(&statement[element]));
    statement.get("Condition").is_some() || resources.into_iter().any(|resource| resource.contains("${"))
}

fn is_about(statement: &Json, question: Question<'_>) -> bool {
    let action = question.action.to_ascii_lowercase();
    covers(statement, "Action", |pattern| matches(&pattern.to_ascii_lowercase(), &action))
        && covers(statement, "Resource", |pattern| matches(&without_variables(pattern), question.resource))
        && names(statement, question.principal)
}

/// Whether a statement is about what fits, by the element or by its `Not…`.
fn covers(statement: &Json, element: &str, fits: impl Fn(&str) -> bool) -> bool {
    match statement.get(format!("Not{element}")) {
        Some(except) => !texts(except).any(fits),
        None => texts(&statement[element]).any(fits),
    }
}

/// Whether a statement is about a role. Policies of roles name no principal.
fn names(statement: &Json, role: Option<&str>) -> bool {
    let Some(role) = role else {
        let has_no_principal = statement.get("Principal").is_none() && statement.get("NotPrincipal").is_none();
        let principal = &statement["Principal"];
        let is_for_all = has_no_principal || principal == "*" || texts(&principal["AWS"]).any(|one| one == "*");
        return statement["Effect"] == "Allow" || is_for_all;
    };
    let account = role.split(':').nth(4).unwrap_or_default();
    let fits = |principal: &str| {
        principal == "*"
            || principal == role
            || !account.is_empty() && (principal == account || principal.ends_with(&format!(":iam::{account}:root")))
    };
    let any = |principal: &Json| principal == "*" || texts(&principal["AWS"]).any(fits);
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => any(principal),
        (None, Some(except)) => !any(except),
        (None, None) => true,
    }
}

/// The elements of what may be a list, or stand alone.
fn elements(value: &Json) -> impl Iterator<Item = &Json> {
    match value {
        Json::Array(elements) => elements.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

fn texts(value: &Json) -> impl Iterator<Item = &str> {
    elements(value).filter_map(Json::as_str)
}

/// A pattern with `*` in place of its policy variables.
fn without_variables(pattern: &str) -> String {
    let mut parts = pattern.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "*" + part.split_once('}').map_or("", |(_, rest)| rest))
}

/// Whether a text matches a pattern with `*` for anything and `?` for one character.
fn matches(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            let rest = pattern.trim_start_matches('*');
            rest.is_empty() || text.char_indices().any(|(at, _)| matches(rest, &text[at..]))
        }
        (Some(one), Some(c)) if one == '?' || one == c => matches(&pattern[one.len_utf8()..], &text[c.len_utf8()..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::123456789012:role/worker";
    const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";

    fn asked(statements: &str) -> Verdict {
        let question = Question { action: "ecr:BatchGetImage", resource: REPOSITORY, principal: Some(ROLE) };
        evaluate("p", &format!(r#"{{"Statement":[{statements}]}}"#), question)
    }

    #[test]
    fn actions_and_resources_have_wildcards() {
        let allowed = Verdict::Allowed("statement 1 of p".to_owned());
        for rest in [
            r#""Action":"*","Resource":"*""#,
            r#""Action":["s3:*","ECR:batchget*"],"Resource":"arn:aws:ecr:*:123456789012:repository/team/*""#,
            r#""Action":"ecr:BatchGetImag?","Resource":["arn:aws:s3:::a","arn:aws:ecr:us-east-1:123456789012:repository/team/app"]"#,
            r#""NotAction":"ecr:PutImage","NotResource":"arn:aws:s3:::*""#,
        ] {
            assert_eq!(asked(&format!(r#"{{"Effect":"Allow",{rest}}}"#)), allowed, "{rest}");
        }
        for rest in [
            r#""Action":"ecr:Get*","Resource":"*""#,
            r#""Action":"ecr:*","Resource":"arn:aws:ecr:us-east-1:123456789012:repository/team""#,
            r#""NotAction":"ecr:*","Resource":"*""#,
        ] {
            assert_eq!(asked(&format!(r#"{{"Effect":"Allow",{rest}}}"#)), Verdict::Silent, "{rest}");
        }
        assert_eq!(
            evaluate("p", "no policy", Question { action: "a", resource: "*", principal: None }),
            Verdict::Silent
        );
    }

    #[test]
    fn a_deny_holds_and_conditions_are_told() {
        let all = r#""Action":"ecr:*","Resource":"*""#;
        let allow = format!(r#"{{"Effect":"Allow",{all}}}"#);
        let deny = format!(r#"{{"Sid":"NoPulls","Effect":"Deny",{all}}}"#);
        let condition = r#""Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect""#;
        let if_so = |statement: &str| statement.replace("\"Effect\"", condition);
        assert_eq!(asked(&format!("{allow},{deny}")), Verdict::Denied("statement NoPulls of p".to_owned()));
        assert_eq!(asked(&format!("{allow},{}", if_so(&deny))), Verdict::DeniedIf("statement NoPulls of p".to_owned()));
        assert_eq!(asked(&if_so(&allow)), Verdict::AllowedIf("statement 1 of p".to_owned()));
        assert_eq!(asked(&format!("{},{allow}", if_so(&allow))), Verdict::Allowed("statement 2 of p".to_owned()));
    }

    #[test]
    fn variables_depend_on_the_request() {
        let resource =
            r#""Action":"ecr:*","Resource":"arn:aws:ecr:us-east-1:${aws:PrincipalAccount}:repository/team/app""#;
        let of = |effect: &str, resource: &str| asked(&format!(r#"{{"Effect":"{effect}",{resource}}}"#));
        assert_eq!(of("Allow", resource), Verdict::AllowedIf("statement 1 of p".to_owned()));
        assert_eq!(of("Deny", resource), Verdict::DeniedIf("statement 1 of p".to_owned()));
        assert_eq!(of("Allow", &resource.replace("team/app", "other")), Verdict::Silent);
    }

    #[test]
    fn whoever_asks_is_anyone_whom_a_policy_allows_and_everyone_whom_it_denies() {
        let of = |effect: &str, principal: &str| {
            let policy = format!(r#"{{"Statement":{{"Effect":"{effect}",{principal},"Action":"*","Resource":"*"}}}}"#);
            let question = Question { action: "ecr:BatchGetImage", resource: REPOSITORY, principal: None };
            evaluate("p", &policy, question) != Verdict::Silent
        };
        let one = r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/other"}"#;
        assert!(of("Allow", one) && !of("Deny", one));
        assert!(!of("Deny", &one.replace("Principal", "NotPrincipal")));
        assert!(of("Deny", r#""Principal":"*""#) && of("Deny", r#""Principal":{"AWS":["*"]}"#));
    }

    #[test]
    fn a_role_is_named_by_its_arn_or_account() {
        let of = |principal: &str| {
            asked(&format!(r#"{{"Effect":"Allow","Action":"ecr:*","Resource":"*",{principal}}}"#)) != Verdict::Silent
        };
        for principal in [
            r#""Principal":"*""#,
            r#""Principal":{"AWS":["arn:aws:iam::123456789012:role/worker"]}"#,
            r#""Principal":{"AWS":"123456789012"}"#,
            r#""Principal":{"AWS":"arn:aws:iam::123456789012:root"}"#,
            r#""NotPrincipal":{"AWS":"arn:aws:iam::123456789012:role/other"}"#,
        ] {
            assert!(of(principal), "{principal}");
        }
        for principal in [
            r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/other"}"#,
            r#""Principal":{"Service":"ecr.amazonaws.com"}"#,
            r#""NotPrincipal":{"AWS":"123456789012"}"#,
        ] {
            assert!(!of(principal), "{principal}");
        }
    }
}
