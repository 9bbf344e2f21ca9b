//! Options of a component hold for its parts.

use std::sync::Arc;

use rosa_ecr_engine::{Action, Component, Declare as _, Error, LookUp as _, Options, Plan, Stack};

use crate::fake::{KillableBackend, Thing, ThingLookup, Things, World, provide, stack, world};
use crate::quoting::Quoting;

/// A component of these options with a part, and in a component within it another part.
fn declare(stack: &mut Stack, options: &Options, name: &str, size: i64, of_part: Options) {
    let outer = stack.component_with("outer", options).expect("it is a name");
    let within = stack.within(&outer, |stack| {
        Thing::builder().name(name).size(size).build().declare_with(stack, "part", of_part)?;
        let inner = stack.component("inner")?;
        let options = Options::new().parent(&inner);
        Thing::builder().name("deep").size(size).build().declare_with(stack, "deep", options)
    });
    within.expect("it can be declared");
}

async fn up(world: &(i64, Arc<World>), backend: &KillableBackend, options: Options, of_part: Options) -> Stack {
    let mut stack = stack(world, backend);
    declare(&mut stack, &options, "part", 1, of_part);
    stack.up().await.expect("it works");
    world.1.log();
    stack
}

#[tokio::test]
async fn a_protected_component_keeps_its_parts() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let protected = up(&world, &backend, Options::new().protect(), Options::new()).await;
    for stack in [&protected, &stack(&world, &backend)] {
        let error = stack.destroy().await.expect_err("they are protected");
        let Error::Protected { resources, .. } = &error else { panic!("{error:?}") };
        assert_eq!(resources, &["outer/inner/deep", "outer/part"]);
    }
    assert!(world.1.log().is_empty());
    // A part can say otherwise.
    let lifted = up(&world, &backend, Options::new().protect(), Options::new().protect_if(false)).await;
    let error = lifted.destroy().await.expect_err("the other one is protected");
    let Error::Protected { resources, .. } = &error else { panic!("{error:?}") };
    assert_eq!(resources, &["outer/inner/deep"]);
}

#[tokio::test]
async fn parts_are_retained_or_deleted_first_with_their_component() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let retained = up(&world, &backend, Options::new().retain(), Options::new().retain_if(false)).await;
    let report = retained.destroy().await.expect("it works");
    assert_eq!((report.done["outer/part"], report.done["outer/inner/deep"]), (Action::Delete, Action::Forget));
    assert_eq!(world.1.names(), ["deep"]);

    let world = crate::fake::world();
    let backend = KillableBackend::new(&world);
    up(&world, &backend, Options::new(), Options::new()).await;
    for (of_part, action) in
        [(Options::new(), Action::DeleteThenCreate), (Options::new().delete_before_replace_if(false), Action::Replace)]
    {
        let mut renamed = stack(&world, &backend);
        declare(&mut renamed, &Options::new().delete_before_replace(), "new", 1, of_part);
        let plan = renamed.preview().await.expect("it can be planned");
        assert_eq!(step(&plan, "outer/part"), action);
    }
}

fn step(plan: &Plan, name: &str) -> Action {
    plan.steps.iter().find(|step| step.resource == name).expect("it is planned").action
}

#[tokio::test]
async fn parts_come_after_what_their_component_comes_after() {
    let world = world();
    let mut stack = stack(&world, &KillableBackend::new(&world));
    let thing = |stack: &mut Stack, name: &str| -> Component {
        let group = stack.component(name).expect("it is a name");
        let options = Options::new().parent(&group);
        Thing::builder().name(name).build().declare_with(stack, "one", options).expect("it can be declared");
        group
    };
    let (first, second) = (thing(&mut stack, "z-first"), thing(&mut stack, "z-second"));
    declare(&mut stack, &Options::new().depends_on(&first), "part", 1, Options::new().depends_on(&second));
    let plan = stack.preview().await.expect("it can be planned");
    let after = |name: &str| {
        let step = plan.steps.iter().find(|step| step.resource == name).expect("it is planned");
        step.depends_on.iter().map(String::as_str).collect::<Vec<_>>()
    };
    assert_eq!(after("outer/part"), ["z-first/one", "z-second/one"], "the part's own is added");
    assert_eq!(after("outer/inner/deep"), ["z-first/one"]);
}

#[tokio::test]
async fn parts_use_the_provider_of_their_component_where_it_is_theirs() {
    let (here, there, elsewhere) = (world(), world(), world());
    let backend = KillableBackend::new(&here);
    let mut stack = stack(&here, &backend);
    let block = || Things::builder().world(1).build();
    let other = provide(&mut stack, &there, "other", block());
    let own = provide(&mut stack, &elsewhere, "own", block());
    let stranger = stack.provider_named::<crate::components::another::Another>("far", another::block());
    declare(&mut stack, &Options::new().provider(&other), "part", 1, Options::new().provider(&own));
    there.1.add("found");
    let lookups = stack.component_with("lookups", &Options::new().provider(&other).protect()).expect("it is a name");
    let found = ThingLookup::builder().name("found").build();
    found.look_up_with(&mut stack, "found", Options::new().parent(&lookups)).expect("it can be declared");
    // A provider of another kind says nothing of what is not its.
    let mixed = stack.component_with("mixed", &Options::new().provider(&stranger)).expect("it is a name");
    let thing = Thing::builder().name("mixed").build();
    thing.declare_with(&mut stack, "part", Options::new().parent(&mixed)).expect("it can be declared");
    stack.up().await.expect("it works");
    assert_eq!((here.1.names(), there.1.lookups()), (vec!["mixed".to_owned()], vec!["found".to_owned()]));
    assert_eq!((there.1.names().len(), elsewhere.1.names()), (2, vec!["part".to_owned()]));
}

mod another {
    use rosa_ecr_derive::Inputs;
    use rosa_ecr_model::{Args, Diagnostics, Kind, Provider};
    use std::sync::Arc;

    /// A provider of nothing.
    #[derive(Clone, Debug, Inputs)]
    pub struct Another {
        /// Something.
        pub some: i64,
    }

    impl Provider for Another {
        const NAME: &'static str = "another";
        const VERSION: &'static str = "1.0.0";
        type Context = ();

        fn kinds() -> Vec<Arc<dyn Kind<()>>> {
            Vec::new()
        }

        async fn configure(self) -> Result<(), Diagnostics> {
            Ok(())
        }
    }

    pub fn block() -> Args<Another> {
        Another::builder().some(1).build()
    }
}

#[tokio::test]
async fn parts_ignore_what_their_component_ignores_where_they_have_it() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let ignoring = || Options::new().ignore_changes(["size", "note"]);
    let declare = |size: i64, note: &str, of_part: Options| {
        let mut stack = stack(&world, &backend);
        declare(&mut stack, &ignoring(), "part", size, of_part);
        let outer = stack.component_with("more", &ignoring()).expect("it is a name");
        let quoting = Quoting::builder().note(note).build();
        quoting.declare_with(&mut stack, "quoting", Options::new().parent(&outer)).expect("it can be declared");
        stack
    };
    declare(1, "old", Options::new()).up().await.expect("it works");
    let plan = declare(2, "new", Options::new()).preview().await.expect("it can be planned");
    assert!(plan.is_empty(), "{plan:?}");
    let error =
        declare(2, "new", Options::new().ignore_changes(["note"])).preview().await.expect_err("a thing has none");
    assert!(error.to_string().contains("\"note\" cannot be ignored"), "{error}");
}
