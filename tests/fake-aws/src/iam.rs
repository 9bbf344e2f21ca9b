//! IAM and STS: which action is whose, and what they answer.

use crate::account::{ACCOUNT, Account, Role};
use crate::request::{Answer, Request};
use crate::roles::{self, missing};
use crate::xml::{answer as envelope, element, list, tags, text};

/// # Panics
/// If it is an action that the fake does not have.
pub(crate) fn answer(account: &mut Account, request: &Request) -> Answer {
    let (action, form) = (request.action.as_str(), &request.form);
    let complete = text("IsTruncated", "false");
    let content = match action {
        "GetCallerIdentity" => {
            text("Arn", &format!("arn:aws:iam::{ACCOUNT}:user/test"))
                + &text("UserId", "AIDA")
                + &text("Account", ACCOUNT)
        }
        "GetInstanceProfile" => profile(account, form.text("InstanceProfileName"))?,
        "ListEntitiesForPolicy" => {
            let policy = form.text("PolicyArn");
            let carriers = account.roles.iter().filter(|(_, role)| role.attached.contains(policy));
            let carriers = carriers.map(|(name, role)| text("RoleName", name) + &text("RoleId", &role.id));
            complete + &list("PolicyRoles", "member", carriers)
        }
        "ListRoles" => {
            let roles = account.roles.iter().map(|(name, role)| described(name, role));
            complete + &list("Roles", "member", roles)
        }
        "ListInstanceProfilesForRole" => complete + &element("InstanceProfiles", ""),
        "CreateRole" => {
            roles::create(account, form)?;
            element("Role", &described(form.text("RoleName"), &account.roles[form.text("RoleName")]))
        }
        "DeleteRole" => roles::delete(account, form)?,
        _ => {
            let name = form.text("RoleName");
            let late = account.tags_spread_late;
            let Some(role) = account.roles.get_mut(name) else { return missing() };
            if request.is_write() {
                account.written.push(role.uid.clone());
                roles::change(role, action, form, late)?;
                String::new()
            } else {
                read(role, name, action, form.text("PolicyName"))?
            }
        }
    };
    Ok(envelope(request.service, action, &content))
}

fn read(role: &mut Role, name: &str, action: &str, policy: &str) -> Answer {
    let complete = text("IsTruncated", "false");
    Ok(match action {
        "GetRole" => element("Role", &described(name, role)),
        "ListRoleTags" => {
            let shown = role.stale.take().unwrap_or_else(|| role.tags.clone());
            complete + &tags("Tags", "member", ("Key", "Value"), &shown)
        }
        "ListAttachedRolePolicies" => {
            let attached = role
                .attached
                .iter()
                .map(|arn| text("PolicyName", arn.rsplit('/').next().unwrap_or_default()) + &text("PolicyArn", arn));
            complete + &list("AttachedPolicies", "member", attached)
        }
        "ListRolePolicies" => complete + &list("PolicyNames", "member", role.inline.keys().cloned()),
        "GetRolePolicy" => {
            let Some(document) = role.inline.get(policy) else { return missing() };
            text("RoleName", name) + &text("PolicyName", policy) + &text("PolicyDocument", &escaped(document))
        }
        other => panic!("the fake has no iam:{other}"),
    })
}

fn described(name: &str, role: &Role) -> String {
    let boundary = role.boundary.as_ref().map(|arn| {
        let kind = text("PermissionsBoundaryType", "Policy") + &text("PermissionsBoundaryArn", arn);
        element("PermissionsBoundary", &kind)
    });
    text("Path", &role.path)
        + &text("RoleName", name)
        + &text("RoleId", &role.id)
        + &text("Arn", &format!("arn:aws:iam::{ACCOUNT}:role{}{name}", role.path))
        + &text("CreateDate", "2026-01-01T00:00:00Z")
        + &text("AssumeRolePolicyDocument", &escaped(&role.trust))
        + &text("Description", &role.description)
        + &text("MaxSessionDuration", &role.max_session.to_string())
        + &boundary.unwrap_or_default()
        + &tags("Tags", "member", ("Key", "Value"), &role.tags)
}

fn profile(account: &Account, name: &str) -> Answer {
    let Some(role_name) = account.profiles.get(name) else { return missing() };
    let roles = account.roles.get(role_name).map(|role| described(role_name, role));
    let profile = text("Path", "/")
        + &text("InstanceProfileName", name)
        + &text("InstanceProfileId", "AIPA")
        + &text("Arn", &format!("arn:aws:iam::{ACCOUNT}:instance-profile/{name}"))
        + &text("CreateDate", "2026-01-01T00:00:00Z")
        + &list("Roles", "member", roles);
    Ok(element("InstanceProfile", &profile))
}

/// A policy as IAM gives it back: escaped as in a URL (RFC 3986).
fn escaped(document: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    document
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
