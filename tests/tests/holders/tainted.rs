//! Tainted resources that hold an image: what the error advises, works.

use rosa_ecr_tests::{Engine, on_each_engine};

use crate::scene::{DOCUMENTS, REGISTRY, Scene, addresses, labelled};

fn tainted(engine: &Engine, template: &str, address: &str, repository: &str) {
    let body = labelled(template, "a", "");
    let scene = Scene::applied(engine, &body);
    scene.emulator.aws().push_image(repository, "v1");
    let before = (scene.emulator.aws().inventory(), scene.created(repository));
    scene.work.run(&["taint", address]).success();
    scene.soon(&["apply", "-auto-approve"]).failure().says("untaint");
    assert_eq!((scene.images(repository), scene.created(repository)), (1, before.1.clone()));

    scene.work.run(&["untaint", address]).success();
    scene.soon(&["apply", "-auto-approve"]).success();
    assert_eq!((scene.emulator.aws().inventory(), scene.created(repository)), before);
    assert_eq!(scene.images(repository), 1);
    scene.assert_settled(&addresses(&body));
}

#[test]
fn a_tainted_repository_is_untainted() {
    on_each_engine(|engine| tainted(engine, DOCUMENTS, "rosa_ecr_repository.a", "team/app"));
}

#[test]
fn a_tainted_registry_is_untainted() {
    on_each_engine(|engine| tainted(engine, REGISTRY, "rosa_ecr.a", "dev-registry"));
}
