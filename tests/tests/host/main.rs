//! The provider host under real engines, with a provider that needs no AWS: everything a provider can offer, once.
//!
//! This program is the tests and also the provider that the engines start in them: it serves where the environment has
//! the cookie of an engine. It has its own `main` because the usual one prints to stdout before a test runs, and a
//! provider must not. Arguments that are no flags filter tests by name, as usual.

mod cases;
mod notes;

use std::panic::catch_unwind;
use std::process::ExitCode;

/// A test: its name and itself.
type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("a_resource_lives", cases::a_resource_lives),
    ("data_sources_ephemeral_resources_and_functions", cases::data_sources_ephemeral_resources_and_functions),
    ("an_import_plans_empty_and_writes_its_configuration", cases::an_import_plans_empty_and_writes_its_configuration),
    ("an_object_is_imported_by_identity", cases::an_object_is_imported_by_identity),
    ("an_object_moves_over_from_another_provider", cases::an_object_moves_over_from_another_provider),
    (
        "a_query_finds_objects_and_writes_their_configuration",
        cases::a_query_finds_objects_and_writes_their_configuration,
    ),
];

fn main() -> ExitCode {
    if std::env::var_os("TF_PLUGIN_MAGIC_COOKIE").is_some() {
        return rosa_ecr_provider::run::<notes::Notes>("rosa-ecr/rosa");
    }
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter));
    let failed: Vec<&str> = TESTS
        .iter()
        .filter(|(name, _)| is_wanted(name))
        .filter(|(name, test)| {
            let passed = catch_unwind(test).is_ok();
            println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
            !passed
        })
        .map(|(name, _)| *name)
        .collect();
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("failed: {}", failed.join(", "));
    ExitCode::FAILURE
}
