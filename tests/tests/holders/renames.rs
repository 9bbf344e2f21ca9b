//! Labels renamed without a `moved` block, in both textual orders.

use rosa_ecr_tests::{Engine, on_each_engine};

use crate::scene::{DOCUMENTS, NETWORK_AND_ROLES, REGISTRY, Remark, Scene, addresses, labelled, remarks};

const ORDERS: [(&str, &str); 2] = [("a", "b"), ("b", "a")];
const SERIAL: &str = "-parallelism=1";
const PARALLEL: &str = "-parallelism=10";

/// Repositories that hold an image, and how they are destroyed.
const FORCED: &str = "force_delete = true";
const KEPT: &str = "prevent_destroy = true";

/// What is renamed: a configuration under a label.
struct Case {
    body: fn(&str) -> String,
    /// What there is in AWS.
    whole: &'static [&'static str],
    /// Repositories with an image, and whether a delete that comes first leaves it.
    images: [(&'static str, bool); 2],
}

/// All granular resources, and two more repositories, which hold images.
const GRANULAR: Case = Case {
    body: |label| {
        let other = |name: &str, arguments| {
            let body = labelled(DOCUMENTS, &format!("{label}_{name}"), arguments);
            body.replace("team/app", &format!("team/{name}"))
        };
        [
            labelled(DOCUMENTS, label, ""),
            labelled(NETWORK_AND_ROLES, label, ""),
            other("forced", FORCED),
            other("kept", KEPT),
        ]
        .concat()
    },
    whole: &[
        "attachment worker",
        "endpoint com.amazonaws.us-east-1.ecr.api",
        "group ecr-endpoints",
        "inline policy pipeline-push/rosa-ecr-push",
        "lifecycle policy team/app",
        "lifecycle policy team/forced",
        "lifecycle policy team/kept",
        "repository policy team/app",
        "repository policy team/forced",
        "repository policy team/kept",
        "repository team/app",
        "repository team/forced",
        "repository team/kept",
        "role pipeline-push",
        "role worker",
    ],
    images: [("team/forced", false), ("team/kept", true)],
};

/// A registry with all parts, and two more without a network, which hold images.
const REGISTRIES: Case = Case {
    body: |label| {
        let other = |cluster: &str, arguments: &str| {
            format!(
                "resource \"rosa_ecr\" \"{label}_{cluster}\" {{\n  cluster_name = {cluster:?}\n  \
                 create_vpc_endpoints = false\n  {arguments}\n}}\n"
            )
        };
        [labelled(REGISTRY, label, ""), other("forced", FORCED), other("kept", KEPT)].concat()
    },
    whole: &[
        "attachment worker",
        "endpoint com.amazonaws.us-east-1.ecr.api",
        "endpoint com.amazonaws.us-east-1.ecr.dkr",
        "group rosa-ecr-endpoints-dev",
        "lifecycle policy dev-registry",
        "lifecycle policy forced-registry",
        "lifecycle policy kept-registry",
        "repository dev-registry",
        "repository forced-registry",
        "repository kept-registry",
        "role worker",
    ],
    images: [("forced-registry", false), ("kept-registry", true)],
};

/// Those of the addresses for which no remark of the severity shows `moved`.
fn without_advice(remarks: &[Remark], severity: &str, addresses: &[String]) -> Vec<String> {
    let advises = |remark: &Remark, address: &str| {
        let about = remark.severity == severity && remark.address == address;
        about && remark.text.contains("moved") && remark.text.contains("taken over")
    };
    let lacks = |address: &&String| !remarks.iter().any(|remark| advises(remark, address));
    addresses.iter().filter(lacks).cloned().collect()
}

fn renamed(engine: &Engine, case: &Case, parallelism: &str) {
    let scene = Scene::applied(engine, &(case.body)("a"));
    for (repository, _) in case.images {
        scene.emulator.aws().push_image(repository, "v1");
    }
    for (from, to) in ORDERS {
        let body = (case.body)(to);
        let new = addresses(&body);
        let before = case.images.map(|(repository, _)| (scene.created(repository), scene.images(repository)));
        scene.write(&body);
        let plan = scene.plan(parallelism).success();
        scene.assert_nothing_written();
        let remarks = remarks(&plan);

        scene.soon(&["apply", parallelism, "saved.tfplan"]).success();
        assert_eq!(scene.emulator.aws().inventory(), case.whole, "{from} to {to}");
        for ((repository, stays), (created, images)) in case.images.into_iter().zip(before) {
            let same = scene.created(repository) == created;
            assert!(same || !stays, "{from} to {to}: {repository} is another one");
            assert_eq!(scene.images(repository), if same { images } else { 0 }, "{from} to {to}: {repository}");
            scene.emulator.aws().push_image(repository, to);
        }
        scene.assert_settled(&new);
        let silent = without_advice(&remarks, "warning", &new);
        assert_eq!(silent, [""; 0], "{from} to {to}: the plan announces every take-over, and not only: {remarks:#?}");
    }
    // What is protected outlives a destroy, which is not what this is about.
    scene.write(&(case.body)("a").replace(KEPT, FORCED));
    scene.soon(&["apply", "-auto-approve"]).success();
    scene.assert_destroyed();
}

#[test]
fn granular_labels_one_at_a_time() {
    on_each_engine(|engine| renamed(engine, &GRANULAR, SERIAL));
}

#[test]
fn granular_labels_at_once() {
    on_each_engine(|engine| renamed(engine, &GRANULAR, PARALLEL));
}

#[test]
fn registries_one_at_a_time() {
    on_each_engine(|engine| renamed(engine, &REGISTRIES, SERIAL));
}

#[test]
fn registries_at_once() {
    on_each_engine(|engine| renamed(engine, &REGISTRIES, PARALLEL));
}

/// With an image and no argument that says what is to become of it, a rename is refused, and `moved` does it.
fn refused(engine: &Engine, template: &str, repository: &str) {
    let body = |label: &str| labelled(template, label, "");
    let scene = Scene::applied(engine, &body("a"));
    scene.emulator.aws().push_image(repository, "v1");
    for (from, to) in ORDERS {
        scene.write(&body(to));
        let errors = scene.refused_plan();
        assert!(errors.iter().any(|error| error.text.contains("moved")), "{from} to {to}: {errors:?}");
        let moves = addresses(&body(from)).into_iter().zip(addresses(&body(to)));
        let moves: String = moves.map(|(from, to)| format!("moved {{\n  from = {from}\n  to = {to}\n}}\n")).collect();
        scene.write(&format!("{}{moves}", body(to)));
        scene.soon(&["apply", "-auto-approve"]).success().says("0 added, 0 changed, 0 destroyed");
        assert_eq!(scene.images(repository), 1, "{from} to {to}");
        scene.write(&body(to)).assert_settled(&addresses(&body(to)));
    }
    scene.write(&labelled(template, "a", FORCED));
    scene.soon(&["apply", "-auto-approve"]).success();
    scene.assert_destroyed();
}

#[test]
fn a_repository_with_an_image_needs_moved() {
    on_each_engine(|engine| refused(engine, DOCUMENTS, "team/app"));
}

#[test]
fn a_registry_with_an_image_needs_moved() {
    on_each_engine(|engine| refused(engine, REGISTRY, "dev-registry"));
}
