//! What changes roles.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::{Account, Role, Tags};
use crate::request::{Answer, Form, Refusal};

/// IAM's way of saying that something is not there.
pub(crate) fn missing<T>() -> Result<T, Refusal> {
    Err(Refusal(404, "NoSuchEntity"))
}

pub(crate) fn create(account: &mut Account, form: &Form) -> Result<(), Refusal> {
    let name = form.text("RoleName");
    if account.roles.contains_key(name) {
        return Err(Refusal(409, "EntityAlreadyExists"));
    }
    account.add_role(name);
    let role = account.roles.get_mut(name).expect("it was made");
    role.path = form.given("Path").unwrap_or_else(|| "/".to_owned());
    role.trust = form.text("AssumeRolePolicyDocument").to_owned();
    role.description = form.text("Description").to_owned();
    role.max_session = form.text("MaxSessionDuration").parse().unwrap_or(3600);
    role.boundary = form.given("PermissionsBoundary");
    role.tags = form.tags("Tags.member");
    role.is_ours = true;
    Ok(())
}

pub(crate) fn delete(account: &mut Account, form: &Form) -> Answer {
    let name = form.text("RoleName");
    let Some(role) = account.roles.get(name) else { return missing() };
    if !role.inline.is_empty() || !role.attached.is_empty() {
        return Err(Refusal(409, "DeleteConflict"));
    }
    account.written.push(role.uid.clone());
    account.roles.remove(name);
    Ok(String::new())
}

/// # Panics
/// If it is an action that the fake does not have.
pub(crate) fn change(role: &mut Role, action: &str, form: &Form, late: bool) -> Result<(), Refusal> {
    match action {
        "TagRole" => {
            role.stale = late.then(|| role.tags.clone());
            let added = form.tags("Tags.member");
            // Keys are the same in either case, and the last one written stays.
            role.tags.retain(|key, _| !added.keys().any(|new| new.eq_ignore_ascii_case(key)));
            role.tags.extend(added);
        }
        "UntagRole" => {
            role.stale = late.then(|| role.tags.clone());
            let gone = form.list("TagKeys.member");
            role.tags.retain(|key, _| !gone.iter().any(|old| old.eq_ignore_ascii_case(key)));
        }
        "AttachRolePolicy" => drop(role.attached.insert(form.text("PolicyArn").to_owned())),
        "DetachRolePolicy" => {
            if !role.attached.remove(form.text("PolicyArn")) {
                return missing();
            }
        }
        "PutRolePolicy" => {
            role.inline.insert(form.text("PolicyName").to_owned(), form.text("PolicyDocument").to_owned());
        }
        "DeleteRolePolicy" => {
            if role.inline.remove(form.text("PolicyName")).is_none() {
                return missing();
            }
        }
        "UpdateAssumeRolePolicy" => role.trust = form.text("PolicyDocument").to_owned(),
        "UpdateRole" => {
            role.max_session = form.text("MaxSessionDuration").parse().unwrap_or(role.max_session);
            role.description = form.text("Description").to_owned();
        }
        "PutRolePermissionsBoundary" => role.boundary = form.given("PermissionsBoundary"),
        "DeleteRolePermissionsBoundary" => role.boundary = None,
        other => panic!("the fake has no iam:{other}"),
    }
    Ok(())
}

impl Account {
    /// A role as a console makes it.
    pub(crate) fn add_role(&mut self, name: &str) {
        let uid = self.uid("role", name);
        let role = Role {
            uid,
            id: format!("AROA{:016}", self.next()),
            path: "/".to_owned(),
            trust: r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
            description: String::new(),
            max_session: 3600,
            boundary: None,
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
            tags: Tags::new(),
            stale: None,
            is_ours: false,
        };
        self.roles.insert(name.to_owned(), role);
    }
}
