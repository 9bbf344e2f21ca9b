//! Whether roles may pull from repositories, and whether the policies of endpoints let them. Pure.

use std::collections::BTreeSet;

use super::facts::{Facts, Repository, Role, RoleState};
use super::outcome::{Outcome, list};
use crate::ec2::pull_path::Endpoint;
use crate::iam::policy_evaluation::{Question, Verdict, evaluate};
use crate::iam::pull_permission::pull_questions;
use crate::iam::role_permissions::{Decision, RolePermissions, Simulated};

/// Whether a role may pull from a repository.
pub(super) fn may_pull(role: &Role, repository: &Repository) -> Outcome {
    let (kind, name) = role.source.split_once('/').unwrap_or(("role", &role.source));
    let attribute = if kind == "role" { "worker_role_names" } else { "instance_profile_names" };
    match &role.state {
        RoleState::NoSuchRole => Err((
            format!("There is no role {name}."),
            "Check the name: `rosa list account-roles` lists the worker roles of ROSA. Check the account of the provider \
             block."
                .to_owned(),
        )),
        RoleState::NoSuchProfile => Err((
            format!("There is no instance profile {name}."),
            "Check the name: `rosa describe machinepool` shows that of a machine pool. Check the account of the provider \
             block."
                .to_owned(),
        )),
        RoleState::ProfileWithoutRole => Err((
            format!("The instance profile {name} has no role."),
            format!(
                "Add the worker role to it: `aws iam add-role-to-instance-profile --instance-profile-name {name} \
                 --role-name …`."
            ),
        )),
        RoleState::There(permissions) => {
            let add = format!(
                "Add \"{name}\" to {attribute} of rosa_ecr, or declare a rosa_ecr_pull_policy_attachment for it; with \
                 permission \"scoped\", name the repository."
            );
            match &permissions.simulated {
                Some(answers) => {
                    let answers = answers.get(&repository.arn).map(Vec::as_slice).unwrap_or_default();
                    as_simulated(permissions, repository, answers, add)
                }
                None => as_read(permissions, repository, add),
            }
        }
    }
}

/// What the policy simulator says.
fn as_simulated(role: &RolePermissions, repository: &Repository, answers: &[Simulated], add: String) -> Outcome {
    let (role, repository) = (&role.name, &repository.name);
    let mut by = BTreeSet::new();
    for Simulated { action, decision } in answers {
        let what = format!("The role {role} may not pull from {repository}: {action} is");
        return Err(match decision {
            Decision::Allowed(policies) => {
                by.extend(policies.iter().cloned());
                continue;
            }
            Decision::Denied(policies) => (
                format!("{what} denied by {}.", list(policies)),
                format!("Remove that Deny, or except the repository {repository} from it."),
            ),
            Decision::NotAllowed => (format!("{what} allowed by no policy."), add),
            Decision::ByBoundary => (
                format!("{what} not allowed by the role's permissions boundary."),
                "Allow it in the boundary, too.".to_owned(),
            ),
            Decision::ByOrganization => (
                format!("{what} not allowed by a service control policy of the organization."),
                "Ask who manages the organization's policies.".to_owned(),
            ),
        });
    }
    Ok(format!("The role {role} may pull from {repository}, as IAM's policy simulator says: {}.", list(&by)))
}

/// What the role's policies say, where the simulator cannot be asked.
fn as_read(role: &RolePermissions, repository: &Repository, add: String) -> Outcome {
    let (name, mut by) = (&role.name, BTreeSet::new());
    for (resource, actions) in pull_questions(&repository.arn) {
        for action in actions {
            let question = Question { action, resource, principal: None };
            let verdicts = role.policies.iter().map(|policy| evaluate(&policy.name, &policy.text, question));
            let what = format!("The role {name} may not pull from {}: {action} is", repository.name);
            match verdicts.max().unwrap_or(Verdict::Silent) {
                Verdict::Allowed(statement) | Verdict::DeniedIf(statement) => {
                    by.insert(statement);
                }
                Verdict::Denied(statement) => {
                    return Err((
                        format!("{what} denied by {statement}."),
                        format!("Remove that Deny, or except the repository {} from it.", repository.name),
                    ));
                }
                Verdict::AllowedIf(statement) => {
                    return Err((format!("{what} allowed only under the conditions of {statement}."), add));
                }
                Verdict::Silent => {
                    let unread = match role.unread.as_slice() {
                        [] => String::new(),
                        unread => format!(" These credentials cannot read {}.", unread.join(", ")),
                    };
                    return Err((format!("{what} allowed by no policy.{unread}"), add));
                }
            }
        }
    }
    let boundary = match &role.boundary {
        Some(boundary) => format!(" The role has a permissions boundary, {boundary}, which must allow it, too."),
        None => String::new(),
    };
    Ok(format!("The role {name} may pull from {}, as its policies say: {}.{boundary}", repository.name, list(&by)))
}

/// Whether the policy of an endpoint lets all roles pull; nothing if there is no endpoint.
pub(super) fn endpoint_policy(service: &str, best: Option<&Endpoint>, facts: &Facts) -> Option<Outcome> {
    let endpoint = best?;
    let Some(policy) = &endpoint.policy else {
        return Some(Ok(format!("The policy of {} allows everything.", endpoint.id)));
    };
    let arns = facts.roles.iter().filter_map(|role| match &role.state {
        RoleState::There(permissions) => permissions.arn.as_deref(),
        _ => None,
    });
    let mut roles: Vec<Option<&str>> = arns.map(Some).collect();
    if roles.is_empty() {
        roles.push(None);
    }
    let named = format!("the policy of {}", endpoint.id);
    let mut conditional = BTreeSet::new();
    for (role, repository) in roles.iter().flat_map(|role| facts.repositories.iter().map(move |one| (*role, one))) {
        for (resource, actions) in pull_questions(&repository.arn) {
            // The API gives the login, and the registry what is pulled.
            if (service == "api") != (resource == "*") {
                continue;
            }
            for action in actions {
                let by = match evaluate(&named, policy, Question { action, resource, principal: role }) {
                    Verdict::Allowed(_) => continue,
                    Verdict::AllowedIf(statement) | Verdict::DeniedIf(statement) => {
                        conditional.insert(statement);
                        continue;
                    }
                    Verdict::Denied(statement) => format!("the {statement} denies it"),
                    Verdict::Silent => "no statement of its policy allows it".to_owned(),
                };
                let who = role.map_or_else(String::new, |role| format!(" of {role}"));
                return Some(Err((
                    format!("The endpoint {} does not let {action}{who} on {resource} through: {by}.", endpoint.id),
                    format!("Allow {action} in the policy of {}, or remove the policy.", endpoint.id),
                )));
            }
        }
    }
    let conditions = if conditional.is_empty() {
        String::new()
    } else {
        format!(" The conditions of {} must hold.", list(&conditional))
    };
    Some(Ok(format!("The policy of {} lets the pulls through.{conditions}", endpoint.id)))
}
