//! The VPC that endpoints are put into.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{VpcCidrBlockState, VpcCidrBlockStateCode};
use rosa_ecr_model::{Call, Diagnostic, Diagnostics};

use super::present;
use crate::error::{code, failed};
use crate::provider::Aws;

/// The blocks of addresses that are associated with a VPC, of IPv4 and IPv6.
///
/// # Errors
/// Where there is no such VPC, or where that cannot be found out.
pub(crate) async fn vpc_cidrs(call: &Call<Aws>, region: &str, vpc_id: &str) -> Result<BTreeSet<String>, Diagnostics> {
    let doing = format!("read the VPC {vpc_id}");
    let vpc = match call.ec2(region).describe_vpcs().vpc_ids(vpc_id).send().await {
        Err(error) if code(&error) == Some("InvalidVpcID.NotFound") => return Err(no_such_vpc(vpc_id, region).into()),
        Err(error) => return Err(failed("ec2:DescribeVpcs", doing, &error).into()),
        Ok(described) => present(described.vpcs.unwrap_or_default().into_iter().next(), &doing)?,
    };
    let v4 = vpc.cidr_block_association_set();
    let v4 = v4.iter().filter(|block| is_associated(block.cidr_block_state())).filter_map(|block| block.cidr_block());
    let v6 = vpc.ipv6_cidr_block_association_set();
    let v6 = v6
        .iter()
        .filter(|block| is_associated(block.ipv6_cidr_block_state()))
        .filter_map(|block| block.ipv6_cidr_block());
    let blocks: BTreeSet<String> = v4.chain(v6).chain(vpc.cidr_block()).map(str::to_owned).collect();
    present((!blocks.is_empty()).then_some(blocks), &doing)
}

fn is_associated(state: Option<&VpcCidrBlockState>) -> bool {
    state.and_then(VpcCidrBlockState::state) == Some(&VpcCidrBlockStateCode::Associated)
}

fn no_such_vpc(vpc_id: &str, region: &str) -> Diagnostic {
    Diagnostic::error(format!("There is no VPC {vpc_id} in {region}"))
        .detail("The account of these credentials does not see a VPC of that id there.")
        .fix("Check vpc_id, and the region and account of the provider.")
        .at("vpc_id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::answers::{Answer, answering, call};

    #[tokio::test]
    async fn only_associated_blocks_count() {
        let answer = "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock>\
             <cidrBlockAssociationSet>\
             <item><cidrBlock>10.0.0.0/16</cidrBlock><cidrBlockState><state>associated</state></cidrBlockState></item>\
             <item><cidrBlock>10.1.0.0/16</cidrBlock><cidrBlockState><state>associated</state></cidrBlockState></item>\
             <item><cidrBlock>10.2.0.0/16</cidrBlock><cidrBlockState><state>disassociated</state></cidrBlockState></item>\
             </cidrBlockAssociationSet><ipv6CidrBlockAssociationSet>\
             <item><ipv6CidrBlock>fd00:1::/56</ipv6CidrBlock><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState></item>\
             </ipv6CidrBlockAssociationSet></item></vpcSet></DescribeVpcsResponse>";
        let (aws, _) = answering([("DescribeVpcs", Answer::ok(answer))]);
        let blocks = vpc_cidrs(&call(aws), "us-east-1", "vpc-1").await.expect("the VPC is there");
        assert_eq!(blocks.into_iter().collect::<Vec<_>>(), ["10.0.0.0/16", "10.1.0.0/16", "fd00:1::/56"]);
    }

    #[tokio::test]
    async fn a_vpc_that_is_not_there_is_named() {
        let (aws, _) = answering([("DescribeVpcs", Answer::error("InvalidVpcID.NotFound"))]);
        let error = vpc_cidrs(&call(aws), "us-east-1", "vpc-1").await.expect_err("there is none");
        assert!(error.to_string().contains("There is no VPC vpc-1 in us-east-1 (vpc_id)"), "{error}");
    }

    #[tokio::test]
    async fn half_an_answer_is_no_vpc() {
        let (aws, _) = answering([("DescribeVpcs", Answer::ok("<DescribeVpcsResponse><vpcSet><item><vpcId>vp"))]);
        let error = vpc_cidrs(&call(aws), "us-east-1", "vpc-1").await.expect_err("nothing is known");
        assert!(error.to_string().contains("cut off"), "{error}");
    }
}
