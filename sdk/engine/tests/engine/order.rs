//! In which order objects are replaced and deleted, when something fails in between, and after a process has died.

use std::sync::Arc;

use rosa_ecr_engine::{Action, Declare as _, Options, Stack};
use rosa_ecr_model::Output;
use rosa_ecr_state::Document;

use crate::convergence::run_and_die;
use crate::fake::{KillableBackend, Thing, World, stack, world};
use crate::parts::{Part, Sticky};

/// A world, where its state is kept, and programs for it.
struct Place {
    world: (i64, Arc<World>),
    backend: KillableBackend,
}

impl Place {
    fn new() -> Self {
        let world = world();
        let backend = KillableBackend::new(&world);
        Self { world, backend }
    }

    /// The same with what the program has brought about.
    async fn after(program: impl Fn(&mut Stack)) -> Self {
        let place = Self::new();
        place.stack(program).up().await.expect("it works");
        place.world.1.log();
        place
    }

    fn stack(&self, program: impl Fn(&mut Stack)) -> Stack {
        let mut stack = stack(&self.world, &self.backend);
        program(&mut stack);
        stack
    }

    fn log(&self) -> Vec<String> {
        self.world.1.log()
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.world.1.names();
        names.sort();
        names
    }

    fn refuse(&self, name: &str) {
        self.world.1.refuse(Some(name));
    }

    /// Lets the program's run fail because of that name.
    async fn fails_at(&self, name: &str, program: impl Fn(&mut Stack)) {
        self.refuse(name);
        self.stack(program).up().await.expect_err("it is refused");
        self.world.1.refuse(None);
        self.log();
    }

    /// Kills the program's run after so many steps. Whether it came to them.
    async fn dies_after(&self, steps: usize, program: impl Fn(&mut Stack)) -> bool {
        self.world.1.kill_after(Some(steps));
        let killed = run_and_die(&self.world.1, self.stack(program).up().into_future()).await;
        self.world.1.kill_after(None);
        self.log();
        killed
    }

    /// Runs the program until nothing is left to do.
    async fn converges(&self, program: impl Fn(&mut Stack)) -> Vec<String> {
        let stack = self.stack(program);
        stack.up().await.expect("it works");
        let log = self.log();
        assert!(stack.preview().refresh(true).await.expect("it can be planned").is_empty());
        let document: Document = stack.store().load().await.expect("it can be read").expect("it was saved");
        assert!(document.deposed.is_empty() && document.pending.is_empty(), "{document:?}");
        log
    }
}

fn thing(stack: &mut Stack, label: &str, name: &str, link: Option<Output<String>>) -> Output<String> {
    let thing = Thing::builder().name(name);
    let thing = match link {
        Some(link) => thing.link(link).build(),
        None => thing.build(),
    };
    thing.declare(stack, label).expect("it can be declared").id
}

/// The same of some material, which is replaced under its name.
fn made_of(stack: &mut Stack, label: &str, material: &str, links: &[&Output<String>]) -> Output<String> {
    let thing = Thing::builder().name(label).material(material);
    let thing = match links {
        [link, ..] => thing.link((*link).clone()).build(),
        [] => thing.build(),
    };
    thing.declare(stack, label).expect("it can be declared").id
}

/// b links to a, which has that name; c stands alone.
fn linked(name: &'static str) -> impl Fn(&mut Stack) {
    move |stack| {
        let a = thing(stack, "a", name, None);
        thing(stack, "b", "b", Some(a));
        thing(stack, "c", "c", None);
    }
}

#[tokio::test]
async fn an_old_object_outlives_its_users_when_an_update_has_failed() {
    let place = Place::after(linked("a")).await;
    place.fails_at("b", linked("a2")).await;
    for _ in 0..2 {
        place.fails_at("b", linked("a2")).await;
        assert_eq!((place.names(), place.world.1.torn()), (["a", "a2", "b", "c"].map(str::to_owned).to_vec(), vec![]));
    }
    assert_eq!(place.converges(linked("a2")).await, ["update b", "delete a"]);
}

#[tokio::test]
async fn an_old_object_outlives_its_users_when_the_process_has_died() {
    for steps in 1.. {
        let place = Place::after(linked("a")).await;
        let died = place.dies_after(steps, linked("a2")).await;
        place.refuse("b");
        // It fails where there still was something to do.
        let _ = place.stack(linked("a2")).up().await;
        place.world.1.refuse(None);
        assert_eq!(place.world.1.torn(), [""; 0], "after {steps} steps");
        place.converges(linked("a2")).await;
        assert_eq!(place.names(), ["a2", "b", "c"], "after {steps} steps");
        if !died {
            assert!(steps > 6, "the run has more steps than {steps}");
            return;
        }
    }
}

#[tokio::test]
async fn an_old_object_goes_after_users_that_go_themselves() {
    let without_b = |stack: &mut Stack| {
        thing(stack, "a", "a2", None);
    };
    let empty = |_: &mut Stack| {};
    for destroyed in [false, true] {
        let place = Place::after(linked("a")).await;
        place.fails_at("b", linked("a2")).await;
        place.refuse("b");
        let (stack, rest) = (place.stack(without_b), place.stack(empty));
        let failed = if destroyed { rest.destroy().await } else { stack.up().await };
        failed.expect_err("b is refused");
        assert!(place.names().contains(&"a".to_owned()) && place.world.1.torn().is_empty());
        place.world.1.refuse(None);
        place.log();
        let done = if destroyed { rest.destroy().await } else { stack.up().await };
        done.expect("it works");
        let log = place.log();
        let at = |write: &str| log.iter().position(|other| other == write);
        assert!(at("delete b").is_some() && at("delete b") < at("delete a"), "{log:?}");
        assert_eq!(place.names().len(), usize::from(!destroyed));
    }
}

#[tokio::test]
async fn what_an_old_object_uses_goes_after_it() {
    let program = |name: &'static str, with_base: bool| {
        move |stack: &mut Stack| {
            let base = with_base.then(|| thing(stack, "base", "base", None));
            let a = thing(stack, "a", name, base);
            thing(stack, "b", "b", Some(a));
        }
    };
    let place = Place::after(program("a", true)).await;
    place.fails_at("b", program("a2", true)).await;
    place.fails_at("a", program("a2", false)).await;
    assert!(place.names().contains(&"base".to_owned()), "the old a uses it");
    assert_eq!(place.converges(program("a2", false)).await, ["delete a", "delete base"]);
}

#[tokio::test]
async fn what_a_new_object_needs_is_made_before_the_old_one_is_deleted() {
    let before = |stack: &mut Stack| {
        made_of(stack, "b", "wood", &[]);
    };
    let with_a = |stack: &mut Stack| {
        let a = thing(stack, "a", "a", None);
        made_of(stack, "b", "glass", &[&a]);
    };
    let place = Place::after(before).await;
    place.fails_at("a", with_a).await;
    assert_eq!(place.names(), ["b"]);
    assert_eq!(place.converges(with_a).await, ["create a", "delete b", "create b"]);

    for steps in 1.. {
        let place = Place::after(before).await;
        let died = place.dies_after(steps, with_a).await;
        assert!(!place.names().is_empty(), "after {steps} steps: b went before a was there");
        place.converges(with_a).await;
        assert_eq!(place.names(), ["a", "b"], "after {steps} steps");
        if !died {
            return;
        }
    }
}

#[tokio::test]
async fn a_cascade_of_deletes_waits_for_all_that_the_new_objects_need() {
    let program = |material: &'static str, with_base: bool| {
        move |stack: &mut Stack| {
            let base = with_base.then(|| thing(stack, "base", "base", None));
            let a = made_of(stack, "a", material, &base.iter().collect::<Vec<_>>());
            made_of(stack, "b", material, &[&a]);
        }
    };
    let place = Place::after(program("wood", false)).await;
    place.fails_at("base", program("glass", true)).await;
    assert_eq!(place.names(), ["a", "b"]);
    let log = place.converges(program("glass", true)).await;
    assert_eq!(log, ["create base", "delete b", "delete a", "create a", "create b"]);
    // What is deleted first itself cannot be there before.
    place.fails_at("a", program("wood", true)).await;
    place.converges(program("wood", true)).await;
    assert_eq!(place.names(), ["a", "b", "base"]);
}

#[tokio::test]
async fn what_needs_no_new_object_lets_go_of_the_old_one_first() {
    let program = |material: &'static str, uses: bool| {
        move |stack: &mut Stack| {
            let b = made_of(stack, "b", material, &[]);
            thing(stack, "d", "d", uses.then_some(b));
        }
    };
    let place = Place::after(program("wood", true)).await;
    place.fails_at("d", program("glass", false)).await;
    assert_eq!(place.names(), ["b", "d"]);
    assert_eq!(place.converges(program("glass", false)).await, ["update d", "delete b", "create b"]);
}

/// b is fixed to a, and d uses b.
fn fixed(material: &'static str) -> impl Fn(&mut Stack) {
    move |stack| {
        let a = Part::builder().name("a").material(material).build().declare(stack, "a").expect("it can be declared");
        let b = Part::builder().name("b").link(a.id).build().declare(stack, "b").expect("it can be declared");
        thing(stack, "d", "d", Some(b.id));
    }
}

#[tokio::test]
async fn a_cascade_of_objects_with_ids_of_their_own_creates_first() {
    let place = Place::after(fixed("wood")).await;
    let plan = place.stack(fixed("glass")).preview().await.expect("it can be planned");
    let actions: Vec<Action> = plan.steps.iter().map(|step| step.action).collect();
    assert_eq!(actions, [Action::Replace, Action::Replace, Action::Update]);
    let log = place.converges(fixed("glass")).await;
    assert_eq!(log, ["create a", "create b", "update d", "delete b", "delete a"]);

    place.fails_at("d", fixed("wood")).await;
    assert_eq!(place.names(), ["a", "a", "b", "b", "d"], "the old ones are in use");
    assert_eq!(place.converges(fixed("wood")).await, ["update d", "delete b", "delete a"]);
    place.fails_at("b", fixed("glass")).await;
    assert_eq!(place.names(), ["a", "a", "b", "d"]);
    assert_eq!(place.converges(fixed("glass")).await, ["create b", "update d", "delete b", "delete a"]);
}

#[tokio::test]
async fn a_cascade_survives_a_process_that_dies() {
    for steps in 1.. {
        let place = Place::after(fixed("wood")).await;
        let died = place.dies_after(steps, fixed("glass")).await;
        assert_eq!(place.world.1.torn(), [""; 0], "after {steps} steps");
        place.converges(fixed("glass")).await;
        assert_eq!((place.names(), place.world.1.torn()), (["a", "b", "d"].map(str::to_owned).to_vec(), vec![]));
        if !died {
            assert!(steps > 12, "the run has more steps than {steps}");
            return;
        }
    }
}

#[tokio::test]
async fn a_create_that_takes_the_old_object_loses_nothing() {
    let program = |material: &'static str| {
        move |stack: &mut Stack| {
            let a = thing(stack, "a", "a", None);
            let sticky = Sticky::builder().name("s").material(material).link(a).build();
            sticky.declare(stack, "s").expect("it can be declared");
        }
    };
    let place = Place::after(program("wood")).await;
    let report = place.stack(program("glass")).up().await.expect("it works");
    assert_eq!((place.log(), place.names()), (vec!["create s".to_owned()], ["a", "s"].map(str::to_owned).to_vec()));
    let message = report.diagnostics.to_string();
    assert!(message.contains("\"s\" is the old one") && message.contains("COEXISTS"), "{message}");
    place.converges(program("glass")).await;
}

#[tokio::test]
async fn old_objects_of_what_is_not_targeted_stay() {
    let place = Place::after(linked("a")).await;
    place.fails_at("a", linked("a2")).await;
    let stack = place.stack(linked("a2"));
    let plan = stack.preview().target("c").await.expect("it can be planned");
    assert!(plan.is_empty(), "{plan:?}");
    stack.up().target("c").await.expect("it works");
    stack.destroy().target("c").await.expect("it works");
    assert_eq!(
        (place.names(), place.log()),
        (["a", "a2", "b"].map(str::to_owned).to_vec(), vec!["delete c".to_owned()])
    );
    // b comes after a, so a is a target, too.
    stack.up().target("b").await.expect("it works");
    assert_eq!(place.log(), ["delete a"]);
}

#[tokio::test]
async fn old_objects_stay_while_something_may_use_them_that_is_not_targeted() {
    let place = Place::after(linked("a")).await;
    let stack = place.stack(linked("a2"));
    for _ in 0..2 {
        let report = stack.up().target("a").await.expect("it works");
        let message = report.diagnostics.to_string();
        assert!(message.contains("The old object of \"a\" stays") && message.contains("\"b\""), "{message}");
        assert_eq!((place.names(), place.world.1.torn()), (["a", "a2", "b", "c"].map(str::to_owned).to_vec(), vec![]));
    }
    place.log();
    assert_eq!(place.converges(linked("a2")).await, ["update b", "delete a"]);
}

#[tokio::test]
async fn a_replacement_that_is_asked_to_delete_first_does() {
    let program = |material: &'static str| {
        move |stack: &mut Stack| {
            let part = Part::builder().name("a").material(material).build();
            part.declare_with(stack, "a", Options::new().delete_before_replace()).expect("it can be declared");
        }
    };
    let place = Place::after(program("wood")).await;
    assert_eq!(place.converges(program("glass")).await, ["delete a", "create a"]);
}
