//! A VPC that has endpoints already, as `rosa create network` leaves it: `use_existing_endpoints`.

use std::collections::BTreeSet;

use rosa_ecr_tests::{Engine, Workdir, items, on_each_engine};
use serde_json::{Value, json};

use crate::closed::main_table;
use crate::scene::{Scene, configuration, text};

const USE: &str = "use_existing_endpoints = true\n  additional_endpoints = [\"s3\", \"sts\", \"ec2\", \"kms\"]";

/// What `rosa create network` makes besides the S3 gateway endpoint.
const INTERFACES: [&str; 5] = ["ecr.api", "ecr.dkr", "sts", "ec2", "kms"];

/// Makes a group that lets this block in on 443/tcp, and gives its id.
fn group(scene: &Scene, block: Option<&str>) -> String {
    let aws = scene.emulator.aws();
    let parameters =
        [("GroupName", "vpc-endpoints"), ("GroupDescription", "of the network"), ("VpcId", &scene.network.vpc)];
    let group = text(&aws.ec2("CreateSecurityGroup", &parameters)["groupId"]);
    if let Some(block) = block {
        let rule = [
            ("GroupId", group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "443"),
            ("IpPermissions.1.ToPort", "443"),
            ("IpPermissions.1.IpRanges.1.CidrIp", block),
        ];
        aws.ec2("AuthorizeSecurityGroupIngress", &rule);
    }
    group
}

/// Makes an interface endpoint with private DNS, and gives its id.
fn interface(scene: &Scene, group: &str, service: &str) -> String {
    let service = format!("com.amazonaws.us-east-1.{service}");
    let parameters = [
        ("VpcEndpointType", "Interface"),
        ("VpcId", &scene.network.vpc),
        ("ServiceName", &service),
        ("SubnetId.1", &scene.network.subnets[0]),
        ("SecurityGroupId.1", group),
        ("PrivateDnsEnabled", "true"),
    ];
    text(&scene.emulator.aws().ec2("CreateVpcEndpoint", &parameters)["vpcEndpoint"]["vpcEndpointId"])
}

fn gateway(scene: &Scene) -> String {
    let aws = scene.emulator.aws();
    let (vpc, main) = (&scene.network.vpc, main_table(&aws, &scene.network.vpc));
    let service = "com.amazonaws.us-east-1.s3";
    let parameters =
        [("VpcEndpointType", "Gateway"), ("VpcId", vpc), ("ServiceName", service), ("RouteTableId.1", &main)];
    text(&aws.ec2("CreateVpcEndpoint", &parameters)["vpcEndpoint"]["vpcEndpointId"])
}

/// A scene whose VPC has these interface endpoints, and the gateway endpoint; and their ids.
fn network(engine: &Engine, interfaces: &[&str]) -> (Scene, Vec<String>) {
    let scene = Scene::new(engine);
    let group = group(&scene, Some("10.0.0.0/16"));
    let mut ids: Vec<String> = interfaces.iter().map(|service| interface(&scene, &group, service)).collect();
    ids.push(gateway(&scene));
    (scene, ids)
}

/// All that EC2 says of endpoints, groups and route tables.
fn there(scene: &Scene) -> Value {
    let aws = scene.emulator.aws();
    json!([
        aws.ec2("DescribeVpcEndpoints", &[])["vpcEndpointSet"],
        aws.ec2("DescribeSecurityGroups", &[])["securityGroupInfo"],
        aws.ec2("DescribeRouteTables", &[])["routeTableSet"],
    ])
}

fn used(scene: &Scene) -> BTreeSet<String> {
    items(&scene.attribute("used_endpoint_ids")).iter().map(text).collect()
}

fn settle() {
    std::thread::sleep(std::time::Duration::from_millis(400));
}

#[test]
fn a_network_of_the_rosa_command_is_used_and_left_as_it_was() {
    on_each_engine(|engine| {
        for platform in ["classic", "hcp"] {
            let (scene, ids) = network(engine, &INTERFACES);
            let before = there(&scene);
            scene.registry(&format!("platform = {platform:?}")).work.init();
            let refused = scene.failed_apply().says(&ids[0]).says(&ids[1]);
            refused.says("use_existing_endpoints = true").says("create_vpc_endpoints = false");
            assert_eq!(scene.emulator.writes(), [""; 0], "before anything is made");

            scene.registry(&format!("{USE}\n  platform = {platform:?}"));
            let plan = scene.work.plan_json();
            let after = &plan["resource_changes"][0]["change"]["after"];
            assert_eq!(after["ecr_api_endpoint_id"], json!(ids[0]), "known in the plan");
            assert_eq!(after["additional_endpoint_ids"]["sts"], json!(ids[2]));
            scene.work.apply();
            assert_eq!(there(&scene), before, "nothing of the network was made or changed");
            assert_eq!(used(&scene), ids.iter().cloned().collect());
            assert_eq!(scene.attribute("ecr_dkr_endpoint_id"), json!(ids[1]));
            assert_eq!(scene.attribute("endpoint_security_group_id"), Value::Null);
            scene.work.assert_empty_plan();
            scene.registry(&format!("{USE}\n  platform = {platform:?}\n  tags = {{ Team = \"a\" }}"));
            scene.work.apply();
            assert_eq!(there(&scene), before, "what is used is not tagged");
            scene.work.destroy();
            assert_eq!(there(&scene), before);
        }
    });
}

#[test]
fn what_the_vpc_lacks_is_made_and_owned() {
    on_each_engine(|engine| {
        for interfaces in [&["ecr.api"][..], &[]] {
            let (scene, ids) = network(engine, interfaces);
            let before = there(&scene);
            scene.registry(USE).work.init();
            scene.work.apply();
            assert_eq!(used(&scene), ids.iter().cloned().collect());
            assert_eq!(scene.endpoints().len(), 6);
            assert!(scene.attribute("endpoint_security_group_id").is_string());
            scene.work.assert_empty_plan();

            scene.work.run(&["state", "rm", "rosa_ecr.registry"]).success();
            scene.work.run(&["import", "rosa_ecr.registry", "dev/dev-registry"]).success();
            scene.work.apply();
            assert_eq!(used(&scene), ids.iter().cloned().collect(), "an import knows the difference");
            assert_eq!(scene.endpoints().len(), 6);
            scene.work.assert_empty_plan();
            scene.work.destroy();
            assert_eq!(there(&scene), before, "with {interfaces:?}");
        }
    });
}

#[test]
fn an_endpoint_that_lets_nobody_in_is_refused_before_anything_is_made() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        let aws = scene.emulator.aws();
        let shut = group(&scene, None);
        let id = interface(&scene, &shut, "ecr.api");
        scene.registry("use_existing_endpoints = true").work.init();
        let refused = scene.failed_apply().says(&id).says(&shut).says("443/tcp").says(&scene.network.subnets[1]);
        refused.says("authorize-security-group-ingress").says("create_vpc_endpoints = false");
        assert_eq!(scene.emulator.writes(), [""; 0]);
        let rule = |action: &str| {
            let rule = [
                ("GroupId", shut.as_str()),
                ("IpPermissions.1.IpProtocol", "tcp"),
                ("IpPermissions.1.FromPort", "443"),
                ("IpPermissions.1.ToPort", "443"),
                ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/16"),
            ];
            aws.ec2(action, &rule);
        };
        rule("AuthorizeSecurityGroupIngress");
        scene.work.apply();
        scene.work.assert_empty_plan();

        // It is seen later as well: a change is refused, and it is no reason against a destroy.
        rule("RevokeSecurityGroupIngress");
        scene.work.run(&["plan"]).success().says("Warning").says(&id).says("443/tcp");
        scene.registry("use_existing_endpoints = true\n  scan_on_push = false");
        scene.work.run(&["plan"]).failure().says(&id).says("443/tcp");
        scene.registry("use_existing_endpoints = true");
        let before = there(&scene);
        scene.work.destroy();
        let left: Vec<String> = scene.endpoints().iter().map(|endpoint| text(&endpoint["vpcEndpointId"])).collect();
        assert_eq!(left, [id]);
        assert_ne!(there(&scene), before, "the registry's own went");
    });
}

#[test]
fn an_endpoint_whose_policy_stops_pulls_is_refused() {
    on_each_engine(|engine| {
        let (scene, ids) = network(engine, &["ecr.dkr"]);
        let policy = json!({ "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "ecr:*",
            "Resource": "arn:aws:ecr:us-east-1:123456789012:repository/others/*",
        }] });
        let aws = scene.emulator.aws();
        aws.ec2("ModifyVpcEndpoint", &[("VpcEndpointId", &ids[0]), ("PolicyDocument", &policy.to_string())]);
        scene.registry("use_existing_endpoints = true").work.init();
        scene.failed_apply().says(&ids[0]).says("ecr:BatchGetImage").says("repository/dev-registry");
        assert_eq!(scene.emulator.writes(), [""; 0]);
        aws.ec2("ModifyVpcEndpoint", &[("VpcEndpointId", &ids[0]), ("ResetPolicy", "true")]);
        scene.work.apply();
        scene.work.assert_empty_plan();
        scene.work.destroy();
    });
}

#[test]
fn one_that_disappears_is_replaced_by_the_registrys_own() {
    on_each_engine(|engine| {
        let (scene, ids) = network(engine, &["ecr.api", "ecr.dkr"]);
        scene.registry("use_existing_endpoints = true").work.init();
        scene.work.apply();
        scene.emulator.aws().ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &ids[0])]);
        settle();
        let (actions, names) = scene.planned();
        assert_eq!(actions, json!(["update"]));
        assert!(names.contains("ecr_api_endpoint_id"), "{names:?}");
        scene.work.apply();
        assert_eq!(used(&scene), BTreeSet::from([ids[1].clone()]));
        assert_ne!(scene.attribute("ecr_api_endpoint_id"), json!(ids[0]));
        scene.work.assert_empty_plan();
        scene.work.destroy();
        let left: Vec<String> = scene.endpoints().iter().map(|endpoint| text(&endpoint["vpcEndpointId"])).collect();
        assert_eq!(left, ids[1..]);
    });
}

#[test]
fn the_arguments_can_be_turned_on_and_off() {
    on_each_engine(|engine| {
        let (scene, ids) = network(engine, &["ecr.api", "ecr.dkr"]);
        let before = there(&scene);
        scene.registry("use_existing_endpoints = true").work.init();
        scene.work.apply();
        scene.registry("");
        scene.work.run(&["plan"]).failure().says(&ids[0]).says("use_existing_endpoints = true");
        scene.registry("create_vpc_endpoints = false");
        scene.work.apply();
        assert_eq!(there(&scene), before, "what was used only drops out");
        assert_eq!(
            (scene.attribute("ecr_api_endpoint_id"), scene.attribute("used_endpoint_ids")),
            (Value::Null, Value::Null)
        );
        scene.work.assert_empty_plan();
        scene.registry("use_existing_endpoints = true");
        scene.work.apply();
        assert_eq!(used(&scene), ids[..2].iter().cloned().collect());
        scene.work.destroy();
        assert_eq!(there(&scene), before);

        // What is the registry's own stays its own.
        let own = Scene::applied(engine, "");
        let network = there(&own);
        own.registry("use_existing_endpoints = true");
        own.work.apply();
        assert_eq!((there(&own), used(&own)), (network, BTreeSet::new()));
        own.work.assert_empty_plan();
        own.registry("");
        own.work.apply();
        own.work.destroy();
        assert_eq!(own.objects(), [""; 0]);
    });
}

#[test]
fn a_second_registry_uses_the_first_ones_until_they_go() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        let first = text(&scene.attribute("ecr_api_endpoint_id"));
        let work = Workdir::new(engine, &scene.emulator);
        let arguments = format!(
            "cluster_name = \"dev\"\n  repository_name = \"tools\"\n  vpc_id = {:?}\n  private_subnet_ids = {:?}\n  \
             use_existing_endpoints = true",
            scene.network.vpc, scene.network.subnets
        );
        work.file("main.tf", &configuration("region = \"us-east-1\"", &arguments));
        work.init();
        work.apply();
        work.assert_empty_plan();
        scene.work.assert_empty_plan();
        let attribute = |name: &str| work.state_json()["values"]["root_module"]["resources"][0]["values"][name].clone();
        assert_eq!(attribute("ecr_api_endpoint_id"), json!(first));
        scene.work.destroy();
        assert_eq!(scene.objects(), ["repository tools"], "they were the first one's");
        work.apply();
        work.assert_empty_plan();
        assert_eq!(attribute("used_endpoint_ids"), json!([]));
        assert_ne!(attribute("ecr_api_endpoint_id"), json!(first));
        work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

/// Both in one configuration: the second sees in its apply what the first has made.
#[test]
fn two_registries_of_one_apply_share_what_the_first_makes() {
    on_each_engine(|engine| {
        let scene = Scene::new(engine);
        scene.registry("").work.init();
        let second = format!(
            "resource \"rosa_ecr\" \"tools\" {{\n  cluster_name = \"dev\"\n  repository_name = \"tools\"\n  vpc_id = {:?}\n  \
             private_subnet_ids = {:?}\n  use_existing_endpoints = true\n  depends_on = [rosa_ecr.registry]\n}}\n",
            scene.network.vpc, scene.network.subnets
        );
        scene.work.file("tools.tf", &second);
        scene.work.apply();
        assert_eq!(scene.endpoints().len(), 2);
        scene.work.assert_empty_plan();
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

#[test]
fn an_apply_that_was_killed_knows_what_it_has_made() {
    on_each_engine(|engine| {
        for write in 1..=6 {
            let (scene, ids) = network(engine, &["ecr.api"]);
            let before = there(&scene);
            scene.registry("use_existing_endpoints = true").work.init();
            scene.emulator.clear_calls();
            scene.emulator.stop_after_write(write);
            let running = scene.work.spawn(&["apply", "-auto-approve"]);
            scene.emulator.wait_for_stop();
            running.kill();
            running.wait().failure();
            scene.emulator.release();
            scene.work.apply();
            assert_eq!(used(&scene), BTreeSet::from([ids[0].clone()]), "killed after write {write}");
            scene.work.assert_empty_plan();
            scene.work.destroy();
            assert_eq!(there(&scene), before, "killed after write {write}");
        }
    });
}
