//! Applies and destroys that are killed after any write, and what the next one makes of it.

use rosa_ecr_tests::{Engine, on_each_engine};

use crate::scene::{EVERYTHING, Scene, all_objects};

/// Starts the command, kills it when that write was applied, and lets go what was held.
fn kill_after(scene: &Scene, write: u32, arguments: &[&str], whom: Whom) {
    scene.emulator.stop_after_write(write);
    let running = scene.work.spawn(arguments);
    scene.emulator.wait_for_stop();
    match whom {
        Whom::Everyone => running.kill(),
        Whom::Provider => running.kill_provider(),
    }
    running.wait().failure();
    scene.emulator.release();
}

#[derive(Clone, Copy)]
enum Whom {
    /// Engine and provider, as when a machine goes down: no state is written.
    Everyone,
    /// The provider alone: the engine taints what it was about to create.
    Provider,
}

/// How many writes the command makes when nobody disturbs it.
fn writes(engine: &Engine, destroy: bool) -> u32 {
    let scene = Scene::new(engine);
    scene.registry(EVERYTHING).work.init();
    scene.work.apply();
    if destroy {
        scene.emulator.clear_calls();
        scene.work.destroy();
    }
    u32::try_from(scene.emulator.writes().len()).expect("few")
}

/// The kill points that this engine takes: what heals is the provider, so each point is tried with one of the engines.
fn share(engine: &Engine, writes: u32) -> impl Iterator<Item = u32> {
    let engines = Engine::all();
    let place = engines.iter().position(|other| other.to_string() == engine.to_string()).expect("it is one of them");
    (1..=writes).skip(place).step_by(engines.len())
}

fn an_apply_that_is_killed_converges(engine: &Engine, whom: Whom) {
    let writes = writes(engine, false);
    assert!(writes >= 9, "every part makes a write: {writes}");
    for write in share(engine, writes) {
        let scene = Scene::new(engine);
        scene.registry(EVERYTHING).work.init();
        kill_after(&scene, write, &["apply", "-auto-approve"], whom);
        scene.work.apply();
        assert_eq!(scene.objects(), all_objects(), "killed after write {write}");
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0], "killed after write {write}");
    }
}

#[test]
fn an_apply_whose_machine_went_down_converges() {
    on_each_engine(|engine| an_apply_that_is_killed_converges(engine, Whom::Everyone));
}

#[test]
fn an_apply_whose_provider_was_killed_converges() {
    on_each_engine(|engine| an_apply_that_is_killed_converges(engine, Whom::Provider));
}

#[test]
fn a_destroy_that_is_killed_converges() {
    on_each_engine(|engine| {
        for write in share(engine, writes(engine, true)) {
            let scene = Scene::applied(engine, EVERYTHING);
            kill_after(&scene, write, &["destroy", "-auto-approve"], Whom::Everyone);
            scene.work.destroy();
            assert_eq!(scene.objects(), [""; 0], "killed after write {write}");
        }
    });
}

#[test]
fn an_apply_that_is_asked_to_stop_keeps_what_is_real() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry("").work.init();
        scene.emulator.settings(serde_json::json!({ "endpoint_ms": 60_000 }));
        scene.emulator.stop_after("CreateVpcEndpoint");
        let running = scene.work.spawn(&["apply", "-auto-approve"]);
        scene.emulator.wait_for_stop();
        scene.emulator.release();
        running.interrupt();
        let output = running.wait().failure();
        output.says("A stop was requested");
        scene.emulator.settings(serde_json::json!({ "endpoint_ms": 300 }));
        assert!(scene.attribute("repository_arn").is_string(), "the state knows the repository");
        scene.work.apply();
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}
