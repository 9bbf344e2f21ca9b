//! Tests of the endpoint with recorded answers.

use std::collections::BTreeSet;

use rosa_ecr_model::{Attributes as _, Resource as _};

use super::super::answers::{Answer, Asked, acting, actions, answering, call, request};
use super::*;

/// The inputs that the tests here and in the modules below begin with.
pub(super) fn wanted() -> VpcEndpoint {
    VpcEndpoint {
        service: "api".to_owned(),
        vpc_id: "vpc-1".to_owned(),
        subnet_ids: BTreeSet::from(["subnet-1".to_owned(), "subnet-2".to_owned()]),
        route_table_ids: BTreeSet::new(),
        security_group_ids: BTreeSet::from(["sg-1".to_owned()]),
        private_dns_enabled: true,
        policy: None,
        ip_address_type: None,
        region: None,
        tags: Tags::new(),
        owner: None,
        timeouts: None,
    }
}

fn item(state: &str, reason: &str) -> String {
    format!(
        "<item><vpcEndpointId>vpce-1</vpcEndpointId><vpcId>vpc-1</vpcId><state>{state}</state><ownerId>123456789012</ownerId>\
         <serviceName>com.amazonaws.us-east-1.ecr.api</serviceName><privateDnsEnabled>true</privateDnsEnabled>\
         <failureReason>{reason}</failureReason></item>"
    )
}

fn described(items: &str) -> Answer {
    Answer::ok(format!(
        "<DescribeVpcEndpointsResponse><vpcEndpointSet>{items}</vpcEndpointSet></DescribeVpcEndpointsResponse>"
    ))
}

fn created(state: &str) -> Answer {
    let item = item(state, "").replace("<item>", "<vpcEndpoint>").replace("</item>", "</vpcEndpoint>");
    Answer::ok(format!("<CreateVpcEndpointResponse>{item}</CreateVpcEndpointResponse>"))
}

fn deleted(unsuccessful: &str) -> Answer {
    Answer::ok(format!(
        "<DeleteVpcEndpointsResponse><requestId>r-1</requestId><unsuccessful>{unsuccessful}</unsuccessful>\
         </DeleteVpcEndpointsResponse>"
    ))
}

fn texts(asked: &Asked, action: &str, prefix: &str) -> Vec<String> {
    let form = request(asked, action);
    form.into_iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, value)| value).collect()
}

#[tokio::test(start_paused = true)]
async fn a_create_marks_its_endpoint_and_waits_for_it() {
    let (aws, asked) = answering([
        ("DescribeVpcEndpoints", described("")),
        ("DescribeVpcEndpoints", described(&item("pending", ""))),
        ("DescribeVpcEndpoints", described(&item("available", ""))),
        ("CreateVpcEndpoint", created("pending")),
    ]);
    let call = call(aws.owned_by("dev"));
    let state = VpcEndpoint::create(&call, wanted()).await.expect("created");
    assert_eq!(state.outputs.id, "vpce-1");
    assert_eq!(state.outputs.arn, "arn:aws:ec2:us-east-1:123456789012:vpc-endpoint/vpce-1");
    assert_eq!(texts(&asked, "CreateVpcEndpoint", "ServiceName"), ["com.amazonaws.us-east-1.ecr.api"]);
    let tags = texts(&asked, "CreateVpcEndpoint", "TagSpecification.1.Tag.");
    assert!(tags.contains(&tags::CLUSTER.to_owned()) && tags.contains(&"dev".to_owned()), "{tags:?}");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_fails_is_named_and_does_not_keep_its_place() {
    let (aws, asked) = answering([
        ("DescribeVpcEndpoints", described("")),
        ("DescribeVpcEndpoints", described(&item("failed", "No addresses are left."))),
        ("CreateVpcEndpoint", created("pending")),
        ("DeleteVpcEndpoints", deleted("")),
    ]);
    let failure = VpcEndpoint::create(&call(aws), wanted()).await.expect_err("it failed");
    assert!(failure.state.is_some(), "an endpoint that exists is not forgotten");
    let report = failure.diagnostics.to_string();
    assert!(
        report.contains("vpce-1 did not become available") && report.contains("No addresses are left."),
        "{report}"
    );
    assert_eq!(actions(&asked).last().map(String::as_str), Some("DeleteVpcEndpoints"));
}

#[tokio::test(start_paused = true)]
async fn what_ec2_did_not_delete_is_an_error() {
    let refused = "<item><resourceId>vpce-1</resourceId><error><code>OperationNotPermitted</code>\
                   <message>managed by another service</message></error></item>";
    let (aws, _) = answering([("DeleteVpcEndpoints", deleted(refused))]);
    let report = start_delete(&call(aws), "us-east-1", &["vpce-1".to_owned()]).await.expect_err("refused").to_string();
    assert!(report.contains("OperationNotPermitted") && report.contains("vpce-1"), "{report}");
    let gone = refused.replace("OperationNotPermitted", "InvalidVpcEndpoint.NotFound");
    let (aws, _) = answering([("DeleteVpcEndpoints", deleted(&gone))]);
    assert_eq!(start_delete(&call(aws), "us-east-1", &["vpce-1".to_owned()]).await, Ok(()));
}

#[tokio::test]
async fn an_answer_that_was_cut_off_is_no_endpoint() {
    let (aws, _) = acting(|_| described("<item><vpcEndpointId>vpce-1</vpcEndpointId></item>"));
    let report = find(&call(aws), "us-east-1", "vpc-1").await.expect_err("half an answer").to_string();
    assert!(report.contains("incomplete"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn every_partition_has_its_own_names() {
    for (region, partition, service) in [
        ("us-gov-west-1", "aws-us-gov", "com.amazonaws.us-gov-west-1.ecr.api"),
        ("cn-north-1", "aws-cn", "cn.com.amazonaws.cn-north-1.ecr.api"),
    ] {
        let (aws, asked) = answering([
            ("DescribeVpcEndpoints", described("")),
            (
                "DescribeVpcEndpoints",
                described(&item("available", "").replace("com.amazonaws.us-east-1.ecr.api", service)),
            ),
            ("CreateVpcEndpoint", created("pending")),
        ]);
        let inputs = VpcEndpoint { region: Some(region.to_owned()), ..wanted() };
        let state = VpcEndpoint::create(&call(aws), inputs).await.expect("made");
        assert_eq!(request(&asked, "CreateVpcEndpoint")["ServiceName"], service);
        assert_eq!(state.outputs.service_name, service);
        assert_eq!(state.outputs.arn, format!("arn:{partition}:ec2:{region}:123456789012:vpc-endpoint/vpce-1"));
    }
}

#[test]
fn states_of_the_aws_provider_are_ours_where_they_lead_to_ecr() {
    let state = |kind: &str, service: &str| {
        serde_json::json!({
            "id": "vpce-1", "vpc_id": "vpc-1", "vpc_endpoint_type": kind, "service_name": service, "tags": { "a": "b" },
            "arn": "arn:aws-cn:ec2:cn-north-1:123456789012:vpc-endpoint/vpce-1",
            "policy": r#"{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}"#,
        })
    };
    let relocated = |state: &serde_json::Value| {
        let (provider, type_name) = ("registry.terraform.io/hashicorp/aws", "aws_vpc_endpoint");
        VpcEndpoint::move_state(&MoveSource { provider, type_name, version: 0, state }).expect("understood")
    };
    let ours = relocated(&state("Interface", "cn.com.amazonaws.cn-north-1.ecr.dkr")).expect("ours");
    assert_eq!((ours.inputs.service.as_str(), ours.inputs.region.as_deref()), ("dkr", Some("cn-north-1")));
    assert!(
        ours.inputs.policy.as_deref().is_some_and(policies::allows_everything),
        "what a configuration may say, too"
    );
    assert_eq!(ours.outputs.id, "vpce-1");
    let gateway = relocated(&state("Gateway", "com.amazonaws.cn-north-1.s3")).expect("ours");
    assert_eq!((gateway.inputs.service.as_str(), gateway.outputs.id.as_str()), ("s3", "vpce-1"));
    for (kind, service) in [
        ("Gateway", "com.amazonaws.us-east-1.dynamodb"),
        ("Interface", "com.amazonaws.us-east-1.s3"),
        ("Interface", "com.amazonaws.us-east-1.sqs"),
        ("GatewayLoadBalancer", "com.amazonaws.us-east-1.sts"),
    ] {
        let refusal = relocated(&state(kind, service)).expect_err("another service's").to_string();
        assert!(refusal.contains(&format!("of type {kind} for {service}")), "{refusal}");
    }
}

#[test]
fn an_interface_and_a_gateway_have_arguments_of_their_own() {
    let checked = |inputs: &VpcEndpoint| {
        let mut report = Diagnostics::new();
        VpcEndpoint::validate(&inputs.to_partial(), &mut report);
        report.to_string()
    };
    let gateway = || VpcEndpoint {
        route_table_ids: BTreeSet::from(["rtb-1".to_owned()]),
        ..VpcEndpoint::existing("s3", "vpc-1")
    };
    assert_eq!((checked(&wanted()), checked(&gateway())), (String::new(), String::new()));
    let without = VpcEndpoint { subnet_ids: BTreeSet::new(), ..wanted() };
    assert!(checked(&without).contains("An endpoint for api needs subnet_ids"));
    let without = VpcEndpoint { route_table_ids: BTreeSet::new(), ..gateway() };
    assert!(checked(&without).contains("An endpoint for s3 needs route_table_ids"));
    let with = VpcEndpoint { route_table_ids: BTreeSet::from(["rtb-1".to_owned()]), ..wanted() };
    assert!(checked(&with).contains("\"route_table_ids\" is not for api"));
    let everything = VpcEndpoint {
        private_dns_enabled: false,
        ip_address_type: Some("ipv4".to_owned()),
        route_table_ids: gateway().route_table_ids,
        service: "s3".to_owned(),
        ..wanted()
    };
    let reported = checked(&everything);
    for argument in ["subnet_ids", "security_group_ids", "private_dns_enabled", "ip_address_type"] {
        assert!(reported.contains(&format!("\"{argument}\" is not for s3")), "{argument}: {reported}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_endpoint_is_made_with_its_route_tables_only() {
    let gateway = |state: &str| {
        let described =
            "<vpcEndpointType>Gateway</vpcEndpointType><routeTableIdSet><item>rtb-1</item></routeTableIdSet>";
        let item =
            item(state, "").replace(".ecr.api", ".s3").replace("<privateDnsEnabled>true</privateDnsEnabled>", "");
        item.replace("</item>", &format!("{described}</item>"))
    };
    let whole = |state: &str| {
        let fields = gateway(state);
        let fields = fields.strip_prefix("<item>").and_then(|fields| fields.strip_suffix("</item>")).expect("an item");
        Answer::ok(format!(
            "<CreateVpcEndpointResponse><vpcEndpoint>{fields}</vpcEndpoint></CreateVpcEndpointResponse>"
        ))
    };
    let (aws, asked) = answering([
        ("DescribeVpcEndpoints", described("")),
        ("DescribeVpcEndpoints", described(&gateway("available"))),
        ("CreateVpcEndpoint", whole("pending")),
    ]);
    let tables = BTreeSet::from(["rtb-1".to_owned()]);
    let inputs = VpcEndpoint { route_table_ids: tables.clone(), ..VpcEndpoint::existing("s3", "vpc-1") };
    let state = VpcEndpoint::create(&call(aws), inputs).await.expect("made");
    assert_eq!((state.inputs.route_table_ids, state.inputs.ip_address_type), (tables, None));
    let request = request(&asked, "CreateVpcEndpoint");
    assert_eq!((request["VpcEndpointType"].as_str(), request["RouteTableId.1"].as_str()), ("Gateway", "rtb-1"));
    assert_eq!(request["ServiceName"], "com.amazonaws.us-east-1.s3");
    for absent in ["PrivateDnsEnabled", "SubnetId.1", "SecurityGroupId.1", "IpAddressType"] {
        assert!(!request.contains_key(absent), "{absent}: {request:?}");
    }
}
