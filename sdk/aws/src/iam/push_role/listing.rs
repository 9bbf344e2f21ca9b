//! Push roles that a query finds: those that rosa-ecr made.
//!
//! It calls `ListRoles`, page by page, and for each role that service accounts may have `GetRole`, which tells whose it is;
//! for ours `GetRolePolicy`, and `ListRolePolicies` where the inline policy has another name. Roles come sorted by name.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Listed, Listing, Violation};

use super::{COMPONENT, POLICY_NAME, PushRole, calls};
use crate::provider::Aws;
use crate::tags;

/// How many roles are looked at at once.
const AT_ONCE: usize = 8;

/// Push roles that rosa-ecr made.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct PushRoleQuery {
    /// What the paths of the roles start with, such as `/pipelines/`; any where it is not set.
    #[attr(check(path_prefix))]
    pub path_prefix: Option<String>,
}

/// Source: IAM API Reference, `ListRoles`, `PathPrefix`.
fn path_prefix(prefix: &str) -> Result<(), Violation> {
    if prefix.starts_with('/') && prefix.len() <= 512 && prefix.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
        return Ok(());
    }
    Err(Violation::rule("It must start with \"/\" and have at most 512 visible ASCII characters."))
}

impl Listed for PushRole {
    type Query = PushRoleQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListRoles"])
    }

    async fn list(
        call: &Call<Aws>,
        query: PushRoleQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let limit = limit.unwrap_or(usize::MAX);
        let mut names = calls::list(call, query.path_prefix.as_deref()).await?;
        names.sort();
        let found = stream::iter(names).map(|name| own(call, name)).buffered(limit.clamp(1, AT_ONCE));
        found.try_filter_map(|listing| std::future::ready(Ok(listing))).take(limit).try_collect().await
    }
}

/// The role of that name, if it is one of ours.
async fn own(call: &Call<Aws>, name: String) -> Result<Option<Listing<PushRole>>, Diagnostics> {
    let Some(found) = calls::find_role(call, &name).await? else { return Ok(None) };
    if found.tags.get(tags::COMPONENT).map(String::as_str) != Some(COMPONENT) {
        return Ok(None);
    }
    let (found, policy_name) = calls::with_policy(call, &name, found, POLICY_NAME).await?;
    // Someone may have emptied its trust policy meanwhile; then no import finds it either.
    let state = PushRole::imported(call, &name, &found, &policy_name).ok();
    Ok(state.map(|state| Listing { display_name: name, state }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::answers::{Answer, Asked, Form, acting, call};
    use crate::iam::irsa;
    use crate::iam::push_policy::push_policy;

    const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/abc";
    const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";

    fn encoded(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }

    /// A role: its name, who may have it, and the component in its tags.
    type Role = (&'static str, bool, &'static str);

    const ROLES: [Role; 5] = [
        ("pipeline-b", true, "push-role"),
        ("worker", false, ""),
        ("pipeline-a", true, "push-role"),
        ("operator", true, ""),
        ("pipeline-c", true, "push-role"),
    ];

    fn described((name, for_accounts, component): &Role, with_tags: bool) -> String {
        let accounts = BTreeSet::from(["ci:builder".to_owned()]);
        let trust =
            if *for_accounts { irsa::trust_policy(PROVIDER, &accounts).expect("a policy") } else { "{}".to_owned() };
        let tags = if with_tags && !component.is_empty() {
            format!("<Tags><member><Key>{}</Key><Value>{component}</Value></member></Tags>", tags::COMPONENT)
        } else {
            String::new()
        };
        format!(
            "<Path>/ci/</Path><RoleName>{name}</RoleName><RoleId>AROAEXAMPLE</RoleId>\
             <Arn>arn:aws:iam::123456789012:role/ci/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument>{tags}",
            encoded(&trust)
        )
    }

    fn answer(form: &Form) -> Answer {
        let action = form["Action"].as_str();
        let result = match action {
            "ListRoles" => {
                let start: usize = form.get("Marker").map_or(0, |marker| marker.parse().expect("ours"));
                let page: String = ROLES[start..]
                    .iter()
                    .take(2)
                    .map(|role| format!("<member>{}</member>", described(role, false)))
                    .collect();
                let more = start + 2 < ROLES.len();
                let marker = if more { format!("<Marker>{}</Marker>", start + 2) } else { String::new() };
                format!("<IsTruncated>{more}</IsTruncated><Roles>{page}</Roles>{marker}")
            }
            "GetRole" => {
                let role = ROLES.iter().find(|role| role.0 == form["RoleName"]).expect("it is one of ours");
                format!("<Role>{}</Role>", described(role, true))
            }
            "GetRolePolicy" => {
                let policy = encoded(&push_policy(&BTreeSet::from([REPOSITORY.to_owned()])));
                format!("<RoleName>r</RoleName><PolicyName>p</PolicyName><PolicyDocument>{policy}</PolicyDocument>")
            }
            other => panic!("{other} was not expected"),
        };
        Answer::ok(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
    }

    fn count(asked: &Asked, action: &str) -> usize {
        asked.lock().expect("no test panics with it").iter().filter(|form| form["Action"] == action).count()
    }

    #[tokio::test]
    async fn only_our_roles_are_listed_from_all_pages() {
        let (aws, asked) = acting(answer);
        let query = PushRoleQuery { path_prefix: Some("/ci/".to_owned()) };
        let listed = PushRole::list(&call(aws), query, None).await.expect("a list");
        let names: Vec<&str> = listed.iter().map(|listing| listing.display_name.as_str()).collect();
        assert_eq!(names, ["pipeline-a", "pipeline-b", "pipeline-c"]);
        let inputs = &listed[0].state.inputs;
        assert_eq!((inputs.oidc_provider_arn.as_deref(), inputs.path.as_str()), (Some(PROVIDER), "/ci/"));
        assert_eq!(inputs.repository_arns, BTreeSet::from([REPOSITORY.to_owned()]));
        assert_eq!((count(&asked, "ListRoles"), count(&asked, "GetRole")), (3, 4), "not of what no pod can have");
        let asked = asked.lock().expect("no test panics with it");
        assert!(asked.iter().filter(|form| form["Action"] == "ListRoles").all(|form| form["PathPrefix"] == "/ci/"));
    }

    #[tokio::test]
    async fn a_limit_saves_calls() {
        let (aws, asked) = acting(answer);
        let listed = PushRole::list(&call(aws), PushRoleQuery { path_prefix: None }, Some(1)).await.expect("a list");
        assert_eq!(listed.len(), 1);
        assert!(count(&asked, "GetRolePolicy") <= 1);
    }

    #[test]
    fn prefixes_start_with_a_slash() {
        assert_eq!(path_prefix("/pipelines/"), Ok(()));
        for bad in ["", "pipelines/", "/a b"] {
            assert!(path_prefix(bad).is_err(), "{bad}");
        }
    }
}
