//! What was deleted or changed by hand shows in the plan as just that, and apply repairs just that.

use rosa_ecr_tests::{Aws, Emulator, items, on_each_engine};
use serde_json::{Value, json};

use crate::scene::{EVERYTHING, Scene, all_objects, text};

/// Something that a hand does, the attributes in which the plan shows it, and the writes that repair it.
struct Case {
    what: &'static str,
    hand: fn(&Scene, &Aws),
    shows: &'static [&'static str],
    repairs: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        what: "an endpoint deleted",
        hand: |scene, aws| {
            aws.ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &text(&scene.attribute("ecr_api_endpoint_id")))]);
            settle(&scene.emulator);
        },
        shows: &["ecr_api_endpoint_id"],
        repairs: &["CreateVpcEndpoint"],
    },
    Case {
        what: "the network deleted",
        hand: |scene, aws| {
            for id in ["ecr_api_endpoint_id", "ecr_dkr_endpoint_id"] {
                aws.ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &text(&scene.attribute(id)))]);
            }
            settle(&scene.emulator);
            aws.ec2("DeleteSecurityGroup", &[("GroupId", &text(&scene.attribute("endpoint_security_group_id")))]);
        },
        shows: &["ecr_api_endpoint_id", "ecr_dkr_endpoint_id", "endpoint_security_group_id"],
        repairs: &[
            "AuthorizeSecurityGroupIngress",
            "CreateSecurityGroup",
            "CreateVpcEndpoint",
            "CreateVpcEndpoint",
            "RevokeSecurityGroupEgress",
        ],
    },
    Case {
        what: "a rule of the security group deleted",
        hand: |scene, aws| ingress(scene, aws, "RevokeSecurityGroupIngress", "443", "10.0.0.0/16"),
        shows: &["drift"],
        repairs: &["AuthorizeSecurityGroupIngress"],
    },
    Case {
        what: "a rule of the security group added",
        hand: |scene, aws| ingress(scene, aws, "AuthorizeSecurityGroupIngress", "22", "0.0.0.0/0"),
        shows: &["drift"],
        repairs: &["RevokeSecurityGroupIngress"],
    },
    Case {
        what: "private DNS of an endpoint off",
        hand: |scene, aws| {
            let id = text(&scene.attribute("ecr_dkr_endpoint_id"));
            aws.ec2("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("PrivateDnsEnabled", "false")]);
            settle(&scene.emulator);
        },
        shows: &["drift"],
        repairs: &["ModifyVpcEndpoint"],
    },
    Case {
        what: "the lifecycle policy deleted",
        hand: |_, aws| drop(aws.ecr("DeleteLifecyclePolicy", json!({ "repositoryName": "dev-registry" }))),
        shows: &["ecr_summary", "lifecycle_policy_enabled"],
        repairs: &["PutLifecyclePolicy"],
    },
    Case {
        what: "another lifecycle policy",
        hand: |_, aws| aws.put_another_lifecycle_policy("dev-registry"),
        shows: &["drift"],
        repairs: &["PutLifecyclePolicy"],
    },
    Case {
        what: "the pull policy of a worker role detached",
        hand: |_, aws| detach(aws, "worker"),
        shows: &["worker_role_names"],
        repairs: &["AttachRolePolicy"],
    },
    Case {
        what: "the pull policy of an instance profile's role detached",
        hand: |_, aws| detach(aws, "pool-role"),
        shows: &["instance_profile_names"],
        repairs: &["AttachRolePolicy"],
    },
    Case {
        what: "the mirror file deleted",
        hand: |scene, _| std::fs::remove_file(scene.work.path().join("outputs/idms-config.yaml")).expect("it is there"),
        shows: &["idms_config_content", "idms_config_path", "image_mirrors"],
        repairs: &[],
    },
    Case {
        what: "the mirror file edited",
        hand: |scene, _| {
            let file = scene.work.path().join("outputs/idms-config.yaml");
            let edited = std::fs::read_to_string(&file).expect("it is there") + "# by hand\n";
            std::fs::write(file, edited).expect("it can be written");
        },
        shows: &["idms_config_content"],
        repairs: &[],
    },
    Case {
        what: "the repository's settings changed",
        hand: |_, aws| {
            let mutability = json!({ "repositoryName": "dev-registry", "imageTagMutability": "IMMUTABLE" });
            aws.ecr("PutImageTagMutability", mutability);
        },
        shows: &["ecr_summary", "image_tag_mutability"],
        repairs: &["PutImageTagMutability"],
    },
    Case {
        what: "a tag of the repository changed",
        hand: |scene, aws| {
            let tags = json!([{ "Key": "Team", "Value": "other" }]);
            aws.ecr("TagResource", json!({ "resourceArn": scene.attribute("repository_arn"), "tags": tags }));
        },
        shows: &["tags", "tags_all"],
        repairs: &["TagResource"],
    },
    Case {
        what: "the repository deleted",
        hand: |_, aws| drop(aws.ecr("DeleteRepository", json!({ "repositoryName": "dev-registry", "force": true }))),
        shows: &["ecr_summary", "repository_arn", "repository_created_at", "repository_url"],
        repairs: &["CreateRepository", "PutLifecyclePolicy"],
    },
];

/// Endpoints take their time to go and to change; the hand waits for it.
fn settle(emulator: &Emulator) {
    let is_moving = |endpoint: &Value| ["pending", "deleting"].contains(&text(&endpoint["state"]).as_str());
    let aws = emulator.aws();
    for _ in 0..200 {
        let described = aws.ec2("DescribeVpcEndpoints", &[]);
        if !items(&described["vpcEndpointSet"]).iter().any(is_moving) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the endpoints do not settle");
}

fn ingress(scene: &Scene, aws: &Aws, action: &str, port: &str, block: &str) {
    let group = text(&scene.attribute("endpoint_security_group_id"));
    let rule = [
        ("GroupId", group.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", port),
        ("IpPermissions.1.ToPort", port),
        ("IpPermissions.1.IpRanges.1.CidrIp", block),
    ];
    aws.ec2(action, &rule);
}

fn detach(aws: &Aws, role: &str) {
    let policy = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
    aws.iam("DetachRolePolicy", &[("RoleName", role), ("PolicyArn", policy)]);
}

#[test]
fn by_hand() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, EVERYTHING);
        scene.work.assert_empty_plan();
        for Case { what, hand, shows, repairs } in CASES {
            hand(&scene, &scene.emulator.aws());
            let (actions, names) = scene.planned();
            assert_eq!(actions, json!(["update"]), "{what}");
            assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), *shows, "{what}");
            assert_eq!(scene.writes_of_apply(), *repairs, "{what}");
            assert_eq!(scene.objects(), all_objects(), "{what}");
            scene.work.assert_empty_plan();
        }
        scene.work.destroy();
        assert_eq!(scene.objects(), [""; 0]);
    });
}

#[test]
fn addresses_in_another_spelling_are_no_drift() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "vpc_cidr = \"FD00:0::/8\"");
        scene.work.assert_empty_plan();
        assert_eq!(scene.attribute("drift"), json!([]));
    });
}

#[test]
fn everything_deleted_is_made_again() {
    on_each_engine(|engine| {
        let scene = Scene::applied(engine, "");
        let aws = scene.emulator.aws();
        for id in ["ecr_api_endpoint_id", "ecr_dkr_endpoint_id"] {
            aws.ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &text(&scene.attribute(id)))]);
        }
        settle(&scene.emulator);
        aws.ec2("DeleteSecurityGroup", &[("GroupId", &text(&scene.attribute("endpoint_security_group_id")))]);
        aws.ecr("DeleteRepository", json!({ "repositoryName": "dev-registry" }));
        let (actions, _) = scene.planned();
        assert_eq!(actions, json!(["create"]));
        scene.work.apply();
        scene.work.assert_empty_plan();
    });
}
