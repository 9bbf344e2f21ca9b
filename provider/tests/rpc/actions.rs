//! Actions.

use std::time::Duration;

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Action, Call, Diagnostic, Diagnostics, Object as _, Progress, Secret, Value, conform};
use rosa_ecr_proto::tfplugin6::invoke_action::event::Type;
use rosa_ecr_proto::tfplugin6::{
    self, DynamicValue, invoke_action, plan_action, stop_provider, validate_action_config,
};

use crate::peer::{Peer, attribute, dynamic, error};
use crate::test_provider::Location;

/// Takes the dust off.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Dusting {
    /// With what: `cloth`, `nothing`, `storm`, `feather` (which takes until it is stopped).
    #[attr(default = "cloth")]
    pub with: String,
    /// How many books, 3 at most.
    #[attr(default = 2, range(1..=3))]
    pub books: i64,
    /// Opens the cupboard.
    #[attr(sensitive)]
    pub key: Option<Secret>,
}

impl Action for Dusting {
    const TYPE: &'static str = "shelf_dusting";
    type Context = Location;

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        match inputs.with.now().map(String::as_str) {
            Some("nothing") => report.push(Diagnostic::error("Nothing takes no dust off").at("with")),
            Some("cloth") => report.push(Diagnostic::warning("The cloth is old")),
            _ => {}
        }
    }

    async fn plan(call: &Call<Location>, inputs: &Self) -> Result<(), Diagnostics> {
        if call.get("moth").is_some() {
            call.warn(Diagnostic::warning(format!("Moths of {} books will fly", inputs.books)));
        }
        match inputs.with.as_str() {
            "storm" => Err(Diagnostic::error("There is no storm").at("with").into()),
            _ => Ok(()),
        }
    }

    async fn invoke(call: &Call<Location>, inputs: Self, progress: &Progress) -> Result<(), Diagnostics> {
        for book in 1..=inputs.books {
            progress.tell(format!("Book {book}, with {:?}", inputs.key));
            call.put("trap", "waiting");
            if inputs.with == "feather" {
                call.cancelled().cancelled().await;
                call.put("trap", "stopped");
                return Err(Diagnostic::error(format!("Stopped at book {book}")).into());
            }
        }
        call.warn(Diagnostic::warning("It will be back"));
        Ok(())
    }
}

fn config<const N: usize>(arguments: [(&str, Value); N]) -> Option<DynamicValue> {
    let block = Dusting::block();
    Some(dynamic(&conform(&block, Value::map(arguments)), &block.ty()))
}

async fn plan(peer: &mut Peer, config: Option<DynamicValue>) -> plan_action::Response {
    let request = plan_action::Request { action_type: "shelf_dusting".to_owned(), config, ..Default::default() };
    peer.client.plan_action(request).await.expect("an answer").into_inner()
}

/// The messages, and the diagnostics of the end, which comes once and last.
async fn invoke(peer: &mut Peer, config: Option<DynamicValue>) -> (Vec<String>, Vec<tfplugin6::Diagnostic>) {
    let request = invoke_action::Request { action_type: "shelf_dusting".to_owned(), config, ..Default::default() };
    let mut stream = peer.client.invoke_action(request).await.expect("an answer").into_inner();
    let (mut messages, mut end) = (Vec::new(), None);
    while let Some(event) = stream.message().await.expect("an event") {
        assert!(end.is_none(), "the end is not the end: {event:?}");
        match event.r#type.expect("an event that says something") {
            Type::Progress(progress) => messages.push(progress.message),
            Type::Completed(completed) => end = Some(completed.diagnostics),
        }
    }
    (messages, end.expect("an end"))
}

fn titles(diagnostics: &[tfplugin6::Diagnostic]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| &diagnostic.summary[..]).collect()
}

#[tokio::test]
async fn messages_come_before_the_end() {
    let (mut peer, _) = Peer::at("action/invoke").await;
    let (messages, end) = invoke(&mut peer, config([("key", "hunter2".into())])).await;
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[1].starts_with("Book 2") && !messages.concat().contains("hunter2"), "{messages:?}");
    assert_eq!(titles(&end), ["It will be back"]);
}

#[tokio::test]
async fn messages_come_while_it_is_done_and_a_stop_ends_it() {
    let (mut peer, _) = Peer::at("action/stop").await;
    let request = invoke_action::Request {
        action_type: "shelf_dusting".to_owned(),
        config: config([("with", "feather".into())]),
        ..Default::default()
    };
    let mut stream = peer.client.invoke_action(request).await.expect("an answer").into_inner();
    let first = stream.message().await.expect("an event").expect("an event");
    assert!(matches!(first.r#type, Some(Type::Progress(_))), "{first:?}");
    peer.client.stop_provider(stop_provider::Request {}).await.expect("an answer");
    let end = stream.message().await.expect("an event").expect("an event");
    let Some(Type::Completed(completed)) = end.r#type else { panic!("the end: {end:?}") };
    assert!(error(&completed.diagnostics).starts_with("Stopped at book 1"), "{completed:?}");
    assert_eq!(stream.message().await.expect("the end"), None);
}

#[tokio::test]
async fn it_goes_on_when_nobody_listens() {
    let (mut peer, location) = Peer::at("action/hang-up").await;
    let request = invoke_action::Request {
        action_type: "shelf_dusting".to_owned(),
        config: config([("with", "feather".into())]),
        ..Default::default()
    };
    let mut stream = peer.client.invoke_action(request).await.expect("an answer").into_inner();
    stream.message().await.expect("an event");
    drop(stream);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(location.get("trap").as_deref(), Some("waiting"), "it has not ended");
    peer.client.stop_provider(stop_provider::Request {}).await.expect("an answer");
    let stopped = async {
        while location.get("trap").as_deref() != Some("stopped") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), stopped).await.expect("it ends by the stop");
}

#[tokio::test]
async fn arguments_are_checked_when_they_are_known() {
    let mut peer = Peer::connect().await;
    for (config, expected) in [
        (config([("with", "nothing".into())]), Some("Nothing takes no dust off")),
        (config([("books", 4.into())]), Some("Invalid value for \"books\"")),
        (config([("with", Value::Unknown), ("books", Value::Unknown)]), None),
    ] {
        let request = validate_action_config::Request { type_name: "shelf_dusting".to_owned(), config };
        let answer = peer.client.validate_action_config(request).await.expect("an answer").into_inner();
        match expected {
            None => assert_eq!(answer.diagnostics, []),
            Some(reported) => assert!(error(&answer.diagnostics).starts_with(reported), "{:?}", answer.diagnostics),
        }
    }
}

#[tokio::test]
async fn a_plan_checks_what_has_become_known_and_warns() {
    let (mut peer, location) = Peer::at("action/plan").await;
    assert_eq!(
        plan(&mut peer, config([])).await,
        plan_action::Response::default(),
        "old warnings are not reported again"
    );
    location.put("moth", "here");
    assert_eq!(titles(&plan(&mut peer, config([])).await.diagnostics), ["Moths of 2 books will fly"]);
    let unknown = config([("books", Value::Unknown)]);
    assert_eq!(plan(&mut peer, unknown.clone()).await, plan_action::Response::default());
    for (with, reported) in [("nothing", "Nothing takes no dust off"), ("storm", "There is no storm")] {
        let planned = plan(&mut peer, config([("with", with.into())])).await;
        assert!(error(&planned.diagnostics).starts_with(reported), "{planned:?}");
        let at = planned.diagnostics.iter().find_map(|diagnostic| diagnostic.attribute.clone());
        assert_eq!(at, Some(attribute("with")));
    }
    let (messages, end) = invoke(&mut peer, unknown).await;
    assert_eq!(messages, [""; 0]);
    assert!(error(&end).starts_with("The configuration of shelf_dusting is not known yet"), "{end:?}");
}

#[tokio::test]
async fn an_unknown_provider_configuration_is_enough_for_a_plan() {
    let mut peer = Peer::connect().await;
    assert_eq!(peer.configure(Value::map([("location", Value::Unknown)])).await, []);
    assert_eq!(plan(&mut peer, config([("with", "storm".into())])).await, plan_action::Response::default());
    let (_, end) = invoke(&mut peer, config([])).await;
    assert!(error(&end).starts_with("The provider \"shelf\" is not configured yet"), "{end:?}");
}

#[tokio::test]
async fn no_arguments_are_none_and_broken_ones_are_an_error() {
    let (mut peer, _) = Peer::at("action/config").await;
    for nothing in [None, Some(DynamicValue::default()), Some(dynamic(&Value::Null, &Dusting::block().ty()))] {
        assert_eq!(invoke(&mut peer, nothing).await.0.len(), 2);
    }
    let broken = Some(DynamicValue { msgpack: b"\xc1".to_vec(), json: Vec::new() });
    let reported = "The configuration of shelf_dusting cannot be read\n";
    assert!(error(&plan(&mut peer, broken.clone()).await.diagnostics).starts_with(reported));
    assert!(error(&invoke(&mut peer, broken).await.1).starts_with(reported));
    let (messages, end) = invoke(&mut Peer::connect().await, config([])).await;
    assert_eq!(messages, [""; 0]);
    assert!(error(&end).starts_with("The provider \"shelf\" is not configured\n"), "{end:?}");
}
