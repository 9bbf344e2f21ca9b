//! Tests of the group with recorded answers.

use std::time::Duration;

use rosa_ecr_model::Resource as _;
use tokio::time::Instant;

use super::*;
use crate::ec2::answers::{Answer, acting, actions, answering, call, request};
use crate::tags::Owner;

const EVERYTHING_OUT: &str =
    "<item><ipProtocol>-1</ipProtocol><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item>";

fn inputs(region: &str) -> EndpointSecurityGroup {
    EndpointSecurityGroup {
        name: Some("ecr-endpoints".to_owned()),
        name_prefix: None,
        vpc_id: "vpc-1".to_owned(),
        ingress_cidr_blocks: None,
        ingress_security_group_ids: None,
        ingress_prefix_list_ids: None,
        description: "HTTPS".to_owned(),
        region: Some(region.to_owned()),
        tags: Tags::new(),
        owner: None,
        timeouts: None,
    }
}

fn described(ingress: &str, egress: &str, tags: &Tags) -> Answer {
    let tag = |(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>");
    let tags: String = tags.iter().map(tag).collect();
    Answer::ok(format!(
        "<DescribeSecurityGroupsResponse><securityGroupInfo><item><ownerId>123456789012</ownerId><groupId>sg-1</groupId>\
         <groupName>ecr-endpoints</groupName><groupDescription>HTTPS</groupDescription><vpcId>vpc-1</vpcId>\
         <ipPermissions>{ingress}</ipPermissions><ipPermissionsEgress>{egress}</ipPermissionsEgress><tagSet>{tags}</tagSet>\
         </item></securityGroupInfo></DescribeSecurityGroupsResponse>"
    ))
}

fn vpc() -> Answer {
    Answer::ok(
        "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock></item></vpcSet>\
         </DescribeVpcsResponse>",
    )
}

fn done(action: &str) -> Answer {
    Answer::ok(format!("<{action}Response><return>true</return></{action}Response>"))
}

#[tokio::test(start_paused = true)]
async fn a_fresh_group_lets_the_vpc_in_and_nothing_out_in_every_partition() {
    for (region, partition) in [("us-east-1", "aws"), ("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn")] {
        let own = Owner::default().tags(COMPONENT);
        let (aws, asked) = answering([
            ("DescribeVpcs", vpc()),
            (
                "CreateSecurityGroup",
                Answer::ok("<CreateSecurityGroupResponse><groupId>sg-1</groupId></CreateSecurityGroupResponse>"),
            ),
            ("DescribeSecurityGroups", described("", EVERYTHING_OUT, &own)),
            ("AuthorizeSecurityGroupIngress", done("AuthorizeSecurityGroupIngress")),
            ("RevokeSecurityGroupEgress", done("RevokeSecurityGroupEgress")),
        ]);
        let state = EndpointSecurityGroup::create(&call(aws), inputs(region)).await.expect("made");
        assert_eq!(state.outputs.arn, format!("arn:{partition}:ec2:{region}:123456789012:security-group/sg-1"));
        assert_eq!(state.outputs.allowed_cidr_blocks, ["10.0.0.0/16".to_owned()].into());
        assert!(state.outputs.unexpected_rules.is_empty());
        let rule = request(&asked, "AuthorizeSecurityGroupIngress");
        assert_eq!(
            (rule["IpPermissions.1.FromPort"].as_str(), rule["IpPermissions.1.IpProtocol"].as_str()),
            ("443", "tcp")
        );
        assert_eq!(rule["IpPermissions.1.IpRanges.1.CidrIp"], "10.0.0.0/16");
        assert_eq!(request(&asked, "RevokeSecurityGroupEgress")["IpPermissions.1.IpProtocol"], "-1");
        let created = request(&asked, "CreateSecurityGroup");
        assert!(created.values().any(|value| value == "rosa-ecr/component"), "marked in the call that makes it");
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_of_that_name_is_taken_only_where_it_is_ours() {
    let prod = Owner::of_cluster("prod");
    for (tags, owner) in
        [(Owner::default().tags(COMPONENT), None), (Tags::new(), Some("sg-1")), (prod.tags(COMPONENT), Some("prod"))]
    {
        let is_taken = owner.is_none();
        let (aws, asked) = answering([
            ("DescribeVpcs", vpc()),
            ("CreateSecurityGroup", Answer::error("InvalidGroup.Duplicate")),
            ("DescribeSecurityGroups", described("", "", &tags)),
            ("AuthorizeSecurityGroupIngress", done("AuthorizeSecurityGroupIngress")),
        ]);
        let created = EndpointSecurityGroup::create(&call(aws), inputs("us-east-1")).await;
        let wrote = actions(&asked).contains(&"AuthorizeSecurityGroupIngress".to_owned());
        assert_eq!(wrote, is_taken);
        match created {
            Ok(state) => assert!(is_taken && state.outputs.id == "sg-1"),
            Err(failure) => {
                assert_eq!(failure.diagnostics.iter().find_map(Diagnostic::owner), owner);
                let reported = failure.diagnostics.to_string();
                assert!(
                    !is_taken && reported.contains("terraform import rosa_ecr_endpoint_security_group.<name> sg-1"),
                    "{reported}"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_ec2_does_not_know_yet_is_waited_for() {
    let known = Instant::now() + Duration::from_secs(100);
    let (aws, _) = acting(move |form| match form["Action"].as_str() {
        "CreateSecurityGroup" => {
            Answer::ok("<CreateSecurityGroupResponse><groupId>sg-1</groupId></CreateSecurityGroupResponse>")
        }
        "DescribeVpcs" => vpc(),
        _ if Instant::now() < known => Answer::error("InvalidGroup.NotFound"),
        "DescribeSecurityGroups" => described("", "", &Owner::default().tags(COMPONENT)),
        other => done(other),
    });
    EndpointSecurityGroup::create(&call(aws), inputs("us-east-1")).await.expect("made");
}

#[tokio::test(start_paused = true)]
async fn a_group_of_ours_with_another_description_is_not_what_is_wanted() {
    let (aws, asked) = answering([
        ("DescribeVpcs", vpc()),
        ("CreateSecurityGroup", Answer::error("InvalidGroup.Duplicate")),
        ("DescribeSecurityGroups", described("", "", &Owner::default().tags(COMPONENT))),
    ]);
    let wanted = EndpointSecurityGroup { description: "other".to_owned(), ..inputs("us-east-1") };
    let failure = EndpointSecurityGroup::create(&call(aws), wanted).await.expect_err("it cannot be changed");
    let reported = failure.diagnostics.to_string();
    assert!(
        reported.contains("\"HTTPS\"") && reported.contains("\"other\"") && reported.contains("(description)"),
        "{reported}"
    );
    assert!(failure.state.is_none(), "it is not adopted: {reported}");
    assert!(!actions(&asked).contains(&"AuthorizeSecurityGroupIngress".to_owned()));
}

fn ids(ids: &[&str]) -> Option<BTreeSet<String>> {
    Some(ids.iter().map(|id| (*id).to_owned()).collect())
}

#[tokio::test(start_paused = true)]
async fn named_sources_come_in_and_the_vpc_does_not() {
    let (aws, asked) = answering([
        (
            "CreateSecurityGroup",
            Answer::ok("<CreateSecurityGroupResponse><groupId>sg-1</groupId></CreateSecurityGroupResponse>"),
        ),
        ("DescribeSecurityGroups", described("", "", &Owner::default().tags(COMPONENT))),
        ("AuthorizeSecurityGroupIngress", done("AuthorizeSecurityGroupIngress")),
    ]);
    let wanted = EndpointSecurityGroup {
        ingress_security_group_ids: ids(&["sg-2", "210987654321/sg-3"]),
        ingress_prefix_list_ids: ids(&["pl-1"]),
        ..inputs("us-east-1")
    };
    let state = EndpointSecurityGroup::create(&call(aws), wanted).await.expect("made");
    assert_eq!(state.outputs.allowed_cidr_blocks, BTreeSet::new());
    assert_eq!(state.outputs.owner_id.as_deref(), Some("123456789012"));
    assert!(!actions(&asked).contains(&"DescribeVpcs".to_owned()), "nothing depends on the VPC's blocks");
    let rules = request(&asked, "AuthorizeSecurityGroupIngress");
    let expected = [
        ("IpPermissions.1.Groups.1.GroupId", "sg-3"),
        ("IpPermissions.1.Groups.1.UserId", "210987654321"),
        ("IpPermissions.1.Groups.2.GroupId", "sg-2"),
        ("IpPermissions.2.PrefixListIds.1.PrefixListId", "pl-1"),
    ];
    for (field, value) in expected {
        assert_eq!(rules.get(field).map(String::as_str), Some(value), "{field} of {rules:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_stays_unknown_is_an_error_that_names_it() {
    for (code, wanted, attribute) in [
        (
            "InvalidGroup.NotFound",
            EndpointSecurityGroup { ingress_security_group_ids: ids(&["sg-2"]), ..inputs("us-east-1") },
            "ingress_security_group_ids",
        ),
        (
            "InvalidPrefixListID.NotFound",
            EndpointSecurityGroup { ingress_prefix_list_ids: ids(&["pl-2"]), ..inputs("us-east-1") },
            "ingress_prefix_list_ids",
        ),
    ] {
        let began = Instant::now();
        let (aws, _) = answering([
            (
                "CreateSecurityGroup",
                Answer::ok("<CreateSecurityGroupResponse><groupId>sg-1</groupId></CreateSecurityGroupResponse>"),
            ),
            ("DescribeSecurityGroups", described("", "", &Owner::default().tags(COMPONENT))),
            ("AuthorizeSecurityGroupIngress", Answer::error(code)),
        ]);
        let failure = EndpointSecurityGroup::create(&call(aws), wanted).await.expect_err("it is not there");
        let reported = failure.diagnostics.to_string();
        assert!(reported.contains(attribute) && reported.contains("-2"), "{reported}");
        assert_eq!(failure.state.expect("the group was made").outputs.id, "sg-1");
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_generated_name_begins_with_its_prefix_and_is_in_the_state() {
    let (aws, asked) = acting(|form| match form["Action"].as_str() {
        "CreateSecurityGroup" => {
            Answer::ok("<CreateSecurityGroupResponse><groupId>sg-1</groupId></CreateSecurityGroupResponse>")
        }
        "DescribeVpcs" => vpc(),
        "DescribeSecurityGroups" => described("", "", &Owner::default().tags(COMPONENT)),
        other => done(other),
    });
    let wanted = EndpointSecurityGroup { name: None, name_prefix: Some("ecr-".to_owned()), ..inputs("us-east-1") };
    let state = EndpointSecurityGroup::create(&call(aws), wanted).await.expect("made");
    let name = state.inputs.name.expect("a name");
    assert_eq!(request(&asked, "CreateSecurityGroup")["GroupName"], name);
    assert_eq!(generated_name::prefix_of(&name), Some("ecr-"));
    assert_eq!(state.inputs.name_prefix.as_deref(), Some("ecr-"));
}

#[tokio::test(start_paused = true)]
async fn what_an_interrupted_create_has_left_under_a_generated_name_is_reported_and_not_taken() {
    let named = "<DescribeSecurityGroupsResponse><securityGroupInfo><item><ownerId>123456789012</ownerId><groupId>sg-1</groupId>\
                 <groupName>ecr-20260101000000000000000001</groupName><groupDescription>HTTPS</groupDescription>\
                 <vpcId>vpc-1</vpcId><tagSet><item><key>rosa-ecr/cluster</key><value></value></item><item>\
                 <key>rosa-ecr/component</key><value>endpoint-security-group</value></item></tagSet></item></securityGroupInfo>\
                 </DescribeSecurityGroupsResponse>";
    let none = "<DescribeSecurityGroupsResponse><securityGroupInfo/></DescribeSecurityGroupsResponse>";
    for (answer, is_told) in [(named, true), (none, false)] {
        let (aws, _) = answering([("DescribeSecurityGroups", Answer::ok(answer))]);
        let call = call(aws);
        let interrupted =
            EndpointSecurityGroup { name: None, name_prefix: Some("ecr-".to_owned()), ..inputs("us-east-1") };
        let found = EndpointSecurityGroup::probe(&call, interrupted).await.expect("looked for");
        assert!(found.is_none());
        let warnings = call.take_warnings();
        assert_eq!(warnings.to_string().contains("sg-1"), is_told);
        assert_eq!(warnings.iter().any(Diagnostic::is_outcome_unknown), is_told);
    }
}
