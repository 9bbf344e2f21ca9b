//! Two configurations that declare one object: the one that took it last holds it.

use rosa_ecr_tests::{HEAD, Workdir, on_each_engine};

use crate::scene::Scene;

const REPOSITORY: &str = "resource \"rosa_ecr_repository\" \"app\" {\n  name = \"team/app\"\n  ARGUMENTS\n}\n";

fn repository(arguments: &str) -> String {
    REPOSITORY.replace("ARGUMENTS", arguments)
}

#[test]
fn who_loses_an_object_is_told_and_can_take_it_back() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, &repository(""));
        scene.emulator.aws().push_image("team/app", "v1");
        let created = scene.created("team/app");
        let other = Workdir::new(engine, &scene.emulator);
        other.file("main.tf", &format!("{HEAD}{}", repository(""))).init();
        other.apply().says("taken over");
        other.assert_empty_plan();

        // A plan that changes nothing only says so: a destroy needs it.
        scene.work.run(&["plan", "-detailed-exitcode"]).code(0).says("Another declaration holds");
        scene.write(&repository("scan_on_push = false"));
        let refused = scene.refused_plan();
        assert_eq!(refused.len(), 1, "{refused:?}");
        let text = &refused[0].text;
        assert!(text.contains("Another declaration holds") && text.contains("adopt_existing"), "{text}");

        scene.write(&repository("adopt_existing = true"));
        scene.work.run(&["plan"]).success().says("taken over from another declaration");
        scene.work.apply();
        scene.work.assert_empty_plan();
        // The other one lets go: the image stays.
        other.destroy();
        assert_eq!((scene.images("team/app"), scene.created("team/app")), (1, created));
        scene.work.assert_empty_plan();
    });
}
