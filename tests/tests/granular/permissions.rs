//! What roles may pull: each permission, from one to another, kept on a destroy, imported, moved, and found by a query.

use rosa_ecr_tests::{Aws, Feature};

use super::*;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
const PULL_ONLY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
const SCOPED: &str = r#"
  permission      = "scoped"
  repository_arns = ["arn:aws:ecr:us-east-1:123456789012:repository/team/*"]
"#;

/// An attachment for an owner with these arguments.
fn attachment(owner: &str, arguments: &str) -> String {
    format!(
        "resource \"rosa_ecr_pull_policy_attachment\" \"worker\" {{\n  role_name = \"worker\"\n  owner = {owner:?}\n  {arguments}\n}}\n"
    )
}

fn inline_policies(aws: &Aws) -> Vec<Value> {
    items(&aws.iam("ListRolePolicies", &[("RoleName", "worker")])["PolicyNames"]).to_vec()
}

/// Whether nothing of ours is on the role.
#[track_caller]
fn assert_bare(aws: &Aws) {
    assert_eq!((aws.attached_policies("worker"), inline_policies(aws)), (Vec::new(), Vec::new()));
    let tags = aws.iam("ListRoleTags", &[("RoleName", "worker")]);
    assert!(items(&tags["Tags"]).is_empty(), "no mark is left: {tags}");
}

#[test]
fn a_permission_changes_in_place_and_what_is_kept_stays() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker");
        let dev = work(engine, &emulator, &attachment("dev", ""));
        dev.apply();
        for (arguments, managed, inline) in [(SCOPED, None, 1), ("permission = \"pull_only\"", Some(PULL_ONLY), 0)] {
            dev.file("main.tf", &format!("{HEADER}{PROVIDER}{}", attachment("dev", arguments)));
            dev.apply().says("1 changed").says("0 destroyed");
            assert_eq!(aws.attached_policies("worker"), Vec::from_iter(managed));
            assert_eq!(inline_policies(&aws).len(), inline);
            dev.assert_empty_plan();
        }
        let kept = attachment("dev", "permission = \"pull_only\"\n  keep_on_destroy = true");
        dev.file("main.tf", &format!("{HEADER}{PROVIDER}{kept}"));
        dev.apply();
        dev.destroy();
        assert_eq!(aws.attached_policies("worker"), [PULL_ONLY]);
        // It counts as one that was there before.
        let prod = work(engine, &emulator, &attachment("prod", "permission = \"pull_only\""));
        prod.apply();
        prod.destroy();
        assert_eq!(aws.attached_policies("worker"), [PULL_ONLY]);
    });
}

#[test]
fn an_import_finds_the_permission_and_a_move_brings_it() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker");
        aws.iam("AttachRolePolicy", &[("RoleName", "worker"), ("PolicyArn", PULL_ONLY)]);
        let body = "resource \"rosa_ecr_pull_policy_attachment\" \"worker\" {\n  role_name = \"worker\"\n  permission = \"pull_only\"\n}\n";
        for id in ["role/worker".to_owned(), format!("worker/{PULL_ONLY}")] {
            let imported = work(engine, &emulator, body);
            imported.run(&["import", "rosa_ecr_pull_policy_attachment.worker", &id]).success();
            imported.assert_empty_plan();
        }
        let wrong = work(engine, &emulator, body);
        let id = format!("worker/{READ_ONLY}");
        let refused = wrong.run(&["import", "rosa_ecr_pull_policy_attachment.worker", &id]).failure();
        refused.says("does not have the pull policy");
    });
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_made() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        for (arguments, reported) in [
            ("permission = \"scoped\"", "repository_arns is empty"),
            ("repository_arns = [\"arn:aws:ecr:us-east-1:123456789012:repository/app\"]", "permission = \"scoped\""),
            (
                "permission = \"scoped\"\n  repository_arns = [\"arn:aws:ecr:us-east-1:123456789012:repository/*\"]",
                "pull_only",
            ),
            ("permission = \"push\"", "read_only"),
        ] {
            let wrong = work(engine, &emulator, &attachment("dev", arguments));
            wrong.run(&["validate"]).failure().says(reported);
        }
        let scoped = work(engine, &emulator, &attachment("dev", SCOPED));
        scoped.apply();
        let name = inline_policies(&emulator.aws())[0].as_str().expect("a name").to_owned();
        scoped.destroy();
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let foreign = [("RoleName", "worker"), ("PolicyName", name.as_str()), ("PolicyDocument", policy)];
        emulator.aws().iam("PutRolePolicy", &foreign);
        scoped.run(&["apply", "-auto-approve"]).failure().says("of another origin").says("another owner");
        assert_eq!(inline_policies(&emulator.aws()).len(), 1);
    });
}

#[test]
fn attachments_are_found_by_a_query() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        emulator.aws().worker_role("worker");
        let dev = work(engine, &emulator, &attachment("dev/app", SCOPED));
        dev.apply();
        let prod = work(engine, &emulator, &attachment("prod", ""));
        prod.apply();
        let query = |config: &str| {
            format!(
                "list \"rosa_ecr_pull_policy_attachment\" \"all\" {{\n  provider         = rosa\n  include_resource = true\n  {config}\n}}\n"
            )
        };
        for (config, reported, not_told) in [
            ("", "role/worker for prod", "nothing"),
            ("config { cluster_name = \"dev\" }", "role/worker for dev/app", "for prod"),
            ("config { role_name_prefix = \"wor\" }", "role/worker for dev/app", "nothing"),
        ] {
            dev.file("find.tfquery.hcl", &query(config));
            dev.run(&["query"]).success().says(reported).never_says(not_told);
        }
        for work in [dev, prod] {
            work.destroy();
        }
        assert_bare(&emulator.aws());
    });
}
