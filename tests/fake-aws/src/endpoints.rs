//! VPC endpoints, which are available and gone at once.

use std::collections::BTreeSet;

use crate::account::{ACCOUNT, Account, Endpoint};
use crate::filters::{passes, specified};
use crate::request::{Answer, Form, refuse};
use crate::xml::{element, list, tags, text};

pub(crate) fn create(account: &mut Account, form: &Form) -> Answer {
    let token = form.given("ClientToken");
    if let Some(made) = account.endpoints.values().find(|endpoint| token.is_some() && endpoint.token == token) {
        return Ok(element("vpcEndpoint", &described(made)));
    }
    let private_dns = form.text("PrivateDnsEnabled") == "true";
    let (service, vpc_id) = (form.text("ServiceName").to_owned(), form.text("VpcId").to_owned());
    let is_in_the_way = |other: &Endpoint| other.private_dns && other.service == service && other.vpc_id == vpc_id;
    if private_dns && account.endpoints.values().any(is_in_the_way) {
        return refuse("InvalidParameter");
    }
    let groups: BTreeSet<String> = form.list("SecurityGroupId").into_iter().collect();
    if groups.iter().any(|id| !account.groups.contains_key(id)) {
        return refuse("InvalidGroup.NotFound");
    }
    let id = format!("vpce-{:017x}", account.next());
    let endpoint = Endpoint {
        uid: account.uid("endpoint", &id),
        id: id.clone(),
        service,
        vpc_id,
        subnets: form.list("SubnetId").into_iter().collect(),
        groups,
        private_dns,
        policy: form.given("PolicyDocument"),
        token,
        tags: specified(form),
    };
    let answer = element("vpcEndpoint", &described(&endpoint));
    account.endpoints.insert(id, endpoint);
    Ok(answer)
}

pub(crate) fn describe(account: &Account, form: &Form) -> Answer {
    let ids = form.list("VpcEndpointId");
    if ids.iter().any(|id| !account.endpoints.contains_key(id)) {
        return refuse("InvalidVpcEndpointId.NotFound");
    }
    let is_wanted = |endpoint: &&Endpoint| {
        (ids.is_empty() || ids.contains(&endpoint.id))
            && passes(form, &endpoint.tags, |filter| match filter {
                "vpc-id" => Some(vec![endpoint.vpc_id.clone()]),
                "service-name" => Some(vec![endpoint.service.clone()]),
                "vpc-endpoint-id" => Some(vec![endpoint.id.clone()]),
                "vpc-endpoint-state" => Some(vec!["available".to_owned()]),
                _ => None,
            })
    };
    Ok(list("vpcEndpointSet", "item", account.endpoints.values().filter(is_wanted).map(described)))
}

fn described(endpoint: &Endpoint) -> String {
    let everything = r#"{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}"#;
    let groups = endpoint.groups.iter().map(|id| text("groupId", id) + &text("groupName", "a group"));
    text("vpcEndpointId", &endpoint.id)
        + &text("vpcEndpointType", "Interface")
        + &text("vpcId", &endpoint.vpc_id)
        + &text("serviceName", &endpoint.service)
        + &text("state", "available")
        + &text("policyDocument", endpoint.policy.as_deref().unwrap_or(everything))
        + &list("subnetIdSet", "item", endpoint.subnets.iter().cloned())
        + &list("groupSet", "item", groups)
        + &text("ipAddressType", "ipv4")
        + &text("privateDnsEnabled", if endpoint.private_dns { "true" } else { "false" })
        + &text("ownerId", ACCOUNT)
        + &list("dnsEntrySet", "item", [text("dnsName", &format!("{}.vpce.amazonaws.com", endpoint.id))])
        + &tags("tagSet", "item", ("key", "value"), &endpoint.tags)
}

pub(crate) fn modify(account: &mut Account, form: &Form) -> Answer {
    let Some(endpoint) = account.endpoints.get_mut(form.text("VpcEndpointId")) else {
        return refuse("InvalidVpcEndpointId.NotFound");
    };
    account.written.push(endpoint.uid.clone());
    let changes = [
        (&mut endpoint.subnets, "AddSubnetId", "RemoveSubnetId"),
        (&mut endpoint.groups, "AddSecurityGroupId", "RemoveSecurityGroupId"),
    ];
    for (set, added, removed) in changes {
        let removed = form.list(removed);
        set.retain(|id| !removed.contains(id));
        set.extend(form.list(added));
    }
    endpoint.policy = form.given("PolicyDocument").or_else(|| endpoint.policy.take());
    if form.text("ResetPolicy") == "true" {
        endpoint.policy = None;
    }
    if let Some(private_dns) = form.given("PrivateDnsEnabled") {
        endpoint.private_dns = private_dns == "true";
    }
    Ok(text("return", "true"))
}

pub(crate) fn delete(account: &mut Account, form: &Form) -> String {
    let unknown = form.list("VpcEndpointId").into_iter().filter_map(|id| match account.endpoints.remove(&id) {
        Some(endpoint) => {
            account.written.push(endpoint.uid);
            None
        }
        None => {
            let code = text("code", "InvalidVpcEndpointId.NotFound") + &text("message", "refused by the fake");
            Some(text("resourceId", &id) + &element("error", &code))
        }
    });
    list("unsuccessful", "item", unknown)
}
