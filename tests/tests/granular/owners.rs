//! In whose name objects are made.

use rosa_ecr_tests::Aws;

use super::*;

/// What a registry of the cluster `dev` has of objects with an owner.
const OWNED: &str = r#"
resource "rosa_ecr_repository" "app" {
  name  = "team/app"
  owner = "dev"
}
resource "rosa_ecr_endpoint_security_group" "endpoints" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
  owner  = "dev"
}
resource "rosa_ecr_vpc_endpoint" "api" {
  service            = "api"
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [rosa_ecr_endpoint_security_group.endpoints.id]
  owner              = "dev"
}
"#;

const ATTACHMENT: &str = "resource \"rosa_ecr_pull_policy_attachment\" \"worker\" {\n  role_name = \"worker\"\n";

/// The owners that the ownership tags of repository, group and endpoint name.
fn owners(aws: &Aws) -> [String; 3] {
    let repository = &aws.ecr("DescribeRepositories", json!({}))["repositories"][0]["repositoryArn"];
    let of_repository = aws.ecr("ListTagsForResource", json!({ "resourceArn": repository }))["tags"].clone();
    let groups = aws.ec2("DescribeSecurityGroups", &[])["securityGroupInfo"].clone();
    let group = items(&groups).iter().find(|group| group["groupName"] == "ecr-endpoints").expect("the group").clone();
    let endpoint = items(&aws.ec2("DescribeVpcEndpoints", &[])["vpcEndpointSet"])[0].clone();
    [of_repository, group["tagSet"].clone(), endpoint["tagSet"].clone()].map(|tags| {
        let of = |tag: &Value, name: &str| tag[name].as_str().or(tag[name.to_lowercase()].as_str()).map(str::to_owned);
        let owner = items(&tags).iter().find(|tag| of(tag, "Key").as_deref() == Some("rosa-ecr/cluster")).cloned();
        owner.and_then(|tag| of(&tag, "Value")).unwrap_or_else(|| panic!("no owner in {tags}"))
    })
}

#[test]
fn an_owner_is_in_the_tags_changes_in_place_and_is_imported() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let first = work(engine, &emulator, OWNED);
        first.apply();
        assert_eq!(owners(&aws), ["dev", "dev", "dev"]);
        let file = std::fs::read_to_string(first.path().join("main.tf")).expect("the configuration");
        first.file("main.tf", &file.replace("\"dev\"", "\"prod\""));
        first.apply().says("0 added").says("3 changed").says("0 destroyed");
        assert_eq!(owners(&aws), ["prod", "prod", "prod"]);
        first.assert_empty_plan();

        let state = first.state_json();
        let imports = items(&state["values"]["root_module"]["resources"]).iter().map(|resource| {
            format!(
                "import {{\n  to = {}\n  id = {}\n}}\n",
                resource["address"].as_str().expect("a text"),
                resource["values"]["id"]
            )
        });
        let second = Workdir::new(engine, &emulator);
        for name in ["main.tf", "test.auto.tfvars.json"] {
            second.file(name, &std::fs::read_to_string(first.path().join(name)).expect("a file"));
        }
        second.file("imports.tf", &imports.collect::<String>());
        second.init();
        second.apply().says("3 imported").says("0 added").says("0 changed");
        second.destroy();
        assert_eq!(aws.inventory(), Vec::<String>::new());
    });
}

#[test]
fn a_repository_of_another_owner_is_refused() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let repository =
            |owner| format!("resource \"rosa_ecr_repository\" \"app\" {{\n  name = \"app\"\n  owner = {owner:?}\n}}\n");
        let first = work(engine, &emulator, &repository("dev"));
        first.apply();
        let second = work(engine, &emulator, &repository("prod"));
        second.run(&["plan"]).failure().says("dev");
        first.destroy();
    });
}

#[test]
fn owners_of_one_role_do_not_take_it_from_each_other() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker");
        let of = |owner: &str| work(engine, &emulator, &format!("{ATTACHMENT}  owner = {owner:?}\n}}\n"));
        let (dev, prod) = (of("dev"), of("prod"));
        dev.apply();
        prod.apply();
        // To another name: the new mark comes, and the old one goes.
        edit(&dev, "\"dev\"", "\"test\"");
        dev.apply().says("1 changed").says("0 destroyed");
        dev.assert_empty_plan();
        prod.destroy();
        assert_eq!(aws.attached_policies("worker").len(), 1, "the other one still pulls");
        dev.assert_empty_plan();
        dev.destroy();
        assert_eq!(aws.attached_policies("worker").len(), 0);
        let tags = aws.iam("ListRoleTags", &[("RoleName", "worker")]);
        assert!(items(&tags["Tags"]).is_empty(), "no mark is left: {tags}");
    });
}

#[test]
fn what_cannot_be_an_owner_is_refused() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let wrong = work(engine, &emulator, &format!("{ATTACHMENT}  owner = \"a b\"\n}}\n"));
        wrong.run(&["validate"]).failure().says("from 1 to 100 characters");
    });
}

#[test]
fn owners_in_another_case_and_names_with_commas_have_marks() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker,of=all");
        let attachment = ATTACHMENT.replace("\"worker\"\n", "\"worker,of=all\"\n");
        let of = |owner: &str| work(engine, &emulator, &format!("{attachment}  owner = {owner:?}\n}}\n"));
        let (one, other) = (of("Dev"), of("dev"));
        one.apply();
        other.apply();
        one.assert_empty_plan();
        other.destroy();
        assert_eq!(aws.attached_policies("worker,of=all").len(), 1, "the other one still pulls");
        one.assert_empty_plan();
        one.destroy();
        assert_eq!(aws.attached_policies("worker,of=all").len(), 0);
    });
}
