//! Provider blocks of which something is unknown that reads and plans do without.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_engine::{Action, Declare as _, Event, LookUp as _, Result, Stack, UNKNOWN};
use rosa_ecr_model::{
    Call, Change, DataKind, DataSource, Diagnostic, Diagnostics, Failure, Intent, Kind, Known, Path, Provided,
    Provider, Resource, State, data_source, kind,
};

use crate::fake::{KillableBackend, Thing, World, stack, world};

type Labels = BTreeMap<String, String>;

/// The provider of cards.
#[derive(Clone, Debug, Inputs)]
struct Cards {
    /// Which drawer they are in.
    drawer: i64,
    /// What is written on each.
    labels: Option<Labels>,
}

/// The texts of the cards in each drawer, by title.
static DRAWERS: LazyLock<Mutex<BTreeMap<(i64, String), String>>> = LazyLock::new(Mutex::default);

/// A drawer.
#[derive(Debug)]
struct Drawer {
    number: i64,
    labels: Known<Labels>,
}

impl Drawer {
    fn text(&self, title: &str) -> Option<String> {
        DRAWERS.lock().expect("no panic").get(&(self.number, title.to_owned())).cloned()
    }

    /// Writes a card.
    fn write(&self, card: Card) -> State<Card> {
        let labels = self.labels.now().expect("nothing is changed before all is known").clone();
        DRAWERS.lock().expect("no panic").insert((self.number, card.title.clone()), "written".to_owned());
        State { inputs: card, outputs: CardOutputs { labels } }
    }
}

impl Provided for Drawer {
    type Provider = Cards;
}

impl Provider for Cards {
    const NAME: &'static str = "cards";
    const VERSION: &'static str = "1.0.0";
    type Context = Drawer;
    const OPEN: &'static [&'static str] = &["labels"];

    fn kinds() -> Vec<Arc<dyn Kind<Drawer>>> {
        vec![kind::<Card>()]
    }

    fn data_sources() -> Vec<Arc<dyn DataKind<Drawer>>> {
        vec![data_source::<CardLookup>()]
    }

    fn validate(_: &CardsPartial, report: &mut Diagnostics) {
        report.push(Diagnostic::warning("Cards are out of fashion"));
    }

    async fn configure(self) -> Result<Drawer, Diagnostics> {
        Ok(Drawer { number: self.drawer, labels: Known::Now(self.labels.unwrap_or_default()) })
    }

    async fn configure_open(self, open: &[Path]) -> Result<Drawer, Diagnostics> {
        assert_eq!((open, self.labels), (&[Path::from("labels")][..], None));
        Ok(Drawer { number: self.drawer, labels: Known::Later })
    }
}

/// A card.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct Card {
    /// Its title.
    #[attr(replace)]
    title: String,
}

/// What a card says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
struct CardOutputs {
    /// The provider's labels.
    labels: Labels,
}

/// What the plan of a card has to know.
struct CardFacts {
    labels: Known<Labels>,
    is_taken: bool,
}

impl Default for CardFacts {
    fn default() -> Self {
        Self { labels: Known::Later, is_taken: false }
    }
}

impl Resource for Card {
    const TYPE: &'static str = "cards_card";
    type Outputs = CardOutputs;
    type Context = Drawer;
    type Facts = CardFacts;

    async fn survey(call: &Call<Drawer>, intent: Intent<'_, Self>) -> Result<CardFacts, Diagnostics> {
        let is_taken = match intent {
            Intent::Create(CardPartial { title: Known::Now(title) }) => call.text(title).is_some(),
            _ => false,
        };
        Ok(CardFacts { labels: call.labels.clone(), is_taken })
    }

    fn plan(facts: &CardFacts, change: &mut Change<Self>, report: &mut Diagnostics) {
        if facts.is_taken {
            report.push(Diagnostic::error("The title is taken").at("title"));
        }
        change.outputs.labels = facts.labels.clone();
    }

    async fn create(call: &Call<Drawer>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        Ok(call.write(inputs))
    }

    async fn read(call: &Call<Drawer>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        Ok(call.text(&state.inputs.title).map(|_| state))
    }

    async fn update(call: &Call<Drawer>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        Ok(call.write(inputs))
    }

    async fn delete(_: &Call<Drawer>, _: State<Self>) -> Result<(), Failure<Self>> {
        Ok(())
    }
}

/// A card that is there.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct CardLookup {
    /// Its title.
    title: String,
}

/// What is on it.
#[derive(Clone, Debug, PartialEq, Outputs)]
struct CardLookupOutputs {
    /// The text.
    text: String,
}

impl DataSource for CardLookup {
    const TYPE: &'static str = "cards_card";
    type Outputs = CardLookupOutputs;
    type Context = Drawer;

    async fn read(call: &Call<Drawer>, inputs: Self) -> Result<CardLookupOutputs, Diagnostics> {
        call.text(&inputs.title)
            .map(|text| CardLookupOutputs { text })
            .ok_or_else(|| Diagnostic::error("There is no such card").into())
    }
}

/// A card whose labels come from a thing of that material; another card is looked up.
fn cards(world: &(i64, Arc<World>), backend: &KillableBackend, material: &str, title: &str) -> Result<Stack> {
    let mut stack = stack(world, backend);
    let thing = Thing::builder().name("a").material(material).build().declare(&mut stack, "a")?;
    let labels = thing.id.map(|id| Labels::from([("thing".to_owned(), id)]));
    stack.provider(Cards::builder().drawer(world.0).labels(labels).build());
    let card = Card::builder().title(title).build().declare(&mut stack, "card")?;
    let found = CardLookup::builder().title("there").build().look_up(&mut stack, "found")?;
    stack.export("labels", card.labels);
    stack.export("text", found.text);
    Ok(stack)
}

#[tokio::test]
async fn objects_are_read_and_planned_while_it_is_unknown_and_changed_when_it_is_known() {
    let world = world();
    let backend = KillableBackend::new(&world);
    DRAWERS.lock().expect("no panic").insert((world.0, "there".to_owned()), "hello".to_owned());
    let stack = |material, title| cards(&world, &backend, material, title).expect("it can be declared");

    let error = stack("wood", "there").up().await.expect_err("the plan sees the other card").to_string();
    assert!(error.contains("card: The title is taken"), "{error}");
    assert_eq!(world.1.log(), [""; 0], "before anything is changed");

    let warnings = Arc::new(AtomicUsize::new(0));
    let count = warnings.clone();
    let listener = move |event: &Event| {
        let json = serde_json::to_string(event).expect("an event is JSON");
        count.fetch_add(json.matches("out of fashion").count(), Ordering::Relaxed);
    };
    let report = stack("wood", "mine").up().on_event(listener).await.expect("it works");
    assert_eq!(
        (&report.outputs["labels"].value["thing"], &report.outputs["text"].value),
        (&"id-1".into(), &"hello".into())
    );
    assert_eq!(warnings.load(Ordering::Relaxed), 1, "of both contexts");
    stack("wood", "mine").up().expect_no_changes(true).await.expect("there is nothing to do");

    let plan = stack("iron", "mine").preview().await.expect("it can be planned");
    let card = plan.steps.iter().find(|step| step.resource == "card").expect("it is planned");
    let changes: Vec<_> = card.changes.iter().map(|change| (change.attribute.as_str(), &change.after)).collect();
    assert_eq!((card.action, changes), (Action::Update, vec![("labels", &UNKNOWN.into())]));
    let report = stack("iron", "mine").up().await.expect("it works");
    assert_eq!(report.outputs["labels"].value["thing"], "id-2");
    stack("iron", "mine").up().expect_no_changes(true).await.expect("there is nothing to do");
}
