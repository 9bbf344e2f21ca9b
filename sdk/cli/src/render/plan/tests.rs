use rosa_ecr_engine::{AttributeChange, OutputChange, SECRET, UNKNOWN};
use rosa_ecr_model::Diagnostic;
use serde_json::json;

use super::*;

fn change(attribute: &str, before: Json, after: Json) -> AttributeChange {
    let unknown = after == json!(UNKNOWN);
    let secret = after == json!(SECRET);
    AttributeChange { attribute: attribute.into(), before, after, unknown, replaces: false, secret }
}

fn step(resource: &str, action: Action, changes: Vec<AttributeChange>) -> Step {
    Step {
        resource: resource.into(),
        type_name: "rosa_ecr_repository".into(),
        parent: None,
        action,
        renamed_from: None,
        tainted: false,
        changes,
        depends_on: Vec::new(),
    }
}

fn policy(effect: &str) -> Json {
    let statement = json!({ "Action": ["ecr:Get*", "ecr:Batch*"], "Effect": effect, "Principal": "*" });
    json!(json!({ "Statement": [statement], "Version": "2012-10-17" }).to_string())
}

fn example() -> Plan {
    let name = AttributeChange { replaces: true, ..change("name", json!("a"), json!("b")) };
    let fresh = vec![
        change("arn", json!(null), json!(UNKNOWN)),
        change("name", json!(null), json!("c")),
        change("tags", json!(null), json!({ "Owner": "me" })),
        change("token", json!(null), json!(SECRET)),
        change("url", json!(null), json!(UNKNOWN)),
    ];
    let changed = vec![
        change("policy", policy("Allow"), policy("Deny")),
        change("roles", json!(["one", "two"]), json!(["one", "three"])),
        change("tags", json!({ "a": "1", "b": "2", "c": "3" }), json!({ "a": "1", "b": "3", "d": "4" })),
        change("token", json!(SECRET), json!(SECRET)),
        change("url", json!("x"), json!(UNKNOWN)),
    ];
    let mut renamed = step("new-name", Action::Update, vec![change("days", json!(7), json!(14))]);
    renamed.renamed_from = Some("old-name".into());
    let tainted = Step { tainted: true, ..step("torn", Action::DeleteThenCreate, Vec::new()) };
    let moved = Step { renamed_from: Some("here".into()), ..step("group/there", Action::Keep, Vec::new()) };
    let exported = |value: Json| Exported::new(value, false);
    let output = |name: &str, before: Option<Json>, after: Option<Json>| OutputChange {
        name: name.into(),
        before: before.map(exported),
        after: after.map(exported),
    };
    Plan {
        steps: vec![
            step("group/fresh", Action::Create, fresh),
            step("kept", Action::Keep, Vec::new()),
            step("left", Action::Forget, Vec::new()),
            renamed,
            step("old", Action::Delete, vec![change("name", json!("old"), json!(null))]),
            step("policy", Action::Update, changed),
            step("swapped", Action::DeleteThenCreate, vec![name.clone()]),
            step("renamed", Action::Replace, vec![name]),
            tainted,
            moved,
        ],
        outputs: [
            ("count".into(), exported(json!(3))),
            ("nothing".into(), exported(json!(null))),
            ("role".into(), exported(policy("Allow"))),
            ("same".into(), exported(json!(["a"]))),
            ("url".into(), exported(json!(UNKNOWN))),
        ]
        .into(),
        output_changes: vec![
            output("count", Some(json!(2)), Some(json!(3))),
            output("gone", Some(json!("x")), None),
            output("nothing", None, Some(json!(null))),
            output("role", Some(policy("Deny")), Some(policy("Allow"))),
            output("url", None, Some(json!(UNKNOWN))),
        ],
        diagnostics: Diagnostic::warning("The repository exists already").detail("It is taken over.").into(),
    }
}

#[test]
fn a_plan_reads_like_a_review() {
    let rendered = plan("dev", "dev.state.json", &example());
    insta::assert_snapshot!(anstream::adapter::strip_str(&rendered).to_string());
    assert!(rendered.contains("\x1b["), "it has colours");
}

#[test]
fn what_was_done_and_that_nothing_is_to_do_is_said() {
    let counts = Counts { created: 2, kept: 1, ..Counts::default() };
    let rendered = summary(&counts, true, "");
    assert_eq!(anstream::adapter::strip_str(&rendered).to_string(), "2 created; 1 resource is as declared.");
    let counts = Counts { kept: 2, ..Counts::default() };
    assert_eq!(summary(&counts, false, "to "), "Nothing changes: 2 resources are as declared.");
    assert_eq!(summary(&counts, true, "to "), "Only outputs change; 2 resources are as declared.");
    assert_eq!(summary(&Counts::default(), true, ""), "Only outputs changed.");
}

#[test]
fn texts_of_several_lines_are_shown_line_by_line() {
    let rendered = |before: Json, after: Json| {
        let lines = value::change("file", &before, &after).join("\n");
        anstream::adapter::strip_str(&lines).to_string()
    };
    assert_eq!(rendered(json!(null), json!("a: 1\nb: 2\n")), "+ file\n    a: 1\n    b: 2");
    assert_eq!(rendered(json!("a: 1\nb: 2\n"), json!("a: 1\nb: 3\n")), "~ file\n      a: 1\n    - b: 2\n    + b: 3");
    assert_eq!(rendered(json!(null), json!("one\n")), "+ file = \"one\\n\"");
    assert_eq!(rendered(json!(null), json!("a\n\u{1b}[2J")), "+ file = \"a\\n\\u001b[2J\"");
    assert_eq!(rendered(json!({}), json!([])), "~ file = {} → []");
}
