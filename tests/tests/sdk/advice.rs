//! What diagnostics advise a program works, as it is printed.

use rosa_ecr::prelude::LifecyclePolicy;
use rosa_ecr::{Declare as _, Error, Stack};
use rosa_ecr_tests::{Aws, Emulator, Network, Program};
use serde_json::json;

/// The resources of the example, each of which something else can have made. The second ones are planned when the repository is.
const NAMES: [&[&str]; 2] =
    [&["images/repository", "push", "group", "api", "dkr"], &["images/lifecycle", "images/policy"]];

fn parts(emulator: &Emulator, network: &Network) -> Program {
    let mut program = Program::new("parts", emulator);
    program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
    program
}

/// Makes by hand what the example declares.
fn by_hand(aws: &Aws, network: &Network) {
    aws.ecr("CreateRepository", json!({ "repositoryName": "dev/tools" }));
    aws.put_another_lifecycle_policy("dev/tools");
    let policy = json!({ "Statement": [{ "Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage" }] });
    aws.ecr("SetRepositoryPolicy", json!({ "repositoryName": "dev/tools", "policyText": policy.to_string() }));
    let group = [
        ("GroupName", "ecr-endpoints"),
        ("GroupDescription", "ECR VPC endpoints: HTTPS from the VPC"),
        ("VpcId", &network.vpc),
    ];
    aws.ec2("CreateSecurityGroup", &group);
    for service in ["api", "dkr"] {
        let endpoint = [
            ("VpcEndpointType", "Interface"),
            ("VpcId", network.vpc.as_str()),
            ("ServiceName", &format!("com.amazonaws.us-east-1.ecr.{service}")),
            ("SubnetId.1", network.subnets[0].as_str()),
            ("SubnetId.2", network.subnets[1].as_str()),
            ("PrivateDnsEnabled", "true"),
        ];
        aws.ec2("CreateVpcEndpoint", &endpoint);
    }
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc" },
        "Condition": { "StringEquals": { "rh-oidc.example.com/abc:sub": "system:serviceaccount:ci:other" } },
    }] });
    aws.iam("CreateRole", &[("RoleName", "dev-push"), ("AssumeRolePolicyDocument", &trust.to_string())]);
}

/// The id in the command that a text prints for the import under that name.
fn import_id(text: &str, name: &str) -> Option<String> {
    let rest = text.split(&format!("import {name} ")).nth(1)?;
    let id = rest.split([' ', '`', '\n']).next()?;
    Some(id.trim_end_matches(['.', ')', ',']).to_owned())
}

#[test]
fn import_commands_are_the_right_ones() {
    let emulator = Emulator::start();
    let aws = emulator.aws();
    let network = aws.network("10.0.0.0/16", 2);
    let program = parts(&emulator, &network);
    by_hand(&aws, &network);
    let before = aws.inventory();
    for names in NAMES {
        let refused = program.run(&["up", "--yes"]).failure().prose();
        for name in names {
            let id = import_id(&refused, name).unwrap_or_else(|| panic!("no `import {name} …` in {refused}"));
            program.run(&["import", name, &id]).success();
        }
    }
    let up = program.run(&["up", "--yes"]).success();
    up.never_says("created");
    program.assert_empty_preview();
    assert!(before.iter().all(|object| aws.inventory().contains(object)), "{before:?}");
    program.run(&["destroy", "--yes"]).success();
}

#[test]
fn an_object_that_another_program_holds_is_let_go() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let (mut first, second) = (Program::new("parts", &emulator), Program::new("parts", &emulator));
    first.run(&["up", "--yes"]).success();
    second.run(&["up", "--yes"]).success().says("taken over");
    first.env("MUTABILITY", "IMMUTABLE");
    let refused = first.run(&["up", "--yes"]).failure();
    refused.says("Another declaration holds").says("run `destroy`").never_says("erraform");
    first.run(&["destroy", "--yes"]).success();
    second.assert_empty_preview();

    // What a VPC lacks is said without words of Terraform's.
    let attribute = [("VpcId", network.vpc.as_str()), ("EnableDnsHostnames.Value", "false")];
    emulator.aws().ec2("ModifyVpcAttribute", &attribute);
    let third = parts(&emulator, &network);
    let refused = third.run(&["preview"]).failure();
    refused.says("or set both where the VPC is made").never_says("erraform").never_says("aws_vpc");
    second.run(&["destroy", "--yes"]).success();
}

/// As in HCL: `one_mistake_is_one_error` of the granular resources.
#[test]
fn one_mistake_is_one_error() {
    let mut stack = Stack::new("mistakes");
    let policy = LifecyclePolicy::builder().repository("app").policy(r#"{"rules":[]}"#).build();
    policy.declare(&mut stack, "policy").expect("a good name");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let error = runtime.block_on(async { stack.preview().await.expect_err("there are no rules") });
    let Error::Invalid(diagnostics) = error else { panic!("{error}") };
    assert_eq!(diagnostics.iter().count(), 1, "{diagnostics}");
}
