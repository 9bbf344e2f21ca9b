//! AWS partitions: which one a region is in, and the names that follow from it.
//!
//! Source: AWS General Reference, "Service endpoints and quotas" and "AWS PrivateLink: services that integrate".

/// A partition of AWS: regions that share accounts and an ARN prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second field of an ARN: `aws`, `aws-us-gov` or `aws-cn`.
    pub name: &'static str,
    /// The domain of service and registry hosts.
    pub dns_suffix: &'static str,
    /// What the names of PrivateLink services start with.
    service_prefix: &'static str,
}

const COMMERCIAL: Partition = Partition { name: "aws", dns_suffix: "amazonaws.com", service_prefix: "com.amazonaws" };
const GOV_CLOUD: Partition = Partition { name: "aws-us-gov", ..COMMERCIAL };
const CHINA: Partition =
    Partition { name: "aws-cn", dns_suffix: "amazonaws.com.cn", service_prefix: "cn.com.amazonaws" };

impl Partition {
    /// The partition of a region.
    pub fn of_region(region: &str) -> Self {
        match region {
            region if region.starts_with("us-gov-") => GOV_CLOUD,
            region if region.starts_with("cn-") => CHINA,
            _ => COMMERCIAL,
        }
    }

    /// The host of an account's registry.
    pub fn registry_host(&self, account: &str, region: &str) -> String {
        format!("{account}.dkr.ecr.{region}.{}", self.dns_suffix)
    }

    /// The ARN of a repository.
    pub fn repository_arn(&self, account: &str, region: &str, name: &str) -> String {
        format!("arn:{}:ecr:{region}:{account}:repository/{name}", self.name)
    }

    /// The ARN of a policy that AWS manages.
    pub fn managed_policy_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::aws:policy/{name}", self.name)
    }

    /// The PrivateLink service of ECR's `api` or `dkr` endpoint.
    pub fn ecr_service(&self, region: &str, endpoint: &str) -> String {
        format!("{}.{region}.ecr.{endpoint}", self.service_prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_partition() {
        let cases = [
            ("us-east-1", "aws", "1.dkr.ecr.us-east-1.amazonaws.com", "com.amazonaws.us-east-1.ecr.api"),
            (
                "us-gov-west-1",
                "aws-us-gov",
                "1.dkr.ecr.us-gov-west-1.amazonaws.com",
                "com.amazonaws.us-gov-west-1.ecr.api",
            ),
            ("cn-north-1", "aws-cn", "1.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn.com.amazonaws.cn-north-1.ecr.api"),
        ];
        for (region, name, host, service) in cases {
            let partition = Partition::of_region(region);
            assert_eq!(partition.name, name);
            assert_eq!(partition.registry_host("1", region), host);
            assert_eq!(partition.ecr_service(region, "api"), service);
            assert_eq!(
                partition.repository_arn("1", region, "a/b"),
                format!("arn:{name}:ecr:{region}:1:repository/a/b")
            );
        }
    }
}
