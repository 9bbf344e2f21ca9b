//! Kills, quotas, and others at work on the same role.

use super::*;

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
