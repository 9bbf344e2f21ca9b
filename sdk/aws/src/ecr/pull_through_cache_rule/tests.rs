//! Tests of the rule with recorded answers: what can be changed, what is taken over, and what is left alone.

use std::sync::Mutex;

use serde_json::{Value as Json, json};

use super::*;
use crate::ec2::answers::{Answer, Asked, acting, actions, call, identity, request};

const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf";
const MADE: &str = "1970-01-01T00:16:40Z";

fn inputs(credential_arn: Option<&str>) -> PullThroughCacheRule {
    PullThroughCacheRule {
        upstream_registry_url: "quay.io".to_owned(),
        credential_arn: credential_arn.map(str::to_owned),
        ..PullThroughCacheRule::existing("quay", Some("us-east-1".to_owned()))
    }
}

/// An ECR that has this rule, made at second 1000, for a declaration with the claim `ours`.
fn there(found: Option<PullThroughCacheRule>) -> (Call<Aws>, Asked) {
    let found = Mutex::new(found.map(|rule| {
        json!({
            "ecrRepositoryPrefix": rule.prefix,
            "upstreamRegistryUrl": rule.upstream_registry_url,
            "credentialArn": rule.credential_arn,
            "registryId": "123456789012",
            "createdAt": 1000,
        })
    }));
    let (aws, asked) = acting(move |form| {
        let mut found = found.lock().expect("no test panics with it");
        match (form["Action"].as_str(), &mut *found) {
            ("GetCallerIdentity", _) => identity(),
            ("CreatePullThroughCacheRule", Some(_)) => Answer::ecr_error("PullThroughCacheRuleAlreadyExistsException"),
            ("CreatePullThroughCacheRule", none) => {
                let mut rule: Json = serde_json::from_str(&form["Body"]).expect("JSON");
                (rule["registryId"], rule["createdAt"]) = (json!("123456789012"), json!(1000));
                Answer::ok(none.insert(rule).to_string())
            }
            ("DescribePullThroughCacheRules", Some(rule)) => {
                Answer::ok(json!({ "pullThroughCacheRules": [rule] }).to_string())
            }
            ("DescribePullThroughCacheRules", None) => Answer::ecr_error("PullThroughCacheRuleNotFoundException"),
            _ => Answer::ok("{}"),
        }
    });
    (call(aws).claiming(Some("ours".into())), asked)
}

fn state(inputs: PullThroughCacheRule, created_at: &str) -> State<PullThroughCacheRule> {
    let outputs = PullThroughCacheRuleOutputs {
        id: "quay".to_owned(),
        registry_id: "123456789012".to_owned(),
        created_at: Some(created_at.to_owned()),
        claim: Some("ours".to_owned()),
    };
    State { inputs, outputs }
}

fn writes(asked: &Asked) -> Vec<String> {
    let is_write = |action: &String| !action.starts_with("Get") && !action.starts_with("Describe");
    actions(asked).into_iter().filter(is_write).collect()
}

#[tokio::test]
async fn what_is_made_reads_back() {
    let (call, asked) = there(None);
    let made = PullThroughCacheRule::create(&call, inputs(Some(SECRET))).await.expect("made");
    assert_eq!(made, state(inputs(Some(SECRET)), MADE));
    let sent: Json = serde_json::from_str(&request(&asked, "CreatePullThroughCacheRule")["Body"]).expect("JSON");
    assert_eq!((&sent["credentialArn"], &sent["upstreamRepositoryPrefix"]), (&json!(SECRET), &Json::Null));
    assert_eq!(PullThroughCacheRule::read(&call, made.clone()).await, Ok(Some(made)));
}

#[tokio::test]
async fn a_create_takes_what_says_the_same_and_changes_others_only_if_told_and_able() {
    let adopting = |credential| PullThroughCacheRule { adopt_existing: true, ..inputs(credential) };
    let elsewhere = PullThroughCacheRule { upstream_registry_url: "public.ecr.aws".to_owned(), ..inputs(None) };
    let (create, update) = ("CreatePullThroughCacheRule", "UpdatePullThroughCacheRule");
    for (case, found, wanted, says, written) in [
        ("the same", inputs(None), inputs(None), Ok("is taken over"), &[create][..]),
        ("another's", inputs(None), inputs(Some(SECRET)), Err("exists already"), &[create]),
        ("adopted", inputs(None), adopting(Some(SECRET)), Ok("is adopted"), &[create, update]),
        ("a secret to take away", inputs(Some(SECRET)), adopting(None), Err("It has a secret"), &[create]),
        ("another upstream", elsewhere, adopting(None), Err("It is for public.ecr.aws"), &[create]),
    ] {
        let (call, asked) = there(Some(found));
        match (PullThroughCacheRule::create(&call, wanted.clone()).await, says) {
            (Ok(taken), Ok(says)) => {
                assert_eq!(taken, state(wanted, MADE), "{case}");
                assert!(call.take_warnings().to_string().contains(says), "{case}");
            }
            (Err(failure), Err(says)) => assert!(failure.diagnostics.to_string().contains(says), "{case}: {failure:?}"),
            (result, _) => panic!("{case}: {result:?}"),
        }
        assert_eq!(writes(&asked), written, "{case}");
    }
}

#[tokio::test]
async fn a_later_rule_is_left_alone() {
    let before = "1970-01-01T00:00:10Z";
    let (call, asked) = there(Some(inputs(None)));
    assert_eq!(PullThroughCacheRule::read(&call, state(inputs(None), before)).await, Ok(None));
    PullThroughCacheRule::delete(&call, state(inputs(None), before)).await.expect("nothing to do");
    let failure = PullThroughCacheRule::update(&call, state(inputs(None), before), inputs(Some(SECRET))).await;
    assert!(failure.expect_err("another one").diagnostics.to_string().contains("is another one by now"));
    assert_eq!(writes(&asked), [""; 0]);
    PullThroughCacheRule::delete(&call, state(inputs(None), MADE)).await.expect("deleted");
    assert_eq!(writes(&asked), ["DeletePullThroughCacheRule"]);
}

/// Which arguments a change replaces the rule for, and the report of its plan.
fn planned(prior: Option<PullThroughCacheRule>, wanted: &PullThroughCacheRule) -> (Vec<Path>, String) {
    let facts = PullThroughCacheRuleFacts { account: Some("123456789012".to_owned()), existing: None };
    let prior = prior.map(|prior| state(prior, MADE));
    let mut change = Change { prior, inputs: wanted.to_partial(), outputs: Default::default(), replace: Vec::new() };
    let mut report = Diagnostics::new();
    PullThroughCacheRule::plan(&facts, &mut change, &mut report);
    (change.replace, report.to_string())
}

#[test]
fn what_ecr_cannot_take_away_makes_a_new_rule() {
    let (replace, _) = planned(Some(inputs(Some(SECRET))), &inputs(None));
    assert_eq!(replace, [Path::from("credential_arn")]);
    assert_eq!(planned(Some(inputs(None)), &inputs(Some(SECRET))), (Vec::new(), String::new()));
}

#[test]
fn secrets_and_registries_out_of_reach_are_refused_in_the_plan() {
    let of = |arn: &str| planned(None, &inputs(Some(arn))).1;
    assert_eq!(of(SECRET), "");
    assert!(of(&SECRET.replace("us-east-1", "eu-west-1")).contains("in eu-west-1 of the account"));
    let other = PullThroughCacheRule {
        upstream_registry_url: "210987654321.dkr.ecr.us-east-1.amazonaws.com".to_owned(),
        ..inputs(None)
    };
    assert!(planned(None, &other).1.contains("The registry of the account 210987654321 needs a role"));
}

#[test]
fn logins_and_prefixes_are_checked_before_a_plan() {
    let refusals = |inputs: PullThroughCacheRule| {
        let mut report = Diagnostics::new();
        PullThroughCacheRule::validate(&inputs.to_partial(), &mut report);
        report.to_string()
    };
    let hub = |credential| PullThroughCacheRule {
        upstream_registry_url: "registry-1.docker.io".to_owned(),
        ..inputs(credential)
    };
    assert_eq!([refusals(inputs(None)), refusals(hub(Some(SECRET)))], ["", ""]);
    assert!(refusals(hub(None)).contains("registry-1.docker.io needs a login"));
    let root =
        PullThroughCacheRule { prefix: ROOT.to_owned(), upstream_repository_prefix: "team".to_owned(), ..inputs(None) };
    assert!(refusals(root).contains("A rule for all repositories has no prefix"));
}
