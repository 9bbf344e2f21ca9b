//! What the tests of `rosa_ecr` have in common: an AWS with a network and worker roles, a registry, and a look at both.

use std::collections::BTreeSet;

use rosa_ecr_tests::{Emulator, Engine, Network, Output, Workdir, items};
use serde_json::{Value, json};

/// Every optional part of a registry, besides the network.
pub const EVERYTHING: &str = r#"
  worker_role_names      = ["worker"]
  instance_profile_names = ["pool"]
  generate_idms          = true
  idms_mirrors           = { "registry.redhat.io/ubi9" = "ubi9" }
  tags                   = { Team = "platform" }
"#;

/// An AWS with a VPC of two subnets, the role `worker` and the instance profile `pool` with the role `pool-role`; and a
/// directory for the cluster `dev`.
pub struct Scene {
    pub emulator: Emulator,
    pub network: Network,
    pub work: Workdir,
}

impl Scene {
    pub fn new(engine: &Engine) -> Self {
        let emulator = Emulator::start();
        let aws = emulator.aws();
        let network = aws.network("10.0.0.0/16", 2);
        aws.worker_role("worker");
        aws.worker_role("pool-role");
        aws.instance_profile("pool", Some("pool-role"));
        let work = Workdir::new(engine, &emulator);
        Self { emulator, network, work }
    }

    /// A registry with these arguments, applied.
    pub fn applied(engine: &Engine, arguments: &str) -> Self {
        let scene = Self::new(engine);
        scene.registry(arguments);
        scene.work.init();
        scene.work.apply();
        scene
    }

    /// Writes the configuration: the registry of the cluster `dev`, in the network, with these arguments.
    pub fn registry(&self, arguments: &str) -> &Self {
        let Network { vpc, subnets } = &self.network;
        self.registry_in(vpc, subnets, arguments)
    }

    /// [`Self::registry`] in another network.
    pub fn registry_in(&self, vpc: &str, subnets: &[String], arguments: &str) -> &Self {
        self.bare_registry(&format!(
            "cluster_name = \"dev\"\n  vpc_id = \"{vpc}\"\n  private_subnet_ids = {subnets:?}\n{arguments}"
        ))
    }

    /// Writes the configuration: a registry with these arguments and no others.
    pub fn bare_registry(&self, arguments: &str) -> &Self {
        self.work.file("main.tf", &configuration("region = \"us-east-1\"", arguments));
        self
    }

    /// What the plan would do to the registry, and the attributes that differ between before and after.
    pub fn planned(&self) -> (Value, BTreeSet<String>) {
        let plan = self.work.plan_json();
        let change = &plan["resource_changes"][0]["change"];
        let (before, after, unknown) = (&change["before"], &change["after"], &change["after_unknown"]);
        let mut names: BTreeSet<String> = BTreeSet::new();
        for side in [before, after, unknown] {
            names.extend(side.as_object().into_iter().flat_map(|side| side.keys().cloned()));
        }
        let is_unknown = |name: &str| unknown[name] != Value::Null && unknown[name] != json!(false);
        names.retain(|name| before[name] != after[name] || is_unknown(name) && !after[name].is_object());
        // An empty collection among the unknowns means that nothing in it is unknown.
        names.retain(|name| before[name] != after[name] || unknown[name] == json!(true));
        (change["actions"].clone(), names)
    }

    /// Every object that a registry can have, by what it is: names of repositories, services of living endpoints, names of
    /// security groups but the VPCs' own, roles with the pull policy.
    pub fn objects(&self) -> Vec<String> {
        let aws = self.emulator.aws();
        let mut found = Vec::new();
        let repositories = aws.ecr("DescribeRepositories", json!({}));
        for repository in items(&repositories["repositories"]) {
            found.push(format!("repository {}", text(&repository["repositoryName"])));
        }
        for endpoint in self.endpoints() {
            let service = text(&endpoint["serviceName"]);
            found.push(format!("endpoint {}", service.rsplit("ecr.").next().unwrap_or(&service)));
        }
        for group in items(&aws.ec2("DescribeSecurityGroups", &[])["securityGroupInfo"]) {
            if group["groupName"] != json!("default") {
                found.push(format!("group {}", text(&group["groupName"])));
            }
        }
        for role in ["pool-role", "worker"] {
            let policies = aws.try_iam("ListAttachedRolePolicies", &[("RoleName", role)]);
            if policies.is_ok_and(|policies| !items(&policies["AttachedPolicies"]).is_empty()) {
                found.push(format!("pull {role}"));
            }
        }
        found.sort();
        found
    }

    /// When the repository was made.
    pub fn repository(&self) -> Value {
        let described = self.emulator.aws().ecr("DescribeRepositories", json!({ "repositoryNames": ["dev-registry"] }));
        described["repositories"][0]["createdAt"].clone()
    }

    /// The endpoints that are not deleted.
    pub fn endpoints(&self) -> Vec<Value> {
        let described = self.emulator.aws().ec2("DescribeVpcEndpoints", &[]);
        let mut endpoints: Vec<Value> = items(&described["vpcEndpointSet"]).to_vec();
        endpoints.retain(|endpoint| endpoint["state"] != json!("deleted"));
        endpoints
    }

    /// An attribute of the registry in the state.
    pub fn attribute(&self, name: &str) -> Value {
        self.work.state_json()["values"]["root_module"]["resources"][0]["values"][name].clone()
    }

    /// Applies, and says which writes that took, sorted.
    pub fn writes_of_apply(&self) -> Vec<String> {
        self.emulator.clear_calls();
        self.work.apply();
        let mut writes = self.emulator.writes();
        writes.sort();
        writes
    }

    /// Applies and expects it to fail.
    pub fn failed_apply(&self) -> Output {
        self.work.run(&["apply", "-auto-approve"]).failure()
    }
}

/// A configuration with these arguments of the provider and the registry.
pub fn configuration(provider: &str, registry: &str) -> String {
    format!(
        "terraform {{\n  required_providers {{\n    rosa = {{ source = \"rosa-ecr/rosa\" }}\n  }}\n}}\n\n\
         provider \"rosa\" {{\n  {provider}\n}}\n\nresource \"rosa_ecr\" \"registry\" {{\n  {registry}\n}}\n"
    )
}

/// The objects of a registry with [`EVERYTHING`].
pub fn all_objects() -> Vec<String> {
    let mut all = [
        "endpoint api",
        "endpoint dkr",
        "group rosa-ecr-endpoints-dev",
        "pull pool-role",
        "pull worker",
        "repository dev-registry",
    ]
    .map(str::to_owned);
    all.sort();
    all.into()
}

/// A text of an answer.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
