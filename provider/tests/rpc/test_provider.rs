//! A provider of books and traps.
//!
//! The objects of one test are at the location that its provider block names, so tests do not see each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rosa_ecr_derive::{Inputs, Object, Outputs};
use rosa_ecr_model::{
    ActionKind, Call, Change, DataKind, Diagnostic, Diagnostics, EphemeralKind, Failure, Function, IdentityAttribute,
    Intent, Kind, Known, ListKind, Listed, Listing, MoveSource, Provider, Resource, Secret, State, Timeouts, Value,
    action, data_source, ephemeral, kind, list_resource,
};

use crate::actions::Dusting;
use crate::data_sources::Catalogue;
use crate::ephemeral::Card;
use crate::liar;

/// The shelf that the books are on.
#[derive(Clone, Debug, Inputs)]
pub struct Shelf {
    /// Where it is.
    pub location: Option<String>,
    /// Opens it.
    #[attr(sensitive)]
    pub key: Option<Secret>,
    /// How often to look.
    #[attr(default = 3, range(1..=9))]
    pub looks: i64,
    /// Who may look.
    #[attr(block)]
    pub readers: Vec<Reader>,
}

/// A reader.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct Reader {
    /// Their name.
    pub name: String,
}

impl Provider for Shelf {
    const NAME: &'static str = "shelf";
    const VERSION: &'static str = "1.2.3";
    type Context = Location;

    fn kinds() -> Vec<Arc<dyn Kind<Location>>> {
        vec![kind::<Trap>(), kind::<Book>(), liar::kind()]
    }

    fn data_sources() -> Vec<Arc<dyn DataKind<Location>>> {
        vec![data_source::<Catalogue>()]
    }

    fn ephemeral_resources() -> Vec<Arc<dyn EphemeralKind<Location>>> {
        vec![ephemeral::<Card>()]
    }

    fn list_resources() -> Vec<Arc<dyn ListKind<Location>>> {
        vec![list_resource::<Book>()]
    }

    fn actions() -> Vec<Arc<dyn ActionKind<Location>>> {
        vec![action::<Dusting>()]
    }

    fn functions() -> Vec<Function> {
        vec![crate::functions::label(), crate::functions::join()]
    }

    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(None), Known::Now(Some(_))) = (&config.location, &config.key) {
            report.push(Diagnostic::error("A key without a location").detail("It opens nothing.").at("key"));
        }
    }

    async fn configure(self) -> Result<Location, Diagnostics> {
        match self.location {
            Some(location) if location == "nowhere" => {
                Err(Diagnostic::error("There is no such location").fix("Choose another one.").at("location").into())
            }
            location => Ok(Location::named(location.as_deref().unwrap_or("anywhere"))),
        }
    }

    /// Whoever only looks does not care.
    const OPEN: &'static [&'static str] = &["looks"];
}

/// What there is at one location: titles of books, and what traps have seen.
#[derive(Clone, Debug, Default)]
pub struct Location(Arc<Mutex<BTreeMap<String, String>>>);

impl Location {
    /// The location of that name; the same one for everybody who asks.
    pub fn named(name: &str) -> Self {
        static LOCATIONS: LazyLock<Mutex<BTreeMap<String, Location>>> = LazyLock::new(Mutex::default);
        LOCATIONS.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default().clone()
    }

    /// What is there under that name.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Puts something there.
    pub fn put(&self, name: &str, what: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), what.to_owned());
    }

    /// The names of all that is there, sorted.
    pub fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Takes something away.
    pub fn take(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name)
    }
}

/// A book.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Book {
    /// Its title. Another title is another book.
    #[attr(replace)]
    pub title: String,
    /// How many pages it has.
    #[attr(default = 100, range(1..))]
    pub pages: i64,
    /// What it is about.
    pub tags: Option<BTreeMap<String, String>>,
    /// Who borrowed it.
    pub borrowers: Option<BTreeSet<String>>,
    /// Where it stands.
    #[attr(computed)]
    pub place: Option<String>,
    /// Its chapters.
    #[attr(nested, default = [])]
    pub chapters: Vec<Chapter>,
    /// Its editions.
    #[attr(block)]
    pub editions: Vec<Chapter>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// A chapter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct Chapter {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub page: Option<i64>,
}

/// What a book says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct BookFacts {
    /// Its number.
    pub number: String,
    /// What is on its back.
    pub label: String,
}

impl Book {
    fn label(title: &str, pages: i64) -> String {
        format!("{title} ({pages} pages)")
    }

    /// A book of which nothing but the title is known.
    fn titled(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            pages: 100,
            tags: None,
            borrowers: None,
            place: None,
            chapters: Vec::new(),
            editions: Vec::new(),
            timeouts: None,
        }
    }

    fn shelved(mut self, location: &Location) -> State<Self> {
        location.put(&self.title, "here");
        self.place.get_or_insert_with(|| "front".to_owned());
        let label = Self::label(&self.title, self.pages);
        State { outputs: BookFacts { number: format!("n-{}", self.title), label }, inputs: self }
    }
}

impl Resource for Book {
    const TYPE: &'static str = "shelf_book";
    const VERSION: i64 = 2;
    const IDENTITY: &'static [IdentityAttribute] = &[
        IdentityAttribute { name: "title", description: "Its title.", required: true },
        IdentityAttribute { name: "place", description: "Where it stands.", required: false },
    ];
    const MOVE_SOURCES: &'static [&'static str] = &["paper_book"];
    type Outputs = BookFacts;
    type Context = Location;
    type Facts = BTreeSet<String>;

    fn validate(inputs: &Self::Partial, report: &mut Diagnostics) {
        if let (Known::Now(title), Known::Now(pages)) = (&inputs.title, &inputs.pages)
            && title == "Short"
            && *pages > 10
        {
            report.push(Diagnostic::error("Too long").at("pages"));
        }
    }

    async fn survey(call: &Call<Location>, intent: Intent<'_, Self>) -> Result<Self::Facts, Diagnostics> {
        let title = match intent {
            Intent::Create(inputs) => inputs.title.now(),
            Intent::Update { prior, .. } | Intent::Delete(prior) => Some(&prior.inputs.title),
        };
        Ok(title.filter(|title| call.get(title).as_deref() == Some("chained")).into_iter().cloned().collect())
    }

    fn plan(_: &Self::Facts, change: &mut Change<Self>, report: &mut Diagnostics) {
        let label = change.inputs.title.as_ref().zip(change.inputs.pages.as_ref());
        change.outputs.label = label.map(|(title, pages)| Self::label(title, *pages));
        if change.inputs.title.now().is_some_and(|title| title == "Forbidden") {
            report.push(Diagnostic::error("Not this one").fix("Choose another one.").at("title"));
        }
        if change.inputs.title.now().is_some_and(|title| title == "Old") {
            report.push(Diagnostic::warning("It may fall apart"));
        }
    }

    fn plan_delete(chained: &Self::Facts, prior: &State<Self>, report: &mut Diagnostics) {
        if chained.contains(&prior.inputs.title) {
            report.push(Diagnostic::error("The book is chained").fix("Unchain it first."));
        }
    }

    async fn create(call: &Call<Location>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        if call.get(&inputs.title).is_some() {
            return Err(Diagnostic::error("The book is there already").at("title").into());
        }
        Ok(inputs.shelved(call))
    }

    async fn read(call: &Call<Location>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        Ok(call.get(&state.inputs.title).map(|_| state.inputs.shelved(call)))
    }

    async fn update(call: &Call<Location>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        if inputs.pages < prior.inputs.pages {
            call.warn(Diagnostic::warning("Pages were torn out"));
        }
        Ok(inputs.shelved(call))
    }

    async fn delete(call: &Call<Location>, state: State<Self>) -> Result<(), Failure<Self>> {
        call.take(&state.inputs.title);
        Ok(())
    }

    async fn import(call: &Call<Location>, id: &str) -> Result<State<Self>, Diagnostics> {
        if call.get(id).is_none() {
            return Err(Diagnostic::error(format!("There is no book \"{id}\"")).into());
        }
        Ok(Self::titled(id).shelved(call))
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        if !source.is_from("other/paper") {
            return None;
        }
        let Some(title) = source.text("name") else {
            return Some(Err(Diagnostic::error("The paper book has no name").into()));
        };
        let outputs = BookFacts { number: String::new(), label: String::new() };
        Some(Ok(State { inputs: Self::titled(title), outputs }))
    }

    fn upgrade(from: i64, state: Value) -> Result<Value, Diagnostics> {
        match (from, state) {
            // Version 0 counted sheets.
            (0, Value::Map(mut book)) => {
                if let Some(Value::Number(sheets)) = book.get("pages") {
                    let pages = sheets.as_i64().unwrap_or_default() * 2;
                    book.insert("pages".to_owned(), pages.into());
                }
                Ok(Value::Map(book))
            }
            (_, state) => Ok(state),
        }
    }
}

/// Which books to list.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct BookQuery {
    /// What their titles begin with.
    #[attr(default = "")]
    pub prefix: String,
}

impl Listed for Book {
    type Query = BookQuery;

    fn validate_query(query: &BookQueryPartial, report: &mut Diagnostics) {
        if query.prefix.now().is_some_and(|prefix| prefix == "*") {
            report.push(Diagnostic::error("Leave the prefix out to list all books").at("prefix"));
        }
    }

    async fn list(
        call: &Call<Location>,
        query: BookQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        if call.get("moth").is_some() {
            call.warn(Diagnostic::warning("There are moths"));
        }
        let titles = call.names().into_iter().filter(|title| title.starts_with(&query.prefix));
        // One more than wanted, which nobody may see.
        let titles = titles.take(limit.map_or(usize::MAX, |limit| limit + 1));
        Ok(titles
            .map(|title| Listing { display_name: format!("\"{title}\""), state: Self::titled(&title).shelved(call) })
            .collect())
    }
}

/// A trap.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Trap {
    /// What it does: `panic`, `tear`, `tear a find`, `wait` or nothing.
    pub mode: String,
    /// Kept in the dark.
    #[attr(sensitive)]
    pub secret: Option<String>,
}

/// What a trap says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct TrapFacts {
    /// How far it came.
    pub progress: Option<String>,
}

impl Trap {
    fn at(self, progress: &str) -> State<Self> {
        State { inputs: self, outputs: TrapFacts { progress: Some(progress.to_owned()) } }
    }

    async fn spring(self, call: &Call<Location>) -> Result<State<Self>, Failure<Self>> {
        match self.mode.as_str() {
            "panic" => panic!("the trap snapped"),
            "tear" => Err(Failure::with_state(self.at("half"), Diagnostic::error("The paper tore").at("mode"))),
            "tear a find" => {
                let torn = Failure::with_state(self.at("half"), Diagnostic::error("The paper tore").at("mode"));
                Err(torn.pre_existing())
            }
            "wait" => {
                call.put("trap", "waiting");
                call.cancelled().cancelled().await;
                call.put("trap", "stopped");
                Err(Failure::with_state(self.at("half"), Diagnostic::error("Stopped")))
            }
            _ => Ok(self.at("done")),
        }
    }
}

impl Resource for Trap {
    const TYPE: &'static str = "shelf_trap";
    type Outputs = TrapFacts;
    type Context = Location;
    type Facts = ();

    fn validate(inputs: &Self::Partial, _: &mut Diagnostics) {
        assert!(inputs.mode.now().is_none_or(|mode| mode != "panic early"), "the trap snapped early");
    }

    fn plan((): &(), change: &mut Change<Self>, _: &mut Diagnostics) {
        assert!(change.inputs.mode.now().is_none_or(|mode| mode != "panic in plan"), "the trap snapped in the plan");
        change.outputs.progress = Known::Later;
    }

    async fn create(call: &Call<Location>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.spring(call).await
    }

    async fn read(call: &Call<Location>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        match state.inputs.mode.as_str() {
            "panic" => panic!("the trap snapped"),
            "fail" => Err(Diagnostic::error("Nobody can see it").into()),
            _ => Ok(call.get("trap").map(|_| state)),
        }
    }

    async fn update(call: &Call<Location>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.spring(call).await
    }

    async fn delete(call: &Call<Location>, state: State<Self>) -> Result<(), Failure<Self>> {
        state.inputs.spring(call).await.map(|_| ())
    }
}
