//! Push roles beyond those of one cluster's pods: bastions, repositories by prefix, names from a prefix, and what is in the way.

use super::*;

const BASTION: &str = "arn:aws:iam::123456789012:role/bastion";

/// A push role with these arguments, besides the repositories below `mirror/` that it may make.
fn mirror(arguments: &str) -> String {
    format!(
        "resource \"rosa_ecr_push_role\" \"mirror\" {{\n  \
         repository_arns = [\"arn:aws:ecr:us-east-1:123456789012:repository/mirror/*\"]\n  \
         create_repositories = true\n  {arguments}\n}}\n"
    )
}

const PODS: &str = "oidc_provider_arn = \"arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc\"\n  \
                    service_accounts = [\"ci:builder\"]";

/// The role's attribute in the state.
fn attribute(work: &Workdir, name: &str) -> Value {
    items(&work.state_json()["values"]["root_module"]["resources"])[0]["values"][name].clone()
}

#[test]
fn a_bastion_mirrors_below_a_prefix() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("bastion");
        let body = mirror(&format!("name = \"mirror\"\n  trusted_principals = [\"{BASTION}\"]"));
        let work = work(engine, &emulator, &body);
        work.apply();
        work.assert_empty_plan();
        let policy = attribute(&work, "push_policy");
        let policy: Value = serde_json::from_str(policy.as_str().expect("a policy")).expect("JSON");
        assert_eq!(policy["Statement"][2]["Action"], "ecr:CreateRepository");
        assert_eq!(policy["Statement"][2]["Resource"], policy["Statement"][1]["Resource"]);
        // In place: pods besides the bastion, then instead of it, and what describes and bounds it.
        let cases = [
            (format!("[\"{BASTION}\"]"), format!("[\"{BASTION}\"]\n  {PODS}"), vec!["UpdateAssumeRolePolicy"]),
            (format!("trusted_principals = [\"{BASTION}\"]\n"), String::new(), vec!["UpdateAssumeRolePolicy"]),
            (
                "name = \"mirror\"".to_owned(),
                "name = \"mirror\"\n  description = \"Mirrors\"".to_owned(),
                vec!["UpdateRole"],
            ),
            ("description".to_owned(), "permissions_boundary = \"\"\n  description".to_owned(), vec![]),
            ("  create_repositories = true\n".to_owned(), String::new(), vec![]),
        ];
        let [.., (last, _, _)] = &cases;
        for (from, to, writes) in &cases[..4] {
            edit(&work, from, to);
            emulator.clear_calls();
            work.apply().says("0 destroyed");
            assert_eq!(emulator.writes(), *writes, "{from} to {to}");
            work.assert_empty_plan();
        }
        edit(&work, last, "");
        work.run(&["plan"]).failure().says("set create_repositories = true");
        edit(&work, "repository/mirror/*", "repository/mirror/app");
        work.apply();
        work.destroy();
        assert_eq!(emulator.aws().inventory(), ["role bastion"]);
    });
}

#[test]
fn it_imports_with_an_empty_plan() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        emulator.aws().worker_role("bastion");
        let body = mirror(&format!(
            "name = \"mirror\"\n  trusted_principals = [\"{BASTION}\"]\n  {PODS}\n  description = \"\""
        ));
        let first = work(engine, &emulator, &body);
        first.apply();
        let second = work(engine, &emulator, &body);
        second.run(&["import", "rosa_ecr_push_role.mirror", "mirror"]).success();
        second.assert_empty_plan();
    });
}

#[test]
fn a_prefix_gives_a_name_that_the_plan_knows_and_a_kill_finds_again() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let body = mirror(&format!("name_prefix = \"mirror-\"\n  {PODS}"));
        let work = work(engine, &emulator, &body);
        let planned = work.plan_json()["resource_changes"][0]["change"]["after"]["name"].clone();
        let name = planned.as_str().expect("known").to_owned();
        assert!(name.starts_with("mirror-") && name.len() > "mirror-".len(), "{name}");
        emulator.stop_after("CreateRole");
        work.kill_at_stop(&emulator, &["apply", "-auto-approve"]);
        work.apply();
        work.assert_empty_plan();
        assert_eq!(attribute(&work, "name"), json!(name));
        let whole = vec![format!("inline policy {name}/rosa-ecr-push"), format!("role {name}")];
        assert_eq!(emulator.aws().inventory(), whole);
        // What it is for may change; the name stays. Another prefix makes another role.
        edit(&work, "ci:builder", "ci:deployer");
        work.apply().says("1 changed");
        assert_eq!(attribute(&work, "name"), json!(name));
        // A second role of the purpose that the first one had is no second holder of it.
        let twin = mirror(&format!("name_prefix = \"mirror-\"\n  {PODS}")).replace("\" \"mirror\" {", "\" \"twin\" {");
        work.file("twin.tf", &twin);
        work.run(&["plan"]).failure().says("Another role was made from that prefix");
        std::fs::remove_file(work.path().join("twin.tf")).expect("it is ours");
        edit(&work, "\"mirror-\"", "\"copies-\"");
        work.apply().says("1 added").says("1 destroyed");
        assert!(attribute(&work, "name").as_str().is_some_and(|name| name.starts_with("copies-")));
        work.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}

#[test]
fn what_others_attached_is_in_the_way_unless_it_is_to_be_taken_away() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(
            engine,
            &emulator,
            &mirror(&format!("name = \"mirror\"\n  {PODS}\n  timeouts {{\n    delete = \"5s\"\n  }}")),
        );
        work.apply();
        let policy = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
        aws.iam("AttachRolePolicy", &[("RoleName", "mirror"), ("PolicyArn", policy)]);
        aws.iam("PutRolePolicy", &[("RoleName", "mirror"), ("PolicyName", "extra"), ("PolicyDocument", "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"ecr:DescribeImages\",\"Resource\":\"*\"}]}")]);
        aws.instance_profile("pool", Some("mirror"));
        work.run(&["destroy", "-auto-approve"]).failure().says(policy).says("the inline policy extra");
        edit(&work, "name = \"mirror\"", "name = \"mirror\"\n  force_detach_policies = true");
        work.apply();
        work.destroy();
        assert!(!aws.inventory().iter().any(|object| object.contains("mirror")), "{:?}", aws.inventory());
    });
}

/// What a state has not that was written before there were these arguments.
const LATER: [&str; 6] = [
    "create_repositories",
    "description",
    "force_detach_policies",
    "name_prefix",
    "trusted_principals",
    "permissions_boundary",
];

#[test]
fn a_state_of_before_plans_empty() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let body = format!(
            "resource \"rosa_ecr_push_role\" \"push\" {{\n  name = \"push\"\n  repository_arns = \
             [\"arn:aws:ecr:us-east-1:123456789012:repository/app\"]\n  {PODS}\n}}\n"
        );
        let work = work(engine, &emulator, &body);
        work.apply();
        let path = work.path().join("terraform.tfstate");
        let text = std::fs::read_to_string(&path).expect("a state");
        let mut state: Value = serde_json::from_str(&text).expect("JSON");
        let attributes = state["resources"][0]["instances"][0]["attributes"].as_object_mut().expect("attributes");
        for name in LATER {
            attributes.remove(name);
        }
        work.file("terraform.tfstate", &state.to_string());
        work.assert_empty_plan();
        edit(&work, "\"ci:builder\"", "\"ci:deployer\"");
        emulator.clear_calls();
        work.apply();
        assert_eq!(emulator.writes(), ["UpdateAssumeRolePolicy"]);
    });
}
