//! What differs between an endpoint and what is wanted of it. Pure.

use std::collections::BTreeSet;

use super::VpcEndpoint;
use super::described::ObservedEndpoint;
use super::observation::same_policy;
use crate::ec2::endpoint_service as services;

/// The arguments of one `ModifyVpcEndpoint`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Modification {
    pub add_route_tables: Vec<String>,
    pub remove_route_tables: Vec<String>,
    pub add_subnets: Vec<String>,
    pub remove_subnets: Vec<String>,
    pub add_groups: Vec<String>,
    pub remove_groups: Vec<String>,
    pub private_dns: Option<bool>,
    pub ip_address_type: Option<String>,
    pub policy: Option<Policy>,
}

/// A change of the policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Policy {
    Put(String),
    /// Back to the one that allows everything.
    Reset,
}

impl Modification {
    /// What makes `now` what is wanted, with these security groups.
    pub(super) fn between(now: &ObservedEndpoint, wanted: &VpcEndpoint, groups: &BTreeSet<String>) -> Self {
        let rest = |of: &BTreeSet<String>, without: &BTreeSet<String>| of.difference(without).cloned().collect();
        let same = same_policy(wanted.policy.as_deref(), now.policy.as_deref());
        let policy = wanted.policy.clone().map_or(Policy::Reset, Policy::Put);
        let policy = (!same).then_some(policy);
        if services::is_gateway(&wanted.service) {
            return Self {
                add_route_tables: rest(&wanted.route_table_ids, &now.route_tables),
                remove_route_tables: rest(&now.route_tables, &wanted.route_table_ids),
                policy,
                ..Self::default()
            };
        }
        Self {
            add_subnets: rest(&wanted.subnet_ids, &now.subnets),
            remove_subnets: rest(&now.subnets, &wanted.subnet_ids),
            add_groups: rest(groups, &now.groups),
            remove_groups: rest(&now.groups, groups),
            private_dns: Some(wanted.private_dns_enabled).filter(|wanted| *wanted != now.private_dns),
            ip_address_type: wanted
                .ip_address_type
                .clone()
                .filter(|wanted| Some(wanted) != now.ip_address_type.as_ref()),
            policy,
            ..Self::default()
        }
    }

    /// Whether nothing differs.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::wanted;
    use super::*;

    const FULL: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    const PULL: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:*","Resource":"*"}]}"#;

    fn set(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn found() -> ObservedEndpoint {
        ObservedEndpoint {
            subnets: set(&["subnet-1", "subnet-2"]),
            groups: set(&["sg-1"]),
            private_dns: true,
            policy: Some(FULL.to_owned()),
            ip_address_type: Some("ipv4".to_owned()),
            ..ObservedEndpoint::default()
        }
    }

    #[test]
    fn an_endpoint_as_wanted_needs_nothing() {
        assert!(Modification::between(&found(), &wanted(), &set(&["sg-1"])).is_empty());
        let written = VpcEndpoint { policy: Some(format!(" {FULL}")), ..wanted() };
        assert!(
            Modification::between(&found(), &written, &set(&["sg-1"])).is_empty(),
            "full access may be written out"
        );
    }

    #[test]
    fn everything_that_differs_is_in_one_change() {
        let wanted = VpcEndpoint {
            subnet_ids: set(&["subnet-2", "subnet-3"]),
            private_dns_enabled: false,
            policy: Some(PULL.to_owned()),
            ip_address_type: Some("dualstack".to_owned()),
            ..wanted()
        };
        let change = Modification::between(&found(), &wanted, &set(&["sg-2"]));
        let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            change,
            Modification {
                add_subnets: texts(&["subnet-3"]),
                remove_subnets: texts(&["subnet-1"]),
                add_groups: texts(&["sg-2"]),
                remove_groups: texts(&["sg-1"]),
                private_dns: Some(false),
                ip_address_type: Some("dualstack".to_owned()),
                policy: Some(Policy::Put(PULL.to_owned())),
                ..Modification::default()
            }
        );
    }

    #[test]
    fn a_gateway_endpoint_has_route_tables_and_nothing_else() {
        let now = ObservedEndpoint { route_tables: set(&["rtb-1", "rtb-2"]), private_dns: false, ..found() };
        let route_table_ids = set(&["rtb-2", "rtb-3"]);
        let wanted = VpcEndpoint { service: "s3".to_owned(), route_table_ids, ..wanted() };
        assert_eq!(
            Modification::between(&now, &wanted, &BTreeSet::new()),
            Modification {
                add_route_tables: vec!["rtb-3".to_owned()],
                remove_route_tables: vec!["rtb-1".to_owned()],
                ..Modification::default()
            }
        );
    }

    #[test]
    fn a_policy_that_is_no_longer_wanted_is_reset() {
        let now = ObservedEndpoint { policy: Some(PULL.to_owned()), ..found() };
        let change = Modification::between(&now, &wanted(), &set(&["sg-1"]));
        assert_eq!(change, Modification { policy: Some(Policy::Reset), ..Modification::default() });
    }
}
