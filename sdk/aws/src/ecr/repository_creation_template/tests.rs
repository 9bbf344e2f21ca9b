//! Tests of the template with recorded answers: what is sent, what is taken over, and what is left alone.

use std::sync::Mutex;

use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, Asked, acting, actions, call, identity, request};

const ROLE: &str = "arn:aws:iam::123456789012:role/ecr-templates";
const POLICY: &str =
    r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":["ecr:PutImage","ecr:BatchGetImage"]}]}"#;

fn inputs() -> RepositoryCreationTemplate {
    RepositoryCreationTemplate {
        applied_for: BTreeSet::from(["CREATE_ON_PUSH".to_owned()]),
        image_tag_mutability: "MUTABLE".to_owned(),
        encryption_type: Some("AES256".to_owned()),
        repository_policy: Some(POLICY.to_owned()),
        ..RepositoryCreationTemplate::existing("mirror", Some("us-east-1".to_owned()))
    }
}

/// The template as ECR describes it, made at that second.
fn described(inputs: &RepositoryCreationTemplate, created_at: i64) -> Json {
    // ECR writes policies in its own way.
    let policy = inputs
        .repository_policy
        .as_deref()
        .map(|text| serde_json::to_string_pretty(&serde_json::from_str::<Json>(text).expect("JSON")).expect("JSON"));
    let tags: Vec<Json> =
        inputs.resource_tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    json!({
        "prefix": inputs.prefix,
        "appliedFor": inputs.applied_for,
        "description": inputs.description.clone().unwrap_or_default(),
        "imageTagMutability": inputs.image_tag_mutability,
        "encryptionConfiguration": { "encryptionType": inputs.encryption_type(), "kmsKey": "" },
        "lifecyclePolicy": "",
        "repositoryPolicy": policy,
        "resourceTags": tags,
        "customRoleArn": inputs.custom_role_arn.clone().unwrap_or_default(),
        "createdAt": created_at,
    })
}

/// An ECR that has this template, made at second 1000, for a declaration with the claim `ours`.
fn there(found: Option<RepositoryCreationTemplate>) -> (Call<Aws>, Asked) {
    let found = Mutex::new(found);
    let (aws, asked) = acting(move |form| {
        let mut found = found.lock().expect("no test panics with it");
        let answer = |template: Json| {
            Answer::ok(json!({ "registryId": "123456789012", "repositoryCreationTemplate": template }).to_string())
        };
        match form["Action"].as_str() {
            "GetCallerIdentity" => identity(),
            "CreateRepositoryCreationTemplate" if found.is_some() => {
                Answer::ecr_error("TemplateAlreadyExistsException")
            }
            "CreateRepositoryCreationTemplate" => {
                let made = inputs();
                let template = described(&made, 1000);
                *found = Some(made);
                answer(template)
            }
            "DescribeRepositoryCreationTemplates" => {
                let templates: Vec<Json> = found.iter().map(|found| described(found, 1000)).collect();
                Answer::ok(
                    json!({ "registryId": "123456789012", "repositoryCreationTemplates": templates }).to_string(),
                )
            }
            "UpdateRepositoryCreationTemplate" => {
                let body: Json = serde_json::from_str(&form["Body"]).expect("JSON");
                let changed = found.as_mut().expect("it is there");
                changed.description = body["description"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
                answer(described(changed, 1000))
            }
            _ => answer(json!({})),
        }
    });
    (call(aws).claiming(Some("ours".into())), asked)
}

fn state(inputs: RepositoryCreationTemplate, created_at: &str) -> State<RepositoryCreationTemplate> {
    let outputs = RepositoryCreationTemplateOutputs {
        id: "mirror".to_owned(),
        registry_id: "123456789012".to_owned(),
        created_at: Some(created_at.to_owned()),
        claim: Some("ours".to_owned()),
    };
    State { inputs, outputs }
}

const MADE: &str = "1970-01-01T00:16:40Z";

fn writes(asked: &Asked) -> Vec<String> {
    let is_write = |action: &String| !action.starts_with("Get") && !action.starts_with("Describe");
    actions(asked).into_iter().filter(is_write).collect()
}

fn described_as(text: &str) -> RepositoryCreationTemplate {
    RepositoryCreationTemplate { description: Some(text.to_owned()), ..inputs() }
}

#[tokio::test]
async fn what_is_made_keeps_its_spelling_and_reads_back() {
    let (call, asked) = there(None);
    let made = RepositoryCreationTemplate::create(&call, inputs()).await.expect("made");
    assert_eq!(made, state(inputs(), MADE));
    let sent: Json = serde_json::from_str(&request(&asked, "CreateRepositoryCreationTemplate")["Body"]).expect("JSON");
    assert_eq!(sent["encryptionConfiguration"], json!({ "encryptionType": "AES256" }));
    assert_eq!([&sent["lifecyclePolicy"], &sent["resourceTags"], &sent["description"]], [&Json::Null; 3]);
    assert_eq!(RepositoryCreationTemplate::read(&call, made.clone()).await, Ok(Some(made)));
}

#[tokio::test]
async fn an_update_sends_everything_and_takes_away_with_an_empty_text() {
    let (call, asked) = there(Some(described_as("old")));
    let updated = RepositoryCreationTemplate::update(&call, state(described_as("old"), MADE), inputs()).await;
    assert_eq!(updated.expect("changed"), state(inputs(), MADE));
    let sent: Json = serde_json::from_str(&request(&asked, "UpdateRepositoryCreationTemplate")["Body"]).expect("JSON");
    for taken_away in ["description", "lifecyclePolicy", "customRoleArn"] {
        assert_eq!(sent[taken_away], "", "{taken_away}");
    }
    assert_eq!((&sent["resourceTags"], &sent["imageTagMutability"]), (&json!([]), &json!("MUTABLE")));

    let (call, asked) = there(Some(inputs()));
    let adopting = RepositoryCreationTemplate { adopt_existing: true, ..inputs() };
    RepositoryCreationTemplate::update(&call, state(inputs(), MADE), adopting).await.expect("unchanged");
    assert_eq!(writes(&asked), [""; 0], "ECR knows nothing of it");
}

#[tokio::test]
async fn a_create_takes_what_says_the_same_and_changes_others_only_if_told() {
    let same = RepositoryCreationTemplate {
        repository_policy: Some(
            POLICY.replace(r#""ecr:PutImage","ecr:BatchGetImage""#, r#""ecr:BatchGetImage","ecr:PutImage""#),
        ),
        ..inputs()
    };
    let (call, asked) = there(Some(same));
    let taken = RepositoryCreationTemplate::create(&call, inputs()).await.expect("taken over");
    assert_eq!(taken, state(inputs(), MADE));
    assert!(call.take_warnings().to_string().contains("exists and is taken over"));
    assert_eq!(writes(&asked), ["CreateRepositoryCreationTemplate"]);

    let (call, asked) = there(Some(described_as("theirs")));
    let failure = RepositoryCreationTemplate::create(&call, inputs()).await.expect_err("it is theirs");
    let text = failure.diagnostics.to_string();
    assert!(text.contains("exists already") && text.contains("adopt_existing = true"), "{text}");
    assert_eq!(writes(&asked), ["CreateRepositoryCreationTemplate"], "which was refused");

    let (call, asked) = there(Some(described_as("theirs")));
    let adopting = RepositoryCreationTemplate { adopt_existing: true, ..inputs() };
    let adopted = RepositoryCreationTemplate::create(&call, adopting.clone()).await.expect("adopted");
    assert_eq!(adopted, state(adopting, MADE));
    assert_eq!(writes(&asked), ["CreateRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate"]);
}

#[tokio::test]
async fn a_later_template_is_left_alone() {
    let before = "1970-01-01T00:00:10Z";
    let (call, asked) = there(Some(inputs()));
    assert_eq!(RepositoryCreationTemplate::read(&call, state(inputs(), before)).await, Ok(None));
    RepositoryCreationTemplate::delete(&call, state(inputs(), before)).await.expect("nothing to do");
    assert!(call.take_warnings().to_string().contains("made later under the same name"));
    let failure = RepositoryCreationTemplate::update(&call, state(inputs(), before), described_as("new")).await;
    assert!(failure.expect_err("another one").diagnostics.to_string().contains("is another one by now"));
    assert_eq!(writes(&asked), [""; 0]);
    RepositoryCreationTemplate::delete(&call, state(inputs(), MADE)).await.expect("deleted");
    assert_eq!(writes(&asked), ["DeleteRepositoryCreationTemplate"]);
}

#[tokio::test]
async fn an_update_overwrites_nothing_that_something_else_has_put_since() {
    let (call, asked) = there(Some(described_as("theirs")));
    let failure = RepositoryCreationTemplate::update(&call, state(inputs(), MADE), described_as("ours")).await;
    assert!(failure.expect_err("changed").diagnostics.to_string().contains("was changed meanwhile"));
    assert_eq!(writes(&asked), [""; 0]);
}

#[tokio::test]
async fn a_probe_finds_only_what_says_the_same() {
    let probe = |found| async move { RepositoryCreationTemplate::probe(&there(Some(found)).0, inputs()).await };
    assert!(probe(inputs()).await.expect("readable").is_some());
    assert_eq!(probe(described_as("theirs")).await, Ok(None));
}

fn refusals(inputs: &RepositoryCreationTemplate) -> String {
    let mut report = Diagnostics::new();
    RepositoryCreationTemplate::validate(&inputs.to_partial(), &mut report);
    report.to_string()
}

#[test]
fn tags_and_kms_need_a_role() {
    let tagged =
        RepositoryCreationTemplate { resource_tags: Tags::from([("a".to_owned(), "b".to_owned())]), ..inputs() };
    let kms = RepositoryCreationTemplate { encryption_type: Some("KMS".to_owned()), ..inputs() };
    assert_eq!(refusals(&inputs()), "");
    assert!(refusals(&tagged).contains("resource_tags needs a role"), "{}", refusals(&tagged));
    assert!(refusals(&kms).contains("encryption_type needs a role"), "{}", refusals(&kms));
    for inputs in [tagged, kms] {
        let with_role = RepositoryCreationTemplate { custom_role_arn: Some(ROLE.to_owned()), ..inputs };
        assert_eq!(refusals(&with_role), "");
    }
}

/// The key in the plan of a change between these encryptions, without a key in the configuration.
fn planned_key(from: &str, to: &str) -> Known<Option<String>> {
    let with = |kind: &str| RepositoryCreationTemplate { encryption_type: Some(kind.to_owned()), ..inputs() };
    let mut change = Change {
        prior: Some(state(with(from), MADE)),
        inputs: with(to).to_partial(),
        outputs: Default::default(),
        replace: Vec::new(),
    };
    RepositoryCreationTemplate::plan(&RepositoryCreationTemplateFacts::default(), &mut change, &mut Diagnostics::new());
    change.inputs.kms_key_arn
}

#[test]
fn the_key_that_aws_manages_is_known_after_the_apply() {
    assert_eq!(planned_key("AES256", "KMS"), Known::Later);
    assert_eq!(planned_key("KMS", "AES256"), Known::Now(None));
    assert_eq!(planned_key("KMS", "KMS"), Known::Now(None));
}
