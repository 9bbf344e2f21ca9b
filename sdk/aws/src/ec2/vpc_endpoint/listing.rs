//! Endpoints that a query finds, no matter what made them.
//!
//! It calls `DescribeVpcEndpoints`, page by page. Endpoints come sorted by id; those that have failed or are on their way
//! out are left out.

use std::collections::BTreeSet;

use rosa_ecr_derive::Inputs;
use rosa_ecr_model::{Call, Diagnostics, Listed, Listing};

use super::{VpcEndpoint, calls};
use crate::ec2::{endpoint_service as services, ids};
use crate::provider::Aws;

/// VPC endpoints for ECR and for what else a closed cluster needs, whether rosa-ecr made them or not.
#[derive(Clone, Debug, PartialEq, Inputs)]
pub struct VpcEndpointQuery {
    /// The VPC that they are in; any where it is not set.
    #[attr(check(ids::vpc_id))]
    pub vpc_id: Option<String>,
    /// The service that they lead to, as in `service` of the resource; any where it is not set.
    #[attr(one_of("api", "dkr", "s3", "sts", "ec2", "kms", "logs", "elasticloadbalancing"))]
    pub service: Option<String>,
    /// Region of the endpoints; the provider's where it is not set.
    pub region: Option<String>,
}

impl Listed for VpcEndpoint {
    type Query = VpcEndpointQuery;

    fn query_permissions() -> BTreeSet<&'static str> {
        BTreeSet::from(["ec2:DescribeVpcEndpoints"])
    }

    async fn list(
        call: &Call<Aws>,
        query: VpcEndpointQuery,
        limit: Option<usize>,
    ) -> Result<Vec<Listing<Self>>, Diagnostics> {
        let region = call.region_of(&query.region);
        let mut found = calls::list(call, region, query.vpc_id.as_deref()).await?;
        found.sort_by(|one, other| one.id.cmp(&other.id));
        let listings = found.iter().filter_map(|found| {
            let service =
                found.service().filter(|service| query.service.as_deref().is_none_or(|one| one == *service))?;
            let display_name = format!("{} ({} in {})", found.id, services::suffix(service), found.vpc_id);
            Some(Listing { display_name, state: VpcEndpoint::imported(call, region, service, found) })
        });
        Ok(listings.take(limit.unwrap_or(usize::MAX)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::answers::{Answer, answering, call, request};

    fn item(id: &str, service: &str, state: &str) -> String {
        format!(
            "<item><vpcEndpointId>{id}</vpcEndpointId><vpcId>vpc-1</vpcId><state>{state}</state>\
             <ownerId>123456789012</ownerId><serviceName>cn.com.amazonaws.cn-north-1.ecr.{service}</serviceName>\
             <privateDnsEnabled>true</privateDnsEnabled></item>"
        )
    }

    fn page(items: &[String], next: &str) -> Answer {
        Answer::ok(format!(
            "<DescribeVpcEndpointsResponse><vpcEndpointSet>{}</vpcEndpointSet><nextToken>{next}</nextToken>\
             </DescribeVpcEndpointsResponse>",
            items.concat()
        ))
    }

    #[tokio::test]
    async fn all_pages_are_read_and_what_goes_is_left_out() {
        let pages = || {
            [
                (
                    "DescribeVpcEndpoints",
                    page(&[item("vpce-3", "dkr", "available"), item("vpce-2", "api", "deleting")], "x"),
                ),
                ("DescribeVpcEndpoints", page(&[item("vpce-1", "api", "Available")], "")),
            ]
        };
        let (vpc_id, region) = (Some("vpc-1".to_owned()), Some("cn-north-1".to_owned()));
        let query = VpcEndpointQuery { vpc_id, service: None, region };
        let (aws, asked) = answering(pages());
        let listed = VpcEndpoint::list(&call(aws), query.clone(), None).await.expect("a list");
        let names: Vec<&str> = listed.iter().map(|listing| listing.display_name.as_str()).collect();
        assert_eq!(names, ["vpce-1 (ecr.api in vpc-1)", "vpce-3 (ecr.dkr in vpc-1)"]);
        assert_eq!((listed[1].state.inputs.service.as_str(), listed[1].state.outputs.id.as_str()), ("dkr", "vpce-3"));
        let first = asked.lock().expect("no test panics with it")[0].clone();
        let wanted = ["cn.com.amazonaws.cn-north-1.ecr.api", "cn.com.amazonaws.cn-north-1.ecr.dkr", "vpc-1"];
        assert!(wanted.iter().all(|value| first.values().any(|there| there == value)), "{first:?}");

        let (aws, _) = answering(pages());
        let listed = VpcEndpoint::list(&call(aws), query.clone(), Some(1)).await.expect("a list");
        assert_eq!(listed.len(), 1);
        let (aws, _) = answering(pages());
        let of_service = VpcEndpointQuery { service: Some("dkr".to_owned()), ..query };
        let listed = VpcEndpoint::list(&call(aws), of_service, None).await.expect("a list");
        assert_eq!((listed.len(), listed[0].state.inputs.service.as_str()), (1, "dkr"));
    }

    #[tokio::test]
    async fn without_a_vpc_all_are_meant() {
        let (aws, asked) = answering([("DescribeVpcEndpoints", page(&[], ""))]);
        let query = VpcEndpointQuery { vpc_id: None, service: None, region: None };
        assert!(VpcEndpoint::list(&call(aws), query, None).await.expect("a list").is_empty());
        assert!(!request(&asked, "DescribeVpcEndpoints").values().any(|value| value == "vpc-id"));
    }
}
