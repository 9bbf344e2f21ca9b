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

#[test]
fn marks_fit_and_differ() {
    let owner = Some("dev");
    assert_eq!(Mark::of(ReadOnly, owner, Source::Role("worker")).key, "rosa-ecr/pull/dev");
    assert_eq!(Mark::of(ReadOnly, None, Source::Role("worker")).key, "rosa-ecr/pull/standalone");
    let profile = |name| Mark::of(ReadOnly, owner, Source::InstanceProfile(name));
    assert_ne!(profile("pool-a").key, profile("pool-b").key, "two pools of a cluster may share a role");
    assert_eq!(profile("pool-a").value(), "instance-profile/pool-a");
    let long = "C".repeat(100);
    for permission in PullPermission::ALL {
        let mark = Mark::of(permission, Some(&long), Source::InstanceProfile(&"p".repeat(128)));
        assert!(mark.key.len() <= 128 && mark.policy_name().len() <= 128, "{mark:?}");
    }
}

#[test]
fn a_mark_tells_which_permission_it_is_for() {
    let keys = |permission| Mark::of(permission, Some("dev"), Source::Role(ROLE)).key;
    assert_eq!(
        [ReadOnly, PullOnly, Scoped].map(keys),
        ["rosa-ecr/pull/dev", "rosa-ecr/pull-only/dev", "rosa-ecr/scoped/dev"]
    );
    let pull_only = Mark::of(PullOnly, Some("dev"), Source::Role(ROLE));
    let tags: Tags = [(pull_only.key.clone(), pull_only.value())].into();
    let found = ObservedRole { attached: BTreeSet::from([ReadOnly, PullOnly]), tags };
    assert!(found.carries(&pull_only) && !found.carries(&mark("dev")));
    assert!(!found.is_needed_besides(&mark("dev")), "a mark for another permission needs another policy");
    assert_eq!(found.marks(), [(PullOnly, Some("dev".to_owned()), "role/worker".to_owned())]);
}

#[test]
fn each_owner_has_an_inline_policy_of_its_own() {
    let name = |owner: &str, source| Mark::of(Scoped, Some(owner), source).policy_name();
    let names = BTreeSet::from([
        name("dev", Source::Role(ROLE)),
        name("Dev", Source::Role(ROLE)),
        name("dev", Source::InstanceProfile("pool")),
        name("dev/app", Source::Role(ROLE)),
        name("dev-app", Source::Role(ROLE)),
        name("dev:app", Source::Role(ROLE)),
    ]);
    assert_eq!(names.iter().map(|name| name.to_lowercase()).collect::<BTreeSet<_>>().len(), 6, "{names:?}");
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    assert!(names.iter().all(|name| name.chars().all(allowed)), "{names:?}");
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

#[test]
fn marks_are_made_of_what_iam_allows_and_read_back() {
    for source in [Source::Role("a,b+c=d.e@f_g-h"), Source::InstanceProfile("a,b")] {
        for owner in ["dev", "Dev", "+=.@_-/:"] {
            let mark = Mark::of(ReadOnly, Some(owner), source);
            assert!(mark.key.chars().chain(mark.value().chars()).all(is_allowed), "{mark:?}");
            let tags: Tags = [(mark.key.clone(), mark.value())].into();
            let found = ObservedRole { attached: BTreeSet::from([ReadOnly]), tags };
            let whose = found.marks();
            // A hash hides what is in it.
            let is_hidden = owner == "Dev" && matches!(source, Source::InstanceProfile(_));
            assert_eq!(whose.len(), usize::from(!is_hidden), "{mark:?}");
            for (permission, of, named) in whose {
                let again = Mark::of(permission, of.as_deref(), source);
                assert_eq!((again.key, named), (mark.key.clone(), source.to_string()), "an owner that means the same");
            }
            assert_eq!(found.sources_of(owner).collect::<Vec<_>>(), [(source.to_string(), ReadOnly)]);
        }
    }
}

#[test]
fn owners_that_differ_in_case_only_have_marks_of_their_own() {
    let long = ["c".repeat(99) + "C", "C".repeat(100)];
    for source in [Source::Role("worker"), Source::InstanceProfile("pool")] {
        let owners = ["dev", "Dev", "DEV"].into_iter().chain(long.iter().map(String::as_str));
        let keys: Vec<String> = owners.map(|owner| Mark::of(ReadOnly, Some(owner), source).key).collect();
        assert!(keys.iter().all(|key| *key == key.to_lowercase() && key.len() <= 128), "{keys:?}");
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), keys.len(), "{keys:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_mark_of_an_earlier_version_counts_and_goes() {
    let mut earlier = Role::from_us(&[]);
    earlier.tags.insert(format!("{MARKS}Dev"), "role/worker".to_owned());
    let role = shared(earlier);
    let found = look(&undisturbed(&role), ROLE).await.expect("readable").expect("there");
    assert!(found.serves(&mark("Dev")) && found.is_needed_besides(&mark("dev")));
    assert_eq!(found.sources_of("Dev").collect::<Vec<_>>(), [("role/worker".to_owned(), ReadOnly)]);

    // IAM takes the key of the one who comes for the same.
    attach(&undisturbed(&role), ROLE, &mark("dev")).await.expect("attached");
    assert_eq!(now(&role), Role::from_us(&["dev", "Dev"]), "the earlier mark is not lost");
    detach(&undisturbed(&role), ROLE, &mark("Dev"), false).await.expect("released");
    assert_eq!(now(&role), Role::from_us(&["dev"]), "and goes alone");

    let mut earlier = Role::from_us(&[]);
    earlier.tags.insert(format!("{MARKS}Dev"), "role/worker".to_owned());
    let role = shared(earlier);
    detach(&undisturbed(&role), ROLE, &mark("Dev"), false).await.expect("released");
    assert_eq!(now(&role), Role::default());
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

/// Every call from the n-th on fails, as after a kill.
fn killed_at(role: &Arc<Mutex<Role>>, n: usize) -> Call<Aws> {
    iam(role, move |call, _| (call >= n).then(|| Answer::iam_error(403, "AccessDenied"))).0
}

#[tokio::test(start_paused = true)]
async fn an_attach_that_was_killed_anywhere_converges() {
    for (before, after) in
        [(Role::default(), Role::from_us(&["dev"])), (Role::from_us(&["prod"]), Role::from_us(&["dev", "prod"]))]
    {
        for n in 0.. {
            let role = shared(before.clone());
            let was_killed = attach(&killed_at(&role, n), ROLE, &mark("dev")).await.is_err();
            attach(&undisturbed(&role), ROLE, &mark("dev")).await.expect("attached");
            assert_eq!(now(&role), after, "killed at call {n}");
            if !was_killed {
                assert!(n > 2, "the kills hit something");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_detach_that_was_killed_anywhere_converges() {
    let mut before_us = Role::with_policy();
    before_us.mark("dev");
    for (before, after) in [
        (Role::from_us(&["dev"]), Role::default()),
        (Role::from_us(&["dev", "prod"]), Role::from_us(&["prod"])),
        (before_us, Role::with_policy()),
    ] {
        for n in 0.. {
            let role = shared(before.clone());
            let was_killed = detach(&killed_at(&role, n), ROLE, &mark("dev"), false).await.is_err();
            detach(&undisturbed(&role), ROLE, &mark("dev"), false).await.expect("released");
            assert_eq!(now(&role), after, "killed at call {n}");
            if !was_killed {
                assert!(n > 2, "the kills hit something");
                break;
            }
        }
    }
}

/// The steps of another cluster's attach, each of which may come at any time: look, tag, attach, look again and repair.
#[derive(Default)]
struct Other {
    steps: usize,
    saw_policy: bool,
}

impl Other {
    fn step(&mut self, role: &mut Role) {
        match self.steps {
            0 => self.saw_policy = role.attached,
            1 if self.saw_policy => role.mark("prod"),
            1 => role.tags.extend(Role::from_us(&["prod"]).tags),
            2 if self.saw_policy => {}
            2 => role.attached = true,
            _ => {
                let from_us = !self.saw_policy || !role.attached;
                role.attached = true;
                role.mark("prod");
                if from_us {
                    role.tags.extend(Role::from_us(&["prod"]).tags);
                }
            }
        }
        self.steps += 1;
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_arrives_while_the_last_one_leaves_can_pull() {
    // An undisturbed detach makes nine calls.
    const CALLS: usize = 11;
    let times = (0..CALLS).flat_map(|a| {
        (a..CALLS).flat_map(move |b| (b..CALLS).flat_map(move |c| (c..CALLS).map(move |d| [a, b, c, d])))
    });
    for times in times {
        let role = shared(Role::from_us(&["dev"]));
        let other = Arc::new(Mutex::new(Other::default()));
        let arriving = other.clone();
        let (call, asked) = iam(&role, move |n, role| {
            let mut other = arriving.lock().expect("no test panics with it");
            while times.get(other.steps).is_some_and(|time| *time <= n) {
                other.step(role);
            }
            None
        });
        detach(&call, ROLE, &mark("dev"), false).await.expect("released");
        assert!(asked.lock().expect("no test panics with it").len() < 2 * CALLS, "it comes to an end");
        let mut other = other.lock().expect("no test panics with it");
        let mut role = role.lock().expect("no test panics with it");
        while other.steps < times.len() {
            other.step(&mut role);
        }
        assert_eq!(*role, Role::from_us(&["prod"]), "steps before calls {times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_gone_needs_no_detach() {
    let (aws, _) = acting(|_| Answer::iam_error(404, "NoSuchEntity"));
    detach(&call(aws), ROLE, &mark("dev"), false).await.expect("nothing is left to do");
}

#[tokio::test(start_paused = true)]
async fn a_fresh_role_may_be_unknown_for_a_while() {
    let role = shared(Role::default());
    let known = Instant::now() + Duration::from_secs(25);
    let (known_later, _) =
        iam(&role, move |_, _| (Instant::now() < known).then(|| Answer::iam_error(404, "NoSuchEntity")));
    attach(&known_later, ROLE, &mark("dev")).await.expect("attached");
    assert_eq!(now(&role), Role::from_us(&["dev"]));

    let (aws, _) = acting(|_| Answer::iam_error(404, "NoSuchEntity"));
    let error = attach(&call(aws), ROLE, &mark("dev")).await.expect_err("there is none");
    assert!(!error.wrote);
    assert!(Instant::now() < known + Duration::from_secs(60), "it comes to an end");
    assert!(error.diagnostics.to_string().contains("There is no role worker (role_name)"), "{}", error.diagnostics);
}

#[tokio::test(start_paused = true)]
async fn another_write_under_way_is_waited_for() {
    let role = shared(Role::default());
    let (busy, _) = iam(&role, |n, _| (n == 2).then(|| Answer::iam_error(409, "ConcurrentModification")));
    attach(&busy, ROLE, &mark("dev")).await.expect("attached");
    let (busy, _) = iam(&role, |n, _| (n == 2 || n == 6).then(|| Answer::iam_error(409, "ConcurrentModification")));
    detach(&busy, ROLE, &mark("dev"), false).await.expect("released");
    assert_eq!(now(&role), Role::default());
}

#[tokio::test(start_paused = true)]
async fn quotas_say_what_to_do() {
    for (n, way_out) in [(2, "Remove tags of the role"), (3, "Detach a policy that the role no longer needs")] {
        let role = shared(Role::default());
        let (full, _) = iam(&role, move |call, _| (call == n).then(|| Answer::iam_error(409, "LimitExceeded")));
        let error = attach(&full, ROLE, &mark("dev")).await.expect_err("no room");
        assert!(error.diagnostics.to_string().contains(way_out), "{}", error.diagnostics);
    }
}

#[tokio::test(start_paused = true)]
async fn someone_who_always_takes_it_away_is_pointed_at() {
    let role = shared(Role::default());
    let (contested, _) = iam(&role, |_, role| {
        role.attached = false;
        None
    });
    let error = attach(&contested, ROLE, &mark("dev")).await.expect_err("it does not stay");
    assert!(error.wrote, "a delete has something to clean up");
    assert!(error.diagnostics.to_string().contains("CloudTrail"), "{}", error.diagnostics);
}

#[tokio::test(start_paused = true)]
async fn of_two_that_claim_a_mark_at_once_the_last_one_has_it() {
    let mine = mark("dev").claiming(Some("mine"));
    for n in 0..6 {
        let role = shared(Role::default());
        let (call, asked) = iam(&role, move |call, role| {
            if call == n {
                let theirs = mark("dev").claiming(Some("theirs"));
                role.tags.insert(theirs.key.clone(), theirs.value());
            }
            None
        });
        attach(&call, ROLE, &mine).await.expect("attached");
        let writes = actions(&asked).iter().filter(|action| *action == "TagRole").count();
        assert!(writes <= 2, "{writes} writes after one before call {n}");
        let role = now(&role);
        let claim = claim_in(&role.tags[&mine.key]).map(str::to_owned);
        // A look and its answer are calls 0 and 1, and the tag is the third.
        assert_eq!(claim.as_deref(), Some(if n < 3 { "mine" } else { "theirs" }), "before call {n}");
        assert!(role.attached && role.tags.contains_key(FROM_US));
    }
}

#[tokio::test(start_paused = true)]
async fn a_detach_leaves_the_policy_to_who_claims_the_mark_meanwhile() {
    for n in 2..8 {
        let mine = mark("dev").claiming(Some("mine"));
        let mut before = Role::from_us(&[]);
        before.tags.insert(mine.key.clone(), mine.value());
        let role = shared(before);
        let theirs = mark("dev").claiming(Some("theirs"));
        let (call, asked) = iam(&role, move |call, role| {
            // They come between two calls, and look again after every one from then on.
            if call >= n {
                role.tags.extend(Role::from_us(&[]).tags);
                role.tags.insert(theirs.key.clone(), theirs.value());
                role.attached = true;
            }
            None
        });
        detach(&call, ROLE, &mine, false).await.expect("released");
        assert!(actions(&asked).len() < 20, "it ends before call {n}");
        let role = now(&role);
        assert!(role.attached, "before call {n}");
    }
}

#[tokio::test(start_paused = true)]
async fn marks_that_others_removed_show() {
    let mark = mark("dev");
    let serves = |role: Role| async move {
        let role = shared(role);
        look(&undisturbed(&role), ROLE).await.expect("readable").expect("there")
    };
    assert!(serves(Role::from_us(&["dev"])).await.serves(&mark));
    assert!(serves(Role::with_policy()).await.serves(&mark), "nobody of us takes it away");
    assert!(!serves(Role::from_us(&["prod"])).await.serves(&mark), "prod would take it away");
    assert!(!serves(Role::default()).await.serves(&mark));
}
