//! A secret shows nowhere: looked for in everything that a program says and writes, whatever happens.

use std::fs;
use std::path::Path;

use rosa_ecr_tests::{Emulator, Fault, Output, Program};
use serde_json::json;

const TOKEN: &str = "hunter2+hunter2/hunter2==";
const KEY: &str = "wJalrXUtnFEMI/K7MDENG/secretive";
const PASSPHRASE: &str = "correct horse battery";

fn program(emulator: &Emulator) -> Program {
    let mut program = Program::new("secretive", emulator);
    program.env("TOKEN", TOKEN).env("KEY", KEY).env("USER", "tester");
    // Whoever listens to logs listens to all of them.
    program.env("RUST_LOG", "trace").env("AWS_LOG", "trace").env("TF_LOG", "trace").env("RUST_BACKTRACE", "full");
    program
}

#[track_caller]
fn has_no_secret(what: &str, text: &str) {
    let of_token = TOKEN.split(['+', '/']).next().expect("a part");
    for secret in [TOKEN, of_token, KEY, PASSPHRASE] {
        assert!(!text.contains(secret), "{secret} is in {what}:\n{text}");
    }
}

#[track_caller]
fn says_no_secret(output: Output) -> Output {
    has_no_secret("what it said", output.stdout());
    has_no_secret("what it said of errors", output.stderr());
    output
}

/// Everything that a program can do to a stack with secrets, and what can go wrong with it.
fn live(emulator: &Emulator, program: &mut Program, state: impl Fn() -> Vec<(String, String)>) {
    let written = || state().iter().for_each(|(place, text)| has_no_secret(place, text));
    let run = |program: &Program, line: &str| {
        let output = says_no_secret(program.run(&line.split(' ').collect::<Vec<_>>()));
        written();
        output
    };
    run(program, "preview").success().says("(secret)");
    emulator.fault(Fault::denied("CreateRepository"));
    run(program, "up --yes").failure().says("CreateRepository");
    // A killed one has the secret in what is pending.
    emulator.stop_after("CreateRepository");
    let killed = program.spawn(&["up", "--yes"]);
    emulator.wait_for_stop();
    killed.kill();
    says_no_secret(killed.wait().failure());
    emulator.release();
    written();
    if !state().iter().any(|(place, _)| place.contains("state.json")) {
        run(program, "state unlock --yes").success();
    }
    run(program, "up --yes --json").success();
    run(program, "up --yes --expect-no-changes").success();
    for line in
        ["outputs", "outputs --json", "outputs header", "outputs tags", "state list", "state show tools", "graph"]
    {
        run(program, line).success();
    }
    run(program, "state show tools --json").success().says("dev/tools");
    assert_eq!(program.run(&["outputs", "header", "--show-secrets"]).success().stdout(), format!("Bearer {TOKEN}\n"));
    let shown = program.run(&["state", "show", "tools", "--show-secrets"]).success();
    assert_eq!(shown.stdout().matches(TOKEN).count(), 2, "in tags and tags_all: {shown}");
    // What somebody else has made of it is one as well.
    let repositories = emulator.aws().ecr("DescribeRepositories", json!({}));
    let arn = repositories["repositories"][0]["repositoryArn"].clone();
    let tag = json!({ "Key": "Copy", "Value": format!("copy of {TOKEN}") });
    emulator.aws().ecr("TagResource", json!({ "resourceArn": arn, "tags": [tag] }));
    run(program, "preview --refresh").success();
    run(program, "preview --refresh --json").success();
    run(program, "refresh").success();
    run(program, "up --yes").success();
    program.env("PANIC", "1");
    run(program, "preview").code(1).says("A function over outputs panicked").says("secretive.rs:");
    run(program, "up --yes --json").code(1).says("secretive.rs:");
    program.env("PANIC", "");
    run(program, "destroy --yes").success();
    assert!(emulator.aws().inventory().is_empty());
}

/// The files in a directory, by name.
fn files(directory: &Path) -> Vec<(String, String)> {
    let files = fs::read_dir(directory).expect("it is there").map(|file| file.expect("readable").path());
    let text = |path: &Path| String::from_utf8_lossy(&fs::read(path).expect("readable")).into_owned();
    files.map(|path| (path.display().to_string(), text(&path))).collect()
}

#[test]
fn nowhere_with_a_passphrase_and_a_file() {
    let emulator = Emulator::start();
    let mut program = program(&emulator);
    program.env("ROSA_ECR_PASSPHRASE", PASSPHRASE);
    let directory = program.path().to_owned();
    live(&emulator, &mut program, || files(&directory));
}

#[test]
fn nowhere_with_kms_and_s3() {
    let emulator = Emulator::start();
    emulator.aws().bucket("states");
    let key = emulator.aws().kms("CreateKey", json!({}))["KeyMetadata"]["KeyId"].clone();
    emulator.aws().kms("CreateAlias", json!({ "AliasName": "alias/rosa-ecr", "TargetKeyId": key }));
    let mut program = program(&emulator);
    program.env("ROSA_ECR_STATE", "s3://states/secretive.json").env("ROSA_ECR_SECRETS_KEY", "kms://alias/rosa-ecr");
    live(&emulator, &mut program, || emulator.aws().objects("states").into_iter().collect());
    let called: Vec<String> =
        emulator.calls().into_iter().filter(|call| call.service == "kms").map(|c| c.action).collect();
    assert_eq!(
        called.iter().filter(|action| *action == "GenerateDataKey").count(),
        1,
        "one key for the state: {called:?}"
    );
}

#[test]
fn secrets_move_from_a_passphrase_to_kms_and_open_with_their_key_alone() {
    let emulator = Emulator::start();
    let key = emulator.aws().kms("CreateKey", json!({}))["KeyMetadata"]["KeyId"].clone();
    let mut program = program(&emulator);
    program.run(&["up", "--yes"]).code(1).says("There is no key for secrets");
    assert!(emulator.aws().inventory().is_empty() && files(program.path()).is_empty(), "nothing was done");
    program.env("ROSA_ECR_PASSPHRASE", PASSPHRASE);
    program.run(&["up", "--yes"]).success();
    program.env("ROSA_ECR_SECRETS_KEY", &format!("kms://{}", key.as_str().expect("an id")));
    program.run(&["up", "--yes"]).success();
    program.env("ROSA_ECR_PASSPHRASE", "");
    program.assert_empty_preview();
    assert_eq!(program.run(&["outputs", "header", "--show-secrets"]).success().stdout(), format!("Bearer {TOKEN}\n"));
    emulator.fault(Fault::denied("Decrypt").always());
    says_no_secret(program.run(&["preview"])).code(1).says("kms").says("Decrypt");
}
