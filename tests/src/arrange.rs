//! What a test needs to be there before it begins: a network, roles, images.

use serde_json::{Value, json};

use crate::aws::Aws;

/// A VPC with its subnets, one in each of the region's first zones.
#[derive(Clone, Debug)]
pub struct Network {
    /// The VPC's id.
    pub vpc: String,
    /// The subnets' ids, in the order of the zones.
    pub subnets: Vec<String>,
}

/// Who may assume a worker role.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

impl Aws {
    /// Creates a VPC with DNS names on, and /24 subnets in that many zones (at most three).
    #[track_caller]
    pub fn network(&self, cidr: &str, zones: usize) -> Network {
        let vpc = text(&self.ec2("CreateVpc", &[("CidrBlock", cidr)])["vpc"]["vpcId"]);
        self.ec2("ModifyVpcAttribute", &[("VpcId", &vpc), ("EnableDnsHostnames.Value", "true")]);
        let subnets = (0..zones).map(|zone| self.subnet(&vpc, cidr, zone, zone)).collect();
        Network { vpc, subnets }
    }

    /// Creates the n-th /24 subnet of a VPC's block in the given zone (0: the region's first).
    #[track_caller]
    pub fn subnet(&self, vpc: &str, vpc_cidr: &str, n: usize, zone: usize) -> String {
        let mut octets = vpc_cidr.split(['.', '/']);
        let (first, second) = (octets.next().expect("a CIDR block"), octets.next().expect("a CIDR block"));
        let block = format!("{first}.{second}.{n}.0/24");
        let zone = format!("{}{}", self.region(), ["a", "b", "c"][zone]);
        let parameters = [("VpcId", vpc), ("CidrBlock", &block), ("AvailabilityZone", &zone)];
        text(&self.ec2("CreateSubnet", &parameters)["subnet"]["subnetId"])
    }

    /// Creates a role that EC2 instances may have, and gives its ARN.
    #[track_caller]
    pub fn worker_role(&self, name: &str) -> String {
        text(&self.iam("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", TRUST)])["Role"]["Arn"])
    }

    /// Creates an instance profile with that role in it; none: an empty one.
    #[track_caller]
    pub fn instance_profile(&self, name: &str, role: Option<&str>) {
        self.iam("CreateInstanceProfile", &[("InstanceProfileName", name)]);
        if let Some(role) = role {
            self.iam("AddRoleToInstanceProfile", &[("InstanceProfileName", name), ("RoleName", role)]);
        }
    }

    /// The ARNs of the managed policies attached to a role, sorted.
    #[track_caller]
    pub fn attached_policies(&self, role: &str) -> Vec<String> {
        let answer = self.iam("ListAttachedRolePolicies", &[("RoleName", role)]);
        let mut arns: Vec<_> =
            crate::items(&answer["AttachedPolicies"]).iter().map(|policy| text(&policy["PolicyArn"])).collect();
        arns.sort();
        arns
    }

    /// Puts a lifecycle policy that no registry writes.
    #[track_caller]
    pub fn put_another_lifecycle_policy(&self, repository: &str) {
        let rule = json!({
            "rulePriority": 1,
            "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1 },
            "action": { "type": "expire" },
        });
        let policy = json!({ "rules": [rule] }).to_string();
        self.ecr("PutLifecyclePolicy", json!({ "repositoryName": repository, "lifecyclePolicyText": policy }));
    }

    /// Puts an image of its own under a tag into a repository, so that it is not empty, and gives its digest.
    #[track_caller]
    pub fn push_image(&self, repository: &str, tag: &str) -> String {
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:0", "size": 7 },
            "layers": [],
            "annotations": { "org.opencontainers.image.version": tag },
        });
        let body = json!({ "repositoryName": repository, "imageManifest": manifest.to_string(), "imageTag": tag });
        text(&self.ecr("PutImage", body)["image"]["imageId"]["imageDigest"])
    }
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text expected in the emulator's answer, not {value}")).to_owned()
}
