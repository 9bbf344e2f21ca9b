//! Real programs that are sent real signals.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rosa_ecr_tests::{Emulator, Fault, Output, Program, Running, run_python};

/// What there is when `parts` is up.
const WHOLE: [&str; 5] = [
    "inline policy dev-push/rosa-ecr-push",
    "lifecycle policy dev/tools",
    "repository dev/tools",
    "repository policy dev/tools",
    "role dev-push",
];

/// What a program is asked to end with.
type Ask = fn(&Running);

/// The example `parts` in an AWS in which nothing is stale: what a probe looks for a moment later is there.
fn scene() -> (Emulator, Program) {
    let emulator = Emulator::start();
    emulator.settings(serde_json::json!({ "stale_ms": 0 }));
    let program = Program::new("parts", &emulator);
    (emulator, program)
}

/// An `up` in the middle of `CreateRepository`, which has done its work and does not answer.
fn in_the_middle(emulator: &Emulator, program: &Program) -> Running {
    emulator.clear_calls();
    emulator.hold_after("CreateRepository");
    let up = program.spawn(&["up", "--yes", "--parallel", "1"]);
    emulator.wait_for_stop();
    up
}

/// Time for a signal to be heard.
fn moment() {
    thread::sleep(Duration::from_millis(300));
}

/// The next `up` has everything once, and then there is nothing left to do.
fn converges(emulator: &Emulator, program: &Program) -> Output {
    let up = program.run(&["up", "--yes"]).success();
    assert_eq!(emulator.aws().inventory(), WHOLE);
    program.assert_empty_preview();
    program.run(&["state", "unlock"]).success().says("The lock is free.");
    up
}

#[test]
fn the_first_lets_what_runs_finish_and_starts_nothing_new() {
    for ask in [Running::interrupt as Ask, Running::terminate] {
        let (emulator, program) = scene();
        let up = in_the_middle(&emulator, &program);
        ask(&up);
        moment();
        emulator.release();
        let ended = up.wait().code(1).says("images/repository + created");
        ended.says("The run was stopped before its end").says("Not begun: ").says("images/lifecycle");
        assert_eq!(emulator.writes(), ["CreateRepository"]);
        program.run(&["state", "list"]).success().says("images/repository").never_says("interrupted run");
        converges(&emulator, &program).never_says("interrupted run");
    }
}

#[test]
fn the_second_does_not_wait_and_leaves_what_is_pending() {
    for (first, second) in
        [(Running::interrupt as Ask, Running::interrupt as Ask), (Running::terminate, Running::interrupt)]
    {
        let (emulator, program) = scene();
        let up = in_the_middle(&emulator, &program);
        first(&up);
        moment();
        let begun = Instant::now();
        second(&up);
        let ended = up.wait().code(1);
        assert!(begun.elapsed() < Duration::from_secs(9), "{ended}");
        ended.says("The create of images/repository was stopped in the middle").says("it is pending");
        program
            .run(&["state", "list"])
            .success()
            .says("images/repository: an interrupted run did not see the end of its create");
        program.run(&["state", "unlock"]).success().says("The lock is free.");
        emulator.release();
        converges(&emulator, &program).says("images/repository had been made by an interrupted run, and is taken");
    }
}

#[test]
fn the_third_ends_the_process_at_once() {
    let (emulator, program) = scene();
    let up = in_the_middle(&emulator, &program);
    let begun = Instant::now();
    for _ in 0..3 {
        up.interrupt();
        moment();
    }
    let ended = up.wait().failure();
    assert!(begun.elapsed() < Duration::from_secs(4), "{ended}");
    emulator.release();
    converges(&emulator, &program);
}

#[test]
fn a_state_that_is_not_answered_for_does_not_hold_the_third_up() {
    let (emulator, mut program) = scene();
    emulator.aws().bucket("states");
    program.env("ROSA_ECR_STATE", "s3://states/parts.json");
    // The lock is taken, and the first save hangs.
    emulator.fault(Fault::hang("PutObject", Duration::from_secs(60)).after(1).always());
    let up = program.spawn(&["up", "--yes"]);
    while emulator.writes().iter().filter(|write| *write == "PutObject").count() < 2 {
        thread::sleep(Duration::from_millis(20));
    }
    let begun = Instant::now();
    for _ in 0..3 {
        up.interrupt();
        moment();
    }
    let ended = up.wait().code(130);
    assert!(begun.elapsed() < Duration::from_secs(4), "{ended}");
}

#[test]
fn a_preview_that_is_stopped_writes_nothing() {
    for signals in [1, 2] {
        let (emulator, program) = scene();
        emulator.clear_calls();
        emulator.fault(
            Fault::latency("*", Duration::from_secs(if signals == 1 { 2 } else { 60 })).of_service("ecr").always(),
        );
        let preview = program.spawn(&["preview"]);
        while emulator.calls().iter().all(|call| call.service != "ecr") {
            thread::sleep(Duration::from_millis(20));
        }
        for _ in 0..signals {
            preview.interrupt();
            moment();
        }
        let begun = Instant::now();
        let ended = preview.wait().code(1).says("The run was stopped before its end").says("Nothing was changed");
        assert!(begun.elapsed() < Duration::from_secs(9), "{ended}");
        assert_eq!(emulator.writes(), [""; 0]);
        assert_eq!(fs::read_dir(program.path()).expect("it is there").count(), 0, "nothing is left on the disk");
    }
}

/// A terminal in which somebody presses Ctrl-C where an answer is waited for. Prints what was seen, and ends as it did.
const TERMINAL: &str = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(sys.argv[1])
    os.execvpe(sys.argv[2], [sys.argv[2], "up"], dict(pair.split("=", 1) for pair in sys.argv[3:]))
seen = b""
while True:
    try:
        read = os.read(terminal, 4096)
    except OSError:
        break
    asked, seen = b"is accepted" in seen, seen + read
    if not asked and b"is accepted" in seen:
        os.write(terminal, b"\x03")
    if not read:
        break
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

#[test]
fn an_interrupt_at_the_question_is_a_no() {
    let (emulator, program) = scene();
    emulator.clear_calls();
    let (binary, environment) = program.command();
    let pairs: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let directory = program.path().to_str().expect("a plain path");
    let mut arguments = vec!["-c", TERMINAL, directory, binary.to_str().expect("a plain path")];
    arguments.extend(pairs.iter().map(String::as_str));
    let ended = run_python(&arguments, Duration::from_secs(60)).code(1);
    ended.says("Do this?").says("The run was stopped before its end").says("Nothing was changed");
    assert_eq!(emulator.writes(), [""; 0]);
    program.run(&["state", "unlock"]).success().says("The lock is free.");
    converges(&emulator, &program);
}
