//! What hosts serve, from what authors write: the twins of resources, data sources, ephemeral and list resources.

use std::sync::Arc;

use futures::executor::block_on;
use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, DataSource, Diagnostic, Diagnostics, Ephemeral, Failure, IdentityAttribute, Kind, Known, Listed, Listing,
    MoveSource, Opened, Resource, Secret, State, Value, data_source, ephemeral, kind, list_resource,
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// A book.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Book {
    /// Its title.
    title: String,
    /// How many pages it has.
    #[attr(default = 100, range(1..))]
    pages: i64,
    /// Where it stands.
    #[attr(computed)]
    place: Option<String>,
}

/// What a book says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
struct BookFacts {
    /// Its number.
    number: String,
}

/// Where the books without a place stand.
type Shelf = String;

impl Book {
    fn state(title: &str) -> State<Self> {
        let inputs = Self { title: title.to_owned(), pages: 7, place: Some("front".to_owned()) };
        State { inputs, outputs: BookFacts { number: format!("n-{title}") } }
    }
}

impl Resource for Book {
    const TYPE: &'static str = "shelf_book";
    const IDENTITY: &'static [IdentityAttribute] = &[
        IdentityAttribute { name: "title", description: "Its title.", required: true },
        IdentityAttribute { name: "number", description: "Its number.", required: false },
    ];
    const MOVE_SOURCES: &'static [&'static str] = &["paper_book"];
    type Outputs = BookFacts;
    type Context = Shelf;
    type Facts = ();

    async fn create(_: &Call<Shelf>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        Ok(Self::state(&inputs.title))
    }

    async fn read(_: &Call<Shelf>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        Ok(Some(state))
    }

    async fn update(_: &Call<Shelf>, prior: State<Self>, _: Self) -> Result<State<Self>, Failure<Self>> {
        Ok(prior)
    }

    async fn delete(_: &Call<Shelf>, _: State<Self>) -> Result<(), Failure<Self>> {
        Ok(())
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        source.is_from("other/paper").then(|| match source.text("name") {
            Some(name) => Ok(Self::state(name)),
            None => Err(Diagnostic::error("It has no name").into()),
        })
    }

    async fn probe(call: &Call<Shelf>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        call.warn(Diagnostic::warning("Somebody left it there"));
        match inputs.title.as_str() {
            "Emma" => Ok(Some(Self::state("Emma"))),
            "Locked" => Err(Diagnostic::error("Nobody can see it").into()),
            _ => Ok(None),
        }
    }
}

impl Listed for Book {
    type Query = ();

    async fn list(_: &Call<Shelf>, (): (), _: Option<usize>) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let listing = |title: &str| Listing { display_name: title.to_lowercase(), state: Self::state(title) };
        Ok(["Emma", "Persuasion", "Sanditon"].map(listing).into())
    }
}

/// What is on the shelf.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Catalogue {
    /// What the titles begin with.
    prefix: String,
    /// How many there may be.
    #[attr(default = 3, range(1..=9))]
    most: i64,
    /// Where.
    #[attr(computed)]
    place: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Outputs)]
struct Titles {
    /// The titles.
    titles: Vec<String>,
}

impl DataSource for Catalogue {
    const TYPE: &'static str = "shelf_catalogue";
    type Outputs = Titles;
    type Context = Shelf;

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(prefix), Known::Now(1)) = (&inputs.prefix, &inputs.most)
            && prefix.is_empty()
        {
            report.push(Diagnostic::error("One of all is none"));
        }
    }

    fn resolve(context: Option<&Shelf>, config: &Self::Partial, inputs: &mut Self::Partial) {
        if let (Some(shelf), Known::Now(None)) = (context, &config.place) {
            inputs.place = Known::Now(Some(shelf.clone()));
        }
    }

    async fn read(call: &Call<Shelf>, inputs: Self) -> Result<Titles, Diagnostics> {
        call.warn(Diagnostic::warning("It is dusty"));
        match inputs.prefix.as_str() {
            "X" => Err(Diagnostic::error("Nothing").into()),
            prefix => Ok(Titles { titles: vec![format!("{prefix} on {}", inputs.place.unwrap_or_default())] }),
        }
    }
}

/// A card.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Card {
    /// Whose it is.
    reader: String,
}

/// What is on a card.
#[derive(Clone, Debug, PartialEq, Outputs)]
struct CardFacts {
    /// Opens the door.
    #[attr(sensitive)]
    number: Secret,
}

impl Ephemeral for Card {
    const TYPE: &'static str = "shelf_card";
    type Outputs = CardFacts;
    type Context = Shelf;

    async fn open(_: &Call<Shelf>, inputs: Self) -> Result<Opened<CardFacts>, Diagnostics> {
        let outputs = CardFacts { number: Secret::from("hunter2".to_owned()) };
        Ok(Opened { outputs, renew_at: None, private: inputs.reader.into_bytes() })
    }
}

fn call() -> Call<Shelf> {
    Call::new(Arc::new("front".to_owned()), CancellationToken::new())
}

fn book() -> Arc<dyn Kind<Shelf>> {
    kind::<Book>()
}

#[test]
fn a_kind_knows_identities() {
    let state = Value::map([("title", "Emma".into()), ("number", Value::Unknown), ("pages", 7.into())]);
    let identity = Value::map([("title", "Emma".into()), ("number", Value::Null)]);
    assert_eq!(book().identity_of(&state), identity);
    assert_eq!(book().import_id(&identity), Ok("Emma".to_owned()));
    assert!(book().import_id(&Value::Null).is_err());
}

#[test]
fn a_kind_takes_over_what_it_understands() {
    let move_state = |provider, state| {
        book().move_state(&MoveSource { provider, type_name: "paper_book", version: 0, state: &state })
    };
    let state = move_state("example.com/other/paper", json!({"name": "Emma"})).expect("understood").expect("a name");
    assert_eq!((state.get("title"), state.get("number")), (&"Emma".into(), &"n-Emma".into()));
    assert!(move_state("example.com/other/paper", json!({})).expect("understood").is_err());
    assert_eq!(move_state("example.com/another/paper", json!({"name": "Emma"})), None);
}

#[test]
fn a_probe_gives_what_is_there_and_what_it_said() {
    let probe = |title: &str| {
        let planned = Value::map([("title", title.into()), ("pages", 7.into()), ("place", Value::Unknown)]);
        block_on(book().probe(&call(), &planned))
    };
    let found = probe("Emma");
    assert_eq!((found.state.get("number"), found.diagnostics.iter().count()), (&"n-Emma".into(), 1));
    assert_eq!(probe("Persuasion").state, Value::Null);
    let failed = probe("Locked");
    assert_eq!((failed.state, failed.diagnostics.has_errors()), (Value::Null, true));
}

#[test]
fn a_call_carries_private_bytes_to_its_parts() {
    let call = call().keeping(b"private".to_vec());
    assert_eq!((call.private(), call.clone().with(7).private()), (&b"private"[..], &b"private"[..]));
}

#[test]
fn a_list_keeps_the_limit_and_has_identities() {
    let list = |limit| block_on(list_resource::<Book>().list(&call(), &Value::map::<&str>([]), limit)).expect("a list");
    assert_eq!((list(None).len(), list(Some(9)).len(), list(Some(2)).len()), (3, 3, 2));
    let first = &list(Some(1))[0];
    assert_eq!(first.display_name, "emma");
    assert_eq!(first.identity, Value::map([("title", "Emma".into()), ("number", "n-Emma".into())]));
    assert_eq!(first.state.get("pages"), &7.into());
}

#[test]
fn a_data_source_completes_its_arguments_and_finds() {
    let config = Value::map([("prefix", "Em".into()), ("most", Value::Null), ("place", Value::Null)]);
    let found = block_on(data_source::<Catalogue>().read(&call(), &config));
    assert_eq!(found.diagnostics.iter().map(|warning| &warning.summary[..]).collect::<Vec<_>>(), ["It is dusty"]);
    assert_eq!(
        found.state,
        Value::map([
            ("prefix", "Em".into()),
            ("most", 3.into()),
            ("place", "front".into()),
            ("titles", Value::List(vec!["Em on front".into()])),
        ])
    );
}

#[test]
fn a_data_source_that_finds_nothing_has_no_state() {
    let read = |prefix: Value, most: Value| {
        block_on(data_source::<Catalogue>().read(&call(), &Value::map([("prefix", prefix), ("most", most)])))
    };
    for (found, said) in [
        (read("X".into(), Value::Null), "error: Nothing"),
        // Rules hold although the values were unknown when the configuration was validated.
        (read("Em".into(), 10.into()), "error: Invalid value for \"most\" (most)"),
        (read("".into(), 1.into()), "error: One of all is none"),
        (read(Value::Unknown, Value::Null), "error: The configuration of shelf_catalogue is not known yet"),
    ] {
        assert_eq!(found.state, Value::Null);
        let last = found.diagnostics.iter().last().expect("an error").to_string();
        assert!(last.starts_with(said), "{last}");
    }
}

#[test]
fn an_unknown_argument_is_right_until_it_is_known() {
    let config = |most| Value::map([("prefix", "".into()), ("most", most), ("place", Value::Unknown)]);
    let source = data_source::<Catalogue>();
    assert!(source.validate(&config(Value::Unknown)).is_empty());
    assert!(source.validate(&config(1.into())).has_errors());
    assert!(source.validate(&Value::map::<&str>([])).has_errors());
}

#[test]
fn an_ephemeral_resource_shows_nothing_by_itself() {
    let config = Value::map([("reader", "Ann".into())]);
    let opened = block_on(ephemeral::<Card>().open(&call(), &config)).expect("a card");
    assert_eq!((opened.outputs.get("reader"), opened.outputs.get("number")), (&"Ann".into(), &"hunter2".into()));
    assert!(!format!("{opened:?}").contains("hunter2"));
    // Without more ado it lasts, and closing it means nothing.
    let renewed = block_on(ephemeral::<Card>().renew(&call(), &opened.private)).expect("renewed");
    assert_eq!((renewed.renew_at, &renewed.private[..]), (None, &b"Ann"[..]));
    assert_eq!(block_on(ephemeral::<Card>().close(&call(), &renewed.private)), Ok(()));
}
