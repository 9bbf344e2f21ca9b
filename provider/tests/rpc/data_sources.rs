//! Data sources.

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{Call, DataSource, Diagnostic, Diagnostics, Known, Value};
use rosa_ecr_proto::tfplugin6::{ClientCapabilities, read_data_source, validate_data_resource_config};

use crate::peer::{Of, Peer, error};
use crate::test_provider::Location;

/// What is on the shelf.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Catalogue {
    /// What the titles begin with.
    pub prefix: String,
    /// How many there may be.
    #[attr(default = 10, range(1..=20))]
    pub most: i64,
    /// Who asks.
    #[attr(computed)]
    pub reader: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct Found {
    /// The titles.
    pub titles: Vec<String>,
}

impl DataSource for Catalogue {
    const TYPE: &'static str = "shelf_catalogue";
    type Outputs = Found;
    type Context = Location;

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if inputs.prefix.now().is_some_and(String::is_empty) {
            report.push(Diagnostic::error("Everything is too much").at("prefix"));
        }
    }

    fn resolve(context: Option<&Location>, config: &Self::Partial, inputs: &mut Self::Partial) {
        if let (Some(_), Known::Now(None)) = (context, &config.reader) {
            inputs.reader = Known::Now(Some("Ann".to_owned()));
        }
    }

    async fn read(call: &Call<Location>, inputs: Self) -> Result<Found, Diagnostics> {
        call.warn(Diagnostic::warning("It is dusty"));
        if inputs.prefix == "Panic" {
            panic!("the catalogue fell");
        }
        let titles: Vec<String> = call.names().into_iter().filter(|title| title.starts_with(&inputs.prefix)).collect();
        if titles.is_empty() {
            return Err(Diagnostic::error("There is nothing of that name").at("prefix").into());
        }
        Ok(Found { titles })
    }
}

async fn read(peer: &mut Peer, config: &Value) -> read_data_source::Response {
    let request = read_data_source::Request {
        type_name: Catalogue::TYPE.to_owned(),
        config: Some(catalogue().dynamic(config)),
        // Hosts offer it in the apply too, where nothing may be put off.
        client_capabilities: Some(ClientCapabilities { deferral_allowed: true, ..Default::default() }),
        ..Default::default()
    };
    peer.client.read_data_source(request).await.expect("an answer").into_inner()
}

fn catalogue() -> Of {
    Of::data_source::<Catalogue>()
}

#[tokio::test]
async fn a_read_gives_the_arguments_and_what_was_found() {
    let (mut peer, location) = Peer::at("data/read").await;
    location.put("Emma", "here");
    location.put("Emil", "here");
    location.put("Persuasion", "here");
    let of = catalogue();
    let found = read(&mut peer, &of.config([("prefix", "Em".into())])).await;
    let [warning] = &found.diagnostics[..] else { panic!("one warning: {:?}", found.diagnostics) };
    assert_eq!(warning.summary, "It is dusty");
    assert_eq!(found.deferred, None);
    let state = of.value(found.state);
    assert_eq!(state.get("titles"), &Value::List(vec!["Emil".into(), "Emma".into()]));
    assert_eq!(
        (state.get("prefix"), state.get("most"), state.get("reader")),
        (&"Em".into(), &10.into(), &"Ann".into())
    );
}

#[tokio::test]
async fn nothing_found_is_an_error_and_no_state() {
    let (mut peer, _) = Peer::at("data/nothing").await;
    let of = catalogue();
    for (config, said) in [
        (of.config([("prefix", "X".into())]), "There is nothing of that name\n\n[AttributeName(\"prefix\")]"),
        (of.config([("prefix", "".into())]), "Everything is too much\n\n[AttributeName(\"prefix\")]"),
        (of.config([("prefix", Value::Unknown)]), "The configuration of shelf_catalogue is not known yet\n"),
        (of.config([]), "The configuration of a shelf_catalogue does not fit its schema\n"),
        (of.config([("prefix", "Panic".into())]), "The provider panicked in ReadDataSource of shelf_catalogue\n"),
        (Value::Null, "shelf_catalogue has no configuration\n"),
        (Value::Unknown, "The configuration of shelf_catalogue is not known yet\n"),
    ] {
        let found = read(&mut peer, &config).await;
        assert!(error(&found.diagnostics).starts_with(said), "{:?}", found.diagnostics);
        assert_eq!(found.state, None);
    }
}

#[tokio::test]
async fn nothing_is_found_before_the_provider_is_configured() {
    let mut peer = Peer::connect().await;
    let config = catalogue().config([("prefix", "Em".into())]);
    assert!(
        error(&read(&mut peer, &config).await.diagnostics).starts_with("The provider \"shelf\" is not configured\n")
    );
    assert_eq!(peer.configure(Value::map([("location", Value::Unknown)])).await, []);
    let said = error(&read(&mut peer, &config).await.diagnostics);
    assert!(said.starts_with("The provider \"shelf\" is not configured yet\n") && said.contains("location"), "{said}");
}

#[tokio::test]
async fn validation_takes_what_is_unknown_for_right() {
    let mut peer = Peer::connect().await;
    let of = catalogue();
    for (config, expected) in [
        (of.config([("prefix", Value::Unknown), ("most", Value::Unknown)]), None),
        (of.config([("prefix", "".into())]), Some("Everything is too much")),
        (of.config([]), Some("Missing required argument \"prefix\"")),
        (of.config([("prefix", "a".into()), ("most", 21.into())]), Some("Invalid value for \"most\"")),
    ] {
        let config = Some(of.dynamic(&config));
        let request = validate_data_resource_config::Request { type_name: Catalogue::TYPE.to_owned(), config };
        let answer = peer.client.validate_data_resource_config(request).await.expect("an answer").into_inner();
        match expected {
            None => assert_eq!(answer.diagnostics, []),
            Some(said) => assert!(error(&answer.diagnostics).starts_with(said), "{:?}", answer.diagnostics),
        }
    }
}
