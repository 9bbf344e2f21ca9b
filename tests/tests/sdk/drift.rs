//! What was deleted or changed by hand shows in a preview as just that, and `up` repairs just that: for each part of the
//! component.

use std::time::Duration;

use rosa_ecr_tests::{Aws, Emulator, Network, Program, items};
use serde_json::{Value, json};

/// Something that a hand does.
struct Case {
    what: &'static str,
    hand: fn(&Scene, &Aws),
    /// The resource, and the attributes in which it is not as the state has it; none where it is gone.
    shows: &'static [(&'static str, &'static [&'static str])],
    repairs: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        what: "the repository's settings changed",
        hand: |_, aws| {
            let mutability = json!({ "repositoryName": "dev-registry", "imageTagMutability": "IMMUTABLE" });
            aws.ecr("PutImageTagMutability", mutability);
        },
        shows: &[("registry/repository", &["image_tag_mutability"])],
        repairs: &["PutImageTagMutability"],
    },
    Case {
        what: "the repository deleted",
        hand: |_, aws| drop(aws.ecr("DeleteRepository", json!({ "repositoryName": "dev-registry", "force": true }))),
        shows: &[("registry/lifecycle", &[]), ("registry/repository", &[]), ("sharing", &[])],
        repairs: &["CreateRepository", "PutLifecyclePolicy", "SetRepositoryPolicy", "TagResource", "TagResource"],
    },
    Case {
        what: "the lifecycle policy deleted",
        hand: |_, aws| drop(aws.ecr("DeleteLifecyclePolicy", json!({ "repositoryName": "dev-registry" }))),
        shows: &[("registry/lifecycle", &[])],
        repairs: &["PutLifecyclePolicy", "TagResource"],
    },
    Case {
        what: "another lifecycle policy",
        hand: |_, aws| aws.put_another_lifecycle_policy("dev-registry"),
        shows: &[("registry/lifecycle", &["policy", "untagged_days", "keep_count"])],
        repairs: &["PutLifecyclePolicy"],
    },
    Case {
        what: "the repository policy deleted",
        hand: |_, aws| drop(aws.ecr("DeleteRepositoryPolicy", json!({ "repositoryName": "dev-registry" }))),
        shows: &[("sharing", &[])],
        repairs: &["SetRepositoryPolicy", "TagResource"],
    },
    Case {
        what: "a rule of the security group deleted",
        hand: |scene, aws| scene.ingress(aws, "RevokeSecurityGroupIngress", "443", "10.0.0.0/16"),
        shows: &[("registry/security-group", &["allowed_cidr_blocks"])],
        repairs: &["AuthorizeSecurityGroupIngress"],
    },
    Case {
        what: "a rule of the security group added",
        hand: |scene, aws| scene.ingress(aws, "AuthorizeSecurityGroupIngress", "22", "0.0.0.0/0"),
        shows: &[("registry/security-group", &["unexpected_rules"])],
        repairs: &["RevokeSecurityGroupIngress"],
    },
    Case {
        what: "private DNS of an endpoint off",
        hand: |scene, aws| {
            let id = scene.id("registry/dkr-endpoint");
            aws.ec2("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("PrivateDnsEnabled", "false")]);
            settle(aws);
        },
        shows: &[("registry/dkr-endpoint", &["private_dns_enabled"])],
        repairs: &["ModifyVpcEndpoint"],
    },
    Case {
        what: "an endpoint deleted",
        hand: |scene, aws| {
            aws.ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &scene.id("registry/api-endpoint"))]);
            settle(aws);
        },
        shows: &[("registry/api-endpoint", &[])],
        repairs: &["CreateVpcEndpoint"],
    },
    Case {
        what: "the network deleted",
        hand: |scene, aws| {
            for endpoint in ["registry/api-endpoint", "registry/dkr-endpoint"] {
                aws.ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &scene.id(endpoint))]);
            }
            settle(aws);
            aws.ec2("DeleteSecurityGroup", &[("GroupId", &scene.id("registry/security-group"))]);
        },
        shows: &[("registry/api-endpoint", &[]), ("registry/dkr-endpoint", &[]), ("registry/security-group", &[])],
        repairs: &[
            "AuthorizeSecurityGroupIngress",
            "CreateSecurityGroup",
            "CreateVpcEndpoint",
            "CreateVpcEndpoint",
            "RevokeSecurityGroupEgress",
        ],
    },
    Case {
        what: "the pull policy detached",
        hand: |_, aws| {
            let policy = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
            aws.iam("DetachRolePolicy", &[("RoleName", "worker"), ("PolicyArn", policy)]);
        },
        shows: &[("registry/role:worker", &["attached"])],
        repairs: &["AttachRolePolicy"],
    },
];

struct Scene {
    emulator: Emulator,
    program: Program,
}

impl Scene {
    fn up() -> Self {
        let emulator = Emulator::start();
        // What was done by hand is there when it is done.
        emulator.settings(json!({ "stale_ms": 0 }));
        let Network { vpc, subnets } = emulator.aws().network("10.0.0.0/16", 2);
        emulator.aws().worker_role("worker");
        let mut program = Program::new("component", &emulator);
        program.env("VPC_ID", &vpc).env("SUBNET_IDS", &subnets.join(",")).env("WORKER_ROLE", "worker");
        program.run(&["up", "--yes"]).success();
        Self { emulator, program }
    }

    /// The id of a part's object.
    fn id(&self, name: &str) -> String {
        let shown = self.program.run(&["state", "show", name, "--json"]).success();
        let shown: Value = serde_json::from_str(shown.stdout()).expect("JSON");
        shown["state"]["id"].as_str().expect("an id").to_owned()
    }

    fn ingress(&self, aws: &Aws, action: &str, port: &str, block: &str) {
        let group = self.id("registry/security-group");
        let rule = [
            ("GroupId", group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", port),
            ("IpPermissions.1.ToPort", port),
            ("IpPermissions.1.IpRanges.1.CidrIp", block),
        ];
        aws.ec2(action, &rule);
    }

    /// What a preview says was changed outside: each resource with its attributes, none where it is gone.
    fn drift(&self) -> Vec<(String, Vec<String>)> {
        let preview = self.program.run(&["preview", "--refresh", "--detailed-exitcode", "--json"]).code(2);
        let events = preview.stdout().lines().map(|line| serde_json::from_str(line).expect("JSON"));
        let drift = events.filter(|event: &Value| event["event"] == "drift").map(|event| {
            let changes = items(&event["changes"]).iter().map(|change| &change["attribute"]);
            let names = changes.map(|name| name.as_str().expect("a name").to_owned());
            let gone = event["gone"] == true;
            (event["resource"].as_str().expect("a name").to_owned(), if gone { Vec::new() } else { names.collect() })
        });
        let mut drift: Vec<_> = drift.collect();
        drift.sort();
        drift
    }
}

/// Endpoints take their time to go and to change; the hand waits for it.
fn settle(aws: &Aws) {
    let is_moving = |endpoint: &Value| ["pending", "deleting"].iter().any(|state| endpoint["state"] == *state);
    for _ in 0..200 {
        if !items(&aws.ec2("DescribeVpcEndpoints", &[])["vpcEndpointSet"]).iter().any(is_moving) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the endpoints do not settle");
}

#[test]
fn by_hand() {
    let scene = Scene::up();
    let whole = scene.emulator.aws().inventory();
    for Case { what, hand, shows, repairs } in CASES {
        hand(&scene, &scene.emulator.aws());
        scene.emulator.clear_calls();
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let expected: Vec<_> = shows.iter().map(|(resource, names)| ((*resource).to_owned(), owned(names))).collect();
        assert_eq!(scene.drift(), expected, "{what}");
        assert_eq!(scene.emulator.writes(), [""; 0], "{what}: a preview writes nothing");
        scene.program.run(&["up", "--yes"]).success();
        let mut writes = scene.emulator.writes();
        writes.sort();
        assert_eq!(writes, *repairs, "{what}");
        assert_eq!(scene.emulator.aws().inventory(), whole, "{what}");
        scene.program.assert_empty_preview();
    }
    scene.program.run(&["destroy", "--yes"]).success();
    assert_eq!(scene.emulator.aws().inventory(), ["role worker"]);
}

#[test]
fn of_a_registry_that_is_one_resource() {
    let emulator = Emulator::start();
    let network = emulator.aws().network("10.0.0.0/16", 2);
    let mut program = Program::new("quickstart", &emulator);
    program.env("VPC_ID", &network.vpc).env("SUBNET_IDS", &network.subnets.join(","));
    program.run(&["up", "--yes"]).success();
    emulator.aws().ecr("DeleteLifecyclePolicy", json!({ "repositoryName": "dev-registry" }));
    program.run(&["preview", "--refresh", "--detailed-exitcode"]).code(2);
    program.run(&["up", "--yes"]).success();
    program.assert_empty_preview();
}
