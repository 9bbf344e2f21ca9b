//! Tests on an IAM that has at most one role and does what it is asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rosa_ecr_model::{Value, kind};
use tokio::time::Instant;

use super::*;
use crate::ec2::answers::{Answer, Asked, Form, acting, actions, call};

mod arguments;

const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc";
const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/dev-registry";

#[derive(Clone, Debug, Default, PartialEq)]
struct Role {
    exists: bool,
    trust: String,
    push: Option<String>,
    description: String,
    seconds: String,
    boundary: Option<String>,
    tags: Tags,
}

impl Role {
    fn act(&mut self, form: &Form) -> Answer {
        let action = form["Action"].as_str();
        let field = |name: &str| form.get(name).cloned();
        let mut result = String::new();
        match action {
            "CreateRole" if self.exists => return Answer::iam_error(409, "EntityAlreadyExists"),
            "CreateRole" => {
                *self = Self {
                    exists: true,
                    trust: form["AssumeRolePolicyDocument"].clone(),
                    push: None,
                    description: form["Description"].clone(),
                    seconds: form["MaxSessionDuration"].clone(),
                    boundary: field("PermissionsBoundary"),
                    tags: tags_in(form),
                };
                result = self.described();
            }
            "GetCallerIdentity" => {
                result = "<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/me</Arn>".to_owned();
            }
            _ if !self.exists => return Answer::iam_error(404, "NoSuchEntity"),
            "GetRole" => result = self.described(),
            "GetRolePolicy" => match &self.push {
                None => return Answer::iam_error(404, "NoSuchEntity"),
                Some(policy) => {
                    result = format!(
                        "<RoleName>r</RoleName><PolicyName>p</PolicyName><PolicyDocument>{}</PolicyDocument>",
                        encoded(policy)
                    );
                }
            },
            "PutRolePolicy" => self.push = field("PolicyDocument"),
            "UpdateAssumeRolePolicy" => self.trust = form["PolicyDocument"].clone(),
            "UpdateRole" => {
                (self.description, self.seconds) = (form["Description"].clone(), form["MaxSessionDuration"].clone());
            }
            "PutRolePermissionsBoundary" => self.boundary = field("PermissionsBoundary"),
            "DeleteRolePermissionsBoundary" => self.boundary = None,
            "TagRole" => self.tags.extend(tags_in(form)),
            "UntagRole" => {
                self.tags.remove(&form["TagKeys.member.1"]);
            }
            "DeleteRolePolicy" => self.push = None,
            "DeleteRole" => self.exists = false,
            other => panic!("{other} was not expected"),
        }
        Answer::ok(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
    }

    fn described(&self) -> String {
        let tag = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
        let boundary = self.boundary.as_ref().map_or(String::new(), |arn| {
            format!("<PermissionsBoundary><PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn></PermissionsBoundary>")
        });
        format!(
            "<Role><Path>/</Path><RoleName>push</RoleName><RoleId>AROAEXAMPLE</RoleId>\
             <Arn>arn:aws:iam::123456789012:role/push</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument><Description>{}</Description>\
             <MaxSessionDuration>{}</MaxSessionDuration>{boundary}<Tags>{}</Tags></Role>",
            encoded(&self.trust),
            self.description,
            self.seconds,
            self.tags.iter().map(tag).collect::<String>()
        )
    }
}

fn tags_in(form: &Form) -> Tags {
    let tags = (1..).map_while(|n| form.get(&format!("Tags.member.{n}.Key")).map(|key| (n, key)));
    tags.map(|(n, key)| (key.clone(), form[&format!("Tags.member.{n}.Value")].clone())).collect()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// An IAM with that role. `before` sees each call, counted from 0, and may answer in its place.
fn iam(
    role: &Arc<Mutex<Role>>,
    before: impl Fn(usize, &Form) -> Option<Answer> + Send + Sync + 'static,
) -> (Call<Aws>, Asked) {
    let (role, calls) = (role.clone(), Mutex::new(0));
    let (aws, asked) = acting(move |form| {
        let mut calls = calls.lock().expect("no test panics with it");
        *calls += 1;
        let answer = before(*calls - 1, form);
        answer.unwrap_or_else(|| role.lock().expect("no test panics with it").act(form))
    });
    (call(aws), asked)
}

fn undisturbed(role: &Arc<Mutex<Role>>) -> (Call<Aws>, Asked) {
    iam(role, |_, _| None)
}

fn now(role: &Arc<Mutex<Role>>) -> Role {
    role.lock().expect("no test panics with it").clone()
}

fn inputs() -> PushRole {
    PushRole {
        name: Some("push".to_owned()),
        name_prefix: None,
        repository_arns: [REPOSITORY.to_owned()].into(),
        create_repositories: false,
        oidc_provider_arn: Some(PROVIDER.to_owned()),
        service_accounts: ["ci:builder".to_owned()].into(),
        trusted_principals: BTreeSet::new(),
        description: Some("Pushes images from build pipelines; made by rosa-ecr.".to_owned()),
        path: "/".to_owned(),
        permissions_boundary: None,
        force_detach_policies: false,
        max_session_duration: 3600,
        tags: Tags::from([("Team".to_owned(), "a".to_owned())]),
        timeouts: None,
    }
}

fn writes(asked: &Asked) -> Vec<String> {
    actions(asked).into_iter().filter(|action| !action.starts_with("Get") && !action.starts_with("List")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_role_comes_changes_and_goes() {
    let role = Arc::default();
    let (call, asked) = undisturbed(&role);
    let state = PushRole::create(&call, inputs()).await.expect("made");
    assert_eq!(writes(&asked), ["CreateRole", "PutRolePolicy"]);
    assert_eq!(state.inputs, inputs());
    assert_eq!(state.outputs.service_account_annotations["eks.amazonaws.com/role-arn"], state.outputs.arn);
    assert_eq!(now(&role).tags["rosa-ecr/component"], "push-role");
    assert_eq!(PushRole::read(&call, state.clone()).await.expect("readable"), Some(state.clone()));

    let wanted = PushRole {
        service_accounts: ["ci:builder".to_owned(), "ci:deployer".to_owned()].into(),
        permissions_boundary: Some("arn:aws:iam::123456789012:policy/bound".to_owned()),
        max_session_duration: 7200,
        tags: Tags::new(),
        ..inputs()
    };
    let (call, asked) = undisturbed(&role);
    let state = PushRole::update(&call, state, wanted.clone()).await.expect("changed");
    assert_eq!(state.inputs, wanted);
    assert_eq!(writes(&asked), ["UpdateAssumeRolePolicy", "UpdateRole", "PutRolePermissionsBoundary", "UntagRole"]);

    let (call, asked) = undisturbed(&role);
    let tags = Tags::from([("Owner".to_owned(), "b".to_owned())]);
    let state = PushRole::update(&call, state, PushRole { tags, ..wanted.clone() }).await.expect("changed");
    let state = PushRole::update(&call, state, PushRole { tags: inputs().tags, ..wanted }).await.expect("changed");
    assert_eq!(writes(&asked), ["TagRole", "UntagRole", "TagRole"], "what goes makes room for what comes");

    let (call, asked) = undisturbed(&role);
    PushRole::delete(&call, state).await.expect("gone");
    assert_eq!(writes(&asked), ["DeleteRolePolicy", "DeleteRole"]);
    assert!(!now(&role).exists);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_killed_anywhere_converges() {
    let done: Arc<Mutex<Role>> = Arc::default();
    PushRole::create(&undisturbed(&done).0, inputs()).await.expect("made");
    for n in 0.. {
        let role = Arc::default();
        let (killed, _) = iam(&role, move |call, _| (call >= n).then(|| Answer::iam_error(403, "AccessDenied")));
        let was_killed = PushRole::create(&killed, inputs()).await.is_err();
        PushRole::create(&undisturbed(&role).0, inputs()).await.expect("adopted");
        assert_eq!(now(&role), now(&done), "killed at call {n}");
        if !was_killed {
            assert!(n > 1, "the kills hit something");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_strangers_role_is_left_alone() {
    let prod = crate::Owner::of_cluster("prod").tags(COMPONENT);
    for (tags, owner) in [(Tags::new(), "arn:aws:iam::123456789012:role/push"), (prod, "prod")] {
        let of_pods = irsa::trust_policy(PROVIDER, &inputs().service_accounts).expect("a policy");
        for (trust, can_be_imported) in [(of_pods, true), ("{}".to_owned(), false)] {
            let (seconds, tags) = ("3600".to_owned(), tags.clone());
            let role = Role { exists: true, seconds, tags, trust, ..Role::default() };
            let (call, asked) = undisturbed(&Arc::new(Mutex::new(role)));
            let failure = PushRole::create(&call, inputs()).await.expect_err("a stranger's");
            let command = "terraform import rosa_ecr_push_role.<name> push";
            assert_eq!(failure.diagnostics.to_string().contains(command), can_be_imported);
            assert_eq!(failure.diagnostics.iter().find_map(Diagnostic::owner), Some(owner));
            assert!(failure.state.is_none());
            assert_eq!(writes(&asked), ["CreateRole"]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn principals_and_roles_that_iam_does_not_know_yet_are_waited_for() {
    let role = Arc::default();
    let (late, asked) = iam(&role, |n, _| match n {
        0 | 1 => Some(Answer::iam_error(400, "MalformedPolicyDocument")),
        3 => Some(Answer::iam_error(404, "NoSuchEntity")),
        _ => None,
    });
    PushRole::create(&late, inputs()).await.expect("made");
    assert_eq!(writes(&asked), ["CreateRole", "CreateRole", "CreateRole", "PutRolePolicy", "PutRolePolicy"]);
}

#[tokio::test(start_paused = true)]
async fn what_iam_learns_only_after_a_while_is_waited_for() {
    let (role, known) = (Arc::default(), Instant::now() + Duration::from_secs(100));
    let (late, _) = iam(&role, move |_, form| {
        let is_early = form["Action"] == "PutRolePolicy" && Instant::now() < known;
        is_early.then(|| Answer::iam_error(404, "NoSuchEntity"))
    });
    PushRole::create(&late, inputs()).await.expect("made");
    assert!(Instant::now() >= known);
}

#[tokio::test(start_paused = true)]
async fn policies_that_others_changed_show_and_are_repaired() {
    let role: Arc<Mutex<Role>> = Arc::default();
    let (call, _) = undisturbed(&role);
    let state = PushRole::create(&call, inputs()).await.expect("made");
    {
        let mut role = role.lock().expect("no test panics with it");
        role.trust = role.trust.replace("StringEquals", "StringLike");
        role.push = None;
    }
    let there = PushRole::read(&call, state.clone()).await.expect("readable").expect("there");
    assert!(there.outputs.trust_policy.contains("StringLike"));
    assert_eq!(there.outputs.push_policy, None);
    let repaired = PushRole::update(&call, there, inputs()).await.expect("repaired");
    assert_eq!(repaired, state);

    let another = irsa::trust_policy(PROVIDER, &["evil:pod".to_owned()].into()).expect("a policy");
    role.lock().expect("no test panics with it").trust = another;
    let there = PushRole::read(&call, state).await.expect("readable").expect("there");
    assert_eq!(there.inputs.service_accounts, ["evil:pod".to_owned()].into());
}

#[tokio::test(start_paused = true)]
async fn an_import_reads_what_a_create_has_written() {
    let role = Arc::default();
    let (call, asked) = undisturbed(&role);
    let state = PushRole::create(&call, inputs()).await.expect("made");
    let before = writes(&asked);
    assert_eq!(PushRole::import(&call, "push").await.expect("imported"), state);
    assert_eq!(writes(&asked), before, "an import writes nothing");
    let by_arn = PushRole::import(&call, "arn:aws:iam::123456789012:role/ci/push").await.expect("imported");
    assert_eq!(by_arn, state, "the path is no part of the name");
    let elsewhere = PushRole::import(&call, "arn:aws:iam::210987654321:role/push").await.expect_err("another account");
    assert!(elsewhere.to_string().contains("in the account 210987654321"), "{elsewhere}");
    let policy = PushRole::import(&call, "arn:aws:iam::123456789012:policy/push").await.expect_err("no role");
    assert!(policy.to_string().contains("not the ARN of an IAM role"), "{policy}");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_way_of_a_delete_is_named() {
    let role = Arc::default();
    let state = PushRole::create(&undisturbed(&role).0, inputs()).await.expect("made");
    let (used, _) = iam(&role, |_, form| match form["Action"].as_str() {
        "DeleteRole" => Some(Answer::iam_error(409, "DeleteConflict")),
        "ListAttachedRolePolicies" => Some(Answer::ok(
            "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies><member>\
             <PolicyArn>arn:x</PolicyArn></member></AttachedPolicies></ListAttachedRolePoliciesResult>\
             </ListAttachedRolePoliciesResponse>",
        )),
        "ListRolePolicies" => Some(Answer::ok(
            "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>extra</member></PolicyNames>\
             </ListRolePoliciesResult></ListRolePoliciesResponse>",
        )),
        "ListInstanceProfilesForRole" => Some(Answer::iam_error(403, "AccessDenied")),
        _ => None,
    });
    let failure = PushRole::delete(&used, state).await.expect_err("in use");
    let told = failure.diagnostics.to_string();
    assert!(told.contains("the policy arn:x, the inline policy extra"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn what_iam_still_does_with_the_role_is_waited_for() {
    let role = Arc::default();
    let state = PushRole::create(&undisturbed(&role).0, inputs()).await.expect("made");
    let free = Instant::now() + Duration::from_secs(60);
    let (late, asked) = iam(&role, move |_, form| {
        let is_early = form["Action"] == "DeleteRole" && Instant::now() < free;
        is_early.then(|| Answer::iam_error(409, "DeleteConflict"))
    });
    PushRole::delete(&late, state).await.expect("the deleted policy is in the way no longer");
    assert!(!now(&role).exists);
    let looked = actions(&asked).iter().any(|action| action.starts_with("List"));
    assert!(!looked, "nobody looks for other users before the refusal has lasted");
}

#[tokio::test(start_paused = true)]
async fn another_change_under_way_is_waited_for() {
    let role = Arc::default();
    let busy = || {
        let seen = Mutex::new(BTreeSet::new());
        iam(&role, move |_, form| {
            let is_write = !form["Action"].starts_with("Get");
            let is_first = seen.lock().expect("no test panics with it").insert(form["Action"].clone());
            (is_write && is_first).then(|| Answer::iam_error(409, "ConcurrentModification"))
        })
    };
    let state = PushRole::create(&busy().0, inputs()).await.expect("made");
    let boundary = Some("arn:aws:iam::123456789012:policy/bound".to_owned());
    let tags = Tags::from([("Owner".to_owned(), "b".to_owned())]);
    let accounts = ["ci:deployer".to_owned()].into();
    let changed = PushRole {
        service_accounts: accounts,
        permissions_boundary: boundary,
        max_session_duration: 7200,
        tags,
        ..inputs()
    };
    let (call, asked) = busy();
    let state = PushRole::update(&call, state, changed.clone()).await.expect("changed");
    assert_eq!(state.inputs, changed);
    assert_eq!(writes(&asked).len(), 2 * 5, "each of them twice: {:?}", writes(&asked));
    let state = PushRole::update(&busy().0, state, inputs()).await.expect("changed");
    PushRole::delete(&busy().0, state).await.expect("gone");
    assert!(!now(&role).exists);
}

#[test]
fn a_plan_knows_arn_and_policies_in_every_partition() {
    for partition in ["aws", "aws-us-gov", "aws-cn"] {
        let facts = PushRoleFacts {
            account: Some("123456789012".to_owned()),
            partition: Some(partition),
            tags: Some(TagPolicy::default()),
            ..PushRoleFacts::default()
        };
        use rosa_ecr_model::Attributes as _;
        let inputs = PushRole { path: "/ci/".to_owned(), ..inputs() }.to_partial();
        let mut change = Change { prior: None, inputs, outputs: Default::default(), replace: Vec::new() };
        PushRole::plan(&facts, &mut change, &mut Diagnostics::new());
        let arn = format!("arn:{partition}:iam::123456789012:role/ci/push");
        assert_eq!(change.outputs.arn, Known::Now(arn.clone()));
        assert_eq!(change.outputs.service_account_annotations, Known::Now(annotations(arn)));
        assert!(change.outputs.trust_policy.is_now() && change.outputs.push_policy.is_now());
    }
}

fn texts_of(text: &str) -> Value {
    Value::set([text.into()])
}

#[test]
fn bad_inputs_have_a_way_out() {
    let config = |name: &'static str, value: Value| {
        let texts = |text: &str| Value::set([Value::from(text)]);
        let all = [
            ("name", Value::from("push")),
            ("repository_arns", texts(REPOSITORY)),
            ("oidc_provider_arn", PROVIDER.into()),
            ("service_accounts", texts("ci:builder")),
        ];
        let mut all = std::collections::BTreeMap::from(all);
        all.insert(name, value);
        kind::<PushRole>().validate(&Value::map(all)).to_string()
    };
    assert_eq!(config("path", "/ci/".into()), "");
    for (name, value, told) in [
        ("path", "ci".into(), "Write it as \"/ci/\""),
        ("service_accounts", Value::set(["ci:*".into()]), "wildcard"),
        ("service_accounts", Value::set([]), "service_accounts"),
        ("oidc_provider_arn", "https://rh-oidc.example.com/abc".into(), "oidc-provider/rh-oidc.example.com/abc"),
        ("repository_arns", Value::set(["dev-registry".into()]), "ARN of a repository"),
        ("max_session_duration", 60.into(), "3600"),
        ("permissions_boundary", "bound".into(), "ARN of a policy"),
        (
            "repository_arns",
            texts_of("arn:aws:ecr:us-east-1:123456789012:repository/a/*"),
            "set create_repositories = true",
        ),
        ("oidc_provider_arn", Value::Null, "Set oidc_provider_arn, or remove service_accounts"),
        ("trusted_principals", texts_of("*"), "ARN of a role, a user or an account"),
        ("name", Value::Null, "A role needs a name"),
        ("name_prefix", "other-".into(), "Two names"),
        ("description", "\u{1F600}".into(), "Latin-1"),
    ] {
        let report = config(name, value);
        assert!(report.contains(told), "{name}: {report}");
    }
}
