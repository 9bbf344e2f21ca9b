//! What a user types.

use std::num::NonZeroUsize;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

/// The command line of a stack's program.
#[derive(Debug, Parser)]
#[command(about = "Plans and applies a stack of resources.", disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 done; 1 failed; 2 there are changes (preview --detailed-exitcode).")]
pub(super) struct Arguments {
    /// Where the state is kept: the path of a file, or s3://bucket/key [default: <stack>.state.json]
    #[arg(long, global = true, value_name = "PLACE", env = "ROSA_ECR_STATE")]
    pub state: Option<String>,
    /// Writes JSON for machines, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show what `up` would do; write nothing, neither to AWS nor to the state
    Preview(Preview),
    /// Create or update the stack's resources
    Up(Change),
    /// Update the state to what exists
    Refresh(Scope),
    /// Delete everything in the state
    Destroy(Change),
    /// Show the stack's outputs, as of the last `up`
    Outputs(Outputs),
    /// Import an existing object into the state
    Import(Import),
    /// Inspect and repair the state
    #[command(subcommand)]
    State(State),
    /// Draw the dependency graph
    Graph(Graph),
}

/// Which resources, and how many at once.
#[derive(Debug, Args)]
pub(super) struct Scope {
    /// How many operations run at once
    #[arg(long, value_name = "N", default_value = "10")]
    pub parallel: NonZeroUsize,
    /// Only this resource or component, and what it depends on; can be given several times
    #[arg(long = "target", value_name = "NAME")]
    pub targets: Vec<String>,
    /// Skip confirmation
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub(super) struct Change {
    #[command(flatten)]
    pub scope: Scope,
    /// Fail before anything is done if a resource would change
    #[arg(long)]
    pub expect_no_changes: bool,
}

#[derive(Debug, Args)]
pub(super) struct Preview {
    #[command(flatten)]
    pub change: Change,
    /// Read what exists first, and show drift
    #[arg(long)]
    pub refresh: bool,
    /// Show what `destroy` would do
    #[arg(long)]
    pub destroy: bool,
    /// Exit with 2 if there are changes, even if only of outputs
    #[arg(long)]
    pub detailed_exitcode: bool,
}

#[derive(Debug, Args)]
pub(super) struct Outputs {
    /// Only this one, without quotes: for scripts
    pub name: Option<String>,
    /// Show secrets
    #[arg(long)]
    pub show_secrets: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("object").required(true)))]
// What clap makes of it has the name behind the id.
#[command(override_usage = "import [OPTIONS] <NAME> <ID>\n       import [OPTIONS] <NAME> --identity <NAME=VALUE>...")]
pub(super) struct Import {
    /// The name under which the program declares it
    pub name: String,
    /// The object's id, such as the name of a repository
    #[arg(group = "object")]
    pub id: Option<String>,
    /// Instead of an id, an attribute of the object's identity; can be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, group = "object")]
    pub identity: Vec<(String, String)>,
    /// Skip confirmation
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum State {
    /// List the resources
    List,
    /// Show one resource
    Show {
        /// Its name
        name: String,
        /// Show secrets
        #[arg(long)]
        show_secrets: bool,
    },
    /// Remove a resource, and what an interrupted run has left of it, from the state; the object stays
    Forget {
        /// Its name
        name: String,
        /// Remove only replaced objects that are still to be deleted
        #[arg(long)]
        deposed: bool,
        /// Remove only operations that an interrupted run did not finish
        #[arg(long)]
        pending: bool,
        /// Skip confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Release the lock, even if another run holds it
    Unlock {
        /// Skip confirmation
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct Graph {
    /// The form
    #[arg(long, value_enum, default_value = "dot")]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
    /// For a browser
    Svg,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is no NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_commands_are_as_promised() {
        Arguments::command().debug_assert();
        for line in [
            "preview --detailed-exitcode --refresh --target a --target b",
            "up --yes --json --parallel 3 --target a --expect-no-changes --state x.json",
            "--state s3://bucket/key refresh",
            "destroy --yes",
            "outputs --json",
            "import registry dev/custom",
            "state list",
            "state show registry",
            "state forget registry --yes",
            "state unlock --yes",
            "graph --format svg",
        ] {
            let words = std::iter::once("program").chain(line.split(' '));
            if let Err(error) = Arguments::try_parse_from(words) {
                panic!("{line}: {error}");
            }
        }
        assert!(Arguments::try_parse_from(["program", "up", "--parallel", "0"]).is_err());
    }
}
