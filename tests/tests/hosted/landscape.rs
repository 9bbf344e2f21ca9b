//! Many types of hashicorp/aws 3.39.0 in one stack, through its whole life.

use rosa_ecr_engine::{Action, Declare as _, Stack};
use rosa_ecr_model::Output;
use rosa_ecr_plugin::{Argument, Binary, Dynamic, DynamicHandles};
use rosa_ecr_state::{Keys, MemoryBackend};
use rosa_ecr_tests::Emulator;
use serde_json::{Value as Json, json};

use crate::aws;
use crate::host::run;

const PASSWORD: &str = "correct-horse-battery";

fn trust() -> String {
    let statement = json!([{
        "Effect": "Allow",
        "Principal": { "Service": "ec2.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }]);
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

fn expiry(days: i64) -> String {
    let selection =
        json!({ "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days });
    json!({ "rules": [{ "rulePriority": 1, "selection": selection, "action": { "type": "expire" } }] }).to_string()
}

fn rule(port: i64, cidr: &str) -> Json {
    json!({ "from_port": port, "to_port": port, "protocol": "tcp", "cidr_blocks": [cidr] })
}

/// A declared resource, by type and name.
pub fn declare<const N: usize>(
    stack: &mut Stack,
    type_name: &str,
    name: &str,
    arguments: [(&str, Argument); N],
) -> DynamicHandles {
    let resource = arguments.into_iter().fold(Dynamic::new(type_name), |it, (name, value)| it.arg(name, value));
    resource.declare(stack, name).expect("a good name")
}

/// What changes between two versions of the program.
struct Version {
    mutability: &'static str,
    days: i64,
    ports: &'static [i64],
    password: &'static str,
    team: &'static str,
}

const FIRST: Version = Version { mutability: "MUTABLE", days: 14, ports: &[443], password: PASSWORD, team: "platform" };

const SECOND: Version = Version {
    mutability: "IMMUTABLE",
    days: 7,
    ports: &[80, 443],
    password: "another-battery-staple",
    team: "registry",
};

fn stack(emulator: &Emulator, official: &Binary, backend: &MemoryBackend, version: &Version) -> Stack {
    let mut stack = Stack::new("landscape").backend(backend.clone()).keys(Keys::passphrase("a passphrase of a test"));
    let at = emulator.endpoint();
    let mut config = aws::config(emulator);
    config["s3_force_path_style"] = json!(true);
    for service in ["s3", "ssm", "secretsmanager", "kms"] {
        config["endpoints"][service] = json!(at);
    }
    official.clone().provide(&mut stack, "aws", config);
    let tags = || Argument::from(json!({ "Team": version.team }));
    let it = &mut stack;

    let tools = declare(
        it,
        "aws_ecr_repository",
        "tools",
        [
            ("name", "tools".into()),
            ("image_tag_mutability", version.mutability.into()),
            ("image_scanning_configuration", json!({ "scan_on_push": true }).into()),
            ("encryption_configuration", json!([{ "encryption_type": "AES256" }]).into()),
            ("tags", tags()),
            ("timeouts", json!({ "delete": "5m" }).into()),
        ],
    );
    let name: Output<String> = tools.output("name");
    declare(
        it,
        "aws_ecr_lifecycle_policy",
        "expiry",
        [("repository", name.into()), ("policy", expiry(version.days).into())],
    );

    let worker = declare(
        it,
        "aws_iam_role",
        "worker",
        [("name", "worker".into()), ("assume_role_policy", trust().into()), ("tags", tags())],
    );
    declare(
        it,
        "aws_iam_role_policy_attachment",
        "pull",
        [
            ("role", worker.output::<String>("name").into()),
            ("policy_arn", "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly".into()),
        ],
    );

    let network = declare(
        it,
        "aws_vpc",
        "network",
        [("cidr_block", "10.8.0.0/16".into()), ("enable_dns_hostnames", true.into()), ("tags", tags())],
    );
    let vpc = || network.output::<String>("id");
    declare(
        it,
        "aws_subnet",
        "subnet",
        [("vpc_id", vpc().into()), ("cidr_block", "10.8.1.0/24".into()), ("availability_zone", "us-east-1a".into())],
    );
    let rules: Vec<Json> = version.ports.iter().map(|port| rule(*port, "10.8.0.0/16")).collect();
    declare(
        it,
        "aws_security_group",
        "group",
        [
            ("name", "group".into()),
            ("vpc_id", vpc().into()),
            ("ingress", Json::from(rules).into()),
            ("egress", json!({ "from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"] }).into()),
        ],
    );

    declare(
        it,
        "aws_ssm_parameter",
        "token",
        [
            ("name", "/registry/token".into()),
            ("type", "SecureString".into()),
            ("value", version.password.into()),
            ("overwrite", true.into()),
        ],
    );
    let login = declare(
        it,
        "aws_secretsmanager_secret",
        "login",
        [("name", "login".into()), ("recovery_window_in_days", 0.into())],
    );
    declare(
        it,
        "aws_secretsmanager_secret_version",
        "current",
        [("secret_id", login.output::<String>("id").into()), ("secret_string", version.password.into())],
    );
    let charts = declare(
        it,
        "aws_s3_bucket",
        "charts",
        [
            ("bucket", "charts-of-a-test".into()),
            ("force_destroy", true.into()),
            ("versioning", json!({ "enabled": true }).into()),
            ("tags", tags()),
        ],
    );
    it.export("repository", tools.output::<String>("repository_url"));
    it.export("bucket", charts.output::<String>("arn"));
    stack
}

#[test]
fn many_types_live_their_lives() {
    let emulator = Emulator::start();
    let Some(official) = aws::official(&emulator) else { return };
    let backend = MemoryBackend::new();
    run(async {
        let first = stack(&emulator, &official, &backend, &FIRST);
        let report = first.up().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.counts().created, 11, "{:?}", report.done);
        assert_eq!(report.outputs["bucket"].value, json!("arn:aws:s3:::charts-of-a-test"));

        emulator.clear_calls();
        let report = first.up().await.unwrap_or_else(|error| panic!("{error}"));
        assert!(report.done.values().all(|action| *action == Action::Keep), "{:?}", report.done);
        let plan = first.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(plan.is_empty(), "{:#?}", plan.changes().collect::<Vec<_>>());
        assert_eq!(emulator.writes(), [""; 0]);

        let second = stack(&emulator, &official, &backend, &SECOND);
        let plan = second.preview().await.unwrap_or_else(|error| panic!("{error}"));
        let told = format!("{plan:?}");
        assert!(!told.contains(PASSWORD) && !told.contains(SECOND.password), "{told}");
        let report = second.up().await.unwrap_or_else(|error| panic!("{error}"));
        let updated = ["charts", "expiry", "group", "network", "token", "tools", "worker"];
        for (name, action) in &report.done {
            let wanted = match name.as_str() {
                // Its value makes it another version.
                "current" => Action::DeleteThenCreate,
                // A policy is put, and cannot be changed.
                "expiry" => Action::DeleteThenCreate,
                name if updated.contains(&name) => Action::Update,
                _ => Action::Keep,
            };
            assert_eq!(*action, wanted, "{name}");
        }
        let plan = second.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(plan.is_empty(), "{:#?}", plan.changes().collect::<Vec<_>>());
        let kept = backend.versions();
        let kept = String::from_utf8_lossy(kept.last().expect("it was saved"));
        assert!(!kept.contains(PASSWORD) && !kept.contains(SECOND.password), "{kept}");

        import_all(&stack(&emulator, &official, &MemoryBackend::new(), &SECOND), &second).await;

        second.destroy().await.unwrap_or_else(|error| panic!("{error}"));
        let left = emulator.aws().ecr("DescribeRepositories", json!({}));
        assert_eq!(left["repositories"], json!([]));
    });
}

/// Imports everything that `from` has into another state.
async fn import_all(to: &Stack, from: &Stack) {
    let document = from.store().load().await.expect("it can be read").expect("it was saved");
    for (name, stored) in &document.resources {
        let text = |attribute: &str| stored.state.reveal()[attribute].as_str().unwrap_or_default().to_owned();
        let id = match name.as_str() {
            "pull" => format!("{}/{}", text("role"), text("policy_arn")),
            _ => text("id"),
        };
        to.import(name, &id).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let plan = to.preview().await.unwrap_or_else(|error| panic!("{error}"));
    let changed = plan.changes().map(|step| {
        assert_eq!(step.action, Action::Update, "{}", step.resource);
        let attributes: Vec<&str> = step.changes.iter().map(|change| change.attribute.as_str()).collect();
        format!("{}: {}", step.resource, attributes.join(" "))
    });
    // What no service gives back is set once more, as in Terraform.
    let mut changed: Vec<String> = changed.collect();
    changed.sort();
    let wanted = ["charts: acl force_destroy", "group: revoke_rules_on_delete timeouts", "token: overwrite"];
    assert_eq!(changed, wanted);
    to.up().await.unwrap_or_else(|error| panic!("{error}"));
    let plan = to.preview().refresh(true).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(plan.is_empty(), "{:#?}", plan.changes().collect::<Vec<_>>());
}
