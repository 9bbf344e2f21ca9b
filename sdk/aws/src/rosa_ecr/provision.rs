//! Which endpoints a registry makes, and which of the VPC's it uses. Pure.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_model::{Diagnostic, Known, Resource as _};

use super::existing::{Pull, faults};
use super::parts::services_of;
use super::surroundings::{Surroundings, tables_for};
use super::{RosaEcr, RosaEcrPartial};
use crate::ec2::{self, ObservedEndpoint, Position, endpoint_service as services, listed};
use crate::tags::{self, Owner};

/// What becomes of the endpoints that a registry needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Provision {
    /// The ids of existing endpoints that are used, by service. Several gateway endpoints may share the route tables.
    pub used: BTreeMap<&'static str, Vec<String>>,
    /// The services that the registry has an endpoint of its own for, or makes one.
    pub made: BTreeSet<&'static str>,
    /// The route tables of the S3 gateway endpoint.
    pub route_tables: BTreeSet<String>,
    /// What must not be.
    pub refusals: Vec<Diagnostic>,
    /// Why endpoints that are used do not serve the nodes.
    pub faults: Vec<Diagnostic>,
}

impl Provision {
    /// Whether an interface endpoint is made, which needs subnets and a security group.
    pub(super) fn makes_interfaces(&self) -> bool {
        self.made.iter().any(|service| !services::is_gateway(service))
    }

    /// The ids of all endpoints that are used.
    pub(super) fn used_ids(&self) -> BTreeSet<String> {
        self.used.values().flatten().cloned().collect()
    }
}

/// Whose endpoints, and what is known of them.
pub(super) struct Wanted<'a> {
    pub inputs: &'a RosaEcrPartial,
    pub owner: &'a Owner,
    /// The ids of endpoints that are the registry's, by service.
    pub own: BTreeMap<&'static str, String>,
    /// The ARN of the repository, if it is known.
    pub repository: Option<&'a str>,
}

impl Wanted<'_> {
    /// What becomes of the endpoints; unknown as long as it depends on what is not known yet.
    pub(super) fn provision(&self, around: &Surroundings) -> Known<Provision> {
        let inputs = self.inputs;
        let (Known::Now(additional), Known::Now(uses_existing), Known::Now(Some(vpc)), Known::Now(Some(region))) =
            (&inputs.additional_endpoints, &inputs.use_existing_endpoints, &inputs.vpc_id, &inputs.region)
        else {
            return Known::Later;
        };
        let mut provision = Provision::default();
        for service in services_of(additional) {
            if services::is_gateway(service) {
                match self.route_tables(around) {
                    Known::Now(Ok(tables)) => provision.route_tables = tables,
                    Known::Now(Err(refusal)) => provision.refusals.push(refusal),
                    // Whether they lead to an endpoint already is not known either.
                    Known::Later if *uses_existing && !self.own.contains_key(service) => return Known::Later,
                    Known::Later => {}
                }
            }
            let tables = if services::is_gateway(service) { provision.route_tables.clone() } else { BTreeSet::new() };
            let position = Position { service, vpc, private_dns: true, route_tables: &tables };
            let taken: Vec<ObservedEndpoint> =
                around.endpoints.iter().filter(|found| self.is_in_the_way(found, &position)).cloned().collect();
            if *uses_existing && !taken.is_empty() && !self.own.contains_key(service) {
                provision.faults.extend(uncovered(&taken, &position));
                let pull = Pull { region, repository: self.repository };
                provision.faults.extend(taken.iter().flat_map(|found| faults(found, around, &pull)));
                provision.used.insert(service, taken.into_iter().map(|found| found.id).collect());
                continue;
            }
            let conflict = ec2::conflict(&taken, self.owner, &position, RosaEcr::TYPE);
            provision.refusals.extend(conflict.map(|conflict| conflict.at("create_vpc_endpoints")));
            provision.made.insert(service);
        }
        Known::Now(provision)
    }

    fn route_tables(&self, around: &Surroundings) -> Known<Result<BTreeSet<String>, Diagnostic>> {
        let (Known::Now(given), subnets) = (&self.inputs.route_table_ids, &self.inputs.private_subnet_ids) else {
            return Known::Later;
        };
        match subnets {
            Known::Later if given.is_empty() => Known::Later,
            Known::Later => Known::Now(Ok(given.clone())),
            Known::Now(subnets) => Known::Now(tables_for(given, subnets, &around.route_tables)),
        }
    }

    /// Whether an endpoint of others stands where the registry's would.
    fn is_in_the_way(&self, found: &ObservedEndpoint, position: &Position<'_>) -> bool {
        // As long as the registry has no name, what is marked may be its own.
        let may_be_own = self.owner.registry.is_none() && tags::owner_of(&found.tags).is_some();
        let is_own = self.own.values().any(|own| *own == found.id)
            || self.owner.owns(&ec2::endpoint_component(position.service), &found.tags);
        position.is_taken_by(found) && !is_own && !may_be_own
    }
}

/// That gateway endpoints serve some of the route tables and not all: which of them to change is not for us to say.
fn uncovered(found: &[ObservedEndpoint], position: &Position<'_>) -> Option<Diagnostic> {
    let served: BTreeSet<String> = found.iter().flat_map(|found| found.route_tables.iter().cloned()).collect();
    let missing: BTreeSet<String> = position.route_tables.difference(&served).cloned().collect();
    let first = found.first().filter(|_| !missing.is_empty())?;
    let tables = missing.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    Some(
        Diagnostic::error(format!("The VPC's endpoint {} does not serve all of the cluster's nodes", first.id))
            .detail(format!(
                "{} leads to {}, and is not in the route tables {} of the nodes' subnets.",
                first.id,
                first.service_name,
                listed(&missing)
            ))
            .fix(format!(
                "Add them where the endpoint is managed, or run `aws ec2 modify-vpc-endpoint --vpc-endpoint-id {} \
                 --add-route-table-ids {tables}`. To have an endpoint of the registry's own for them, set route_table_ids to \
                 these alone.",
                first.id
            ))
            .at("use_existing_endpoints"),
    )
}

#[cfg(test)]
mod tests {
    use rosa_ecr_model::Diagnostics;

    use super::*;
    use crate::ec2::route_tables::RouteTable;

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn endpoint(id: &str, service: &str, tables: &[&str]) -> ObservedEndpoint {
        ObservedEndpoint {
            id: id.to_owned(),
            service_name: services::name("us-east-1", service),
            vpc_id: "vpc-1".to_owned(),
            state: "available".to_owned(),
            is_gateway: services::is_gateway(service),
            private_dns: !services::is_gateway(service),
            route_tables: set(tables),
            ..ObservedEndpoint::default()
        }
    }

    fn table(id: &str, subnets: &[&str], is_main: bool) -> RouteTable {
        RouteTable {
            id: id.to_owned(),
            vpc_id: "vpc-1".to_owned(),
            subnets: set(subnets),
            is_main,
            ..RouteTable::default()
        }
    }

    fn around(endpoints: Vec<ObservedEndpoint>) -> Surroundings {
        let route_tables = vec![table("rtb-1", &["subnet-1"], false), table("rtb-main", &[], true)];
        Surroundings { endpoints, route_tables, ..Surroundings::default() }
    }

    fn inputs(uses_existing: bool) -> RosaEcrPartial {
        RosaEcrPartial {
            create_vpc_endpoints: Known::Now(true),
            use_existing_endpoints: Known::Now(uses_existing),
            additional_endpoints: Known::Now(set(&["s3"])),
            route_table_ids: Known::Now(BTreeSet::new()),
            private_subnet_ids: Known::Now(set(&["subnet-1", "subnet-2"])),
            vpc_id: Known::Now(Some("vpc-1".to_owned())),
            region: Known::Now(Some("us-east-1".to_owned())),
            ..RosaEcrPartial::default()
        }
    }

    fn provided(inputs: &RosaEcrPartial, around: &Surroundings, own: &[(&'static str, &str)]) -> Known<Provision> {
        let own = own.iter().map(|(service, id)| (*service, (*id).to_owned())).collect();
        let owner = Owner::of_registry("dev/dev-registry");
        Wanted { inputs, owner: &owner, own, repository: None }.provision(around)
    }

    fn known(provision: Known<Provision>) -> Provision {
        match provision {
            Known::Now(provision) => provision,
            Known::Later => panic!("it is not known"),
        }
    }

    fn reported(provision: &Provision) -> String {
        provision.refusals.iter().chain(&provision.faults).cloned().collect::<Diagnostics>().to_string()
    }

    #[test]
    fn what_is_there_is_used_and_what_is_missing_is_made() {
        let gateway = endpoint("vpce-s", "s3", &["rtb-1", "rtb-main"]);
        let there = around(vec![endpoint("vpce-a", "api", &[]), gateway, endpoint("vpce-t", "sts", &[])]);
        let wanted = RosaEcrPartial { additional_endpoints: Known::Now(set(&["s3", "sts"])), ..inputs(true) };
        let provision = known(provided(&wanted, &there, &[]));
        assert_eq!(reported(&provision), "");
        assert_eq!(provision.used_ids(), set(&["vpce-a", "vpce-s", "vpce-t"]));
        assert_eq!(provision.made, BTreeSet::from(["dkr"]));
        assert!(provision.makes_interfaces());
    }

    #[test]
    fn without_the_argument_what_is_there_is_in_the_way() {
        let there = around(vec![endpoint("vpce-a", "api", &[]), endpoint("vpce-s", "s3", &["rtb-main"])]);
        let provision = known(provided(&inputs(false), &there, &[]));
        let reported = reported(&provision);
        assert!(reported.contains("vpce-a") && reported.contains("vpce-s"), "{reported}");
        assert!(
            reported.contains("use_existing_endpoints = true") && reported.contains("create_vpc_endpoints = false"),
            "{reported}"
        );
        assert!(provision.used.is_empty());
    }

    #[test]
    fn what_is_the_registrys_own_stays_its_own() {
        let own = [("api", "vpce-a"), ("dkr", "vpce-d"), ("s3", "vpce-s")];
        let tables = &["rtb-1", "rtb-main"];
        let there = around(vec![endpoint("vpce-a", "api", &[]), endpoint("vpce-s", "s3", tables)]);
        for uses_existing in [false, true] {
            let provision = known(provided(&inputs(uses_existing), &there, &own));
            assert_eq!((reported(&provision), provision.used.len(), provision.made.len()), (String::new(), 0, 3));
        }
        let marked = Owner::of_registry("dev/dev-registry").tags(&ec2::endpoint_component("api"));
        let left = around(vec![ObservedEndpoint { tags: marked, ..endpoint("vpce-a", "api", &[]) }]);
        let provision = known(provided(&inputs(true), &left, &[]));
        assert!(provision.made.contains("api"), "an interrupted apply has left it");
    }

    #[test]
    fn a_gateway_that_serves_some_of_the_route_tables_is_not_enough() {
        let there = around(vec![endpoint("vpce-s", "s3", &["rtb-1"])]);
        let reported = reported(&known(provided(&inputs(true), &there, &[])));
        assert!(reported.contains("rtb-main") && reported.contains("--add-route-table-ids rtb-main`"), "{reported}");
        let two = vec![endpoint("vpce-s", "s3", &["rtb-1"]), endpoint("vpce-t", "s3", &["rtb-main"])];
        let provision = known(provided(&inputs(true), &around(two), &[]));
        assert_eq!(provision.used_ids(), set(&["vpce-s", "vpce-t"]), "both together serve all");
        let rest = RosaEcrPartial { route_table_ids: Known::Now(set(&["rtb-main"])), ..inputs(true) };
        let provision = known(provided(&rest, &there, &[]));
        assert_eq!((provision.used.len(), provision.made.contains("s3")), (0, true));
        assert_eq!(provision.route_tables, set(&["rtb-main"]));
    }

    #[test]
    fn what_is_not_known_is_left_open() {
        let subnets = RosaEcrPartial { private_subnet_ids: Known::Later, ..inputs(true) };
        assert!(matches!(provided(&subnets, &around(Vec::new()), &[]), Known::Later));
        let without_s3 = RosaEcrPartial { additional_endpoints: Known::Now(BTreeSet::new()), ..subnets };
        let there = around(vec![endpoint("vpce-a", "api", &[])]);
        assert_eq!(known(provided(&without_s3, &there, &[])).used_ids(), set(&["vpce-a"]));
        let vpc = RosaEcrPartial { vpc_id: Known::Later, ..inputs(true) };
        assert!(matches!(provided(&vpc, &around(Vec::new()), &[]), Known::Later));
    }

    #[test]
    fn a_subnet_without_a_route_table_is_named() {
        let unseen = Surroundings { route_tables: vec![table("rtb-1", &["subnet-1"], false)], ..around(Vec::new()) };
        let reported = reported(&known(provided(&inputs(false), &unseen, &[])));
        assert!(
            reported.contains("The route table of subnet-2 is not known") && reported.contains("Set route_table_ids"),
            "{reported}"
        );
    }
}
