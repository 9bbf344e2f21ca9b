//! Tests on an IAM that has one role and does what it is asked, so that kills and races can be played through.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::marks::claim_in;
use super::*;
use crate::ec2::answers::{Answer, Asked, Form, acting, actions, call};
use crate::iam::pull_permission::PullPermission::{self, PullOnly, ReadOnly, Scoped};
use crate::tags::Tags;

mod bad_days;
mod names;

const ROLE: &str = "worker";

/// The policy of the tests.
const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";

/// What the keys of its marks start with.
const MARKS: &str = "rosa-ecr/pull/";

/// The key of the tag that says that it came from us.
const FROM_US: &str = "rosa-ecr/pull-policy";

/// The role.
#[derive(Clone, Debug, Default, PartialEq)]
struct Role {
    attached: bool,
    tags: Tags,
}

impl Role {
    fn with_policy() -> Self {
        Self { attached: true, ..Self::default() }
    }

    /// As after an attach by us for these owners.
    fn from_us(owners: &[&str]) -> Self {
        let mut role = Self::with_policy();
        role.tags.insert(FROM_US.to_owned(), "attached".to_owned());
        for owner in owners {
            role.mark(owner);
        }
        role
    }

    fn mark(&mut self, owner: &str) {
        let mark = mark(owner);
        let value = mark.value();
        self.tags.insert(mark.key, value);
    }

    fn act(&mut self, form: &Form) -> Answer {
        let action = form["Action"].as_str();
        let mut result = String::new();
        match action {
            "ListAttachedRolePolicies" if self.attached => {
                result =
                    format!("<AttachedPolicies><member><PolicyArn>{POLICY}</PolicyArn></member></AttachedPolicies>");
            }
            "ListAttachedRolePolicies" => {}
            "ListRoleTags" => {
                let tag = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
                result = format!("<Tags>{}</Tags>", self.tags.iter().map(tag).collect::<String>());
            }
            "TagRole" => {
                let tags = (1..).map_while(|n| form.get(&format!("Tags.member.{n}.Key")).map(|key| (n, key)));
                let tags = tags.map(|(n, key)| (key.clone(), form[&format!("Tags.member.{n}.Value")].clone()));
                for (key, value) in tags.collect::<Vec<_>>() {
                    if ![&key, &value].into_iter().all(|text| text.chars().all(is_allowed)) {
                        return Answer::iam_error(400, "InvalidInput");
                    }
                    self.tags.retain(|there, _| !there.eq_ignore_ascii_case(&key));
                    self.tags.insert(key, value);
                }
            }
            "UntagRole" => {
                let gone: Vec<&String> = (1..).map_while(|n| form.get(&format!("TagKeys.member.{n}"))).collect();
                self.tags.retain(|key, _| !gone.iter().any(|gone| gone.eq_ignore_ascii_case(key)));
            }
            "AttachRolePolicy" => self.attached = true,
            "DetachRolePolicy" if self.attached => self.attached = false,
            "DetachRolePolicy" => return Answer::iam_error(404, "NoSuchEntity"),
            other => panic!("{other} was not expected"),
        }
        Answer::ok(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
    }
}

/// Of what tags of IAM are made, besides the letters of other alphabets.
fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c)
}

fn mark(owner: &str) -> Mark {
    Mark::of(ReadOnly, Some(owner), Source::Role(ROLE))
}

async fn attach(call: &Call<Aws>, role: &str, mark: &Mark) -> Result<(), NotAttached> {
    super::attach(call, role, mark, POLICY).await
}

async fn detach(call: &Call<Aws>, role: &str, mark: &Mark, taken_over: bool) -> Result<Detached, Diagnostics> {
    super::detach(call, role, mark, POLICY, taken_over).await
}

/// An IAM with that role. `before` sees each call, counted from 0, and may change the role or answer in its place.
fn iam(
    role: &Arc<Mutex<Role>>,
    before: impl Fn(usize, &mut Role) -> Option<Answer> + Send + Sync + 'static,
) -> (Call<Aws>, Asked) {
    let (role, calls) = (role.clone(), AtomicUsize::new(0));
    let (aws, asked) = acting(move |form| {
        let mut role = role.lock().expect("no test panics with it");
        let answer = before(calls.fetch_add(1, Ordering::Relaxed), &mut role);
        answer.unwrap_or_else(|| role.act(form))
    });
    (call(aws), asked)
}

fn undisturbed(role: &Arc<Mutex<Role>>) -> Call<Aws> {
    iam(role, |_, _| None).0
}

fn shared(role: Role) -> Arc<Mutex<Role>> {
    Arc::new(Mutex::new(role))
}

fn now(role: &Arc<Mutex<Role>>) -> Role {
    role.lock().expect("no test panics with it").clone()
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_counts_as_there_before() {
    let role = shared(Role::from_us(&["dev", "prod"]));
    assert_eq!(leave(&undisturbed(&role), ROLE, &mark("dev")).await, Ok(Detached::Now));
    detach(&undisturbed(&role), ROLE, &mark("prod"), false).await.expect("released");
    assert_eq!(now(&role), Role::with_policy(), "the last one does not take it away");

    let mut taken = Role::from_us(&[]);
    let theirs = mark("dev").claiming(Some("theirs"));
    taken.tags.insert(theirs.key.clone(), theirs.value());
    let role = shared(taken.clone());
    let left = leave(&undisturbed(&role), ROLE, &mark("dev").claiming(Some("mine"))).await;
    assert_eq!((left, now(&role)), (Ok(Detached::Taken), taken));
}

#[tokio::test(start_paused = true)]
async fn the_mark_comes_before_the_policy() {
    let role = shared(Role::default());
    let (call, asked) = iam(&role, |_, _| None);
    attach(&call, ROLE, &mark("dev")).await.expect("attached");
    assert_eq!(now(&role), Role::from_us(&["dev"]));
    let writes: Vec<String> = actions(&asked).into_iter().filter(|action| !action.starts_with("List")).collect();
    assert_eq!(writes, ["TagRole", "AttachRolePolicy"]);
}

#[tokio::test(start_paused = true)]
async fn a_second_cluster_only_marks() {
    let role = shared(Role::from_us(&["dev"]));
    let (call, asked) = iam(&role, |_, _| None);
    attach(&call, ROLE, &mark("prod")).await.expect("attached");
    assert_eq!(now(&role), Role::from_us(&["dev", "prod"]));
    assert!(!actions(&asked).contains(&"AttachRolePolicy".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_last_one_takes_the_policy_away() {
    let role = shared(Role::from_us(&["dev", "prod"]));
    detach(&undisturbed(&role), ROLE, &mark("dev"), false).await.expect("released");
    assert_eq!(now(&role), Role::from_us(&["prod"]), "the other cluster still pulls");
    detach(&undisturbed(&role), ROLE, &mark("prod"), false).await.expect("released");
    assert_eq!(now(&role), Role::default());
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_taken_over_goes_with_the_last_one() {
    let role = shared(Role::with_policy());
    detach(&undisturbed(&role), ROLE, &mark("dev"), true).await.expect("released");
    assert_eq!(now(&role), Role::default());

    let role = shared(Role::with_policy());
    attach(&undisturbed(&role), ROLE, &mark("prod")).await.expect("attached");
    detach(&undisturbed(&role), ROLE, &mark("dev"), true).await.expect("released");
    assert_eq!(now(&role), Role::from_us(&["prod"]), "the other one still pulls, and takes it away when it goes");
    detach(&undisturbed(&role), ROLE, &mark("prod"), false).await.expect("released");
    assert_eq!(now(&role), Role::default());
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_there_before_stays() {
    let role = shared(Role::with_policy());
    attach(&undisturbed(&role), ROLE, &mark("dev")).await.expect("attached");
    assert!(!now(&role).tags.contains_key(FROM_US));
    detach(&undisturbed(&role), ROLE, &mark("dev"), false).await.expect("released");
    assert_eq!(now(&role), Role::with_policy());
}
