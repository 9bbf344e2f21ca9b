//! A resource of your own: a text file. One definition is a provider for Terraform and a resource of a stack.
//!
//! Started by Terraform, the program is the provider `acme/files`; with an argument, it is the command line of a stack.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use rosa_ecr::model::{
    Call, Change, Diagnostic, Diagnostics, Failure, Kind, Known, Provided, Provider, Resource, State, kind,
};
use rosa_ecr::prelude::*;

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
    fn write(self, folder: &Folder) -> Result<State<Self>, Failure<Self>> {
        let path = folder.0.join(&self.path);
        std::fs::write(&path, &self.content).map_err(|error| failed("write", &self.path, &error))?;
        let outputs = TextFileOutputs { length: self.content.len() as i64 };
        Ok(State { inputs: self, outputs })
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
        if call.0.join(&inputs.path).exists() {
            let exists = Diagnostic::error(format!("{} exists already", inputs.path));
            return Err(exists.fix("Import it, or choose another path.").at("path").into());
        }
        inputs.write(call)
    }

    async fn read(call: &Call<Folder>, state: State<Self>) -> Result<Option<State<Self>>, Diagnostics> {
        match std::fs::read_to_string(call.0.join(&state.inputs.path)) {
            Ok(content) => {
                let outputs = TextFileOutputs { length: content.len() as i64 };
                Ok(Some(State { inputs: Self { content, ..state.inputs }, outputs }))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &state.inputs.path, &error).into()),
        }
    }

    async fn update(call: &Call<Folder>, _: State<Self>, inputs: Self) -> Result<State<Self>, Failure<Self>> {
        inputs.write(call)
    }

    async fn delete(call: &Call<Folder>, state: State<Self>) -> Result<(), Failure<Self>> {
        match std::fs::remove_file(call.0.join(&state.inputs.path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(failed("delete", &state.inputs.path, &error).into())
            }
            _ => Ok(()),
        }
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
