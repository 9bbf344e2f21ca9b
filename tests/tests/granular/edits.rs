//! Changes in place, replacement, and drift.

use super::*;

#[test]
fn edits_change_in_place_with_as_few_writes_as_there_are_differences() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let work = work(engine, &emulator, EVERYTHING);
        work.apply();
        // Other order and layout of a policy mean nothing.
        edit(
            &work,
            "Action    = [\"ecr:GetDownloadUrlForLayer\", \"ecr:BatchGetImage\"]",
            "Action    = [\"ecr:BatchGetImage\", \"ecr:GetDownloadUrlForLayer\"]",
        );
        work.assert_empty_plan();
        let cases = [
            ("keep_count    = 5", "keep_count    = 6", vec!["PutLifecyclePolicy"]),
            ("Sid       = \"Pull\"", "Sid       = \"PullOnly\"", vec!["SetRepositoryPolicy"]),
            (
                "tags = { Team = \"a\" }",
                "tags = { Team = \"b\" }\n  scan_on_push = false",
                vec!["PutImageScanningConfiguration", "TagResource"],
            ),
            ("\"ci:builder\", \"ci:deployer\"", "\"ci:builder\"", vec!["UpdateAssumeRolePolicy"]),
            (
                "[rosa_ecr_repository.app.arn]",
                "[rosa_ecr_repository.app.arn, \"${rosa_ecr_repository.app.arn}2\"]",
                vec!["PutRolePolicy"],
            ),
        ];
        for (from, to, writes) in cases {
            edit(&work, from, to);
            emulator.clear_calls();
            work.apply().says("0 added").says("1 changed").says("0 destroyed");
            assert_eq!(emulator.writes(), writes, "{from} to {to}");
            work.assert_empty_plan();
        }
        work.destroy();
        assert_eq!(emulator.aws().inventory(), ["role worker"]);
    });
}

#[test]
fn an_unknown_field_of_a_policy_counts() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let body = r#"
resource "rosa_ecr_repository" "app" { name = "team/app" }
resource "rosa_ecr_lifecycle_policy" "app" {
  repository = rosa_ecr_repository.app.name
  policy = jsonencode({ rules = [
    { rulePriority = 2, description = "b", action = { type = "expire" },
      selection = { tagStatus = "tagged", tagPrefixList = ["b", "a"], countType = "imageCountMoreThan", countNumber = 5 } },
    { rulePriority = 1, description = "a", action = { type = "expire" },
      selection = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 1 } },
  ] })
}
"#;
        let work = work(engine, &emulator, body);
        work.apply();
        work.assert_empty_plan();
        edit(&work, "[\"b\", \"a\"]", "[\"a\", \"b\"]");
        work.assert_empty_plan();
        edit(&work, "description = \"a\"", "description = \"other\"");
        assert_eq!(changes(&work.plan_json()), [("update".to_owned(), "rosa_ecr_lifecycle_policy.app".to_owned())]);
        work.destroy();
    });
}

#[test]
fn an_account_in_a_policy_is_the_root_that_ecr_makes_of_it() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let body = r#"
resource "rosa_ecr_repository" "app" { name = "team/app" }
resource "rosa_ecr_repository_policy" "app" {
  repository = rosa_ecr_repository.app.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "210987654321" }, Action = "ecr:BatchGetImage" }]
  })
}
"#;
        let work = work(engine, &emulator, body);
        work.apply();
        let text = emulator.aws().ecr("GetRepositoryPolicy", json!({ "repositoryName": "team/app" }));
        assert!(text["policyText"].as_str().is_some_and(|text| text.contains("iam::210987654321:root")), "{text}");
        work.assert_empty_plan();
        edit(&work, "210987654321", "arn:aws:iam::210987654321:root");
        work.assert_empty_plan();
        edit(&work, "210987654321", "210987654322");
        assert_eq!(changes(&work.plan_json()), [("update".to_owned(), "rosa_ecr_repository_policy.app".to_owned())]);
        work.destroy();
    });
}

#[test]
fn what_others_change_comes_back() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker");
        let work = work(engine, &emulator, EVERYTHING);
        work.apply();
        aws.iam("DeleteRolePolicy", &[("RoleName", "pipeline-push"), ("PolicyName", "rosa-ecr-push")]);
        aws.iam(
            "DetachRolePolicy",
            &[("RoleName", "worker"), ("PolicyArn", "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly")],
        );
        aws.ecr("DeleteRepositoryPolicy", json!({ "repositoryName": "team/app" }));
        let state = work.state_json();
        let resources = items(&state["values"]["root_module"]["resources"]);
        let group = resources.iter().find(|resource| resource["type"] == "rosa_ecr_endpoint_security_group");
        let group = group.expect("a group")["values"]["id"].as_str().expect("an id");
        aws.ec2(
            "AuthorizeSecurityGroupIngress",
            &[
                ("GroupId", group),
                ("IpPermissions.1.IpProtocol", "tcp"),
                ("IpPermissions.1.FromPort", "22"),
                ("IpPermissions.1.ToPort", "22"),
                ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
            ],
        );
        std::fs::remove_file(work.path().join("mirrors.yaml")).expect("the mirror file");
        let mut expected = changes(&work.plan_json());
        expected.sort();
        let there: Vec<_> = expected.iter().map(|(actions, address)| (actions.as_str(), address.as_str())).collect();
        assert_eq!(
            there,
            [
                ("create", "rosa_ecr_idms.mirrors"),
                ("create", "rosa_ecr_repository_policy.app"),
                ("update", "rosa_ecr_endpoint_security_group.endpoints"),
                ("update", "rosa_ecr_pull_policy_attachment.worker"),
                ("update", "rosa_ecr_push_role.push"),
            ]
        );
        work.apply();
        assert_eq!(aws.inventory(), WHOLE);
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn endpoints_swap_their_group_before_the_old_one_goes() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let work = work(engine, &emulator, EVERYTHING);
        edit(
            &work,
            "name   = \"ecr-endpoints\"\n  vpc_id = var.vpc_id",
            "name   = \"ecr-endpoints\"\n  vpc_id = var.vpc_id\n  lifecycle { create_before_destroy = true }",
        );
        work.apply();
        edit(&work, "\"ecr-endpoints\"", "\"ecr-endpoints-2\"");
        emulator.clear_calls();
        work.apply().says("1 added").says("2 changed").says("1 destroyed");
        let writes = emulator.writes();
        let place = |action: &str| writes.iter().rposition(|write| write == action).expect(action);
        assert!(place("CreateSecurityGroup") < place("ModifyVpcEndpoint"), "{writes:?}");
        assert!(place("ModifyVpcEndpoint") < place("DeleteSecurityGroup"), "{writes:?}");
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(emulator.aws().inventory(), ["role worker"]);
    });
}

#[test]
fn a_group_that_something_else_refers_to_names_it() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let body = r#"
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
  timeouts { delete = "2s" }
}
output "id" { value = rosa_ecr_endpoint_security_group.endpoints.id }
"#;
        let work = work(engine, &emulator, body);
        work.apply();
        let id = work.outputs()["id"].as_str().expect("an id").to_owned();
        let vpc = aws.ec2("DescribeSecurityGroups", &[("GroupId.1", &id)]);
        let vpc = items(&vpc["securityGroupInfo"])[0]["vpcId"].as_str().expect("an id").to_owned();
        let parameters = [("GroupName", "other"), ("GroupDescription", "other"), ("VpcId", vpc.as_str())];
        let other = aws.ec2("CreateSecurityGroup", &parameters)["groupId"].as_str().expect("an id").to_owned();
        let rule = [
            ("GroupId", other.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "443"),
            ("IpPermissions.1.ToPort", "443"),
            ("IpPermissions.1.Groups.1.GroupId", id.as_str()),
        ];
        aws.ec2("AuthorizeSecurityGroupIngress", &rule);
        let output = work.run(&["destroy", "-auto-approve"]).failure();
        output.says(&format!("The security group {id} is still in use")).says(&other);
        aws.ec2("RevokeSecurityGroupIngress", &rule);
        work.destroy();
    });
}

#[test]
fn as_many_blocks_as_a_group_takes_are_replaced_by_as_many_others() {
    let body = r#"
locals {
  net   = 1
  count = 40
}
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name                = "ecr-endpoints"
  vpc_id              = var.vpc_id
  ingress_cidr_blocks = [for n in range(local.count) : "10.${local.net}.${n}.0/24"]
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, body);
        work.apply();
        edit(&work, "net   = 1", "net   = 2");
        work.apply().says("1 changed");
        work.assert_empty_plan();
        // More than fit are refused, and those that were there stay.
        edit(&work, "net   = 2", "net   = 3");
        edit(&work, "count = 40", "count = 70");
        work.run(&["apply", "-auto-approve"]).failure().says("no room for these rules").says("ingress_cidr_blocks");
        edit(&work, "net   = 3", "net   = 2");
        edit(&work, "count = 70", "count = 40");
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn images_can_go_to_the_archive() {
    let body = r#"
resource "rosa_ecr_repository" "app" {
  name = "team/app"
}
resource "rosa_ecr_lifecycle_policy" "app" {
  repository = rosa_ecr_repository.app.name
  policy = jsonencode({ rules = [
    {
      rulePriority = 1
      selection    = { tagStatus = "any", countType = "sinceImagePulled", countUnit = "days", countNumber = 90 }
      action       = { type = "transition", targetStorageClass = "archive" }
    },
  ] })
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, body);
        work.apply();
        work.assert_empty_plan();
        edit(&work, "90", "120");
        work.apply().says("1 changed");
        work.destroy();
    });
}
