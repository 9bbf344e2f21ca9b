//! Data sources of provider binaries: our own (protocol 6) and the official one of AWS (protocol 5).

use std::sync::Arc;

use rosa_ecr_engine::{Action, Declare as _, LookUp as _, Options, Stack, UNKNOWN};
use rosa_ecr_model::{Diagnostics, Output, Value};
use rosa_ecr_plugin::{Binary, Dynamic};
use rosa_ecr_state::MemoryBackend;
use rosa_ecr_tests::{Emulator, provider_binary};
use serde_json::json;

use crate::aws;
use crate::host::{self, Host, run, value};

fn own(emulator: &Emulator) -> Binary {
    host::binary(provider_binary(), emulator)
}

#[test]
fn our_own_repository_is_found() {
    let emulator = Emulator::start();
    emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "shared" }));
    run(async {
        let host = Host::start(&own(&emulator), json!({ "region": "us-east-1" })).await;
        assert!(host.plugin.data_source_names().any(|name| name == "rosa_ecr_images"));
        let found = host.look_up("rosa_ecr_repository", json!({ "name": "shared" })).await;
        assert_eq!(found.diagnostics, Diagnostics::new());
        assert_eq!(host::text(&found, "arn"), "arn:aws:ecr:us-east-1:123456789012:repository/shared");

        let absent = host.look_up("rosa_ecr_repository", json!({ "name": "nowhere" })).await;
        assert!(absent.state.is_null() && absent.diagnostics.to_string().contains("nowhere"), "{}", absent.diagnostics);
        let config = value(&json!({ "nam": "shared" }));
        let source = host.plugin.data_source("rosa_ecr_repository").unwrap_or_else(|error| panic!("{error}"));
        let wrong = source.validate(&config).to_string();
        assert!(wrong.contains("Missing required argument \"name\"") && wrong.contains("\"nam\""), "{wrong}");
        let error = host.plugin.data_source("rosa_ecr_repo").map(|_| ()).expect_err("there is none").to_string();
        assert!(error.contains("no data source") && error.contains("rosa_ecr_repository"), "{error}");
        host.plugin.shutdown().await;
    });
}

#[test]
fn the_official_provider_finds_a_network() {
    let emulator = Emulator::start();
    let Some(binary) = aws::official(&emulator) else { return };
    let network = emulator.aws().network("10.0.0.0/16", 2);
    run(async {
        let host = Host::start(&binary, aws::config(&emulator)).await;
        let vpc = host.look_up("aws_vpc", json!({ "id": network.vpc })).await;
        assert_eq!(vpc.diagnostics, Diagnostics::new());
        assert_eq!(host::text(&vpc, "cidr_block"), "10.0.0.0/16");
        let filter = json!({ "name": "vpc-id", "values": [network.vpc] });
        let subnets = host.look_up("aws_subnet_ids", json!({ "vpc_id": network.vpc, "filter": filter })).await;
        assert_eq!(subnets.state.get("ids").elements().map(<[Value]>::len), Some(2), "{}", subnets.diagnostics);
        host.plugin.shutdown().await;
    });
}

/// A repository of the official provider, made for the network that the official provider finds, and looked up through our
/// own binary, under whose name there is a policy.
fn stack(emulator: &Emulator, official: &Binary, backend: &Arc<MemoryBackend>, vpc: &str) -> Stack {
    let mut stack = Stack::new("lookups");
    stack.set_backend(backend.clone());
    own(emulator).provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
    official.clone().provide(&mut stack, "aws", aws::config(emulator));
    let vpc = Dynamic::new("aws_vpc").arg("id", vpc).look_up(&mut stack, "vpc").expect("a good name");
    let made = Dynamic::new("aws_ecr_repository")
        .arg("name", "tools")
        .arg("tags", rosa_ecr_plugin::Argument::object([("Block", vpc.output::<String>("cidr_block"))]))
        .declare(&mut stack, "tools")
        .expect("a good name");
    let found = Dynamic::new("rosa_ecr_repository")
        .arg("name", made.output::<String>("name"))
        .look_up_with(&mut stack, "found", Options::new().depends_on(&made))
        .expect("a good name");
    let arn: Output<String> = found.output("arn");
    Dynamic::new("rosa_ecr_lifecycle_policy")
        .arg("repository", found.output::<String>("name"))
        .arg("untagged_days", "7")
        .arg("keep_count", 50_i64)
        .declare(&mut stack, "policy")
        .expect("a good name");
    stack.export("arn", arn);
    stack
}

#[test]
fn what_is_found_feeds_resources() {
    let emulator = Emulator::start();
    let Some(official) = aws::official(&emulator) else { return };
    let network = emulator.aws().network("10.0.0.0/16", 1);
    let backend = Arc::new(MemoryBackend::new());
    run(async {
        let stack = stack(&emulator, &official, &backend, &network.vpc);
        let plan = stack.preview().await.unwrap_or_else(|error| panic!("{error}"));
        let steps: Vec<(&str, Action)> = plan.steps.iter().map(|step| (step.resource.as_str(), step.action)).collect();
        let wanted = [("tools", Action::Create), ("found", Action::Read), ("policy", Action::Create)];
        assert_eq!((steps, &plan.outputs["arn"].value), (wanted.into(), &json!(UNKNOWN)));
        let tags = plan.steps[0].changes.iter().find(|change| change.attribute == "tags").expect("they change");
        assert_eq!(tags.after, json!({ "Block": "10.0.0.0/16" }), "the network is read in the plan");

        let report = stack.up().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.outputs["arn"].value, json!("arn:aws:ecr:us-east-1:123456789012:repository/tools"));
        let plan = stack.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(plan.is_empty() && plan.steps.len() == 2, "{:?}", plan.steps);
        stack.destroy().await.unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn whoever_takes_one_for_the_other_is_told() {
    let emulator = Emulator::start();
    run(async {
        let mut stack = Stack::new("lookups");
        own(&emulator).provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
        Dynamic::new("rosa_ecr_images").declare(&mut stack, "images").expect("a good name");
        Dynamic::new("rosa_ecr_idms").look_up(&mut stack, "mirrors").expect("a good name");
        let error = stack.preview().await.expect_err("it is the other way round").to_string();
        assert!(error.contains("It is a data source: `look_up`"), "{error}");
        assert!(error.contains("It is a resource: `declare` it"), "{error}");
    });
}
