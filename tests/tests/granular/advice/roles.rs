//! IAM roles, instance profiles, and lifecycle policies of somebody else.

use super::*;

const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";

#[test]
fn an_empty_instance_profile_gets_the_role() {
    let body = "resource \"rosa_ecr_pull_policy_attachment\" \"pool\" {\n  instance_profile_name = \"pool\"\n}\n";
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker");
        aws.instance_profile("pool", None);
        let work = work(engine, &emulator, body);
        let refused = work.run(&["apply", "-auto-approve"]).failure().says("has no role").prose();
        let command = commands(&refused, "aws").remove(0);
        run_aws(&aws, &command.replace('…', "worker"));
        work.apply();
        assert_eq!(aws.attached_policies("worker"), [POLICY]);
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn a_role_without_room_for_a_tag_gets_room() {
    let body = "resource \"rosa_ecr_pull_policy_attachment\" \"worker\" {\n  role_name = \"worker\"\n}\n";
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker");
        let tags: Vec<[(String, String); 2]> = (1..=50)
            .map(|n| {
                [(format!("Tags.member.{n}.Key"), format!("k{n}")), (format!("Tags.member.{n}.Value"), "v".to_owned())]
            })
            .collect();
        let mut form = vec![("RoleName", "worker")];
        form.extend(tags.iter().flatten().map(|(name, value)| (name.as_str(), value.as_str())));
        aws.iam("TagRole", &form);
        let work = work(engine, &emulator, body);
        let refused = work.run(&["apply", "-auto-approve"]).failure();
        refused.says("has no room for another tag").says("there must be room for 2 more");
        let keys = [("RoleName", "worker"), ("TagKeys.member.1", "k1"), ("TagKeys.member.2", "k2")];
        aws.iam("UntagRole", &keys);
        work.apply();
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn a_push_role_keeps_its_path_and_is_let_go_by_others() {
    let body = r#"
resource "rosa_ecr_push_role" "push" {
  name              = "pipeline-push"
  path              = "/a/"
  repository_arns   = ["arn:aws:ecr:us-east-1:123456789012:repository/app"]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder"]
  timeouts { delete = "5s" }
}
"#;
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, body);
        work.apply();
        work.run(&["state", "rm", "rosa_ecr_push_role.push"]).success();
        edit(&work, "\"/a/\"", "\"/b/\"");
        let refused = work.run(&["apply", "-auto-approve"]).failure();
        refused.says("role/a/pipeline-push is there").says("set path to what it has");
        edit(&work, "\"/b/\"", "\"/a/\"");
        work.apply().says("was taken over");
        work.assert_empty_plan();

        let policy = [("RoleName", "pipeline-push"), ("PolicyArn", POLICY)];
        aws.iam("AttachRolePolicy", &policy);
        let refused = work.run(&["destroy", "-auto-approve"]).failure();
        refused.says(&format!("the policy {POLICY}")).says("Take that away from the role pipeline-push");
        aws.iam("DetachRolePolicy", &policy);
        work.destroy();
        assert_eq!(aws.inventory(), [""; 0]);
    });
}

#[test]
fn a_lifecycle_policy_that_stays_is_deleted_or_replaced() {
    let body = |arguments: &str| {
        let fixed = "cluster_name = \"dev\"\n  create_vpc_endpoints = false\n  adopt_existing = true";
        format!("{HEADER}{PROVIDER}resource \"rosa_ecr\" \"registry\" {{\n  {fixed}\n  {arguments}\n}}\n")
    };
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, "");
        let is_gone = || aws.try_ecr("GetLifecyclePolicy", json!({ "repositoryName": "dev-registry" })).is_err();
        aws.ecr("CreateRepository", json!({ "repositoryName": "dev-registry" }));
        aws.put_another_lifecycle_policy("dev-registry");
        work.file("main.tf", &body("lifecycle_policy_enabled = false"));
        let stays = work.apply().says("stays").says("set lifecycle_policy_enabled = true").prose();
        run_aws(&aws, &commands(&stays, "aws").pop().expect("a command"));
        assert!(is_gone());
        work.assert_empty_plan();
        aws.put_another_lifecycle_policy("dev-registry");
        work.file("main.tf", &body("lifecycle_policy_enabled = true"));
        work.apply();
        work.assert_empty_plan();
        work.destroy();
    });
}
