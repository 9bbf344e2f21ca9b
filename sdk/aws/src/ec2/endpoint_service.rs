//! The services that a closed cluster reaches through VPC endpoints, and by what names they go.
//!
//! Sources: Amazon ECR User Guide, "Amazon ECR interface VPC endpoints"; AWS PrivateLink Guide, "Gateway endpoints for Amazon S3".

use crate::partition::Partition;

/// ECR's two services, by their short names.
pub(crate) const ECR: [&str; 2] = ["api", "dkr"];

/// All services, by their short names: ECR's two, and what else a closed cluster needs.
pub(crate) const SERVICES: [&str; 8] = ["api", "dkr", "s3", "sts", "ec2", "kms", "logs", "elasticloadbalancing"];

/// The one that is reached through a gateway endpoint: routes of route tables in place of network interfaces.
pub(crate) const S3: &str = "s3";

/// Whether a service is one of ECR's.
pub(crate) fn is_ecr(service: &str) -> bool {
    ECR.contains(&service)
}

/// Whether a service is reached through a gateway endpoint.
pub(crate) fn is_gateway(service: &str) -> bool {
    service == S3
}

/// A service, by the end of its name in AWS: `ecr.api`, `s3`.
pub(crate) fn suffix(service: &str) -> String {
    if is_ecr(service) { format!("ecr.{service}") } else { service.to_owned() }
}

/// The name of the service in AWS, such as `com.amazonaws.us-east-1.ecr.api`.
pub(crate) fn name(region: &str, service: &str) -> String {
    Partition::of_region(region).endpoint_service(region, &suffix(service))
}

/// The names of all services in AWS.
pub(super) fn names(region: &str) -> Vec<String> {
    SERVICES.into_iter().map(|service| name(region, service)).collect()
}

/// Which service a name in AWS stands for, where an endpoint of that type is the one for it: S3 has interface endpoints, too.
pub(super) fn of_name(name: &str, is_gateway_endpoint: bool) -> Option<&'static str> {
    let is_it = |service: &&str| name.ends_with(&format!(".{}", suffix(service)));
    SERVICES.into_iter().find(|service| is_it(service) && is_gateway(service) == is_gateway_endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_a_service_with_the_right_type_of_endpoint() {
        for service in SERVICES {
            assert_eq!(of_name(&name("cn-north-1", service), is_gateway(service)), Some(service));
            assert_eq!(of_name(&name("us-east-1", service), !is_gateway(service)), None);
        }
        for other in ["com.amazonaws.us-east-1.ec2messages", "com.amazonaws.us-east-1.dynamodb", "sts"] {
            assert_eq!(of_name(other, false), None, "{other}");
        }
    }
}
