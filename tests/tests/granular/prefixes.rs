//! Repository creation templates and pull through cache rules: one of each for a prefix, and no tags on them.

use rosa_ecr_tests::{Aws, Version};

use super::*;

const TEMPLATE: &str = r#"
resource "rosa_ecr_repository_creation_template" "mirror" {
  prefix      = "mirror"
  applied_for = ["CREATE_ON_PUSH"]
}
"#;

const RULE: &str = r#"
resource "rosa_ecr_pull_through_cache_rule" "quay" {
  prefix                = "quay"
  upstream_registry_url = "quay.io"
}
"#;

const TEMPLATE_ADDRESS: &str = "rosa_ecr_repository_creation_template.mirror";
const RULE_ADDRESS: &str = "rosa_ecr_pull_through_cache_rule.quay";
const BOTH: [&str; 2] = ["creation template mirror", "pull through cache rule quay"];
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/quay-AbCdEf";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Everything that a template can say besides.
const SETTINGS: &str = r#"
  description          = "Operators"
  image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"
  image_tag_mutability_exclusion_filters = [{ filter = "latest" }]
  resource_tags        = { team = "a" }
  custom_role_arn      = "arn:aws:iam::123456789012:role/ecr-templates"
  lifecycle_policy = jsonencode({ rules = [{
    rulePriority = 1
    selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
    action       = { type = "expire" }
  }] })
  repository_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "210987654321" }, Action = ["ecr:BatchGetImage", "ecr:PutImage"] }]
  })
"#;

fn both() -> String {
    format!("{TEMPLATE}{RULE}")
}

fn template(aws: &Aws) -> Value {
    aws.ecr("DescribeRepositoryCreationTemplates", json!({ "prefixes": ["mirror"] }))["repositoryCreationTemplates"][0]
        .clone()
}

fn rule(aws: &Aws) -> Value {
    let rules = aws.ecr("DescribePullThroughCacheRules", json!({ "ecrRepositoryPrefixes": ["quay"] }));
    rules["pullThroughCacheRules"][0].clone()
}

#[test]
fn every_setting_of_a_template_changes_in_place_and_is_taken_away() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, TEMPLATE);
        work.apply();
        let bare = template(&aws);
        let purposes = "applied_for = [\"CREATE_ON_PUSH\"]";
        let all = format!("{purposes}{SETTINGS}");
        let key = format!("kms_key_arn = {KEY:?}");
        let with_key = format!("description          = \"Operators\"\n  {key}");
        let changed = |from: &str, to: &str| {
            edit(&work, from, to);
            emulator.clear_calls();
            work.apply().says("0 added").says("1 changed").says("0 destroyed");
            assert_eq!(emulator.writes(), ["UpdateRepositoryCreationTemplate"], "{from} to {to}");
            work.assert_empty_plan();
        };
        changed(purposes, &all);
        changed(purposes, "applied_for = [\"CREATE_ON_PUSH\", \"REPLICATION\"]");
        changed("IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION");
        changed("filter = \"latest\"", "filter = \"v*\"");
        changed("countNumber = 14", "countNumber = 15");
        changed("\"ecr:BatchGetImage\", \"ecr:PutImage\"", "\"ecr:BatchGetImage\"");
        changed("team = \"a\"", "team = \"b\"");
        changed("role/ecr-templates", "role/ecr/templates");
        changed("description          = \"Operators\"", &with_key);
        assert_eq!(template(&aws)["encryptionConfiguration"], json!({ "encryptionType": "KMS", "kmsKey": KEY }));
        changed(&key, "encryption_type = \"KMS_DSSE\"");
        assert_eq!(template(&aws)["encryptionConfiguration"], json!({ "encryptionType": "KMS_DSSE", "kmsKey": KEY }));
        changed("\"KMS_DSSE\"", "\"AES256\"");

        // Order and layout of policies mean nothing, and only ECR's settings are written.
        edit(
            &work,
            "Effect = \"Allow\", Principal = { AWS = \"210987654321\" }",
            "Principal = { AWS = [\"210987654321\"] }, Effect = \"Allow\"",
        );
        work.assert_empty_plan();

        work.file("main.tf", &format!("{HEADER}{PROVIDER}{TEMPLATE}"));
        emulator.clear_calls();
        work.apply().says("1 changed");
        work.assert_empty_plan();
        let now = template(&aws);
        for taken_away in ["description", "lifecyclePolicy", "repositoryPolicy", "customRoleArn"] {
            assert_eq!(now[taken_away].as_str().unwrap_or_default(), "", "{taken_away}");
        }
        for same in ["appliedFor", "createdAt", "imageTagMutability", "resourceTags", "encryptionConfiguration"] {
            assert_eq!(now[same], bare[same], "{same}");
        }
        work.destroy();
        assert_eq!(aws.inventory(), [""; 0]);
    });
}

#[test]
fn a_secret_changes_in_place_and_what_ecr_cannot_change_is_replaced() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, RULE);
        work.apply();
        let url = "upstream_registry_url = \"quay.io\"";
        let secret = format!("\n  credential_arn        = {SECRET:?}");
        let replaced = ["DeletePullThroughCacheRule", "CreatePullThroughCacheRule"];
        for (from, to, writes) in [
            (url.to_owned(), format!("{url}{secret}"), &["UpdatePullThroughCacheRule"][..]),
            ("quay-AbCdEf".to_owned(), "quay-GhIjKl".to_owned(), &["UpdatePullThroughCacheRule"]),
            (secret.replace("quay-AbCdEf", "quay-GhIjKl"), String::new(), &replaced),
            (url.to_owned(), format!("{url}\n  upstream_repository_prefix = \"team\""), &replaced),
            ("\"quay.io\"".to_owned(), "\"public.ecr.aws\"".to_owned(), &replaced),
        ] {
            edit(&work, &from, &to);
            emulator.clear_calls();
            work.apply();
            assert_eq!(emulator.writes(), writes, "{from} to {to}");
            work.assert_empty_plan();
        }
        work.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}

#[test]
fn drift_is_put_right() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(
            engine,
            &emulator,
            &both().replace("\"quay.io\"", &format!("\"quay.io\"\n  credential_arn = {SECRET:?}")),
        );
        work.apply();
        let changed = json!({ "prefix": "mirror", "imageTagMutability": "IMMUTABLE", "description": "by hand" });
        aws.ecr("UpdateRepositoryCreationTemplate", changed);
        let other = SECRET.replace("quay-", "other-");
        aws.ecr("UpdatePullThroughCacheRule", json!({ "ecrRepositoryPrefix": "quay", "credentialArn": other }));
        let updates = [RULE_ADDRESS, TEMPLATE_ADDRESS].map(|address| ("update".to_owned(), address.to_owned()));
        assert_eq!(changes(&work.plan_json()), updates);
        work.apply().says("2 changed");
        assert_eq!(
            (&template(&aws)["imageTagMutability"], &rule(&aws)["credentialArn"]),
            (&json!("MUTABLE"), &json!(SECRET))
        );
        work.assert_empty_plan();

        aws.ecr("DeleteRepositoryCreationTemplate", json!({ "prefix": "mirror" }));
        aws.ecr("DeletePullThroughCacheRule", json!({ "ecrRepositoryPrefix": "quay" }));
        work.apply().says("2 added");
        aws.ecr("DeleteRepositoryCreationTemplate", json!({ "prefix": "mirror" }));
        aws.ecr("DeletePullThroughCacheRule", json!({ "ecrRepositoryPrefix": "quay" }));
        work.destroy();
    });
}

#[test]
fn a_push_makes_a_repository_by_the_template_and_it_stays() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let purposes = "applied_for = [\"CREATE_ON_PUSH\"]";
        let work = work(engine, &emulator, &TEMPLATE.replace(purposes, &format!("{purposes}{SETTINGS}")));
        work.apply();
        aws.push_image("mirror/redhat/operator", "v1");
        let made = ["lifecycle policy", "repository", "repository policy"]
            .map(|what| format!("{what} mirror/redhat/operator"));
        work.destroy();
        assert_eq!(aws.inventory(), made);
    });
}

fn import_ids(region: &str) -> String {
    [(TEMPLATE_ADDRESS, "mirror"), (RULE_ADDRESS, "quay")]
        .map(|(address, prefix)| format!("import {{\n  to = {address}\n  id = \"{prefix}{region}\"\n}}\n"))
        .concat()
}

#[test]
fn imports_by_prefix_and_by_identity() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let first = work(engine, &emulator, &both());
        first.apply();
        let identities = [(TEMPLATE_ADDRESS, "mirror"), (RULE_ADDRESS, "quay")]
            .map(|(address, prefix)| {
                format!("import {{\n  to = {address}\n  identity = {{ prefix = {prefix:?} }}\n}}\n")
            })
            .concat();
        let mut ways = vec![import_ids(""), import_ids("@us-east-1")];
        ways.extend((engine.version() >= Version(1, 12, 0)).then_some(identities));
        for way in ways {
            let second = work(engine, &emulator, &format!("{}{way}", both()));
            emulator.clear_calls();
            second.apply().says("2 imported").says("0 added").says("0 changed");
            assert!(emulator.writes().is_empty(), "an import writes nothing: {:?}", emulator.writes());
            second.assert_empty_plan();
        }
        let nowhere = work(engine, &emulator, &format!("{}{}", both(), import_ids("@eu-west-1")));
        nowhere.run(&["plan"]).failure().says("There is no repository creation template for mirror in eu-west-1");
        first.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    });
}

#[test]
fn a_later_one_of_the_same_prefix_is_left_alone() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let work = work(engine, &emulator, &both());
        work.apply();
        aws.ecr("DeleteRepositoryCreationTemplate", json!({ "prefix": "mirror" }));
        aws.ecr("DeletePullThroughCacheRule", json!({ "ecrRepositoryPrefix": "quay" }));
        aws.ecr("CreateRepositoryCreationTemplate", json!({ "prefix": "mirror", "appliedFor": ["REPLICATION"] }));
        let other = json!({ "ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "public.ecr.aws" });
        aws.ecr("CreatePullThroughCacheRule", other);
        let theirs = (template(&aws), rule(&aws));
        work.run(&["plan"]).failure().says("exists already");
        work.run(&["destroy", "-auto-approve", "-refresh=false"]).success().says("was not deleted");
        assert_eq!((template(&aws), rule(&aws)), theirs);
    });
}

/// On one engine only: the provider is what is tested.
#[test]
fn a_kill_after_any_write_heals() {
    let engine = &Engine::all()[0];
    for n in [1, 2] {
        let emulator = Emulator::start();
        let work = work(engine, &emulator, &both());
        emulator.stop_after_write(n);
        work.kill_at_stop(&emulator, &["apply", "-auto-approve", "-parallelism=1"]);
        work.apply().says("is taken over");
        assert_eq!(emulator.aws().inventory(), BOTH);
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(emulator.aws().inventory(), [""; 0]);
    }
}

#[test]
fn two_declarations_of_one_prefix_are_refused() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let slash = TEMPLATE.replace("\"mirror\" {", "\"twin\" {").replace("\"mirror\"\n", "\"mirror/\"\n");
        let twins = format!("{}{slash}{}", both(), RULE.replace("\"quay\" {", "\"twin\" {"));
        let work = work(engine, &emulator, &twins);
        work.run(&["plan"])
            .failure()
            .says("The repository creation template for mirror in us-east-1 is declared twice")
            .says("The pull through cache rule for quay in us-east-1 is declared twice");
        assert!(emulator.writes().is_empty(), "{:?}", emulator.writes());
    });
}

#[test]
fn what_others_have_made_is_left_alone_unless_it_is_adopted() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.ecr("CreateRepositoryCreationTemplate", json!({ "prefix": "mirror", "appliedFor": ["REPLICATION"] }));
        aws.ecr(
            "CreatePullThroughCacheRule",
            json!({ "ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io" }),
        );
        let theirs = (template(&aws), rule(&aws));
        let with_secret = format!("\"quay.io\"\n  credential_arn = {SECRET:?}");
        let ours = both().replace("\"quay.io\"", &with_secret);
        let work = work(engine, &emulator, &ours);
        work.run(&["plan"])
            .failure()
            .says("The repository creation template for mirror in us-east-1 exists already")
            .says("terraform import rosa_ecr_pull_through_cache_rule.<name> quay");
        assert!(emulator.writes().is_empty(), "{:?}", emulator.writes());
        assert_eq!((template(&aws), rule(&aws)), theirs);

        edit(&work, "\"mirror\"\n", "\"mirror\"\n  adopt_existing = true\n");
        edit(&work, "\"quay\"\n", "\"quay\"\n  adopt_existing = true\n");
        work.apply().says("is adopted").says("2 added");
        assert_eq!(
            (&template(&aws)["createdAt"], &rule(&aws)["createdAt"]),
            (&theirs.0["createdAt"], &theirs.1["createdAt"])
        );
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(aws.inventory(), [""; 0]);
    });
}

#[test]
fn a_label_renamed_without_a_move_keeps_one_object() {
    on_each_engine(|engine| {
        for parallelism in ["-parallelism=1", "-parallelism=10"] {
            let emulator = Emulator::start();
            let work = work(engine, &emulator, &both());
            work.apply();
            edit(
                &work,
                "\"rosa_ecr_repository_creation_template\" \"mirror\"",
                "\"rosa_ecr_repository_creation_template\" \"renamed\"",
            );
            edit(
                &work,
                "\"rosa_ecr_pull_through_cache_rule\" \"quay\"",
                "\"rosa_ecr_pull_through_cache_rule\" \"renamed\"",
            );
            work.run(&["apply", "-auto-approve", parallelism]).success().says("is taken over").says("moved {");
            assert_eq!(emulator.aws().inventory(), BOTH);
            work.assert_empty_plan();
            work.destroy();
            assert_eq!(emulator.aws().inventory(), [""; 0]);
        }
    });
}

#[test]
fn states_of_the_aws_provider_move_over() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.ecr("CreateRepositoryCreationTemplate", json!({ "prefix": "mirror", "appliedFor": ["CREATE_ON_PUSH"] }));
        aws.ecr(
            "CreatePullThroughCacheRule",
            json!({ "ecrRepositoryPrefix": "quay", "upstreamRegistryUrl": "quay.io" }),
        );
        let template = json!({
            "applied_for": ["CREATE_ON_PUSH"], "custom_role_arn": "", "description": "", "encryption_configuration": [],
            "id": "mirror", "image_tag_mutability": "MUTABLE", "image_tag_mutability_exclusion_filter": [],
            "lifecycle_policy": "", "prefix": "mirror", "registry_id": "123456789012", "repository_policy": "",
            "resource_tags": null,
        });
        let rule = json!({
            "credential_arn": "", "custom_role_arn": "", "ecr_repository_prefix": "quay", "id": "quay",
            "registry_id": "123456789012", "upstream_registry_url": "quay.io", "upstream_repository_prefix": "ROOT",
        });
        let instances = [
            ("aws_ecr_repository_creation_template", "mirror", 0, template),
            ("aws_ecr_pull_through_cache_rule", "quay", 0, rule),
        ];
        let work = Workdir::new(engine, &emulator);
        work.install("hashicorp/aws", "6.0.0", &rosa_ecr_tests::provider_binary());
        let moves = moves::moved(&[
            ("aws_ecr_repository_creation_template.mirror", TEMPLATE_ADDRESS),
            ("aws_ecr_pull_through_cache_rule.quay", RULE_ADDRESS),
        ]);
        work.file("main.tf", &format!("{HEADER}{PROVIDER}{}{moves}", both()));
        work.vars(json!({ "vpc_id": "vpc-1", "subnet_ids": ["subnet-1"] }));
        work.file("terraform.tfstate", &moves::state(6, &instances));
        work.init();
        emulator.clear_calls();
        work.apply().says("0 added").says("0 changed").says("0 destroyed");
        assert!(emulator.writes().is_empty(), "{:?}", emulator.writes());
        work.assert_empty_plan();
        work.destroy();
        assert_eq!(aws.inventory(), [""; 0]);
    });
}

#[test]
fn what_ecr_would_refuse_is_refused_before() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let cases = [
            (TEMPLATE.replace("\"mirror\"\n", "\"Mirror\"\n"), "Write it in lowercase: \"mirror\""),
            (TEMPLATE.replace("\"CREATE_ON_PUSH\"", "\"PUSH\""), "CREATE_ON_PUSH, PULL_THROUGH_CACHE, REPLICATION"),
            (TEMPLATE.replace("]\n", "]\n  resource_tags = { team = \"a\" }\n"), "resource_tags needs a role"),
            (RULE.replace("\"quay.io\"", "\"https://quay.io\""), "Write \"quay.io\""),
            (RULE.replace("\"quay.io\"", "\"ghcr.io\""), "ghcr.io needs a login"),
            (
                RULE.replace(
                    "\"quay.io\"",
                    &format!("\"ghcr.io\"\n  credential_arn = {:?}", SECRET.replace("ecr-pullthroughcache/", "")),
                ),
                "ecr-pullthroughcache/",
            ),
        ];
        for (body, reported) in cases {
            let wrong = work(engine, &emulator, &body);
            wrong.run(&["validate"]).failure().says(reported);
        }
        let elsewhere = SECRET.replace("us-east-1", "eu-west-1");
        let far = RULE.replace("\"quay.io\"", &format!("\"ghcr.io\"\n  credential_arn = {elsewhere:?}"));
        work(engine, &emulator, &far).run(&["plan"]).failure().says("The secret is out of ECR's reach");
        assert!(emulator.writes().is_empty(), "{:?}", emulator.writes());
    });
}
