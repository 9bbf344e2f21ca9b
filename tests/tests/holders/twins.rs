//! Objects that are declared twice.

use rosa_ecr_tests::{Engine, on_each_engine};

use crate::scene::{DOCUMENTS, NETWORK_AND_ROLES, REGISTRY, Remark, Scene, addresses, labelled, remarks};

const BOTH: [&str; 2] = ["a", "b"];

/// Both labels of a template. Neither refers to other resources of the template, because an engine plans nothing that
/// depends on what is refused.
fn twice(template: &str) -> String {
    let alone = template
        .replace("rosa_ecr_repository.LABEL.name", "\"team/app\"")
        .replace("[rosa_ecr_endpoint_security_group.LABEL.id]", "null");
    BOTH.map(|label| labelled(&alone, label, "")).concat()
}

/// Checks that of each pair of twins one has an error that says what it is.
#[track_caller]
fn assert_each_pair_refused(errors: &[Remark], body: &str) {
    let refused = |address: &str| {
        errors.iter().any(|error| {
            error.severity == "error"
                && error.address == address
                && error.text.to_lowercase().contains("declared twice")
        })
    };
    let (first, second): (Vec<_>, Vec<_>) = addresses(body).into_iter().partition(|address| address.ends_with(".a"));
    let missed: Vec<_> =
        first.iter().zip(&second).filter(|(first, second)| !refused(first) && !refused(second)).collect();
    assert!(!first.is_empty() && missed.is_empty(), "not refused: {missed:?}; the errors: {errors:#?}");
}

fn new_twins(engine: &Engine, template: &str) {
    let scene = Scene::new(engine);
    let errors = scene.write(&twice(template)).refused_plan();
    assert_each_pair_refused(&errors, &twice(template));
    scene.soon(&["apply", "-auto-approve"]).failure();
    assert_eq!(scene.emulator.aws().inventory(), ["role worker"]);
}

#[test]
fn new_granular_twins_are_refused_in_the_plan() {
    let template = format!("{DOCUMENTS}{NETWORK_AND_ROLES}");
    on_each_engine(|engine| new_twins(engine, &template));
}

#[test]
fn new_registries_that_are_twins_are_refused_in_the_plan() {
    on_each_engine(|engine| new_twins(engine, REGISTRY));
}

fn a_twin_joins(engine: &Engine, template: &str, repository: &str) {
    let one = labelled(template, "b", "");
    let scene = Scene::applied(engine, &one);
    scene.emulator.aws().push_image(repository, "v1");
    let before = (scene.emulator.aws().inventory(), scene.created(repository));
    let errors = scene.write(&twice(template)).refused_plan();
    assert_each_pair_refused(&errors, &twice(template));
    scene.soon(&["apply", "-auto-approve"]).failure();
    scene.assert_nothing_written();
    assert_eq!((scene.emulator.aws().inventory(), scene.created(repository)), before);
    scene.write(&one).assert_settled(&addresses(&one));
    assert_eq!(scene.images(repository), 1);
}

#[test]
fn a_twin_of_what_is_there_is_refused_in_the_plan() {
    let template = format!("{DOCUMENTS}{NETWORK_AND_ROLES}");
    on_each_engine(|engine| a_twin_joins(engine, &template, "team/app"));
}

#[test]
fn a_twin_of_a_registry_that_is_there_is_refused_in_the_plan() {
    on_each_engine(|engine| a_twin_joins(engine, REGISTRY, "dev-registry"));
}

/// A value that is known after its apply.
const LATE: &str = "resource \"terraform_data\" \"late\" { input = \"team/app\" }\n";

/// Under these labels, resources whose object is known in the apply: the first one wins, and without the second one all
/// is well.
fn late_twins(engine: &Engine, before: &str, template: &str, expected: &[&str]) {
    let scene = Scene::new(engine);
    let all = format!("{before}{LATE}{}", twice(template));
    scene.write(&all);
    let output = scene.soon(&["apply", "-json", "-auto-approve"]).failure();
    let twins = twice(template);
    assert_each_pair_refused(&remarks(&output), &twins);
    assert_eq!(scene.emulator.aws().inventory(), expected);
    let holders = scene.holders();
    let held = |label: &str| addresses(&labelled(template, label, "")).iter().any(|address| holders.contains(address));
    assert_ne!(held("a"), held("b"), "one of them holds the object: {holders:?}");
    let winner = if held("a") { "a" } else { "b" };

    scene.emulator.aws().push_image("team/app", "v1");
    let one = format!("{before}{LATE}{}", labelled(template, winner, ""));
    scene.write(&one);
    scene.soon(&["apply", "-auto-approve"]).success();
    assert_eq!(
        (scene.images("team/app"), scene.emulator.aws().inventory()),
        (1, expected.iter().map(ToString::to_string).collect())
    );
    scene.assert_settled(&addresses(&one));
}

#[test]
fn the_second_repository_of_a_late_name_fails_before_it_writes() {
    let template = "resource \"rosa_ecr_repository\" \"LABEL\" {\n  name = terraform_data.late.output\n}\n";
    on_each_engine(|engine| late_twins(engine, "", template, &["repository team/app", "role worker"]));
}

const REPOSITORY: &str = "resource \"rosa_ecr_repository\" \"app\" {\n  name = \"team/app\"\n}\n";

#[test]
fn the_second_lifecycle_policy_of_a_late_name_replaces_nothing() {
    let template = r#"
resource "rosa_ecr_lifecycle_policy" "LABEL" {
  repository    = terraform_data.late.output
  untagged_days = 7
  keep_count    = "LABEL" == "a" ? 5 : 6
  depends_on    = [rosa_ecr_repository.app]
}
"#;
    let expected = ["lifecycle policy team/app", "repository team/app", "role worker"];
    on_each_engine(|engine| late_twins(engine, REPOSITORY, template, &expected));
}

#[test]
fn the_second_repository_policy_of_a_late_name_replaces_nothing() {
    let template = r#"
resource "rosa_ecr_repository_policy" "LABEL" {
  repository = terraform_data.late.output
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "LABEL", Effect = "Allow", Principal = { AWS = "210987654321" }, Action = "ecr:BatchGetImage" }]
  })
  depends_on = [rosa_ecr_repository.app]
}
"#;
    let expected = ["repository policy team/app", "repository team/app", "role worker"];
    on_each_engine(|engine| late_twins(engine, REPOSITORY, template, &expected));
}

/// Such an order is that of two declarations: the new object is made while the old one is there.
#[test]
fn a_replacement_that_is_created_first_under_its_own_name_is_refused() {
    on_each_engine(|engine| {
        let body = |arguments: &str| {
            let first = "lifecycle { create_before_destroy = true }";
            format!("resource \"rosa_ecr_repository\" \"a\" {{\n  name = \"team/app\"\n  {first}\n  {arguments}\n}}\n")
        };
        let scene = Scene::applied(engine, &body("force_delete = true"));
        scene.emulator.aws().push_image("team/app", "v1");
        scene.write(&body("force_delete = true\n  encryption_type = \"KMS\""));
        scene.emulator.clear_calls();
        scene.soon(&["apply", "-auto-approve"]).failure().says("create_before_destroy");
        scene.assert_nothing_written();
        assert_eq!(scene.images("team/app"), 1);
    });
}
