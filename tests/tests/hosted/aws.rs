//! hashicorp/aws 3.39.0: protocol 5, with certificates of go-plugin, and built with Terraform's first SDK.

use rosa_ecr_model::{Applied, Diagnostics, Path, Value};
use rosa_ecr_plugin::Binary;
use rosa_ecr_tests::{Emulator, aws_provider};
use serde_json::{Value as Json, json};

use crate::host::{self, Host, run, text, value};

/// The provider's configuration for the emulator.
pub fn config(emulator: &Emulator) -> Json {
    let at = emulator.endpoint();
    json!({
        "region": "us-east-1",
        "access_key": "test",
        "secret_key": "test",
        "skip_credentials_validation": true,
        "skip_metadata_api_check": "true",
        "skip_requesting_account_id": true,
        "endpoints": { "ecr": at, "ec2": at, "iam": at, "sts": at },
    })
}

/// The official binary, where this machine can run it.
pub fn official(emulator: &Emulator) -> Option<Binary> {
    let path = aws_provider();
    if path.is_none() {
        eprintln!("skipped: there is no hashicorp/aws 3.39.0 for this machine");
    }
    path.map(|path| host::binary(path, emulator))
}

fn repository(mutability: &str) -> Json {
    json!({
        "name": "official",
        "image_tag_mutability": mutability,
        "image_scanning_configuration": { "scan_on_push": true },
        "tags": { "Owner": "team" },
    })
}

#[test]
fn a_repository_lives_its_life() {
    let emulator = Emulator::start();
    let Some(binary) = official(&emulator) else { return };
    run(async {
        let host = Host::start(&binary, config(&emulator)).await;
        assert_eq!((host.plugin.protocol(), host.plugin.name()), (5, "terraform-provider-aws"));
        assert!(host.plugin.type_names().count() > 500);
        let kind = host.kind("aws_ecr_repository");

        let planned = host.plan(&*kind, &Applied::default(), &repository("MUTABLE")).await;
        assert_eq!(planned.diagnostics, Diagnostics::new());
        assert_eq!(planned.state.get("arn"), &Value::Unknown);
        assert!(emulator.writes().is_empty(), "a plan writes nothing");

        let created = host.bring_about(&*kind, &Applied::default(), &repository("MUTABLE")).await;
        assert_eq!(text(&created, "arn"), "arn:aws:ecr:us-east-1:123456789012:repository/official");
        assert!(!created.private.is_empty(), "the SDK keeps timeouts and the schema's version");
        host.assert_settled(&*kind, &created, &repository("MUTABLE")).await;

        let updated = host.bring_about(&*kind, &created, &repository("IMMUTABLE")).await;
        assert_eq!(text(&updated, "image_tag_mutability"), "IMMUTABLE");
        host.assert_settled(&*kind, &updated, &repository("IMMUTABLE")).await;

        let mut renamed = repository("IMMUTABLE");
        renamed["name"] = json!("other");
        let planned = host.plan(&*kind, &updated, &renamed).await;
        assert_eq!((planned.diagnostics, planned.replace), (Diagnostics::new(), vec![Path::from("name")]));

        let imported = host.import(&*kind, "official").await;
        assert_eq!(imported.diagnostics, Diagnostics::new());
        assert_eq!(text(&imported, "arn"), text(&updated, "arn"));

        let gone = host.bring_about(&*kind, &updated, &Json::Null).await;
        assert!(gone.state.is_null());
        assert!(host.read(&*kind, &updated).await.state.is_null(), "what is gone reads as gone");
        let absent = host.import(&*kind, "official").await;
        assert!(absent.state.is_null() && absent.diagnostics.has_errors());
        host.plugin.shutdown().await;
    });
}

#[test]
fn blocks_in_a_set_keep_what_was_computed() {
    let emulator = Emulator::start();
    let Some(binary) = official(&emulator) else { return };
    let vpc = emulator.aws().network("10.0.0.0/16", 1).vpc;
    let rule = |port: i64| {
        json!({
            "from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/16"],
            "description": "", "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false,
        })
    };
    let group = |rules: Vec<Json>| json!({ "name": "official", "vpc_id": vpc, "ingress": rules });
    run(async {
        let host = Host::start(&binary, config(&emulator)).await;
        let kind = host.kind("aws_security_group");
        let one = group(vec![rule(443)]);
        let created = host.bring_about(&*kind, &Applied::default(), &one).await;
        host.assert_settled(&*kind, &created, &one).await;
        let two = group(vec![rule(80), rule(443)]);
        let updated = host.bring_about(&*kind, &created, &two).await;
        assert_eq!(updated.state.get("ingress").elements().map(<[Value]>::len), Some(2));
        host.assert_settled(&*kind, &updated, &two).await;
        host.bring_about(&*kind, &updated, &Json::Null).await;
        host.plugin.shutdown().await;
    });
}

#[test]
fn what_the_provider_refuses_is_told() {
    let emulator = Emulator::start();
    let Some(binary) = official(&emulator) else { return };
    run(async {
        let host = Host::start(&binary, config(&emulator)).await;
        let kind = host.kind("aws_ecr_repository");
        let wrong = kind.validate(&value(&json!({ "nam": "x" }))).to_string();
        assert!(wrong.contains("Missing required argument \"name\"") && wrong.contains("\"nam\""), "{wrong}");
        let planned = host.plan(&*kind, &Applied::default(), &repository("SOMETIMES")).await;
        let told = planned.diagnostics.to_string();
        assert!(told.contains("image_tag_mutability") && told.contains("SOMETIMES"), "{told}");
        let error = host.plugin.kind("aws_ecr_repo").map(|_| ()).expect_err("there is none").to_string();
        assert!(error.contains("aws_ecr_repository"), "{error}");
        let again = host.plugin.configure(&Value::map([("region", "us-east-1".into())])).await;
        assert!(again.expect_err("once").to_string().contains("configured already"));
        host.plugin.shutdown().await;
    });
}

#[test]
fn a_state_of_an_older_version_is_upgraded() {
    let emulator = Emulator::start();
    let Some(binary) = official(&emulator) else { return };
    run(async {
        let host = Host::start(&binary, config(&emulator)).await;
        let kind = host.kind("aws_vpc_endpoint");
        let stored = json!({ "id": "vpce-1", "vpc_id": "vpc-1", "service_name": "s", "no_longer_there": true });
        let state = kind.stored(0, &stored).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((state.get("id"), state.get("policy")), (&"vpce-1".into(), &Value::Null));
        assert!(kind.stored(99, &stored).await.is_err());
        host.plugin.shutdown().await;
    });
}
