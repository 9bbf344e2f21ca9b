//! What can be said of a resource besides its arguments.

use rosa_ecr_engine::{Action, Declare as _, Error, LookUp as _, Options, Stack};

use crate::fake::{KillableBackend, Thing, ThingLookup, stack, world};

fn one(stack: &mut Stack, name: &str, size: i64, options: Options) {
    Thing::builder().name("a").size(size).build().declare_with(stack, name, options).expect("it can be declared");
}

#[tokio::test]
async fn protected_resources_stay_and_nothing_is_called() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut first = stack(&world, &backend);
    one(&mut first, "a", 1, Options::new().protect());
    Thing::builder().name("b").build().declare(&mut first, "b").expect("it can be declared");
    first.up().await.expect("it works");
    world.1.log();
    let without = stack(&world, &backend);
    for error in [
        first.destroy().await.expect_err("a is protected"),
        without.up().await.expect_err("a is protected, although the program no longer says so"),
    ] {
        let Error::Protected { resources, .. } = &error else { panic!("{error:?}") };
        assert_eq!(resources, &["a"]);
    }
    assert!(world.1.log().is_empty());
    let mut lifted = stack(&world, &backend);
    one(&mut lifted, "a", 1, Options::new());
    lifted.up().await.expect("it works");
    lifted.destroy().await.expect("it is protected no longer");
}

#[tokio::test]
async fn retained_objects_are_left_and_forgotten() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut first = stack(&world, &backend);
    one(&mut first, "a", 1, Options::new().retain());
    first.up().await.expect("it works");
    world.1.log();
    let report = first.destroy().await.expect("it works");
    assert_eq!(report.done["a"], Action::Forget);
    assert_eq!((world.1.log(), world.1.names()), (vec![], vec!["a".to_owned()]));
    assert!(first.store().load().await.expect("it can be read").expect("it was saved").resources.is_empty());
}

#[tokio::test]
async fn an_alias_renames() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut first = stack(&world, &backend);
    one(&mut first, "old", 1, Options::new());
    first.up().await.expect("it works");
    world.1.log();
    let mut forgot = stack(&world, &backend);
    one(&mut forgot, "new", 1, Options::new());
    let error = forgot.up().await.expect_err("it is the same object");
    assert!(error.to_string().contains("aliases"), "{error}");
    let mut renamed = stack(&world, &backend);
    one(&mut renamed, "new", 1, Options::new().aliases(["old"]));
    let plan = renamed.preview().await.expect("it can be planned");
    assert_eq!(plan.steps[0].renamed_from.as_deref(), Some("old"));
    renamed.up().await.expect("it works");
    assert!(world.1.log().is_empty(), "nothing but the name changes");
    let document = renamed.store().load().await.expect("it can be read").expect("it was saved");
    assert_eq!(document.resources.keys().collect::<Vec<_>>(), ["new"]);
}

#[tokio::test]
async fn ignored_changes_stay_as_they_are() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut first = stack(&world, &backend);
    one(&mut first, "a", 1, Options::new());
    first.up().await.expect("it works");
    let mut second = stack(&world, &backend);
    one(&mut second, "a", 2, Options::new().ignore_changes(["size"]));
    assert!(second.preview().await.expect("it can be planned").is_empty());
    let mut wrong = stack(&world, &backend);
    one(&mut wrong, "a", 2, Options::new().ignore_changes(["title"]));
    assert!(wrong.preview().await.is_err(), "an output cannot be ignored");
}

#[tokio::test]
async fn parts_of_components_have_its_name_in_front() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let mut stack = stack(&world, &backend);
    let group = stack.component("group").expect("it is a name");
    one(&mut stack, "part", 1, Options::new().parent(&group));
    stack
        .within(&group, |stack| {
            Thing::builder().name("b").build().declare(stack, "other")?;
            Ok(())
        })
        .expect("it can be declared");
    let after = Options::new().depends_on(&group);
    Thing::builder().name("z").build().declare_with(&mut stack, "after", after).expect("it can be declared");
    let plan = stack.preview().await.expect("it can be planned");
    let names: Vec<&str> = plan.steps.iter().map(|step| step.resource.as_str()).collect();
    assert_eq!(names, ["group/other", "group/part", "after"]);
    assert_eq!(plan.steps[0].parent.as_deref(), Some("group"));
    assert!(stack.component("a/b").is_err());
}

#[tokio::test]
async fn a_component_is_renamed_and_moved_with_its_parts() {
    let world = world();
    let backend = KillableBackend::new(&world);
    let declare = |outer: Option<&str>, name: &str, options: Options| {
        let mut stack = stack(&world, &backend);
        let outer = outer.map(|outer| stack.component(outer).expect("it is a name"));
        let options = outer.iter().fold(options, |options, outer| options.parent(outer));
        let group = stack.component_with(name, &options).expect("it is a name");
        let within = stack.within(&group, |stack| {
            one(stack, "part", 1, Options::new());
            let inner = stack.component("inner")?;
            stack.within(&inner, |stack| {
                Thing::builder().name("b").build().declare(stack, "deep")?;
                // Once there is something to find.
                if name != "old" {
                    ThingLookup::builder().name("a").build().look_up(stack, "found")?;
                }
                Ok(())
            })
        });
        within.expect("it can be declared");
        stack
    };
    declare(None, "old", Options::new()).up().await.expect("it works");
    world.1.log();
    for (stack, name) in [
        (declare(None, "new", Options::new().aliases(["old"])), "new"),
        (declare(Some("outer"), "new", Options::new().aliases(["old", "new"])), "outer/new"),
    ] {
        assert!(stack.preview().await.expect("it can be planned").is_empty());
        stack.up().await.expect("it works");
        let document = stack.store().load().await.expect("it can be read").expect("it was saved");
        let names = [format!("{name}/inner/deep"), format!("{name}/part")];
        assert_eq!(document.resources.keys().collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
    }
    assert!(world.1.log().is_empty(), "nothing but names changes");
}

#[tokio::test]
async fn two_outputs_of_one_name_are_refused() {
    let world = world();
    let mut stack = stack(&world, &KillableBackend::new(&world));
    for size in [1, 2] {
        stack.export("size", rosa_ecr_model::Output::known(size));
    }
    let error = stack.up().await.expect_err("which one is meant?").to_string();
    assert!(error.contains("two outputs of the name \"size\"") && error.contains("options.rs:"), "{error}");
}
