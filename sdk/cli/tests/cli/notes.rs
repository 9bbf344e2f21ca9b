//! A provider whose objects are files in the working directory, so that one run finds what another one made.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rosa_ecr_derive::{Inputs, Outputs};
use rosa_ecr_model::{
    Call, Change, DataKind, DataSource, Diagnostic, Diagnostics, Failure, Kind, Known, Provided, Provider, Resource,
    Secret, State, data_source, kind,
};

/// A file.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct Note {
    /// Its name.
    #[attr(replace)]
    pub name: String,
    /// What is in it.
    pub text: Option<String>,
    /// A secret, which is not in it.
    #[attr(sensitive)]
    pub password: Option<Secret>,
}

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct NoteOutputs {
    /// The name in upper case.
    pub title: String,
    /// Known after apply.
    pub id: String,
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct NoteLookup {
    /// Its name.
    pub name: String,
}

/// What is in it.
#[derive(Clone, Debug, PartialEq, Outputs)]
pub struct NoteLookupOutputs {
    /// The text.
    pub text: String,
}

impl DataSource for NoteLookup {
    const TYPE: &'static str = "note";
    type Outputs = NoteLookupOutputs;
    type Context = Suffix;

    async fn read(call: &Call<Suffix>, inputs: Self) -> Result<NoteLookupOutputs, Diagnostics> {
        let file = format!("{}{}", inputs.name, call.context().0);
        let text = fs::read_to_string(&file).map_err(|_| Diagnostic::error(format!("There is no file {file}")))?;
        Ok(NoteLookupOutputs { text })
    }
}

/// The provider of files.
#[derive(Clone, Debug, Inputs)]
pub struct Notes {
    /// What files' names end with.
    pub suffix: Option<String>,
}

/// What files' names end with.
pub struct Suffix(String);

impl Provided for Suffix {
    type Provider = Notes;
}

impl Provider for Notes {
    const NAME: &'static str = "notes";
    const VERSION: &'static str = "1.0.0";
    type Context = Suffix;

    fn kinds() -> Vec<Arc<dyn Kind<Suffix>>> {
        vec![kind::<Note>()]
    }

    fn data_sources() -> Vec<Arc<dyn DataKind<Suffix>>> {
        vec![data_source::<NoteLookup>()]
    }

    async fn configure(self) -> Result<Suffix, Diagnostics> {
        Ok(Suffix(self.suffix.unwrap_or_else(|| ".note".into())))
    }
}

impl Note {
    fn write(self, call: &Call<Suffix>) -> Result<State<Self>, Failure<Self>> {
        let file = format!("{}{}", self.name, call.context().0);
        let text = self.text.as_deref().unwrap_or_default();
        let written =
            fs::write(&file, text).map_err(|error| Diagnostic::error(format!("Cannot write {file}: {error}")));
        written.map_err(Diagnostics::from)?;
        let outputs = NoteOutputs { title: self.name.to_uppercase(), id: file };
        Ok(State { inputs: self, outputs })
    }
}

impl Resource for Note {
    const TYPE: &'static str = "note";
    type Outputs = NoteOutputs;
    type Context = Suffix;
    type Facts = ();

    fn plan((): &(), change: &mut Change<Self>, _: &mut Diagnostics) {
        if let Known::Now(name) = &change.inputs.name {
            change.outputs.title = Known::Now(name.to_uppercase());
        }
    }

    async fn create(call: &Call<Suffix>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.write(call)
    }

    async fn read(_: &Call<Suffix>, mut state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        if !Path::new(&state.outputs.id).exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&state.outputs.id).unwrap_or_default();
        state.inputs.text = Some(text).filter(|text| !text.is_empty());
        Ok(Some(state))
    }

    async fn update(call: &Call<Suffix>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.write(call)
    }

    async fn delete(_: &Call<Suffix>, state: State<Self>) -> Result<(), Failure<Self>> {
        let _ = fs::remove_file(&state.outputs.id);
        Ok(())
    }

    async fn import(_: &Call<Suffix>, id: &str) -> Result<State<Self>, Diagnostics> {
        Err(Diagnostic::error(format!("There is no note {id}")).fix("Write one.").into())
    }
}
