//! Tests: what is made of facts, and that the calls find them.

use std::collections::BTreeMap;

use rosa_ecr_model::{Attributes as _, DataSource as _, Diagnostic, Diagnostics};

use super::evaluation::{evaluate, summary};
use super::facts::{Facts, Role, RoleState, repositories};
use super::*;
use crate::ec2::answers::{Answer, actions, answering, call, request};
use crate::ec2::pull_path::{Endpoint, Ingress, PullPath};
use crate::ec2::route_tables::RouteTable;
use crate::ec2::subnets::Subnet;
use crate::ecr::Sought;
use crate::iam::pull_permission::{PULL_OF_ALL, scoped_policy};
use crate::iam::role_permissions::{Decision, RolePermissions, RolePolicy, Simulated};

mod calls;
mod permissions;

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn inputs() -> PullReadiness {
    PullReadiness {
        repository: "dev-registry".to_owned(),
        repositories: BTreeSet::new(),
        image_tag: Some("v1".to_owned()),
        image_digest: None,
        vpc_id: Some("vpc-1".to_owned()),
        private_subnet_ids: set(&["subnet-1", "subnet-2"]),
        worker_role_names: set(&["worker"]),
        instance_profile_names: BTreeSet::new(),
        region: Some("us-east-1".to_owned()),
    }
}

fn interface(service: &str) -> Endpoint {
    Endpoint {
        id: format!("vpce-{service}"),
        service_name: format!("com.amazonaws.us-east-1.ecr.{service}"),
        is_gateway: false,
        state: "available".to_owned(),
        private_dns: true,
        groups: set(&["sg-1"]),
        ..Endpoint::default()
    }
}

fn gateway() -> Endpoint {
    Endpoint {
        id: "vpce-s3".to_owned(),
        service_name: "com.amazonaws.us-east-1.s3".to_owned(),
        is_gateway: true,
        state: "available".to_owned(),
        route_tables: set(&["rtb-1", "rtb-main"]),
        ..Endpoint::default()
    }
}

fn sts() -> Endpoint {
    Endpoint { service_name: "com.amazonaws.us-east-1.sts".to_owned(), ..interface("sts") }
}

fn https(blocks: &[&str]) -> Ingress {
    Ingress { protocol: "tcp".to_owned(), ports: Some((443, 443)), blocks: set(blocks), others: BTreeSet::new() }
}

fn subnet(block: &str) -> Subnet {
    Subnet { vpc_id: "vpc-1".to_owned(), zone: None, blocks: set(&[block]) }
}

fn table() -> RouteTable {
    RouteTable { vpc_id: "vpc-1".to_owned(), ..RouteTable::default() }
}

/// A way on which everything is as it should be: one subnet has a route table of its own, one has the main one.
fn path() -> PullPath {
    PullPath {
        endpoints: vec![interface("api"), interface("dkr"), gateway(), sts()],
        without_dns: None,
        groups: BTreeMap::from([("sg-1".to_owned(), vec![https(&["10.0.0.0/16"])])]),
        subnets: BTreeMap::from([
            ("subnet-1".to_owned(), subnet("10.0.1.0/24")),
            ("subnet-2".to_owned(), subnet("10.0.2.0/24")),
        ]),
        route_tables: vec![
            RouteTable { id: "rtb-1".to_owned(), subnets: set(&["subnet-1"]), ..table() },
            RouteTable { id: "rtb-main".to_owned(), is_main: true, ..table() },
        ],
    }
}

fn role(source: &str, state: RoleState) -> Role {
    Role { source: source.to_owned(), state }
}

/// A role whose policies could be read.
fn with_policy(name: &str, text: &str) -> RoleState {
    let policies = vec![RolePolicy { name: name.to_owned(), text: text.to_owned() }];
    RoleState::There(RolePermissions { name: "worker".to_owned(), policies, ..RolePermissions::default() })
}

fn facts() -> Facts {
    Facts {
        image: Sought::Image("sha256:a".to_owned()),
        other_images: Vec::new(),
        repositories: repositories("us-east-1", Some("123456789012"), &inputs()),
        network: Some(path()),
        roles: vec![role("role/worker", with_policy("AmazonEC2ContainerRegistryReadOnly", PULL_OF_ALL))],
    }
}

/// The checks that do not pass after this was changed: their names, and what they say.
fn failing(change: impl FnOnce(&mut PullPath)) -> Vec<ReadinessCheck> {
    let mut facts = facts();
    change(facts.network.as_mut().expect("there is a network"));
    evaluate(&inputs(), "us-east-1", &facts).into_iter().filter(|check| !check.passed).collect()
}

/// The one check that does not pass.
#[track_caller]
fn only(failing: Vec<ReadinessCheck>, name: &str) -> ReadinessCheck {
    let names: Vec<&str> = failing.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, [name], "{failing:?}");
    failing.into_iter().next().expect("there is one")
}

#[test]
fn where_all_is_well_every_check_says_so() {
    let checks = evaluate(&inputs(), "us-east-1", &facts());
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "image",
            "subnets",
            "dns",
            "endpoint_api",
            "endpoint_dkr",
            "ingress_api",
            "ingress_dkr",
            "endpoint_policy_api",
            "endpoint_policy_dkr",
            "s3_gateway",
            "s3_policy",
            "endpoint_sts",
            "pull_policy/role/worker"
        ]
    );
    assert!(checks.iter().all(|check| check.passed && check.fix.is_empty() && !check.detail.is_empty()), "{checks:?}");
    assert_eq!(summary(&checks), "");
}

#[test]
fn what_is_not_given_is_not_checked() {
    let inputs = PullReadiness { vpc_id: None, private_subnet_ids: BTreeSet::new(), ..inputs() };
    let facts = Facts { network: None, roles: Vec::new(), ..facts() };
    let checks = evaluate(&inputs, "us-east-1", &facts);
    assert_eq!(checks.into_iter().map(|check| check.name).collect::<Vec<_>>(), ["image"]);
}

#[test]
fn images() {
    let of = |sought: Sought, tag: Option<&str>| {
        let inputs = PullReadiness { image_tag: tag.map(str::to_owned), ..inputs() };
        evaluate(&inputs, "us-east-1", &Facts { image: sought, ..facts() }).remove(0)
    };
    let missing = of(Sought::NoImage, Some("v1"));
    assert!(!missing.passed && missing.detail.contains("no image with the tag v1"), "{missing:?}");
    let empty = of(Sought::NoImage, None);
    assert!(!empty.passed && empty.detail.ends_with("dev-registry has no image."), "{empty:?}");
    let nowhere = of(Sought::NoRepository, None);
    assert!(
        !nowhere.passed && nowhere.detail.contains("There is no repository dev-registry in us-east-1"),
        "{nowhere:?}"
    );
}

#[test]
fn endpoints() {
    let gone = failing(|path| path.endpoints.retain(|endpoint| endpoint.id != "vpce-dkr"));
    let names: Vec<&str> = gone.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["endpoint_dkr", "ingress_dkr"]);
    assert!(
        gone[0].detail.contains("no endpoint for com.amazonaws.us-east-1.ecr.dkr") && gone[0].fix.contains("\"dkr\"")
    );

    let pending = only(failing(|path| path.endpoints[0].state = "pending".to_owned()), "endpoint_api");
    assert!(pending.detail.contains("vpce-api") && pending.detail.contains("\"pending\""), "{pending:?}");

    let public = only(failing(|path| path.endpoints[1].private_dns = false), "endpoint_dkr");
    assert!(public.fix.contains("--vpc-endpoint-id vpce-dkr --private-dns-enabled"), "{public:?}");

    // One that will not do beside one that will.
    let both = failing(|path| {
        let broken = Endpoint { id: "vpce-0".to_owned(), state: "failed".to_owned(), ..interface("api") };
        path.endpoints.insert(0, broken);
    });
    assert!(both.is_empty(), "{both:?}");
}

#[test]
fn rules_that_let_https_in() {
    let all = Ingress { protocol: "-1".to_owned(), ports: None, blocks: set(&["0.0.0.0/0"]), others: BTreeSet::new() };
    let odd = Ingress { ports: Some((0, 0)), ..all.clone() };
    let range = Ingress { ports: Some((400, 500)), ..https(&["10.0.0.0/8"]) };
    let halves = https(&["10.0.0.0/23", "10.0.2.0/25", "10.0.2.128/25"]);
    for rule in [all, odd, range, halves] {
        let failing = failing(|path| drop(path.groups.insert("sg-1".to_owned(), vec![rule.clone()])));
        assert!(failing.is_empty(), "{rule:?}: {failing:?}");
    }
}

#[test]
fn rules_that_do_not() {
    let udp = Ingress { protocol: "udp".to_owned(), ..https(&["10.0.0.0/16"]) };
    let ssh = Ingress { ports: Some((22, 22)), ..https(&["10.0.0.0/16"]) };
    let half = https(&["10.0.1.0/24", "10.0.2.0/25"]);
    for (rule, block) in
        [(udp, "10.0.1.0/24 (subnet-1)"), (ssh, "10.0.1.0/24 (subnet-1)"), (half, "10.0.2.0/24 (subnet-2)")]
    {
        let failing = failing(|path| drop(path.groups.insert("sg-1".to_owned(), vec![rule.clone()])));
        let names: Vec<&str> = failing.iter().map(|check| check.name.as_str()).collect();
        assert_eq!(names, ["ingress_api", "ingress_dkr"], "{rule:?}");
        assert!(failing[0].detail.contains(block) && failing[0].fix.contains("--group-id sg-1"), "{failing:?}");
    }
}

#[test]
fn a_rule_for_a_group_passes_with_a_word_about_who_must_be_in_it() {
    let mut facts = facts();
    let rule = Ingress { others: set(&["sg-workers"]), ..https(&[]) };
    facts.network.as_mut().expect("there is one").groups = BTreeMap::from([("sg-1".to_owned(), vec![rule])]);
    let checks = evaluate(&inputs(), "us-east-1", &facts);
    let ingress = checks.iter().find(|check| check.name == "ingress_api").expect("it is checked");
    assert!(ingress.passed && ingress.detail.contains("sg-workers"), "{ingress:?}");
}

#[test]
fn s3_serves_the_table_of_each_subnet() {
    let unserved = only(
        failing(|path| {
            path.endpoints[2].route_tables.remove("rtb-main");
        }),
        "s3_gateway",
    );
    assert!(unserved.detail.contains("subnet-2 (rtb-main, the main one)"), "{unserved:?}");
    assert!(!unserved.detail.contains("subnet-1"), "{unserved:?}");
    assert!(unserved.fix.contains("--vpc-endpoint-id vpce-s3 --add-route-table-ids rtb-main"), "{unserved:?}");

    // A table of its own counts, and not the main one.
    let own = only(
        failing(|path| {
            path.endpoints[2].route_tables.remove("rtb-1");
        }),
        "s3_gateway",
    );
    assert!(own.detail.contains("subnet-1 (rtb-1)"), "{own:?}");

    let unseen = only(failing(|path| path.route_tables.retain(|table| !table.is_main)), "s3_gateway");
    assert!(unseen.detail.contains("subnet-2 (none that these credentials see)"), "{unseen:?}");
}

#[test]
fn only_an_available_gateway_serves() {
    let none = only(failing(|path| drop(path.endpoints.remove(2))), "s3_gateway");
    assert!(
        none.fix.contains("--service-name com.amazonaws.us-east-1.s3 --route-table-ids rtb-1 rtb-main"),
        "{none:?}"
    );
    only(failing(|path| path.endpoints[2].is_gateway = false), "s3_gateway");
    only(failing(|path| path.endpoints[2].state = "deleting".to_owned()), "s3_gateway");
}

#[test]
fn subnets_elsewhere_are_named() {
    let elsewhere = failing(|path| {
        path.subnets.remove("subnet-1");
        path.subnets.get_mut("subnet-2").expect("it is there").vpc_id = "vpc-2".to_owned();
    });
    let elsewhere = only(elsewhere, "subnets");
    assert!(elsewhere.detail.contains("subnet-1 does not exist, subnet-2 is in vpc-2"), "{elsewhere:?}");
}

#[test]
fn a_way_out_of_the_vpc_serves_as_well() {
    let with_ways_out = |path: &mut PullPath, tables: &[usize]| {
        for table in tables {
            path.route_tables[*table].ways_out = set(&["nat-1"]);
        }
        path.endpoints.clear();
    };
    assert_eq!(failing(|path| with_ways_out(path, &[0, 1])), []);
    let names: Vec<String> = failing(|path| with_ways_out(path, &[0])).into_iter().map(|check| check.name).collect();
    assert_eq!(names, ["endpoint_api", "endpoint_dkr", "ingress_api", "ingress_dkr", "s3_gateway", "endpoint_sts"]);
}

#[test]
fn sts_is_not_required_and_dns_is() {
    let mut facts = facts();
    let path = facts.network.as_mut().expect("there is one");
    path.endpoints.pop();
    let checks = evaluate(&inputs(), "us-east-1", &facts);
    let sts = checks.iter().find(|check| check.name == "endpoint_sts").expect("it is checked");
    assert!(!sts.passed && !sts.required && sts.fix.contains("com.amazonaws.us-east-1.sts"), "{sts:?}");
    assert!(checks.iter().all(|check| check.required || check.name == "endpoint_sts"));

    let refusal = Diagnostic::error("The VPC vpc-1 has no private DNS names").detail("d").fix("f");
    let dns = only(failing(|path| path.without_dns = Some(refusal)), "dns");
    assert!(dns.detail.starts_with("The VPC vpc-1 has no private DNS names.") && dns.fix == "f", "{dns:?}");
}

#[test]
fn names_follow_the_partition() {
    let mut facts = facts();
    let path = facts.network.as_mut().expect("there is one");
    for endpoint in &mut path.endpoints {
        let china = endpoint.service_name.replace("us-east-1", "cn-north-1");
        endpoint.service_name = if endpoint.is_gateway { china } else { format!("cn.{china}") };
    }
    facts.repositories = repositories("cn-north-1", Some("123456789012"), &inputs());
    let scope = facts.repositories[0].arn.clone();
    assert!(scope.starts_with("arn:aws-cn:ecr:cn-north-1:"), "{scope}");
    facts.roles = vec![role("role/worker", with_policy("rosa-ecr-pull-dev", &scoped_policy(&BTreeSet::from([scope]))))];
    let checks = evaluate(&inputs(), "cn-north-1", &facts);
    assert!(checks.iter().all(|check| check.passed), "{checks:?}");
}

#[test]
fn the_summary_is_a_line_for_each_failure() {
    let checks = failing(|path| path.endpoints.clear());
    let summary = summary(&checks);
    assert_eq!(summary.lines().count(), checks.len());
    assert!(summary.starts_with("endpoint_api: vpc-1 has no endpoint for"), "{summary}");
}

#[test]
fn a_vpc_and_its_subnets_come_together() {
    let report = |inputs: PullReadiness| {
        let mut report = Diagnostics::new();
        PullReadiness::validate(&inputs.to_partial(), &mut report);
        report.to_string()
    };
    assert!(report(PullReadiness { private_subnet_ids: BTreeSet::new(), ..inputs() }).contains("(private_subnet_ids)"));
    assert!(report(PullReadiness { vpc_id: None, ..inputs() }).contains("(vpc_id)"));
    assert_eq!(report(inputs()), "");
}
