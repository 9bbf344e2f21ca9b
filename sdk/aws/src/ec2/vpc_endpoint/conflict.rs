//! Endpoints of others that stand in the way.

use rosa_ecr_model::{Diagnostic, Resource as _, Text, import_command, text};

use super::{ObservedEndpoint, VpcEndpoint, component};
use crate::rosa_ecr::RosaEcr;
use crate::tags;
use crate::tags::Owner;

/// Why an endpoint must not be made; `None` where nothing speaks against it. `found` are the endpoints of the VPC. A VPC
/// can have one endpoint of a service with private DNS (EC2 API Reference, `CreateVpcEndpoint`, `PrivateDnsEnabled`). The way
/// out is that of the resource type.
pub(crate) fn conflict(
    found: &[ObservedEndpoint],
    owner: &Owner,
    service: &str,
    vpc: &str,
    private_dns: bool,
    type_name: &str,
) -> Option<Diagnostic> {
    let other = found.iter().find(|endpoint| {
        private_dns
            && endpoint.private_dns
            && endpoint.service() == Some(service)
            && !owner.owns(&component(service), &endpoint.tags)
    })?;
    let made_for = tags::owner_of(&other.tags);
    let whose = match &made_for {
        Some(registry) if registry.contains('/') => format!("that was made for the registry {registry}"),
        Some(cluster) => format!("that was made for the cluster {cluster}"),
        None => "that was not made by this resource".to_owned(),
    };
    let id = &other.id;
    let way_out: Text = match (type_name, &made_for) {
        (RosaEcr::TYPE, _) => {
            "Set create_vpc_endpoints = false: the cluster then uses the endpoint that is there. See that its security \
             groups let the cluster's subnets in on 443/tcp."
                .into()
        }
        (_, Some(_)) => {
            "To use it as it is, leave this resource out. To have a second one beside it, set private_dns_enabled = \
                         false."
                .into()
        }
        (_, None) => text![
            "To manage it here, import it: ",
            import_command(VpcEndpoint::TYPE, id),
            ". To use it as it is, leave this resource out. To have a second one beside it, set private_dns_enabled = false.",
        ],
    };
    Some(
        Diagnostic::error(format!("The VPC {vpc} has an endpoint for {} already", other.service_name))
            .detail(format!("{id} is an endpoint with private DNS {whose}, and a VPC can have one of a service."))
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

    fn owner(cluster: Option<&str>) -> Owner {
        cluster.map_or_else(Owner::default, Owner::of_registry)
    }

    #[test]
    fn a_strangers_endpoint_with_private_dns_is_in_the_way() {
        let there = [found("api", true, Tags::new())];
        let error = conflict(&there, &owner(None), "api", "vpc-1", true, VpcEndpoint::TYPE).expect("a conflict");
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
        let error = conflict(&there, &owner(Some("dev")), "dkr", "vpc-1", true, RosaEcr::TYPE).expect("a conflict");
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
        let error =
            conflict(&there, &owner(Some("dev/tools")), "api", "vpc-1", true, RosaEcr::TYPE).expect("a conflict");
        assert_eq!(error.owner(), Some("dev/dev-registry"));
        assert!(error.to_string().contains("made for the registry dev/dev-registry"), "{error}");
        let granular = conflict(&there, &owner(Some("dev/tools")), "api", "vpc-1", true, VpcEndpoint::TYPE);
        let granular = granular.expect("a conflict").to_string();
        assert!(granular.contains("private_dns_enabled") && !granular.contains("create_vpc_endpoints"), "{granular}");
        assert_eq!(conflict(&there, &owner(Some("dev/dev-registry")), "api", "vpc-1", true, RosaEcr::TYPE), None);
        let by_hand = [found("api", true, owner(Some("dev")).tags(&component("api")))];
        assert_eq!(
            conflict(&by_hand, &owner(Some("dev/tools")), "api", "vpc-1", true, RosaEcr::TYPE),
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
            assert_eq!(conflict(&[there], &dev, "api", "vpc-1", private_dns, RosaEcr::TYPE), None, "{case}");
        }
    }
}
