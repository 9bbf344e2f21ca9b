//! Wrong input: each with the attribute, the value, the rule and the way out, at validate where it can be known.

use rosa_ecr_tests::{Emulator, Workdir, on_each_engine};

use crate::scene::configuration;

/// Arguments besides `cluster_name` and a network, and what the error says.
const CASES: &[(&str, &[&str])] = &[
    ("repository_name = \"Dev_Registry\"", &["repository_name", "\"Dev_Registry\"", "lowercase", "\"dev_registry\""]),
    ("repository_name = \"a\"", &["repository_name", "from 2 to 256 characters"]),
    ("repository_name = \"1.dkr.ecr.us-east-1.amazonaws.com/app\"", &["without the registry's host"]),
    ("image_tag_mutability = \"immutable\"", &["image_tag_mutability", "\"immutable\"", "Write \"IMMUTABLE\""]),
    ("image_tag_mutability = \"IMMUTABLE_WITH_EXCLUSION\"", &["image_tag_mutability_exclusion_filters"]),
    ("image_tag_mutability_exclusion_filters = [{ filter = \"v*\" }]", &["MUTABLE_WITH_EXCLUSION"]),
    ("kms_key_arn = \"alias/ecr\"", &["kms_key_arn", "\"alias/ecr\"", "describe-key"]),
    ("kms_key_arn = \"arn:aws:kms:us-east-1:123456789012:alias/x\"", &["kms_key_arn", "ECR resolves an alias"]),
    ("vpc_cidr = \"10.0.0.5/16\"", &["vpc_cidr", "\"10.0.0.5/16\"", "\"10.0.0.0/16\""]),
    ("vpc_cidr = \"ten\"", &["vpc_cidr", "CIDR notation"]),
    ("lifecycle_untagged_days = -1", &["lifecycle_untagged_days", "-1", "1 or more"]),
    ("lifecycle_keep_count = 0", &["lifecycle_keep_count", "1 or more"]),
    ("lifecycle_keep_count = 1.5", &["lifecycle_keep_count", "whole number"]),
    ("tags = { \"aws:x\" = \"y\" }", &["tags", "\"aws:x\"", "must not start with \"aws:\""]),
    ("tags = { \"rosa-ecr/cluster\" = \"y\" }", &["they mark ownership"]),
    ("tags = { for i in range(51) : \"t${i}\" => \"x\" }", &["tags", "51 elements", "At most 46"]),
    ("additional_endpoints = [\"sqs\"]", &["additional_endpoints", "\"sqs\""]),
    ("additional_endpoints = [\"s3\"]\n  route_table_ids = [\"main\"]", &["route_table_ids", "\"main\"", "rtb-"]),
    ("route_table_ids = [\"rtb-12345678\"]", &["route_table_ids", "Add \"s3\" to additional_endpoints"]),
    ("endpoint_security_group_ids = [\"default\"]", &["endpoint_security_group_ids", "\"default\"", "sg-"]),
    (
        "worker_role_names = [\"arn:aws:iam::123456789012:role/rosa/Worker\"]",
        &["worker_role_names", "This is an ARN. Give the name at its end: \"Worker\""],
    ),
    ("instance_profile_names = [\"a b\"]", &["instance_profile_names", "\"a b\""]),
    ("platform = \"HCP\"", &["platform", "Write \"hcp\""]),
    (
        "generate_idms = true\n  idms_mirrors = { \"registry.redhat.io\" = \"redhat\" }",
        &["ROSA refuses this mirror source", "registry.redhat.io/openshift4"],
    ),
    ("generate_idms = true\n  idms_mirrors = { \"quay.io/org/app\" = \"app\" }", &["ROSA refuses", "quay.io"]),
    (
        "generate_idms = true\n  idms_mirrors = { \"registry.access.redhat.com/ubi9\" = \"ubi9\" }",
        &["ROSA refuses", "registry.access.redhat.com"],
    ),
    ("idms_mirrors = { \"https://registry.example.com\" = \"x\" }", &["Remove the scheme"]),
    (
        "generate_idms = true\n  platform = \"hcp\"",
        &["Image mirrors without sources", "idms_mirrors is empty", "the function image_mirrors"],
    ),
    ("prevent_destroy = true\n  tags = { Lifecycle = \"temporary\" }", &["The tag Lifecycle is taken"]),
    ("timeouts {\n    create = \"soon\"\n  }", &["timeouts", "\"soon\"", "30m"]),
];

const NETWORK: &str = "vpc_id = \"vpc-12345678\"\n  private_subnet_ids = [\"subnet-12345678\"]";

#[test]
fn at_validate() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = Workdir::new(engine, &emulator);
        let validate = |arguments: &str| {
            work.file("main.tf", &configuration("region = \"us-east-1\"", arguments));
            work.run(&["validate"])
        };
        work.file("main.tf", &configuration("", "cluster_name = \"dev\""));
        work.init();
        for (arguments, texts) in CASES {
            let mut output = validate(&format!("cluster_name = \"dev\"\n  {NETWORK}\n  {arguments}")).failure();
            for text in *texts {
                output = output.says(text);
            }
        }
        validate(&format!("cluster_name = \"Dev\"\n  {NETWORK}")).failure().says("cluster_name").says("\"Dev\"");
        let output = validate("cluster_name = \"dev\"").failure();
        output.says("vpc_id").says("private_subnet_ids").says("create_vpc_endpoints = false");
        let output =
            validate("cluster_name = \"dev\"\n  vpc_id = \"vpc-12345678\"\n  private_subnet_ids = []").failure();
        output.says("private_subnet_ids is empty").says("create_vpc_endpoints = false");
        validate("cluster_name = \"dev\"\n  vpc_id = \"dev-vpc\"").failure().says("\"dev-vpc\"").says("vpc-");
        validate("cluster_name = \"dev\"\n  create_vpc_endpoints = false").success();
        assert!(emulator.calls().is_empty(), "a validation asks nobody");
    });
}

#[test]
fn at_plan() {
    on_each_engine(|engine| {
        let scene = crate::scene::Scene::new(engine);
        scene.emulator.aws().instance_profile("empty", None);
        scene.registry("instance_profile_names = [\"empty\"]").work.init();
        let output = scene.work.run(&["apply", "-auto-approve"]).failure();
        output.says("empty").says("role");
        assert!(
            !scene.emulator.writes().iter().any(|write| write == "CreateRepository"),
            "{:?}",
            scene.emulator.writes()
        );
    });
}

#[test]
fn subnets_of_one_zone_are_an_error() {
    on_each_engine(|engine| {
        let scene = crate::scene::Scene::new(engine);
        let twin = scene.emulator.aws().subnet(&scene.network.vpc, "10.0.0.0/16", 7, 0);
        let subnets = [scene.network.subnets[0].clone(), twin];
        scene.registry_in(&scene.network.vpc, &subnets, "").work.init();
        scene.failed_apply().says("Two subnets in one availability zone");
        assert_eq!(scene.emulator.writes(), [] as [&str; 0], "before anything is made");
        scene.registry("");
        scene.work.apply();
        scene.work.assert_empty_plan();
    });
}
