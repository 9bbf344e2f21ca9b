//! Security groups that a query finds, no matter what made them.
//!
//! It calls `DescribeSecurityGroups`, page by page, and `DescribeVpcs` once for each VPC of what it finds. Groups come sorted by
//! name and id. A VPC's own group, `default`, is left out: nothing can manage its name.

use std::collections::{BTreeMap, BTreeSet};

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Listed, Listing};

use super::{EndpointSecurityGroup, calls};
use crate::ec2::{ids, vpc_cidrs};
use crate::provider::Aws;
use crate::rules;
use crate::tags::Tags;

/// Security groups, whether rosa-ecr made them or not.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct EndpointSecurityGroupQuery {
    /// The VPC that they are in; any if it is not set.
    #[attr(check(ids::vpc_id))]
    pub vpc_id: Option<String>,
    /// What the names start with, such as `ecr-`; any if it is not set.
    pub name_prefix: Option<String>,
    /// The cluster that rosa-ecr made them for; any, or none, if it is not set.
    #[attr(check(rules::cluster_name))]
    pub cluster_name: Option<String>,
    /// Tags that they carry, all of these.
    pub tags: Option<Tags>,
    /// Region of the groups; the provider's if it is not set.
    pub region: Option<String>,
}

impl Listed for EndpointSecurityGroup {
    type Query = EndpointSecurityGroupQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"])
    }

    async fn list(
        call: &Call<Aws>,
        query: EndpointSecurityGroupQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let region = call.region_of(&query.region);
        let filtered = calls::Filtered {
            vpc_id: query.vpc_id.as_deref(),
            name_prefix: query.name_prefix.as_deref(),
            cluster: query.cluster_name.as_deref(),
            tags: query.tags.as_ref(),
        };
        let mut found = calls::list(call, region, &filtered).await?;
        found.retain(|group| group.name != "default");
        found.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        found.truncate(limit.unwrap_or(usize::MAX));
        let mut blocks = BTreeMap::new();
        for vpc in found.iter().map(|group| &group.vpc_id) {
            if !blocks.contains_key(vpc) {
                blocks.insert(vpc.clone(), vpc_cidrs(call, region, vpc).await?);
            }
        }
        let listings = found.iter().map(|found| {
            let display_name = format!("{} ({} in {})", found.name, found.id, found.vpc_id);
            let of_vpc = blocks.get(&found.vpc_id).cloned().unwrap_or_default();
            Listing { display_name, state: Self::taken_over(call, region, found, &of_vpc) }
        });
        Ok(listings.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::answers::{Answer, answering, call, request};
    use crate::tags;

    const ANY: EndpointSecurityGroupQuery =
        EndpointSecurityGroupQuery { vpc_id: None, name_prefix: None, cluster_name: None, tags: None, region: None };

    fn item(id: &str, name: &str, cluster: &str, ingress: &str) -> String {
        format!(
            "<item><groupId>{id}</groupId><groupName>{name}</groupName><vpcId>vpc-1</vpcId><ownerId>123456789012</ownerId>\
             <groupDescription>d</groupDescription><ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort>\
             <toPort>443</toPort>{ingress}</item></ipPermissions><tagSet><item><key>{}</key><value>{cluster}</value></item>\
             </tagSet></item>",
            tags::CLUSTER
        )
    }

    fn page(items: &[String], next: &str) -> Answer {
        Answer::ok(format!(
            "<DescribeSecurityGroupsResponse><securityGroupInfo>{}</securityGroupInfo><nextToken>{next}</nextToken>\
             </DescribeSecurityGroupsResponse>",
            items.concat()
        ))
    }

    fn vpc() -> Answer {
        Answer::ok(
            "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock></item></vpcSet>\
             </DescribeVpcsResponse>",
        )
    }

    #[tokio::test]
    async fn all_pages_are_read_and_what_is_listed_is_what_an_import_finds() {
        let of_vpc = "<ipRanges><item><cidrIp>10.0.0.0/16</cidrIp></item></ipRanges>";
        let of_group = "<groups><item><groupId>sg-9</groupId><userId>123456789012</userId></item></groups>";
        let generated = "ecr-20260101000000000000000001";
        let (aws, asked) = answering([
            (
                "DescribeSecurityGroups",
                page(&[item("sg-3", generated, "dev", of_group), item("sg-0", "default", "", of_vpc)], "x"),
            ),
            ("DescribeSecurityGroups", page(&[item("sg-1", "a", "", of_vpc)], "")),
            ("DescribeVpcs", vpc()),
        ]);
        let listed = EndpointSecurityGroup::list(&call(aws), ANY, None).await.expect("a list");
        let names: Vec<&str> = listed.iter().map(|listing| listing.display_name.as_str()).collect();
        assert_eq!(names, ["a (sg-1 in vpc-1)", "ecr-20260101000000000000000001 (sg-3 in vpc-1)"]);
        let (one, other) = (&listed[0].state.inputs, &listed[1].state.inputs);
        assert_eq!((&one.ingress_cidr_blocks, &one.ingress_security_group_ids), (&None, &None));
        assert_eq!(other.name_prefix.as_deref(), Some("ecr-"));
        assert_eq!(other.ingress_security_group_ids, Some(["sg-9".to_owned()].into()));
        assert_eq!(other.ingress_cidr_blocks, None);
        assert!(listed[1].state.outputs.unexpected_rules.is_empty());
        assert_eq!(request(&asked, "DescribeVpcs")["VpcId.1"], "vpc-1", "once for both");
    }

    #[tokio::test]
    async fn filters_go_to_ec2_and_wildcards_in_them_mean_themselves() {
        let items = [item("sg-1", "a*b", "dev", ""), item("sg-2", "axb", "dev", ""), item("sg-3", "a*c", "prod", "")];
        let (aws, asked) = answering([("DescribeSecurityGroups", page(&items, "")), ("DescribeVpcs", vpc())]);
        let query = EndpointSecurityGroupQuery {
            vpc_id: Some("vpc-1".to_owned()),
            name_prefix: Some("a*".to_owned()),
            cluster_name: Some("dev".to_owned()),
            tags: Some(Tags::from([("rosa-ecr/cluster".to_owned(), "dev".to_owned())])),
            ..ANY
        };
        let listed = EndpointSecurityGroup::list(&call(aws), query, None).await.expect("a list");
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].state.outputs.id, "sg-1");
        let asked = request(&asked, "DescribeSecurityGroups");
        assert!(
            ["vpc-id", "group-name", "tag:rosa-ecr/cluster"]
                .iter()
                .all(|name| asked.values().any(|there| there == name))
        );
    }
}
