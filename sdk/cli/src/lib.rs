//! The command line of a program.
//!
//! ```no_run
//! use rosa_ecr_cli as cli;
//! use rosa_ecr_engine::{Result, Stack};
//!
//! fn infra(stack: &mut Stack) -> Result {
//!     // declare resources
//!     Ok(())
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::process::ExitCode {
//!     cli::run("dev", infra).await
//! }
//! ```
//!
//! | Command | What |
//! |---|---|
//! | `preview` | shows what `up` would do; writes nothing |
//! | `up` | makes what exists be as the program declares |
//! | `refresh` | brings the state up to what exists |
//! | `destroy` | deletes everything that the state has |
//! | `outputs` | shows what the stack exports |
//! | `import NAME ID` | takes an existing object into the state; `--identity` finds it by its identity |
//! | `state list`, `show`, `forget`, `unlock` | looks at the state, and mends it |
//! | `graph` | draws what depends on what |
//!
//! Exit codes: 0 done, 1 failed, 2 there are changes (`preview --detailed-exitcode`).
//!
//! The state is in the file `<stack>.state.json` unless `--state`, the environment variable `ROSA_ECR_STATE` or the
//! program ([`Stack::set_backend`]) sets another place. Colours and live lines are for terminals; `NO_COLOR` takes the
//! colours out.

mod arguments;
mod console;
mod drawing;
mod render;
mod runs;
mod stored;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, FromArgMatches as _};
use rosa_ecr_engine::{Result, Stack};
use rosa_ecr_model::Diagnostic;
use rosa_ecr_state::LocalBackend;
use rosa_ecr_state_aws::{environment_keys, place};

use self::arguments::{Arguments, Command};
use self::console::Console;

/// There are changes.
const CHANGES: u8 = 2;

/// Runs the command of the process's arguments, for the stack of that name that `infra` declares.
pub async fn run(name: &str, infra: impl FnOnce(&mut Stack) -> Result) -> ExitCode {
    let command = Arguments::command().about(format!("The stack \"{name}\": plans and applies its resources."));
    let matches = command.try_get_matches_from(std::env::args_os());
    let arguments = match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => {
            if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
                Console::new(true).errors(&mistake(&error).into());
            } else {
                let _ = error.print();
            }
            // Clap's own code for a mistake means something else here.
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let console = Console::new(arguments.json);
    match dispatch(name, infra, &console, arguments).await {
        Ok(code) => code,
        Err(error) => {
            console.errors(&error.diagnostics());
            ExitCode::FAILURE
        }
    }
}

/// A mistake in the arguments, for machines.
fn mistake(error: &clap::Error) -> Diagnostic {
    let text = error.to_string();
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    Diagnostic::error(first.trim_start_matches("error: ")).detail(rest.trim())
}

async fn dispatch(
    name: &str,
    infra: impl FnOnce(&mut Stack) -> Result,
    console: &Console,
    arguments: Arguments,
) -> Result<ExitCode> {
    let mut stack = Stack::new(name);
    stack.set_backend(Arc::new(LocalBackend::new(format!("{name}.state.json"))));
    stack.set_keys(environment_keys());
    // A state can be inspected and unlocked even if the program cannot declare what it should.
    let declared = stack.evaluate(infra);
    if let Some(location) = &arguments.state {
        stack.set_backend(place(location).await?);
    }
    let store = stack.store();
    match &arguments.command {
        Command::Outputs(outputs) => return stored::outputs(&store, console, outputs).await,
        Command::State(state) => return stored::state(&store, console, state).await,
        _ => declared?,
    }
    match &arguments.command {
        Command::Preview(preview) => runs::preview(&stack, console, preview).await,
        Command::Up(change) => runs::up(&stack, console, change).await,
        Command::Refresh(scope) => runs::refresh(&stack, console, scope).await,
        Command::Destroy(change) => runs::destroy(&stack, console, change).await,
        Command::Import(import) => runs::import(&stack, console, import).await,
        Command::Graph(graph) => drawing::graph(&stack, console, graph),
        Command::Outputs(_) | Command::State(_) => Ok(ExitCode::SUCCESS),
    }
}
