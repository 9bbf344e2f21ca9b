//! What the account's registry has once: its policy, scanning, replication and signing, and account settings.

mod adoption;
mod imports;

use rosa_ecr_tests::Aws;

use super::*;

/// Each of them once. `ADOPT` is filled in.
const SETTINGS: &str = r#"
resource "rosa_ecr_registry_policy" "this" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Replicate"
      Effect    = "Allow"
      Principal = { AWS = "210987654321" }
      Action    = ["ecr:ReplicateImage"]
      Resource  = "arn:aws:ecr:us-east-1:123456789012:repository/*"
    }]
  })
  ADOPT
}
resource "rosa_ecr_registry_scanning" "this" {
  scan_type = "BASIC"
  rule      = [{ scan_frequency = "SCAN_ON_PUSH", repository_filter = [{ filter = "team/*" }, { filter = "prod" }] }]
  ADOPT
}
resource "rosa_ecr_replication" "this" {
  rule = [
    { destination = [{ region = "eu-west-1", registry_id = "123456789012" }], repository_filter = [{ filter = "prod/" }] },
    { destination = [{ region = "eu-west-2", registry_id = "210987654321" }] },
  ]
  ADOPT
}
resource "rosa_ecr_signing" "this" {
  rule = [{
    signing_profile_arn = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/production"
    repository_filter   = [{ filter = "prod/*" }]
  }]
  ADOPT
}
resource "rosa_ecr_account_setting" "this" {
  name  = "BLOB_MOUNTING"
  value = "DISABLED"
  ADOPT
}
"#;

const TYPES: [&str; 5] = [
    "rosa_ecr_account_setting",
    "rosa_ecr_registry_policy",
    "rosa_ecr_registry_scanning",
    "rosa_ecr_replication",
    "rosa_ecr_signing",
];

/// The configuration with a value of the account setting that AWS does not have by itself.
fn settings() -> String {
    SETTINGS.replace("  ADOPT\n", "").replace("DISABLED", "ENABLED")
}

/// All that the registry has, byte for byte.
fn reality(aws: &Aws) -> Value {
    let got = |action: &str| aws.try_ecr(action, json!({})).unwrap_or_default();
    let value = |name: &str| aws.ecr("GetAccountSetting", json!({ "name": name }))["value"].clone();
    json!({
        "policy": got("GetRegistryPolicy")["policyText"],
        "scanning": got("GetRegistryScanningConfiguration")["scanningConfiguration"],
        "replication": got("DescribeRegistry")["replicationConfiguration"],
        "signing": got("GetSigningConfiguration")["signingConfiguration"],
        "settings": [value("BASIC_SCAN_TYPE_VERSION"), value("BLOB_MOUNTING"), value("REGISTRY_POLICY_SCOPE")],
    })
}

/// A registry of which nothing was set.
fn untouched() -> Value {
    reality(&Emulator::start().aws())
}

fn foreign_policy() -> Value {
    let statement = r#"{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333333333333:root"},"Action":"ecr:CreateRepository","Resource":"*"}"#;
    json!({ "policyText": format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#) })
}

/// Something else sets all of them.
fn set_by_others(aws: &Aws) -> Value {
    aws.ecr("PutRegistryPolicy", foreign_policy());
    let filters = json!([{ "filter": "theirs", "filterType": "WILDCARD" }]);
    let rules = json!([{ "scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": filters }]);
    aws.ecr("PutRegistryScanningConfiguration", json!({ "scanType": "ENHANCED", "rules": rules }));
    let rules = json!([{ "destinations": [{ "region": "ap-southeast-2", "registryId": "123456789012" }] }]);
    aws.ecr("PutReplicationConfiguration", json!({ "replicationConfiguration": { "rules": rules } }));
    let rules = json!([{ "signingProfileArn": "arn:aws:signer:us-east-1:123456789012:/signing-profiles/theirs" }]);
    aws.ecr("PutSigningConfiguration", json!({ "signingConfiguration": { "rules": rules } }));
    aws.ecr("PutAccountSetting", json!({ "name": "BLOB_MOUNTING", "value": "ENABLED" }));
    reality(aws)
}

#[test]
fn they_come_change_and_go() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, &settings());
        let plan = work.plan_json();
        for change in items(&plan["resource_changes"]) {
            let after = &change["change"]["after"];
            assert_eq!((&after["registry_id"], &after["replaced"]), (&json!("123456789012"), &Value::Null), "{change}");
        }
        work.apply();
        let made = reality(&aws);
        assert_eq!(made["scanning"]["rules"][0]["repositoryFilters"].as_array().map(Vec::len), Some(2));
        assert_eq!(made["replication"]["rules"].as_array().map(Vec::len), Some(2));
        assert_eq!(made["settings"][1], "ENABLED");
        work.assert_empty_plan();

        for (from, to) in [
            ("ecr:ReplicateImage", "ecr:CreateRepository"),
            ("\"BASIC\"", "\"ENHANCED\""),
            ("\"SCAN_ON_PUSH\"", "\"CONTINUOUS_SCAN\""),
            ("eu-west-2", "eu-west-3"),
            ("signing-profiles/production", "signing-profiles/release"),
            ("\"ENABLED\"", "\"DISABLED\""),
        ] {
            edit(&work, from, to);
        }
        work.apply().says("0 added").says("5 changed").says("0 destroyed");
        let changed = reality(&aws);
        assert!(
            changed.as_object().is_some_and(|all| all.iter().all(|(what, there)| *there != made[what])),
            "{changed}"
        );
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(reality(&aws), untouched());
    });
}

#[test]
fn drift_is_corrected_and_survives_a_destroy() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, &settings());
        work.apply();
        let made = reality(&aws);
        let mut theirs = set_by_others(&aws);
        // The value that they have set is the wanted one.
        aws.ecr("PutAccountSetting", json!({ "name": "BLOB_MOUNTING", "value": "DISABLED" }));
        theirs["settings"][1] = json!("DISABLED");
        work.apply().says("5 changed");
        assert_eq!(reality(&aws), made);
        work.assert_empty_plan();

        set_by_others(&aws);
        aws.ecr("PutAccountSetting", json!({ "name": "BLOB_MOUNTING", "value": "DISABLED" }));
        work.destroy().says("was not changed back");
        assert_eq!(reality(&aws), theirs, "a destroy leaves what something else has put");
    });
}

#[test]
fn a_kill_after_any_write_converges() {
    let engine = &Engine::all()[0];
    for n in 1..=5 {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, &settings());
        emulator.stop_after_write(n);
        work.kill_at_stop(&emulator, &["apply", "-auto-approve", "-parallelism=1"]);
        work.apply();
        assert_eq!(reality(&aws)["settings"][1], "ENABLED");
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(reality(&aws), untouched(), "killed after write {n}");
    }
}

#[test]
fn two_declarations_of_one_are_refused_in_the_plan() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let twice = settings() + &settings().replace("\"this\"", "\"that\"");
        let work = work(engine, &emulator, &twice);
        let plan = work.run(&["plan", "-json"]).failure();
        for what in [
            "policy",
            "scanning configuration",
            "replication configuration",
            "signing configuration",
            "setting BLOB_MOUNTING",
        ] {
            assert!(
                plan.stdout()
                    .contains(&format!("The {what} of the account's ECR registry in us-east-1 is declared twice")),
                "{what}: {}",
                plan.stdout()
            );
        }
        assert_eq!(emulator.writes(), [""; 0]);
    });
}

#[test]
fn a_renamed_one_keeps_its_setting() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, &settings());
        work.apply();
        let made = reality(&aws);
        edit(&work, "\"this\"", "\"that\"");
        work.run(&["plan"]).success().says("moved {");
        work.apply();
        assert_eq!(reality(&aws), made);
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(reality(&aws), untouched());
    });
}

#[test]
fn wrong_ones_are_refused_before_anything_is_asked() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, "");
        for (body, reported) in [
            (
                settings().replace("\"SCAN_ON_PUSH\"", "\"CONTINUOUS_SCAN\""),
                "A scan_frequency that BASIC scanning does not have",
            ),
            (settings().replace("\"ENABLED\"", "\"V2\""), "BLOB_MOUNTING cannot have that value"),
            (settings().replace("team/*", "Team/*"), "A filter has from 1 to 255"),
            (settings().replace("\"prod/\"", "\"prod/*\""), "the beginning of repository names"),
            (settings().replace(":/signing-profiles", ":signing-profiles"), "ARN of a signing profile"),
            (settings().replace("\"210987654321\" }] },", "\"2109\" }] },"), "12 digits"),
        ] {
            work.file("main.tf", &format!("{HEADER}{PROVIDER}{body}"));
            work.run(&["validate"]).failure().says(reported);
        }
        assert!(emulator.calls().is_empty());
        let body = settings().replace("\"eu-west-1\"", "\"us-east-1\"");
        work.file("main.tf", &format!("{HEADER}{PROVIDER}{body}"));
        work.run(&["plan"]).failure().says("A registry is to copy images to itself");
        assert_eq!(emulator.writes(), [""; 0]);
    });
}
