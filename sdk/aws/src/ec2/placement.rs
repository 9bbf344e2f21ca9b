//! Whether endpoints can be put where a configuration says: found out before anything is made.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::VpcAttributeName;
use rosa_ecr_model::{Call, Diagnostic, Diagnostics, Term, text};

use super::filter;
use super::route_tables::route_tables;
use super::subnets::{Subnet, subnets};
use crate::error::{code, failed};
use crate::provider::Aws;

/// Where endpoints are to be put, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub region: &'a str,
    pub vpc_id: &'a str,
    /// None if they are not known yet.
    pub subnet_ids: Option<&'a BTreeSet<String>>,
    /// The argument that names the subnets.
    pub subnets_argument: &'static str,
    pub private_dns: bool,
}

/// What speaks against that place.
///
/// # Errors
/// If it cannot be found out.
pub(crate) async fn refusals(call: &Call<Aws>, place: &Place<'_>) -> Result<Vec<Diagnostic>, Diagnostics> {
    let dns = async {
        if !place.private_dns {
            return Ok(None);
        }
        without_dns(call, place.region, place.vpc_id).await
    };
    // A subnet that is not known yet may have been made a moment ago.
    let subnets = async {
        match place.subnet_ids.filter(|ids| !ids.is_empty()) {
            Some(ids) => subnets(call, place.region, ids).await,
            None => Ok(BTreeMap::new()),
        }
    };
    let (subnets, dns) = futures::try_join!(subnets, dns)?;
    let mut refusals = subnet_refusals(&subnets, place);
    refusals.extend(dns);
    Ok(refusals)
}

/// What speaks against route tables for a gateway endpoint of the VPC: they must be its own (EC2 API Reference,
/// `CreateVpcEndpoint`). A table that is not known yet may have been made a moment ago.
///
/// # Errors
/// If it cannot be found out.
pub(crate) async fn foreign_route_tables(
    call: &Call<Aws>,
    region: &str,
    vpc_id: &str,
    table_ids: &BTreeSet<String>,
) -> Result<Vec<Diagnostic>, Diagnostics> {
    let tables = route_tables(call, region, filter("route-table-id", table_ids.iter().cloned())).await?;
    let elsewhere: Vec<String> = tables
        .iter()
        .filter(|table| table.vpc_id != vpc_id)
        .map(|table| format!("{} is in {}", table.id, table.vpc_id))
        .collect();
    let argument = "route_table_ids";
    let refusal = Diagnostic::error("Route tables of another VPC")
        .detail(format!("The endpoint is in {vpc_id}, and {}.", elsewhere.join(", ")))
        .fix(format!("Name route tables of {vpc_id} in {argument}, or correct vpc_id."))
        .at(argument);
    Ok(if elsewhere.is_empty() { Vec::new() } else { vec![refusal] })
}

/// What speaks against private DNS in a VPC.
///
/// # Errors
/// If it cannot be found out.
pub(crate) async fn without_dns(
    call: &Call<Aws>,
    region: &str,
    vpc_id: &str,
) -> Result<Option<Diagnostic>, Diagnostics> {
    let (support, hostnames) = futures::try_join!(
        attribute(call, region, vpc_id, VpcAttributeName::EnableDnsSupport),
        attribute(call, region, vpc_id, VpcAttributeName::EnableDnsHostnames),
    )?;
    Ok(dns_refusal(vpc_id, support, hostnames))
}

/// An attribute of the VPC; true if the VPC is not known yet.
async fn attribute(call: &Call<Aws>, region: &str, vpc_id: &str, name: VpcAttributeName) -> Result<bool, Diagnostics> {
    let request = call.ec2(region).describe_vpc_attribute().vpc_id(vpc_id).attribute(name.clone());
    let answer = match request.send().await {
        Err(error) if code(&error) == Some("InvalidVpcID.NotFound") => return Ok(true),
        Err(error) => {
            let doing = format!("read {name} of the VPC {vpc_id}");
            return Err(failed("ec2:DescribeVpcAttribute", doing, &error).into());
        }
        Ok(answer) => answer,
    };
    let value = if name == VpcAttributeName::EnableDnsSupport {
        answer.enable_dns_support
    } else {
        answer.enable_dns_hostnames
    };
    Ok(value.and_then(|value| value.value).unwrap_or(true))
}

/// An interface endpoint has one network interface in a zone, and is in one VPC (EC2 API Reference, `CreateVpcEndpoint`).
fn subnet_refusals(subnets: &BTreeMap<String, Subnet>, place: &Place<'_>) -> Vec<Diagnostic> {
    let argument = place.subnets_argument;
    let mut refusals = Vec::new();
    let elsewhere: Vec<String> = subnets
        .iter()
        .filter(|(_, subnet)| subnet.vpc_id != place.vpc_id)
        .map(|(id, subnet)| format!("{id} is in {}", subnet.vpc_id))
        .collect();
    if !elsewhere.is_empty() {
        refusals.push(
            Diagnostic::error("Subnets of another VPC")
                .detail(format!("The endpoints are in {}, and {}.", place.vpc_id, elsewhere.join(", ")))
                .fix(format!("Name subnets of {} in {argument}, or correct vpc_id.", place.vpc_id))
                .at(argument),
        );
    }
    let mut zones: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, subnet) in subnets {
        let Some(zone) = &subnet.zone else { continue };
        zones.entry(zone).or_default().push(id);
    }
    for (zone, ids) in zones.into_iter().filter(|(_, ids)| ids.len() > 1) {
        refusals.push(
            Diagnostic::error("Two subnets in one availability zone")
                .detail(format!(
                    "{} are in {zone}, and an endpoint has at most one subnet of a zone.",
                    ids.join(" and ")
                ))
                .fix(format!(
                    "Keep one of them in {argument}: the nodes of that zone and of other zones reach the endpoint through it."
                ))
                .at(argument),
        );
    }
    refusals
}

/// Private DNS needs both attributes (Amazon VPC User Guide, "DNS attributes for your VPC").
fn dns_refusal(vpc_id: &str, support: bool, hostnames: bool) -> Option<Diagnostic> {
    let missing = match (support, hostnames) {
        (true, true) => return None,
        (false, true) => "enableDnsSupport is false",
        (true, false) => "enableDnsHostnames is false",
        (false, false) => "enableDnsSupport and enableDnsHostnames are false",
    };
    let command = |attribute: &str| format!("`aws ec2 modify-vpc-attribute --vpc-id {vpc_id} --{attribute}`");
    let commands = [(support, "enable-dns-support"), (hostnames, "enable-dns-hostnames")];
    let commands: Vec<String> =
        commands.into_iter().filter(|(is_set, _)| !is_set).map(|(_, attribute)| command(attribute)).collect();
    let refusal = Diagnostic::error(format!("The VPC {vpc_id} has no private DNS names"))
        .detail(format!("{missing}, and an endpoint with private DNS needs both. ROSA needs them, too."))
        .fix(text![format!("Run {}, or ", commands.join(" and ")), Term::PrivateDnsOfVpc, "."])
        .at("vpc_id");
    Some(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::answers::{Answer, acting, actions, call};

    fn place(subnet_ids: &BTreeSet<String>, private_dns: bool) -> Place<'_> {
        let (region, subnets_argument) = ("us-east-1", "subnet_ids");
        Place { region, vpc_id: "vpc-1", subnet_ids: Some(subnet_ids), subnets_argument, private_dns }
    }

    fn answer(action: &str, of: &str) -> Answer {
        Answer::ok(format!("<{action}Response>{of}</{action}Response>"))
    }

    async fn refused(
        subnets: &[(&str, &str, &str)],
        support: bool,
        hostnames: bool,
        private_dns: bool,
    ) -> (String, Vec<String>) {
        let items = subnets.iter().map(|(id, vpc, zone)| {
            format!(
                "<item><subnetId>{id}</subnetId><vpcId>{vpc}</vpcId><availabilityZone>{zone}</availabilityZone></item>"
            )
        });
        let set = format!("<subnetSet>{}</subnetSet>", items.collect::<String>());
        let (aws, asked) = acting(move |form| {
            let attribute = form.get("Attribute").map(String::as_str);
            match (form["Action"].as_str(), attribute) {
                ("DescribeSubnets", _) => answer("DescribeSubnets", &set),
                (action, Some("enableDnsSupport")) => {
                    answer(action, &format!("<enableDnsSupport><value>{support}</value></enableDnsSupport>"))
                }
                (action, _) => {
                    answer(action, &format!("<enableDnsHostnames><value>{hostnames}</value></enableDnsHostnames>"))
                }
            }
        });
        let ids = subnets.iter().map(|(id, ..)| (*id).to_owned()).collect();
        let refusals = refusals(&call(aws), &place(&ids, private_dns)).await.expect("found out");
        let mut actions = actions(&asked);
        actions.sort();
        (refusals.into_iter().collect::<Diagnostics>().to_string(), actions)
    }

    #[tokio::test]
    async fn a_good_place_is_not_refused() {
        let good = [("subnet-1", "vpc-1", "us-east-1a"), ("subnet-2", "vpc-1", "us-east-1b")];
        let (text, actions) = refused(&good, true, true, true).await;
        assert_eq!((text.as_str(), actions.len()), ("", 3));
        let (text, actions) = refused(&good, false, false, false).await;
        assert_eq!((text.as_str(), actions), ("", vec!["DescribeSubnets".to_owned()]), "only private DNS needs names");
    }

    #[tokio::test]
    async fn what_ec2_would_refuse_later_is_named() {
        let (text, _) = refused(&[("subnet-1", "vpc-1", "a"), ("subnet-2", "vpc-1", "a")], true, true, true).await;
        assert!(text.contains("subnet-1 and subnet-2 are in a") && text.contains("(subnet_ids)"), "{text}");
        let (text, _) = refused(&[("subnet-1", "vpc-2", "a")], true, true, true).await;
        assert!(text.contains("subnet-1 is in vpc-2"), "{text}");
        let (text, _) = refused(&[], true, false, true).await;
        assert!(text.contains("--enable-dns-hostnames`") && !text.contains("--enable-dns-support"), "{text}");
        let (text, _) = refused(&[], false, false, true).await;
        assert!(text.contains("--enable-dns-support") && text.contains("--enable-dns-hostnames"), "{text}");
    }

    #[tokio::test]
    async fn a_vpc_that_is_not_known_yet_speaks_against_nothing() {
        let (aws, _) = acting(|form| match form["Action"].as_str() {
            "DescribeSubnets" => answer("DescribeSubnets", "<subnetSet/>"),
            _ => Answer::error("InvalidVpcID.NotFound"),
        });
        let ids = BTreeSet::from(["subnet-1".to_owned()]);
        assert_eq!(refusals(&call(aws), &place(&ids, true)).await.expect("found out"), []);
    }
}
