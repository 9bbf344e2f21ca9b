//! AWS partitions: which one a region is in, and the names that follow from it.
//!
//! Sources: AWS General Reference, "Service endpoints and quotas"; AWS PrivateLink Guide, "Services that integrate"; for the
//! isolated partitions and the European Sovereign Cloud botocore's `partitions.json`, and the names of PrivateLink services in
//! the AWS CDK (`vpc-endpoint.ts`).

/// A partition of AWS: regions that share accounts and an ARN prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second field of an ARN, such as `aws` or `aws-us-gov`.
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

/// What the names of regions start with, in partitions other than the commercial one.
const BY_PREFIX: [(&str, Partition); 7] = [
    ("us-gov-", GOV_CLOUD),
    ("cn-", CHINA),
    ("eusc-", Partition { name: "aws-eusc", dns_suffix: "amazonaws.eu", service_prefix: "eu.amazonaws" }),
    ("us-iso-", Partition { name: "aws-iso", dns_suffix: "c2s.ic.gov", service_prefix: "gov.ic.c2s" }),
    ("us-isob-", Partition { name: "aws-iso-b", dns_suffix: "sc2s.sgov.gov", service_prefix: "gov.sgov.sc2s" }),
    ("eu-isoe-", Partition { name: "aws-iso-e", dns_suffix: "cloud.adc-e.uk", service_prefix: "uk.adc-e.cloud" }),
    ("us-isof-", Partition { name: "aws-iso-f", dns_suffix: "csp.hci.ic.gov", service_prefix: "gov.ic.hci.csp" }),
];

impl Partition {
    /// The partition of a region.
    pub fn of_region(region: &str) -> Self {
        let found = BY_PREFIX.into_iter().find(|(prefix, _)| region.starts_with(prefix));
        found.map_or(COMMERCIAL, |(_, partition)| partition)
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
            (
                "eusc-de-east-1",
                "aws-eusc",
                "1.dkr.ecr.eusc-de-east-1.amazonaws.eu",
                "eu.amazonaws.eusc-de-east-1.ecr.api",
            ),
            ("us-iso-east-1", "aws-iso", "1.dkr.ecr.us-iso-east-1.c2s.ic.gov", "gov.ic.c2s.us-iso-east-1.ecr.api"),
            (
                "us-isob-west-1",
                "aws-iso-b",
                "1.dkr.ecr.us-isob-west-1.sc2s.sgov.gov",
                "gov.sgov.sc2s.us-isob-west-1.ecr.api",
            ),
            (
                "eu-isoe-west-1",
                "aws-iso-e",
                "1.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk",
                "uk.adc-e.cloud.eu-isoe-west-1.ecr.api",
            ),
            (
                "us-isof-south-1",
                "aws-iso-f",
                "1.dkr.ecr.us-isof-south-1.csp.hci.ic.gov",
                "gov.ic.hci.csp.us-isof-south-1.ecr.api",
            ),
            ("eu-west-1", "aws", "1.dkr.ecr.eu-west-1.amazonaws.com", "com.amazonaws.eu-west-1.ecr.api"),
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
