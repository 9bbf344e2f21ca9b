//! The emulator keeps its promises: its own tests, and what a Rust test sees of it.

use std::thread;
use std::time::Duration;

use rosa_ecr_tests::{Aws, Emulator, Fault, items, run_python};
use serde_json::json;

/// The unit tests beside the emulator prove every rule in which it is stricter than moto.
#[test]
fn its_own_tests_pass() {
    run_python(&["-m", "unittest", "discover", "-s", "emulator"], Duration::from_secs(300)).success();
}

#[test]
fn arranges_and_answers_in_json_whatever_the_service_speaks() {
    let emulator = Emulator::start();
    let aws = emulator.aws();
    let network = aws.network("10.7.0.0/16", 3);
    let subnets = aws.ec2("DescribeSubnets", &[("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", &network.vpc)]);
    assert_eq!(items(&subnets["subnetSet"]).len(), 3);
    assert!(items(&aws.ec2("DescribeVpcEndpoints", &[])["vpcEndpointSet"]).is_empty());

    assert_eq!(aws.worker_role("worker"), "arn:aws:iam::123456789012:role/worker");
    aws.instance_profile("workers", Some("worker"));
    let profile = aws.iam("GetInstanceProfile", &[("InstanceProfileName", "workers")]);
    assert_eq!(profile["InstanceProfile"]["Roles"][0]["RoleName"], "worker");
    let pull = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
    aws.iam("AttachRolePolicy", &[("RoleName", "worker"), ("PolicyArn", pull)]);
    assert_eq!(aws.attached_policies("worker"), [pull]);

    aws.ecr("CreateRepository", json!({ "repositoryName": "dev/custom" }));
    assert!(aws.push_image("dev/custom", "v1").starts_with("sha256:"));
    assert_ne!(aws.push_image("dev/custom", "v2"), aws.push_image("dev/custom", "v3"));
    assert_eq!(emulator.aws_in("eu-west-1").ecr("DescribeRepositories", json!({}))["repositories"], json!([]));
    assert!(emulator.calls().is_empty(), "what the test does itself is not recorded");
}

#[test]
fn refusals_have_code_and_status() {
    let emulator = Emulator::start();
    let aws = emulator.aws();
    let ecr = aws.try_ecr("ListImages", json!({ "repositoryName": "none" })).unwrap_err();
    assert_eq!((ecr.code.as_str(), ecr.status), ("RepositoryNotFoundException", 400));
    let ec2 = aws.try_ec2("DescribeVpcEndpoints", &[("VpcEndpointId.1", "vpce-0")]).unwrap_err();
    assert_eq!((ec2.code.as_str(), ec2.status), ("InvalidVpcEndpointId.NotFound", 400));
    let iam = aws.try_iam("GetRole", &[("RoleName", "nobody")]).unwrap_err();
    assert_eq!((iam.code.as_str(), iam.status), ("NoSuchEntity", 404));
    assert!(iam.message.contains("nobody"));
}

#[test]
fn each_one_is_empty_and_its_own() {
    let first = Emulator::start();
    let second = Emulator::start();
    assert_ne!(first.endpoint(), second.endpoint());
    first.aws().ecr("CreateRepository", json!({ "repositoryName": "first" }));
    assert_eq!(repositories(&second.aws()), 0);
    drop(first);
    assert_eq!(repositories(&Emulator::start().aws()), 0, "a used process is emptied");
}

/// The system under test, as far as these tests need one: a client that leaves out what marks the test's own calls.
fn create_repository(emulator: &Emulator, name: &str) -> Result<u16, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let scope = "Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/ecr/aws4_request";
    let sent = agent
        .post(emulator.endpoint())
        .header("Authorization", &format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none"))
        .header("Content-Type", "application/x-amz-json-1.1")
        .header("X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.CreateRepository")
        .send(json!({ "repositoryName": name }).to_string());
    sent.map(|answer| answer.status().as_u16()).map_err(|error| error.to_string())
}

fn repositories(aws: &Aws) -> usize {
    items(&aws.ecr("DescribeRepositories", json!({}))["repositories"]).len()
}

#[test]
fn faults_hit_the_calls_they_are_for() {
    let emulator = Emulator::start();
    emulator.fault(Fault::throttle("CreateRepository").after(1).times(2));
    emulator.fault(Fault::lost_answer("CreateRepository").mentioning("lost"));
    emulator.fault(Fault::error("CreateRepository", "KmsException", 400).of_service("ecr").mentioning("keyless"));
    let statuses: Vec<_> = (0..4).map(|n| create_repository(&emulator, &format!("r{n}"))).collect();
    assert_eq!(statuses, [Ok(200), Ok(400), Ok(400), Ok(200)]);
    create_repository(&emulator, "lost").unwrap_err();
    assert_eq!(create_repository(&emulator, "keyless"), Ok(400));
    assert_eq!(emulator.fault_hits(), 4);
    assert_eq!(repositories(&emulator.aws()), 3);

    let calls = emulator.calls();
    let errors: Vec<_> = calls.iter().map(|call| call.error.as_deref()).collect();
    let throttled = Some("ThrottlingException");
    assert_eq!(errors, [None, throttled, throttled, None, Some("ConnectionCut"), Some("KmsException")]);
    assert_eq!((calls[4].status, calls[4].params["repositoryName"].as_str()), (None, Some("lost")));
    assert_eq!(emulator.writes(), ["CreateRepository"; 6]);
    emulator.clear_calls();
    assert!(emulator.calls().is_empty());
}

#[test]
fn calls_at_the_same_time_are_seen_to_be() {
    let emulator = Emulator::start();
    emulator.fault(Fault::latency("*", Duration::from_millis(300)).always());
    thread::scope(|scope| {
        for name in ["left", "right"] {
            scope.spawn(|| create_repository(&emulator, name).unwrap());
        }
    });
    emulator.clear_faults();
    create_repository(&emulator, "later").unwrap();
    let calls = emulator.calls();
    assert!(calls[0].overlaps(&calls[1]), "{} | {}", calls[0], calls[1]);
    assert!(!calls[1].overlaps(&calls[2]), "{} | {}", calls[1], calls[2]);
}

#[test]
fn stops_at_the_write_it_is_told() {
    let emulator = Emulator::start();
    emulator.stop_after_write(1);
    thread::scope(|scope| {
        scope.spawn(|| create_repository(&emulator, "first").unwrap());
        emulator.wait_for_stop();
        assert_eq!(repositories(&emulator.aws()), 1);
        emulator.release();
    });
    emulator.stop_before_write(1);
    thread::scope(|scope| {
        scope.spawn(|| create_repository(&emulator, "second").unwrap());
        emulator.wait_for_stop();
        assert_eq!(repositories(&emulator.aws()), 1);
        emulator.release();
    });
    assert_eq!(repositories(&emulator.aws()), 2);
}

#[test]
#[should_panic(expected = "no setting 'colour'")]
fn wrong_orders_are_refused() {
    Emulator::start().settings(json!({ "colour": "blue" }));
}
