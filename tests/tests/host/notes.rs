//! A provider of notes: files in the folder of a region, below one directory.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, DataKind, DataSource, Diagnostic, Diagnostics, Ephemeral, EphemeralKind, Failure, Function,
    FunctionBody, FunctionError, IdentityAttribute, Kind, Known, ListKind, Listed, Listing, MoveSource, Opened,
    Parameter, Provider, Resource, Secret, State, Timeouts, Type, Value, data_source, ephemeral, kind, list_resource,
};

/// Notes.
#[derive(Clone, Debug, Inputs)]
pub struct Notes {
    /// Where all of them are.
    pub directory: String,
    /// Where those are that do not say it.
    #[attr(default = "home")]
    pub region: String,
}

impl Provider for Notes {
    const NAME: &'static str = "rosa";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Context = Self;

    fn kinds() -> Vec<Arc<dyn Kind<Self>>> {
        vec![kind::<Note>()]
    }

    fn data_sources() -> Vec<Arc<dyn DataKind<Self>>> {
        vec![data_source::<Folder>()]
    }

    fn ephemeral_resources() -> Vec<Arc<dyn EphemeralKind<Self>>> {
        vec![ephemeral::<Key>()]
    }

    fn list_resources() -> Vec<Arc<dyn ListKind<Self>>> {
        vec![list_resource::<Note>()]
    }

    fn functions() -> Vec<Function> {
        vec![Function {
            name: "note_id",
            summary: "The id of a note",
            description: "What an import of the note takes.",
            parameters: vec![
                Parameter::new("name", Type::String, "Its name."),
                Parameter { allow_null: true, ..Parameter::new("region", Type::String, "Where it is.") },
            ],
            variadic: None,
            returns: Type::String,
            call: FunctionBody::new(|arguments| match arguments {
                [Value::String(name), _] if name.contains('@') => Err(FunctionError::new("No @, please.").at(0)),
                [Value::String(name), Value::String(region)] => Ok(format!("{name}@{region}").into()),
                [name, _] => Ok(name.clone()),
                _ => Err(FunctionError::new("Two arguments, please.")),
            }),
        }]
    }

    async fn configure(self) -> Result<Self, Diagnostics> {
        Ok(self)
    }
}

impl Notes {
    fn file(&self, region: Option<&str>, name: &str) -> PathBuf {
        PathBuf::from(&self.directory).join(region.unwrap_or(&self.region)).join(name)
    }

    fn names(&self, region: &str) -> Vec<String> {
        let files = fs::read_dir(self.file(Some(region), "")).into_iter().flatten();
        let mut names: Vec<String> =
            files.flatten().map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// A note.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Note {
    /// Its name.
    pub name: String,
    /// What it says.
    #[attr(default = "")]
    pub text: String,
    /// Where it is.
    #[attr(computed, replace)]
    pub region: Option<String>,
    /// Whom it is for.
    pub reader: Option<String>,
    /// Time limits.
    #[attr(block)]
    pub timeouts: Option<Timeouts>,
}

/// What a note says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct NoteFacts {
    /// How long it is, in bytes.
    pub length: i64,
}

impl Note {
    fn state(self) -> State<Self> {
        State { outputs: NoteFacts { length: i64::try_from(self.text.len()).expect("a short note") }, inputs: self }
    }

    fn found(notes: &Notes, region: &str, name: &str) -> Option<State<Self>> {
        let text = fs::read_to_string(notes.file(Some(region), name)).ok()?;
        let region = Some(region.to_owned());
        Some(Self { name: name.to_owned(), text, region, reader: None, timeouts: None }.state())
    }

    fn written(self, notes: &Notes) -> Result<State<Self>, Failure<Self>> {
        let file = notes.file(self.region.as_deref(), &self.name);
        let written =
            fs::create_dir_all(notes.file(self.region.as_deref(), "")).and_then(|()| fs::write(file, &self.text));
        written.map_err(|error| Diagnostic::error("The note cannot be written").detail(error.to_string()))?;
        Ok(self.state())
    }
}

impl Resource for Note {
    const TYPE: &'static str = "rosa_note";
    const IDENTITY: &'static [IdentityAttribute] = &[
        IdentityAttribute { name: "name", description: "Its name.", required: true },
        IdentityAttribute { name: "region", description: "Where it is.", required: false },
    ];
    const MOVE_SOURCES: &'static [&'static str] = &["terraform_data"];
    type Outputs = NoteFacts;
    type Context = Notes;
    type Facts = ();

    fn timeouts(&self) -> Option<&Timeouts> {
        self.timeouts.as_ref()
    }

    fn resolve(notes: Option<&Notes>, config: &NotePartial, inputs: &mut NotePartial) {
        if let (Some(notes), Known::Now(None)) = (notes, &config.region) {
            inputs.region = Known::Now(Some(notes.region.clone()));
        }
    }

    fn plan((): &(), change: &mut Change<Self>, _: &mut Diagnostics) {
        let length = change.inputs.text.as_ref().map(String::len);
        change.outputs.length = length.map(|length| i64::try_from(length).expect("a short note"));
    }

    async fn create(notes: &Call<Notes>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.written(notes)
    }

    async fn read(notes: &Call<Notes>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let region = state.inputs.region.as_deref().unwrap_or(&notes.region);
        let Some(found) = Self::found(notes, region, &state.inputs.name) else { return Ok(None) };
        let inputs = Self { reader: state.inputs.reader, timeouts: state.inputs.timeouts, ..found.inputs };
        Ok(Some(inputs.state()))
    }

    async fn update(notes: &Call<Notes>, prior: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        let file = |note: &Self| notes.file(note.region.as_deref(), &note.name);
        fs::rename(file(&prior.inputs), file(&inputs))
            .map_err(|error| Diagnostic::error("The note cannot be renamed").detail(error.to_string()))?;
        inputs.written(notes)
    }

    async fn delete(notes: &Call<Notes>, state: State<Self>) -> Result<(), Failure<Self>> {
        fs::remove_file(notes.file(state.inputs.region.as_deref(), &state.inputs.name)).ok();
        Ok(())
    }

    async fn import(notes: &Call<Notes>, id: &str) -> Result<State<Self>, Diagnostics> {
        let (name, region) = id.split_once('@').unwrap_or((id, &notes.region));
        Self::found(notes, region, name)
            .ok_or_else(|| Diagnostic::error(format!("There is no note \"{name}\" in {region}")).into())
    }

    fn move_state(source: &MoveSource<'_>) -> Option<Result<State<Self>, Diagnostics>> {
        if !source.is_from("builtin/terraform") {
            return None;
        }
        let Some(name) = source.state["input"]["value"].as_str() else {
            return Some(Err(Diagnostic::error("The input of the terraform_data is no name of a note").into()));
        };
        let note = Self { name: name.to_owned(), text: String::new(), region: None, reader: None, timeouts: None };
        Some(Ok(note.state()))
    }
}

/// Which notes to list.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct NoteQuery {
    /// Where.
    pub region: Option<String>,
}

impl Listed for Note {
    type Query = NoteQuery;

    async fn list(notes: &Call<Notes>, query: NoteQuery, _: Option<usize>) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let region = query.region.unwrap_or_else(|| notes.region.clone());
        let names = notes.names(&region).into_iter();
        Ok(names
            .filter_map(|name| Some(Listing { state: Self::found(notes, &region, &name)?, display_name: name }))
            .collect())
    }
}

/// The notes of one region.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Folder {
    /// Where.
    #[attr(computed)]
    pub region: Option<String>,
}

/// What is in a folder.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct FolderFacts {
    /// The names of the notes.
    pub names: Vec<String>,
}

impl DataSource for Folder {
    const TYPE: &'static str = "rosa_folder";
    type Outputs = FolderFacts;
    type Context = Notes;

    fn resolve(notes: Option<&Notes>, config: &FolderPartial, inputs: &mut FolderPartial) {
        if let (Some(notes), Known::Now(None)) = (notes, &config.region) {
            inputs.region = Known::Now(Some(notes.region.clone()));
        }
    }

    async fn read(notes: &Call<Notes>, inputs: Self) -> Result<FolderFacts, Diagnostics> {
        Ok(FolderFacts { names: notes.names(inputs.region.as_deref().unwrap_or_default()) })
    }
}

/// A key to a note. While it is out, there is a file of its name.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Key {
    /// The note's name.
    pub name: String,
}

/// What is on a key.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct KeyFacts {
    /// Opens the note.
    #[attr(sensitive)]
    pub secret: Secret,
}

impl Ephemeral for Key {
    const TYPE: &'static str = "rosa_key";
    type Outputs = KeyFacts;
    type Context = Notes;

    async fn open(notes: &Call<Notes>, inputs: Self) -> Result<Opened<KeyFacts>, Diagnostics> {
        let out = notes.file(Some(""), &inputs.name);
        fs::write(out, "").map_err(|error| Diagnostic::error("There is no key").detail(error.to_string()))?;
        let secret = Secret::from(format!("open {}", inputs.name));
        Ok(Opened { outputs: KeyFacts { secret }, renew_at: None, private: inputs.name.into_bytes() })
    }

    async fn close(notes: &Call<Notes>, private: &[u8]) -> Result<(), Diagnostics> {
        let (key, log) = (String::from_utf8_lossy(private), notes.file(Some(""), "returned"));
        fs::rename(notes.file(Some(""), &key), log)
            .map_err(|error| Diagnostic::error("The key is lost").detail(error.to_string()).into())
    }
}
