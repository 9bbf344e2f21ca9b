//! The command line, with programs whose objects are files.
//!
//! This program is the tests and also the program that they run: it is that where the environment says so. It has its
//! own `main` because arguments and standard output are the command line's then. Arguments that are no flags filter tests
//! by name, as usual.

mod notes;
mod runs;
mod secrets;
mod states;

use std::panic::catch_unwind;
use std::process::{Command, ExitCode};

use rosa_ecr_cli as cli;
use rosa_ecr_engine::{Declare as _, LookUp as _, Options, Result, Stack};
use rosa_ecr_model::Output;
use tempfile::TempDir;

/// What makes this process the program.
const PROGRAM: &str = "ROSA_ECR_TEST_PROGRAM";
/// A secret that the program exports.
const TOKEN: &str = "ROSA_ECR_TEST_TOKEN";
/// Lets the program panic.
const BROKEN: &str = "ROSA_ECR_TEST_BROKEN";
/// Makes something of the secret that panics.
const PANIC: &str = "ROSA_ECR_TEST_PANIC";
/// Declares two notes with that text in them.
const NOTE: &str = "ROSA_ECR_TEST_NOTE";
/// Looks up the note of that name, behind the notes that are declared.
const LOOKUP: &str = "ROSA_ECR_TEST_LOOKUP";
/// Fails to declare anything: reads the variable of that name, which is not set.
const UNSET: &str = "ROSA_ECR_TEST_UNSET";
/// What the component is called that was called "group" so far.
const RENAMED: &str = "ROSA_ECR_TEST_RENAMED";
/// The text of a note that cannot be written: there is no folder of that name.
const NOWHERE: &str = "ROSA_ECR_TEST_NOWHERE";

/// Declares a note of a provider that is configured with what the first note says of itself.
const SUFFIX: &str = "ROSA_ECR_TEST_SUFFIX";

/// A test: its name and itself.
type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("a_preview_shows_the_tree_and_its_code_says_that_there_are_changes", runs::preview),
    ("once_around", runs::once_around),
    ("changes_need_somebody_to_approve_them", runs::approval),
    ("outputs_are_for_people_machines_and_scripts", runs::outputs),
    ("an_output_that_changes_is_a_change", runs::output_changes),
    ("what_is_only_renamed_is_told", runs::renamed),
    ("events_are_one_object_a_line", runs::events),
    ("with_json_every_command_writes_objects_and_nothing_else", runs::every_command_for_machines),
    ("colours_are_for_terminals", runs::colours),
    ("a_program_that_panics_fails_like_any_other", runs::panic),
    ("mistakes_are_told_with_a_next_step", runs::mistakes),
    ("names_that_there_are_not_are_told_with_one_that_is_like_them", runs::near_names),
    ("a_program_that_fails_says_where", runs::failing_program),
    ("an_error_is_told_once_and_where_errors_go", runs::errors_once),
    ("what_failed_is_summed_up", runs::failures),
    ("the_graph_has_three_forms", runs::graph),
    ("what_is_looked_up_is_told_in_one_line", runs::lookups),
    ("a_secret_is_neither_shown_nor_written", secrets::nowhere),
    ("a_panic_is_an_error_that_quotes_no_secret", secrets::panics),
    ("a_wrong_passphrase_is_found_out_first", secrets::wrong_passphrase),
    ("a_wrong_place_for_a_state_is_told", states::wrong_places),
    ("a_locked_state_says_who_has_it_and_can_be_unlocked", states::locked),
    ("a_damaged_state_is_refused_and_names_the_backup", states::damaged),
    ("a_resource_can_be_looked_at_and_forgotten", states::forgotten),
    ("what_interrupted_runs_have_left_is_listed_and_can_be_forgotten", states::leftovers),
];

fn infra(stack: &mut Stack) -> Result {
    stack.provides::<notes::Notes>();
    assert!(std::env::var_os(BROKEN).is_none(), "nothing can be declared");
    if let Ok(name) = std::env::var(UNSET) {
        std::env::var(name)?;
    }
    stack.export("greeting", Output::known("hello".to_owned()));
    if let Ok(token) = std::env::var(TOKEN) {
        let token = Output::known(token).secret();
        if std::env::var_os(PANIC).is_some() {
            stack.export("made", token.clone().map(|token| token.parse::<i64>().unwrap_or_else(|_| panic!("{token}"))));
        }
        stack.export("token", token);
    }
    if let Ok(text) = std::env::var(NOWHERE) {
        let nowhere = notes::Note::builder().name("no/where").text(text).build().declare(stack, "nowhere")?;
        notes::Note::builder().name("behind").text(nowhere.id).build().declare(stack, "behind")?;
    }
    let group = match std::env::var(RENAMED) {
        Ok(name) => stack.component_with(&name, &Options::new().aliases(["group"]))?,
        Err(_) => stack.component("group")?,
    };
    if let Ok(text) = std::env::var(NOTE) {
        stack.within(&group, |stack| {
            let one = notes::Note::builder().name("one").text(text).password("hunter2-hunter2").build();
            let one = one.declare(stack, "one")?;
            if std::env::var_os(SUFFIX).is_some() {
                let other = stack.provider_named("other", notes::Notes::builder().suffix(one.title.clone()).build());
                let options = Options::new().provider(&other);
                notes::Note::builder().name("late").build().declare_with(stack, "late", options)?;
            }
            notes::Note::builder().name("other").text(one.id).build().declare(stack, "other")
        })?;
    }
    if let Ok(name) = std::env::var(LOOKUP) {
        let found = notes::NoteLookup::builder().name(name).build();
        let found = found.look_up_with(stack, "found", Options::new().depends_on(&group))?;
        stack.export("found", found.text);
    }
    Ok(())
}

fn main() -> ExitCode {
    if std::env::var_os(PROGRAM).is_some() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        return runtime.block_on(cli::run("dev", infra));
    }
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter));
    let wanted = TESTS.iter().filter(|(name, _)| is_wanted(name));
    let failed = wanted.filter(|(name, test)| {
        let passed = catch_unwind(test).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        !passed
    });
    if failed.count() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The program in a directory of its own.
struct Program {
    directory: TempDir,
    environment: Vec<(&'static str, String)>,
}

/// How a command ended.
struct Ended {
    line: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Program {
    fn new() -> Self {
        Self { directory: TempDir::new().expect("a directory"), environment: Vec::new() }
    }

    fn env(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    fn state(&self) -> std::path::PathBuf {
        self.directory.path().join("dev.state.json")
    }

    /// Runs it with these arguments, separated by spaces.
    #[track_caller]
    fn run(&self, line: &str) -> Ended {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(line.split(' ')).current_dir(self.directory.path());
        command.env_clear().env(PROGRAM, "1").env("USER", "tester");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = command.stdin(std::process::Stdio::null()).output().expect("it starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Ended { line: line.to_owned(), code: output.status.code(), stdout, stderr }
    }
}

impl Ended {
    #[track_caller]
    fn code(self, code: i32) -> Self {
        assert!(self.code == Some(code), "this should have ended with {code}:\n{self}");
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(self.has(text), "this should have said {text:?}:\n{self}");
        self
    }

    #[track_caller]
    fn never_says(self, text: &str) -> Self {
        assert!(!self.has(text), "this should not have said {text:?}:\n{self}");
        self
    }

    fn has(&self, text: &str) -> bool {
        self.stdout.contains(text) || self.stderr.contains(text)
    }

    /// Standard output as JSON, one object a line.
    #[track_caller]
    fn objects(&self) -> Vec<serde_json::Value> {
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}\n{self}"));
        self.stdout.lines().map(read).collect()
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, code, stdout, stderr } = self;
        write!(f, "{line} ended with {code:?}\n--- stdout ---\n{stdout}--- stderr ---\n{stderr}")
    }
}
