//! What something else has put, and what becomes of it.

use super::*;

#[test]
fn what_something_else_has_put_is_refused_and_stays() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, &SETTINGS.replace("  ADOPT\n", ""));
        let theirs = set_by_others(&aws);
        let mut plan = work.run(&["plan"]).failure().says("adopt_existing = true");
        for kind in TYPES {
            let id = if kind == "rosa_ecr_account_setting" { "123456789012/BLOB_MOUNTING" } else { "123456789012" };
            plan = plan.says(&format!("terraform import {kind}.<name> {id}"));
        }
        assert_eq!(emulator.writes(), [""; 0]);
        assert_eq!(reality(&aws), theirs);
    });
}

#[test]
fn what_appears_between_plan_and_apply_is_refused_and_stays() {
    on_each_engine(|engine| {
        for adopt in ["", "  adopt_existing = true\n"] {
            let emulator = Emulator::start();
            let aws = emulator.aws();
            let work = work(engine, &emulator, &SETTINGS.replace("  ADOPT\n", adopt));
            if !adopt.is_empty() {
                set_by_others(&aws);
                let earlier = foreign_policy()["policyText"].as_str().expect("a text").replace("Theirs", "Earlier");
                aws.ecr("PutRegistryPolicy", json!({ "policyText": earlier }));
            }
            work.run(&["plan", "-out=saved.tfplan"]).success();
            let theirs = set_by_others(&aws);
            emulator.clear_calls();
            let apply = work.run(&["apply", "saved.tfplan"]).failure();
            assert_eq!(reality(&aws)["policy"], theirs["policy"], "the plan has not seen this one");
            if adopt.is_empty() {
                apply.says("already");
                assert_eq!(emulator.writes(), [""; 0]);
                assert_eq!(reality(&aws), theirs);
            }
        }
    });
}

#[test]
fn what_was_adopted_is_put_back() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, &SETTINGS.replace("ADOPT", "adopt_existing = true"));
        let theirs = set_by_others(&aws);
        work.run(&["plan"]).success().says("is replaced").says("ap-southeast-2");
        work.apply();
        assert!(reality(&aws).as_object().is_some_and(|all| all.iter().all(|(what, there)| *there != theirs[what])));
        work.assert_empty_plan();
        edit(&work, "eu-west-2", "eu-west-3");
        work.apply().says("1 changed");
        work.destroy();
        assert_eq!(reality(&aws), theirs);
    });
}

/// The plan of the adoption says what is replaced, and so can a person who has lost its state.
#[test]
fn an_adoption_that_was_killed_can_still_be_put_back() {
    let engine = &Engine::all()[0];
    let emulator = Emulator::start();
    let aws = emulator.aws();
    let body = r#"
resource "rosa_ecr_registry_scanning" "this" {
  scan_type      = "BASIC"
  rule           = [{ scan_frequency = "SCAN_ON_PUSH", repository_filter = [{ filter = "*" }] }]
  adopt_existing = true
}
"#;
    let work = work(engine, &emulator, body);
    let theirs = set_by_others(&aws);
    let plan = work.plan_json();
    let planned = &items(&plan["resource_changes"])[0]["change"]["after"];
    let replaced = planned["replaced"].as_str().expect("known in the plan").to_owned();
    emulator.stop_after_write(1);
    let apply = work.spawn(&["apply", "-auto-approve"]);
    emulator.wait_for_stop();
    apply.kill_engine();
    apply.wait().failure();
    emulator.release();
    let taken = work.run(&["plan", "-lock=false"]).success();
    taken.says("exists and is taken over").says("unless `replaced` says what to put back");
    let _ = std::fs::remove_file(work.path().join(".terraform.tfstate.lock.info"));
    edit(
        &work,
        "scan_type      = \"BASIC\"\n",
        &format!("scan_type      = \"BASIC\"\n  replaced       = {replaced:?}\n"),
    );
    work.apply();
    work.assert_empty_plan();
    work.destroy();
    assert_eq!(reality(&aws), theirs);
}
