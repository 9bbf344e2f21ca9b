//! Endpoints of others that stand in the way.

use std::collections::BTreeSet;

use rosa_ecr_model::{Diagnostic, Resource as _, Text, import_command, text};

use super::VpcEndpoint;
use super::described::ObservedEndpoint;
use super::naming::{common, component, listed};
use crate::ec2::endpoint_service as services;
use crate::rosa_ecr::RosaEcr;
use crate::tags;
use crate::tags::Owner;

/// What a registry can do about an endpoint of others.
const WAYS_OUT_OF_A_REGISTRY: &str = "Set use_existing_endpoints = true to use what the VPC has and make what is missing; or create_vpc_endpoints = false to leave \
     the VPC's endpoints to whoever made them, and see that their security groups let the cluster's subnets in on 443/tcp.";

/// Where an endpoint stands: what two of them cannot both have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position<'a> {
    pub service: &'a str,
    pub vpc: &'a str,
    pub private_dns: bool,
    /// Those that lead to a gateway endpoint.
    pub route_tables: &'a BTreeSet<String>,
}

impl<'a> Position<'a> {
    /// That of an endpoint with these inputs.
    pub(crate) fn of(inputs: &'a VpcEndpoint) -> Self {
        Self {
            service: &inputs.service,
            vpc: &inputs.vpc_id,
            private_dns: inputs.private_dns_enabled,
            route_tables: &inputs.route_table_ids,
        }
    }

    /// Whether an endpoint of the VPC stands there. A VPC can have one endpoint of a service with private DNS (EC2 API Reference,
    /// `CreateVpcEndpoint`, `PrivateDnsEnabled`), and a route table one route to a service (Amazon VPC User Guide, "Gateway VPC
    /// endpoints").
    pub(crate) fn is_taken_by(&self, endpoint: &ObservedEndpoint) -> bool {
        endpoint.service() == Some(self.service)
            && if services::is_gateway(self.service) {
                !self.route_tables.is_disjoint(&endpoint.route_tables)
            } else {
                self.private_dns && endpoint.private_dns
            }
    }
}

/// Why an endpoint must not be made; `None` where nothing speaks against it. `found` are the endpoints of the VPC. The way out
/// is that of the resource type.
pub(crate) fn conflict(
    found: &[ObservedEndpoint],
    owner: &Owner,
    position: &Position<'_>,
    type_name: &str,
) -> Option<Diagnostic> {
    let (service, vpc) = (position.service, position.vpc);
    let other = found
        .iter()
        .find(|endpoint| position.is_taken_by(endpoint) && !owner.owns(&component(service), &endpoint.tags))?;
    let made_for = tags::owner_of(&other.tags);
    let whose = match &made_for {
        Some(registry) if registry.contains('/') => format!("that was made for the registry {registry}"),
        Some(cluster) => format!("that was made for the cluster {cluster}"),
        None => "that was not made by this resource".to_owned(),
    };
    let id = &other.id;
    let is_gateway = services::is_gateway(service);
    let beside = if is_gateway {
        "To have a second one beside it, leave its route tables out of route_table_ids."
    } else {
        "To have a second one beside it, set private_dns_enabled = false."
    };
    let way_out: Text = match (type_name, &made_for) {
        (RosaEcr::TYPE, _) => WAYS_OUT_OF_A_REGISTRY.into(),
        (_, Some(_)) => format!("To use it as it is, leave this resource out. {beside}").into(),
        (_, None) => text![
            "To manage it here, import it: ",
            import_command(VpcEndpoint::TYPE, id),
            format!(". To use it as it is, leave this resource out. {beside}"),
        ],
    };
    let detail = if is_gateway {
        let tables = listed(common(position.route_tables, &other.route_tables));
        format!(
            "{id} is a gateway endpoint {whose}, and {tables} leads to it: a route table has one route to a service."
        )
    } else {
        format!("{id} is an endpoint with private DNS {whose}, and a VPC can have one of a service.")
    };
    Some(
        Diagnostic::error(format!("The VPC {vpc} has an endpoint for {} already", other.service_name))
            .detail(detail)
            .fix(way_out)
            .at("vpc_id")
            .collision(made_for.unwrap_or_else(|| id.clone())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags::Tags;

    fn found(service: &str, private_dns: bool, tags: Tags) -> ObservedEndpoint {
        ObservedEndpoint {
            id: "vpce-1".to_owned(),
            service_name: format!("com.amazonaws.us-east-1.ecr.{service}"),
            private_dns,
            tags,
            ..ObservedEndpoint::default()
        }
    }

    fn conflicting(
        there: &[ObservedEndpoint],
        owner: &Owner,
        service: &str,
        private_dns: bool,
        type_name: &str,
    ) -> Option<Diagnostic> {
        let (vpc, route_tables) = ("vpc-1", &BTreeSet::from(["rtb-1".to_owned(), "rtb-2".to_owned()]));
        conflict(there, owner, &Position { service, vpc, private_dns, route_tables }, type_name)
    }

    fn owner(cluster: Option<&str>) -> Owner {
        cluster.map_or_else(Owner::default, Owner::of_registry)
    }

    #[test]
    fn a_strangers_endpoint_with_private_dns_is_in_the_way() {
        let there = [found("api", true, Tags::new())];
        let error = conflicting(&there, &owner(None), "api", true, VpcEndpoint::TYPE).expect("a conflict");
        assert_eq!(error.owner(), Some("vpce-1"), "it does not say whose it is, so which one it is");
        insta::assert_snapshot!(error, @r"
        error: The VPC vpc-1 has an endpoint for com.amazonaws.us-east-1.ecr.api already (vpc_id)
        vpce-1 is an endpoint with private DNS that was not made by this resource, and a VPC can have one of a service.

        To manage it here, import it: terraform import rosa_ecr_vpc_endpoint.<name> vpce-1. To use it as it is, leave this resource out. To have a second one beside it, set private_dns_enabled = false.
        ");
    }

    #[test]
    fn another_clusters_endpoint_is_named_as_such() {
        let there = [found("dkr", true, owner(Some("prod")).tags(&component("dkr")))];
        let error = conflicting(&there, &owner(Some("dev")), "dkr", true, RosaEcr::TYPE).expect("a conflict");
        assert_eq!(error.owner(), Some("prod"));
        let error = error.to_string();
        assert!(
            error.contains("made for the cluster prod") && error.contains("create_vpc_endpoints = false"),
            "{error}"
        );
    }

    #[test]
    fn another_registry_of_the_cluster_is_another_owner() {
        let there = [found("api", true, owner(Some("dev/dev-registry")).tags(&component("api")))];
        let error = conflicting(&there, &owner(Some("dev/tools")), "api", true, RosaEcr::TYPE).expect("a conflict");
        assert_eq!(error.owner(), Some("dev/dev-registry"));
        assert!(error.to_string().contains("made for the registry dev/dev-registry"), "{error}");
        let granular = conflicting(&there, &owner(Some("dev/tools")), "api", true, VpcEndpoint::TYPE);
        let granular = granular.expect("a conflict").to_string();
        assert!(granular.contains("private_dns_enabled") && !granular.contains("create_vpc_endpoints"), "{granular}");
        assert_eq!(conflicting(&there, &owner(Some("dev/dev-registry")), "api", true, RosaEcr::TYPE), None);
        let by_hand = [found("api", true, owner(Some("dev")).tags(&component("api")))];
        assert_eq!(
            conflicting(&by_hand, &owner(Some("dev/tools")), "api", true, RosaEcr::TYPE),
            None,
            "no registry is named"
        );
    }

    #[test]
    fn what_is_in_nobodys_way() {
        let dev = owner(Some("dev"));
        let cases = [
            ("the other service", found("dkr", true, Tags::new()), true),
            ("theirs has no private DNS", found("api", false, Tags::new()), true),
            ("ours has no private DNS", found("api", true, Tags::new()), false),
            ("our own", found("api", true, dev.tags(&component("api"))), true),
        ];
        for (case, there, private_dns) in cases {
            assert_eq!(conflicting(&[there], &dev, "api", private_dns, RosaEcr::TYPE), None, "{case}");
        }
    }

    #[test]
    fn a_route_table_leads_to_one_gateway_endpoint() {
        let gateway = |tables: &[&str], tags: Tags| ObservedEndpoint {
            service_name: "com.amazonaws.us-east-1.s3".to_owned(),
            is_gateway: true,
            route_tables: tables.iter().map(|table| (*table).to_owned()).collect(),
            ..found("s3", false, tags)
        };
        let there = [gateway(&["rtb-2", "rtb-3"], Tags::new())];
        let error = conflicting(&there, &owner(None), "s3", true, VpcEndpoint::TYPE).expect("a conflict").to_string();
        assert!(error.contains("and rtb-2 leads to it") && error.contains("out of route_table_ids"), "{error}");
        for free in [gateway(&["rtb-3"], Tags::new()), gateway(&["rtb-1"], owner(None).tags(&component("s3")))] {
            assert_eq!(conflicting(&[free], &owner(None), "s3", true, VpcEndpoint::TYPE), None);
        }
    }
}
