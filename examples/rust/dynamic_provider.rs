//! A resource of your own: a text file. One definition is a provider for Terraform and a resource of a stack.
//!
//! Started by Terraform, the program is the provider `acme/files`; with an argument, it is the command line of a stack.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use rosa_ecr::model::{
    Call, Change, Diagnostic, Diagnostics, Failure, Kind, Known, Provided, Provider, Resource, State, kind,
};
use rosa_ecr::prelude::*;
use tokio::fs;

/// Text files below a folder.
#[derive(Clone, Debug, Inputs)]
struct Files {
    /// The folder. Environment: `FILES_ROOT`; else the working directory.
    root: Option<String>,
}

/// A text file.
#[derive(Clone, Debug, PartialEq, Inputs)]
struct TextFile {
    /// Path below the provider's folder. Changing it makes a new file.
    #[attr(replace)]
    path: String,
    /// What is in it.
    content: String,
}

/// What a text file says of itself.
#[derive(Clone, Debug, PartialEq, Outputs)]
struct TextFileOutputs {
    /// How long it is, in bytes.
    length: i64,
}

struct Folder(PathBuf);

impl Provided for Folder {
    type Provider = Files;
}

impl Provider for Files {
    const NAME: &'static str = "files";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    type Context = Folder;

    fn kinds() -> Vec<Arc<dyn Kind<Folder>>> {
        vec![kind::<TextFile>()]
    }

    async fn configure(self) -> Result<Folder, Diagnostics> {
        let root = self.root.or_else(|| std::env::var("FILES_ROOT").ok());
        Ok(Folder(root.unwrap_or_else(|| ".".to_owned()).into()))
    }
}

impl TextFile {
    fn state(self) -> State<Self> {
        let outputs = TextFileOutputs { length: self.content.len() as i64 };
        State { inputs: self, outputs }
    }

    /// Writes the whole file or nothing of it, whenever the process dies.
    async fn write(self, folder: &Folder) -> Result<State<Self>, Failure<Self>> {
        let path = folder.0.join(&self.path);
        let temporary = path.with_extension("new");
        let written = async {
            fs::write(&temporary, &self.content).await?;
            fs::rename(&temporary, &path).await
        };
        written.await.map_err(|error| failed("write", &self.path, &error))?;
        Ok(self.state())
    }

    /// What is in the file, if there is one.
    async fn content(&self, folder: &Folder) -> Result<Option<String>, Diagnostics> {
        match fs::read_to_string(folder.0.join(&self.path)).await {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &self.path, &error).into()),
        }
    }
}

impl Resource for TextFile {
    const TYPE: &'static str = "files_text";
    type Outputs = TextFileOutputs;
    type Context = Folder;
    type Facts = ();

    fn plan((): &(), change: &mut Change<Self>, _: &mut Diagnostics) {
        if let Known::Now(content) = &change.inputs.content {
            change.outputs.length = Known::Now(content.len() as i64);
        }
    }

    async fn create(call: &Call<Folder>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        match inputs.content(call).await? {
            None => inputs.write(call).await,
            // An earlier run wrote it, and died before it could say so.
            Some(content) if content == inputs.content => Ok(inputs.state()),
            Some(_) => {
                let exists = Diagnostic::error(format!("{} exists already", inputs.path));
                Err(exists.fix("Import it, or choose another path.").at("path").into())
            }
        }
    }

    async fn read(call: &Call<Folder>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        let content = state.inputs.content(call).await?;
        Ok(content.map(|content| Self { content, ..state.inputs }.state()))
    }

    async fn update(call: &Call<Folder>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.write(call).await
    }

    async fn delete(call: &Call<Folder>, state: State<Self>) -> Result<(), Failure<Self>> {
        match fs::remove_file(call.0.join(&state.inputs.path)).await {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(failed("delete", &state.inputs.path, &error).into())
            }
            _ => Ok(()),
        }
    }

    /// The path of the file, as `import` takes it.
    async fn import(call: &Call<Folder>, id: &str) -> Result<State<Self>, Diagnostics> {
        let file = Self { path: id.to_owned(), content: String::new() };
        match file.content(call).await? {
            Some(content) => Ok(Self { content, ..file }.state()),
            None => Err(Diagnostic::error(format!("There is no file {id}")).fix("Check the path.").into()),
        }
    }

    /// What an interrupted create with these inputs has left.
    async fn probe(call: &Call<Folder>, inputs: Self) -> Result<Option<State<Self>>, Diagnostics> {
        let content = inputs.content(call).await?;
        Ok(content.filter(|content| *content == inputs.content).map(|_| inputs.state()))
    }
}

fn failed(doing: &str, path: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(format!("Cannot {doing} {path}")).detail(error.to_string()).at("path")
}

fn infra(stack: &mut Stack) -> Result<()> {
    let greeting = TextFile::builder().path("greeting.txt").content("hello").build().declare(stack, "greeting")?;
    let report = greeting.length.map(|length| format!("greeting.txt has {length} bytes\n"));
    TextFile::builder().path("report.txt").content(report).build().declare(stack, "report")?;
    Ok(())
}

fn main() -> ExitCode {
    if std::env::args().len() == 1 {
        return rosa_ecr::serve::<Files>("acme/files");
    }
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(rosa_ecr::cli::run("files", infra)),
        Err(error) => {
            eprintln!("no runtime: {error}");
            ExitCode::FAILURE
        }
    }
}
