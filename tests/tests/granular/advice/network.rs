//! Networks: VPCs, subnets, endpoints and their security groups.

use super::*;

#[test]
fn what_a_vpc_lacks_is_added_with_the_printed_command() {
    let body = r#"
resource "rosa_ecr_vpc_endpoint" "api" {
  service    = "api"
  vpc_id     = var.vpc_id
  subnet_ids = var.subnet_ids
}
resource "rosa_ecr" "registry" {
  cluster_name       = "dev"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.subnet_ids
  create_vpc_endpoints = ENDPOINTS
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, &body.replace("ENDPOINTS", "false"));
        let vars = vars(&work);
        let vpc = vars["vpc_id"].as_str().expect("an id");
        for attribute in ["EnableDnsHostnames", "EnableDnsSupport"] {
            aws.ec2("ModifyVpcAttribute", &[("VpcId", vpc), (&format!("{attribute}.Value"), "false")]);
        }
        emulator.clear_calls();
        let refused = work.run(&["plan"]).failure();
        refused.says("has no private DNS names");
        assert!(emulator.writes().is_empty());
        let prose = work.run(&["plan"]).failure().prose();
        let missing = commands(&prose, "aws");
        let missing: std::collections::BTreeSet<_> = missing.iter().collect();
        assert_eq!(missing.len(), 2, "{prose}");
        missing.into_iter().for_each(|command| run_aws(&aws, command));
        work.apply();

        // Subnets that do not go together are refused in the plan of both, and nothing was made by then.
        let second = aws.subnet(vpc, "10.0.0.0/16", 7, 0);
        let mut subnets = vars["subnet_ids"].clone();
        subnets.as_array_mut().expect("a list").push(json!(second));
        work.vars(json!({ "vpc_id": vpc, "subnet_ids": subnets }));
        let refused = work.run(&["plan"]).failure();
        refused.says("Two subnets in one availability zone").says(&second).says("subnet_ids");
        work.vars(vars);
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn subnets_of_another_vpc_are_refused_before_a_registry_is_made() {
    let body = r#"
resource "rosa_ecr" "registry" {
  cluster_name       = "dev"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.subnet_ids
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let other = emulator.aws().network("10.1.0.0/16", 1);
        let work = work(engine, &emulator, body);
        let vars = vars(&work);
        work.vars(json!({ "vpc_id": vars["vpc_id"], "subnet_ids": other.subnets }));
        let refused = work.run(&["plan"]).failure();
        refused.says("Subnets of another VPC").says(&other.subnets[0]).says(&other.vpc).says("private_subnet_ids");
        work.vars(vars);
        work.apply();
        work.destroy();
    });
}

/// Makes a group by hand, and gives its id.
fn group(aws: &Aws, vpc: &str, name: &str) -> String {
    let parameters = [("GroupName", name), ("GroupDescription", "by hand"), ("VpcId", vpc)];
    aws.ec2("CreateSecurityGroup", &parameters)["groupId"].as_str().expect("an id").to_owned()
}

#[test]
fn what_is_in_the_way_of_a_network_is_used_or_stands_beside_it() {
    let body = r#"
resource "rosa_ecr_vpc_endpoint" "api" {
  service    = "api"
  vpc_id     = var.vpc_id
  subnet_ids = var.subnet_ids
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let beside = work(engine, &emulator, body);
        let (vpc, subnets) = (var(&beside, "vpc_id"), vars(&beside)["subnet_ids"].clone());
        let endpoint = [
            ("VpcEndpointType", "Interface"),
            ("VpcId", vpc.as_str()),
            ("ServiceName", "com.amazonaws.us-east-1.ecr.api"),
            ("SubnetId.1", subnets[0].as_str().expect("an id")),
        ];
        aws.ec2("CreateVpcEndpoint", &endpoint);
        beside.run(&["plan"]).failure().says("set private_dns_enabled = false");
        edit(&beside, "\"api\"\n  vpc", "\"api\"\n  private_dns_enabled = false\n  vpc");
        beside.apply();
        beside.assert_empty_plan();
        beside.destroy();

        let registry = Workdir::new(engine, &emulator);
        let vpc = aws.network("10.1.0.0/16", 2);
        let body = |arguments: &str| {
            format!(
                "{HEADER}{PROVIDER}resource \"rosa_ecr\" \"registry\" {{\n  cluster_name = \"dev\"\n  vpc_id = \
                 var.vpc_id\n  private_subnet_ids = var.subnet_ids\n  {arguments}\n}}\n"
            )
        };
        registry.file("main.tf", &body("")).vars(json!({ "vpc_id": vpc.vpc, "subnet_ids": vpc.subnets }));
        registry.init();
        group(&aws, &vpc.vpc, "rosa-ecr-endpoints-dev");
        let refused = registry.run(&["apply", "-auto-approve"]).failure().prose();
        let argument = refused.split("in rosa_ecr, set ").nth(1).and_then(|rest| rest.split("]. ").next());
        let argument = argument.unwrap_or_else(|| panic!("no argument in {refused}"));
        registry.file("main.tf", &body(&format!("{argument}]")));
        registry.apply();
        registry.assert_empty_plan();
        registry.destroy();
    });
}

#[test]
fn what_an_endpoint_needs_is_set_or_left_out() {
    let body = "resource \"rosa_ecr\" \"registry\" {\n  cluster_name = \"dev\"\n}\n";
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, body);
        let refused = work.run(&["plan"]).failure();
        refused.says("Set vpc_id").says("Set private_subnet_ids").says("set create_vpc_endpoints = false");
        edit(&work, "\"dev\"\n", "\"dev\"\n  create_vpc_endpoints = false\n");
        work.apply();
        let network = "vpc_id = var.vpc_id\n  private_subnet_ids = var.subnet_ids\n";
        edit(&work, "create_vpc_endpoints = false\n", network);
        work.apply();
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn a_group_that_endpoints_use_is_replaced_under_another_name() {
    let body = r#"
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name        = "ecr-endpoints"
  description = "first"
  vpc_id      = var.vpc_id
  timeouts { delete = "2s" }
}
resource "rosa_ecr_vpc_endpoint" "api" {
  service            = "api"
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [rosa_ecr_endpoint_security_group.endpoints.id]
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, body);
        work.apply();
        edit(&work, "\"first\"", "\"second\"");
        let refused = work.run(&["apply", "-auto-approve"]).failure();
        let refused = refused.says("is still in use").says("give the new one another name");
        let first = refused.prose();
        let first = first.split("another name and set ").nth(1).and_then(|rest| rest.split(": a VPC").next());
        let first = first.expect("the `lifecycle` block").to_owned();
        edit(&work, "\"ecr-endpoints\"", &format!("\"ecr-endpoints-2\"\n  {first}"));
        work.apply();
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}

#[test]
fn a_group_that_was_left_keeps_its_description() {
    let body = r#"
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name        = "ecr-endpoints"
  description = "first"
  vpc_id      = var.vpc_id
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, body);
        work.apply();
        work.run(&["state", "rm", "rosa_ecr_endpoint_security_group.endpoints"]).success();
        edit(&work, "\"first\"", "\"second\"");
        let refused = work.run(&["apply", "-auto-approve"]).failure();
        refused.says("is described as \"first\"").says("set description to what it has");
        edit(&work, "\"second\"", "\"first\"");
        work.apply().says("was taken over");
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn a_time_limit_that_is_too_short_is_raised() {
    let body = r#"
resource "rosa_ecr_vpc_endpoint" "api" {
  service    = "api"
  vpc_id     = var.vpc_id
  subnet_ids = var.subnet_ids
  timeouts {
    create = "2s"
    delete = "2s"
  }
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, body);
        emulator.settings(json!({ "endpoint_ms": 6_000 }));
        let refused = work.run(&["apply", "-auto-approve"]).failure();
        refused.says("Timed out waiting").says("raise the limit").says("`timeouts` block");
        edit(&work, "create = \"2s\"", "create = \"1m\"");
        work.apply();
        let refused = work.run(&["destroy", "-auto-approve"]).failure();
        refused.says("Timed out waiting").says("A destroy reads it from the state: apply the change first");
        edit(&work, "delete = \"2s\"", "delete = \"1m\"");
        work.apply();
        work.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}
