//! The state's commands.

use std::fs;
use std::sync::Arc;

use rosa_ecr_model::{Resolved, Value};
use rosa_ecr_state::{Contents, Document, LocalBackend, Pending, PendingOperation, ResourceState, Store};
use serde_json::json;

use crate::Program;

fn store(program: &Program) -> Store {
    Store::new("dev", Arc::new(LocalBackend::new(program.state())))
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(work)
}

pub fn locked() {
    let program = Program::new();
    program.run("state unlock").code(0).says("The lock is free.");
    let (session, _) = wait(store(&program).lock("up")).expect("free");
    let process = format!("(process {}, up) since 20", std::process::id());
    for line in ["up --yes", "destroy --yes", "refresh"] {
        program.run(line).code(1).says("The state is locked").says(&process).says("state unlock");
    }
    program.run("preview").code(0);
    program.run("state unlock").code(1).says("has the lock").says("--yes");
    let refused = program.run("state unlock --json").code(1).objects();
    assert_eq!(refused[0]["severity"], "error");
    program.run("state unlock --yes").code(0).says("The lock is free now.");
    program.run("up --yes").code(0);
    let lost = wait(session.save(&mut Document::new("dev"))).expect_err("it was taken away");
    assert!(lost.to_string().contains("was lost"), "{lost}");
}

pub fn wrong_places() {
    let mut program = Program::new();
    program.env("HOME", "/nowhere").env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_MAX_ATTEMPTS", "1");
    for (line, told) in [
        ("preview --state=", "\"\": it is empty"),
        ("preview --state s3:/bucket/key", "two slashes"),
        ("preview --state file:///x", "there is no place called file"),
        ("preview --state s3://bucket/key", "There is no region"),
    ] {
        program.run(line).code(1).says(told);
    }
    program.env("AWS_REGION", "us-east-1");
    let told = program.run("preview --state s3://bucket/key").code(1).says("No AWS credentials were found");
    told.says("Set AWS_PROFILE").never_says("ProviderAttempt");
    program.env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "b");
    program.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let told = program.run("preview --state s3://bucket/key").code(1).says("S3 cannot be reached");
    told.says("AWS_ENDPOINT_URL").never_says("DispatchFailure");
    program.env("ROSA_ECR_STATE", "").run("preview").code(1).says("it is empty");
}

pub fn damaged() {
    let program = Program::new();
    wait(async {
        let mut document = Document::new("dev");
        for _ in 0..2 {
            let (session, _) = store(&program).lock("up").await.expect("free");
            session.save(&mut document).await.expect("saved");
            session.release().await.expect("released");
        }
    });
    let sound = fs::read_to_string(program.state()).expect("it was saved");
    fs::write(program.state(), &sound[..sound.len() / 2]).expect("the directory is ours");
    for line in ["preview", "up --yes", "state list"] {
        program.run(line).code(1).says("The state is damaged").says("dev.state.json.backup.1 is sound").says("`cp ");
    }
    fs::copy(program.directory.path().join("dev.state.json.backup.1"), program.state()).expect("copied");
    program.run("up --yes").code(0);
}

fn resource(name: &str) -> ResourceState {
    ResourceState {
        name: name.into(),
        type_name: "thing".into(),
        provider: "things".into(),
        schema_version: 0,
        state: Contents::new(&Resolved::plain(Value::map([("name", "a".into())]))),
        private: Vec::new(),
        tainted: false,
        dependencies: Default::default(),
        parent: None,
        options: Default::default(),
    }
}

fn save(program: &Program, mut document: Document) {
    wait(async {
        let (session, _) = store(program).lock("up").await.expect("free");
        session.save(&mut document).await.expect("saved");
        session.release().await.expect("released");
    });
}

pub fn forgotten() {
    let program = Program::new();
    let mut document = Document::new("dev");
    document.resources.insert("one".into(), resource("one"));
    save(&program, document);
    assert_eq!(program.run("state list").code(0).stdout, "one  thing\n");
    program.run("state show one").code(0).says("one thing (provider things)").says("\"name\": \"a\"");
    assert_eq!(program.run("state list --json").code(0).objects()[0]["type"], "thing");
    program.run("state forget one").code(1).says("--yes");
    program.run("state forget other --yes").code(1).says("The state has no \"other\"");
    program.run("state forget one --yes").code(0).says("one is forgotten");
    program.run("state list").code(0).says("There is nothing in the state.");
}

pub fn leftovers() {
    let program = Program::new();
    let pending = |resource: &str, operation| Pending {
        operation,
        resource: resource.into(),
        type_name: "thing".into(),
        provider: "things".into(),
        planned: Contents::new(&Resolved::plain(Value::map([("name", "a".into())]))),
        started_at: time::OffsetDateTime::UNIX_EPOCH,
    };
    let mut document = Document::new("dev");
    document.resources.insert("One".into(), resource("One"));
    document.deposed = vec![resource("One"), resource("Gone")];
    document.pending = vec![pending("New", PendingOperation::Create), pending("One", PendingOperation::Replace)];
    save(&program, document);
    let listed = "One   thing\n\
                  One   thing, replaced and still to be deleted\n\
                  Gone  thing, replaced and still to be deleted\n\
                  New: an interrupted run did not see the end of its create\n\
                  One: an interrupted run did not see the end of its replacement\n";
    assert_eq!(program.run("state list").code(0).stdout, listed);
    let objects = program.run("state list --json").code(0).objects();
    let told: Vec<_> = objects.iter().map(|object| (&object["name"], &object["deposed"], &object["pending"])).collect();
    assert_eq!((told.len(), told[1], told[3].2), (5, (&json!("One"), &json!(true), &json!(null)), &json!("create")));

    program.run("state forget Other --pending --yes").code(1).says("The state has no pending operation on \"Other\"");
    program.run("state forget One --deposed --yes").code(0).says("what was replaced of One is forgotten");
    program.run("state list").code(0).says("One   thing\nGone").says("One: an interrupted run");
    program.run("state forget One --pending --yes").code(0).says("the pending replacement of One is forgotten");
    program.run("state forget New --yes").code(0).says("the pending create of New is forgotten");
    let forgotten = program.run("state forget Gone --yes --json").code(0).objects();
    assert_eq!(forgotten, [json!({ "event": "forgotten", "resource": "Gone" })]);
    assert_eq!(program.run("state list").code(0).stdout, "One  thing\n");
}
