//! Ephemeral resources.

use std::time::{Duration, SystemTime};

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Ephemeral, Opened, Renewed, Secret, Value};
use rosa_ecr_proto::tfplugin6::{
    close_ephemeral_resource, open_ephemeral_resource, renew_ephemeral_resource, validate_ephemeral_resource_config,
};

use crate::peer::{Of, Peer, error};
use crate::test_provider::Location;

/// A reader's card.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Card {
    /// Whose it is.
    pub reader: String,
}

/// What is on the card.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct CardFacts {
    /// Opens the door.
    #[attr(sensitive)]
    pub number: Secret,
}

fn later(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

impl Ephemeral for Card {
    const TYPE: &'static str = "shelf_card";
    type Outputs = CardFacts;
    type Context = Location;

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if inputs.reader.now().is_some_and(|reader| reader == "Nobody") {
            report.push(Diagnostic::error("Nobody has no card").at("reader"));
        }
    }

    async fn open(call: &Call<Location>, inputs: Self) -> Result<Opened<CardFacts>, Diagnostics> {
        call.warn(Diagnostic::warning("The door sticks"));
        if inputs.reader == "Bob" {
            return Err(Diagnostic::error("Bob is banned").at("reader").into());
        }
        let number = Secret::from(format!("card of {}", inputs.reader));
        Ok(Opened { outputs: CardFacts { number }, renew_at: Some(later(60)), private: inputs.reader.into_bytes() })
    }

    async fn renew(_: &Call<Location>, private: &[u8]) -> Result<Renewed, Diagnostics> {
        match private {
            b"Ann" => Ok(Renewed { renew_at: Some(later(120)), private: b"Ann again".to_vec() }),
            _ => Err(Diagnostic::error("Not once more").into()),
        }
    }

    async fn close(call: &Call<Location>, private: &[u8]) -> Result<(), Diagnostics> {
        call.put("returned", &String::from_utf8_lossy(private));
        Ok(())
    }
}

async fn open(peer: &mut Peer, config: &Value) -> open_ephemeral_resource::Response {
    let of = Of::ephemeral::<Card>();
    let config = Some(of.dynamic(config));
    let request = open_ephemeral_resource::Request { type_name: Card::TYPE.to_owned(), config, ..Default::default() };
    peer.client.open_ephemeral_resource(request).await.expect("an answer").into_inner()
}

#[tokio::test]
async fn it_is_opened_renewed_and_closed() {
    let (mut peer, location) = Peer::at("ephemeral/life").await;
    let of = Of::ephemeral::<Card>();
    let opened = open(&mut peer, &of.config([("reader", "Ann".into())])).await;
    assert_eq!(opened.diagnostics.iter().map(|warning| &warning.summary[..]).collect::<Vec<_>>(), ["The door sticks"]);
    assert_eq!(opened.renew_at, Some(later(60).into()));
    let result = of.value(opened.result);
    assert_eq!((result.get("reader"), result.get("number")), (&"Ann".into(), &"card of Ann".into()));

    // A process of its own may do the rest: all it needs is in the private bytes.
    let (mut peer, _) = Peer::at("ephemeral/life").await;
    let request = renew_ephemeral_resource::Request { type_name: Card::TYPE.to_owned(), private: opened.private };
    let renewed = peer.client.renew_ephemeral_resource(request.clone()).await.expect("an answer").into_inner();
    assert_eq!((renewed.diagnostics, renewed.renew_at), (vec![], Some(later(120).into())));
    let again = renew_ephemeral_resource::Request { private: renewed.private.clone(), ..request };
    let refused = peer.client.renew_ephemeral_resource(again).await.expect("an answer").into_inner();
    assert_eq!(error(&refused.diagnostics), "Not once more\n\n[]");

    let request = close_ephemeral_resource::Request { type_name: Card::TYPE.to_owned(), private: renewed.private };
    let closed = peer.client.close_ephemeral_resource(request).await.expect("an answer").into_inner();
    assert_eq!((closed.diagnostics, location.get("returned").as_deref()), (vec![], Some("Ann again")));
}

#[tokio::test]
async fn a_refusal_gives_no_result_and_keeps_warnings() {
    let (mut peer, _) = Peer::at("ephemeral/refusal").await;
    let of = Of::ephemeral::<Card>();
    let refused = open(&mut peer, &of.config([("reader", "Bob".into())])).await;
    assert_eq!(error(&refused.diagnostics), "Bob is banned\n\n[AttributeName(\"reader\")]");
    assert_eq!(refused.diagnostics[0].summary, "The door sticks");
    assert_eq!((refused.result, refused.private, refused.renew_at), (None, None, None));
    for (config, said) in [
        (of.config([("reader", "Nobody".into())]), "Nobody has no card"),
        (of.config([("reader", Value::Unknown)]), "The configuration of shelf_card is not known yet"),
        (Value::Null, "shelf_card has no configuration"),
    ] {
        let refused = open(&mut peer, &config).await;
        assert!(error(&refused.diagnostics).starts_with(said), "{:?}", refused.diagnostics);
        assert_eq!(refused.result, None);
    }
    let mut peer = Peer::connect().await;
    let refused = open(&mut peer, &of.config([("reader", "Ann".into())])).await;
    assert!(error(&refused.diagnostics).starts_with("The provider \"shelf\" is not configured\n"));
}

#[tokio::test]
async fn validation_needs_no_configuration() {
    let mut peer = Peer::connect().await;
    let of = Of::ephemeral::<Card>();
    for (reader, expected) in [("Ann".into(), None), (Value::Unknown, None), ("Nobody".into(), Some("Nobody has"))] {
        let config = Some(of.dynamic(&of.config([("reader", reader)])));
        let request = validate_ephemeral_resource_config::Request { type_name: Card::TYPE.to_owned(), config };
        let answer = peer.client.validate_ephemeral_resource_config(request).await.expect("an answer").into_inner();
        match expected {
            None => assert_eq!(answer.diagnostics, []),
            Some(said) => assert!(error(&answer.diagnostics).starts_with(said), "{:?}", answer.diagnostics),
        }
    }
}
