//! What the policy of an endpoint keeps everyone from, as far as the policy alone says so. Pure.
//!
//! Principals and conditions depend on who asks and when, so they never count against an endpoint. Sources: IAM User Guide,
//! "Policy evaluation logic" and "IAM JSON policy elements"; AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint
//! policies".

use serde_json::Value as Json;

/// Whether the policy lets nobody do that, whoever it is. `resource` is the ARN that the action is about, where it has one that
/// is known.
pub(crate) fn shuts_out(policy: &str, action: &str, resource: Option<&str>) -> bool {
    let Ok(policy) = serde_json::from_str::<Json>(policy) else { return false };
    let statements: Vec<&Json> = elements(&policy["Statement"]).collect();
    let is_denied = statements.iter().any(|statement| {
        statement["Effect"] == "Deny"
            && statement.get("Condition").is_none()
            && is_everyone(&statement["Principal"])
            && names(statement, "Action", |pattern| matches(&lower(pattern), &lower(action)))
            && names(statement, "Resource", |pattern| match resource {
                Some(resource) => matches(pattern, resource),
                None => pattern == "*",
            })
    });
    let may_be_allowed = statements.iter().any(|statement| {
        statement["Effect"] == "Allow"
            && covers(statement, "Action", |pattern| matches(&lower(pattern), &lower(action)))
            && resource.is_none_or(|resource| covers(statement, "Resource", |pattern| matches(pattern, resource)))
    });
    is_denied || !may_be_allowed
}

/// Whether a statement is about what fits, by `Action` or by `NotAction`, and likewise for resources.
fn covers(statement: &Json, element: &str, fits: impl Fn(&str) -> bool) -> bool {
    match statement.get(format!("Not{element}")) {
        Some(except) => !texts(except).any(fits),
        None => names(statement, element, fits),
    }
}

/// Whether a statement names what fits.
fn names(statement: &Json, element: &str, fits: impl Fn(&str) -> bool) -> bool {
    texts(&statement[element]).any(fits)
}

fn is_everyone(principal: &Json) -> bool {
    principal == "*" || elements(&principal["AWS"]).any(|principal| principal == "*")
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

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// Whether a text matches a pattern with `*` for anything and `?` for one character. Policy variables match anything.
fn matches(pattern: &str, text: &str) -> bool {
    if pattern.contains("${") {
        return true;
    }
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    // The last asterisk, and how much of the text stood before what it stands for ended.
    let mut last: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                last = Some((at, read));
                at += 1;
            }
            Some(one) if *one == b'?' || *one == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((asterisk, skipped)) = last else { return false };
                last = Some((asterisk, skipped + 1));
                (at, read) = (asterisk + 1, skipped + 1);
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/dev-registry";

    fn policy(effect: &str, rest: &str) -> String {
        format!(r#"{{"Statement":[{{"Effect":"{effect}","Principal":"*",{rest}}}]}}"#)
    }

    fn keeps_from_pulls(policy: &str) -> bool {
        shuts_out(policy, "ecr:BatchGetImage", Some(REPOSITORY))
    }

    #[test]
    fn what_lets_pulls_through() {
        for rest in [
            r#""Action":"*","Resource":"*""#,
            r#""Action":["ecr:GetDownloadUrlForLayer","ECR:batchget*"],"Resource":"arn:aws:ecr:*:123456789012:repository/dev-*""#,
            r#""NotAction":"ecr:DeleteRepository","NotResource":"arn:aws:s3:::*""#,
            r#""Action":"ecr:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}"#,
            r#""Action":"ecr:*","Resource":"arn:aws:ecr:us-east-1:${aws:PrincipalAccount}:repository/*""#,
        ] {
            assert!(!keeps_from_pulls(&policy("Allow", rest)), "{rest}");
        }
        assert!(!keeps_from_pulls("what cannot be read"));
        let to_one = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"*","Resource":"*"}}"#;
        assert!(!keeps_from_pulls(to_one), "the nodes may be of that account");
    }

    #[test]
    fn what_keeps_everyone_out() {
        for rest in [
            r#""Action":"s3:*","Resource":"*""#,
            r#""Action":"*","Resource":"arn:aws:ecr:us-east-1:210987654321:repository/*""#,
            r#""NotAction":["ecr:Batch*"],"Resource":"*""#,
        ] {
            assert!(keeps_from_pulls(&policy("Allow", rest)), "{rest}");
        }
        let denying = |rest: &str| {
            let allow = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
            format!(r#"{{"Statement":[{allow},{{"Effect":"Deny",{rest}}}]}}"#)
        };
        let everyone = r#""Principal":{"AWS":"*"},"Action":"ecr:BatchGet*","Resource":"*""#;
        assert!(keeps_from_pulls(&denying(everyone)));
        let sometimes = format!("{everyone},\"Condition\":{{\"Bool\":{{\"aws:SecureTransport\":\"false\"}}}}");
        assert!(!keeps_from_pulls(&denying(&sometimes)));
        let someone = everyone.replace("{\"AWS\":\"*\"}", "{\"AWS\":\"210987654321\"}");
        assert!(!keeps_from_pulls(&denying(&someone)));
        assert!(!keeps_from_pulls(&denying(&everyone.replace("BatchGet*", "PutImage"))));
    }
}
