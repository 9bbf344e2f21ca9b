//! A secret shows nowhere.

use std::fs;

use crate::{NOTE, PANIC, Program, TOKEN};

const SECRET: &str = "hunter2-hunter2";

pub fn nowhere() {
    let mut program = Program::new();
    program.env(TOKEN, SECRET);
    let refused = program.run("up --yes").code(1);
    refused.says("There is no key for secrets").says("ROSA_ECR_PASSPHRASE").never_says(SECRET);
    let mut with_note = Program::new();
    with_note.env(NOTE, "a").run("up --yes").code(1).says("There is no key for secrets").says("resource/group/one");
    assert_eq!(fs::read_dir(with_note.directory.path()).expect("it is there").count(), 0, "nothing was made");

    program.env("ROSA_ECR_PASSPHRASE", "correct horse");
    for line in ["preview", "up --yes", "up --yes --json", "preview --json", "outputs", "outputs --json", "state list"]
    {
        program.run(line).code(0).never_says(SECRET);
    }
    program.run("outputs").code(0).says("token = (secret)").says("greeting");
    assert_eq!(program.run("outputs token --show-secrets").code(0).stdout, format!("{SECRET}\n"));
    for file in fs::read_dir(program.directory.path()).expect("it is there") {
        let file = file.expect("readable").path();
        let text = String::from_utf8_lossy(&fs::read(&file).expect("readable")).into_owned();
        assert!(!text.contains(SECRET) && !text.contains("correct horse"), "{}:\n{text}", file.display());
    }
}

pub fn panics() {
    let mut program = Program::new();
    program.env(TOKEN, SECRET).env(PANIC, "1").env("ROSA_ECR_PASSPHRASE", "correct horse").env("RUST_BACKTRACE", "1");
    for line in ["preview", "up --yes", "up --yes --json"] {
        program.run(line).code(1).says("A function over outputs panicked").says("main.rs:").never_says(SECRET);
    }
    program.run("state list").code(0).says("There is nothing in the state");
}

pub fn wrong_passphrase() {
    let mut program = Program::new();
    program.env(TOKEN, SECRET).env("ROSA_ECR_PASSPHRASE", "correct horse");
    program.run("up --yes").code(0);
    program.env("ROSA_ECR_PASSPHRASE", "wrong");
    for line in ["preview", "up --yes", "outputs", "destroy --yes"] {
        program.run(line).code(1).says("The secrets do not open").says("ROSA_ECR_PASSPHRASE").never_says(SECRET);
    }
    program.env("ROSA_ECR_PASSPHRASE", "");
    program.run("preview").code(1).says("There is no key for secrets");
}
