//! Whether a cluster can pull.

use super::*;

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
