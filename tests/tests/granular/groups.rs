//! Security groups: sources, generated names, and what a person does with them next.

use rosa_ecr_tests::{Aws, Feature};

use super::*;

const GROUP: &str = "rosa_ecr_endpoint_security_group.endpoints";

fn group(arguments: &str) -> String {
    format!("resource \"rosa_ecr_endpoint_security_group\" \"endpoints\" {{\n  vpc_id = var.vpc_id\n{arguments}\n}}\n")
}

/// A group of that name in the VPC of the directory.
fn source(aws: &Aws, work: &Workdir, name: &str) -> String {
    let vars = std::fs::read_to_string(work.path().join("test.auto.tfvars.json")).expect("variables");
    let vars: Value = serde_json::from_str(&vars).expect("JSON");
    let vpc = vars["vpc_id"].as_str().expect("a VPC");
    let created = aws.ec2("CreateSecurityGroup", &[("GroupName", name), ("GroupDescription", "d"), ("VpcId", vpc)]);
    created["groupId"].as_str().expect("an id").to_owned()
}

fn prefix_list(aws: &Aws) -> String {
    let list = [("PrefixListName", "office"), ("MaxEntries", "5"), ("AddressFamily", "IPv4")];
    aws.ec2("CreateManagedPrefixList", &list)["prefixList"]["prefixListId"].as_str().expect("an id").to_owned()
}

/// What the state says of the group.
fn values(work: &Workdir) -> Value {
    let state = work.state_json();
    let resources = items(&state["values"]["root_module"]["resources"]);
    resources.iter().find(|resource| resource["address"] == GROUP).expect("a group")["values"].clone()
}

fn main(body: &str) -> String {
    format!("{HEADER}{PROVIDER}{body}")
}

#[test]
fn sources_come_and_go_one_by_one() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, "");
        let (one, two, list) = (source(&aws, &work, "one"), source(&aws, &work, "two"), prefix_list(&aws));
        let steps = [
            (
                "\n  name = \"ecr\"".to_owned(),
                vec!["AuthorizeSecurityGroupIngress", "CreateSecurityGroup", "RevokeSecurityGroupEgress"],
            ),
            // Other sources that are named are meant alone.
            (
                format!("\n  name = \"ecr\"\n  ingress_security_group_ids = [{one:?}]"),
                vec!["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"],
            ),
            (
                format!(
                    "\n  name = \"ecr\"\n  ingress_security_group_ids = [{one:?}, {two:?}]\n  ingress_prefix_list_ids = [{list:?}]"
                ),
                vec!["AuthorizeSecurityGroupIngress"],
            ),
            (
                format!(
                    "\n  name = \"ecr\"\n  ingress_prefix_list_ids = [{list:?}]\n  ingress_cidr_blocks = [\"10.0.1.0/24\"]"
                ),
                vec!["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"],
            ),
            (
                "\n  name = \"ecr\"\n  ingress_security_group_ids = []".to_owned(),
                vec!["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"],
            ),
        ];
        for (arguments, expected) in steps {
            work.file("main.tf", &main(&group(&arguments)));
            emulator.clear_calls();
            work.apply().says("0 destroyed");
            let mut writes = emulator.writes();
            writes.sort();
            assert_eq!(writes, expected, "{arguments}");
            work.assert_empty_plan();
        }
        assert_eq!(values(&work)["allowed_cidr_blocks"], json!(["10.0.0.0/16"]), "no source is the VPC's blocks");
        assert_eq!(values(&work)["owner_id"], "123456789012");
        work.destroy();
    });
}

#[test]
fn sources_that_others_add_or_take_away_come_back() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, "");
        let (one, two) = (source(&aws, &work, "one"), source(&aws, &work, "two"));
        let declared = group(&format!("  name = \"ecr\"\n  ingress_security_group_ids = [{one:?}]"));
        work.file("main.tf", &main(&declared));
        work.apply();
        let values = values(&work);
        let id = values["id"].as_str().expect("an id");
        let rule = |action: &str, source: &str| {
            let rule = [
                ("GroupId", id),
                ("IpPermissions.1.IpProtocol", "tcp"),
                ("IpPermissions.1.FromPort", "443"),
                ("IpPermissions.1.ToPort", "443"),
                ("IpPermissions.1.Groups.1.GroupId", source),
            ];
            aws.ec2(action, &rule);
        };
        rule("AuthorizeSecurityGroupIngress", &two);
        rule("RevokeSecurityGroupIngress", &one);
        let plan = work.plan_json();
        let changes = items(&plan["resource_changes"]);
        let before = &changes.iter().find(|change| change["address"] == GROUP).expect("a change")["change"]["before"];
        assert_eq!(before["ingress_security_group_ids"], json!([two]));
        emulator.clear_calls();
        work.apply();
        assert_eq!(emulator.writes(), ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"]);
        work.assert_empty_plan();

        // Without the argument, a source is a rule that should not be there, as ever.
        work.file("main.tf", &main(&group("  name = \"ecr\"\n  ingress_cidr_blocks = [\"10.0.0.0/16\"]")));
        work.apply();
        rule("AuthorizeSecurityGroupIngress", &two);
        let shown = work.plan_json().to_string();
        assert!(shown.contains(&format!("ingress tcp 443 from {two}")), "{shown}");
        work.apply();
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn a_source_that_is_not_there_is_an_error_and_the_next_apply_goes_on() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work =
            work(engine, &emulator, &group("  name = \"ecr\"\n  ingress_prefix_list_ids = [\"pl-0123456789abcdef0\"]"));
        work.run(&["apply", "-auto-approve"]).failure().says("pl-0123456789abcdef0").says("ingress_prefix_list_ids");
        let list = prefix_list(&aws);
        work.file("main.tf", &main(&group(&format!("  name = \"ecr\"\n  ingress_prefix_list_ids = [{list:?}]"))));
        work.apply();
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(aws.inventory(), [""; 0]);
    });
}

#[test]
fn generated_names_are_known_after_the_create_and_a_replacement_comes_first() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let lifecycle = "  lifecycle {\n    create_before_destroy = true\n  }";
        let endpoint = "resource \"rosa_ecr_vpc_endpoint\" \"api\" {\n  service            = \"api\"\n  vpc_id             = var.vpc_id\n  \
                        subnet_ids         = var.subnet_ids\n  security_group_ids = [rosa_ecr_endpoint_security_group.endpoints.id]\n}\n";
        let first = group(&format!("  name_prefix = \"ecr-\"\n{lifecycle}"));
        let work = work(engine, &emulator, &format!("{first}{endpoint}"));
        let plan = work.plan_json();
        let planned = items(&plan["resource_changes"]).iter().find(|change| change["address"] == GROUP);
        assert_eq!(planned.expect("planned")["change"]["after_unknown"]["name"], true);
        work.apply();
        work.assert_empty_plan();
        let before = values(&work);
        let name = before["name"].as_str().expect("a name").to_owned();
        assert!(name.starts_with("ecr-") && name.len() == 30, "{name}");

        // The group is in use, so its replacement is made first: both exist at once.
        for (from, to) in [
            ("name_prefix = \"ecr-\"", "name_prefix = \"ecr-\"\n  description = \"other\""),
            ("name_prefix = \"ecr-\"", "name_prefix = \"private-\""),
        ] {
            edit(&work, from, to);
            work.apply().says("1 added").says("1 changed").says("1 destroyed");
            work.assert_empty_plan();
        }
        let after = values(&work);
        assert_ne!(after["id"], before["id"]);
        assert!(after["name"].as_str().is_some_and(|name| name.starts_with("private-")), "{after}");

        // The generated name may as well be given as it is.
        let name = after["name"].as_str().expect("a name");
        edit(&work, "name_prefix = \"private-\"", &format!("name = {name:?}"));
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}

#[test]
fn two_declarations_may_have_one_prefix_and_both_import() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let two =
            group("  name_prefix = \"ecr-\"") + &group("  name_prefix = \"ecr-\"").replace("\"endpoints\"", "\"more\"");
        let first = work(engine, &emulator, &two);
        first.apply().says("2 added");
        first.assert_empty_plan();
        let state = first.state_json();
        let resources = items(&state["values"]["root_module"]["resources"]).to_vec();
        let imports: String = resources
            .iter()
            .map(|resource| {
                format!(
                    "import {{\n  to = {}\n  id = {}\n}}\n",
                    resource["address"].as_str().unwrap_or_default(),
                    resource["values"]["id"]
                )
            })
            .collect();
        let second = Workdir::new(engine, &emulator);
        let vars = std::fs::read_to_string(first.path().join("test.auto.tfvars.json")).expect("variables");
        second.file("main.tf", &main(&two)).file("test.auto.tfvars.json", &vars).file("imports.tf", &imports);
        second.init();
        emulator.clear_calls();
        second.apply().says("2 imported").says("0 added").says("0 changed");
        assert!(emulator.writes().is_empty(), "{:?}", emulator.writes());
        second.assert_empty_plan();
        second.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}

#[test]
fn a_group_has_one_name() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        for (arguments, reported) in [
            ("", "Neither name nor name_prefix is set"),
            ("  name = \"a\"\n  name_prefix = \"b-\"", "There are two names"),
            ("  name_prefix = \"sg-\"", "must not start with \"sg-\""),
            ("  name = \"a\"\n  ingress_security_group_ids = [\"workers\"]", "id of a security group"),
            ("  name = \"a\"\n  ingress_prefix_list_ids = [\"sg-1\"]", "id of a prefix list"),
        ] {
            let work = work(engine, &emulator, &group(arguments));
            work.run(&["validate"]).failure().says(reported);
        }
    });
}

/// A state of before has none of the later attributes.
#[test]
fn a_state_of_before_plans_empty() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, &group("  name = \"ecr\""));
        work.apply();
        let path = work.path().join("terraform.tfstate");
        let mut state: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a state")).expect("JSON");
        let attributes = state["resources"][0]["instances"][0]["attributes"].as_object_mut().expect("attributes");
        for later in ["name_prefix", "ingress_security_group_ids", "ingress_prefix_list_ids", "owner_id"] {
            assert!(attributes.remove(later).is_some(), "{later} is in the state");
        }
        work.file("terraform.tfstate", &state.to_string());
        work.run(&["plan", "-refresh=false", "-detailed-exitcode"]).success();
        // An update without a refresh gives what its plan promised.
        edit(&work, "name = \"ecr\"", "name = \"ecr\"\n  tags = { a = \"b\" }");
        work.run(&["apply", "-refresh=false", "-auto-approve"]).success();
        work.assert_empty_plan();
        work.destroy();
    });
}

#[test]
fn groups_are_found() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Queries) {
            return;
        }
        let emulator = Emulator::start();
        let work =
            work(engine, &emulator, &group("  name_prefix = \"ecr-\"\n  owner = \"dev\"\n  tags = { team = \"a\" }"));
        work.apply();
        source(&emulator.aws(), &work, "other");
        let id = values(&work)["id"].clone();
        for (query, is_found) in [
            ("name_prefix = \"ecr-\"", true),
            ("cluster_name = \"dev\"", true),
            ("tags = { team = \"a\" }", true),
            ("cluster_name = \"prod\"", false),
        ] {
            let query = format!(
                "list \"rosa_ecr_endpoint_security_group\" \"found\" {{\n  provider = rosa\n  include_resource = true\n  \
                 config {{\n    {query}\n  }}\n}}\n"
            );
            work.file("find.tfquery.hcl", &query);
            let output = work.run(&["query", "-json"]).success();
            let found = output.stdout().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let found: Vec<Value> = found.filter(|event| event["type"] == "list_resource_found").collect();
            assert_eq!(found.len(), usize::from(is_found), "{query}: {found:?}");
            assert!(found.iter().all(|event| event["list_resource_found"]["identity"]["id"] == id), "{found:?}");
        }
        work.destroy();
    });
}
