//! The pages say which IAM actions each thing needs; here they are held against the calls that are really made.

mod life_cycles;
mod reads;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rosa_ecr_tests::{Emulator, Engine};

/// The actions that a page names.
#[track_caller]
fn of_page(folder: &str, name: &str) -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(folder).join(format!("{name}.md"));
    let text = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let section = text.split("\n## ").find(|section| section.starts_with("Permissions\n")).unwrap_or_default();
    let lines = section.lines().filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`'));
    lines.map(str::to_owned).collect()
}

/// The actions that were called since the record was cleared. Everyone may ask who he is.
fn called(emulator: &Emulator) -> BTreeSet<String> {
    let calls = emulator.calls().into_iter().filter(|call| call.service != "sts");
    calls.map(|call| format!("{}:{}", call.service, call.action)).collect()
}

/// Actions do not depend on the engine, so the newest one stands for all.
fn engine() -> &'static Engine {
    Engine::all().last().expect("there is one")
}

fn without<'a>(actions: &'a BTreeSet<String>, others: &'a BTreeSet<String>) -> Vec<&'a str> {
    actions.difference(others).map(String::as_str).collect()
}
