//! Settings that are there already, and those of the AWS provider.

use rosa_ecr_tests::Feature;

use super::*;
use crate::moves::{moved, state};

/// Blocks that import all of them, by id or by identity.
fn imports(by_identity: bool) -> String {
    let import = |kind: &str| {
        let (id, name) = match kind {
            "rosa_ecr_account_setting" => ("123456789012/BLOB_MOUNTING", ", name = \"BLOB_MOUNTING\""),
            _ => ("123456789012", ""),
        };
        let what = if by_identity {
            format!("identity = {{ registry_id = \"123456789012\"{name} }}")
        } else {
            format!("id = \"{id}\"")
        };
        format!("import {{\n  to = {kind}.this\n  {what}\n}}\n")
    };
    TYPES.map(import).concat()
}

#[test]
fn they_import_by_id_and_by_identity() {
    on_each_engine(|engine| {
        for by_identity in [false, true] {
            if by_identity && !engine.has(Feature::Identities) {
                continue;
            }
            let emulator = Emulator::start();
            let aws = emulator.aws();
            let first = work(engine, &emulator, &settings());
            first.apply();
            let made = reality(&aws);
            let second = work(engine, &emulator, &format!("{}{}", settings(), imports(by_identity)));
            emulator.clear_calls();
            second.apply().says("5 imported").says("0 added").says("0 changed");
            assert_eq!(emulator.writes(), [""; 0]);
            second.assert_empty_plan();
            assert_eq!(reality(&aws), made);
            second.destroy();
            assert_eq!(reality(&aws), untouched());
        }
    });
}

#[test]
fn what_there_is_not_cannot_be_imported() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, &settings());
        for (kind, id, reported) in [
            ("registry_policy", "123456789012", "There is no policy of the account's ECR registry"),
            ("replication", "123456789012", "There is no replication configuration"),
            ("signing", "123456789012@eu-west-1", "in eu-west-1"),
            ("signing", "210987654321", "is in the account 210987654321"),
            ("registry_policy", "registry", "<account>"),
            ("account_setting", "123456789012", "<account>/<name>"),
        ] {
            work.run(&["import", &format!("rosa_ecr_{kind}.this"), id]).failure().says(reported);
        }
    });
}

#[test]
fn those_of_the_aws_provider_move_over() {
    on_each_engine(|engine| {
        for version in [5, 6] {
            let emulator = Emulator::start();
            let aws = emulator.aws();
            let first = work(engine, &emulator, &settings());
            first.apply();
            let made = reality(&aws);
            let (id, policy) = ("123456789012", made["policy"].clone());
            let scanning = json!([{ "scan_frequency": "SCAN_ON_PUSH", "repository_filter": [{ "filter": "prod", "filter_type": "WILDCARD" }] }]);
            let instances = [
                ("aws_ecr_registry_policy", "this", 0, json!({ "id": id, "registry_id": id, "policy": policy })),
                (
                    "aws_ecr_registry_scanning_configuration",
                    "this",
                    0,
                    json!({ "id": id, "registry_id": id, "scan_type": "BASIC", "rule": scanning }),
                ),
                (
                    "aws_ecr_replication_configuration",
                    "this",
                    0,
                    json!({ "id": id, "registry_id": id, "replication_configuration": [{ "rule": [] }] }),
                ),
                ("aws_ecr_signing_configuration", "this", 0, json!({ "id": id, "registry_id": id, "rule": [] })),
                ("aws_ecr_account_setting", "this", 0, json!({ "name": "BLOB_MOUNTING", "value": "ENABLED" })),
            ];
            let moves = [
                ("aws_ecr_registry_policy.this", "rosa_ecr_registry_policy.this"),
                ("aws_ecr_registry_scanning_configuration.this", "rosa_ecr_registry_scanning.this"),
                ("aws_ecr_replication_configuration.this", "rosa_ecr_replication.this"),
                ("aws_ecr_signing_configuration.this", "rosa_ecr_signing.this"),
                ("aws_ecr_account_setting.this", "rosa_ecr_account_setting.this"),
            ];
            let second = Workdir::new(engine, &emulator);
            second.install("hashicorp/aws", "6.0.0", &rosa_ecr_tests::provider_binary());
            second.file("main.tf", &format!("{HEADER}{PROVIDER}{}{}", settings(), moved(&moves)));
            second.vars(json!({ "vpc_id": "vpc-1", "subnet_ids": ["subnet-1"] }));
            second.file("terraform.tfstate", &state(version, &instances));
            second.init();
            emulator.clear_calls();
            second.apply().says("0 added").says("0 changed").says("0 destroyed");
            assert_eq!(emulator.writes(), [""; 0], "AWS provider {version}");
            assert_eq!(reality(&aws), made);
            second.assert_empty_plan();
            second.destroy();
            assert_eq!(reality(&aws), untouched());
        }
    });
}
