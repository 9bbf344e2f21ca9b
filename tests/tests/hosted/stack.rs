//! Resources of provider binaries in a stack, beside one of this process.

use std::sync::Arc;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_engine::{Action, Declare as _, Stack};
use rosa_ecr_model::{
    Call, Change, Diagnostics, Failure, Kind, Output, Path, Provided, Provider, Resource, State, kind,
};
use rosa_ecr_plugin::{Argument, Binary, Dynamic};
use rosa_ecr_state::MemoryBackend;
use rosa_ecr_tests::{Emulator, Fault, provider_binary};
use serde_json::json;

use crate::aws;
use crate::host::{self, run};

/// A provider of this process, whose resources are nowhere but in the state.
#[derive(Clone, Debug, Inputs)]
pub struct Cards {}

impl Provider for Cards {
    const NAME: &'static str = "cards";
    const VERSION: &'static str = "1.0.0";
    type Context = Desk;

    fn kinds() -> Vec<Arc<dyn Kind<Desk>>> {
        vec![kind::<Label>()]
    }

    async fn configure(self) -> Result<Desk, Diagnostics> {
        Ok(Desk)
    }
}

/// What labels are made at.
#[derive(Debug)]
pub struct Desk;

impl Provided for Desk {
    type Provider = Cards;
}

/// A label.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Label {
    /// What it says.
    pub text: String,
}

/// What a label says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct LabelFacts {
    /// The same in capitals.
    pub loud: String,
}

impl Label {
    fn state(self) -> State<Self> {
        State { outputs: LabelFacts { loud: self.text.to_uppercase() }, inputs: self }
    }
}

impl Resource for Label {
    const TYPE: &'static str = "cards_label";
    type Outputs = LabelFacts;
    type Context = Desk;
    type Facts = ();

    fn plan((): &(), change: &mut Change<Self>, _: &mut Diagnostics) {
        change.outputs.loud = change.inputs.text.as_ref().map(|text| text.to_uppercase());
    }

    async fn create(_: &Call<Desk>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        Ok(inputs.state())
    }

    async fn read(_: &Call<Desk>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        Ok(Some(state))
    }

    async fn update(_: &Call<Desk>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        Ok(inputs.state())
    }

    async fn delete(_: &Call<Desk>, _: State<Self>) -> Result<(), Failure<Self>> {
        Ok(())
    }
}

/// A registry of our own binary's, a label of this process that has its ARN, and a repository of the official AWS
/// provider that has the label.
fn stack(emulator: &Emulator, official: &Binary, backend: &Arc<MemoryBackend>, mutability: &str) -> Stack {
    let mut stack = Stack::new("hosted");
    stack.set_backend(backend.clone());
    host::binary(provider_binary(), emulator).provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
    official.clone().provide(&mut stack, "aws", aws::config(emulator));
    let base = Dynamic::new("rosa_ecr")
        .arg("cluster_name", "dev")
        .arg("create_vpc_endpoints", false)
        .arg("lifecycle_keep_count", "10")
        .declare(&mut stack, "base")
        .expect("a good name");
    let arn: Output<String> = base.output("repository_arn");
    let label = Label::builder().text(arn).build().declare(&mut stack, "label").expect("a good name");
    let tools = Dynamic::new("aws_ecr_repository")
        .arg("name", "tools")
        .arg("image_tag_mutability", mutability)
        .arg("image_scanning_configuration", json!({ "scan_on_push": true }))
        .arg("tags", Argument::object([("Base", label.loud)]))
        .declare(&mut stack, "tools")
        .expect("a good name");
    stack.export("arn", tools.output::<String>("arn"));
    stack.export("base", tools.output_at::<String>(Path::from("tags").key("Base")));
    stack
}

#[test]
fn hosted_and_own_resources_feed_each_other() {
    let emulator = Emulator::start();
    let Some(official) = aws::official(&emulator) else { return };
    let backend = Arc::new(MemoryBackend::new());
    run(async {
        let first = stack(&emulator, &official, &backend, "MUTABLE");
        let plan = first.preview().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(plan.counts().created, 3);
        assert_eq!(plan.outputs["arn"].value, json!("(known after apply)"));
        assert!(emulator.writes().is_empty(), "a preview writes nothing");

        let report = first.up().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((report.counts().created, report.failures.len()), (3, 0));
        assert_eq!(report.outputs["arn"].value, json!("arn:aws:ecr:us-east-1:123456789012:repository/tools"));
        let base = "ARN:AWS:ECR:US-EAST-1:123456789012:REPOSITORY/DEV-REGISTRY";
        assert_eq!(report.outputs["base"].value, json!(base));

        // Another run, in the same stack: another process with a configuration of its own.
        let plan = first.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(plan.is_empty(), "{:?}", plan.steps);

        let second = stack(&emulator, &official, &backend, "IMMUTABLE");
        emulator.clear_calls();
        let report = second.up().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.done["tools"], Action::Update);
        assert_eq!(emulator.writes(), ["PutImageTagMutability"]);

        second.destroy().await.unwrap_or_else(|error| panic!("{error}"));
        let left = emulator.aws().ecr("DescribeRepositories", json!({}));
        assert_eq!(left["repositories"], json!([]));
    });
}

#[test]
fn what_was_half_made_is_replaced() {
    let emulator = Emulator::start();
    let Some(official) = aws::official(&emulator) else { return };
    let vpc = emulator.aws().network("10.0.0.0/16", 1).vpc;
    let mut stack = Stack::new("hosted");
    official.provide(&mut stack, "aws", aws::config(&emulator));
    let rule = json!([{
        "from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/16"], "description": "",
        "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false,
    }]);
    let group = Dynamic::new("aws_security_group").arg("name", "half").arg("vpc_id", vpc).arg("ingress", rule);
    group.declare(&mut stack, "group").expect("a good name");
    run(async {
        emulator.fault(Fault::denied("AuthorizeSecurityGroupIngress"));
        let error = stack.up().await.expect_err("the rule is refused").to_string();
        assert!(error.contains("UnauthorizedOperation"), "{error}");
        emulator.clear_calls();
        let plan = stack.preview().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((plan.steps[0].action, plan.steps[0].tainted), (Action::DeleteThenCreate, true));
        let report = stack.up().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.done["group"], Action::DeleteThenCreate);
        let writes = emulator.writes();
        let at = |name: &str| writes.iter().position(|write| write == name);
        assert!(
            at("DeleteSecurityGroup") < at("CreateSecurityGroup") && at("DeleteSecurityGroup").is_some(),
            "{writes:?}"
        );
        assert!(stack.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}")).is_empty());
        stack.destroy().await.unwrap_or_else(|error| panic!("{error}"));
    });
}

#[test]
fn an_argument_that_a_provider_does_not_have_is_told() {
    let emulator = Emulator::start();
    run(async {
        let mut stack = Stack::new("hosted");
        host::binary(provider_binary(), &emulator).provide(&mut stack, "rosa", json!({ "region": "us-east-1" }));
        let wrong = Dynamic::new("rosa_ecr").arg("cluster_name", "dev").arg("colour", "red");
        wrong.declare(&mut stack, "base").expect("a good name");
        let error = stack.preview().await.expect_err("there is no colour").to_string();
        assert!(error.contains("colour"), "{error}");

        let mut stack = Stack::new("hosted");
        Dynamic::new("weather_station").declare(&mut stack, "station").expect("a good name");
        let error = stack.preview().await.expect_err("nobody provides it").to_string();
        assert!(error.contains("weather"), "{error}");
    });
}
