//! Resources that get another provider configuration.

use std::sync::Arc;

use rosa_ecr_engine::{Action, Declare as _, Error, Options, Stack};

use crate::convergence::run_and_die;
use crate::fake::{KillableBackend, Thing, Things, World, provide, stack, world};

/// Two accounts, and where the state is kept.
struct Accounts {
    one: (i64, Arc<World>),
    two: (i64, Arc<World>),
    backend: KillableBackend,
}

impl Accounts {
    fn new() -> Self {
        let (one, two) = (world(), world());
        let backend = KillableBackend::new(&one);
        // No id of one account is one of the other.
        two.1.inner().next = 100;
        Self { one, two, backend }
    }

    /// A program that has both, and `a` of that name in one of them.
    fn with(&self, name: &str, is_moved: bool, options: Options) -> Stack {
        let mut stack = stack(&self.one, &self.backend);
        let two = provide(&mut stack, &self.two, "fake.two", Things::builder().world(self.two.0).build());
        let options = if is_moved { options.provider(&two) } else { options };
        let a = Thing::builder().name(name).build().declare_with(&mut stack, "a", options).expect("it can be declared");
        Thing::builder().name("b").link(a.id).build().declare(&mut stack, "b").expect("it can be declared");
        stack
    }

    /// The same after a first run in account one.
    async fn after(options: Options) -> Self {
        let accounts = Self::new();
        accounts.with("a", false, options).up().await.expect("it works");
        accounts.one.1.log();
        accounts
    }

    fn names(&self) -> [Vec<String>; 2] {
        [&self.one, &self.two].map(|account| {
            let mut names = account.1.names();
            names.sort();
            names
        })
    }
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

#[tokio::test]
async fn another_provider_makes_another_object() {
    let accounts = Accounts::after(Options::new()).await;
    let stack = accounts.with("a", true, Options::new());
    let plan = stack.preview().await.expect("it can be planned");
    let step = &plan.steps[0];
    assert_eq!((step.resource.as_str(), step.action), ("a", Action::DeleteThenCreate), "it may be one account");
    let change = &step.changes[0];
    assert_eq!((change.attribute.as_str(), change.replaces), ("provider", true));
    assert_eq!((&change.before, &change.after), (&"fake".into(), &"fake.two".into()));
    stack.up().await.expect("it works");
    assert_eq!((accounts.one.1.log(), accounts.two.1.log()), (names(["delete a", "update b"]), names(["create a"])));
    assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());
    stack.destroy().await.expect("it works");
    assert_eq!(accounts.names(), [[""; 0], [""; 0]]);
}

#[tokio::test]
async fn what_others_have_in_the_other_account_is_left_alone() {
    let accounts = Accounts::after(Options::new()).await;
    accounts.two.1.add("a");
    let stack = accounts.with("a", true, Options::new());
    let error = stack.up().await.expect_err("a exists there");
    assert!(matches!(&error, Error::Collision { resource, .. } if resource == "a"), "{error:?}");
    stack.destroy().await.expect("it works");
    assert!(accounts.two.1.log().iter().all(|write| write == "create a"), "nothing but the refused create");
    assert_eq!(accounts.names(), [vec![], names(["a"])]);
}

#[tokio::test]
async fn objects_that_are_known_to_be_two_are_made_first() {
    let accounts = Accounts::after(Options::new()).await;
    let stack = accounts.with("a2", true, Options::new());
    accounts.two.1.refuse(Some("a2"));
    stack.up().await.expect_err("it is refused");
    assert_eq!(accounts.names(), [names(["a", "b"]), vec![]]);
    accounts.two.1.refuse(None);
    accounts.one.1.refuse(Some("a"));
    stack.up().await.expect_err("the delete is refused");
    accounts.one.1.refuse(None);
    accounts.one.1.log();
    stack.up().await.expect("it works");
    assert_eq!(accounts.one.1.log(), ["delete a"], "through the provider that has it");
    assert_eq!(accounts.names(), [names(["b"]), names(["a2"])]);
}

#[tokio::test]
async fn the_state_is_read_and_deleted_through_its_own_provider() {
    let accounts = Accounts::after(Options::new()).await;
    let stack = accounts.with("a", true, Options::new());
    accounts.one.1.change("a", |thing| thing.size = 9);
    let refreshed = stack.refresh().await.expect("it works");
    assert_eq!(refreshed.drifted, ["a"]);
    accounts.one.1.lose("a");
    let plan = stack.preview().refresh(true).await.expect("it can be planned");
    assert_eq!(plan.steps[0].action, Action::Create, "there is nothing left to delete");

    let accounts = Accounts::after(Options::new()).await;
    accounts.two.1.add("a");
    accounts.with("a", true, Options::new()).destroy().await.expect("it works");
    assert_eq!(accounts.names(), [vec![], names(["a"])], "a destroy deletes what the state has");
}

#[tokio::test]
async fn a_provider_that_the_program_no_longer_has_is_asked_for() {
    let accounts = Accounts::new();
    let named = |name: &str, account: &(i64, Arc<World>)| {
        let mut stack = stack(&accounts.one, &accounts.backend);
        let provider = provide(&mut stack, account, name, Things::builder().world(account.0).build());
        let options = Options::new().provider(&provider);
        Thing::builder().name("a").build().declare_with(&mut stack, "a", options).expect("it can be declared");
        stack
    };
    named("fake.one", &accounts.one).up().await.expect("it works");
    let error = named("fake.two", &accounts.two).up().await.expect_err("who would delete the old one?").to_string();
    assert!(error.contains("provider \"fake.one\" is not in the program"), "{error}");
    assert!(error.contains("Make it known with"), "{error}");
    assert!(accounts.two.1.log().is_empty());
}

#[tokio::test]
async fn options_hold_for_what_is_moved() {
    let accounts = Accounts::after(Options::new().protect()).await;
    let error = accounts.with("a", true, Options::new().protect()).up().await.expect_err("it is protected");
    assert!(matches!(&error, Error::Protected { .. }) && error.to_string().contains("because of provider"), "{error}");
    assert_eq!(accounts.names(), [names(["a", "b"]), vec![]]);

    let accounts = Accounts::after(Options::new()).await;
    let stack = accounts.with("a", true, Options::new().retain());
    stack.up().await.expect("it works");
    assert_eq!(accounts.names(), [names(["a", "b"]), names(["a"])], "the old one is only forgotten");
    assert!(stack.preview().await.expect("it can be planned").is_empty());
}

#[tokio::test]
async fn what_is_moved_and_renamed_is_one_resource() {
    let accounts = Accounts::after(Options::new()).await;
    let mut renamed = stack(&accounts.one, &accounts.backend);
    let two = provide(&mut renamed, &accounts.two, "fake.two", Things::builder().world(accounts.two.0).build());
    let options = Options::new().provider(&two).aliases(["a"]);
    Thing::builder().name("a").build().declare_with(&mut renamed, "new", options).expect("it can be declared");
    Thing::builder().name("b").build().declare(&mut renamed, "b").expect("it can be declared");
    let plan = renamed.preview().await.expect("it can be planned");
    let step = plan.steps.iter().find(|step| step.resource == "new").expect("it is planned");
    assert_eq!((step.action, step.renamed_from.as_deref()), (Action::DeleteThenCreate, Some("a")));
    renamed.up().target("b").await.expect("it works");
    assert_eq!(accounts.names(), [names(["a", "b"]), vec![]], "the run was not about it");
    renamed.up().await.expect("it works");
    assert_eq!(accounts.names(), [names(["b"]), names(["a"])]);
}

#[tokio::test]
async fn a_move_survives_a_process_that_dies() {
    for name in ["a", "a2"] {
        for steps in 1.. {
            let accounts = Accounts::after(Options::new()).await;
            accounts.one.1.kill_after(Some(steps));
            let stack = accounts.with(name, true, Options::new());
            let died = run_and_die(&accounts.one.1, stack.up().into_future()).await;
            accounts.one.1.kill_after(None);
            stack.up().await.unwrap_or_else(|error| panic!("after {steps} steps: {error}"));
            assert_eq!(accounts.names(), [names(["b"]), names([name])], "after {steps} steps");
            assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());
            if !died {
                assert!(steps > 6, "the run has more steps than {steps}");
                break;
            }
        }
    }
}
