//! Import commands.

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

const ELSEWHERE: &str = r#"
resource "rosa_ecr_endpoint_security_group" "it" {
  name        = "ecr-endpoints"
  description = "by hand"
  vpc_id      = var.vpc_id
  region      = "eu-west-1"
}
resource "rosa_ecr_vpc_endpoint" "it" {
  service    = "api"
  vpc_id     = var.vpc_id
  subnet_ids = var.subnet_ids
  region     = "eu-west-1"
}
resource "rosa_ecr" "it" {
  cluster_name             = "dev"
  repository_name          = "images"
  create_vpc_endpoints     = false
  lifecycle_policy_enabled = false
  scan_on_push             = false
  region                   = "eu-west-1"
}
"#;

#[test]
fn what_is_in_another_region_is_imported_with_its_name() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws_in("eu-west-1");
        let network = aws.network("10.2.0.0/16", 2);
        let work = work(engine, &emulator, ELSEWHERE);
        work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets }));
        let group = [("GroupName", "ecr-endpoints"), ("GroupDescription", "by hand"), ("VpcId", &network.vpc)];
        let group = aws.ec2("CreateSecurityGroup", &group)["groupId"].as_str().expect("an id").to_owned();
        let endpoint = [
            ("VpcEndpointType", "Interface"),
            ("VpcId", network.vpc.as_str()),
            ("ServiceName", "com.amazonaws.eu-west-1.ecr.api"),
            ("SubnetId.1", network.subnets[0].as_str()),
            ("SubnetId.2", network.subnets[1].as_str()),
            ("PrivateDnsEnabled", "true"),
        ];
        let endpoint = aws.ec2("CreateVpcEndpoint", &endpoint)["vpcEndpoint"]["vpcEndpointId"].clone();
        aws.ecr("CreateRepository", json!({ "repositoryName": "images" }));
        for (type_name, id) in [
            ("rosa_ecr_endpoint_security_group", group.as_str()),
            ("rosa_ecr_vpc_endpoint", endpoint.as_str().expect("an id")),
            ("rosa_ecr", "dev/images"),
        ] {
            let address = format!("{type_name}.it");
            work.run(&["import", &address, id]).failure().says("in another region is imported as").says("@<region>");
            work.run(&["import", &address, &format!("{id}@eu-west-1")]).success();
        }
        work.apply().says("0 added").says("0 destroyed");
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(aws.inventory(), [""; 0]);
    });
}
