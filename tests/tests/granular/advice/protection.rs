//! Repositories that are protected, not empty, encrypted otherwise, or another cluster's.

use super::*;

const APP: &str = "resource \"rosa_ecr_repository\" \"app\" {\n  name = \"team/app\"\n  ARGUMENTS\n}\n";

/// Writes the configuration with these arguments instead of those before.
fn write(work: &Workdir, name: &str, arguments: &str) {
    let app = APP.replace("ARGUMENTS", arguments).replace("team/app", name);
    work.file("main.tf", &format!("{HEADER}{PROVIDER}{app}"));
}

#[test]
fn what_keeps_a_repository_is_lifted_step_by_step() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, "");
        let refused = |arguments: &[&str]| work.run(arguments).failure();
        write(&work, "team/app", "prevent_destroy = true");
        work.apply();
        write(&work, "team/other", "prevent_destroy = true");
        refused(&["plan"]).says("is protected").says("set prevent_destroy = false, apply that alone, and then make");
        write(&work, "team/app", "prevent_destroy = false");
        work.apply();
        write(&work, "team/other", "");
        work.apply().says("1 added").says("1 destroyed");

        aws.push_image("team/other", "v1");
        write(&work, "team/third", "");
        refused(&["plan"]).says("is not empty").says("Or set force_delete = true, apply that");
        write(&work, "team/other", "force_delete = true");
        work.apply();
        write(&work, "team/third", "force_delete = true");
        work.apply().says("1 added").says("1 destroyed");

        aws.push_image("team/third", "v1");
        write(&work, "team/third", "");
        work.apply();
        refused(&["destroy", "-auto-approve"]).says("Or set prevent_destroy = true and apply to keep the repository");
        write(&work, "team/third", "prevent_destroy = true");
        work.apply();
        let kept = work.destroy();
        let kept =
            kept.says("was kept").says("set prevent_destroy = false and force_delete = true, apply, which takes it");
        assert_eq!(aws.inventory(), ["repository team/third"]);
        write(&work, "team/third", "prevent_destroy = false\n  force_delete = true");
        work.apply();
        write(&work, "team/third", "prevent_destroy = true");
        work.apply();
        work.destroy();
        let command = commands(&kept.prose(), "aws").pop().expect("a command");
        run_aws(&aws, &command);
        assert_eq!(aws.inventory(), [""; 0]);
    });
}

#[test]
fn a_repository_of_a_cluster_that_is_gone_is_taken_over() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, "");
        let tags = json!([{ "Key": "rosa-ecr/cluster", "Value": "gone" }]);
        aws.ecr("CreateRepository", json!({ "repositoryName": "team/app", "tags": tags }));
        write(&work, "team/app", "owner = \"dev\"");
        let refused = work.run(&["plan"]).failure().says("belongs to the cluster gone").prose();
        let arn = refused.split(' ').find(|word| word.starts_with("arn:aws:ecr")).expect("whose tag it is");
        aws.ecr("UntagResource", json!({ "resourceArn": arn, "tagKeys": ["rosa-ecr/cluster"] }));
        assert!(refused.contains("remove that tag from it and set adopt_existing = true"), "{refused}");
        write(&work, "team/app", "owner = \"dev\"\n  adopt_existing = true");
        work.apply();
        work.assert_empty_plan();
        work.destroy();
    });
}

/// The arguments that the advice for a repository with another encryption names, one a line.
fn named(refused: &str) -> String {
    let advice = refused.split("To take it over, ").nth(1).and_then(|rest| rest.split("; or choose").next());
    let advice = advice.unwrap_or_else(|| panic!("no advice in {refused}"));
    let advice = advice.split(", which").next().unwrap_or(advice);
    let arguments = advice.split(" and ").map(|part| part.trim_start_matches("set "));
    arguments.filter(|part| !part.starts_with("remove ")).collect::<Vec<_>>().join("\n  ")
}

#[test]
fn a_repository_with_another_encryption_is_wanted_as_it_is() {
    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, "");
        let key = format!("kms_key_arn = {KEY:?}");
        for (has, wanted) in [
            (json!({ "encryptionType": "AES256" }), key.as_str()),
            (json!({ "encryptionType": "AES256" }), "encryption_type = \"KMS\""),
            (json!({ "encryptionType": "KMS", "kmsKey": KEY }), ""),
            (json!({ "encryptionType": "KMS", "kmsKey": KEY }), "encryption_type = \"AES256\""),
            (json!({ "encryptionType": "KMS_DSSE", "kmsKey": KEY }), key.as_str()),
        ] {
            aws.ecr("CreateRepository", json!({ "repositoryName": "team/app", "encryptionConfiguration": has }));
            write(&work, "team/app", &format!("adopt_existing = true\n  {wanted}"));
            let refused = work.run(&["plan"]).failure().says("has another encryption").prose();
            write(&work, "team/app", &format!("adopt_existing = true\n  {}", named(&refused)));
            work.apply();
            work.assert_empty_plan();
            work.destroy();
        }
    });
}
