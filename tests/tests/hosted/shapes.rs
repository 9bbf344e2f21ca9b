//! Types of hashicorp/aws 3.39.0 whose arguments have the shapes that are easily got wrong.

use rosa_ecr_engine::{Action, Declare as _, Options, Stack};
use rosa_ecr_plugin::{Argument, Binary, Dynamic};
use rosa_ecr_state::MemoryBackend;
use rosa_ecr_tests::Emulator;
use serde_json::json;

use crate::aws;
use crate::host::run;
use crate::landscape::declare;

fn stack(emulator: &Emulator, official: &Binary, backend: &MemoryBackend, image: &str, second: bool) -> Stack {
    let mut stack = Stack::new("shapes").backend(backend.clone());
    let mut config = aws::config(emulator);
    for service in ["dynamodb", "sqs", "cloudwatchlogs", "kms", "autoscaling"] {
        config["endpoints"][service] = json!(emulator.endpoint());
    }
    official.clone().provide(&mut stack, "aws", config);
    let it = &mut stack;
    // Sets of blocks, numbers in texts, a block that is there once.
    declare(
        it,
        "aws_dynamodb_table",
        "table",
        [
            ("name", "locks".into()),
            ("hash_key", "LockID".into()),
            ("range_key", "At".into()),
            ("billing_mode", "PROVISIONED".into()),
            ("read_capacity", "5".into()),
            ("write_capacity", if second { 6 } else { 5 }.into()),
            ("attribute", json!([{ "name": "LockID", "type": "S" }, { "name": "At", "type": "N" }]).into()),
            ("ttl", json!({ "attribute_name": "Until", "enabled": true }).into()),
        ],
    );
    let statement = json!([{ "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*" }]);
    declare(
        it,
        "aws_sqs_queue",
        "queue",
        [
            ("name", "events".into()),
            ("message_retention_seconds", 86400.into()),
            ("policy", json!({ "Version": "2012-10-17", "Statement": statement }).to_string().into()),
        ],
    );
    declare(
        it,
        "aws_cloudwatch_log_group",
        "log",
        [("name", "/registry".into()), ("retention_in_days", if second { 14 } else { 7 }.into())],
    );
    declare(it, "aws_kms_key", "key", [("description", "images".into()), ("deletion_window_in_days", 7.into())]);
    let network = declare(it, "aws_vpc", "network", [("cidr_block", "10.7.0.0/16".into())]);
    let gateway = declare(it, "aws_internet_gateway", "gateway", [("vpc_id", network.output::<String>("id").into())]);
    // Attributes that are written as blocks.
    let route = Argument::object([
        ("cidr_block", Argument::from("0.0.0.0/0")),
        ("gateway_id", gateway.output::<String>("id").into()),
    ]);
    declare(
        it,
        "aws_route_table",
        "routes",
        [("vpc_id", network.output::<String>("id").into()), ("route", Argument::from([route]))],
    );
    let subnet = declare(
        it,
        "aws_subnet",
        "subnet",
        [("vpc_id", network.output::<String>("id").into()), ("cidr_block", "10.7.1.0/24".into())],
    );
    // Lists of blocks in lists of blocks, and texts that are hashed on the way into the state.
    declare(
        it,
        "aws_launch_template",
        "template",
        [
            ("name", "worker".into()),
            ("block_device_mappings", json!([{ "device_name": "/dev/sda1", "ebs": { "volume_size": 20 } }]).into()),
            ("tag_specifications", json!([{ "resource_type": "instance", "tags": { "Team": "registry" } }]).into()),
        ],
    );
    let worker = Dynamic::new("aws_instance")
        .arg("ami", image)
        .arg("instance_type", "t2.micro")
        .arg("subnet_id", subnet.output::<String>("id"))
        .arg("user_data", if second { "other" } else { "hello" })
        .arg("root_block_device", json!({ "volume_size": 8 }));
    worker.declare_with(it, "worker", Options::new().ignore_changes(["user_data"])).expect("a good name");
    stack
}

#[test]
fn shapes_that_are_easily_got_wrong() {
    let emulator = Emulator::start();
    let Some(official) = aws::official(&emulator) else { return };
    let backend = MemoryBackend::new();
    let image = emulator.aws().ec2("RegisterImage", &[("Name", "worker"), ("RootDeviceName", "/dev/sda1")]);
    let image = image["imageId"].as_str().expect("an id");
    run(async {
        let first = stack(&emulator, &official, &backend, image, false);
        let report = first.up().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.counts().created, 10, "{:?}", report.done);
        let plan = first.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(plan.is_empty(), "{:#?}", plan.changes().collect::<Vec<_>>());
        let second = stack(&emulator, &official, &backend, image, true);
        let report = second.up().await.unwrap_or_else(|error| panic!("{error}"));
        for (name, action) in &report.done {
            let wanted = if ["table", "log"].contains(&name.as_str()) { Action::Update } else { Action::Keep };
            assert_eq!(*action, wanted, "{name}");
        }
        let plan = second.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(plan.is_empty(), "{:#?}", plan.changes().collect::<Vec<_>>());
        second.destroy().await.unwrap_or_else(|error| panic!("{error}"));
    });
}
