//! Engines that are killed when the new label has taken an object over and the old one has not let go.

use std::time::Duration;

use rosa_ecr_tests::{Engine, on_each_engine};

use crate::scene::{DOCUMENTS, NETWORK_AND_ROLES, REGISTRY, Scene, addresses, labelled};

/// The resource whose label is renamed, and the write that takes its object over.
type Point = (&'static str, &'static str);

fn killed(engine: &Engine, template: &str, arguments: &str, (kind, write): Point, repository: Option<&str>) {
    let body = |label: &str| labelled(template, label, arguments);
    let scene = Scene::applied(engine, &body("a"));
    let before = scene.emulator.aws().inventory();
    if let Some(repository) = repository {
        scene.emulator.aws().push_image(repository, "v1");
    }
    scene.write(&body("b"));
    scene.emulator.stop_after(write);
    // Aimed at the new label, it does nothing to the old one before the stop.
    let target = format!("-target={kind}.b");
    let apply = scene.work.spawn(&["apply", "-auto-approve", &target]);
    scene.emulator.wait_for_stop();
    apply.kill_engine();
    apply.wait_for_providers(Duration::from_secs(10));
    apply.wait().failure();
    scene.emulator.release();

    scene.soon(&["apply", "-auto-approve"]).success();
    assert_eq!(scene.emulator.aws().inventory(), before, "{kind}");
    if let Some(repository) = repository {
        assert_eq!(scene.images(repository), 1, "{kind}");
    }
    scene.assert_settled(&addresses(&body("b")));
    scene.assert_destroyed();
}

#[test]
fn a_repository_taken_over_by_a_killed_apply_is_whole() {
    let point = ("rosa_ecr_repository", "TagResource");
    on_each_engine(|engine| killed(engine, DOCUMENTS, "force_delete = true", point, Some("team/app")));
}

#[test]
fn a_registry_taken_over_by_a_killed_apply_is_whole() {
    let point = ("rosa_ecr", "TagResource");
    on_each_engine(|engine| killed(engine, REGISTRY, "force_delete = true", point, Some("dev-registry")));
}

/// Each on one of the engines: what heals is the provider.
#[test]
fn a_group_and_roles_taken_over_by_a_killed_apply_are_whole() {
    let points = [
        ("rosa_ecr_endpoint_security_group", "CreateTags"),
        ("rosa_ecr_push_role", "TagRole"),
        ("rosa_ecr_pull_policy_attachment", "TagRole"),
    ];
    on_each_engine(|engine| {
        let engines = Engine::all();
        let place = engines.iter().position(|other| other.to_string() == engine.to_string()).expect("one of them");
        for point in points.into_iter().skip(place).step_by(engines.len()) {
            killed(engine, NETWORK_AND_ROLES, "", point, None);
        }
    });
}
