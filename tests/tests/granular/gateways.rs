//! Gateway endpoints: `rosa_ecr_vpc_endpoint` for S3.

use super::*;

const GATEWAY: &str = r#"
variable "route_table_ids" { type = set(string) }
resource "rosa_ecr_vpc_endpoint" "s3" {
  service         = "s3"
  vpc_id          = var.vpc_id
  route_table_ids = var.route_table_ids
}
"#;

/// A route table in the VPC of the directory.
fn table(emulator: &Emulator, work: &Workdir) -> String {
    let vpc = variables(work)["vpc_id"].as_str().expect("an id").to_owned();
    let made = emulator.aws().ec2("CreateRouteTable", &[("VpcId", &vpc)]);
    made["routeTable"]["routeTableId"].as_str().expect("an id").to_owned()
}

fn variables(work: &Workdir) -> Value {
    let vars = std::fs::read_to_string(work.path().join("test.auto.tfvars.json")).expect("the variables");
    serde_json::from_str(&vars).expect("JSON")
}

fn give(work: &Workdir, tables: &[&String]) {
    let mut vars = variables(work);
    vars["route_table_ids"] = json!(tables);
    work.vars(vars);
}

/// The route tables of each gateway endpoint.
fn led(emulator: &Emulator) -> Vec<Vec<String>> {
    let described = emulator.aws().ec2("DescribeVpcEndpoints", &[]);
    let is_there = |endpoint: &&Value| endpoint["vpcEndpointType"] == "Gateway" && endpoint["state"] == "available";
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let gateways = items(&described["vpcEndpointSet"]).iter().filter(is_there);
    gateways
        .map(|endpoint| {
            let mut tables: Vec<String> = items(&endpoint["routeTableIdSet"]).iter().map(text).collect();
            tables.sort();
            tables
        })
        .collect()
}

fn sorted(tables: &[&String]) -> Vec<String> {
    let mut tables: Vec<String> = tables.iter().map(|table| (*table).clone()).collect();
    tables.sort();
    tables
}

#[test]
fn route_tables_come_and_go_and_are_put_back() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, GATEWAY);
        let (one, two) = (table(&emulator, &work), table(&emulator, &work));
        give(&work, &[&one]);
        let plan = work.plan_json();
        let after = &plan["resource_changes"][0]["change"]["after"];
        assert_eq!(after["service_name"], json!("com.amazonaws.us-east-1.s3"));
        assert_eq!((&after["dns_names"], &after["network_interface_ids"]), (&json!([]), &json!([])));
        work.apply();
        work.assert_empty_plan();
        give(&work, &[&one, &two]);
        emulator.clear_calls();
        work.apply();
        assert_eq!(emulator.writes(), ["ModifyVpcEndpoint"]);
        work.assert_empty_plan();
        assert_eq!(led(&emulator), [sorted(&[&one, &two])]);

        let id = work.state_json()["values"]["root_module"]["resources"][0]["values"]["id"].clone();
        let id = id.as_str().expect("an id");
        emulator.aws().ec2("ModifyVpcEndpoint", &[("VpcEndpointId", id), ("RemoveRouteTableId.1", &one)]);
        work.apply().says("1 changed");
        assert_eq!(led(&emulator), [sorted(&[&one, &two])]);
        give(&work, &[&two]);
        work.apply();
        assert_eq!(led(&emulator), [sorted(&[&two])]);

        work.run(&["state", "rm", "rosa_ecr_vpc_endpoint.s3"]).success();
        work.run(&["import", "rosa_ecr_vpc_endpoint.s3", id]).success();
        work.assert_empty_plan();
        work.run(&["state", "rm", "rosa_ecr_vpc_endpoint.s3"]).success();
        work.apply().says("was taken over");
        assert_eq!(led(&emulator), [sorted(&[&two])], "no second one");
        work.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}

#[test]
fn a_route_table_that_leads_elsewhere_is_refused_before_anything_is_made() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, GATEWAY);
        let (one, two) = (table(&emulator, &work), table(&emulator, &work));
        let vpc = variables(&work)["vpc_id"].as_str().expect("an id").to_owned();
        let service = "com.amazonaws.us-east-1.s3";
        let gateway =
            [("VpcEndpointType", "Gateway"), ("VpcId", &vpc), ("ServiceName", service), ("RouteTableId.1", &one)];
        let made = emulator.aws().ec2("CreateVpcEndpoint", &gateway);
        let other = made["vpcEndpoint"]["vpcEndpointId"].as_str().expect("an id");
        give(&work, &[&one, &two]);
        let refused = work.run(&["plan"]).failure();
        refused.says(other).says(&one).says("terraform import").says("out of route_table_ids");
        give(&work, &[&two]);
        work.apply();
        work.assert_empty_plan();
        give(&work, &[&one, &two]);
        work.run(&["plan"]).failure().says(other).says(&one);
        assert_eq!(led(&emulator).len(), 2);

        let elsewhere = emulator.aws().network("10.1.0.0/16", 1).vpc;
        let foreign = emulator.aws().ec2("CreateRouteTable", &[("VpcId", &elsewhere)]);
        let foreign = foreign["routeTable"]["routeTableId"].as_str().expect("an id").to_owned();
        give(&work, &[&foreign]);
        work.run(&["plan"]).failure().says("Route tables of another VPC").says(&foreign);
        give(&work, &[&two]);
        work.destroy();
        assert_eq!(led(&emulator), [sorted(&[&one])], "what was there stays");
    });
}

#[test]
fn what_a_gateway_does_not_have_is_refused() {
    let cases = [
        ("subnet_ids = var.subnet_ids", "\"subnet_ids\" is not for s3"),
        ("security_group_ids = [\"sg-1\"]", "\"security_group_ids\" is not for s3"),
        ("private_dns_enabled = false", "\"private_dns_enabled\" is not for s3"),
        ("ip_address_type = \"ipv4\"", "\"ip_address_type\" is not for s3"),
    ];
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, GATEWAY);
        give(&work, &[&"rtb-1".to_owned()]);
        for (argument, reported) in cases {
            let body = GATEWAY.replace("vpc_id          =", &format!("{argument}\n  vpc_id          ="));
            work.file("main.tf", &format!("{HEADER}{PROVIDER}{body}"));
            work.run(&["plan"]).failure().says(reported).says("Remove ");
        }
        give(&work, &[]);
        work.file("main.tf", &format!("{HEADER}{PROVIDER}{GATEWAY}"));
        work.run(&["plan"]).failure().says("needs route_table_ids");
        let interface = GATEWAY.replace("\"s3\"\n", "\"sts\"\n").replace("var.route_table_ids", "[\"rtb-1\"]");
        work.file("main.tf", &format!("{HEADER}{PROVIDER}{interface}"));
        work.run(&["plan"]).failure().says("needs subnet_ids").says("\"route_table_ids\" is not for sts");
        assert!(emulator.writes().is_empty());
    });
}

/// All other services have interface endpoints, as ECR's.
#[test]
fn other_services_have_interfaces() {
    let body = r#"
resource "rosa_ecr_vpc_endpoint" "other" {
  for_each   = toset(["sts", "ec2", "kms", "logs", "elasticloadbalancing"])
  service    = each.key
  vpc_id     = var.vpc_id
  subnet_ids = var.subnet_ids
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, body);
        work.apply();
        work.assert_empty_plan();
        let services = ["ec2", "elasticloadbalancing", "kms", "logs", "sts"];
        let there = services.map(|service| format!("endpoint com.amazonaws.us-east-1.{service}"));
        assert_eq!(emulator.aws().inventory(), there);
        work.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}
