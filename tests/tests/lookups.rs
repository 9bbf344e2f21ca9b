//! What looks and computes: functions, data sources, and the ephemeral token.

use std::time::Duration;

use rosa_ecr_tests::{Emulator, Engine, Fault, Feature, HEAD, Workdir, on_each_engine, run_python};
use serde_json::{Value, json};

/// A directory with this configuration, ready to apply.
#[track_caller]
fn work(engine: &Engine, emulator: &Emulator, configuration: &str) -> Workdir {
    let work = Workdir::new(engine, emulator);
    work.file("main.tf", &format!("{HEAD}{configuration}"));
    work.init();
    work
}

#[test]
fn functions_need_nothing_but_their_arguments() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(
            engine,
            &emulator,
            r#"
output "registry" { value = provider::rosa::registry_url("123456789012", "cn-north-1") }
output "image" {
  value = provider::rosa::parse_image_uri("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/team/app:v1")
}
output "idms" {
  value = yamldecode(provider::rosa::idms_yaml(
    "123456789012.dkr.ecr.us-east-1.amazonaws.com",
    { "registry.redhat.io/openshift4" = "mirror/openshift4" },
  ))
}
output "usual_sources" {
  value = length(yamldecode(provider::rosa::idms_yaml("123456789012.dkr.ecr.us-east-1.amazonaws.com", null)).spec.imageDigestMirrors)
}
output "push" {
  value = jsondecode(provider::rosa::push_policy(["arn:aws:ecr:us-east-1:123456789012:repository/team/app"]))
}
output "image_mirrors" {
  value = provider::rosa::image_mirrors(<<-YAML
    apiVersion: config.openshift.io/v1
    kind: ImageDigestMirrorSet
    metadata:
      name: idms-operator-0
    spec:
      imageDigestMirrors:
      - mirrors:
        - 123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/openshift-gitops-1
        source: registry.redhat.io/openshift-gitops-1
    status: {}
  YAML
  )
}
output "pull_secret" {
  value = jsondecode(provider::rosa::merge_pull_secret(
    jsonencode({ auths = { "quay.io" = { auth = "eDp5" } } }),
    "123456789012.dkr.ecr.us-east-1.amazonaws.com",
    "password",
  ))
}
output "is_secret" {
  value = issensitive(provider::rosa::merge_pull_secret(
    null, "123456789012.dkr.ecr.us-east-1.amazonaws.com", sensitive("password"),
  ))
}
output "trust" {
  value = jsondecode(provider::rosa::irsa_trust_policy(
    "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/abc",
    ["ci:pipeline-builder"],
  ))
}
"#,
        );
        work.apply();
        let outputs = work.outputs();
        assert_eq!(outputs["registry"], "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn");
        let image = json!({
            "registry": "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "account": "123456789012",
            "region": "us-gov-west-1",
            "repository": "team/app",
            "tag": "v1",
            "digest": null,
        });
        assert_eq!(outputs["image"], image);
        let mirror = &outputs["idms"]["spec"]["imageDigestMirrors"][0];
        assert_eq!(outputs["idms"]["kind"], "ImageDigestMirrorSet");
        assert_eq!(mirror["mirrors"], json!(["123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/openshift4"]));
        assert!(outputs["usual_sources"].as_u64().is_some_and(|count| count > 1));
        assert_eq!(
            outputs["push"]["Statement"][1]["Resource"][0],
            "arn:aws:ecr:us-east-1:123456789012:repository/team/app"
        );
        let mirrors = [json!({
            "source": "registry.redhat.io/openshift-gitops-1",
            "mirrors": ["123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror/openshift-gitops-1"],
        })];
        assert_eq!(outputs["image_mirrors"], json!(mirrors));
        let auths = &outputs["pull_secret"]["auths"];
        assert_eq!(auths["quay.io"]["auth"], "eDp5");
        assert_eq!(auths["123456789012.dkr.ecr.us-east-1.amazonaws.com"]["auth"], "QVdTOnBhc3N3b3Jk");
        assert_eq!(outputs["is_secret"], true);
        let condition = &outputs["trust"]["Statement"][0]["Condition"]["StringEquals"];
        assert_eq!(condition["oidc.example.com/abc:sub"][0], "system:serviceaccount:ci:pipeline-builder");
        assert!(emulator.calls().is_empty(), "functions call nothing");
        work.assert_empty_plan();
    });
}

#[test]
fn a_wrong_argument_is_named_and_has_a_way_out() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(
            engine,
            &emulator,
            r#"output "image" { value = provider::rosa::parse_image_uri("https://quay.io/team/app") }"#,
        );
        let output = work.run(&["plan"]).failure();
        output.says("uri").says("https://quay.io/team/app").says("Leave");
    });
}

#[test]
fn a_repository_and_its_images_are_found() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let tags = json!([{ "Key": "team", "Value": "a" }, { "Key": "rosa-ecr/cluster", "Value": "dev" }]);
        aws.ecr(
            "CreateRepository",
            json!({ "repositoryName": "team/app", "tags": tags, "imageTagMutability": "IMMUTABLE" }),
        );
        let digests: Vec<String> = ["v1", "v2", "latest"].map(|tag| aws.push_image("team/app", tag)).into();
        aws.ecr("StartImageScan", json!({ "repositoryName": "team/app", "imageId": { "imageTag": "v2" } }));
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_repository" "this" { name = "team/app" }
data "rosa_ecr_images" "all" { repository = data.rosa_ecr_repository.this.name }
data "rosa_ecr_images" "versions" {
  repository = "team/app"
  tag_status = "TAGGED"
  tag_pattern = "v*"
}
data "rosa_ecr_images" "newest" {
  repository   = "team/app"
  most_recent  = true
  scan_summary = false
}
data "rosa_ecr_images" "untagged" {
  repository = "team/app"
  tag_status = "UNTAGGED"
}
output "repository" { value = data.rosa_ecr_repository.this }
output "all"        { value = data.rosa_ecr_images.all.images }
output "versions"   { value = data.rosa_ecr_images.versions.images }
output "newest"     { value = data.rosa_ecr_images.newest.images }
output "untagged"   { value = data.rosa_ecr_images.untagged.images }
"#,
        );
        work.apply();
        let outputs = work.outputs();
        let repository = &outputs["repository"];
        assert_eq!(repository["repository_url"], "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app");
        assert_eq!(repository["arn"], "arn:aws:ecr:us-east-1:123456789012:repository/team/app");
        assert_eq!(
            (&repository["image_tag_mutability"], &repository["region"]),
            (&json!("IMMUTABLE"), &json!("us-east-1"))
        );
        assert_eq!((&repository["tags"], &repository["cluster_name"]), (&json!({ "team": "a" }), &json!("dev")));

        let found = |output: &str| -> Vec<Value> { outputs[output].as_array().expect("a list").clone() };
        let (all, versions) = (found("all"), found("versions"));
        let mut sorted: Vec<&str> = all.iter().filter_map(|image| image["digest"].as_str()).collect();
        sorted.sort_unstable();
        let mut expected: Vec<&str> = digests.iter().map(String::as_str).collect();
        expected.sort_unstable();
        assert_eq!(sorted, expected, "all pages are read");
        assert!(
            all.is_sorted_by(|one, other| one["pushed_at"].as_str() >= other["pushed_at"].as_str()),
            "newest first"
        );
        assert_eq!(versions.len(), 2);
        let scanned = versions.iter().find(|image| image["tags"] == json!(["v2"])).expect("v2 is there");
        assert_eq!((&scanned["scan_status"], &scanned["scan_findings"]), (&json!("COMPLETE"), &json!({ "HIGH": 1 })));
        let other = versions.iter().find(|image| image["tags"] == json!(["v1"])).expect("v1 is there");
        assert_eq!((&other["scan_status"], &other["scan_findings"]), (&Value::Null, &json!({})));
        assert_eq!((found("newest").len(), found("newest")[0]["digest"].clone()), (1, all[0]["digest"].clone()));
        assert!(found("untagged").is_empty());
        work.assert_empty_plan();
    });
}

#[test]
fn what_is_not_there_is_an_error_that_says_so() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_repository" "this" { name = "nowhere" }
data "rosa_ecr_images" "these" { repository = "nowhere-else" }
"#,
        );
        let output = work.run(&["plan"]).failure();
        output
            .says("There is no repository nowhere in us-east-1")
            .says("There is no repository nowhere-else in us-east-1");
    });
}

#[test]
fn repositories_are_listed_and_the_newest_image_is_named() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        for (name, cluster) in [("team/b", "dev"), ("team/a", "dev"), ("other", "prod")] {
            let tags = json!([{ "Key": "rosa-ecr/cluster", "Value": cluster }, { "Key": "team", "Value": "a" }]);
            aws.ecr("CreateRepository", json!({ "repositoryName": name, "tags": tags }));
        }
        aws.push_image("team/a", "v1");
        let digest = aws.push_image("team/a", "v2");
        let work = work(
            engine,
            &emulator,
            &r#"
data "rosa_ecr_repositories" "all" {}
data "rosa_ecr_repositories" "of_dev" {
  name_prefix  = "team/"
  cluster_name = "dev"
  tags         = { team = "a" }
}
data "rosa_ecr_repository" "each" {
  for_each = toset(data.rosa_ecr_repositories.of_dev.names)
  name     = each.key
}
data "rosa_ecr_repository" "own" {
  name        = "team/a"
  registry_id = "123456789012"
}
data "rosa_ecr_images" "one" {
  repository   = "team/a"
  image_digest = "DIGEST"
}
data "rosa_ecr_images" "none" {
  repository   = "team/a"
  image_digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
}
output "all"      { value = data.rosa_ecr_repositories.all.names }
output "of_dev"   { value = data.rosa_ecr_repositories.of_dev }
output "newest"   { value = { for name, found in data.rosa_ecr_repository.each : name => length(found.most_recent_image_tags) } }
output "accounts" { value = [data.rosa_ecr_repository.own.registry_id, data.rosa_ecr_repository.each["team/b"].registry_id] }
output "one"      { value = data.rosa_ecr_images.one.images[*].tags }
output "none"     { value = data.rosa_ecr_images.none.images }
"#
            .replace("DIGEST", &digest),
        );
        work.apply();
        let outputs = work.outputs();
        assert_eq!(outputs["all"], json!(["other", "team/a", "team/b"]));
        let of_dev = &outputs["of_dev"];
        assert_eq!(of_dev["names"], json!(["team/a", "team/b"]));
        assert_eq!(of_dev["repository_urls"][1], "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/b");
        assert_eq!(
            (&of_dev["repositories"][0]["cluster_name"], &of_dev["repositories"][0]["tags"]),
            (&json!("dev"), &json!({ "team": "a" }))
        );
        assert_eq!(outputs["newest"], json!({ "team/a": 1, "team/b": 0 }));
        assert_eq!(outputs["accounts"], json!(["123456789012", "123456789012"]));
        assert_eq!((&outputs["one"], &outputs["none"]), (&json!([["v2"]]), &json!([])));
        assert!(emulator.writes().is_empty(), "they only look: {:?}", emulator.writes());
        work.assert_empty_plan();
    });
}

#[test]
fn a_preview_shows_what_a_policy_would_delete_and_deletes_nothing() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        let signature = format!("sha256-{}.sig", "a".repeat(64));
        let digests: Vec<String> = ["v1", "v2", &signature].map(|tag| aws.push_image("team/app", tag)).into();
        // All three are of one repository, and read at once.
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_lifecycle_policy_preview" "all_tags" {
  repository    = "team/app"
  untagged_days = 7
  keep_count    = 1
}
data "rosa_ecr_lifecycle_policy_preview" "releases" {
  repository    = "team/app"
  untagged_days = 7
  keep_count    = 1
  tag_patterns  = ["v*"]
}
data "rosa_ecr_lifecycle_policy_preview" "archive" {
  repository = "team/app"
  policy = jsonencode({
    rules = [{
      rulePriority = 7
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 2 }
      action       = { type = "transition", targetStorageClass = "archive" }
    }]
  })
}
output "all_tags" { value = data.rosa_ecr_lifecycle_policy_preview.all_tags }
output "releases" { value = data.rosa_ecr_lifecycle_policy_preview.releases }
output "archive"  { value = data.rosa_ecr_lifecycle_policy_preview.archive }
"#,
        );
        work.apply();
        let outputs = work.outputs();
        let digest_of = |output: &str, place: usize| outputs[output]["images"][place]["digest"].clone();
        assert_eq!(outputs["all_tags"]["expiring_count"], 2, "the signature is the newest image, by its tag");
        assert_eq!((&outputs["releases"]["expiring_count"], digest_of("releases", 0)), (&json!(1), json!(digests[0])));
        assert_eq!(outputs["releases"]["counts_by_rule"], json!({ "2": 1 }));
        let archive = &outputs["archive"];
        assert_eq!((&archive["expiring_count"], &archive["archiving_count"]), (&json!(0), &json!(1)));
        let image = &archive["images"][0];
        assert_eq!(
            (&image["tags"], &image["action"], &image["rule_priority"]),
            (&json!(["v1"]), &json!("TRANSITION"), &json!(7))
        );
        assert_eq!(archive["counts_by_storage_class"], json!({ "STANDARD": 1 }));
        let left = aws.ecr("DescribeImages", json!({ "repositoryName": "team/app" }));
        assert_eq!(left["imageDetails"].as_array().map(Vec::len), Some(3), "nothing is deleted");
        work.assert_empty_plan();

        aws.push_image("team/app", "v3");
        work.apply().says("The policy counts signatures in team/app as images").says("tag_patterns");
    });
}

#[test]
fn a_preview_without_a_policy_is_of_the_repositorys_own() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        aws.push_image("team/app", "v1");
        aws.push_image("team/app", "v2");
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_lifecycle_policy_preview" "now" { repository = "team/app" }
output "expiring" { value = data.rosa_ecr_lifecycle_policy_preview.now.images[*].tags }
"#,
        );
        work.run(&["plan"])
            .failure()
            .says("The repository team/app has no lifecycle policy")
            .says("untagged_days and keep_count");
        aws.put_another_lifecycle_policy("team/app");
        work.apply();
        assert_eq!(work.outputs()["expiring"], json!([["v1"]]));
    });
}

#[test]
fn findings_of_a_scan_are_told_and_an_image_without_one_is_an_error() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        let digest = aws.push_image("team/app", "v1");
        let work = work(
            engine,
            &emulator,
            r#"
data "rosa_ecr_image_scan_findings" "v1" {
  repository = "team/app"
  image_tag  = "v1"
}
output "found" { value = data.rosa_ecr_image_scan_findings.v1 }
"#,
        );
        work.run(&["plan"]).failure().says("The image team/app:v1 was never scanned").says("aws ecr start-image-scan");
        aws.ecr("StartImageScan", json!({ "repositoryName": "team/app", "imageId": { "imageTag": "v1" } }));
        work.apply();
        let outputs = work.outputs();
        let found = &outputs["found"];
        assert_eq!((&found["digest"], &found["status"]), (&json!(digest), &json!("COMPLETE")));
        assert_eq!((&found["severity_counts"], &found["truncated"]), (&json!({ "HIGH": 1 }), &json!(false)));
        let finding = &found["findings"][0];
        assert_eq!((&finding["name"], &finding["severity"]), (&json!("CVE-9999-9999"), &json!("HIGH")));
        assert_eq!(
            (&finding["packages"][0]["name"], &finding["packages"][0]["version"]),
            (&json!("moto_fake"), &json!("9.9.9"))
        );

        aws.ecr("PutRegistryScanningConfiguration", json!({ "scanType": "ENHANCED", "rules": [] }));
        work.apply();
        let outputs = work.outputs();
        let found = &outputs["found"];
        assert_eq!(found["status"], "ACTIVE");
        let package = &found["findings"][0]["packages"][0];
        assert_eq!((&package["fixed_version"], &package["package_manager"]), (&json!("10.0.0"), &json!("OS")));
        assert!(emulator.writes().is_empty(), "it only looks: {:?}", emulator.writes());
    });
}

const READINESS: &str = r#"
variable "vpc_id" {}
variable "private_subnet_ids" {}
variable "make" {}

resource "rosa_ecr" "registry" {
  count              = var.make ? 1 : 0
  cluster_name       = "dev"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.private_subnet_ids
  worker_role_names  = ["worker"]
}
data "rosa_ecr_pull_readiness" "dev" {
  repository             = "dev-registry"
  image_tag              = "v1"
  vpc_id                 = var.vpc_id
  private_subnet_ids     = var.private_subnet_ids
  worker_role_names      = ["worker"]
  instance_profile_names = ["pool"]
  depends_on             = [rosa_ecr.registry]
}
check "pull" {
  assert {
    condition     = data.rosa_ecr_pull_readiness.dev.ready
    error_message = "Not ready:\n${data.rosa_ecr_pull_readiness.dev.summary}"
  }
}
output "ready"  { value = data.rosa_ecr_pull_readiness.dev.ready }
output "failed" { value = [for c in data.rosa_ecr_pull_readiness.dev.checks : c.name if !c.passed] }
"#;

#[test]
fn readiness_says_what_is_missing_until_nothing_is() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let network = aws.network("10.0.0.0/16", 2);
        aws.worker_role("worker");
        aws.instance_profile("pool", Some("worker"));
        let work = work(engine, &emulator, READINESS);
        let vars = |make: bool| json!({ "vpc_id": network.vpc, "private_subnet_ids": network.subnets, "make": make });

        work.vars(vars(false));
        let output = work.apply();
        output.says("Not ready:").says("There is no repository dev-registry in us-east-1.");
        let outputs = work.outputs();
        assert_eq!(outputs["ready"], false);
        let missing = [
            "image",
            "endpoint_api",
            "endpoint_dkr",
            "ingress_api",
            "ingress_dkr",
            "s3_gateway",
            "endpoint_sts",
            "pull_policy/role/worker",
            "pull_policy/instance-profile/pool",
        ];
        assert_eq!(outputs["failed"], json!(missing));

        // The registry brings everything but the image and the gateway, which belongs to the VPC.
        work.vars(vars(true));
        work.apply();
        assert_eq!(work.outputs()["failed"], json!(["image", "s3_gateway", "endpoint_sts"]));

        aws.push_image("dev-registry", "v1");
        let main = aws.ec2("DescribeRouteTables", &[("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", &network.vpc)]);
        let main = main["routeTableSet"][0]["routeTableId"].as_str().expect("a VPC has a route table").to_owned();
        let service = "com.amazonaws.us-east-1.s3";
        let gateway = [
            ("VpcEndpointType", "Gateway"),
            ("VpcId", &network.vpc),
            ("ServiceName", service),
            ("RouteTableId.1", &main),
        ];
        aws.ec2("CreateVpcEndpoint", &gateway);
        emulator.clear_calls();
        let output = work.apply();
        let found = work.outputs();
        // Pods that take roles need STS, and pulls do not.
        assert_eq!((&found["ready"], &found["failed"]), (&json!(true), &json!(["endpoint_sts"])), "{output}");
        assert!(emulator.writes().is_empty(), "it only looks: {:?}", emulator.writes());
        work.assert_empty_plan();
        aws.ecr("BatchDeleteImage", json!({ "repositoryName": "dev-registry", "imageIds": [{ "imageTag": "v1" }] }));
        work.destroy();
    });
}

#[test]
fn a_token_configures_another_provider_and_is_written_nowhere() {
    on_each_engine(|engine| {
        if !engine.has(Feature::Ephemeral) {
            return;
        }
        let emulator = Emulator::start();
        emulator.aws().ecr("CreateRepository", json!({ "repositoryName": "team/app" }));
        // The second provider stands for any that takes a password, such as one that pushes images.
        let work = work(
            engine,
            &emulator,
            r#"
ephemeral "rosa_ecr_authorization_token" "this" {
  registry_id = "210987654321"
  lifecycle {
    postcondition {
      condition     = self.registry == "210987654321.dkr.ecr.us-east-1.amazonaws.com"
      error_message = "It is ${self.registry}."
    }
  }
}
provider "rosa" {
  alias      = "second"
  region     = "us-east-1"
  access_key = "AKIASECONDEXAMPLE"
  secret_key = ephemeral.rosa_ecr_authorization_token.this.password
  token      = ephemeral.rosa_ecr_authorization_token.this.docker_config_json
}
resource "rosa_ecr_repository" "made" {
  provider = rosa.second
  name     = "made-by-the-second"
}
"#,
        );
        work.run(&["plan", "-out=saved.tfplan"]).success();
        work.run(&["apply", "saved.tfplan"]).success();
        let calls = emulator.calls();
        let create = calls.iter().find(|call| call.action == "CreateRepository").expect("the second provider works");
        assert_eq!(create.access_key, "AKIASECONDEXAMPLE");

        // The emulator's password, and the same in the token's base64.
        let secrets = ["123456789012-auth-token", "QVdTOjEyMzQ1Njc4OTAxMi"];
        let state = std::fs::read_to_string(work.path().join("terraform.tfstate")).expect("the state is a file");
        assert!(state.contains("made-by-the-second"), "it is the state");
        assert!(secrets.iter().all(|secret| !state.contains(secret)), "{state}");
        // A plan is a ZIP archive.
        let plan = work.path().join("saved.tfplan");
        let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1]) as plan:\n  sys.stdout.write(''.join(plan.read(n).decode('latin-1') for n in plan.namelist()))";
        let text = run_python(&["-c", script, plan.to_str().expect("UTF-8")], Duration::from_secs(60)).success();
        assert!(text.stdout().contains("made-by-the-second"), "it is the plan");
        assert!(secrets.iter().all(|secret| !text.stdout().contains(secret)), "a secret is in the plan");
    });
}

/// What a role may pull, as the data source proves it.
const PROOF: &str = r#"
data "rosa_ecr_pull_readiness" "proof" {
  repository        = "team/app"
  repositories      = ["other"]
  worker_role_names = ["worker"]
}
output "details" { value = { for c in data.rosa_ecr_pull_readiness.proof.checks : c.name => "${c.passed} ${c.detail}" } }
"#;

#[test]
fn readiness_proves_each_permission_for_each_repository() {
    on_each_engine(|engine| {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        aws.worker_role("worker");
        for name in ["team/app", "other"] {
            aws.ecr("CreateRepository", json!({ "repositoryName": name }));
            aws.push_image(name, "v1");
        }
        let of = |permission: &str| {
            format!(
                "{HEAD}resource \"rosa_ecr_pull_policy_attachment\" \"worker\" {{\n  role_name = \"worker\"\n  permission = {permission}\n}}\n"
            )
        };
        let scoped = "\"scoped\"\n  repository_arns = [\"arn:aws:ecr:us-east-1:123456789012:repository/team/*\"]";
        let given = work(engine, &emulator, "");
        let proof = work(engine, &emulator, PROOF);
        for (permission, other) in [("\"read_only\"", "true"), ("\"pull_only\"", "true"), (scoped, "false")] {
            given.file("main.tf", &of(permission));
            given.apply();
            for is_denied in [false, true] {
                if is_denied {
                    emulator.fault(Fault::denied("SimulatePrincipalPolicy").always());
                }
                proof.apply();
                emulator.clear_faults();
                let details = proof.outputs()["details"].clone();
                let of = |name: &str| details[name].as_str().expect("a text").to_owned();
                let by = if is_denied { "as its policies say" } else { "policy simulator says" };
                let reported = of("pull_policy/role/worker");
                assert!(reported.starts_with("true") && reported.contains(by), "{permission}: {reported}");
                let reported = of("pull_policy/role/worker/other");
                assert!(reported.starts_with(other), "{permission}: {reported}");
            }
        }
        given.destroy();
    });
}
