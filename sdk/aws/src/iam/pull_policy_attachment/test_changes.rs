//! Changes of permission, drift, kills and foreign policies, on an IAM that has one role and does what it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rosa_ecr_model::Resource as _;

use super::*;
use crate::ec2::answers::{Answer, Asked, Form, acting, actions, call, identity};
use crate::iam::pull_permission::scoped_policy;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/app";

/// The role `worker`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Role {
    managed: BTreeSet<String>,
    inline: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
}

impl Role {
    fn can_pull(&self) -> bool {
        !self.managed.is_empty() || self.inline.values().any(|policy| policy.contains("ecr:BatchGetImage"))
    }

    fn act(&mut self, form: &Form) -> Answer {
        let action = form["Action"].as_str();
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let members =
            |list: &str| (1..).map_while(|n| form.get(&format!("{list}.member.{n}")).cloned()).collect::<Vec<String>>();
        let mut result = String::new();
        match action {
            "GetCallerIdentity" => return identity(),
            "ListAttachedRolePolicies" => {
                let policy = |arn: &String| format!("<member><PolicyArn>{arn}</PolicyArn></member>");
                let policies: String = self.managed.iter().map(policy).collect();
                result = format!("<AttachedPolicies>{policies}</AttachedPolicies>");
            }
            "ListRoleTags" => {
                let tag = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
                result = format!("<Tags>{}</Tags>", self.tags.iter().map(tag).collect::<String>());
            }
            "GetRolePolicy" => match self.inline.get(&field("PolicyName")) {
                None => return Answer::iam_error(404, "NoSuchEntity"),
                Some(text) => {
                    let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
                    result = format!(
                        "<RoleName>worker</RoleName><PolicyName>p</PolicyName><PolicyDocument>{encoded}</PolicyDocument>"
                    );
                }
            },
            "TagRole" => {
                let keys = (1..).map_while(|n| form.get(&format!("Tags.member.{n}.Key")).map(|key| (n, key)));
                let tags = keys.map(|(n, key)| (key.clone(), form[&format!("Tags.member.{n}.Value")].clone()));
                self.tags.extend(tags.collect::<Vec<_>>());
            }
            "UntagRole" => members("TagKeys").iter().for_each(|key| drop(self.tags.remove(key))),
            "AttachRolePolicy" => drop(self.managed.insert(field("PolicyArn"))),
            "DetachRolePolicy" if self.managed.remove(&field("PolicyArn")) => {}
            "PutRolePolicy" => drop(self.inline.insert(field("PolicyName"), field("PolicyDocument"))),
            "DeleteRolePolicy" if self.inline.remove(&field("PolicyName")).is_some() => {}
            "DetachRolePolicy" | "DeleteRolePolicy" => return Answer::iam_error(404, "NoSuchEntity"),
            other => panic!("{other} was not expected"),
        }
        Answer::ok(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
    }
}

/// An IAM with that role; every call from the n-th on fails, as after a kill. `seen` looks at the role after each call.
fn iam(role: &Arc<Mutex<Role>>, n: usize, seen: impl Fn(&Role) + Send + Sync + 'static) -> (Call<Aws>, Asked) {
    let (role, calls) = (role.clone(), AtomicUsize::new(0));
    let (aws, asked) = acting(move |form| {
        let mut role = role.lock().expect("no test panics with it");
        if calls.fetch_add(1, Ordering::Relaxed) >= n && form["Action"] != "GetCallerIdentity" {
            return Answer::iam_error(403, "AccessDenied");
        }
        let answer = role.act(form);
        seen(&role);
        answer
    });
    (call(aws).claiming(Some("mine".into())), asked)
}

fn undisturbed(role: &Arc<Mutex<Role>>) -> Call<Aws> {
    iam(role, usize::MAX, |_| {}).0
}

fn shared(role: Role) -> Arc<Mutex<Role>> {
    Arc::new(Mutex::new(role))
}

fn now(role: &Arc<Mutex<Role>>) -> Role {
    role.lock().expect("no test panics with it").clone()
}

fn inputs(permission: PullPermission, owner: &str) -> PullPolicyAttachment {
    let scope = (permission == PullPermission::Scoped).then(|| REPOSITORY.to_owned());
    PullPolicyAttachment {
        role_name: Some("worker".to_owned()),
        permission: permission.name().to_owned(),
        repository_arns: scope.into_iter().collect(),
        owner: Some(owner.to_owned()),
        ..PullPolicyAttachment::nobodys()
    }
}

async fn created(role: &Arc<Mutex<Role>>, inputs: PullPolicyAttachment) -> State<PullPolicyAttachment> {
    PullPolicyAttachment::create(&undisturbed(role), inputs).await.expect("created")
}

async fn read(role: &Arc<Mutex<Role>>, state: &State<PullPolicyAttachment>) -> Option<State<PullPolicyAttachment>> {
    PullPolicyAttachment::read(&undisturbed(role), state.clone()).await.expect("readable")
}

/// Every permission and every other one.
fn changes() -> impl Iterator<Item = (PullPermission, PullPermission)> {
    let pairs = PullPermission::ALL.into_iter().flat_map(|one| PullPermission::ALL.map(|other| (one, other)));
    pairs.filter(|(one, other)| one != other)
}

#[tokio::test(start_paused = true)]
async fn each_permission_comes_is_read_and_goes() {
    for permission in PullPermission::ALL {
        let role = shared(Role::default());
        let state = created(&role, inputs(permission, "dev")).await;
        assert!(state.outputs.attached && now(&role).can_pull());
        assert_eq!(read(&role, &state).await.as_ref(), Some(&state));
        assert_eq!(state.outputs.policy_arn, permission.policy_arn("us-east-1"));
        assert_eq!(state.outputs.policy_name.is_some(), permission == PullPermission::Scoped);
        PullPolicyAttachment::delete(&undisturbed(&role), state).await.expect("deleted");
        assert_eq!(now(&role), Role::default());
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_of_permission_leaves_no_moment_without() {
    for (one, other) in changes() {
        let role = shared(Role::default());
        let state = created(&role, inputs(one, "dev")).await;
        let (watched, _) = iam(&role, usize::MAX, move |role| assert!(role.can_pull(), "{one:?} to {other:?}"));
        let changed = PullPolicyAttachment::update(&watched, state, inputs(other, "dev")).await.expect("changed");
        assert!(changed.outputs.attached);
        let alone = shared(Role::default());
        created(&alone, inputs(other, "dev")).await;
        assert_eq!(now(&role), now(&alone), "nothing of {one:?} is left");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_killed_anywhere_is_finished_undone_or_destroyed() {
    for (one, other) in changes() {
        for n in 0.. {
            let role = shared(Role::default());
            let state = created(&role, inputs(one, "dev")).await;
            let killed = iam(&role, n, |_| {}).0;
            let was_killed = PullPolicyAttachment::update(&killed, state.clone(), inputs(other, "dev")).await.is_err();
            if !was_killed {
                assert!(n > 4, "the kills hit something");
                break;
            }
            let left = now(&role);
            let reported = format!("{one:?} to {other:?}, killed at call {n}");

            // The state does not know of it.
            let again = PullPolicyAttachment::update(&undisturbed(&role), state.clone(), inputs(other, "dev")).await;
            again.expect("finished");
            let alone = shared(Role::default());
            created(&alone, inputs(other, "dev")).await;
            assert_eq!(now(&role), now(&alone), "{reported}, finished");

            let role = shared(left.clone());
            let found = read(&role, &state).await.expect("it is there");
            if !found.outputs.attached {
                let back = PullPolicyAttachment::update(&undisturbed(&role), found, inputs(one, "dev")).await;
                assert!(back.expect("undone").outputs.attached);
            }
            let alone = shared(Role::default());
            created(&alone, inputs(one, "dev")).await;
            assert_eq!(now(&role), now(&alone), "{reported}, undone");

            let role = shared(left);
            PullPolicyAttachment::delete(&undisturbed(&role), state).await.expect("deleted");
            assert_eq!(now(&role), Role::default(), "{reported}, destroyed");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn owners_with_different_permissions_do_not_disturb_each_other() {
    for (one, other) in changes() {
        let role = shared(Role::default());
        let dev = created(&role, inputs(one, "dev")).await;
        let prod = created(&role, inputs(other, "prod")).await;
        let third = created(&role, inputs(one, "test")).await;
        PullPolicyAttachment::delete(&undisturbed(&role), dev).await.expect("deleted");
        for state in [&prod, &third] {
            assert!(read(&role, state).await.is_some_and(|state| state.outputs.attached), "{one:?} and {other:?}");
        }
        PullPolicyAttachment::delete(&undisturbed(&role), prod).await.expect("deleted");
        assert!(read(&role, &third).await.is_some_and(|state| state.outputs.attached));
        PullPolicyAttachment::delete(&undisturbed(&role), third).await.expect("deleted");
        assert_eq!(now(&role), Role::default());
    }
}

#[tokio::test(start_paused = true)]
async fn an_inline_policy_that_was_edited_or_deleted_is_put_right() {
    let role = shared(Role::default());
    let state = created(&role, inputs(PullPermission::Scoped, "dev")).await;
    let whole = now(&role);
    let name = state.outputs.policy_name.clone().expect("it has one");
    let edited = whole.inline[&name].replace("repository/app", "repository/*");
    for inline in [BTreeMap::from([(name.clone(), edited)]), BTreeMap::new()] {
        let role = shared(Role { inline, ..whole.clone() });
        let found = read(&role, &state).await.expect("its mark is there");
        assert!(!found.outputs.attached);
        PullPolicyAttachment::update(&undisturbed(&role), found, state.inputs.clone()).await.expect("put right");
        assert_eq!(now(&role), whole);
    }
    assert_eq!(read(&shared(Role::default()), &state).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_inline_policy_of_another_origin_is_refused_and_stays() {
    let role = shared(Role::default());
    let name = inputs(PullPermission::Scoped, "dev").mark(None).expect("a mark").policy_name();
    let foreign = Role { inline: BTreeMap::from([(name.clone(), "{}".to_owned())]), ..Role::default() };
    *role.lock().expect("no test panics with it") = foreign.clone();
    let (call, asked) = iam(&role, usize::MAX, |_| {});
    let failure =
        PullPolicyAttachment::create(&call, inputs(PullPermission::Scoped, "dev")).await.expect_err("refused");
    assert!(failure.state.is_none() && failure.diagnostics.to_string().contains(&name), "{}", failure.diagnostics);
    assert!(!actions(&asked).iter().any(|action| action == "TagRole"));
    assert_eq!(now(&role), foreign);
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_on_destroy_is_taken_back_by_the_next_one() {
    for permission in PullPermission::ALL {
        let role = shared(Role::default());
        let kept = PullPolicyAttachment { keep_on_destroy: true, ..inputs(permission, "dev") };
        let state = created(&role, kept.clone()).await;
        PullPolicyAttachment::delete(&undisturbed(&role), state).await.expect("deleted");
        let left = now(&role);
        assert!(left.can_pull() && left.tags.is_empty(), "{permission:?}: {left:?}");
        let again = created(&role, kept).await;
        assert!(again.outputs.attached);
        PullPolicyAttachment::delete(&undisturbed(&role), again).await.expect("deleted");
        assert_eq!(now(&role), left);
    }
}

#[tokio::test(start_paused = true)]
async fn an_import_recognizes_the_permission() {
    let whole = scoped_policy(&BTreeSet::from([REPOSITORY.to_owned()]));
    let name = PullPolicyAttachment { owner: None, ..inputs(PullPermission::Scoped, "dev") };
    let name = name.mark(None).expect("a mark").policy_name();
    let pull_only = READ_ONLY.replace("ReadOnly", "PullOnly");
    let attached = |policies: &[&str]| policies.iter().map(|policy| (*policy).to_owned()).collect::<BTreeSet<_>>();
    let inline = BTreeMap::from([(name, whole)]);
    for (managed, inline, id, expected) in [
        (attached(&[READ_ONLY]), BTreeMap::new(), "role/worker".to_owned(), PullPermission::ReadOnly),
        (attached(&[&pull_only]), BTreeMap::new(), "role/worker".to_owned(), PullPermission::PullOnly),
        (attached(&[READ_ONLY, &pull_only]), BTreeMap::new(), format!("worker/{pull_only}"), PullPermission::PullOnly),
        (attached(&[READ_ONLY]), inline, "role/worker".to_owned(), PullPermission::Scoped),
    ] {
        let role = shared(Role { managed, inline, ..Role::default() });
        let state = PullPolicyAttachment::import(&undisturbed(&role), &id).await.expect("found");
        assert_eq!(state.inputs.chosen(), expected, "{id}");
        let scope = (expected == PullPermission::Scoped).then(|| REPOSITORY.to_owned());
        assert_eq!(state.inputs.repository_arns, scope.into_iter().collect());
    }
    let role = shared(Role { managed: attached(&[READ_ONLY]), ..Role::default() });
    let missing = PullPolicyAttachment::import(&undisturbed(&role), &format!("worker/{pull_only}")).await;
    assert!(
        missing.expect_err("not attached").to_string().contains("AmazonEC2ContainerRegistryPullOnly is not attached")
    );
}

#[tokio::test(start_paused = true)]
async fn an_imported_policy_goes_with_a_change_unless_it_is_to_be_kept() {
    for is_kept in [false, true] {
        let role = shared(Role { managed: BTreeSet::from([READ_ONLY.to_owned()]), ..Role::default() });
        let state = PullPolicyAttachment::import(&undisturbed(&role), "role/worker").await.expect("imported");
        let wanted = PullPolicyAttachment { keep_on_destroy: is_kept, ..inputs(PullPermission::PullOnly, "dev") };
        let changed = PullPolicyAttachment::update(&undisturbed(&role), state, wanted).await.expect("changed");
        assert_eq!(now(&role).managed.contains(READ_ONLY), is_kept);
        assert!(!changed.outputs.imported && changed.outputs.attached);
    }
}
