//! Previews, changes, outputs, and what all commands have in common.

use std::fs;

use crate::{BROKEN, LOOKUP, NOTE, NOWHERE, Program, RENAMED, SUFFIX, TOKEN, UNSET};

pub fn preview() {
    let mut program = Program::new();
    program.env(NOTE, "a");
    let told = program.run("preview").code(0).says("group").says("+ one note").says("(known after apply)");
    told.says("password = (secret)").says("2 to create").never_says("hunter2");
    program.run("preview --detailed-exitcode").code(2);
    program.run("preview --target group/one").code(0).says("1 to create");
    program.run("preview --expect-no-changes").code(1).says("There are changes, and none were expected");
    program.run("up --expect-no-changes").code(1).says("There are changes, and none were expected");
    assert!(!program.state().exists(), "nothing was saved");
    assert_eq!(fs::read_dir(program.directory.path()).expect("it is there").count(), 0, "nothing is left on the disk");
}

pub fn once_around() {
    let mut program = Program::new();
    program.env(NOTE, "first").env("ROSA_ECR_PASSPHRASE", "correct horse");
    program.run("up --yes").code(0).says("group/one + created").says("2 created.").never_says("hunter2");
    program.run("up --yes").code(0).says("Nothing changes: 2 resources are as declared.");
    program.run("preview --refresh --detailed-exitcode").code(0);
    program.run("state show group/one").code(0).says("\"password\": \"(secret)\"").never_says("hunter2");

    program.env(NOTE, "second");
    let told = program.run("preview --detailed-exitcode").code(2).says("~ text = \"first\" → \"second\"");
    told.says("1 to update; 1 resource is as declared.");
    program.run("up --yes --json").code(0).never_says("hunter2");

    let file = program.directory.path().join("one.note");
    fs::remove_file(&file).expect("it was made");
    program.run("preview --refresh").code(0).says("group/one is gone").says("1 to create");
    program.run("up --yes").code(0);
    assert_eq!(fs::read_to_string(&file).expect("it is back"), "second");
    program.run("import group/one nothing").code(1);
    program.run("import group/one").code(1).says("import [OPTIONS] <NAME> <ID>").says("--identity");
    program.run("import group/one --identity name").code(1).says("it is no NAME=VALUE");
    program.run("import group/one --identity name=one").code(1).says("in the state already");
    program.run("destroy --yes").code(0).says("2 deleted.");
    assert!(!file.exists());
    program.run("state list").code(0).says("There is nothing in the state.");
}

pub fn approval() {
    let mut program = Program::new();
    program.env(NOTE, "a");
    for command in ["up", "destroy"] {
        program.run(command).code(1).says("There is no terminal to ask for approval").says("--yes");
    }
    let program = Program::new();
    program.run("up --yes").code(0).says("greeting = \"hello\"");
    program.run("preview --detailed-exitcode").code(0);
    program.run("up --expect-no-changes").code(0).says("Nothing to do");
    program.run("refresh").code(0).says("Everything is as the state has it.");
    program.run("destroy --yes").code(0);
}

pub fn outputs() {
    let program = Program::new();
    program.run("outputs").code(0).says("There are no outputs.");
    program.run("up --yes").code(0);
    assert_eq!(program.run("outputs greeting").code(0).stdout, "hello\n");
    assert_eq!(program.run("outputs greeting --json").code(0).stdout, "\"hello\"\n");
    assert_eq!(program.run("outputs --json").code(0).stdout, "{\"greeting\":\"hello\"}\n");
    assert_eq!(program.run("outputs").code(0).stdout, "Outputs\n  greeting = \"hello\"\n");
    program.run("outputs nothing").code(1).says("There is no output \"nothing\"").says("greeting");
}

pub fn output_changes() {
    let mut program = Program::new();
    program.run("preview --detailed-exitcode").code(2).says("+ greeting = \"hello\"").says("Only outputs change.");
    program.run("up --expect-no-changes").code(0).says("Only outputs changed.");
    program.run("preview --detailed-exitcode").code(0).says("    greeting = \"hello\"").says("Nothing to do");
    program.env(TOKEN, "hunter2-hunter2").env("ROSA_ECR_PASSPHRASE", "correct horse");
    program.run("preview --detailed-exitcode").code(2).says("+ token = (secret)");
    program.run("up --yes").code(0);
    program.run("preview --detailed-exitcode").code(0);
    program.env(TOKEN, "hunter3-hunter3");
    program.run("preview --detailed-exitcode").code(2).says("~ token = (secret) changes").never_says("hunter");
    let plan = program.run("preview --json").code(0).objects().pop().expect("an event");
    assert_eq!(plan["outputs"]["greeting"]["value"], "hello", "{plan}");
    assert_eq!(plan["output_changes"][0]["name"], "token", "{plan}");
    program.run("preview --destroy --detailed-exitcode").code(2).says("- greeting = \"hello\"");
    program.run("destroy --yes").code(0);
    program.run("preview --destroy --detailed-exitcode").code(0);
}

pub fn events() {
    let mut program = Program::new();
    program.env(NOTE, "a");
    let named = |ended: &crate::Ended, name: &str| ended.objects().iter().filter(|o| o["event"] == name).count();
    let preview = program.run("preview --json").code(0);
    assert_eq!((named(&preview, "planned"), named(&preview, "plan")), (2, 1), "{preview}");
    let failed = program.run("up --json --expect-no-changes").code(1);
    let last = failed.objects().pop().expect("an error");
    assert_eq!((last["event"].as_str(), last["severity"].as_str()), (Some("diagnostic"), Some("error")), "{failed}");
    assert!(failed.stderr.is_empty(), "{failed}");
    let done = Program::new().run("up --json --yes").code(0);
    assert_eq!(done.objects().pop().expect("an event")["outputs"]["greeting"]["value"], "hello", "{done}");
}

pub fn renamed() {
    let mut program = Program::new();
    program.env(NOTE, "a").env("ROSA_ECR_PASSPHRASE", "correct horse");
    program.run("up --yes").code(0);
    program.env(RENAMED, "team");
    let told = program.run("preview --detailed-exitcode").code(0).says("▸ team").says("one note  was called group/one");
    told.says("Nothing changes: 2 resources are as declared.");
    let told = program.run("up --yes").code(0);
    assert_eq!(told.stdout.matches("team/one was called group/one").count(), 1, "{told}");
    program.run("state list").code(0).says("team/one").never_says("group/one");
    program.run("up --yes").code(0).never_says("was called");
}

pub fn every_command_for_machines() {
    let mut program = Program::new();
    program.env(NOTE, "a").env("ROSA_ECR_PASSPHRASE", "correct horse");
    for (line, code) in [
        ("preview", 0),
        ("up", 1),
        ("up --yes", 0),
        ("refresh", 0),
        ("outputs", 0),
        ("outputs nothing", 1),
        ("import group/one x", 1),
        ("state list", 0),
        ("state show group/one", 0),
        ("state unlock --yes", 0),
        ("state forget group/one --yes", 0),
        ("graph", 0),
        ("graph --format svg", 0),
        ("destroy --yes", 0),
        ("upp", 1),
        ("up --parallel 0", 1),
        ("", 1),
    ] {
        let told = program.run(format!("--json {line}").trim_end()).code(code);
        assert!(!told.stdout.is_empty() && told.stderr.is_empty(), "{told}");
        assert!(told.objects().iter().all(|object| object.is_object()), "{told}");
        if code == 1 {
            assert_eq!(told.objects().last().expect("an object")["severity"], "error", "{told}");
        }
    }
}

pub fn colours() {
    let mut program = Program::new();
    program.env(NOTE, "a");
    program.run("preview").code(0).never_says("\x1b");
    program.env("CLICOLOR_FORCE", "1");
    program.run("preview").code(0).says("\x1b[");
    program.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "0");
    program.run("preview").code(0).never_says("\x1b");
}

pub fn mistakes() {
    let program = Program::new();
    program.run("up --parallel 0").code(1).says("--parallel");
    program.run("upp").code(1).says("up");
    program.run("--help").code(0).says("preview").says("Exit codes");
    program.run("preview --state ftp://x").code(1).says("This is no place for a state").says("s3://bucket/key");
    program.run("preview --state s3://bucket").code(1).says("it has no key behind the bucket");
    program.run("state show nothing").code(1).says("state list");
}

pub fn near_names() {
    let mut program = Program::new();
    program.env(NOTE, "a").env("ROSA_ECR_PASSPHRASE", "correct horse");
    program.run("preview --target grup").code(1).says("Did you mean \"group\"?").says("group/one, group/other");
    program.run("preview --target group/on").code(1).says("Did you mean \"group/one\"?");
    program.run("import group/onr x").code(1).says("Did you mean \"group/one\"?");
    program.run("state show group/one").code(1).says("There are none.").says("state list");
    program.run("up --yes").code(0);
    program.run("state show group/onr").code(1).says("Did you mean \"group/one\"?");
    program.run("state forget group/onr --yes").code(1).says("Did you mean \"group/one\"?");
    program.run("outputs greetin").code(1).says("Did you mean \"greeting\"?");
}

pub fn failing_program() {
    let mut program = Program::new();
    program.env(UNSET, "NOT_THERE");
    let told = program.run("preview").code(1).says("The program failed").says("environment variable not found");
    told.says("tests/cli/main.rs:").says("Set the environment variable");
    program.run("state list").code(0);
}

pub fn errors_once() {
    let mut program = Program::new();
    program.env(LOOKUP, "missing");
    let told = program.run("preview").code(1);
    assert_eq!(
        (told.stderr.matches("There is no file").count(), told.stdout.matches("no file").count()),
        (1, 0),
        "{told}"
    );
    let told = program.run("preview --json").code(1);
    let errors = told.objects().into_iter().filter(|object| object["event"] == "diagnostic");
    assert_eq!(errors.map(|error| error["resource"].clone()).collect::<Vec<_>>(), ["found"], "{told}");
}

pub fn failures() {
    let mut program = Program::new();
    program.env(NOWHERE, "a");
    let told = program.run("up --yes").code(1).says("1 failed, 1 skipped.");
    assert_eq!(
        (told.stderr.matches("Cannot write").count(), told.stdout.matches("Cannot write").count()),
        (1, 0),
        "{told}"
    );
}

pub fn graph() {
    let mut program = Program::new();
    program.env(NOTE, "a");
    program.run("graph").code(0).says("\"group/other\" -> \"group/one\";");
    program.run("graph --format mermaid").code(0).says("flowchart LR").says("n1 --> n0");
    program.run("graph --format svg").code(0).says("<svg ").says("group/one").says("</svg>");
    program.env(SUFFIX, "1");
    program.run("graph").code(0).says("\"group/late\" -> \"group/one\";");
}

pub fn lookups() {
    let mut program = Program::new();
    let file = program.directory.path().join("there.note");
    fs::write(&file, "hello").expect("a new file");
    program.env(LOOKUP, "there").env("ROSA_ECR_PASSPHRASE", "correct horse");
    let told = program.run("preview --detailed-exitcode").code(2).says("✓ found ← read").says("+ found = \"hello\"");
    told.says("Only outputs change.").never_says("reading");

    program.env(NOTE, "a");
    let told = program.run("preview").code(0).says("← found note  read during up").says("found = (known after apply)");
    told.says("2 to create.").never_says("✓ found");
    program.run("graph").code(0).says("found\\ndata note").says("\"found\" -> \"group/other\";");
    program.run("up --yes").code(0).says("✓ found ← read").says("found = \"hello\"").says("2 created.");
    program.run("up --yes --expect-no-changes").code(0).says("✓ found ← read");
    program.run("state list").code(0).says("group/one").never_says("found");

    fs::remove_file(&file).expect("it is there");
    let told = program.run("preview").code(1).says("✗ found failed reading").says("There is no file there.note");
    told.says("It is looked up at").says("main.rs:");
    program.run("destroy --yes").code(0).says("2 deleted.");
}

pub fn panic() {
    let mut program = Program::new();
    program.env(BROKEN, "1");
    for line in ["preview", "up --yes"] {
        let told = program.run(line).code(1).says("The program panicked while it declared its stack");
        told.says("main.rs:").says("nothing can be declared");
    }
    program.run("state list").code(0).says("There is nothing in the state");
}
