//! What these tests have in common: resources under a label, plans with their diagnostics, and who holds what.

use std::time::Duration;

use rosa_ecr_tests::{Emulator, Engine, HEAD, Output, Workdir, items};
use serde_json::{Value, json};

/// How long an apply may take. One that waits for an object that another label holds takes minutes.
pub const BOUND: Duration = Duration::from_secs(60);

/// A repository with both its policies. `LABEL` and `ARGUMENTS` are filled in.
pub const DOCUMENTS: &str = r#"
resource "rosa_ecr_repository" "LABEL" {
  name = "team/app"
  ARGUMENTS
}
resource "rosa_ecr_lifecycle_policy" "LABEL" {
  repository    = rosa_ecr_repository.LABEL.name
  untagged_days = 7
  keep_count    = 5
}
resource "rosa_ecr_repository_policy" "LABEL" {
  repository = rosa_ecr_repository.LABEL.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Pull"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::210987654321:root" }
      Action    = ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    }]
  })
}
"#;

/// The other granular resources that hold an object.
pub const NETWORK_AND_ROLES: &str = r#"
resource "rosa_ecr_endpoint_security_group" "LABEL" {
  name   = "ecr-endpoints"
  vpc_id = var.vpc_id
}
resource "rosa_ecr_vpc_endpoint" "LABEL" {
  service            = "api"
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  security_group_ids = [rosa_ecr_endpoint_security_group.LABEL.id]
}
resource "rosa_ecr_pull_policy_attachment" "LABEL" {
  role_name = "worker"
}
resource "rosa_ecr_push_role" "LABEL" {
  name              = "pipeline-push"
  repository_arns   = ["arn:aws:ecr:us-east-1:123456789012:repository/team/app"]
  oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/rh-oidc.example.com/abc"
  service_accounts  = ["ci:builder"]
}
"#;

/// A registry with all its parts.
pub const REGISTRY: &str = r#"
resource "rosa_ecr" "LABEL" {
  cluster_name       = "dev"
  vpc_id             = var.vpc_id
  private_subnet_ids = var.subnet_ids
  worker_role_names  = ["worker"]
  ARGUMENTS
}
"#;

const VARIABLES: &str = "variable \"vpc_id\" { type = string }\nvariable \"subnet_ids\" { type = set(string) }\n";

/// A template with its label and arguments.
pub fn labelled(template: &str, label: &str, arguments: &str) -> String {
    template.replace("LABEL", label).replace("ARGUMENTS", arguments)
}

/// The addresses of the resources of a configuration.
pub fn addresses(body: &str) -> Vec<String> {
    let address = |line: &str| {
        let (kind, label) = line.strip_prefix("resource \"")?.split_once("\" \"")?;
        kind.starts_with("rosa_").then(|| format!("{kind}.{}", label.split('"').next().unwrap_or_default()))
    };
    let mut addresses: Vec<_> = body.lines().filter_map(address).collect();
    addresses.sort();
    addresses
}

/// A warning or an error of an engine.
#[derive(Debug)]
pub struct Remark {
    pub severity: String,
    pub address: String,
    pub text: String,
}

/// What an engine remarks in its JSON output.
pub fn remarks(output: &Output) -> Vec<Remark> {
    let events = output.stdout().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let remark = |event: Value| {
        let text = |name: &str| event["diagnostic"][name].as_str().unwrap_or_default().to_owned();
        let whole = format!("{}\n{}", text("summary"), text("detail"));
        Remark { severity: text("severity"), address: text("address"), text: whole }
    };
    events.filter(|event| event["type"] == "diagnostic").map(remark).collect()
}

/// An AWS with a VPC of two subnets and the role `worker`, and a directory.
pub struct Scene {
    pub emulator: Emulator,
    pub work: Workdir,
}

impl Scene {
    pub fn new(engine: &Engine) -> Self {
        let emulator = Emulator::start();
        let network = emulator.aws().network("10.0.0.0/16", 2);
        emulator.aws().worker_role("worker");
        let work = Workdir::new(engine, &emulator);
        work.vars(json!({ "vpc_id": network.vpc, "subnet_ids": network.subnets }));
        work.file("main.tf", HEAD).init();
        Self { emulator, work }
    }

    /// This configuration, applied.
    pub fn applied(engine: &Engine, body: &str) -> Self {
        let scene = Self::new(engine);
        scene.write(body).work.apply();
        scene
    }

    /// Writes the configuration.
    pub fn write(&self, body: &str) -> &Self {
        self.work.file("main.tf", &format!("{HEAD}{VARIABLES}{body}"));
        self
    }

    /// Plans into a file, with the output in JSON; new calls are recorded from here on.
    pub fn plan(&self, parallelism: &str) -> Output {
        self.emulator.clear_calls();
        self.work.run(&["plan", "-json", parallelism, "-out=saved.tfplan"])
    }

    /// The errors of a plan that fails and writes nothing.
    #[track_caller]
    pub fn refused_plan(&self) -> Vec<Remark> {
        let output = self.plan("-parallelism=10").failure();
        self.assert_nothing_written();
        let mut remarks = remarks(&output);
        remarks.retain(|remark| remark.severity == "error");
        remarks
    }

    #[track_caller]
    pub fn assert_nothing_written(&self) {
        assert_eq!(self.emulator.writes(), [""; 0], "nothing is written");
    }

    /// Runs a command that has to end soon.
    #[track_caller]
    pub fn soon(&self, arguments: &[&str]) -> Output {
        self.work.spawn(arguments).wait_for(BOUND)
    }

    /// Checks that a further apply finds nothing to do, and that the state holds exactly these resources.
    #[track_caller]
    pub fn assert_settled(&self, holders: &[String]) {
        assert_eq!(self.holders(), holders, "each object is held once");
        self.emulator.clear_calls();
        self.soon(&["apply", "-auto-approve"]).success().says("0 added, 0 changed, 0 destroyed");
        self.assert_nothing_written();
    }

    /// Checks that a destroy leaves nothing behind but the role, and no mark on it.
    #[track_caller]
    pub fn assert_destroyed(&self) {
        self.soon(&["destroy", "-auto-approve"]).success();
        assert_eq!(self.emulator.aws().inventory(), ["role worker"]);
        let tags = self.emulator.aws().iam("ListRoleTags", &[("RoleName", "worker")]);
        assert!(items(&tags["Tags"]).is_empty(), "no mark is left: {tags}");
    }

    /// The addresses of the provider's resources in the state.
    pub fn holders(&self) -> Vec<String> {
        let file = self.work.path().join("terraform.tfstate");
        let state: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("a state")).expect("JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let resources = items(&state["resources"]).iter().flat_map(|resource| {
            let address = format!("{}.{}", text(&resource["type"]), text(&resource["name"]));
            items(&resource["instances"]).iter().map(move |_| address.clone())
        });
        let mut held: Vec<_> = resources.filter(|address| address.starts_with("rosa_")).collect();
        held.sort();
        held
    }

    /// When the repository was created, which tells one of a name from the next.
    pub fn created(&self, repository: &str) -> Value {
        let described = self.emulator.aws().ecr("DescribeRepositories", json!({ "repositoryNames": [repository] }));
        described["repositories"][0]["createdAt"].clone()
    }

    /// How many images the repository holds.
    pub fn images(&self, repository: &str) -> usize {
        items(&self.emulator.aws().ecr("ListImages", json!({ "repositoryName": repository }))["imageIds"]).len()
    }
}
