//! What a closed VPC needs besides ECR: `additional_endpoints` and `route_table_ids`.

use std::collections::BTreeSet;

use rosa_ecr_tests::{Aws, items, on_each_engine};
use serde_json::{Value, json};

use crate::scene::{Scene, all_objects, text};

const EVERY_SERVICE: &str =
    "additional_endpoints = [\"s3\", \"sts\", \"ec2\", \"kms\", \"logs\", \"elasticloadbalancing\"]";

/// What a registry has with [`EVERY_SERVICE`].
fn whole() -> Vec<String> {
    let services = ["ec2", "elasticloadbalancing", "kms", "logs", "s3", "sts"];
    let mut all: Vec<String> = all_objects().into_iter().filter(|object| !object.starts_with("pull")).collect();
    all.extend(services.map(|service| format!("endpoint com.amazonaws.us-east-1.{service}")));
    all.sort();
    all
}

/// Makes a route table with these subnets, and gives its id.
pub fn route_table(aws: &Aws, vpc: &str, subnets: &[String]) -> String {
    let table = text(&aws.ec2("CreateRouteTable", &[("VpcId", vpc)])["routeTable"]["routeTableId"]);
    for subnet in subnets {
        aws.ec2("AssociateRouteTable", &[("RouteTableId", &table), ("SubnetId", subnet)]);
    }
    table
}

/// The main route table of a VPC.
pub fn main_table(aws: &Aws, vpc: &str) -> String {
    let filters = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc)];
    let tables = aws.ec2("DescribeRouteTables", &filters)["routeTableSet"].clone();
    let is_main = |table: &&Value| items(&table["associationSet"]).iter().any(|of| of["main"] == json!("true"));
    text(&items(&tables).iter().find(is_main).expect("a VPC has one")["routeTableId"])
}

/// The route tables that lead to the S3 gateway endpoint.
fn led(scene: &Scene) -> BTreeSet<String> {
    let gateway = scene.endpoints().into_iter().find(|endpoint| endpoint["vpcEndpointType"] == json!("Gateway"));
    items(&gateway.expect("a gateway endpoint")["routeTableIdSet"]).iter().map(text).collect()
}

#[test]
fn a_closed_vpc_gets_what_it_needs() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        let (vpc, subnets) = (&scene.network.vpc, &scene.network.subnets);
        let own = route_table(&aws, vpc, &subnets[..1]);
        let main = main_table(&aws, vpc);
        scene.registry(EVERY_SERVICE).work.init();
        scene.work.apply();
        assert_eq!(scene.objects(), whole());
        assert_eq!(led(&scene), BTreeSet::from([own.clone(), main]), "one of its own, and the main one for the other");
        let ids = scene.attribute("additional_endpoint_ids");
        assert_eq!(ids.as_object().expect("a map").len(), 6);
        assert_eq!(scene.attribute("used_endpoint_ids"), json!([]));
        scene.work.assert_empty_plan();

        // A subnet that gets a route table shows, and the next apply follows.
        let second = route_table(&aws, vpc, &subnets[1..]);
        let (_, names) = scene.planned();
        assert!(names.contains("drift"), "{names:?}");
        assert_eq!(scene.writes_of_apply(), ["ModifyVpcEndpoint"]);
        assert_eq!(led(&scene), BTreeSet::from([own.clone(), second.clone()]));
        scene.work.assert_empty_plan();

        scene.registry(&format!("{EVERY_SERVICE}\n  route_table_ids = [{own:?}]"));
        assert_eq!(scene.writes_of_apply(), ["ModifyVpcEndpoint"]);
        assert_eq!(led(&scene), BTreeSet::from([own]));
        scene.work.assert_empty_plan();

        // What is deleted by hand comes back, and what is not wanted any more goes, and nothing else.
        aws.ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &text(&ids["sts"]))]);
        std::thread::sleep(std::time::Duration::from_millis(400));
        let (actions, names) = scene.planned();
        assert_eq!((actions, names), (json!(["update"]), BTreeSet::from(["additional_endpoint_ids".to_owned()])));
        assert_eq!(scene.writes_of_apply(), ["CreateVpcEndpoint"]);
        scene.registry("additional_endpoints = [\"s3\"]");
        let left = ["DeleteVpcEndpoints", "ModifyVpcEndpoint"];
        assert_eq!(scene.writes_of_apply(), left);
        assert_eq!(scene.attribute("additional_endpoint_ids").as_object().expect("a map").len(), 1);
        assert_eq!(led(&scene).len(), 2, "those of the subnets again");
        scene.work.assert_empty_plan();

        scene.work.run(&["state", "rm", "rosa_ecr.registry"]).success();
        scene.work.run(&["import", "rosa_ecr.registry", "dev/dev-registry"]).success();
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

#[test]
fn a_gateway_of_others_is_in_the_way() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        let (vpc, main) = (&scene.network.vpc, main_table(&aws, &scene.network.vpc));
        let service = "com.amazonaws.us-east-1.s3";
        let gateway =
            [("VpcEndpointType", "Gateway"), ("VpcId", vpc), ("ServiceName", service), ("RouteTableId.1", &main)];
        let id = text(&aws.ec2("CreateVpcEndpoint", &gateway)["vpcEndpoint"]["vpcEndpointId"]);
        scene.registry("additional_endpoints = [\"s3\"]").work.init();
        let refused = scene.failed_apply().says(&id).says(&main).says("use_existing_endpoints = true");
        refused.says("create_vpc_endpoints = false");
        assert_eq!(scene.emulator.writes(), [""; 0]);
        let other = route_table(&aws, vpc, &[]);
        scene.registry(&format!("additional_endpoints = [\"s3\"]\n  route_table_ids = [{other:?}]"));
        scene.work.apply();
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [format!("endpoint {service}")]);
    });
}

/// A state that an earlier version has written knows nothing of these arguments and outputs.
#[test]
fn a_state_of_before_plans_nothing() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        let file = scene.work.path().join("terraform.tfstate");
        let state = std::fs::read_to_string(&file).expect("a state");
        let mut state: Value = serde_json::from_str(&state).expect("JSON");
        let attributes = state["resources"][0]["instances"][0]["attributes"].as_object_mut().expect("attributes");
        for name in [
            "use_existing_endpoints",
            "additional_endpoints",
            "route_table_ids",
            "additional_endpoint_ids",
            "used_endpoint_ids",
        ] {
            attributes.remove(name).unwrap_or_else(|| panic!("{name} is in the state"));
        }
        scene.work.file("terraform.tfstate", &state.to_string());
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}
