//! EC2: which action is whose, the VPC, and tags.

use crate::account::{Account, SUBNETS, Tags, VPC};
use crate::request::{Answer, Form, Request, refuse};
use crate::xml::{answer as envelope, element, list, text};
use crate::{endpoints, groups};

/// # Panics
/// If it is an action that the fake does not have.
pub(crate) fn answer(account: &mut Account, request: &Request) -> Answer {
    let form = &request.form;
    let content = match request.action.as_str() {
        "DescribeVpcs" => vpcs(form)?,
        "DescribeSubnets" => subnets(),
        "DescribeVpcAttribute" => {
            let attribute = form.text("Attribute");
            let attribute = attribute[..1].to_ascii_lowercase() + &attribute[1..];
            text("vpcId", VPC) + &element(&attribute, "<value>true</value>")
        }
        "DescribeRouteTables" => element("routeTableSet", ""),
        "DescribeNetworkInterfaces" => element("networkInterfaceSet", ""),
        "CreateSecurityGroup" => groups::create(account, form)?,
        "DescribeSecurityGroups" => groups::describe(account, form)?,
        "AuthorizeSecurityGroupIngress"
        | "RevokeSecurityGroupIngress"
        | "AuthorizeSecurityGroupEgress"
        | "RevokeSecurityGroupEgress" => groups::change(account, &request.action, form)?,
        "DeleteSecurityGroup" => groups::delete(account, form)?,
        "CreateVpcEndpoint" => endpoints::create(account, form)?,
        "DescribeVpcEndpoints" => endpoints::describe(account, form)?,
        "ModifyVpcEndpoint" => endpoints::modify(account, form)?,
        "DeleteVpcEndpoints" => endpoints::delete(account, form),
        "CreateTags" => retag(account, form, |tags, change| tags.extend(change))?,
        "DeleteTags" => retag(account, form, |tags, change| tags.retain(|key, _| !change.contains_key(key)))?,
        other => panic!("the fake has no ec2:{other}"),
    };
    Ok(envelope(request.service, &request.action, &content))
}

fn vpcs(form: &Form) -> Answer {
    if form.list("VpcId").iter().any(|id| id != VPC) {
        return refuse("InvalidVpcID.NotFound");
    }
    let block = text("cidrBlock", "10.0.0.0/16");
    let associated = block.clone() + &element("cidrBlockState", &text("state", "associated"));
    let associations = list("cidrBlockAssociationSet", "item", [associated]);
    Ok(list("vpcSet", "item", [text("vpcId", VPC) + &text("state", "available") + &block + &associations]))
}

fn subnets() -> String {
    let described = SUBNETS.iter().enumerate().map(|(index, id)| {
        let zone = ["us-east-1a", "us-east-1b"][index];
        let block = text("cidrBlock", &format!("10.0.{index}.0/24"));
        text("subnetId", id) + &text("vpcId", VPC) + &text("availabilityZone", zone) + &block
    });
    list("subnetSet", "item", described)
}

fn retag(account: &mut Account, form: &Form, change: impl Fn(&mut Tags, Tags)) -> Answer {
    for id in form.list("ResourceId") {
        let group = account.groups.get_mut(&id).map(|group| (&group.uid, &mut group.tags));
        let endpoint = account.endpoints.get_mut(&id).map(|endpoint| (&endpoint.uid, &mut endpoint.tags));
        let Some((uid, tags)) = group.or(endpoint) else { return refuse("InvalidID") };
        account.written.push(uid.clone());
        change(tags, form.tags("Tag"));
    }
    Ok(text("return", "true"))
}
