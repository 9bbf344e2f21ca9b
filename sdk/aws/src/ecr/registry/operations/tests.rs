use std::sync::{Arc, Mutex};

use rosa_ecr_model::Resource as _;
use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, Asked, acting, actions, call as calling, identity};
use crate::ecr::registry::{AccountSetting, RegistryPolicy, RegistryScanning};

const ACCOUNT: &str = "123456789012";

/// The policy that a registry has; tests put others there by hand.
type Registry = Arc<Mutex<Option<String>>>;

fn policy(action: &str) -> String {
    let principal = json!({ "AWS": "arn:aws:iam::210987654321:root" });
    let statement = json!({ "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

/// An AWS whose registry has that policy.
fn registry(policy: Option<String>) -> (Call<Aws>, Registry, Asked) {
    let registry = Registry::new(Mutex::new(policy));
    let there = registry.clone();
    let (aws, asked) = acting(move |form| {
        let mut there = there.lock().expect("no test panics with it");
        match form["Action"].as_str() {
            "GetCallerIdentity" => identity(),
            "GetRegistryPolicy" => match &*there {
                Some(text) => Answer::ok(json!({ "registryId": ACCOUNT, "policyText": text }).to_string()),
                None => Answer::ecr_error("RegistryPolicyNotFoundException"),
            },
            "PutRegistryPolicy" => {
                let body: Json = serde_json::from_str(&form["Body"]).expect("JSON");
                *there = body["policyText"].as_str().map(str::to_owned);
                Answer::ok("{}")
            }
            "DeleteRegistryPolicy" => {
                *there = None;
                Answer::ok("{}")
            }
            other => panic!("{other} was not expected"),
        }
    });
    (calling(aws), registry, asked)
}

fn there(registry: &Registry) -> Option<String> {
    registry.lock().expect("no test panics with it").clone()
}

fn wanted(action: &str, adopt_existing: bool) -> RegistryPolicy {
    RegistryPolicy {
        policy: policy(action),
        adopt_existing,
        replaced: None,
        region: Some("us-east-1".to_owned()),
        timeouts: None,
    }
}

/// The plan of a create: its inputs and what it reports.
async fn planned(call: &Call<Aws>, inputs: &RegistryPolicy, is_replaced_open: bool) -> (Known<Option<String>>, String) {
    use rosa_ecr_model::Attributes as _;
    let mut partial = inputs.to_partial();
    if is_replaced_open {
        partial.replaced = Known::Later;
    }
    let facts = RegistryPolicy::survey(call, Intent::Create(&partial)).await.expect("facts");
    let mut change = Change { prior: None, inputs: partial, outputs: rosa_ecr_outputs(), replace: Vec::new() };
    let mut report = Diagnostics::new();
    RegistryPolicy::plan(&facts, &mut change, &mut report);
    assert_eq!(change.outputs.id, Known::Now(ACCOUNT.to_owned()));
    assert_eq!(change.outputs.digest, Known::Now(Some(inputs.content().digest())));
    (change.inputs.replaced, report.to_string())
}

fn rosa_ecr_outputs() -> <RegistrySettingOutputs as rosa_ecr_model::Attributes>::Partial {
    Default::default()
}

#[tokio::test]
async fn an_empty_registry_gets_it_and_a_destroy_takes_it_away() {
    let (call, registry, _) = registry(None);
    let inputs = wanted("ecr:ReplicateImage", false);
    assert_eq!(planned(&call, &inputs, true).await, (Known::Now(None), String::new()));
    let state = RegistryPolicy::create(&call, inputs).await.expect("created");
    assert_eq!((state.outputs.id.as_str(), &state.inputs.replaced), (ACCOUNT, &None));
    assert!(there(&registry).is_some());
    RegistryPolicy::delete(&call, state).await.expect("deleted");
    assert_eq!(there(&registry), None);
}

#[tokio::test]
async fn what_something_else_has_put_is_never_replaced_unasked() {
    let foreign = policy("ecr:CreateRepository");
    let (call, registry, asked) = registry(Some(foreign.clone()));
    let inputs = wanted("ecr:ReplicateImage", false);
    let (_, report) = planned(&call, &inputs, true).await;
    for part in [
        "already",
        "ecr:CreateRepository",
        "terraform import rosa_ecr_registry_policy.<name> 123456789012",
        "adopt_existing = true",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let refused = RegistryPolicy::create(&call, inputs).await.expect_err("it is taken");
    assert!(refused.diagnostics.to_string().contains("already"), "{}", refused.diagnostics);
    assert_eq!(there(&registry), Some(foreign));
    assert!(actions(&asked).iter().all(|action| action.starts_with("Get")));
}

#[tokio::test]
async fn an_adoption_is_put_back() {
    let foreign = policy("ecr:CreateRepository");
    let (call, registry, _) = registry(Some(foreign.clone()));
    let inputs = wanted("ecr:ReplicateImage", true);
    let (replaced, report) = planned(&call, &inputs, true).await;
    assert_eq!(replaced, Known::Now(Some(foreign.clone())));
    assert!(
        report.starts_with("warning: The policy of the account's ECR registry in us-east-1 is replaced"),
        "{report}"
    );
    let planned = RegistryPolicy { replaced: Some(foreign.clone()), ..inputs };
    let state = RegistryPolicy::create(&call, planned).await.expect("created");
    assert_ne!(there(&registry), Some(foreign.clone()));
    assert_eq!(state.inputs.replaced, Some(foreign.clone()));
    RegistryPolicy::delete(&call, state.clone()).await.expect("deleted");
    assert_eq!(there(&registry), Some(foreign.clone()));
    RegistryPolicy::delete(&call, state).await.expect("nothing is left to do");
    assert_eq!((there(&registry), call.take_warnings().is_empty()), (Some(foreign), true));
}

#[tokio::test]
async fn only_what_the_plan_has_seen_is_replaced() {
    let (call, registry, _) = registry(Some(policy("ecr:CreateRepository")));
    let seen = RegistryPolicy { replaced: Some(policy("ecr:PutImage")), ..wanted("ecr:ReplicateImage", true) };
    let (_, report) = planned(&call, &seen, false).await;
    assert!(report.contains("is not what `replaced` says"), "{report}");
    let refused = RegistryPolicy::create(&call, seen.clone()).await.expect_err("it is another one");
    assert!(refused.diagnostics.to_string().contains("changed meanwhile"), "{}", refused.diagnostics);
    *registry.lock().expect("no test panics with it") = None;
    let refused = RegistryPolicy::create(&call, seen).await.expect_err("it has gone");
    assert!(refused.diagnostics.to_string().contains("changed meanwhile"), "{}", refused.diagnostics);
    assert_eq!(there(&registry), None);
}

#[tokio::test]
async fn what_is_there_already_is_taken_over() {
    let (call, registry, asked) = registry(Some(policy("ecr:ReplicateImage").replace(":\"Allow", ": \"Allow")));
    let inputs = wanted("ecr:ReplicateImage", false);
    let (replaced, report) = planned(&call, &inputs, true).await;
    assert_eq!(replaced, Known::Now(None));
    assert!(report.contains("exists and is taken over") && report.contains("unless `replaced`"), "{report}");
    // After an interrupted adoption, a person knows from its plan what was there.
    let before = policy("ecr:CreateRepository");
    let state = RegistryPolicy { replaced: Some(before.clone()), ..inputs.clone() };
    let state = RegistryPolicy::create(&call, state).await.expect("taken over");
    assert!(!actions(&asked).contains(&"PutRegistryPolicy".to_owned()));
    RegistryPolicy::delete(&call, state).await.expect("deleted");
    assert_eq!(there(&registry), Some(before));
    // A Rust program has what was planned.
    *registry.lock().expect("no test panics with it") = Some(inputs.policy.clone());
    let pending = RegistryPolicy { replaced: Some(policy("ecr:PutImage")), ..inputs };
    let found = RegistryPolicy::probe(&call, pending.clone()).await.expect("readable").expect("it was put");
    assert_eq!(found.inputs.replaced, pending.replaced);
}

#[tokio::test]
async fn what_was_changed_meanwhile_is_left_alone() {
    let (call, registry, _) = registry(None);
    let state = RegistryPolicy::create(&call, wanted("ecr:ReplicateImage", false)).await.expect("created");
    let foreign = policy("ecr:CreateRepository");
    *registry.lock().expect("no test panics with it") = Some(foreign.clone());
    let refused = RegistryPolicy::update(&call, state.clone(), wanted("ecr:PutImage", false)).await;
    let refused = refused.expect_err("it is another one").diagnostics.to_string();
    assert!(refused.contains("changed meanwhile"), "{refused}");
    // A destroy reads before it deletes: the state then says what is there, and still that this resource has not put it.
    let read = RegistryPolicy::read(&call, state).await.expect("readable").expect("there");
    assert_eq!(read.inputs.policy, foreign);
    RegistryPolicy::delete(&call, read).await.expect("let go");
    assert_eq!(there(&registry), Some(foreign));
    assert!(call.take_warnings().to_string().contains("was not changed back"));
}

#[tokio::test]
async fn an_import_takes_it_as_it_is() {
    let (call, registry, _) = registry(Some(policy("ecr:ReplicateImage")));
    let state = RegistryPolicy::import(&call, ACCOUNT).await.expect("imported");
    assert_eq!(state.outputs.registry_id, ACCOUNT);
    let changed = RegistryPolicy::update(&call, state, wanted("ecr:PutImage", false)).await.expect("changed");
    RegistryPolicy::delete(&call, changed).await.expect("deleted");
    assert_eq!(there(&registry), None);
    let nothing = RegistryPolicy::import(&call, ACCOUNT).await.expect_err("there is none").to_string();
    assert!(nothing.contains("There is no policy of the account's ECR registry in us-east-1"), "{nothing}");
}

/// An AWS that answers this to that action, and takes everything that is put.
fn answering(action: &'static str, answer: Json) -> (Call<Aws>, Asked) {
    let (aws, asked) = acting(move |form| match form["Action"].as_str() {
        "GetCallerIdentity" => identity(),
        asked if asked == action => Answer::ok(answer.to_string()),
        _ => Answer::ok("{}"),
    });
    (calling(aws), asked)
}

#[tokio::test]
async fn a_destroy_of_scanning_puts_basic_scanning_without_rules() {
    let filter = json!({ "filter": "*", "filterType": "WILDCARD" });
    let rule = json!({ "scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [filter] });
    let found = json!({ "registryId": ACCOUNT, "scanningConfiguration": { "scanType": "ENHANCED", "rules": [rule] } });
    let (call, asked) = answering("GetRegistryScanningConfiguration", found);
    let listed = list::<RegistryScanning>(&call, &RegistrySettingQuery { region: None }, None, &[""], false)
        .await
        .expect("a list");
    let [listing] = &listed[..] else { panic!("{listed:?}") };
    let text = listing.state.inputs.content().text();
    assert_eq!(
        text,
        r#"{"rule":[{"repository_filter":[{"filter":"*","filter_type":"WILDCARD"}],"scan_frequency":"SCAN_ON_PUSH"}],"scan_type":"ENHANCED"}"#
    );
    assert!(kept::<RegistryScanning>(Some(&text)) == Some(listing.state.inputs.content()));
    RegistryScanning::delete(&call, listing.state.clone()).await.expect("deleted");
    let put = crate::ec2::answers::request(&asked, "PutRegistryScanningConfiguration");
    let put: Json = serde_json::from_str(&put["Body"]).expect("JSON");
    assert_eq!(put, json!({ "scanType": "BASIC", "rules": [] }));
}

#[tokio::test]
async fn a_value_that_aws_no_longer_takes_is_not_put_back() {
    let (call, asked) = answering("GetAccountSetting", json!({ "name": "REGISTRY_POLICY_SCOPE", "value": "V2" }));
    let mut state = AccountSetting::import(&call, "123456789012/REGISTRY_POLICY_SCOPE").await.expect("imported");
    assert_eq!(state.outputs.id, "123456789012/REGISTRY_POLICY_SCOPE");
    state.inputs.replaced = Some("V1".to_owned());
    AccountSetting::delete(&call, state).await.expect("deleted");
    assert!(call.take_warnings().to_string().contains("does not get back the value V1"));
    assert!(!actions(&asked).contains(&"PutAccountSetting".to_owned()));
}
