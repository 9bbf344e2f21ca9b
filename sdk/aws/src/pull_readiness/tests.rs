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

fn of_role(source: &str, state: RoleState) -> ReadinessCheck {
    let facts = Facts { roles: vec![role(source, state)], ..facts() };
    evaluate(&inputs(), "us-east-1", &facts).pop().expect("the last check is the role's")
}

#[test]
fn roles() {
    let scoped = |name: &str| {
        let arn = format!("arn:aws:ecr:us-east-1:123456789012:repository/{name}");
        with_policy("rosa-ecr-pull-dev", &scoped_policy(&BTreeSet::from([arn])))
    };
    for state in
        [with_policy("AmazonEC2ContainerRegistryPullOnly", PULL_OF_ALL), scoped("dev-*"), scoped("dev-registry")]
    {
        let check = of_role("role/worker", state);
        assert!(check.passed && check.detail.contains("dev-registry"), "{check:?}");
    }
    let other = of_role("role/worker", scoped("other"));
    assert!(!other.passed && other.detail.contains("ecr:BatchGetImage is allowed by no policy"), "{other:?}");
    let without = of_role("role/worker", with_policy("AmazonS3ReadOnlyAccess", "{}"));
    assert!(!without.passed && without.fix.contains("Add \"worker\" to worker_role_names"), "{without:?}");
    let profile = of_role("instance-profile/pool", with_policy("AmazonS3ReadOnlyAccess", "{}"));
    assert_eq!(profile.name, "pull_policy/instance-profile/pool");
    assert!(profile.fix.contains("Add \"pool\" to instance_profile_names"), "{profile:?}");
    for (state, words) in [
        (RoleState::NoSuchRole, "There is no role worker"),
        (RoleState::NoSuchProfile, "There is no instance profile worker"),
        (RoleState::ProfileWithoutRole, "has no role"),
    ] {
        let check = of_role("role/worker", state);
        assert!(!check.passed && check.detail.contains(words) && !check.fix.is_empty(), "{check:?}");
    }
}

#[test]
fn what_red_hat_lets_its_workers_pull_is_not_this() {
    // ROSAWorkerInstancePolicy, version 6.
    let text = r#"{"Statement":[
        {"Sid":"ECRGetAuthorizationToken","Effect":"Allow","Action":["ecr:GetAuthorizationToken"],"Resource":"*"},
        {"Sid":"ECRReadOnlyAccessRedHatManaged","Effect":"Allow","Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],
        "Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/red-hat-managed":"true"}}}]}"#;
    let check = of_role("role/worker", with_policy("ROSAWorkerInstancePolicy", text));
    let reported = "only under the conditions of statement ECRReadOnlyAccessRedHatManaged of ROSAWorkerInstancePolicy";
    assert!(!check.passed && check.detail.contains(reported), "{check:?}");
}

#[test]
fn a_deny_a_boundary_and_what_cannot_be_read_are_told() {
    let permissions = |state: RoleState| match state {
        RoleState::There(permissions) => permissions,
        other => panic!("{other:?}"),
    };
    let mut role = permissions(with_policy("AmazonEC2ContainerRegistryReadOnly", PULL_OF_ALL));
    role.boundary = Some("arn:aws:iam::123456789012:policy/limit".to_owned());
    let bounded = of_role("role/worker", RoleState::There(role.clone()));
    assert!(bounded.passed && bounded.detail.contains("permissions boundary, arn:"), "{bounded:?}");
    let text = r#"{"Statement":{"Sid":"NoEcr","Effect":"Deny","Action":"ecr:Batch*","Resource":"*"}}"#;
    role.policies.push(RolePolicy { name: "limits".to_owned(), text: text.to_owned() });
    let denied = of_role("role/worker", RoleState::There(role));
    assert!(!denied.passed && denied.detail.contains("denied by statement NoEcr of limits"), "{denied:?}");

    let mut role = permissions(with_policy("a", "{}"));
    role.unread.push("its inline policies".to_owned());
    let unread = of_role("role/worker", RoleState::There(role));
    assert!(!unread.passed && unread.detail.contains("cannot read its inline policies"), "{unread:?}");
}

#[test]
fn the_simulator_says_by_what() {
    let of = |decision: Decision| {
        let arn = facts().repositories[0].arn.clone();
        let simulated = |action: &str, decision| Simulated { action: action.to_owned(), decision };
        let by = Decision::Allowed(set(&["rosa-ecr-pull-dev"]));
        let answers = vec![simulated("ecr:GetAuthorizationToken", by), simulated("ecr:BatchGetImage", decision)];
        let simulated = Some(BTreeMap::from([(arn, answers)]));
        of_role(
            "role/worker",
            RoleState::There(RolePermissions { name: "worker".to_owned(), simulated, ..RolePermissions::default() }),
        )
    };
    let allowed = of(Decision::Allowed(set(&["rosa-ecr-pull-dev"])));
    assert!(allowed.passed && allowed.detail.contains("simulator says: rosa-ecr-pull-dev"), "{allowed:?}");
    for (decision, reported) in [
        (Decision::Denied(set(&["limits"])), "ecr:BatchGetImage is denied by limits"),
        (Decision::NotAllowed, "allowed by no policy"),
        (Decision::ByBoundary, "permissions boundary"),
        (Decision::ByOrganization, "service control policy"),
    ] {
        let check = of(decision);
        assert!(!check.passed && check.detail.contains(reported) && !check.fix.is_empty(), "{check:?}");
    }
}

#[test]
fn each_repository_is_checked_for_each_role() {
    let inputs = PullReadiness { repositories: set(&["dev-registry", "mirror"]), ..inputs() };
    let facts = Facts {
        other_images: vec![("mirror".to_owned(), Sought::NoImage)],
        repositories: repositories("us-east-1", Some("123456789012"), &inputs),
        ..facts()
    };
    let checks = evaluate(&inputs, "us-east-1", &facts);
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert!(names.ends_with(&["pull_policy/role/worker", "pull_policy/role/worker/mirror"]), "{names:?}");
    let mirror = checks.iter().find(|check| check.name == "image/mirror").expect("it is checked");
    assert!(!mirror.passed && mirror.detail == "The repository mirror has no image.", "{mirror:?}");
}

#[test]
fn policies_of_endpoints_let_pulls_through_or_not() {
    let of = |service: usize, statement: &str| {
        failing(|path| path.endpoints[service].policy = Some(format!(r#"{{"Statement":[{statement}]}}"#)))
    };
    let everyone = r#""Effect":"Allow","Principal":"*""#;
    let pulls = format!(r#"{{{everyone},"Action":["ecr:Get*","ecr:BatchGetImage"],"Resource":"*"}}"#);
    for service in [0, 1] {
        assert_eq!(of(service, &pulls), []);
    }
    let login_only = format!(r#"{{{everyone},"Action":"ecr:GetAuthorizationToken","Resource":"*"}}"#);
    assert_eq!(of(0, &login_only), []);
    let shut = only(of(1, &login_only), "endpoint_policy_dkr");
    assert!(
        shut.detail.contains("vpce-dkr does not let ecr:BatchGetImage") && shut.detail.contains("no statement"),
        "{shut:?}"
    );
    let deny = format!(r#"{pulls},{{"Sid":"Shut","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#);
    let shut = only(of(0, &deny), "endpoint_policy_api");
    assert!(shut.detail.contains("the statement Shut of the policy of vpce-api denies it"), "{shut:?}");

    let layers = r#""Action":"s3:GetObject","Resource":["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"]"#;
    assert_eq!(of(2, &format!("{{{everyone},{layers}}}")), []);
    let to_role = layers.replace("\"Action\"", r#""Effect":"Allow","Principal":{"AWS":"123456789012"},"Action""#);
    for statement in [format!("{{{to_role}}}"), format!("{{{everyone},{}}}", layers.replace("us-east-1", "us-west-2"))]
    {
        let shut = only(of(2, &statement), "s3_policy");
        assert!(shut.detail.contains("prod-us-east-1-starport-layer-bucket"), "{shut:?}");
    }
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

fn ec2_answer(action: &str, set: &str, items: &str, next: &str) -> Answer {
    Answer::ok(format!("<{action}Response><{set}>{items}</{set}><nextToken>{next}</nextToken></{action}Response>"))
}

/// Everything is found in answers as AWS gives them, over more than one page.
#[tokio::test]
async fn the_calls_find_the_facts() {
    let image = r#"{"imageDetails":[{"registryId":"123456789012","imageDigest":"sha256:a","imagePushedAt":1}]}"#;
    let endpoint = |id: &str, rest: &str| {
        format!("<item><vpcEndpointId>{id}</vpcEndpointId><vpcId>vpc-1</vpcId><state>Available</state>{rest}</item>")
    };
    let ecr = |service: &str| {
        endpoint(
            &format!("vpce-{service}"),
            &format!(
                "<serviceName>com.amazonaws.us-east-1.ecr.{service}</serviceName><vpcEndpointType>Interface</vpcEndpointType>\
                 <privateDnsEnabled>true</privateDnsEnabled><groupSet><item><groupId>sg-1</groupId></item></groupSet>"
            ),
        )
    };
    let s3 = endpoint(
        "vpce-s3",
        "<serviceName>com.amazonaws.us-east-1.s3</serviceName><vpcEndpointType>Gateway</vpcEndpointType>\
         <routeTableIdSet><item>rtb-1</item></routeTableIdSet>",
    );
    let group = "<item><groupId>sg-1</groupId><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort>\
                 <toPort>443</toPort><ipRanges><item><cidrIp>10.0.0.0/16</cidrIp></item></ipRanges></item></ipPermissions></item>";
    let subnet = |id: &str, block: &str| {
        format!("<item><subnetId>{id}</subnetId><vpcId>vpc-1</vpcId><cidrBlock>{block}</cidrBlock></item>")
    };
    let table = "<item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><associationSet><item><main>true</main></item></associationSet></item>";
    let subnets = subnet("subnet-1", "10.0.1.0/24") + &subnet("subnet-2", "10.0.2.0/24");
    let (aws, asked) = answering([
        ("DescribeImages", Answer::ok(image)),
        (
            "DescribeVpcEndpoints",
            ec2_answer("DescribeVpcEndpoints", "vpcEndpointSet", &(ecr("api") + &ecr("dkr")), "more"),
        ),
        ("DescribeVpcEndpoints", ec2_answer("DescribeVpcEndpoints", "vpcEndpointSet", &s3, "")),
        ("DescribeSecurityGroups", ec2_answer("DescribeSecurityGroups", "securityGroupInfo", group, "")),
        ("DescribeSubnets", ec2_answer("DescribeSubnets", "subnetSet", &subnets, "")),
        ("DescribeRouteTables", ec2_answer("DescribeRouteTables", "routeTableSet", table, "")),
        ("DescribeVpcAttribute", Answer::ok("<DescribeVpcAttributeResponse/>")),
        (
            "GetInstanceProfile",
            Answer::ok(
                "<GetInstanceProfileResponse><GetInstanceProfileResult><InstanceProfile><Path>/</Path>\
                 <InstanceProfileName>pool</InstanceProfileName><InstanceProfileId>AIPA</InstanceProfileId>\
                 <Arn>arn:aws:iam::123456789012:instance-profile/pool</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
                 <Roles></Roles></InstanceProfile></GetInstanceProfileResult></GetInstanceProfileResponse>",
            ),
        ),
        ("ListAttachedRolePolicies", Answer::iam_error(404, "NoSuchEntity")),
    ]);
    let inputs = PullReadiness { instance_profile_names: set(&["pool"]), ..inputs() };
    let found = PullReadiness::read(&call(aws), inputs).await.expect("all of it can be found out");
    let failed: Vec<&str> =
        found.checks.iter().filter(|check| !check.passed).map(|check| check.name.as_str()).collect();
    assert_eq!(failed, ["endpoint_sts", "pull_policy/role/worker", "pull_policy/instance-profile/pool"], "{found:?}");
    assert!(!found.ready && found.summary.lines().count() == 3);
    assert_eq!(request(&asked, "DescribeRouteTables")["Filter.1.Value.1"], "vpc-1");
    assert_eq!(actions(&asked).iter().filter(|action| *action == "DescribeVpcEndpoints").count(), 2);
}

#[tokio::test]
async fn what_cannot_be_found_out_is_an_error() {
    let (aws, _) = answering([
        ("DescribeImages", Answer::ecr_error("AccessDeniedException")),
        ("ListAttachedRolePolicies", Answer::iam_error(404, "NoSuchEntity")),
    ]);
    let inputs = PullReadiness { vpc_id: None, private_subnet_ids: BTreeSet::new(), ..inputs() };
    let error = PullReadiness::read(&call(aws), inputs).await.expect_err("not allowed").to_string();
    assert!(error.contains("ecr:DescribeImages"), "{error}");
}

fn iam_answer(action: &str, result: &str) -> Answer {
    Answer::ok(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

/// What IAM says of a role, with and without leave to ask its simulator.
#[tokio::test]
async fn permissions_are_found_by_the_simulator_or_by_reading() {
    let role = "<Role><Path>/</Path><RoleName>worker</RoleName><RoleId>AROA</RoleId>\
                <Arn>arn:aws:iam::123456789012:role/worker</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
                <PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::123456789012:policy/limit</PermissionsBoundaryArn>\
                </PermissionsBoundary></Role>";
    let result = |action: &str, decision: &str, more: &str| {
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>\
             <MatchedStatements><member><SourcePolicyId>p</SourcePolicyId></member></MatchedStatements>{more}</member>"
        )
    };
    let image = r#"{"imageDetails":[{"registryId":"123456789012","imageDigest":"sha256:a","imagePushedAt":1}]}"#;
    let attached = "<AttachedPolicies><member><PolicyArn>arn:aws:iam::123456789012:policy/own</PolicyArn></member></AttachedPolicies>";
    let encoded: String = PULL_OF_ALL.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let boundary = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>\
                    </PermissionsBoundaryDecisionDetail>";
    let login = result("ecr:GetAuthorizationToken", "allowed", "");
    let pulls =
        result("ecr:BatchGetImage", "implicitDeny", boundary) + &result("ecr:GetDownloadUrlForLayer", "allowed", "");
    let simulated = |results: &str| {
        iam_answer("SimulatePrincipalPolicy", &format!("<EvaluationResults>{results}</EvaluationResults>"))
    };
    let inputs = || PullReadiness { vpc_id: None, private_subnet_ids: BTreeSet::new(), ..inputs() };
    let (aws, asked) = answering([
        ("DescribeImages", Answer::ok(image)),
        ("ListAttachedRolePolicies", iam_answer("ListAttachedRolePolicies", attached)),
        ("GetRole", iam_answer("GetRole", role)),
        ("SimulatePrincipalPolicy", simulated(&login)),
        ("SimulatePrincipalPolicy", simulated(&pulls)),
    ]);
    let found = PullReadiness::read(&call(aws), inputs()).await.expect("found out");
    assert!(
        !found.ready && found.summary.contains("ecr:BatchGetImage is not allowed by the role's permissions boundary"),
        "{found:?}"
    );
    let asked = asked.lock().expect("no test panics with it").clone();
    let simulations: Vec<_> = asked.iter().filter(|form| form["Action"] == "SimulatePrincipalPolicy").collect();
    assert_eq!(simulations[1]["ResourceArns.member.1"], "arn:aws:ecr:us-east-1:123456789012:repository/dev-registry");
    assert_eq!(simulations[0]["PolicySourceArn"], "arn:aws:iam::123456789012:role/worker");

    let policy = "<Policy><DefaultVersionId>v2</DefaultVersionId></Policy>";
    let version = format!("<PolicyVersion><Document>{encoded}</Document></PolicyVersion>");
    for refusal in [Answer::iam_error(403, "AccessDenied"), Answer::iam_error(501, "NotImplemented")] {
        let (aws, _) = answering([
            ("DescribeImages", Answer::ok(image)),
            ("ListAttachedRolePolicies", iam_answer("ListAttachedRolePolicies", attached)),
            ("GetRole", iam_answer("GetRole", role)),
            ("SimulatePrincipalPolicy", refusal),
            ("GetPolicy", iam_answer("GetPolicy", policy)),
            ("GetPolicyVersion", iam_answer("GetPolicyVersion", &version)),
            ("ListRolePolicies", iam_answer("ListRolePolicies", "<PolicyNames/>")),
        ]);
        let found = PullReadiness::read(&call(aws), inputs()).await.expect("found out");
        let check = found.checks.last().expect("the role's");
        assert!(
            found.ready && check.detail.contains("statement 1 of own") && check.detail.contains("policy/limit"),
            "{check:?}"
        );
    }
    let denied = || Answer::iam_error(403, "AccessDenied");
    let (aws, _) = answering([
        ("DescribeImages", Answer::ok(image)),
        ("ListAttachedRolePolicies", iam_answer("ListAttachedRolePolicies", attached)),
        ("GetRole", denied()),
        ("GetPolicy", denied()),
        ("ListRolePolicies", denied()),
    ]);
    let found = PullReadiness::read(&call(aws), inputs()).await.expect("found out");
    assert!(found.summary.contains("cannot read own, its inline policies"), "{found:?}");
}
