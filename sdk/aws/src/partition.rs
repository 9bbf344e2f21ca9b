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
    /// What the names of some PrivateLink services start with.
    service_prefix: &'static str,
    /// The services with that prefix. The names of all others start as in the commercial partition.
    prefixed_services: &'static [&'static str],
}

const COMMERCIAL: Partition =
    Partition { name: "aws", dns_suffix: "amazonaws.com", service_prefix: COMMERCIAL_PREFIX, prefixed_services: &[] };
const COMMERCIAL_PREFIX: &str = "com.amazonaws";
const GOV_CLOUD: Partition = Partition { name: "aws-us-gov", ..COMMERCIAL };
const ECR_ONLY: &[&str] = &["ecr.api", "ecr.dkr"];
const ECR_AND_EC2: &[&str] = &["ecr.api", "ecr.dkr", "ec2"];
const CHINA: Partition = Partition {
    name: "aws-cn",
    dns_suffix: "amazonaws.com.cn",
    service_prefix: "cn.com.amazonaws",
    prefixed_services: &["ecr.api", "ecr.dkr", "ec2", "sts"],
};

/// What the names of regions start with, in partitions other than the commercial one.
const BY_PREFIX: [(&str, Partition); 8] = [
    ("us-gov-", GOV_CLOUD),
    ("cn-", CHINA),
    ("eusc-", named("aws-eusc", "amazonaws.eu", "eu.amazonaws", ECR_ONLY)),
    ("us-iso-", named("aws-iso", "c2s.ic.gov", "gov.ic.c2s", ECR_AND_EC2)),
    ("us-isob-east-", named("aws-iso-b", "sc2s.sgov.gov", "gov.sgov.sc2s", ECR_AND_EC2)),
    ("us-isob-", named("aws-iso-b", "sc2s.sgov.gov", "gov.sgov.sc2s", ECR_ONLY)),
    ("eu-isoe-", named("aws-iso-e", "cloud.adc-e.uk", "uk.adc-e.cloud", ECR_ONLY)),
    ("us-isof-", named("aws-iso-f", "csp.hci.ic.gov", "gov.ic.hci.csp", ECR_ONLY)),
];

const fn named(
    name: &'static str,
    dns_suffix: &'static str,
    service_prefix: &'static str,
    prefixed_services: &'static [&'static str],
) -> Partition {
    Partition { name, dns_suffix, service_prefix, prefixed_services }
}

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

    /// The name of a service that a VPC endpoint leads to, such as `ecr.api` or `s3`.
    pub fn endpoint_service(&self, region: &str, service: &str) -> String {
        let is_prefixed = self.prefixed_services.contains(&service);
        let prefix = if is_prefixed { self.service_prefix } else { COMMERCIAL_PREFIX };
        format!("{prefix}.{region}.{service}")
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
            assert_eq!(partition.endpoint_service(region, "ecr.api"), service);
            assert_eq!(
                partition.repository_arn("1", region, "a/b"),
                format!("arn:{name}:ecr:{region}:1:repository/a/b")
            );
        }
    }

    #[test]
    fn only_some_services_have_a_prefix_of_the_partition() {
        let named = |region: &str, service: &str| Partition::of_region(region).endpoint_service(region, service);
        for (region, service, prefix) in [
            ("cn-north-1", "sts", "cn.com.amazonaws"),
            ("cn-northwest-1", "ec2", "cn.com.amazonaws"),
            ("cn-north-1", "s3", "com.amazonaws"),
            ("cn-north-1", "kms", "com.amazonaws"),
            ("cn-north-1", "logs", "com.amazonaws"),
            ("cn-north-1", "elasticloadbalancing", "com.amazonaws"),
            ("us-gov-west-1", "sts", "com.amazonaws"),
            ("eusc-de-east-1", "sts", "com.amazonaws"),
            ("us-iso-east-1", "ec2", "gov.ic.c2s"),
            ("us-isob-west-1", "ec2", "com.amazonaws"),
        ] {
            assert_eq!(named(region, service), format!("{prefix}.{region}.{service}"));
        }
    }
}
