//! What errors advise works, as it is printed.

use super::*;

/// Everything whose name can be taken by something else.
const TAKEN: &str = r#"
resource "rosa_ecr_repository" "it" {
  name  = "team/app"
  owner = "dev"
}
resource "rosa_ecr_lifecycle_policy" "it" {
  repository    = "team/other"
  untagged_days = 7
  keep_count    = 5
}
resource "rosa_ecr_repository_policy" "it" {
  repository = "team/other"
  policy     = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "ecr:BatchGetImage" }] })
}
resource "rosa_ecr_endpoint_security_group" "it" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
}
resource "rosa_ecr_vpc_endpoint" "it" {
  service    = "api"
  vpc_id     = var.vpc_id
  subnet_ids = var.subnet_ids
  owner      = "dev/tools"
}
resource "rosa_ecr_push_role" "it" {
  name              = "pipeline-push"
  repository_arns   = ["arn:aws:ecr:us-east-1:123456789012:repository/team/app"]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder"]
}
"#;

/// The variables that [`work`] has set.
fn vars(work: &Workdir) -> Value {
    let text = std::fs::read_to_string(work.path().join("test.auto.tfvars.json")).expect("the variables");
    serde_json::from_str(&text).expect("JSON")
}

/// The import commands that a text prints, by type and id.
fn imports(text: &str) -> Vec<(String, String)> {
    let commands = text.split("terraform import ").skip(1);
    let commands = commands.filter_map(|rest| {
        let (address, rest) = rest.split_once(' ')?;
        let id = rest.split([' ', '`', '\n']).next()?.trim_end_matches(['.', ')', ',']);
        Some((address.strip_suffix(".<name>")?.to_owned(), id.to_owned()))
    });
    commands.collect()
}

#[test]
fn import_commands_are_the_right_ones() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, TAKEN);
        let vars = vars(&work);
        let vpc = vars["vpc_id"].as_str().expect("an id");
        for name in ["team/app", "team/other"] {
            aws.ecr("CreateRepository", json!({ "repositoryName": name }));
        }
        aws.put_another_lifecycle_policy("team/other");
        let policy = json!({ "Statement": [{ "Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage" }] });
        let policy = json!({ "repositoryName": "team/other", "policyText": policy.to_string() });
        aws.ecr("SetRepositoryPolicy", policy);
        let described = "ECR VPC endpoints: HTTPS from the VPC";
        aws.ec2(
            "CreateSecurityGroup",
            &[("GroupName", "ecr-endpoints"), ("GroupDescription", described), ("VpcId", vpc)],
        );
        let subnet = |index: usize| vars["subnet_ids"][index].as_str().expect("an id");
        let endpoint = [
            ("VpcEndpointType", "Interface"),
            ("VpcId", vpc),
            ("ServiceName", "com.amazonaws.us-east-1.ecr.api"),
            ("SubnetId.1", subnet(0)),
            ("SubnetId.2", subnet(1)),
        ];
        aws.ec2("CreateVpcEndpoint", &endpoint);
        // A role that nothing of this kind has cannot be imported, and no command says so.
        let nobodys = r#"{"Version":"2012-10-17","Statement":[]}"#;
        aws.iam("CreateRole", &[("RoleName", "pipeline-push"), ("AssumeRolePolicyDocument", nobodys)]);
        let refused = work.run(&["plan"]).failure().says("The role pipeline-push exists already");
        refused.never_says("import rosa_ecr_push_role");
        let provider = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc";
        let trust = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": { "Federated": provider },
            "Condition": { "StringEquals": { "rh-oidc.example.com/abc:sub": "system:serviceaccount:ci:other" } },
        }] });
        let trust = [("RoleName", "pipeline-push"), ("PolicyDocument", &trust.to_string())];
        aws.iam("UpdateAssumeRolePolicy", &trust);

        let refused = work.run(&["apply", "-auto-approve"]).failure();
        let mut imports = imports(&refused.prose());
        imports.sort();
        let types: Vec<&str> = imports.iter().map(|(type_name, _)| type_name.as_str()).collect();
        let all = [
            "rosa_ecr_endpoint_security_group",
            "rosa_ecr_lifecycle_policy",
            "rosa_ecr_push_role",
            "rosa_ecr_repository",
            "rosa_ecr_repository_policy",
            "rosa_ecr_vpc_endpoint",
        ];
        assert_eq!(types, all, "{}", refused.prose());
        for (type_name, id) in &imports {
            work.run(&["import", &format!("{type_name}.it"), id]).success();
        }
        work.apply().says("0 added").says("0 destroyed");
        work.assert_empty_plan();
        work.destroy();
    });
}

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
        for (option, attribute) in [("hostnames", "EnableDnsHostnames"), ("support", "EnableDnsSupport")] {
            let command = format!("aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-{option}");
            assert!(prose.contains(&command), "{prose}");
            aws.ec2("ModifyVpcAttribute", &[("VpcId", vpc), (&format!("{attribute}.Value"), "true")]);
        }
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
