//! Two registries of one cluster, in one VPC.

use std::collections::BTreeMap;

use rosa_ecr_tests::{Engine, Workdir, items, on_each_engine};
use serde_json::{Value, json};

use crate::scene::{Scene, all_objects, configuration, text};

/// The registry `dev/tools` in the scene's VPC, in a directory of its own.
fn tools(scene: &Scene, engine: &Engine, arguments: &str) -> Workdir {
    let work = Workdir::new(engine, &scene.emulator);
    work.file("main.tf", &configuration("region = \"us-east-1\"", &in_vpc(scene, arguments)));
    work.init();
    work
}

fn in_vpc(scene: &Scene, arguments: &str) -> String {
    format!(
        "cluster_name = \"dev\"\n  repository_name = \"tools\"\n  vpc_id = {:?}\n  private_subnet_ids = {:?}\n  {arguments}",
        scene.network.vpc, scene.network.subnets
    )
}

/// The objects of `dev/dev-registry` without roles.
fn first() -> Vec<String> {
    all_objects().into_iter().filter(|object| !object.starts_with("pull")).collect()
}

/// The tags of ownership of each endpoint and of the group.
fn marks(scene: &Scene) -> Vec<BTreeMap<String, String>> {
    let groups = scene.emulator.aws().ec2("DescribeSecurityGroups", &[])["securityGroupInfo"].clone();
    let own = items(&groups).iter().filter(|group| group["groupName"] != json!("default")).cloned();
    let of = |object: Value| {
        let tags = items(&object["tagSet"]).iter().map(|tag| (text(&tag["key"]), text(&tag["value"])));
        tags.filter(|(key, _)| {
            key.starts_with("rosa-ecr/") && !["rosa-ecr/component", "rosa-ecr/claim"].contains(&key.as_str())
        })
        .collect()
    };
    scene.endpoints().into_iter().chain(own).map(of).collect()
}

#[test]
fn a_second_registry_does_not_take_the_endpoints_of_the_first() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        scene.emulator.clear_calls();
        let work = tools(&scene, engine, "");
        let output = work.run(&["plan"]).failure();
        let output = output.says(&text(&scene.attribute("ecr_api_endpoint_id"))).says("create_vpc_endpoints = false");
        output.says("made for the registry dev/dev-registry");
        work.run(&["apply", "-auto-approve"]).failure();
        assert!(scene.emulator.writes().is_empty(), "{:?}", scene.emulator.writes());

        let without = configuration("region = \"us-east-1\"", &in_vpc(&scene, "create_vpc_endpoints = false"));
        work.file("main.tf", &without);
        work.apply();
        work.assert_empty_plan();
        work.run(&["state", "rm", "rosa_ecr.registry"]).success();
        work.run(&["import", "rosa_ecr.registry", "dev/tools"]).success().says("no VPC endpoint");
        work.destroy();
        assert_eq!(scene.objects(), first());
        scene.work.assert_empty_plan();
    });
}

#[test]
fn a_second_registry_of_one_apply_takes_nothing_either() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry("").work.init();
        let second = |arguments: &str| {
            let arguments = in_vpc(&scene, &format!("{arguments}\n  depends_on = [rosa_ecr.registry]"));
            scene.work.file("tools.tf", &format!("resource \"rosa_ecr\" \"tools\" {{\n  {arguments}\n}}\n"));
        };
        second("");
        scene.failed_apply().says("made for the registry dev/dev-registry");
        assert_eq!(scene.objects(), first(), "it is seen before anything is made");
        second("create_vpc_endpoints = false");
        scene.work.apply();
        scene.work.assert_empty_plan();
        std::fs::remove_file(scene.work.path().join("tools.tf")).expect("it is there");
        scene.work.apply();
        assert_eq!(scene.objects(), first());
        scene.work.assert_empty_plan();
    });
}

#[test]
fn a_network_says_whose_it_is_under_every_name() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "repository_name = \"images\"");
        let marked = |cluster: &str| {
            let marks = [("rosa-ecr/cluster", cluster), ("rosa-ecr/registry", "images")];
            BTreeMap::from(marks.map(|(key, value)| (key.to_owned(), value.to_owned())))
        };
        assert_eq!(marks(&scene), vec![marked("dev"); 3]);
        let file = std::fs::read_to_string(scene.work.path().join("main.tf")).expect("the configuration");
        scene.work.file("main.tf", &file.replace("cluster_name = \"dev\"", "cluster_name = \"prod\""));
        scene.work.apply().says("1 changed");
        assert_eq!(marks(&scene), vec![marked("prod"); 3]);
        scene.work.assert_empty_plan();
    });
}

#[test]
fn endpoints_that_name_no_registry_are_the_clusters() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        let aws = scene.emulator.aws();
        for endpoint in scene.endpoints() {
            let id = text(&endpoint["vpcEndpointId"]);
            aws.ec2("DeleteTags", &[("ResourceId.1", &id), ("Tag.1.Key", "rosa-ecr/registry")]);
        }
        scene.work.run(&["state", "rm", "rosa_ecr.registry"]).success();
        scene.work.apply().says("was taken over");
        assert_eq!(scene.objects(), first());
        assert!(marks(&scene).iter().all(|marks| marks["rosa-ecr/registry"] == "dev-registry"));
        scene.work.assert_empty_plan();
    });
}
