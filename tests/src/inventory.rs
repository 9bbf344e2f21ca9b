//! What there is in AWS, for tests that say all of it.

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::xml::items;

impl Aws {
    /// What there is of everything that rosa-ecr can make, in a few words each, sorted.
    #[must_use]
    #[track_caller]
    pub fn inventory(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut there: Vec<String> = Vec::new();
        let repositories = self.ecr("DescribeRepositories", json!({}));
        for repository in items(&repositories["repositories"]) {
            let name = text(&repository["repositoryName"]);
            there.push(format!("repository {name}"));
            if self.try_ecr("GetLifecyclePolicy", json!({ "repositoryName": name })).is_ok() {
                there.push(format!("lifecycle policy {name}"));
            }
            if self.try_ecr("GetRepositoryPolicy", json!({ "repositoryName": name })).is_ok() {
                there.push(format!("repository policy {name}"));
            }
        }
        let of = |action: &str| self.try_ecr(action, json!({})).unwrap_or_default();
        for template in items(&of("DescribeRepositoryCreationTemplates")["repositoryCreationTemplates"]) {
            there.push(format!("creation template {}", text(&template["prefix"])));
        }
        for rule in items(&of("DescribePullThroughCacheRules")["pullThroughCacheRules"]) {
            there.push(format!("pull through cache rule {}", text(&rule["ecrRepositoryPrefix"])));
        }
        for endpoint in items(&self.ec2("DescribeVpcEndpoints", &[])["vpcEndpointSet"]) {
            if !matches!(text(&endpoint["state"]).as_str(), "deleting" | "deleted") {
                there.push(format!("endpoint {}", text(&endpoint["serviceName"])));
            }
        }
        for group in items(&self.ec2("DescribeSecurityGroups", &[])["securityGroupInfo"]) {
            if text(&group["groupName"]) != "default" {
                there.push(format!("group {}", text(&group["groupName"])));
            }
        }
        for role in items(&self.iam("ListRoles", &[])["Roles"]) {
            let name = text(&role["RoleName"]);
            for _ in self.attached_policies(&name) {
                there.push(format!("attachment {name}"));
            }
            for policy in items(&self.iam("ListRolePolicies", &[("RoleName", &name)])["PolicyNames"]) {
                there.push(format!("inline policy {name}/{}", text(policy)));
            }
            there.push(format!("role {name}"));
        }
        there.sort();
        there
    }
}
