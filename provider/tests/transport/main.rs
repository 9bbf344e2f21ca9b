//! The provider process as its host sees it: a real process, real sockets, real certificates.
//!
//! This program is the tests and also the plugin that they start: with [`plugin::MARK`] in its environment it serves.
//! So the plugin is never out of date, and needs no binary of its own. It has its own `main` because the usual one
//! prints to stdout before a test runs, and a plugin must not. Arguments that are no flags filter tests by name, as
//! usual.

mod calls;
mod certificates;
mod end;
mod greeting;
mod host;
mod killed;
mod logs;
mod person;
mod plugin;
mod trust;

use std::panic::catch_unwind;
use std::process::ExitCode;

/// A test: its name and itself.
type Test = (&'static str, fn());

/// Pairs functions with their paths.
macro_rules! tests {
    ($($module:ident :: { $($name:ident),* $(,)? }),* $(,)?) => {
        &[$($((concat!(stringify!($module), "::", stringify!($name)), $module::$name as fn())),*),*]
    };
}

const TESTS: &[Test] = tests![
    greeting::{
        a_missing_or_wrong_cookie_is_met_with_an_explanation,
        another_version_is_told_which_one_this_is,
        a_damaged_certificate_ends_it,
        a_directory_that_is_missing_ends_it,
        the_line_says_where_and_how,
        multiplexing_is_declined_when_asked_for,
        the_hosts_socket_directory_is_used,
    },
    trust::{
        the_announced_certificate_connects,
        http_2_is_negotiated,
        another_certificate_is_refused,
        the_certificate_without_its_key_is_refused,
        no_certificate_is_refused,
        plaintext_is_refused,
        a_silent_connection_holds_up_nobody,
    },
    calls::{
        the_plugin_is_healthy,
        health_is_watched_until_the_end,
        output_and_broker_streams_stay_open,
        large_messages_pass,
        a_panic_ends_one_call,
        an_unknown_service_is_unimplemented,
    },
    end::{
        shutdown_ends_it_at_once,
        shutdown_does_not_wait_for_a_call_that_hangs,
        an_interrupt_is_ignored,
        a_termination_cancels_calls_and_waits_for_their_answers,
    },
    killed::{
        a_host_that_is_killed_in_a_call_takes_the_plugin_along,
        a_call_that_hangs_delays_that_by_seconds,
        a_host_that_is_killed_before_it_connects_takes_the_plugin_along,
        a_host_that_hands_the_plugin_over_does_not,
    },
    logs::{
        nothing_is_logged_unless_asked,
        lines_have_the_form_of_hclog,
        a_panic_is_one_line_at_any_level,
    },
    person::{
        flags_print,
        an_unknown_argument_is_named,
        a_source_that_is_none_is_explained_to_the_author,
        a_debugged_plugin_is_attached_to,
    },
];

fn main() -> ExitCode {
    if std::env::var_os(plugin::MARK).is_some() {
        return plugin::main();
    }
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let chosen = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter));
    let (mut run, mut failed) = (0, 0);
    for (name, test) in TESTS.iter().filter(|(name, _)| chosen(name)) {
        run += 1;
        let passed = catch_unwind(test).is_ok();
        failed += usize::from(!passed);
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
    }
    println!("\n{run} tests, {failed} failed");
    if failed == 0 && (run > 0 || !filters.is_empty()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
